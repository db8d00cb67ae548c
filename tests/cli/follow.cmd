# Standard input that ends; a log in which a NaN comes; one that is asked for its verdict.
head -20 tests/cli/healthy.csv | diagnose --follow --check nonfinite,log-integrity -; echo "$?"
cp tests/cli/healthy.csv "$TMP/a.csv"
(sleep 0.3; echo '10100,nan,,0.05'; sleep 0.2; printf '10200,nan,,0.05\n10300,nan,,0.05\n10400,na') >> "$TMP/a.csv" &
diagnose --follow --interval 0.05 --check nonfinite "$TMP/a.csv" 2> "$TMP/err" | sed "s|$TMP/||"
wait
cp tests/cli/healthy.csv "$TMP/b.csv"
"$program" --follow --check nonfinite --quiet "$TMP/b.csv" > "$TMP/b" 2>&1 & pid=$!
sleep 1; kill -INT "$pid"; kill -TERM "$pid" 2> "$TMP/err"; wait "$pid"; echo "$?"; cat "$TMP/b"
# A log that is not there yet.
"$program" --follow --interval 0.05 --check nonfinite --format json "$TMP/c.csv" > "$TMP/c" 2> "$TMP/err" & pid=$!
sleep 0.3; printf 'step,loss\n1,0.5\n2,nan\n3,nan\n4,nan\n' > "$TMP/c.csv"; wait "$pid"; echo "$?"
grep -o '"final":true' "$TMP/c"
