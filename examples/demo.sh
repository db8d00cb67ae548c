#!/bin/sh
# What Clino does, end to end on real data, in under a minute: make demo. Every exit status is compared with the one that
# is right; the demo fails where one is not.
set -u
BUILD=${BUILD:-build}
OUT=$BUILD/demo
mkdir -p "$OUT" || exit 2

title() { printf '\n==== %s\n' "$*"; }

# expect STATUS COMMAND...: runs it, shows it and its exit status.
expect() {
  wanted=$1
  shift
  printf '\n$ %s\n' "$*"
  "$@"
  status=$?
  echo "exit status $status"
  if [ "$status" -ne "$wanted" ]; then
    echo "demo: expected exit status $wanted, got $status, from: $*" >&2
    exit 1
  fi
}

# diagnosed RUN STATUS CHECK: diagnoses the log of a run, with warnings as failures too; a sick one must name CHECK.
diagnosed() {
  expect "$2" "$BUILD/diagnose" --fail-on warn "$OUT/$1.csv"
  [ -z "${3-}" ] && return
  "$BUILD/diagnose" --format json "$OUT/$1.csv" > "$OUT/$1.json"
  grep -Eq "\"check\": *\"$3\", *\"verdict\": *\"(warn|fail)\"" "$OUT/$1.json" && return
  echo "demo: expected $3 among what is wrong with $OUT/$1.csv" >&2
  exit 1
}

title 'A published gradient descent whose gradient was wrong'
expect 0 "$BUILD/examples/xcospi"

title 'A net with hand-written layers: conv, relu, max-pool, dense, batch norm, tanh, dropout, softmax, L2'
expect 0 "$BUILD/examples/gradcheck_net"

title 'The same, with the gradient of the convolution kernel flipped'
expect 1 "$BUILD/examples/gradcheck_net" --bug conv-flip

title 'Three training runs, watched and logged'
for run in healthy rate-too-high overfit; do
  expect 0 "$BUILD/examples/train_digits" "--$run" -o "$OUT/$run.csv"
done

title 'diagnose: the healthy one'
diagnosed healthy 0

title 'diagnose: the learning rate a hundred times as high'
diagnosed rate-too-high 1 loss-not-decreasing

title 'diagnose: 60 samples, no regularization'
diagnosed overfit 1 overfitting

printf '\nAll as it should be. The logs are in %s, the programs in examples/.\n' "$OUT"
