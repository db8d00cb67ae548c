mkdir -p "$TMP/a/logs" && cp tests/cli/overfit.csv "$TMP/a/logs/run.csv" && cp tests/cli/names.csv "$TMP/a/logs" || exit
verdicts() { diagnose --format json "$@" > "$TMP/report"; status=$?
  sed -n 's/.*"check":"\([a-z-]*\)","verdict":"\([a-z]*\)".*/  \1 \2/p' "$TMP/report"; echo "  status $status"; }
cat > "$TMP/clino.ini" <<'INI'
; what this project wants
check = overfitting, nonfinite
INI
echo 'blanks in a list'; verdicts "$TMP/a/logs/run.csv" 2>&1 | sed "s|$TMP|TMP|"
cat > "$TMP/clino.ini" <<'INI'
; what this project wants
check = overfitting,nonfinite
assert = val/loss < 100
assert = min(train/loss) > 1   ; this does not hold
quiet = no
[set]
overfitting.min_points = 1000
[map]
train/loss = train nll
val/loss = dev nll
INI
echo 'found upward'; verdicts "$TMP/a/logs/names.csv"
echo 'the command line wins'; verdicts --check nonfinite "$TMP/a/logs/names.csv"
echo 'the nearest counts'; echo 'check = nonfinite' > "$TMP/a/clino.ini"; verdicts "$TMP/a/logs/run.csv"
echo 'another'; verdicts --config "$TMP/clino.ini" "$TMP/a/logs/names.csv"
printf 'check = nonfinite\nbaseline = a/logs/run.csv\n' > "$TMP/clino.ini"
echo 'files are named from its folder'; verdicts --config "$TMP/clino.ini" "$TMP/a/logs/run.csv"
