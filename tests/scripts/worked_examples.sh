#!/bin/sh
# The worked examples print and draw what is stored in docs/worked, and docs/worked_examples.md shows what is stored. Numbers
# may be off by one in the last place that is printed, coordinates in plots by a tenth of a pixel: the rest of the
# rounding of another machine's libm. Images (PNG) depend on the library that packs them; that they are there is looked at.
#   UPDATE=1 writes docs/worked and the page instead of comparing
set -u
BUILD=${BUILD:-build}
page=docs/worked_examples.md
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0 count=0
bad() { echo "FAIL worked_examples: $*"; failed=1; }

# ---- run them, two at a time ----

run() { "$BUILD/examples/$1" "$work" > "$work/$1.txt" 2> "$work/$1.err" || echo "exit status $?" >> "$work/$1.err"; }
names=$(for source in examples/worked_*.c; do basename "$source" .c; done)
waiting=''
for name in $names; do
  run "$name" &
  if [ -n "$waiting" ]; then wait; waiting=''; else waiting=1; fi
done
wait
for name in $names; do
  grep '^skipped: ' "$work/$name.err" # what needs a library that is not installed
  ! grep -qv '^skipped: ' "$work/$name.err" || bad "$name: $(cat "$work/$name.err")"
  rm -f "$work/$name.err"
done

# ---- compare with what is stored, or store it ----

# same STORED FRESH TOLERANCE: whether two texts differ in nothing but numbers, and these by at most TOLERANCE, or, where
# that is 0, by one in the last decimal place; prints the first line that is another one.
same() {
  awk -v tolerance="$3" '
    function unit(number,    mantissa, exponent) {
      if (tolerance > 0) return tolerance
      mantissa = number
      exponent = 0
      if (match(number, /e/)) {
        mantissa = substr(number, 1, RSTART - 1)
        exponent = substr(number, RSTART + 1) + 0
      }
      if (!match(mantissa, /\./)) return exponent ? 10 ^ exponent : 0
      return 10 ^ (exponent - (length(mantissa) - RSTART))
    }
    function close_enough(a, b,    x, y, d) {
      while (match(a, number)) {
        x = substr(a, RSTART, RLENGTH)
        if (substr(a, 1, RSTART - 1) != skip(b)) return 0
        y = found
        a = substr(a, RSTART + RLENGTH)
        b = rest
        if (y == "") return 0
        d = x - y
        if ((d < 0 ? -d : d) > 1.001 * unit(x)) return 0
      }
      return a == b
    }
    function skip(b,    before) {
      found = ""
      if (!match(b, number)) return "\n"
      found = substr(b, RSTART, RLENGTH)
      before = substr(b, 1, RSTART - 1)
      rest = substr(b, RSTART + RLENGTH)
      return before
    }
    function squeezed(line) { gsub(/ +/, " ", line); return line }
    BEGIN { number = "-?[0-9]+([.][0-9]+)?(e[-+]?[0-9]+)?" }
    FNR == NR { stored[FNR] = $0; lines = FNR; next }
    {
      read = FNR
      if ($0 == stored[FNR] || close_enough(squeezed(stored[FNR]), squeezed($0))) next
      print "line " FNR
      print "- " substr(stored[FNR], 1, 200)
      print "+ " substr($0, 1, 200)
      different = 1
      exit 1
    }
    END { if (!different && read != lines) { print read " lines, not " lines; exit 1 } }' "$1" "$2"
}

for name in $names; do
  count=$((count + 1))
  for fresh in "$work/$name"*; do
    stored=docs/worked/$(basename "$fresh")
    if [ -n "${UPDATE:-}" ]; then
      [ "$failed" -ne 0 ] || cp "$fresh" "$stored"
      continue
    fi
    case $fresh in *.svg) tolerance=0.1 ;; *.png) tolerance='' ;; *) tolerance=0 ;; esac
    if [ ! -f "$stored" ]; then bad "$stored is not there; UPDATE=1 sh tests/scripts/worked_examples.sh writes it"
    elif [ -n "$tolerance" ] && ! what=$(same "$stored" "$fresh" "$tolerance"); then
      bad "$stored is stale (- stored, + fresh); UPDATE=1 sh tests/scripts/worked_examples.sh writes it anew"
      echo "$what"
    fi
  done
done
for stored in docs/worked/*; do
  case " $(echo $names) " in
    *" $(basename "$stored" | sed 's/\..*//; s/-.*//') "*) ;;
    *) bad "$stored belongs to no example" ;;
  esac
done

# ---- the page: the block after <!-- worked/NAME.txt --> is that file ----

awk '
  /^<!-- worked\/.* -->$/ {
    print
    print "```text"
    file = "docs/" $2
    while ((getline line < file) > 0) print line
    close(file)
    print "```"
    skipping = 1
    next
  }
  skipping && /^```$/ { skipping = 0; next }
  !skipping { print }' "$page" > "$work/page"
if [ -n "${UPDATE:-}" ]; then
  [ "$failed" -ne 0 ] || cp "$work/page" "$page"
elif ! diff "$page" "$work/page" > "$work/diff"; then
  bad "$page does not show what is stored; UPDATE=1 sh tests/scripts/worked_examples.sh writes it anew"
  head -20 "$work/diff"
fi
for name in $names; do
  grep -q "^<!-- worked/$name.txt -->" "$page" || bad "$page does not show $name"
  for drawn in docs/worked/"$name"*.svg docs/worked/"$name"*.png; do
    [ ! -e "$drawn" ] || grep -q "(worked/$(basename "$drawn"))" "$page" || bad "$page does not show $drawn"
  done
done
[ "$failed" -eq 0 ] && echo "ok worked_examples: $count examples"
exit $failed
