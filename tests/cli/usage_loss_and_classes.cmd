diagnose --loss l1 tests/cli/healthy.csv; echo $?
for n in 1 0 -3 ten 10x 2.5 '' 99999999999999999999; do
  diagnose --classes "$n" tests/cli/healthy.csv; echo "$n $?"
done
