#!/bin/sh
# Prints what finds the installed libraries: pkg-config's file of one of them, or CMake's package of all. The environment
# has PREFIX, LIBDIR, INCLUDEDIR, VERSION, and SONAMES, the files of the shared libraries.
#   tools/package/describe.sh pc LIBRARY | cmake | cmake-version
set -eu
list=$(dirname "$0")/libraries.txt

# A directory as pkg-config files say it: relative to the prefix where it is below it.
under_prefix() { case $1 in "$PREFIX"/*) echo "\${prefix}${1#"$PREFIX"}" ;; *) echo "$1" ;; esac; }

# pkg_config NAME NEEDS LINKS DESCRIPTION...
pkg_config() {
  name=$1 needs=$2 links=$3; shift 3
  printf 'prefix=%s\nlibdir=%s\nincludedir=%s\n\n' "$PREFIX" "$(under_prefix "$LIBDIR")" "$(under_prefix "$INCLUDEDIR")"
  printf 'Name: %s\nDescription: %s\nVersion: %s\n' "$name" "$*" "$VERSION"
  [ "$needs" = - ] || echo "Requires: $(echo "$needs" | sed "s/,/ = $VERSION, /g") = $VERSION"
  packages=$(echo "$links" | tr , '\n' | sed -n 's/:.*//p' | tr '\n' ' ')
  [ -z "$packages" ] || echo "Requires.private: ${packages% }"
  libraries=$(echo "$links" | tr , '\n' | sed '/:/d; s/^/-l/' | tr '\n' ' ')
  [ -z "$libraries" ] || echo "Libs.private: ${libraries% }"
  # shellcheck disable=SC2016
  printf 'Libs: -L${libdir} -l%s\nCflags: -I${includedir}\n' "$name"
}

# A directory seen from the package's own folder, LIBDIR/cmake/Clino, so that a tree can be moved.
from_package() {
  case $LIBDIR in
    "$PREFIX"/*) up=$(echo "${LIBDIR#"$PREFIX"/}/cmake/Clino" | sed 's|[^/][^/]*|..|g') ;;
    *) echo "$1"; return ;;
  esac
  case $1 in "$PREFIX"/*) echo "\${CMAKE_CURRENT_LIST_DIR}/$up${1#"$PREFIX"}" ;; *) echo "$1" ;; esac
}

# The libraries that are built, without which their line in libraries.txt counts for nothing.
library_names() { for so in $SONAMES; do so=${so#lib}; echo "${so%%.*}"; done; }

# cmake_library NAME NEEDS LINKS: the shared library as Clino::NAME, the static one as Clino::NAME-static
cmake_library() {
  needs=$(echo "$2" | sed 's/^-$//; s/[^,][^,]*/Clino::&/g; s/,/;/g')
  links=$(echo "$3" | tr , '\n' | sed 's/.*://' | tr '\n' ';')
  static=$(echo "$needs" | sed 's/[^;][^;]*/&-static/g')
  file=$(echo "$SONAMES" | tr ' ' '\n' | grep "^lib$1[.]")
  printf 'clino_target(%s "%s" "%s" "%s")\n' "$1" "$file" "$needs" "${static:+$static;}${links%;}"
}

cmake_package() {
  printf 'set(clino_include "%s")\nset(clino_lib "%s")\n\n' "$(from_package "$INCLUDEDIR")" "$(from_package "$LIBDIR")"
  cat "$(dirname "$0")/targets.cmake"
  for name in $(library_names); do
    # shellcheck disable=SC2046
    cmake_library "$name" $(awk -v name="$name" '$1 == name { print $2, $3 }' "$list")
  done
  cat "$(dirname "$0")/adapters.cmake"
}

case ${1:-} in
  pc) # shellcheck disable=SC2046
    set -- "$2" $(awk -v name="$2" '$1 == name { $1 = ""; print }' "$list")
    [ $# -gt 3 ] || { echo "describe.sh: $1 is not in libraries.txt" >&2; exit 1; }
    pkg_config "$@" ;;
  cmake) cmake_package ;;
  cmake-version) sed "s/@VERSION@/$VERSION/" "$(dirname "$0")/version.cmake" ;;
  *) echo "usage: describe.sh pc LIBRARY | cmake | cmake-version" >&2; exit 2 ;;
esac
