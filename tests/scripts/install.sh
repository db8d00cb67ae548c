#!/bin/sh
# What is installed can be used: a C and a C++ program are built through pkg-config against the shared and against the
# static libraries, and run, as is diagnose; DESTDIR is honoured; after uninstall no file is left.
set -u
BUILD=${BUILD:-build}
CC=${CC:-cc}
MAKE=${MAKE:-make}
[ -z "${SANITIZE:-}" ] || { echo "a sanitizer's libraries are not for installing"; exit 77; }
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
failed=0
bad() { echo "FAIL install: $*"; failed=1; }
PKG_CONFIG=${PKG_CONFIG:-pkg-config}
command -v "$PKG_CONFIG" >/dev/null || { echo "FAIL install: no pkg-config"; exit 1; }
cxx=
for c in ${CXX:+"$CXX"} c++ g++ clang++; do
  printf 'int main() { return 0; }\n' > "$tmp/t.cc"
  # shellcheck disable=SC2086
  $c "$tmp/t.cc" -o "$tmp/t" 2>/dev/null && { cxx=$c; break; }
done
[ -n "$cxx" ] || bad "no C++ compiler works"

run_make() { # GOAL VARIABLE=VALUE...: of what is built, nothing is built again
  "$MAKE" --no-print-directory -o all "$@" BUILD="$BUILD" > "$tmp/log" 2>&1 || { bad "make $*"; cat "$tmp/log"; exit 1; }
}

# A packager's two steps: into DESTDIR, then moved to the prefix that the files were made for.
prefix=$tmp/usr
run_make install DESTDIR="$tmp/stage" PREFIX="$prefix"
[ ! -e "$prefix" ] || bad "install with DESTDIR wrote into PREFIX"
find "$tmp/stage" ! -type d | sed "s|^$tmp/stage$prefix/||" | sort > "$tmp/files"
for f in include/clino.h include/clino/status.h lib/libclino.a lib/libclino-io.a lib/libclino-curvature.a \
  lib/pkgconfig/clino.pc lib/pkgconfig/clino-io.pc lib/pkgconfig/clino-curvature.pc bin/diagnose \
  lib/cmake/Clino/ClinoConfig.cmake lib/cmake/Clino/ClinoConfigVersion.cmake share/doc/clino/LICENSE \
  share/doc/clino/README.md share/doc/clino/docs/diagnose.md share/doc/clino/licences/example-data \
  share/bash-completion/completions/diagnose share/zsh/site-functions/_diagnose; do
  grep -qx "$f" "$tmp/files" || bad "$f is not installed"
done
wrong=$(find "$tmp/stage" -type f ! -perm -444)
[ -z "$wrong" ] || bad "not readable by all: $wrong"
! grep -rq "$tmp/stage" "$tmp/stage$prefix" || bad "a file names DESTDIR"
if command -v scdoc >/dev/null; then
  for page in man1/diagnose.1 man3/gradcheck.3 man3/clino_run.3 man3/clino_gradcheck_describe.3; do
    grep -qx "share/man/$page" "$tmp/files" || bad "$page is not installed"
  done
fi
mkdir "$prefix" && cp -RP "$tmp/stage$prefix/." "$prefix/"
run_make uninstall DESTDIR="$tmp/stage" PREFIX="$prefix"
left=$(find "$tmp/stage" ! -type d)
[ -z "$left" ] || bad "uninstall left behind: $left"
for folder in include/clino share/doc/clino lib/cmake/Clino; do
  [ ! -e "$tmp/stage$prefix/$folder" ] || bad "uninstall left the folder $folder"
done

export PKG_CONFIG_PATH="$prefix/lib/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
# use PACKAGE SOURCE HOW PKG-CONFIG-FLAG COMPILER...: builds and runs
use() {
  package=$1 source=$2 how=$3 flag=$4; shift 4
  # shellcheck disable=SC2046,SC2086
  if ! out=$("$@" "$source" -o "$tmp/t" $("$PKG_CONFIG" $flag --cflags --libs "$package") 2>&1); then
    bad "a consumer of $package, $how, does not build with $*"; echo "$out"; return
  fi
  if command -v readelf >/dev/null && [ "$(uname -s)" != Darwin ]; then
    needed=$(readelf -d "$tmp/t" | grep -c 'NEEDED.*libclino')
    case $how in shared) [ "$needed" -gt 0 ] ;; static) [ "$needed" -eq 0 ] ;; esac || bad "$how $package: libclino needed $needed times"
  fi
  LD_LIBRARY_PATH="$prefix/lib" DYLD_LIBRARY_PATH="$prefix/lib" "$tmp/t" > "$tmp/out" 2>&1 ||
    { bad "a consumer of $package, $how, built with $*, fails"; cat "$tmp/out"; }
}

consumers() { # HOW PKG-CONFIG-FLAG
  # shellcheck disable=SC2086
  for package in core:clino io:clino-io curvature:clino-curvature; do
    source=tests/consumer/${package%:*}.c package=${package#*:}
    use "$package" "$source" "$1" "$2" $CC -std=c11 -Wall -Wextra -Wpedantic -Werror
    [ -z "$cxx" ] || use "$package" "$source" "$1" "$2" $cxx -x c++ -std=c++11 -Wall -Wextra -Wpedantic -Werror
  done
}
[ "$("$PKG_CONFIG" --modversion clino)" = "$(sed -n 's/^.define CLINO_VERSION "\(.*\)"/\1/p' include/clino/status.h)" ] ||
  bad "clino.pc has another version than the library"
consumers shared ''
out=$("$prefix/bin/diagnose" --version 2>&1) || bad "the installed diagnose fails: $out"
rm -f "$prefix"/lib/lib*.so* "$prefix"/lib/lib*.dylib
consumers static --static

# Uninstalling removes what it put there and nothing else.
run_make install PREFIX="$prefix"
echo mine > "$prefix/lib/libother.a"; echo mine > "$prefix/include/clino/mine.h"
run_make uninstall PREFIX="$prefix"
left=$(find "$prefix" ! -type d | sed "s|^$prefix/||" | sort | tr '\n' ' ')
[ "$left" = 'include/clino/mine.h lib/libother.a ' ] || bad "after uninstall there are: $left"

[ $failed -eq 0 ] && echo "$(grep -c '' "$tmp/files") files installed, used and removed"
exit $failed
