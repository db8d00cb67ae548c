for option in --config=x --assert=x --baseline=x; do
  diagnose "$option" tests/cli/healthy.csv; echo "$option $?"
done
