#!/bin/sh
# What diagnose does on a terminal, which script(1) of util-linux plays: colour unless NO_COLOR, its width, plots where
# the locale has UTF-8, a bar while a long log is read.
set -u
BUILD=${BUILD:-build}
program=$PWD/$BUILD/diagnose
case $BUILD in /*) program=$BUILD/diagnose ;; esac
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
unset NO_COLOR COLUMNS LC_ALL LC_CTYPE
export LANG=C.UTF-8 TERM=xterm program
script -qec 'stty cols 50' /dev/null < /dev/null > /dev/null 2>&1 || { echo "script(1) of util-linux is not here"; exit 77; }
failed=0

# COLUMNS COMMAND: what comes out on a terminal so wide.
on_terminal() {
  script -qec "stty cols $1 rows 24; $2" /dev/null < /dev/null 2>&1 | tr -d '\r' > "$work/out"
}

# WHAT COMMAND...: fails unless it succeeds.
expect() {
  what=$1; shift
  "$@" > "$work/why" 2>&1 && return
  echo "FAIL terminal: $what"; head -5 "$work/out"; failed=1
}
has() { grep -q "$1" "$work/out"; }
has_not() { ! grep -q "$1" "$work/out"; }
widest() { # N: no line has more columns
  LC_ALL=C awk -v most="$1" '{ gsub(/\033\[[0-9;]*m/, ""); gsub(/[\200-\277]/, "") } length($0) > most { exit 1 }' \
    "$work/out"
}
escape=$(printf '\033')
heavy=$(printf '\342\224\201')
run='"$program" --check overfitting,nonfinite tests/cli/overfit.csv'

on_terminal 60 "$run"
expect 'colour on a terminal' has "$escape"
expect 'a plot with the steps marked' has "$heavy"
expect 'lines of its width' widest 60
on_terminal 60 "$run | cat"
expect 'a pipe gets no colour' has_not "$escape"
expect 'a pipe gets no plot' has_not "$heavy"
on_terminal 60 "NO_COLOR=1 $run"
expect 'no colour under NO_COLOR' has_not "$escape"
printf 'color = always\n' > "$work/clino.ini"
on_terminal 60 "NO_COLOR=1 $run --config '$work/clino.ini'"
expect 'no colour under NO_COLOR, whatever clino.ini says' has_not "$escape"
on_terminal 60 "NO_COLOR=1 $run --color always"
expect 'no colour under NO_COLOR, whatever an option says' has_not "$escape"
on_terminal 60 "NO_COLOR= $run --color always"
expect 'an empty NO_COLOR is none' has "$escape"
on_terminal 60 "TERM=dumb $run"
expect 'neither colour on a dumb terminal' has_not "$escape"
expect 'nor a plot' has_not "$heavy"
on_terminal 60 "LANG=C $run"
expect 'no plot without UTF-8' has_not "$heavy"
for columns in 1 7 20 40 41 1000; do
  on_terminal "$columns" "$run"
  expect "a terminal of $columns columns" has overfitting
done
on_terminal 60 "COLUMNS=45 $run"
expect 'COLUMNS has the last word' widest 45

on_terminal 100 '"$program" --compare --quiet tests/cli/healthy.csv tests/cli/overfit.csv'
expect 'curves of runs that are compared' has "$(printf '\342\226\210')"

# A log that comes slowly: its size is not known.
slow='(echo step,train_loss; for i in 1 2 3 4 5 6 7 8 9; do echo $i,0.5; sleep 0.1; done)'
on_terminal 60 "$slow | \"\$program\" -"
expect 'a word while it is read' has 'reading 0 MB'
expect 'which is wiped out' has "$escape\\[K"
on_terminal 60 "$slow | \"\$program\" --quiet -"
expect 'not with --quiet' has_not 'reading'
on_terminal 60 "$slow | \"\$program\" - 2>/dev/null"
expect 'not where standard error is no terminal' has_not 'reading'

# --follow: a view that is drawn over itself while the log grows, and the report at the end.
cat > "$work/follow.sh" <<'END'
(sleep 0.3; cp tests/cli/overfit.csv "$log"; sleep 0.5; echo '10100,0.5,1.3,0.05' >> "$log"; sleep 0.5
 printf '10200,nan,,0.05\n10300,nan,,0.05\n10400,nan,,0.05\n' >> "$log") &
timeout 60 "$program" --follow --interval 0.05 --check overfitting,nonfinite "$log"
END
log=$work/log.csv; export log
on_terminal 60 "sh '$work/follow.sh'"
expect 'a word while there is no log' has 'waiting for a log'
expect 'a view of the log' has 'following, look 1'
expect 'the view again' has 'following, look 2'
expect 'drawn over what was there' has "$escape\[[0-9]*A$escape\[J"
expect 'with its findings' has 'overfitting: val/loss was best at step'
expect 'and a plot' has "$heavy"
awk '/\033\[J/ { kept = "" } { kept = kept $0 "\n" } END { printf "%s", kept }' "$work/out" > "$work/end" && mv "$work/end" "$work/out"
expect 'the report at the end' has 'nonfinite: train/loss is NaN or infinite in'
expect 'in full' has 'source '
expect 'without the view' has_not 'following'
rm -f "$log"
on_terminal 60 "sh '$work/follow.sh' | cat"
expect 'no view in a pipe' has_not 'following'
expect 'what is found on the way, in a pipe' has 'warn\|fail overfitting'
rm -f "$log"
on_terminal 60 "stty rows 4; sh '$work/follow.sh'"
expect 'a low terminal' has '^[.][.][.]$'
on_terminal 120 'timeout -s INT 1 "$program" --follow --compare --interval 0.05 tests/cli/overfit.csv tests/cli/healthy.csv'
expect 'runs that are followed and compared' has 'COMPARED by val/loss'
expect 'in the view' has 'following, look 1'
exit $failed
