cd "$TMP"
printf 'step,train_loss,\033]0;owned\007\033[31mevil\n' > log.csv
awk 'BEGIN { for (i = 0; i < 20; i++) printf "%d,%g,nan\n", i, 2.3 - i / 20 }' >> log.csv
for how in --list-series --verbose --quiet; do
  diagnose $how log.csv > report; echo "$how $?"
  grep -c "$(printf '\033')" report
  grep -c 'x1b\[31mevil' report | sed 's/[1-9][0-9]*/some/'
done
diagnose --format json log.csv | grep -c "$(printf '\033')"
