#!/bin/sh
# Installs libraries, headers, diagnose, files for pkg-config and CMake, manual pages, completions and documentation, or
# removes exactly these. Called by make, which sets DESTDIR, PREFIX, BINDIR, LIBDIR, INCLUDEDIR, MANDIR, DOCDIR, BASHDIR,
# ZSHDIR, BUILD, VERSION, ARCHIVES (the static libraries), SONAMES (the shared ones), LINKS (their development links, in
# the same order) and LICENCES (NAME=FILE: those of what is built in, or shown in the documentation).
#   tools/install.sh install|uninstall
set -eu
umask 022
action=${1:?usage: install.sh install|uninstall}
case $action in install | uninstall) ;; *) echo "usage: install.sh install|uninstall" >&2; exit 2 ;; esac
root=${DESTDIR:-}
tools=$(dirname "$0")/package
export PREFIX LIBDIR INCLUDEDIR VERSION SONAMES

# place MODE FILE TARGET: puts a file there, or removes it
place() {
  rm -f "$3"
  [ "$action" = install ] || return 0
  mkdir -p "$(dirname "$3")"
  cp "$2" "$3"
  chmod "$1" "$3"
}

# write TARGET COMMAND...: the same of what a command prints
write() {
  target=$1; shift
  rm -f "$target"
  [ "$action" = install ] || return 0
  mkdir -p "$(dirname "$target")"
  "$@" > "$target"
  chmod 644 "$target"
}

each_header() {
  (cd include && find . -name '*.h' | sed 's|^\./||' | sort) | while read -r h; do
    place 644 "include/$h" "$root$INCLUDEDIR/$h"
  done
}

each_library() {
  for a in $ARCHIVES; do
    name=${a#lib}; name=${name%.a}
    place 644 "$BUILD/$a" "$root$LIBDIR/$a"
    write "$root$LIBDIR/pkgconfig/$name.pc" sh "$tools/describe.sh" pc "$name"
  done
  # shellcheck disable=SC2086
  set -- $LINKS
  for so in $SONAMES; do
    place 755 "$BUILD/$so" "$root$LIBDIR/$so"
    rm -f "$root$LIBDIR/$1"
    [ "$action" != install ] || ln -s "$so" "$root$LIBDIR/$1"
    shift
  done
  write "$root$LIBDIR/cmake/Clino/ClinoConfig.cmake" sh "$tools/describe.sh" cmake
  write "$root$LIBDIR/cmake/Clino/ClinoConfigVersion.cmake" sh "$tools/describe.sh" cmake-version
}

# Manual pages are there where scdoc was; functions and types are links to their pages.
each_page() {
  sh "$tools/man.sh" --names | while read -r page; do
    if [ "$action" = uninstall ] || [ -f "$BUILD/man/$page" ]; then place 644 "$BUILD/man/$page" "$root$MANDIR/$page"; fi
  done
}

each_document() {
  for f in LICENSE README.md CHANGELOG.md $(find docs -type f ! -name '.*' | sort); do
    place 644 "$f" "$root$DOCDIR/$f"
  done
  for pair in $LICENCES; do place 644 "${pair#*=}" "$root$DOCDIR/licences/${pair%%=*}"; done
}

# Folders that are Clino's own, when they are empty.
own_folders() {
  for folder in "$INCLUDEDIR/clino/test" "$INCLUDEDIR/clino/adapter" "$INCLUDEDIR/clino" "$LIBDIR/cmake/Clino" \
    "$DOCDIR/docs/worked" "$DOCDIR/docs" "$DOCDIR/licences" "$DOCDIR"; do
    [ ! -d "$root$folder" ] || rmdir "$root$folder" 2>/dev/null || :
  done
}

# The loader's cache, where the libraries came to stand in one of its own places.
renew_cache() {
  case $root$LIBDIR in
    /usr/lib* | /usr/local/lib*) if [ "$(uname -s)" = Linux ]; then ldconfig 2>/dev/null || :; fi ;;
  esac
}

each_header
each_library
place 755 "$BUILD/diagnose" "$root$BINDIR/diagnose"
each_page
write "$root$BASHDIR/diagnose" cat "$BUILD/completion/diagnose.bash"
write "$root$ZSHDIR/_diagnose" cat "$BUILD/completion/_diagnose"
each_document
[ "$action" = install ] || own_folders
renew_cache
case $action in install) echo "installed in $root$PREFIX" ;; uninstall) echo "removed from $root$PREFIX" ;; esac
