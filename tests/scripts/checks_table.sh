#!/bin/sh
# docs/checks.md is what the registry says today.
set -eu
build=${BUILD:-build}
mkdir -p "$build/tests"
sh tools/checks_table.sh "$build/tests/checks.md"
diff docs/checks.md "$build/tests/checks.md" > "$build/tests/checks.diff" || {
  echo "FAIL checks_table: docs/checks.md is stale; run tools/checks_table.sh"
  head -20 "$build/tests/checks.diff"
  exit 1
}
echo "ok checks_table"
