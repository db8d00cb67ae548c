#!/bin/sh
# Renews the lab's tables in docs/lab.md: what stands there between the two comments that name this script.
#   tools/lab_table.sh [PAGE [OUTPUT]]
# OUTPUT: a file with what `make lab` printed; without it that is run now, and takes some minutes.
set -eu
page=${1:-docs/lab.md}
output=${2:-}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
stop() { echo "lab_table: $*" >&2; exit 1; }

[ -f "$page" ] || stop "there is no page $page"
if [ -z "$output" ]; then
  output=$tmp/output
  ${MAKE:-make} lab > "$output" || { tail "$output" >&2; stop "the lab did not run"; }
fi
# The lab prints tables as they shall stand; its figures become one more, the first. Details are left out.
awk '
  /^figure\t/ {
    split($0, f, "\t")
    figures = figures "| `" f[2] "` | " f[3] " | " f[5] " | " f[6] " |\n"
  }
  /^[|]/ { tables = tables $0 "\n"; open = 1; next }
  open { tables = tables "\n"; open = 0 }
  /^lab: / { sub(/, in .*/, ""); runs = substr($0, 6) }
  END {
    if (figures == "" || tables == "" || runs == "") exit 1
    sub(/\n+$/, "", tables)
    print "Over " runs ":\n"
    print "| figure | value | goal | |\n| --- | ---: | --- | --- |"
    print figures
    print tables
  }' "$output" > "$tmp/tables" || stop "no tables of the lab in $output"
sh "$(dirname "$0")/put_tables.sh" lab_table "$page" "$tmp/tables"
