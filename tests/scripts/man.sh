#!/bin/sh
# The manual pages: every public function has one, every option of diagnose is in its own, none leads nowhere, and man
# and mandoc render them without a complaint.
set -u
BUILD=${BUILD:-build}
command -v scdoc >/dev/null || { echo "scdoc is not installed"; exit 77; }
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
failed=0
bad() { echo "FAIL man: $*"; failed=1; }
SOURCE_DATE_EPOCH=0 sh tools/package/man.sh 0.1.0 "$tmp" > "$tmp/log" 2>&1 || { bad "man.sh"; cat "$tmp/log"; }
[ ! -s "$tmp/log" ] || { bad "man.sh says:"; cat "$tmp/log"; }
(cd "$tmp" && ls man1/* man3/*) | sort > "$tmp/written"
sh tools/package/man.sh --names | sort > "$tmp/named"
cmp -s "$tmp/written" "$tmp/named" || { bad "--names and the pages differ:"; diff "$tmp/named" "$tmp/written"; }

for f in $(sed -n 's/^CLINO_API[^(]*[ *]\([a-z0-9_]*\)(.*/\1/p' include/clino/*.h); do
  [ -f "$tmp/man3/$f.3" ] || bad "$f() has no page"
done
pages=0
for page in "$tmp"/man[13]/*; do
  target=$(sed -n '1s/^\.so //p' "$page")
  if [ -n "$target" ]; then
    name=$(basename "$page" .3)
    grep -qF "$name" "$tmp/$target" || bad "$name leads to $target, which does not name it"
    continue
  fi
  pages=$((pages + 1))
  for section in NAME SYNOPSIS DESCRIPTION 'SEE ALSO'; do
    grep -qx "\.SH \"\{0,1\}$section\"\{0,1\}" "$page" || bad "$(basename "$page") has no section $section"
  done
  ! grep -qE 'clino_[a-z0-9_]*_\(' "$page" || bad "$(basename "$page") names what is private"
  ! command -v mandoc >/dev/null || mandoc -T lint -W error "$page" > "$tmp/log" 2>&1 || { bad "$(basename "$page")"; cat "$tmp/log"; }
  if command -v man >/dev/null && man --warnings -l /dev/null >/dev/null 2>&1; then
    man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null | grep . && bad "man complains of $(basename "$page")"
  fi
done
[ $pages -gt 40 ] || bad "only $pages pages"

# Options: those of --help, each with what stands behind it, and no others.
"$BUILD/diagnose" --help | sed -n 's/^  \(--[a-z-]*\).*/\1/p' | sort > "$tmp/options"
sed -n 's/\\-/-/g; /^\\fB--/p' "$tmp/man1/diagnose.1" | grep -oE 'fB--[a-z-]+' | sed 's/^fB//' | sort -u > "$tmp/described"
diff "$tmp/options" "$tmp/described" > "$tmp/log" || { bad "diagnose(1) has other options than --help (<)"; cat "$tmp/log"; }
[ $failed -eq 0 ] && echo "$pages pages"
exit $failed
