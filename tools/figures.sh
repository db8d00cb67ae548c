#!/bin/sh
# Runs measuring programs and writes their figures as a table, with the machine that they were measured on.
#   tools/figures.sh OUT PROGRAM...
# A program prints, among other things, tab-separated lines "figure NAME VALUE UNIT GOAL ok|short".
set -eu
out=${1:?usage: figures.sh OUT PROGRAM...}; shift
CC=${CC:-cc}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

processor() {
  { sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo; lscpu | sed -n 's/^Model name: *//p'
    sysctl -n machdep.cpu.brand_string; uname -m; } 2>/dev/null | sed -n '/./{p;q;}'
}

system() {
  { [ -r /etc/os-release ] && sed -n 's/^PRETTY_NAME="\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' /etc/os-release
    command -v sw_vers >/dev/null && echo "macOS $(sw_vers -productVersion)"; uname -s; } 2>/dev/null | sed -n '/./{p;q;}'
}

for program in "$@"; do
  "$program" > "$tmp/one" || { cat "$tmp/one"; echo "figures: $program failed" >&2; exit 1; }
  cat "$tmp/one"
  cat "$tmp/one" >> "$tmp/all"
done
touch "$tmp/all"

awk -F '\t' '
  $1 != "figure" { next }
  NF != 6 || $6 !~ /^(ok|short)$/ { print "figures: not a figure: " $0; exit 1 }
  $2 in seen { print "figures: " $2 " is there twice"; exit 1 }
  { seen[$2] = 1; for (i = 2; i <= 6; i++) gsub(/[|]/, "\\|", $i)
    printf "| %s | %s | %s | %s | %s |\n", $2, $3, $4, $5, $6 }' "$tmp/all" > "$tmp/rows" || { tail -n 1 "$tmp/rows" >&2; exit 1; }
[ -s "$tmp/rows" ] || { echo "figures: no figure was printed" >&2; exit 1; }

cat > "$tmp/page" <<EOF
# Figures

Measured by \`make figures\`, which writes this page. A figure that falls short of its goal is shown as \`short\`.

- processor: $(processor), $(getconf _NPROCESSORS_ONLN 2>/dev/null || echo '?') cores
- system: $(system), $(uname -m)
- compiler: $($CC --version 2>/dev/null | sed -n 1p)

| figure | value | unit | goal | |
| --- | ---: | --- | --- | --- |
$(cat "$tmp/rows")
EOF
mkdir -p "$(dirname "$out")"
cp "$tmp/page" "$out"
echo "wrote $out"
