#!/bin/sh
# Turns files into C, for what a program carries with it: on standard output, for each NAME=FILE,
#   const clino__embedded clino__embedded_NAME = {bytes, size};
# An empty FILE gives size 0; one that cannot be read is an error. References to source maps are left out: what is
# embedded must not ask for other files.
#   sh tools/embed.sh NAME=FILE... > embedded.c
set -u
echo '#include "io/embedded.h"'
for pair; do
  name=${pair%%=*} file=${pair#*=}
  if [ -r "$file" ] && [ -f "$file" ]; then
    printf 'static const unsigned char %s_bytes[] = {\n' "$name"
    LC_ALL=C sed '/^\/[/*]# sourceMappingURL=/d; s|/[*]# sourceMappingURL=[^*]*[*]/||' "$file" |
      LC_ALL=C od -An -v -tu1 | sed 's/  */,/g; s/^,//; s/$/,/'
    printf '0};\n'
    printf 'const clino__embedded clino__embedded_%s = {(const char *)%s_bytes, sizeof %s_bytes - 1};\n' \
      "$name" "$name" "$name"
  elif [ -n "$file" ]; then
    echo "embed: cannot read $file" >&2
    exit 1
  else
    printf 'const clino__embedded clino__embedded_%s = {"", 0};\n' "$name"
  fi
done
