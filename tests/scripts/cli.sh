#!/bin/sh
# diagnose as its users meet it: every tests/cli/NAME.cmd is run by the shell from the project's root, and its standard
# output, standard error and exit status must be those in NAME.out, NAME.err and NAME.status (no file: nothing, 0).
# In a case, "diagnose" is the program under test and $TMP an empty folder of its own.
#   sh tests/scripts/cli.sh [NAME...]     UPDATE=1 writes what came out instead of comparing: read the difference
set -u
BUILD=${BUILD:-build}
program=$PWD/$BUILD/diagnose
case $BUILD in /*) program=$BUILD/diagnose ;; esac
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
unset NO_COLOR COLUMNS POSIXLY_CORRECT
export TERM=xterm
failed=0 ran=0
: > "$work/empty"

expected() { # FILE: the file, or nothing
  if [ -e "$1" ]; then echo "$1"; else echo "$work/empty"; fi
}

keep() { # FROM TO: an empty expectation needs no file
  if [ -s "$1" ]; then cp "$1" "$2"; else rm -f "$2"; fi
}

run_case() {
  TMP=$work/tmp
  rm -rf "$TMP" && mkdir "$TMP" || exit 1
  (
    diagnose() { "$program" "$@"; }
    . "./$1"
  ) > "$work/out" 2> "$work/err" < /dev/null
  echo $? > "$work/status"
}

if [ $# -eq 0 ]; then
  set -- tests/cli/*.cmd
else
  for name; do shift; set -- "$@" "tests/cli/$name.cmd"; done
fi

for case; do
  base=${case%.cmd}
  run_case "$case"
  ran=$((ran + 1))
  if [ -n "${UPDATE:-}" ]; then
    keep "$work/out" "$base.out"
    keep "$work/err" "$base.err"
    cp "$work/status" "$base.status"
    continue
  fi
  for part in status out err; do
    if ! diff -u "$(expected "$base.$part")" "$work/$part" > "$work/diff"; then
      echo "FAIL cli: $(basename "$base"): $part differs (- expected, + got)"
      sed '1,2d' "$work/diff"
      failed=1
    fi
  done
done
[ "$ran" -gt 0 ] && [ "$failed" -eq 0 ] && echo "ok cli: $ran cases"
exit $failed
