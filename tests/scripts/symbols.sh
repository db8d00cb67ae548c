#!/bin/sh
# What the libraries define and need. Shared ones export the functions that public headers declare, each from one library,
# and nothing else; static ones define no global name outside clino_ and clino__; neither keeps writable global data; the
# soname carries the version, and libclino needs the C library alone.
set -u
BUILD=${BUILD:-build}
CC=${CC:-cc}
[ -z "${SANITIZE:-}" ] || { echo "the sanitizers add symbols of their own"; exit 77; }
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
failed=0
bad() { echo "FAIL symbols: $*"; failed=1; }

public='^(clino_[a-z0-9][a-z0-9_]*[a-z0-9]|gradcheck|gradcheck_model|gradcheck_layer)$'
version=$(sed -n 's/^.define CLINO_VERSION "\(.*\)\..*"/\1/p' include/clino/status.h)
if [ "$(uname -s)" = Darwin ]; then
  ending=$version.dylib
  globals() { nm -gU "$1" | awk 'NF >= 3 { sub(/^_/, "", $3); print $3 }'; }
else
  ending=so.$version
  globals() { # FILE
    case $1 in *.a) nm -g --defined-only "$1" ;; *) nm -D --defined-only "$1" ;; esac | awk 'NF >= 3 { print $3 }'
  }
fi

# What the headers declare: name and header.
mpi=
[ ! -e "$BUILD/libclino-mpi.$ending" ] || mpi=clino-mpi
for header in include/clino/*.h; do
  [ -n "$mpi" ] || [ "$header" != include/clino/mpi.h ] || continue # its library is not built
  # shellcheck disable=SC2086
  $CC -std=c11 ${CPPFLAGS:-} -Iinclude -E "$header"
done | awk -f tools/declared.awk | sort -u > "$tmp/declared"
while read -r name header api; do
  [ "$api" = api ] || bad "$header declares $name without CLINO_API"
  echo "$name" | grep -Eq "$public" || bad "$header declares $name: not a public name"
done < "$tmp/declared"
[ -s "$tmp/declared" ] || bad "no declaration was found in include/clino"

: > "$tmp/exported"
for library in clino clino-io clino-curvature $mpi; do
  shared=$BUILD/lib$library.$ending static=$BUILD/lib$library.a
  [ -s "$shared" ] && [ -s "$static" ] || { bad "$shared or $static is not there"; continue; }

  globals "$shared" | sed "s|\$| lib$library|" >> "$tmp/exported"
  for name in $(globals "$static" | sort -u | grep -Ev "$public|^clino__[a-z0-9_]*$"); do
    bad "$static defines $name, which is neither clino_ nor clino__"
  done

  command -v readelf >/dev/null && [ "$(uname -s)" != Darwin ] || continue
  soname=$(readelf -d "$shared" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')
  [ "$soname" = "lib$library.$ending" ] || bad "the soname of $shared is '$soname'"
  allowed='libc|libm|libpthread|ld-linux.*|libgcc_s'
  case $library in
    clino-io) allowed="$allowed|libclino|libcsv|libjson-c|libz|libprotobuf-c" ;;
    clino-curvature) allowed="$allowed|libclino|libarpack|liblapack|libblas" ;;
    clino-mpi) allowed="$allowed|libclino|libclino-curvature|libparpack|libarpack|liblapack|libblas|libmpi(_mpifh)?|libopen-rte|libopen-pal" ;;
  esac
  for needed in $(readelf -d "$shared" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
    echo "$needed" | grep -Eq "^($allowed)\.so" || bad "$shared needs $needed"
  done
  # The lock of ARPACK, which has static state itself, has to be one for all. Sections whose name says "written at run time"; .data.rel.ro is constant once loaded.
  objdump -t "$static" | sed 's/ \.hidden / /' | awk '
    NF >= 5 && $(NF - 2) ~ /^\.(data|bss|tdata|tbss)($|\.)/ && $(NF - 2) !~ /^\.data\.rel\.ro/ && $NF !~ /^\./ &&
      $NF != "clino__arpack_lock" { print $NF, $(NF - 2) }
  ' > "$tmp/writable"
  while read -r name section; do bad "$static keeps $name in $section: mutable global state"; done < "$tmp/writable"
done

while read -r name library; do
  echo "$name" | grep -Eq "$public" || { bad "$library exports $name"; continue; }
  grep -q "^$name " "$tmp/declared" || bad "$library exports $name, which no public header declares"
done < "$tmp/exported"
while read -r name header api; do
  n=$(grep -c "^$name " "$tmp/exported")
  [ "$n" -eq 1 ] || bad "$header declares $name: defined in $n libraries"
done < "$tmp/declared"

[ $failed -eq 0 ] && echo "$(wc -l < "$tmp/exported") functions exported"
exit $failed
