#!/bin/sh
# What Clino does, end to end on real data, in under a minute: make demo. Every exit status is compared with the one that
# is right; the demo fails where one is not.
set -u
BUILD=${BUILD:-build}
OUT=$BUILD/demo
mkdir -p "$OUT" || exit 2
seen=''

# title TEXT, and what to look at.
title() {
  printf '\n==== %s\n' "$1"
  [ -z "${2-}" ] || printf '%s\n' "$2"
}

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

# saw TEXT [NAMES]: a line of the summary, with the exit status of the last command.
saw() { seen="$seen$(printf '  exit status %s  %-38s %s' "$status" "$1" "${2-}" | sed 's/ *$//')
"; }

# diagnosed RUN STATUS TEXT [CHECK]: diagnoses the log of a run; a sick one must name CHECK.
diagnosed() {
  expect "$2" "$BUILD/diagnose" "$OUT/$1.csv"
  "$BUILD/diagnose" --format json "$OUT/$1.csv" > "$OUT/$1.json"
  wrong=$(sed -En 's/^\{"check":"([^"]*)","verdict":"(warn|fail)".*/\1/p' "$OUT/$1.json" | sort -u | tr '\n' ' ')
  saw "$3" "$wrong"
  case " $wrong" in *" ${4-}"*) return ;; esac
  echo "demo: expected $4 among what is wrong with $OUT/$1.csv" >&2
  exit 1
}

title 'A published gradient descent whose gradient was wrong' \
  'Look at the verdicts: at some points a wrong derivative passes.'
expect 0 "$BUILD/examples/xcospi"

title 'A net with hand-written layers: conv, relu, max-pool, dense, batch norm, tanh, dropout, softmax, L2' \
  'Look at the second line of each report: every entry of the gradient passes.'
expect 0 "$BUILD/examples/gradcheck_net"
saw 'the net, before and after training'

title 'The same, with the gradient of the convolution kernel flipped' \
  'Look at the names: only conv.K fails, with both values.'
expect 1 "$BUILD/examples/gradcheck_net" --bug conv-flip
at=$("$BUILD/examples/gradcheck_net" --bug conv-flip | sed -n 's/^  fail  *\([^[]*\)\[.*/\1/p' | sort -u)
saw 'the net with a planted bug' "$at"
[ "$at" = conv.K ] || { echo "demo: expected the bug in conv.K, not in: $at" >&2; exit 1; }

title 'Three training runs, watched by the monitors and logged as CSV'
for run in healthy rate-too-high overfit; do
  expect 0 "$BUILD/examples/train_digits" "--$run" -o "$OUT/$run.csv"
done

title 'diagnose: the healthy one'
diagnosed healthy 0 'a healthy training run'

title 'diagnose: the learning rate a hundred times as high' \
  'Look at the evidence, the cause and the fix of each finding.'
diagnosed rate-too-high 1 'a learning rate far too high' loss-not-decreasing

title 'diagnose: a larger net on 15 samples, no regularization'
diagnosed overfit 1 '15 samples learned by heart' overfitting

title 'What you saw'
printf '\n%s\n' "$seen"
printf 'The logs are in %s, the programs in examples/. Next: docs/gradcheck.md to check your own layer,\n' "$OUT"
printf '%s/diagnose YOUR.csv for a log of your own.\n' "$BUILD"
