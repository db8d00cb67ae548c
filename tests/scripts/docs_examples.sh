#!/bin/sh
# The examples in docs/ are true: what follows a line "$ diagnose ..." in a page, up to the end of its block, is what the
# tool prints when that line is run from the project's root.   UPDATE=1 writes it into the pages instead of comparing.
set -u
BUILD=${BUILD:-build}
case $BUILD in /*) program=$BUILD/diagnose ;; *) program=$PWD/$BUILD/diagnose ;; esac
export program
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0 pages=0

# Prints the page with the output of every example put in its place. A command ends where its line does.
rewrite() {
  awk '
    function example(command,    line, shell) {
      sub(/^\$ diagnose/, "\"$program\"", command)
      shell = "{ " command "; } 2>&1 < /dev/null"
      while ((shell | getline line) > 0) held = held line "\n"
      close(shell)
      sub(/\n+$/, "\n", held)
      printf "%s", held
      held = ""
    }
    /^\$ diagnose / { print; example($0); inside = 1; next }
    /^```/ { inside = 0 }
    !inside { print }' "$1"
}

for page in docs/*.md README.md; do
  grep -q '^\$ diagnose ' "$page" 2>/dev/null || continue
  pages=$((pages + 1))
  rewrite "$page" > "$work/page"
  if [ -n "${UPDATE:-}" ]; then
    cp "$work/page" "$page"
  elif ! diff -u "$page" "$work/page" > "$work/diff"; then
    echo "FAIL docs_examples: $page is stale (- page, + tool); UPDATE=1 sh tests/scripts/docs_examples.sh writes it anew"
    sed '1,2d' "$work/diff"
    failed=1
  fi
done
[ "$failed" -eq 0 ] && echo "ok docs_examples: $pages pages"
exit $failed
