#!/bin/sh
# Runs each target of libFuzzer for FUZZ_SECONDS (60), from the inputs kept in tests/fuzz/corpus/TARGET. What it finds
# stands in BUILD/fuzz/TARGET; an input that fails is named, and belongs into the corpus once it is fixed.
#   tests/fuzz/run.sh TARGET...
set -u
BUILD=${BUILD:-build/fuzz}
seconds=${FUZZ_SECONDS:-60}
failed=0
for target; do
  found=$BUILD/fuzz/$target
  mkdir -p "$found/corpus" || exit 1
  if "$BUILD/fuzz/fuzz_$target" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=8192 \
    -print_final_stats=1 -artifact_prefix="$found/" "$found/corpus" "tests/fuzz/corpus/$target" > "$found/log" 2>&1
  then
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$found/log")
    echo "  fuzz $target: $seconds s, $runs inputs, nothing found"
  else
    echo "  fuzz $target: FAILED"
    grep -E 'ERROR|SUMMARY|Test unit written|runtime error' "$found/log" | sed 's/^/    /'
    failed=1
  fi
done
exit $failed
