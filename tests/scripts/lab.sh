#!/bin/sh
# docs/lab.md: the script that renews its tables does so and leaves the rest alone, and refuses what is no lab's output.
set -u
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
failed=0
bad() { echo "FAIL lab: $*"; failed=1; }

{
  printf 'lab: 12 runs of the half to report, in 3 s\n\n'
  printf '| fault | | runs |\n| --- | --- | ---: |\n| `leak` | a leak | 4 |\n\n| healthy | |\n| --- | --- |\n\n'
  printf 'MISSED leak-1: details\n'
  printf 'figure\tlab-found\t0.75\tfraction\tat least 0.95\tshort\n'
} > "$tmp/output"
{
  echo before
  echo '<!-- written by tools/lab_table.sh: run it -->'
  echo 'an old table'
  echo '<!-- end of what tools/lab_table.sh wrote -->'
  echo after
} > "$tmp/page.md"
sh tools/lab_table.sh "$tmp/page.md" "$tmp/output" > "$tmp/said" || bad "the tables are not written"
for line in 'before' 'after' '| `lab-found` | 0.75 | at least 0.95 | short |' '| `leak` | a leak | 4 |' \
  'Over 12 runs of the half to report:' '| healthy | |'; do
  grep -qxF -- "$line" "$tmp/page.md" || bad "missing: $line"
done
! grep -q 'old table\|MISSED' "$tmp/page.md" || bad "what should not be in the page is"
cp "$tmp/page.md" "$tmp/again.md"
sh tools/lab_table.sh "$tmp/again.md" "$tmp/output" > "$tmp/said" && cmp -s "$tmp/page.md" "$tmp/again.md" ||
  bad "a second time gives another page"
echo nothing > "$tmp/empty"
! sh tools/lab_table.sh "$tmp/again.md" "$tmp/empty" > "$tmp/said" 2>&1 || bad "accepted: no output of the lab"
cmp -s "$tmp/page.md" "$tmp/again.md" || bad "the page is touched by what is refused"
echo 'no comments' > "$tmp/plain.md"
! sh tools/lab_table.sh "$tmp/plain.md" "$tmp/output" > "$tmp/said" 2>&1 || bad "accepted: a page without the comments"
sed -n '/written by tools.lab_table/,/end of what tools.lab_table/p' docs/lab.md | grep -q '^| .lab-found. |' ||
  bad "docs/lab.md has no figures"
exit $failed
