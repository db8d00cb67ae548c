one_of() { # LEVEL BATCH NAME: a run of 60 steps
  awk -v level="$1" -v batch="$2" 'BEGIN {
    printf "#{\"batch_size\":\"%d\"}\nstep,val_loss,lr\n", batch
    for (i = 0; i < 60; i++) printf "%d,%.6f,%g\n", 10 * i, level + 2 * exp(-i / 9) + 0.01 * ((i * 7919) % 13 - 6) / 6, 6.4 / batch
  }' > "$TMP/$3"
}
one_of 0.25 64 a.csv && one_of 0.25 32 b.csv && one_of 0.5 128 c.csv && echo nonsense > "$TMP/d.csv" && cd "$TMP" || exit
shorten() { sed '/^verdict/,$d'; }
diagnose --compare a.csv b.csv c.csv d.csv 2> /dev/null | shorten; echo
diagnose --compare --by val/loss:higher --quiet c.csv a.csv | shorten
diagnose --compare --format json --check nonfinite c.csv a.csv | sed -n '/^"comparison"/,$p'
for run in a b c; do sed '1d; s/val_loss/train_loss/' $run.csv > $run.plain.csv; done
diagnose --compare --check nonfinite --fail-on warn --format json ?.plain.csv > report; echo "learning rates: $?"
grep -o '"message":"[^"]*learning rate[^"]*"' report
diagnose --compare --quiet a.csv; echo "one run: $?"
diagnose --compare --by lr a.csv b.csv; echo "not told what is better: $?"
diagnose --compare --by lr:lower --quiet a.csv b.csv
diagnose --compare --by gone a.csv b.csv; echo "not there: $?"
diagnose --by val/loss a.csv b.csv; echo "without --compare: $?"
diagnose --compare --by :lower a.csv b.csv; echo "no name: $?"
diagnose --compare --list-series a.csv b.csv; echo "together: $?"
