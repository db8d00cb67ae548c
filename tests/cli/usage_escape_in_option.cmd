diagnose --check "$(printf 'a\033[31mb')" tests/cli/healthy.csv
