#!/bin/sh
# Does includes.sh catch what it is there for? A tree that is right passes; then each wrong line, planted alone into that
# tree, must be reported at its file and line, and nothing else with it.
set -u
here=$(cd "$(dirname "$0")" && pwd)
tree=$(mktemp -d) || exit 1
trap 'rm -rf "$tree"' EXIT
failed=0 planted=0

put() { # FILE LINE...
  file=$tree/$1; shift
  mkdir -p "$(dirname "$file")"
  printf '%s\n' "$@" > "$file"
}

plain() {
  rm -rf "$tree"; mkdir "$tree"
  put include/clino.h '#include "clino/status.h"' '#include "clino/run.h"' '#include "clino/check.h"' \
    '#include "clino/gradcheck.h"' '#include "clino/mean.h"'
  put include/clino/status.h '#include <stddef.h>' '/* not a json_object, and #include "csv.h" is only talk */'
  put include/clino/run.h '#include "clino/status.h"'
  put include/clino/check.h '#include "clino/run.h"'
  put include/clino/gradcheck.h '#include "status.h"'
  put include/clino/mean.h '#include "clino/run.h"'
  put include/clino/io.h '#include "clino/run.h"'
  put include/clino/test/cunit.h '#include <CUnit/CUnit.h>' '#include "clino/gradcheck.h"'
  put lib/base/text.h '#include <stdio.h>'
  put lib/base/status.c '#include "clino/status.h"' '#include "text.h"' '#include "base/text.h"'
  put lib/run/store.h '#include "clino/run.h"'
  put lib/run/run.c '#include "store.h"' '#include "base/text.h"' '#include <pthread.h>'
  put lib/gradcheck/noise.c '#include "clino/gradcheck.h"' '#include "../base/text.h"'
  put lib/monitor/mean_add.c '#include "clino/mean.h"' '#include "clino/run.h"' '#include "base/text.h"'
  put lib/io/csv.c '#include <csv.h>' '#include <json-c/json.h>' '#include "clino/check.h"' '#include "base/text.h"'
  put checks/check.h '#include "clino/check.h"'
  put checks/stall.c '#include "check.h"' '#include "checks/check.h"' '#include "base/text.h"'
  put checks/mean.c '#include "check.h"'
  put cli/main.c '#include <clino.h>' '#include "clino/io.h"' '#include "options.h"'
  put cli/options.h '/* a private header of the command line */'
  put examples/net/net.h '#include "clino.h"'
  put examples/first.c '#include "net/net.h"' 'const char *s = "clino__ in a string // and no comment"; /* "csv.h' \
    '#include <csv.h>' '*/'
  put bench/net.c '#include "net/net.h"' '#include "clino.h"'
  put tests/support/suite.h '#include <CUnit/CUnit.h>'
  put tests/test_net.c '#include "support/suite.h"' '#include "net/net.h"' '#include <clino/test/cunit.h>'
  put tests/internal/test_run.c '#include "run/store.h"' '#include "support/suite.h"' 'clino__text t;'
}

must_report() { # FILE:LINE, a part of what is said
  planted=$((planted + 1))
  if out=$(sh "$here/includes.sh" "$tree" 2>&1); then
    echo "not caught: $1 ($2)"; failed=1
  elif [ "$(echo "$out" | wc -l)" -ne 1 ] || ! echo "$out" | grep -F "$1: " | grep -qF "$2"; then
    echo "expected $1: ... $2 ..., got:"; echo "$out"; failed=1
  fi
  plain
}

wrong() { # FILE LINE-TO-ADD WHAT
  echo "$2" >> "$tree/$1"
  must_report "$1:$(grep -c '' "$tree/$1")" "$3"
}

plain
out=$(sh "$here/includes.sh" "$tree" 2>&1) || { echo "a tree that is right was refused:"; echo "$out"; exit 1; }

