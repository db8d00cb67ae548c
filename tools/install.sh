#!/bin/sh
# Installs libraries, headers, pkg-config files and diagnose, or removes exactly these. Called by make, which sets DESTDIR,
# PREFIX, BINDIR, LIBDIR, INCLUDEDIR, BUILD, VERSION, ARCHIVES (the static libraries), SONAMES (the shared ones) and LINKS
# (their development links, in the same order).
#   tools/install.sh install|uninstall
set -eu
umask 022
action=${1:?usage: install.sh install|uninstall}
bin=${DESTDIR:-}$BINDIR lib=${DESTDIR:-}$LIBDIR include=${DESTDIR:-}$INCLUDEDIR
pkgconfig=$lib/pkgconfig
headers=$(cd include && find . -name '*.h' | sed 's|^\./||' | sort)

# A directory as pkg-config files say it: relative to the prefix where it is below it.
under_prefix() { case $1 in "$PREFIX"/*) echo "\${prefix}${1#"$PREFIX"}" ;; *) echo "$1" ;; esac; }

describe() { # NAME DESCRIPTION LIBRARY; further lines from standard input
  printf 'prefix=%s\nlibdir=%s\nincludedir=%s\n\n' "$PREFIX" "$(under_prefix "$LIBDIR")" "$(under_prefix "$INCLUDEDIR")"
  printf 'Name: %s\nDescription: %s\nVersion: %s\n' "$1" "$2" "$VERSION"
  cat
  # shellcheck disable=SC2016
  printf 'Libs: -L${libdir} -l%s\nCflags: -I${includedir}\n' "$3"
}

# The pkg-config file of a library, by the name of the static one.
pc_of() { f=${1#lib}; echo "${f%.a}.pc"; }

place() { # MODE FILE DIRECTORY
  mkdir -p "$3"
  rm -f "$3/$(basename "$2")"
  cp "$2" "$3/"
  chmod "$1" "$3/$(basename "$2")"
}

install_all() {
  for h in $headers; do place 644 "include/$h" "$include/$(dirname "$h" | sed 's|^\.$||')"; done
  for a in $ARCHIVES; do place 644 "$BUILD/$a" "$lib"; done
  # shellcheck disable=SC2086
  set -- $LINKS
  for so in $SONAMES; do
    place 755 "$BUILD/$so" "$lib"
    ln -sf "$so" "$lib/$1"; shift
  done
  place 755 "$BUILD/diagnose" "$bin"
  mkdir -p "$pkgconfig"
  describe clino 'Gradient checking and training diagnostics' clino > "$pkgconfig/clino.pc" <<EOF
Libs.private: -lm -lpthread
EOF
  describe clino-io 'Readers and writers of training runs and reports, for clino' clino-io > "$pkgconfig/clino-io.pc" <<EOF
Requires: clino = $VERSION
Requires.private: json-c libprotobuf-c zlib
Libs.private: -lcsv
EOF
  describe clino-curvature 'Eigenvalues of the Hessian, critical points and stalls, for clino' clino-curvature \
    > "$pkgconfig/clino-curvature.pc" <<EOF
Requires: clino = $VERSION
Libs.private: -larpack -llapack
EOF
  case " $ARCHIVES " in *' libclino-mpi.a '*)
    describe clino-mpi 'Monitors merged and gradient checks shared over the ranks of an MPI job, for clino' clino-mpi \
      > "$pkgconfig/clino-mpi.pc" <<EOF
Requires: clino = $VERSION
Libs.private: -lmpi
EOF
  esac
  for a in $ARCHIVES; do chmod 644 "$pkgconfig/$(pc_of "$a")"; done
}

uninstall_all() {
  for h in $headers; do rm -f "$include/$h"; done
  for folder in clino/test clino/adapter clino; do
    [ ! -d "$include/$folder" ] || rmdir "$include/$folder" 2>/dev/null || :
  done
  for f in $ARCHIVES $SONAMES $LINKS; do rm -f "$lib/$f"; done
  for a in $ARCHIVES; do rm -f "$pkgconfig/$(pc_of "$a")"; done
  rm -f "$bin/diagnose"
}

# The loader's cache, where the libraries came to stand in one of its own places.
renew_cache() {
  case ${DESTDIR:-}$LIBDIR in
    /usr/lib* | /usr/local/lib*) if [ "$(uname -s)" = Linux ]; then ldconfig 2>/dev/null || :; fi ;;
  esac
}

case $action in
  install) install_all; renew_cache; echo "installed in ${DESTDIR:-}$PREFIX" ;;
  uninstall) uninstall_all; renew_cache; echo "removed from ${DESTDIR:-}$PREFIX" ;;
  *) echo "usage: install.sh install|uninstall" >&2; exit 2 ;;
esac
