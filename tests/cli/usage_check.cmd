for ids in overfiting overfitting,nan-loss 'overfitting,' ''; do
  diagnose --check "$ids" tests/cli/healthy.csv; echo "$ids $?"
done
