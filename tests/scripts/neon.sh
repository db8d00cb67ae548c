#!/bin/sh
# The loops over values on 64-bit Arm, where the compiler makes NEON of them: the suites of the monitors, built by a cross
# compiler and run by an emulator (CUnit is not there for that machine; tests/support/plain takes its place), and what
# monitors make of the same values, which must be that of this machine to the last bit.
set -u
ARM_CC=${ARM_CC:-aarch64-linux-gnu-gcc}
ARM_RUN=${ARM_RUN:-qemu-aarch64-static}
command -v "$ARM_CC" >/dev/null 2>&1 || { echo "no $ARM_CC (gcc-aarch64-linux-gnu, libc6-dev-arm64-cross)"; exit 77; }
command -v "$ARM_RUN" >/dev/null 2>&1 || { echo "no $ARM_RUN (qemu-user-static)"; exit 77; }
[ -z "${SANITIZE:-}" ] || { echo "once is enough"; exit 77; }
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
flags="-std=c11 -O3 -fno-math-errno -ffp-contract=off -D_POSIX_C_SOURCE=200809L -Iinclude -Ilib -I. -Itests
  -Itests/support/plain -I$tmp -DSANITIZED" # SANITIZED: allocations are not made to fail, which a static program forbids
suites='tests/internal/test_kernels.c'
for s in statistics activation update_ratio dynamics gap weight_noise initial_loss state; do
  suites="$suites tests/test_$s.c"
done
for s in $suites; do b=${s##*/test_}; echo "SUITE(${b%.c})"; done > "$tmp/suites.h"

n=0 library=
for source in lib/base/*.c lib/run/*.c lib/monitor/*.c $suites tests/support/allocations.c tests/support/runner.c; do
  n=$((n + 1))
  # shellcheck disable=SC2086
  $ARM_CC $flags -c -o "$tmp/$n.o" "$source" > "$tmp/log" 2>&1 ||
    { echo "FAIL neon: $source does not compile"; cat "$tmp/log"; exit 1; }
  case $source in */kernels_base.c) kernels=$tmp/$n.o ;; esac
  case $source in lib/*) library="$library $tmp/$n.o" ;; esac
done
$ARM_CC -static -o "$tmp/suites" "$tmp"/*.o -lm -lpthread || { echo "FAIL neon: it does not link"; exit 1; }

# That there are vectors at all: two doubles at a time.
vectors=$("${ARM_CC%gcc}objdump" -d "$kernels" 2>/dev/null | grep -c 'f\(add\|mul\|sub\)[[:space:]].*v[0-9]*\.2d')
[ "$vectors" -ge 20 ] || { echo "FAIL neon: $vectors additions and products of vectors"; exit 1; }

"$ARM_RUN" "$tmp/suites" > "$tmp/out" 2>&1 || { echo "FAIL neon:"; grep -v passed "$tmp/out" | head -40; exit 1; }
bits=tests/support/plain/bits.c
# shellcheck disable=SC2086
$ARM_CC $flags -static -o "$tmp/there" $bits $library -lm -lpthread &&
  ${CC:-cc} $flags -o "$tmp/here" $bits "${BUILD:-build}/libclino.a" -lm -lpthread ||
  { echo "FAIL neon: $bits cannot be built"; exit 1; }
"$ARM_RUN" "$tmp/there" > "$tmp/there.txt" && "$tmp/here" > "$tmp/here.txt" && cmp "$tmp/there.txt" "$tmp/here.txt" ||
  { echo "FAIL neon: the same values give other bits:"; diff "$tmp/there.txt" "$tmp/here.txt"; exit 1; }
echo "$(tail -1 "$tmp/out"), with $vectors vector instructions in the loops"
