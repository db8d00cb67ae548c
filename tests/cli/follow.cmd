# bounded COMMAND...: what does not end within half a minute is killed, with exit status 137.
bounded() {
  exec 3<&0
  "$@" <&3 & bounded_pid=$!
  (i=0; while [ "$i" -lt 300 ] && kill -0 "$bounded_pid"; do sleep 0.1; i=$((i + 1)); done; kill -9 "$bounded_pid") \
    2> /dev/null & timer=$!
  wait "$bounded_pid"; bounded_status=$?
  wait "$timer"
  return "$bounded_status"
}
# Standard input that ends; a log in which a NaN comes; one that is asked for its verdict.
head -20 tests/cli/healthy.csv | bounded "$program" --follow --check nonfinite,log-integrity -; echo "$?"
cp tests/cli/healthy.csv "$TMP/a.csv"
(sleep 0.3; echo '10100,nan,,0.05'; sleep 0.2; printf '10200,nan,,0.05\n10300,nan,,0.05\n10400,na') >> "$TMP/a.csv" &
bounded "$program" --follow --interval 0.05 --check nonfinite "$TMP/a.csv" 2> "$TMP/err" | sed "s|$TMP/||"
wait
cp tests/cli/healthy.csv "$TMP/b.csv"
(sleep 1; kill -INT "$(cat "$TMP/pid")"; kill -TERM "$(cat "$TMP/pid")") 2> "$TMP/err" &
# shellcheck disable=SC2016
bounded sh -c 'echo "$$" > "$1"; exec "$2" --follow --check nonfinite --quiet "$3"' sh "$TMP/pid" "$program" "$TMP/b.csv" \
  > "$TMP/b" 2>&1; echo "$?"; cat "$TMP/b"
# A log that is not there yet.
(sleep 0.3; printf 'step,loss\n1,0.5\n2,nan\n3,nan\n4,nan\n' > "$TMP/c.csv") &
bounded "$program" --follow --interval 0.05 --check nonfinite --format json "$TMP/c.csv" > "$TMP/c" 2> "$TMP/err"; echo "$?"
grep -o '"final":true' "$TMP/c"
# A log that becomes shorter, and one that another file replaces: what is there then is judged.
cp tests/cli/healthy.csv "$TMP/d.csv"
cp tests/cli/healthy.csv "$TMP/e.csv"
(sleep 0.5; printf 'step,train_loss\n1,0.5\n' > "$TMP/d.csv"
  sleep 0.5; printf 'step,train_loss\n1,0.5\n2,0.25\n' > "$TMP/new"; mv "$TMP/new" "$TMP/e.csv"
  sleep 0.5; printf '3,nan\n4,nan\n5,nan\n6,nan\n' >> "$TMP/e.csv") &
bounded "$program" --follow --interval 0.05 --check nonfinite "$TMP/d.csv" "$TMP/e.csv" > "$TMP/d" 2> "$TMP/err"; echo "$?"
wait
sed "s|$TMP/||" "$TMP/err"
grep -o 'steps 1 to 6' "$TMP/d"
# Standard input beside a file, which is followed on when the input has ended.
cp tests/cli/healthy.csv "$TMP/f.csv"
(sleep 0.6; printf '10100,nan,,0.05\n10200,nan,,0.05\n10300,nan,,0.05\n' >> "$TMP/f.csv") &
head -20 tests/cli/healthy.csv | bounded "$program" --follow --interval 0.05 --check nonfinite --format json - "$TMP/f.csv" \
  > "$TMP/f" 2> "$TMP/err"; echo "$?"
wait
grep -o '"verdict":"[a-z]*","series"' "$TMP/f"
# Nobody reads the report any more: it ends at once.
cp tests/cli/healthy.csv "$TMP/g.csv"
{ bounded "$program" --follow --interval 0.05 --check nonfinite "$TMP/g.csv"; echo "$?" > "$TMP/g"; } 2> "$TMP/err" | true
cat "$TMP/g"
