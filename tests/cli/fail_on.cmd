for level in fail warn never; do
  for setting in 1e4 25; do
    diagnose --fail-on $level --check overfitting --set overfitting.gross=$setting tests/cli/overfit.csv > "$TMP/report"
    echo "$level $setting: $? $(head -1 "$TMP/report" | cut -c 1-4)"
  done
done
