#!/bin/sh
# All tests through one command: the CUnit suites, then the scripts in tests/scripts, each of which prints one line
# "ok NAME" or "FAIL NAME: why" and exits nonzero on failure; exit 77 is "skipped". With arguments: those suites only.
set -u
BUILD=${BUILD:-build}
export BUILD
# Logs of real training runs, where there are some, are read and judged as well.
[ -n "${CLINO_RUNS:-}" ] || [ ! -d ../shared/runs ] || CLINO_RUNS=../shared/runs
[ -z "${CLINO_RUNS:-}" ] || export CLINO_RUNS
failed=0
"$BUILD/tests/run" "$@" || failed=1
if [ $# -eq 0 ]; then
  passed=0 bad=0 skipped=0
  for script in tests/scripts/*.sh; do
    [ -e "$script" ] || continue
    name=$(basename "$script" .sh)
    if out=$(sh "$script" 2>&1); then
      echo "  Script: $name ...passed"; passed=$((passed + 1))
    elif [ $? -eq 77 ]; then
      echo "  Script: $name ...skipped: $out"; skipped=$((skipped + 1))
    else
      echo "  Script: $name ...FAILED"; echo "$out" | sed 's/^/    /'; bad=$((bad + 1)); failed=1
    fi
  done
  echo "scripts: $passed passed, $bad failed, $skipped skipped"
fi
exit $failed
