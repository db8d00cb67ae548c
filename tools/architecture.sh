#!/bin/sh
# Draws the house (tools/house.txt) between the two markers of docs/architecture.md.
#   tools/architecture.sh            writes the page
#   tools/architecture.sh --check    exits 1 and shows the difference where the page is stale
set -eu
cd "$(dirname "$0")/.."
page=docs/architecture.md
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
for folder in include lib checks cli examples bench tests; do
  [ ! -d "$folder" ] || find "$folder" -type f
done > "$tmp/files"
awk -v table=tools/house.txt -v files="$tmp/files" -f tools/house.awk -f tools/architecture.awk > "$tmp/block"
awk -v block="$tmp/block" '
  /<!-- end of the drawing -->/ { skip = 0; ends++ }
  !skip { print }
  /<!-- drawn by tools\/architecture.sh/ { while ((getline line < block) > 0) print line; skip = 1; starts++ }
  END { exit !(starts == 1 && ends == 1) }' "$page" > "$tmp/page" || { echo "architecture: $page lacks its two markers"; exit 1; }
if [ "${1:-}" = --check ]; then
  diff -u "$page" "$tmp/page" || { echo "architecture: $page is stale; run sh tools/architecture.sh"; exit 1; }
else
  cp "$tmp/page" "$page"
fi
