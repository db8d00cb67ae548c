#!/bin/sh
# The manual pages: diagnose(1) from docs/diagnose.md, in section 3 one for each public header, from its comments, and
# clino(3), which lists them. Functions and types lead to the page that describes them.
#   tools/package/man.sh VERSION FOLDER    writes FOLDER/man1 and FOLDER/man3; needs scdoc
#   tools/package/man.sh --names           prints what it would write: man1/diagnose.1, ...
set -eu
cd "$(dirname "$0")/../.."
here=tools/package

# clino/gap.h is clino_gap(3), clino/test/cunit.h clino_test_cunit(3), clino/gradcheck.h gradcheck(3).
page_of() { case $1 in clino.h) echo clino ;; clino/gradcheck.h) echo gradcheck ;; *) echo "${1%.h}" | tr / _ ;; esac; }

# The headers that have a page: all but clino.h, whose page is the list, and what adapters share.
headers() { (cd include && find clino -name '*.h' ! -name verdict.h | sort); }

# The pkg-config package of a header: that of the module whose folder holds its source (tools/house.txt).
package_of() {
  base=$(basename "$1")
  case $1 in clino/*/*) echo clino; return ;; esac
  module=$(awk -v h="$base" '$1 == "header" && $2 == h { print $3 }' tools/house.txt)
  [ -n "$module" ] || module=$(awk '$1 == "module" { print $2, $3 }' tools/house.txt | while read -r m folder; do
    set -- "$folder/${base%.h}"*.c
    [ ! -e "$1" ] || echo "$m"
  done | head -1)
  awk -v m="${module:-base}" '$1 == "module" && $2 == m { print substr($4, 4) }' tools/house.txt
}

read_header() { # HEADER NAMES
  awk -v page="$(page_of "$1")" -v include="$1" -v library="$(package_of "$1")" -v version="$version" -v names="$2" \
    -f $here/scdoc.awk -f $here/header.awk "include/$1"
}

# What each page of section 3 documents and no page is called, one "PAGE NAME" a line; where two document it, the first
# in the alphabet is taken.
links() {
  {
    for h in $(headers); do page_of "$h"; done
    for h in $(headers); do
      page=$(page_of "$h")
      read_header "$h" 1 | sed "s/^/$page /"
    done
  } | awk 'NF == 1 { seen[$1] = 1; next } !($2 in seen) { seen[$2] = 1; print }'
}

see_also() { # HEADER: the pages of the headers that it includes
  printf '\n# SEE ALSO\n\n*clino*(3)'
  sed -n 's/^#include "\(clino\/.*\.h\)"/\1/p' "include/$1" | grep -v verdict.h | while read -r h; do
    printf ', *%s*(3)' "$(page_of "$h" | sed 's/_/\\_/g')"
  done
  echo
}

# The list of all pages, each with the first line of its NAME.
overview() {
  printf 'clino(3) "Clino %s" "Clino"\n\n# NAME\n\nclino - gradient checking and training diagnostics\n\n# SYNOPSIS\n\n' "$version"
  printf '```\n#include <clino.h>\n\ncc program.c $(pkg-config --cflags --libs clino)\n```\n\n# DESCRIPTION\n\n'
  sed -n '1,/\*\//p' include/clino.h | sed 's|^/\* clino.h - |clino.h: |; s|^ \* ||; s| \*/$||' | sed 's/[_*]/\\&/g'
  printf '\n# PAGES\n'
  for h in $(headers); do
    read_header "$h" 0 | awk -v page="$(page_of "$h" | sed 's/_/\\\\_/g')" '
      /^# NAME/ { getline; getline; sub(/^[^ ]* - /, ""); print "\n*" page "*(3)\n\t" $0; exit }'
  done
  printf '\n# SEE ALSO\n\n*diagnose*(1)\n'
}

render() { scdoc > "$1.new" && mv "$1.new" "$1"; }

version=${1:?usage: man.sh VERSION FOLDER, or man.sh --names}
if [ "$version" = --names ]; then
  echo man1/diagnose.1
  echo man3/clino.3
  for h in $(headers); do echo "man3/$(page_of "$h").3"; done
  links | sed 's|.* \(.*\)|man3/\1.3|'
  exit
fi
folder=${2:?usage: man.sh VERSION FOLDER}
mkdir -p "$folder/man1" "$folder/man3"
awk -v version="$version" -f $here/scdoc.awk -f $here/markdown.awk docs/diagnose.md | render "$folder/man1/diagnose.1"
overview | render "$folder/man3/clino.3"
for h in $(headers); do
  { read_header "$h" 0; see_also "$h"; } | render "$folder/man3/$(page_of "$h").3"
done
links | while read -r page name; do echo ".so man3/$page.3" > "$folder/man3/$name.3"; done
