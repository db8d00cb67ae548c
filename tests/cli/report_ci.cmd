for format in junit tap github; do
  diagnose --format $format --check overfitting,update-ratio,nonfinite,train-val-gap tests/cli/overfit.csv tests/cli/word.csv > "$TMP/report"
  echo "$format, status $?"
  cut -c 1-72 "$TMP/report"
done
diagnose --format junit --fail-on never --check overfitting tests/cli/overfit.csv | grep '<testsuite '
diagnose --format sarif --check overfitting tests/cli/overfit.csv | grep -o '"ruleId":"[a-z-]*"\|"uri":"[^"]*"\|"firstStep":[0-9]*'
