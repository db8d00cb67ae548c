for a in '' 'val/loss <' 'val/loss < 0.5 < 1' 'loss = 1' 'largest(x) > 1' '(a + 1 < 2' 'min(a, 0) < 1' '"a < 1' 'café ! 1' 'x < 1e'; do
  diagnose --assert "$a" tests/cli/healthy.csv; echo "$?"
done
