#!/bin/sh
# Writes the page of checks, docs/checks.md or the file named, from the registry that is built into libclino.a.
set -eu
out=${1:-docs/checks.md}
build=${BUILD:-build}
mkdir -p "$build/tools" "$(dirname "$out")"
sanitize=
if [ -n "${SANITIZE:-}" ]; then sanitize="-fsanitize=$SANITIZE"; fi
# shellcheck disable=SC2086
${CC:-cc} -std=c11 $sanitize -Iinclude -o "$build/tools/checks_table" tools/checks_table.c "$build/libclino.a" -lm -lpthread
"$build/tools/checks_table" > "$out.new"
mv "$out.new" "$out"
