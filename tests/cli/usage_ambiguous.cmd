diagnose --list tests/cli/healthy.csv
