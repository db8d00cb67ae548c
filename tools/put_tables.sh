#!/bin/sh
# Puts tables into a page of docs/: in place of what stands there between the two comments that name a script.
#   tools/put_tables.sh SCRIPT PAGE TABLES
# SCRIPT: its name without ".sh", as in "<!-- written by tools/SCRIPT.sh ... -->" and "<!-- end of what
# tools/SCRIPT.sh wrote -->"; TABLES: a file with the tables.
set -eu
[ $# -eq 3 ] || { echo 'usage: put_tables.sh SCRIPT PAGE TABLES' >&2; exit 2; }
script=$1 page=$2 tables=$3
new=$(mktemp)
trap 'rm -f "$new"' EXIT
awk -v tables="$tables" -v script="$script" '
  index($0, "<!-- end of what tools/" script ".sh") == 1 { inside = 0; ended++ }
  !inside { print }
  index($0, "<!-- written by tools/" script ".sh") == 1 {
    print ""
    while ((getline line < tables) > 0) print line
    print ""
    inside = 1
    begun++
  }
  END { exit !(begun == 1 && ended == 1 && !inside) }' "$page" > "$new" ||
  { echo "$script: $page does not have the two comments between which the tables stand, in their order" >&2; exit 1; }
cat "$new" > "$page"
echo "wrote the tables in $page"
