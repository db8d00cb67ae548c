# Every check with its title and what it needs, no line over 80 columns.
diagnose --list-checks > "$TMP/list" || echo "status $?"
awk 'length($0) > 80 { print "too long: " $0 }' "$TMP/list"
for id in initial-loss nonfinite loss-not-decreasing update-ratio dead-units saturated-units train-val-gap overfitting \
    log-integrity; do
  grep -q "^$id  *[A-Z]" "$TMP/list" || echo "no $id"
done
[ "$(grep -c '^ *needs ' "$TMP/list")" -eq "$(grep -c '^[a-z]' "$TMP/list")" ] || echo 'not every check says what it needs'
