#!/bin/sh
# An installed Clino is found by CMake, also after its tree was moved: C and C++ programs are built with the shared and
# with the static libraries, and one with the adapter for CUnit, and run.
set -u
BUILD=${BUILD:-build}
MAKE=${MAKE:-make}
[ -z "${SANITIZE:-}" ] || { echo "a sanitizer's libraries are not for installing"; exit 77; }
command -v cmake >/dev/null || { echo "cmake is not installed"; exit 77; }
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
bad() { echo "FAIL install_cmake: $*"; cat "$tmp/log"; exit 1; }

"$MAKE" --no-print-directory -o all install BUILD="$BUILD" DESTDIR="$tmp/stage" PREFIX=/opt/made/for \
  LIBDIR=/opt/made/for/lib/triplet > "$tmp/log" 2>&1 || bad "make install"
mv "$tmp/stage/opt/made/for" "$tmp/moved here"
export LD_LIBRARY_PATH="$tmp/moved here/lib/triplet" DYLD_LIBRARY_PATH="$tmp/moved here/lib/triplet"
Clino_DIR="$tmp/moved here/lib/triplet/cmake/Clino" cmake -S tests/consumer -B "$tmp/build" \
  -DCMAKE_C_COMPILER="${CC:-cc}" > "$tmp/log" 2>&1 || bad "cmake does not configure"
cmake --build "$tmp/build" > "$tmp/log" 2>&1 || bad "consumers do not build"
(cd "$tmp/build" && ctest) > "$tmp/log" 2>&1 || bad "a consumer fails"
sed -n 's/^100% tests passed.* out of \([0-9]*\)/\1 consumers built with CMake and run/p' "$tmp/log"
