names() { sed -n 's/^{"check":"\([^"]*\)".*/\1/p' "$TMP/report"; }
diagnose --format json --check overfitting,nonfinite --check=log-integrity tests/cli/healthy.csv > "$TMP/report"; names
diagnose --format json tests/cli/healthy.csv > "$TMP/report"; names > "$TMP/all"
echo "without nonfinite and overfitting:"
diagnose --format json --skip nonfinite --skip overfitting tests/cli/healthy.csv > "$TMP/report"; names | diff "$TMP/all" -
echo "both:"
diagnose --format json --check nonfinite,overfitting --skip nonfinite tests/cli/healthy.csv > "$TMP/report"; names
