diagnose tests/cli/healthy.csv --format
