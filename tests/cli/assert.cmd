for a in 'val/loss < 0.5' 'min(val/loss) < 0.7' 'train/loss <= val/loss' 'slope(val/loss, 20) > 0' 'gone < 1'; do
  echo "$a"
  diagnose --format json --check nonfinite --assert "$a" tests/cli/overfit.csv > "$TMP/report"; status=$?
  sed -n 's/.*"check":"assert","verdict":"\([a-z]*\)".*"cause":\([^,]*\),.*"message":"\([^"]*\)".*/  \1 \2 \3/p' "$TMP/report"
  echo "  status $status"
done
diagnose --check nonfinite --assert 'max(train/loss) > 0' --assert 'val/loss > 100' --fail-on never tests/cli/overfit.csv
