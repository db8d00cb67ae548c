diagnose --interval 2 tests/cli/healthy.csv; echo "$?"
diagnose --follow --interval 0 tests/cli/healthy.csv; echo "$?"
diagnose --follow --interval 1s tests/cli/healthy.csv; echo "$?"
diagnose --follow --list-series tests/cli/healthy.csv; echo "$?"
