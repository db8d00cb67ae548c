# What would steer a terminal is shown, not sent: C0 controls (refused as no text), C1 controls, bidirectional overrides.
cd "$TMP"
rows() { awk 'BEGIN { for (i = 0; i < 20; i++) printf "%d,%g,nan\n", i, 2.3 - i / 20 }'; }
{ printf 'step,train_loss,\302\23331mevil\342\200\256\n'; rows; } > log.csv
{ printf 'step,train_loss,\033[31mevil\n'; rows; } > escape.csv
for run in log.csv escape.csv; do
  for how in --list-series --verbose --quiet; do
    diagnose $how $run > report 2>&1; echo "$run $how: $?"
    LC_ALL=C grep -Ec "$(printf '\033|\302\233|\342\200\256')" report
    grep -c 'x9b31mevil.u202e' report | sed 's/[1-9][0-9]*/shown/'
  done
done
diagnose --format json escape.csv 2> report | grep -c "$(printf '\033')"
exit 0
