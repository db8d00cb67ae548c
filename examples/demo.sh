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

# names FILE ID: the report in FILE must name a check among what is wrong.
names() {
  grep -q "$2" "$1" || { echo "demo: expected $1 to name $2" >&2; exit 1; }
}

title 'A published gradient descent whose gradient was wrong'
expect 0 "$BUILD/examples/xcospi"

title 'A net with hand-written layers: conv, relu, max-pool, dense, batch norm, tanh, dropout, softmax, L2'
expect 0 "$BUILD/examples/gradcheck_net"

title 'The same, with the gradient of the convolution kernel flipped'
expect 1 "$BUILD/examples/gradcheck_net" --bug conv-flip

title 'Three training runs, watched and logged'
for run in healthy rate-too-high overfit; do
  expect 0 "$BUILD/examples/train_digits" --$run -o "$OUT/$run.csv"
done

title 'diagnose: the healthy one'
expect 0 "$BUILD/diagnose" "$OUT/healthy.csv"

title 'diagnose: the learning rate a hundred times as high'
expect 1 "$BUILD/diagnose" "$OUT/rate-too-high.csv"

title 'diagnose: 60 samples, no regularization'
expect 1 "$BUILD/diagnose" "$OUT/overfit.csv"

printf '\nAll as it should be. The logs are in %s, the programs in examples/.\n' "$OUT"
