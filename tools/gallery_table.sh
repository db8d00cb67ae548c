#!/bin/sh
# Renews the gallery's tables in docs/verdicts.md: what stands there between the two comments that name this script.
#   tools/gallery_table.sh [PAGE [OUTPUT]]
# OUTPUT: a file with what `make gallery GALLERY=--misses` printed; without it that is run now, and takes some minutes.
set -eu
page=${1:-docs/verdicts.md}
output=${2:-}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
stop() { echo "gallery_table: $*" >&2; exit 1; }

[ -f "$page" ] || stop "there is no page $page"
if [ -z "$output" ]; then
  output=$tmp/output
  ${MAKE:-make} gallery GALLERY=--misses > "$output" || { tail "$output" >&2; stop "the gallery did not run"; }
fi
awk -f "$(dirname "$0")/gallery_table.awk" "$output" > "$tmp/tables" || stop "no table of the gallery in $output"

sh "$(dirname "$0")/put_tables.sh" gallery_table "$page" "$tmp/tables"
