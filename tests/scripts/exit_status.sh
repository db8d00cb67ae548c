#!/bin/sh
# The test command fails when a test fails: a failing assertion, no test that ran, a failing script, through make as well.
set -u
BUILD=${BUILD:-build}
MAKE=${MAKE:-make}
root=$(pwd)
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
failed=0

# expect STATUS TEXT COMMAND...: the exit status ("not0": any but 0) and a text that is said
expect() {
  want=$1 text=$2; shift 2
  "$@" > "$tmp/out" 2>&1
  got=$?
  case $want in not0) [ $got -ne 0 ] ;; *) [ $got -eq "$want" ] ;; esac ||
    { echo "FAIL exit_status: '$*' exits $got, expected $want"; cat "$tmp/out"; failed=1; }
  grep -qF "$text" "$tmp/out" || { echo "FAIL exit_status: '$*' does not say '$text'"; cat "$tmp/out"; failed=1; }
}

program=$BUILD/tests/must_fail/failing_suite
expect 1 'is_wrong' "$program"
expect 1 '2 + 2,5' "$program" failing
expect 0 'is_right' "$program" passing
expect 1 'no test ran' "$program" none-of-this-name
expect 1 'no test ran' "$BUILD/tests/run" none-of-this-name
expect not0 'no test ran' "$MAKE" -o all test BUILD="$BUILD" SUITE=none-of-this-name

# tests/run.sh with scripts and suites that we choose.
mkdir -p "$tmp/tests/scripts" "$tmp/build/tests"
printf '#!/bin/sh\nexit 0\n' > "$tmp/build/tests/run"
chmod +x "$tmp/build/tests/run"
all() { (cd "$tmp" && BUILD=build sh "$root/tests/run.sh" "$@"); }
echo 'exit 0' > "$tmp/tests/scripts/good.sh"
expect 0 '1 passed, 0 failed' all
echo 'echo no such tool; exit 77' > "$tmp/tests/scripts/absent.sh"
expect 0 'skipped: no such tool' all
echo 'echo what went wrong; exit 3' > "$tmp/tests/scripts/bad.sh"
expect 1 'what went wrong' all
expect 1 '1 passed, 1 failed, 1 skipped' all
rm "$tmp/tests/scripts/bad.sh"
cp "$program" "$tmp/build/tests/run"
expect 1 'is_wrong' all
expect 0 'is_right' all passing

exit $failed
