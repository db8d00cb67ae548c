#!/bin/sh
# Does hygiene.sh catch what it is there for?
set -u
here=$(cd "$(dirname "$0")" && pwd)
tree=$(mktemp -d) || exit 1
trap 'rm -rf "$tree"' EXIT
failed=0

expect() { # FILE:LINE: WHAT, or nothing where all is well
  out=$(sh "$here/hygiene.sh" "$tree" 2>&1)
  status=$?
  if [ $# -eq 0 ]; then
    [ $status -eq 0 ] && [ -z "$out" ] || { echo "a clean tree was refused: $out"; failed=1; }
  else
    [ $status -ne 0 ] && [ "$out" = "$1" ] || { echo "expected '$1', got '$out' and status $status"; failed=1; }
  fi
}
fresh() {
  mkdir -p "$tree/lib/base" "$tree/docs"
  printf 'int f(int a,\n      int b) {\n  return a / b / 2;\n}\n' > "$tree/lib/base/f.c"
  printf 'Logs are in logs/tmp/ or $HOME/home/ and ~/work/; see https://example.org/home/ mkstemp("/tmp/a.XXXXXX")\n' > "$tree/docs/a.md"
}
plant() { # FILE LINE WHAT
  fresh
  printf "$2\n" >> "$tree/$1"
  expect "$1:$(grep -c '' "$tree/$1"): $3"
}

fresh; expect
for folder in home work root tmp; do fresh; echo "see /$folder/x.csv" >> "$tree/docs/a.md"; expect 'docs/a.md:2: a path of one machine'; done
fresh; echo "https://deb.""debian.org/x" >> "$tree/docs/a.md"; expect 'docs/a.md:2: a host of a package registry'
fresh; echo "TO""DO: more" >> "$tree/docs/a.md"; expect 'docs/a.md:2: something left undone'
plant lib/base/f.c '\tint tab;' 'a tab'
plant lib/base/f.c 'int blank; ' 'blanks at the end of the line'
plant lib/base/f.c 'int cr;\r' 'blanks at the end of the line'
plant lib/base/f.c "// $(printf '%0118d' 0)" 'a line of 121 columns'
fresh; printf '// %0115d\303\251\303\251\n' 0 >> "$tree/lib/base/f.c"; expect
long() { # LINES
  fresh
  { printf 'static int g(int a,\n             int b) {\n'; i=3; while [ $i -lt "$1" ]; do echo '  a += b;'; i=$((i + 1)); done; echo '}'; } >> "$tree/lib/base/f.c"
}
long 81; expect 'lib/base/f.c:5: a function of 81 lines'
long 80; sh "$here/hygiene.sh" "$tree" > /dev/null || { echo "a function of 80 lines was refused"; failed=1; }
exit $failed
