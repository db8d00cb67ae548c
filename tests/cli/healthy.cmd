diagnose tests/cli/healthy.csv > "$TMP/report"; status=$?
head -1 "$TMP/report"
exit $status
