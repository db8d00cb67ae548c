#!/bin/sh
# What must not be in any file that is tracked: paths of one machine, hosts of package registries, notes of things undone.
# In C: no tab, no trailing blank, no line over 120 columns; in lib, checks and cli no function over 80 lines (over 60 it
# says so). Prints file:line: what.
#   tests/scripts/hygiene.sh [ROOT]
set -u
cd "${1:-$(dirname "$0")/../..}" || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
git -c safe.directory="$(pwd)" ls-files > "$tmp/files" 2>/dev/null && [ -s "$tmp/files" ] ||
  find . -type f ! -path './.git/*' ! -path './build/*' | sed 's|^\./||' > "$tmp/files"
while read -r f; do [ ! -f "$f" ] || echo "$f"; done < "$tmp/files" > "$tmp/there"
failed=0

# everywhere PATTERN WHAT [BUT]
everywhere() {
  found=$(tr '\n' '\0' < "$tmp/there" | xargs -0 grep -nIE "$1" /dev/null | grep -vE "${3:-^$}" | sed "s|^\([^:]*:[0-9]*\):.*|\1: $2|")
  [ -z "$found" ] || { echo "$found"; failed=1; }
}
everywhere '(^|[^A-Za-z0-9_.$})~/-])/(work|home|root|tmp|Users|scratch)/' 'a path of one machine' \
  '/[t]mp/[A-Za-z0-9._-]*XXXXXX' # a template of mkstemp
everywhere '(deb|snapshot|security)[.]debian[.]org|registry[.]npmjs|python[h]osted|pypi[.]org|crates[.]io|repo1?[.]maven|proxy[.]golang' \
  'a host of a package registry'
everywhere '(^|[^A-Za-z0-9_])(TO[D]O|FIX[M]E)([^A-Za-z0-9_]|$)' 'something left undone'

grep '\.[ch]$' "$tmp/there" > "$tmp/c"
# shellcheck disable=SC2046
[ ! -s "$tmp/c" ] || LC_ALL=C awk '
  function say(what) { print FILENAME ":" FNR ": " what; failed = 1 }
  FNR == 1 { start = 0; deep = FILENAME ~ /^(lib|checks|cli)\// }
  /\t/ { say("a tab") }
  /[ \r]$/ { say("blanks at the end of the line") }
  { text = $0; gsub(/[\200-\277]/, "", text) }
  length(text) > 120 { say("a line of " length(text) " columns") }
  !start && /^[A-Za-z_]/ { signature = FNR }
  !start && /\) \{$/ { start = signature; line = $0 }
  /^}/ && start {
    lines = FNR - start + 1
    if (deep && lines > 80) { print FILENAME ":" start ": a function of " lines " lines"; failed = 1 }
    else if (deep && lines > 60) print FILENAME ":" start ": a function of " lines " lines: rather long"
    start = 0
  }
  END { exit failed }' $(cat "$tmp/c") || failed=1
exit $failed
