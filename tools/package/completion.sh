#!/bin/sh
# The completion of diagnose for a shell, made from what it prints of itself.
#   tools/package/completion.sh DIAGNOSE bash|zsh
set -eu
diagnose=${1:?usage: completion.sh DIAGNOSE bash|zsh} shell=${2:?usage: completion.sh DIAGNOSE bash|zsh}
checks=$("$diagnose" --list-checks | awk '/^[a-z]/ && $1 != "check" { printf "%s ", $1 }')
formats=$("$diagnose" --list-formats | awk '/^Reports/ { on = 1; next } on && /^  [a-z]/ { printf "%s ", $1 }')
# shellcheck disable=SC2086
settings=$(for check in $checks; do "$diagnose" --explain $check; done | awk '/^  [a-z-]*\.[a-z_]* = / { printf "%s= ", $1 }')
roles=$("$diagnose" --list-roles | awk '/^[a-z]/ { sub(/NAME$/, "", $1); printf "%s%s ", $1, $1 ~ /\/$/ ? "" : "=" }')
"$diagnose" --help |
  awk -v shell="$shell" -v checks="${checks% }" -v formats="${formats% }" -v settings="${settings% }" \
    -v roles="${roles% }" -f "$(dirname "$0")/completion.awk"
