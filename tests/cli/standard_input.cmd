cat tests/cli/overfit.csv | diagnose --check overfitting - > "$TMP/report"; status=$?
head -1 "$TMP/report"
diagnose --format json --check overfitting - < tests/cli/overfit.csv | sed -n 's/,"format".*//p'
diagnose - <&- > "$TMP/report"; echo "closed: $?"
diagnose - < /dev/null > "$TMP/report"; echo "empty: $?"
exit $status
