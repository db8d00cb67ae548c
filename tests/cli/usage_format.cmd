for format in pdf junitx TEXT ''; do
  diagnose --format "$format" tests/cli/healthy.csv; echo "$format $?"
done
