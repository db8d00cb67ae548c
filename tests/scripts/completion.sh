#!/bin/sh
# The completions of bash and zsh are what diagnose understands: they load, offer every option, and every value that they
# offer is accepted.
set -u
BUILD=${BUILD:-build}
command -v bash >/dev/null || { echo "bash is not installed"; exit 77; }
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
failed=0
bad() { echo "FAIL completion: $*"; failed=1; }
for shell in bash zsh; do
  sh tools/package/completion.sh "$BUILD/diagnose" $shell > "$tmp/$shell" 2> "$tmp/log" && [ ! -s "$tmp/log" ] ||
    { bad "none for $shell"; cat "$tmp/log"; }
done

# offered WORD...: what bash offers for the last one
offered() {
  bash --norc -c '. "$0" || exit; COMP_WORDS=(diagnose "$@"); COMP_CWORD=$#; _diagnose && printf "%s\n" "${COMPREPLY[@]}"' \
    "$tmp/bash" "$@" 2> "$tmp/log"
  [ ! -s "$tmp/log" ] || { bad "bash says, for '$*':"; cat "$tmp/log"; } >&2
}
offers() { # WANTED WORD...
  wanted=$1; shift
  is=$(offered "$@" | tr '\n' ' ')
  [ "$is" = "$wanted " ] || bad "for '$*' bash offers '$is', not '$wanted'"
}
"$BUILD/diagnose" --help | sed -n 's/^  \(--[a-z-]*\).*/\1/p' | sort > "$tmp/options"
offered -- | sort | cmp -s - "$tmp/options" || bad "bash offers other options than --help lists"
offers --color --col
offers 'auto always never' --color ''
offers always --color = al
offers 'fail warn never' --fail-on ''
offers 'softmax hinge logistic mse' --loss ''
offers overfitting --explain overf
offers nonfinite,loss-spike --check nonfinite,loss-s
offers 'overfitting.loss=' --set overfitting.l
offers 'overfitting.loss=' --set = overfitting.l
offers 'val/loss= val/accuracy=' --map val/
offers 'act_mean/' --map act_m
offers 'train/loss train/accuracy' --by tr
for value in --set --map; do
  [ -z "$(offered $value val/loss = '' | tr -d '\n')$(offered $value val/loss =)" ] || bad "$value: something is offered behind ="
done
mkdir "$tmp/dir" && : > "$tmp/dir/log one.csv"
offers "$tmp/dir/log one.csv" "$tmp/dir/l"
offers "$tmp/dir/log one.csv" --output "$tmp/dir/l"
[ "$(offered --explain '' | grep -c .)" -eq "$("$BUILD/diagnose" --list-checks | grep -c '^[a-z]')" ] || bad "not all checks are offered"
# Settings with the value that they have anyway, and roles for some column, are what diagnose takes.
for value in $(offered --set ''); do
  is=$("$BUILD/diagnose" --explain "${value%%.*}" | awk -v name="${value%=}" '$1 == name && $2 == "=" { print $3 }')
  "$BUILD/diagnose" --set "$value$is" tests/cli/healthy.csv > /dev/null 2> "$tmp/log"
  [ $? -ne 2 ] || { bad "--set $value$is is offered and refused"; cat "$tmp/log"; }
done
for value in $(offered --map ''); do
  case $value in step= | epoch= | time= | train/loss=) continue ;; */) value=${value}W= ;; esac
  "$BUILD/diagnose" --map "${value}val_loss" tests/cli/healthy.csv > /dev/null 2> "$tmp/log"
  [ $? -ne 2 ] && [ $? -ne 3 ] || { bad "--map $value is offered and refused"; cat "$tmp/log"; }
done
# Each value is one that diagnose takes: it complains about the missing RUN at most.
for option in --format --color --fail-on --loss --check --skip; do
  values=$(offered $option '')
  [ -n "$values" ] || bad "nothing is offered for $option"
  for value in $values; do
    "$BUILD/diagnose" $option "$value" tests/cli/healthy.csv > /dev/null 2> "$tmp/log"
    [ $? -ne 2 ] || { bad "$option $value is offered and refused"; cat "$tmp/log"; }
  done
done

if command -v zsh >/dev/null; then
  mkdir "$tmp/functions" && cp "$tmp/zsh" "$tmp/functions/_diagnose"
  zsh -f -c 'fpath=($1 $fpath); autoload -Uz compinit && compinit -u -D && autoload +X _diagnose && print ${_comps[diagnose]}' \
    zsh "$tmp/functions" > "$tmp/out" 2> "$tmp/log"
  [ "$(cat "$tmp/out")" = _diagnose ] && [ ! -s "$tmp/log" ] || { bad "zsh does not load it"; cat "$tmp/log" "$tmp/out"; }
  while read -r option; do
    grep -qF -e "${option}[" "$tmp/zsh" || bad "zsh is not told of $option"
  done < "$tmp/options"
fi
[ $failed -eq 0 ] && echo "$(grep -c . "$tmp/options") options"
exit $failed
