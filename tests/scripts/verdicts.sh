#!/bin/sh
# docs/verdicts.md: the script that renews its tables does so and leaves the rest alone, and the constants that the page
# names are those of the code.
set -u
page=docs/verdicts.md
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
failed=0
bad() { echo "FAIL verdicts: $*"; failed=1; }

# ---- the tables, from two rows such as the gallery prints ----

figure() { printf 'figure\tgallery-%s\t%s\tshare\tat least 0.99\tok\n' "$1" "$2"; }
{
  cat << 'END'
miss: hinge, point 4, float, kink at 1e-3, loss x 1e-12, entry-kink
  clearest entry 62 (x 0.5): analytic -4.6, right -4.5, exact -4.5, best difference off by 3.5e-17 (two by 9.6e-15)
  decided by one step of the ladder alone
  verdict kink (), 0 of 65 entries inconclusive; noise 9.5e-29
miss: hinge, point 4, float, kink at 1e-3, loss x 1, entry-kink
  verdict pass (), 0 of 65 entries inconclusive; noise 9.5e-29
                              | right gradients                 | wrong gradients            | evals | CS231n      | GSL        
condition              loss x | deci.  acc. rej. inc.  und. acc. |  deci. caught   not   und. | /entry | acc.% cau.% | acc.% cau.%
float, kink at 1e-3     1e-12 |    10     9    1    0     3    2 |     40     39     1      1 |  2.53 |  92.4  91.3 |     -     -
all                           |    10     9    1    0     3    2 |     40     39     1      1 |  2.53 |  92.4  91.3 |     -     -
not placed: kink at 0, 10 points
GSL: not installed, skipped

fault            deci. caught   inc.   acc.   und.
entry-kink         981    954     14     13    273  the entry along which a kink was placed off by 3%
not counted, because nothing changes: 339; because it is another valid subgradient: 51
END
  figure right-accepted 0.9
} > "$tmp/output"
{
  echo before
  echo '<!-- written by tools/gallery_table.sh: run it -->'
  echo 'an old table'
  echo '<!-- end of what tools/gallery_table.sh wrote -->'
  echo after
} > "$tmp/page"
sh tools/gallery_table.sh "$tmp/page" "$tmp/output" > "$tmp/said" 2>&1 || bad "a gallery's output is refused: $(cat "$tmp/said")"
has() { grep -qxF -e "$1" "$tmp/page" || bad "the page lacks: $1"; }
has '| float, kink at 1e-3 | 1e-12 | 9 of 10 | 0 | 1 | 2 of 3 | 39 of 40 | 2.53 | 90.0 / 97.5 | 92.4 / 91.3 | - / - |'
has '| **all** |  | 9 of 10 | 0 | 1 | 2 of 3 | 39 of 40 | 2.53 | 90.0 / 97.5 | 92.4 / 91.3 | - / - |'
has '| `entry-kink` | the entry along which a kink was placed off by 3% | 981 | 954 | 14 | 13 | 273 |'
has '| float, kink at 1e-3 | `entry-kink` | 1 |  |  | 1 |'
has '| gallery-right-accepted | 0.9 | share | at least 0.99 | ok |'
has '- GSL: not installed, skipped'
has before
has after
grep -q 'an old table' "$tmp/page" && bad "the old table is still there"
cp "$tmp/page" "$tmp/once"
sh tools/gallery_table.sh "$tmp/page" "$tmp/output" > "$tmp/said" 2>&1
cmp -s "$tmp/once" "$tmp/page" || bad "a second run changes the page"

refused() { # WHY PAGE OUTPUT
  cp "$2" "$tmp/refused"
  ! sh tools/gallery_table.sh "$tmp/refused" "$3" > "$tmp/said" 2>&1 || bad "accepted: $1"
  cmp -s "$2" "$tmp/refused" || bad "$1: the page was changed"
}
echo 'no table' > "$tmp/empty"
refused 'an output without a table' "$tmp/page" "$tmp/empty"
refused 'a page without a place for it' "$tmp/empty" "$tmp/output"
grep -v '^<!-- end' "$tmp/page" > "$tmp/open"
refused 'a page where it does not end' "$tmp/open" "$tmp/output"

# ---- the page ----

sed -n '/^<!-- written by tools\/gallery_table/,/^<!-- end/p' "$page" | grep -q '^| \*\*all\*\*' ||
  bad "$page has no table; run tools/gallery_table.sh"
sed -n 's/^| `\([A-Z_]*\)` | \([^ ]*\) | `\([a-z_]*[.][ch]\)` .*/\1 \2 \3/p' "$page" > "$tmp/constants"
[ -s "$tmp/constants" ] || bad "$page names no constants"
while read -r name value file; do
  grep -Eq "(#define|^static const [a-z]*) $name( =)? $value([^0-9.e]|$)" "lib/gradcheck/$file" ||
    bad "$page: $name is not $value in lib/gradcheck/$file"
done < "$tmp/constants"
[ "$failed" -eq 0 ] && echo "ok verdicts: $(wc -l < "$tmp/constants") constants"
exit $failed
