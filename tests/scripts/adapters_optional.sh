#!/bin/sh
# The adapters to what is not installed everywhere: a wrong gradient makes the program fail, and the framework's own
# report names the worst entry. What is right passes.
set -u
bin=${BUILD:-build}/tests/must_fail
absent=''
expect() { # what is installed, texts
  program=$bin/wrong_gradient_$1 what=$1
  [ -x "$program" ] || { absent="$absent $1"; return; }
  if out=$("$program" 2>&1); then
    echo "$program ended with status 0"; exit 1
  fi
  shift
  for text; do
    case $out in *"$text"*) ;; *) echo "$what does not say '$text':"; echo "$out"; exit 1 ;; esac
  done
}
objective='gradcheck: fail: x[1]: analytic -0.802496, numeric 0.802496'
model='gradcheck: fail: fc1.W[0,1]: analytic'
layer='gradcheck: fail: square: x[2]: analytic'
step='stepcheck: fail: gradient-descent: the gradient has the wrong sign'
weights='initcheck: fail: fc1.W: '
sick='diagnose: fail: dead-units: 70.98% of the units of fc1 are dead'
expect cmocka "$objective" "$model" "$layer" "$step" "$weights" "$sick" \
  'wrong_gradient_cmocka.c:17: error: Failure!' '[  PASSED  ] 1 test(s)'
expect check "$objective" "$model" "$layer" "$step" "$weights" "$sick" \
  'wrong_gradient_check.c:16:F:gradients:objective' 'Checks: 7, Failures: 6, Errors: 0'
expect gsl 'all that is right was accepted' 'gradcheck: fail: x[1]: analytic -37, numeric -74'
[ -z "$absent" ] || { echo "not installed:$absent"; exit 77; }
