for run in gone.csv broken.csv word.csv empty.csv; do
  diagnose --format json "tests/cli/$run" | sed -n 's/"error":"[^"]*"/"error":"..."/; s/"format":[^,]*/"format":.../; /"run"/p'
  diagnose "tests/cli/$run" > "$TMP/report" 2>&1; echo "status $?: $(head -1 "$TMP/report")"
  grep -c "^      tests/cli/$run" "$TMP/report"
done 2> "$TMP/err"
# Where the report is no text on standard output, standard error says it too.
grep -c '^diagnose: tests/cli/' "$TMP/err"
