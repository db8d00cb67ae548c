diagnose --check overfitting,nonfinite tests/cli/healthy.csv tests/cli/gone.csv tests/cli/overfit.csv > "$TMP/report"; status=$?
sed -n '1,5p; s/^\([A-Z]* *tests.*\)/\1/p' "$TMP/report"
exit $status
