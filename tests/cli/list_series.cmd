diagnose --list-series tests/cli/healthy.csv tests/cli/nan.csv
