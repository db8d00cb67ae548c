#!/bin/sh
# The completion of diagnose for a shell, made from what it prints of itself.
#   tools/package/completion.sh DIAGNOSE bash|zsh
set -eu
diagnose=${1:?usage: completion.sh DIAGNOSE bash|zsh} shell=${2:?usage: completion.sh DIAGNOSE bash|zsh}
checks=$("$diagnose" --list-checks | awk '/^[a-z]/ && $1 != "check" { printf "%s ", $1 }')
formats=$("$diagnose" --list-formats | awk '/^Reports/ { on = 1; next } on && /^  [a-z]/ { printf "%s ", $1 }')
"$diagnose" --help |
  awk -v shell="$shell" -v checks="${checks% }" -v formats="${formats% }" -f "$(dirname "$0")/completion.awk"
