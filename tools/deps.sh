#!/bin/sh
# Checks for what a build or the tests need, by compiling against it, and installs what is missing with the system's
# package manager, saying so first. NO_INSTALL=1 prints the command instead and stops.
#   tools/deps.sh build|test|optional   test: what the build needs as well; optional: also what tests, examples and
#                                       make install use where it is installed
# Columns of the list: what for, how to check, name, Debian, Fedora, Homebrew.
set -u
kind=${1:?usage: deps.sh build|test|optional}
CC=${CC:-cc}
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT

list='build lib:csv.h:csv       libcsv     libcsv-dev     libcsv-devel   libcsv
build lib:json-c/json.h:json-c  json-c     libjson-c-dev  json-c-devel   json-c
build lib:protobuf-c/protobuf-c.h:protobuf-c protobuf-c libprotobuf-c-dev protobuf-c-devel protobuf-c
build program:protoc-c          protoc-c   protobuf-c-compiler protobuf-c-compiler protobuf-c
build lib:zlib.h:z              zlib       zlib1g-dev     zlib-devel     zlib
build lib:ini.h:inih            inih       libinih-dev    inih-devel     inih
build symbol:dsaupd_:arpack     ARPACK     libarpack2-dev arpack-devel   arpack
build symbol:dsyevd_:lapack     LAPACK     liblapack-dev  lapack-devel   lapack
test  lib:CUnit/CUnit.h:cunit   CUnit      libcunit1-dev  CUnit-devel    cunit
test  program:pkg-config        pkg-config pkg-config     pkgconf-pkg-config pkgconf
test  cxx                       C++        g++            gcc-c++        -
optional pkg:cmocka             cmocka     libcmocka-dev  libcmocka-devel cmocka
optional pkg:check              Check      check          check-devel    check
optional pkg:gsl                GSL        libgsl-dev     gsl-devel      gsl
optional pkg:libpng             libpng     libpng-dev     libpng-devel   libpng
optional pkg:fann               FANN       libfann-dev    fann-devel     -
optional program:scdoc          scdoc      scdoc          scdoc          scdoc
optional program:cmake          CMake      cmake          cmake          cmake
optional program:mandoc         mandoc     mandoc         -              mandoc
optional program:zsh            zsh        zsh            zsh            zsh
optional program:mpicc          MPI        openmpi-bin,libopenmpi-dev openmpi-devel open-mpi
optional pkg:parpack            PARPACK    libparpack2-dev -              arpack
optional program:aarch64-linux-gnu-gcc ArmCompiler gcc-aarch64-linux-gnu,libc6-dev-arm64-cross - -
optional program:qemu-aarch64-static ArmEmulator qemu-user-static qemu-user-static -
optional program:protoc         protoc     protobuf-compiler protobuf-compiler protobuf
optional file:/usr/share/javascript/dygraphs dygraphs libjs-dygraphs -        -
optional program:chromium       Chromium   chromium       chromium       -
optional program:xmllint        xmllint    libxml2-utils  libxml2        libxml2
optional module:jsonschema      jsonschema python3-jsonschema python3-jsonschema -
optional module:yaml            yaml       python3-yaml   python3-pyyaml -'

works() {
  case $1 in
    lib:*)
      header=${1#lib:}; library=${header#*:}; header=${header%%:*}
      printf '#include <stdio.h>\n#include <%s>\nint main(void) { return 0; }\n' "$header" > "$tmp/t.c"
      # shellcheck disable=SC2086
      $CC ${CPPFLAGS:-} "$tmp/t.c" -o "$tmp/t" ${LDFLAGS:-} -l"$library" >/dev/null 2>&1 ;;
    symbol:*)
      symbol=${1#symbol:}; library=${symbol#*:}; symbol=${symbol%%:*}
      printf 'void %s(void); int main(void) { %s(); return 0; }\n' "$symbol" "$symbol" > "$tmp/t.c"
      # shellcheck disable=SC2086
      $CC ${CPPFLAGS:-} "$tmp/t.c" -o "$tmp/t" ${LDFLAGS:-} -l"$library" >/dev/null 2>&1 ;;
    pkg:*) pkg-config --exists "${1#pkg:}" 2>/dev/null ;;
    file:*) [ -e "${1#file:}" ] ;;
    module:*) python3 -c "import ${1#module:}" 2>/dev/null ;;
    program:*) command -v "${1#program:}" >/dev/null 2>&1 ;;
    cxx) for c in "${CXX:-c++}" g++ clang++; do
           printf 'int main() { return 0; }\n' > "$tmp/t.cc"
           $c "$tmp/t.cc" -o "$tmp/t" >/dev/null 2>&1 && return 0
         done; return 1 ;;
  esac
}

missing() {
  echo "$list" | while read -r for check name deb rpm brew; do
    case $kind:$for in build:test | *:optional) [ "$for" = "$kind" ] || continue ;; esac
    works "$check" || echo "$name $deb $rpm $brew"
  done
}

printf 'int main(void) { return 0; }\n' > "$tmp/t.c"
$CC "$tmp/t.c" -o "$tmp/t" >/dev/null 2>&1 || { echo "deps: the C compiler '$CC' does not work" >&2; exit 1; }

need=$(missing)
[ -n "$need" ] || exit 0
names=$(echo "$need" | awk '{ printf "%s%s", (NR > 1 ? ", " : ""), $1 }')

if command -v apt-get >/dev/null 2>&1; then
  column=2 before='apt-get update -q'
  install='env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 install -y -q --no-install-recommends'
elif command -v dnf >/dev/null 2>&1; then
  column=3 before='' install='dnf install -y'
elif command -v brew >/dev/null 2>&1; then
  column=4 before='' install='brew install'
else
  echo "deps: missing: $names. Install them with your package manager, then run make again." >&2
  exit 1
fi
packages=$(echo "$need" | awk -v c=$column '$c != "-" { gsub(/,/, " ", $c); printf " %s", $c }')
[ -n "$packages" ] || { echo "deps: missing: $names, which no package of this system brings" >&2; exit 1; }

sudo='' who=''
if [ $column -ne 4 ] && [ "$(id -u)" -ne 0 ]; then
  if command -v sudo >/dev/null 2>&1; then sudo='sudo '; else NO_INSTALL=1 who=' (as root)'; fi
fi
commands="${before:+$sudo$before && }$sudo$install$packages"
if [ -n "${NO_INSTALL:-}" ]; then
  echo "deps: missing: $names. Install with$who:" >&2
  echo "  $commands" >&2
  exit 1
fi
echo "deps: missing: $names"
echo "deps: installing with: $commands"
# A list of packages that could not be renewed may still do.
# shellcheck disable=SC2086
{ ${before:+$sudo$before} || :; $sudo$install$packages; } >"$tmp/log" 2>&1 ||
  { cat "$tmp/log" >&2; echo "deps: the installation failed" >&2; exit 1; }
need=$(missing)
[ -z "$need" ] || { echo "deps: still missing after the installation: $need" >&2; [ "$kind" = optional ]; }
