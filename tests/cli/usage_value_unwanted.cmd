diagnose --quiet=3 tests/cli/healthy.csv
