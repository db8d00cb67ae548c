diagnose --skip dead_units tests/cli/healthy.csv
