diagnose tests/cli/healthy.csv --help
