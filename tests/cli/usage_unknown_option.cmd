diagnose --formt json tests/cli/healthy.csv
