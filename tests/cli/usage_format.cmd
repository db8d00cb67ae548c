for format in html junit TEXT ''; do
  diagnose --format "$format" tests/cli/healthy.csv; echo "$format $?"
done
