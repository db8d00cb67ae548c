#!/bin/sh
# The examples in docs/ and README.md are true: what follows a line "$ diagnose ..." or "$ build/...", up to the end of its
# block, is what comes out when that line is run from the project's root. What the programs in build/ compute depends on
# the machine in its last digits, so of theirs all is compared but the numbers.
#   UPDATE=1 writes it into the pages instead of comparing
set -u
BUILD=${BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
export BUILD
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
unset NO_COLOR COLUMNS
failed=0 pages=0

# The root as the examples see it: build/ is the build under test.
mkdir "$work/root" && ln -s "$PWD/tests" "$PWD/examples" "$work/root" && ln -s "$BUILD" "$work/root/build" || exit 1

# Prints the page with the output of every example put in its place. A command ends where its line does.
rewrite() {
  root=$work/root awk '
    function example(command,    line, shell) {
      sub(/^\$ /, "", command)
      sub(/^diagnose/, "build/diagnose", command)
      shell = "cd \"$root\" && { " command "; } 2>&1 < /dev/null"
      while ((shell | getline line) > 0) held = held line "\n"
      close(shell)
      sub(/\n+$/, "\n", held)
      printf "%s", held
      held = ""
    }
    /^\$ (diagnose|build\/)/ { print; example($0); inside = 1; next }
    /^```/ { inside = 0 }
    !inside { print }' "$1"
}

# Puts N in the place of each number that a program in build/ printed.
mask() {
  awk '/^\$ build\// { print; inside = 1; next }
    /^(```|\$ )/ { inside = 0 }
    inside { gsub(/[0-9]+(\.[0-9]+)?(e[-+][0-9]+)?/, "N") }
    { print }' "$1"
}

for page in docs/*.md README.md; do
  grep -Eq '^\$ (diagnose |build/)' "$page" 2>/dev/null || continue
  pages=$((pages + 1))
  rewrite "$page" > "$work/page"
  if [ -n "${UPDATE:-}" ]; then
    cp "$work/page" "$page"
    continue
  fi
  mask "$page" > "$work/was"
  mask "$work/page" > "$work/is"
  if ! diff -u "$work/was" "$work/is" > "$work/diff"; then
    echo "FAIL docs_examples: $page is stale (- page, + tool); UPDATE=1 sh tests/scripts/docs_examples.sh writes it anew"
    sed '1,2d' "$work/diff"
    failed=1
  fi
done
[ "$failed" -eq 0 ] && echo "ok docs_examples: $pages pages"
exit $failed
