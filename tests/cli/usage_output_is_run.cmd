cp tests/cli/healthy.csv "$TMP/log.csv"; cd "$TMP" || exit 9; ln -s log.csv link.csv
diagnose --output log.csv log.csv; echo "the log: $?"
diagnose log.csv --output ./link.csv; echo "a link to it: $?"
diagnose --list-series --output log.csv - < log.csv; echo "standard input: $?"
diagnose --quiet --output other.txt log.csv; echo "another file: $?"
cmp log.csv "$OLDPWD/tests/cli/healthy.csv"
