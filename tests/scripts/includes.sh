#!/bin/sh
# Who may include whom, as tools/house.txt says, over all C sources and headers. Prints each violation as file:line: what.
#   tests/scripts/includes.sh [ROOT]     ROOT: the tree to look at (default: this one)
set -u
tools=$(cd "$(dirname "$0")/../../tools" && pwd)
cd "${1:-$(dirname "$0")/../..}" || exit 1
list=$(mktemp) || exit 1
trap 'rm -f "$list"' EXIT
for folder in include lib checks cli examples bench tests; do
  [ ! -d "$folder" ] || find "$folder" -type f
done > "$list"
sources=$(grep '\.[ch]$' "$list" | sort)
[ -n "$sources" ] || { echo "no source found in $(pwd)"; exit 1; }
# shellcheck disable=SC2086
awk -v table="$tools/house.txt" -v files="$list" -f "$tools/house.awk" -f "$tools/includes.awk" $sources
