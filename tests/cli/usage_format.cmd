for format in htm TEXT ''; do
  diagnose --format "$format" tests/cli/healthy.csv; echo "$format $?"
done
