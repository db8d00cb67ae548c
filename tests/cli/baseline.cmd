report() { diagnose --format json --check nonfinite,overfitting "$@" > "$TMP/report"; status=$?
  sed -n 's/.*"check":"baseline","verdict":"\([a-z]*\)","series":\([^,]*\),.*/  \1 \2/p' "$TMP/report"; echo "  status $status"; }
echo worse; report --baseline tests/cli/healthy.csv tests/cli/overfit.csv
echo same; report --baseline tests/cli/overfit.csv tests/cli/overfit.csv
echo unreadable; report --baseline tests/cli/word.csv tests/cli/healthy.csv
diagnose --baseline '' tests/cli/healthy.csv; echo "empty $?"
diagnose --baseline - - < tests/cli/healthy.csv; echo "twice $?"
