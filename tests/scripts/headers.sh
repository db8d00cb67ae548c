#!/bin/sh
# Each public header compiles alone, twice, without a warning and without a macro defined for it: as C11, C++11 and C++17.
# Each refuses -ffast-math, defines no macro and no type outside clino_ and CLINO_, and says what each function does.
# Adapters (include/clino/test, include/clino/adapter) are compiled where their framework is installed.
set -u
CC=${CC:-cc}
CPPFLAGS=${CPPFLAGS:-}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
warnings='-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror'
cxx_warnings="$warnings -Wold-style-cast"
failed=0 compiled=0

bad() { echo "FAIL headers: $*"; failed=1; }

cxx=
for c in ${CXX:+"$CXX"} c++ g++ clang++; do
  printf '#include <stddef.h>\nint main() { return 0; }\n' > "$tmp/t.cc"
  # shellcheck disable=SC2086
  $c -std=c++17 -fsyntax-only "$tmp/t.cc" 2>/dev/null && { cxx=$c; break; }
done
[ -n "$cxx" ] || bad "no C++ compiler works"

# compile HEADER COMPILER FLAGS...: what it says is shown, and is a failure
compile() {
  header=$1; shift
  out=$("$@" -Iinclude -fsyntax-only "$tmp/t.c" 2>&1) && { compiled=$((compiled + 1)); return 0; }
  bad "$header does not compile alone: $*"; echo "$out"
}

framework_of() { # the one that an adapter includes, installed or not
  sed -n 's/^ *# *include *<\(.*\)>.*/\1/p' "$1" | grep -E '^(CUnit/|cmocka|check|nlopt|gsl/)'
}

# shellcheck disable=SC2086
for path in include/clino.h include/clino/*.h include/clino/test/*.h include/clino/adapter/*.h; do
  [ -e "$path" ] || continue
  header=${path#include/} needs='' flags=''
  case $header in
    clino/test/* | clino/adapter/*)
      flags=$CPPFLAGS
      for f in $(framework_of "$path"); do
        needs="$needs$(printf '\n#include <%s>' "$f")"
      done
      if [ -n "$needs" ]; then
        printf '#include <stdarg.h>\n#include <stddef.h>\n#include <setjmp.h>\n#include <stdint.h>%s\n' "$needs" > "$tmp/t.c"
        $CC $flags -fsyntax-only "$tmp/t.c" 2>/dev/null || { echo "skipped $header: its framework is not installed"; continue; }
      fi ;;
  esac
  printf '#include "%s"\n#include "%s"\nint main(void) { return 0; }\n' "$header" "$header" > "$tmp/t.c"
  compile "$header" $CC -std=c11 $warnings $flags
  if [ -n "$cxx" ]; then
    compile "$header" $cxx -x c++ -std=c++11 $cxx_warnings $flags
    compile "$header" $cxx -x c++ -std=c++17 $cxx_warnings $flags
  fi

  if out=$($CC -std=c11 -ffast-math $flags -Iinclude -fsyntax-only "$tmp/t.c" 2>&1); then
    bad "$header accepts -ffast-math"
  else
    case $out in *'clino: -ffast-math'*) ;; *) bad "$header refuses -ffast-math without saying why" ;; esac
  fi

  case $header in clino/test/* | clino/adapter/*) continue ;; esac
  names=$({ sed -n 's/^ *# *define *\([A-Za-z0-9_]*\).*/\1/p' "$path" | grep -v '^CLINO_\|^clino_'
            sed -n 's/^} *\([A-Za-z0-9_]*\);.*/\1/p; s/^typedef .*[ *]\([A-Za-z0-9_]*\);.*/\1/p
                    s/^ *\(struct\|union\|enum\) \([A-Za-z0-9_]*\) *{.*/\2/p' "$path" | grep -v '^clino_'; } | sort -u)
  [ -z "$names" ] || bad "$header defines names outside clino_ and CLINO_:" $names
done
# Every public function has its comment: right above, or above the functions that it shares it with.
for path in include/clino/*.h; do
  bare=$(awk '/^$/ { said = 0 } /\*\/$/ && !/^CLINO_API/ { said = 1 } /^CLINO_API/ && !said { print FNR ": " $0 }' "$path")
  [ -z "$bare" ] || { bad "$path has functions without a comment:"; echo "$bare"; }
done

# The tensor macros count dimensions and check types, also where a warning is an error.
tensor() { # LINE
  printf '#include <clino/tensor.h>\n#include <clino/trace.h>\nint main(void) {\n  double w[6] = {0}, dw[6] = {0};\n' > "$tmp/t.c"
  printf '  float b[2] = {0}, db[2] = {0};\n  %s\n  (void)w; (void)dw; (void)b; (void)db; return 0;\n}\n' "$1" >> "$tmp/t.c"
}
refused() { # LINE WHY COMPILER FLAGS...
  tensor "$1"; line=$1 why=$2; shift 2
  ! "$@" -Iinclude -fsyntax-only "$tmp/t.c" 2>/dev/null || bad "$why: '$line' is accepted by $*"
}
# shellcheck disable=SC2086
for language in "$CC -std=c11" "${cxx:-$CC} ${cxx:+-x c++ -std=c++11 -Wold-style-cast}" \
  "${cxx:-$CC} ${cxx:+-x c++ -std=c++17 -Wold-style-cast}"; do
  tensor 'clino_tensor t[] = {CLINO_TENSOR_F64("W", w, dw, 2, 3), CLINO_TENSOR_F32("b", b, db, 2)}; (void)t;'
  compile 'the use of clino/tensor.h' $language $warnings
  tensor 'clino_branches(NULL, "relu", 6, w); clino_branches(NULL, "relu", 2, b);'
  compile 'the use of clino/trace.h' $language $warnings
  refused 'clino_tensor t = CLINO_TENSOR_F64("W", b, db, 2); (void)t;' 'floats as doubles' $language $warnings
  refused 'clino_tensor t = CLINO_TENSOR_F64("W", w, dw, 1, 1, 1, 1, 1, 1, 1, 1, 6); (void)t;' 'nine dimensions' $language $warnings
  refused 'clino_tensor t = CLINO_TENSOR_F32("b", b, dw, 2); (void)t;' 'doubles as floats' $language $warnings
done
[ $compiled -gt 0 ] || bad "no header was compiled"
[ $failed -eq 0 ] && echo "$compiled compilations with $CC and $cxx"
exit $failed
