cp tests/cli/healthy.csv "$TMP/run.csv" && cd "$TMP" && mkdir folder || exit
diagnose --config folder run.csv; echo "$?"
diagnose --config gone.ini run.csv; echo "$?"
printf 'check = nonfinite\n\0\n' > nul.ini; diagnose --config nul.ini run.csv; echo "$?"
printf 'quiet = yes' > no_end.ini; diagnose --config no_end.ini --check nonfinite run.csv; echo "$?"
: > empty.ini; diagnose --config empty.ini --check nonfinite --quiet run.csv; echo "$?"
echo 'color = always' > clino.ini
for plain in '' 1; do NO_COLOR=$plain diagnose --check nonfinite run.csv | grep -c "$(printf '\033')"; done
NO_COLOR=1 diagnose --check nonfinite --color always run.csv | grep -c "$(printf '\033')"
