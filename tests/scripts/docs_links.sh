#!/bin/sh
# Links of the pages lead somewhere: a file or folder that is there, a heading of that page.
set -u
failed=0 links=0

# The anchors of a page: its headings in lower case, blanks as hyphens, nothing but letters, digits, - and _.
anchors() { sed -n 's/^##* //p' "$1" | tr '[:upper:] ' '[:lower:]-' | sed 's/[^[:alnum:]_-]//g'; }

for page in *.md docs/*.md examples/data/*.md; do
  for link in $(grep -oE '\]\([^) ]+\)' "$page" | sed 's/^](//; s/)$//'); do
    case $link in http:* | https:* | mailto:*) continue ;; esac
    links=$((links + 1))
    file=${link%%#*} anchor=
    case $link in *'#'*) anchor=${link#*#} ;; esac
    if [ -n "$file" ]; then target=$(dirname "$page")/$file; else target=$page; fi
    if [ ! -e "$target" ]; then
      echo "FAIL docs_links: $page: no file for $link"
      failed=1
    elif [ -n "$anchor" ] && ! anchors "$target" | grep -qxF "$anchor"; then
      echo "FAIL docs_links: $page: no heading for $link"
      failed=1
    fi
  done
done
[ "$failed" -eq 0 ] && [ "$links" -gt 0 ] && echo "ok docs_links: $links links"
exit $failed
