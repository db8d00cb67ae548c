#!/bin/sh
# A library that is not ours, FANN: its gradients are judged right where they are, and wrong where they are wrong, in
# double and in single precision; its trainings run and are diagnosed as docs/fann.md says.
set -u
BUILD=${BUILD:-build}
[ -x "$BUILD/examples/fann_check" ] || { echo "FANN (libfann-dev) is not installed"; exit 77; }
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
failed=0
bad() { echo "FAIL fann: $*"; failed=1; }

# Of each function: right in the hidden layer with steepness 0.5, with 1, at the outputs (y or n).
cat > "$tmp/wanted" <<'EOF'
LINEAR yyy
SIGMOID yyy
SIGMOID_STEPWISE nnn
SIGMOID_SYMMETRIC yyn
SIGMOID_SYMMETRIC_STEPWISE nnn
GAUSSIAN nyy
GAUSSIAN_SYMMETRIC nyn
ELLIOT yyy
ELLIOT_SYMMETRIC yyn
LINEAR_PIECE nnn
LINEAR_PIECE_SYMMETRIC ynn
SIN_SYMMETRIC nyn
COS_SYMMETRIC nyn
SIN nyy
COS nyy
EOF
for program in fann_check fann_check_float; do
  "$BUILD/examples/$program" > "$tmp/out" || bad "$program fails"
  awk '/^[A-Z_]+ .*e[-+]/ {
         line = $0; verdicts = ""
         while (match(line, /(pass|kink|fail|suspect|inconclusive|nonfinite)/)) {
           word = substr(line, RSTART, RLENGTH)
           verdicts = verdicts (word == "pass" || word == "kink" ? "y" : word == "fail" ? "n" : "?")
           line = substr(line, RSTART + RLENGTH)
         }
         print $1, verdicts
       }' "$tmp/out" > "$tmp/is"
  cmp -s "$tmp/wanted" "$tmp/is" || { bad "$program:"; diff "$tmp/wanted" "$tmp/is"; }
  [ "$(grep -cE '^(error function TANH|one sample, incremental) +(pass|kink)' "$tmp/out")" -eq 2 ] || bad "$program: TANH, one sample"
  grep -q '^large weights *fail' "$tmp/out" || bad "$program: saturation is not seen"
done
"$BUILD/examples/fann_check" GAUSSIAN 2 | grep -q 'hidden: analytic is 2 times numerical' || bad "GAUSSIAN 2 is not explained"
"$BUILD/examples/fann_check" SIGMOID 1 > /dev/null || bad "SIGMOID 1 is not accepted"
for wrong in 'GAUSSIAN_STEPWISE 1' 'NONE 1' 'SIGMOID 0' SIGMOID; do
  # shellcheck disable=SC2086
  "$BUILD/examples/fann_check" $wrong > /dev/null 2>&1
  [ $? -eq 2 ] || bad "fann_check $wrong is taken"
done
"$BUILD/examples/fann_train" --epochs 2 -o "$tmp/none/log" > /dev/null 2>&1
[ $? -eq 2 ] || bad "a log that cannot be written is no error"
"$BUILD/examples/fann_train" --rate -1 > /dev/null 2>&1
[ $? -eq 2 ] || bad "a rate below 0 is taken"
"$BUILD/examples/fann_train" --epochs 20 --samples 300 -o "$tmp/log" > /dev/null || bad "fann_train fails"
[ "$(grep -c '"val/loss"' "$tmp/log")" -eq 21 ] || bad "not 21 rows"
"$BUILD/diagnose" --quiet "$tmp/log" || bad "a healthy training is not diagnosed as one"
[ $failed -eq 0 ] && echo "15 functions in two precisions"
exit $failed