# One folder's public header where the table does not allow it.
wrong lib/base/status.c '#include "clino/run.h"' 'module base may not include module run'
wrong lib/run/run.c '#include "clino/check.h"' 'module run may not include module checks'
wrong lib/run/run.c '#include <clino/gradcheck.h>' 'module run may not include module gradcheck'
wrong lib/run/run.c '  #  include "clino/mean.h" // why' 'module run may not include module monitor'
wrong lib/monitor/mean_add.c '#include "clino/check.h"' 'module monitor may not include module checks'
wrong lib/gradcheck/noise.c '#include "clino/run.h"' 'module gradcheck may not include module run'
wrong checks/stall.c '#include "clino/mean.h"' 'module checks may not include module monitor'
wrong checks/stall.c '#include "clino/io.h"' 'module checks may not include module io'
wrong lib/io/csv.c '#include "clino/mean.h"' 'module io may not include module monitor'
wrong include/clino/run.h '#include "clino/check.h"' 'module run may not include module checks'
wrong include/clino/status.h '#include "run.h"' 'module base may not include module run'
wrong lib/run/run.c '#include "clino.h"' 'the umbrella header'
wrong lib/gradcheck/noise.c '#include "clino/test/cunit.h"' 'the adapter'
wrong include/clino/test/cunit.h '#include "clino/io.h"' 'an adapter includes'
wrong include/clino.h '#include "clino/io.h"' 'clino.h includes'

# Private headers.
wrong lib/monitor/mean_add.c '#include "run/store.h"' 'a private header of module run'
wrong lib/monitor/mean_add.c '#include "../run/store.h"' 'a private header of module run'
wrong lib/io/csv.c '#include "checks/check.h"' 'a private header of module checks'
wrong checks/stall.c '#include "run/store.h"' 'a private header of module run'
wrong include/clino/run.h '#include "base/text.h"' 'a public header includes the private header'
wrong cli/main.c '#include "base/text.h"' 'a private header of module base'
wrong examples/first.c '#include "run/store.h"' 'a private header of module run'
wrong examples/first.c '#include "../cli/options.h"' 'a private header of user cli'
wrong bench/net.c '#include "support/suite.h"' 'a private header of user tests'
wrong tests/test_net.c '#include "base/text.h"' 'a private header of module base'
wrong tests/internal/test_run.c '#include "checks/check.h"' 'a private header of module checks'
wrong cli/main.c 'clino__text t;' 'uses a private name'

# Third parties.
for header in csv.h json-c/json.h json.h protobuf-c/protobuf-c.h zlib.h arpack/arpack.h mpi.h CUnit/CUnit.h; do
  wrong lib/base/status.c "#include <$header>" 'may not include'
  wrong checks/stall.c "#include \"$header\"" 'may not include'
done
wrong cli/main.c '#include <csv.h>' 'may not include'
wrong lib/io/csv.c '#include <mpi.h>' 'may not include'
wrong include/clino/io.h '#include <json-c/json.h>' 'may not include'
wrong include/clino/io.h 'struct json_object *clino_report_object(void);' 'mentions a name'
wrong include/clino/run.h 'int clino_run_merge(MPI_Comm comm);' 'mentions a name'
wrong include/clino/run.h '#include <pthread.h>' 'not ISO C'
wrong lib/run/run.c '#include <curl/curl.h>' 'no file of the project'
wrong lib/run/run.c '#include CLINO_HEADER' 'computed'

# Files and headers that the table cannot place; an umbrella that forgets a header.
put lib/unknown/x.c '#include <stdio.h>'
must_report lib/unknown/x.c:1 'not in the table'
put include/clino/orphan.h '#include <stddef.h>'
must_report include/clino/orphan.h:1 'no module has the source'
put include/clino.h '#include "clino/status.h"' '#include "clino/run.h"' '#include "clino/check.h"' '#include "clino/mean.h"'
must_report include/clino.h:1 'does not include include/clino/gradcheck.h'

[ $failed -eq 0 ] && echo "$planted planted violations caught"
exit $failed
