#!/bin/sh
# tools/figures.sh makes a table of the figures that programs print, and refuses what is none.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
failed=0
bad() { echo "FAIL figures: $*"; failed=1; }

program() { # NAME LINE...
  file=$tmp/$1; shift
  { echo '#!/bin/sh'; for line in "$@"; do echo "$line"; done; } > "$file"
  chmod +x "$file"
}
refused() { # WHY PROGRAM...
  why=$1; shift
  ! sh "$root/tools/figures.sh" "$tmp/refused.md" "$@" > "$tmp/out" 2>&1 || bad "accepted: $why"
  [ ! -e "$tmp/refused.md" ] || { bad "wrote a page: $why"; rm "$tmp/refused.md"; }
}

program one "echo some table" "printf 'figure\tsum-time\t1.25\tms\tat most 2\tok\n'"
program two "printf 'figure\ta|b\t7\t\tat least 9\tshort\n'"
sh "$root/tools/figures.sh" "$tmp/docs/page.md" "$tmp/one" "$tmp/two" > "$tmp/out" 2>&1 || bad "two programs are refused"
grep -qxF '| sum-time | 1.25 | ms | at most 2 | ok |' "$tmp/docs/page.md" || bad "the first figure is not in the page"
grep -qxF '| a\|b | 7 |  | at least 9 | short |' "$tmp/docs/page.md" || bad "the second figure is not in the page"
grep -q '^- compiler: .' "$tmp/docs/page.md" || bad "the page does not name the compiler"
grep -qx 'some table' "$tmp/out" || bad "what a program prints is not shown"

program fails "printf 'figure\tx\t1\tms\tat most 2\tok\n'" 'exit 3'
program silent 'echo nothing to see'
program verdict "printf 'figure\tx\t1\tms\tat most 2\tgood\n'"
program blanks "echo 'figure x 1 ms 2 ok'"
refused 'a program that fails' "$tmp/one" "$tmp/fails"
refused 'no figure at all' "$tmp/silent"
refused 'blanks for tabs' "$tmp/blanks"
refused 'a verdict that is none' "$tmp/verdict"
refused 'the same name twice' "$tmp/one" "$tmp/one"
exit $failed
