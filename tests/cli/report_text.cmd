# The layout; the words of a check are its own.
diagnose --check overfitting,update-ratio,nonfinite,log-integrity tests/cli/overfit.csv > "$TMP/report"; status=$?
cut -c 1-21 "$TMP/report" | uniq
awk 'length($0) > 80 { print "too long: " $0 }' "$TMP/report"
exit $status
