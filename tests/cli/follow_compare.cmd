# Runs that are compared while they are written, until one fails for good; a name that no run has, said at the end.
cp tests/cli/healthy.csv "$TMP/a.csv"; cp tests/cli/healthy.csv "$TMP/b.csv"; cd "$TMP" || exit
(sleep 0.4; printf '10100,nan,,0.05\n10200,nan,,0.05\n10300,nan,,0.05\n10400,nan,,0.05\n' >> b.csv) &
timeout 30 "$program" --follow --compare --interval 0.05 --check nonfinite a.csv b.csv > out 2> err; echo "$?"
wait
grep -c '^COMPARED by val/loss' out
grep -c 'fail  nonfinite: train/loss is NaN' out
# One of them is not there yet: nothing is compared, and nothing said of it, before there are two.
(sleep 0.4; cp a.csv c.csv; printf '10100,nan,,0.05\n10200,nan,,0.05\n10300,nan,,0.05\n10400,nan,,0.05\n' >> c.csv) &
timeout 30 "$program" --follow --compare --interval 0.05 --check nonfinite a.csv c.csv > out 2> err; echo "$?"
wait
grep -c 'not two runs' err
grep -c '^COMPARED' out
timeout 30 "$program" --follow --compare --by gone --check nonfinite --interval 0.05 - a.csv < a.csv 2> err & follower=$!
sleep 1.5; kill -INT "$follower"; wait "$follower"; echo "$?"
cat err
