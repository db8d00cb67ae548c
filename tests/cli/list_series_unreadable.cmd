diagnose --list-series tests/cli/gone.csv tests/cli/nan.csv
