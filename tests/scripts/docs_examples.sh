#!/bin/sh
# What the pages show is true: README.md, CONTRIBUTING.md and docs/. Commands are run and files written as
# tests/support/page.awk says, in a fresh folder that looks like the project's root after make and make install; what
# follows a line "$ command" is what comes out. What programs compute depends on the machine in its last digits, so of
# theirs all is compared but the numbers; diagnose reading a file of tests/ prints the same everywhere.
#   UPDATE=1 writes it into the pages instead of comparing; PAGES='docs/ci.md ...': these alone
# A page that says <!-- needs NAME --> is skipped where there is no such file, and no such command.
set -u
BUILD=${BUILD:-build}
MAKE=${MAKE:-make}
case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
export BUILD
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
unset NO_COLOR COLUMNS
failed=0 pages=0 skipped=

# What is run for cc, sudo and the like. make has built all this: its goals are looked up. A clone is this tree.
program() { { echo '#!/bin/sh'; cat; } > "$work/bin/$1"; chmod +x "$work/bin/$1"; }
mkdir "$work/bin" "$work/usr"
sanitizer=${SANITIZE:+-fsanitize=$SANITIZE -fno-sanitize-recover=all}
here=$PATH
echo "PATH='$here' exec ${CC:-cc} $sanitizer \"\$@\"" | program cc
echo "PATH='$here' exec ${CXX:-c++} $sanitizer \"\$@\"" | program c++
# shellcheck disable=SC2016
echo 'exec "$@"' | program sudo
for tool in apt-get ldconfig; do echo 'exit 0' | program $tool; done
program make <<EOF
for word in "\$@"; do
  [ -z "\${folder:-}" ] || { folder=; continue; }
  case \$word in -C) folder=next; continue ;; -* | *=*) continue ;; esac
  grep -q "^\\([a-z]* \\)*\$word\\( [a-z]*\\)*:" "$PWD/Makefile" || { echo "make: no goal \$word"; exit 1; }
done
EOF
program git <<EOF
for folder in "\$@"; do :; done
case "\$1 \$2 \$3" in
  clone\ *) ln -s "$work/root" "\$folder" ;;
  "submodule add clino-url") mkdir -p "\$(dirname "\$folder")" && ln -s "$work/root" "\$folder" ;;
  "-C ../clino remote") echo clino-url ;;
  *) exit 1 ;;
esac
EOF
program man <<EOF
[ -e "$BUILD/man/made" ] || exit 0
for page in "\$@"; do ls "$work/usr/share/man"/man?/"\$page".? >/dev/null || exit 1; done
EOF
ln -s "$BUILD/diagnose" "$work/bin/diagnose"

"$MAKE" --no-print-directory -o all install BUILD="$BUILD" PREFIX="$work/usr" > "$work/log" 2>&1 ||
  { echo "FAIL docs_examples: make install"; cat "$work/log"; exit 1; }
export PATH="$work/bin:$PATH" PKG_CONFIG_PATH="$work/usr/lib/pkgconfig"
export GITHUB_ENV="$work/github" GITHUB_PATH="$work/github"
export LD_LIBRARY_PATH="$work/usr/lib" DYLD_LIBRARY_PATH="$work/usr/lib"

# The root as the examples see it: build/ is the build under test, logs/metrics.csv some run.
fresh_root() {
  rm -rf "$work/root"
  mkdir "$work/root" && ln -s "$PWD/tests" "$PWD/examples" "$PWD/include" "$PWD/tools" "$work/root" &&
    ln -s "$BUILD" "$work/root/build" && cp -R docs "$work/root/docs" &&
    mkdir "$work/root/logs" && cp tests/cli/healthy.csv "$work/root/logs/metrics.csv"
}

# Puts N in the place of each number that a program printed.
mask() {
  awk '/^\$ / { print; inside = !/^\$ diagnose .*tests\//; next }
    /^```/ { inside = 0 }
    inside { gsub(/[0-9]+(\.[0-9]+)?(e[-+][0-9]+)?/, "N") }
    { print }' "$1"
}

lacks() { # PAGE: the first thing that it needs and that is not here
  sed -n 's/^<!-- needs \(.*\) -->$/\1/p' "$1" | while read -r name; do
    case $name in */*) [ -e "$work/root/$name" ] ;; *) command -v "$name" >/dev/null ;; esac || { echo "$name"; break; }
  done
}

for page in ${PAGES:-README.md CONTRIBUTING.md docs/*.md}; do
  grep -Eq '^(\$ |```(sh|yaml)$|<!-- (file|append|run|fails) )' "$page" 2>/dev/null || continue
  fresh_root || exit 1
  lack=$(lacks "$page")
  [ -z "$lack" ] || { skipped="$skipped, $page skipped: no $lack"; continue; }
  pages=$((pages + 1))
  : > "$work/failures"
  awk -v root="$work/root" -v failures="$work/failures" -f tests/support/page.awk "$page" > "$work/page"
  if [ -s "$work/failures" ]; then
    echo "FAIL docs_examples: $page"
    cat "$work/failures"
    failed=1
  fi
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
[ "$failed" -eq 0 ] && echo "ok docs_examples: $pages pages$skipped"
exit $failed
