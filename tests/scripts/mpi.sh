#!/bin/sh
# Several ranks on this machine: merged monitors and shared checks with 1, 2, 3 and 4 of them, ranks that stay away, sleep
# or are killed. Reported within 5 s, and no process is left behind.
set -u
BUILD=${BUILD:-build}
programs="ranks eigen job"
command -v mpirun >/dev/null 2>&1 && command -v mpicc >/dev/null 2>&1 || { echo "no mpirun or mpicc (Open MPI)"; exit 77; }
[ -z "${SANITIZE:-}" ] || { echo "Open MPI is not made for the sanitizers"; exit 77; }
for p in $programs; do
  [ -x "$BUILD/tests/mpi/$p" ] || { echo "$BUILD/tests/mpi/$p is not built"; exit 77; }
done
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
for p in $programs; do
  cp "$BUILD/tests/mpi/$p" "$tmp/$p-$$" # by this name, processes that are left behind would be seen
done
failed=0
bad() { echo "FAIL mpi: $*"; sed 's/^/    /' "$tmp/out" | head -20; failed=1; }

# run RANKS PROGRAM WHAT: status in $status, what it says in $tmp/out
run() {
  root=; [ "$(id -u)" -ne 0 ] || root=--allow-run-as-root
  limit=; ! command -v timeout >/dev/null 2>&1 || limit='timeout 60'
  # shellcheck disable=SC2086
  $limit mpirun $root --oversubscribe -n "$1" "$tmp/$2-$$" "$3" > "$tmp/out" 2>&1
  status=$?
  ! pgrep -f "$tmp/.*-$$" >/dev/null 2>&1 || bad "processes are left behind by: $1 ranks, $2, $3"
}

for n in 1 2 3 4; do
  for p in $programs; do
    run $n $p together
    [ $status -eq 0 ] && grep -q '^ok$' "$tmp/out" || bad "$n ranks together, $p: exit status $status"
  done
done
for what in 'ranks away' 'ranks first-away' 'ranks sleeps' 'eigen sleeps' 'job stops'; do
  # shellcheck disable=SC2086
  run 4 $what
  [ "$(grep -c '^rank . came back$' "$tmp/out")" -eq 3 ] || bad "4 ranks, $what"
done
# The example says and logs the same whatever the number of ranks; logged numbers but for the rounding of sums.
example=$BUILD/examples/mpi/data_parallel
if [ -x "$example" ]; then
  cp "$example" "$tmp/data_parallel-$$"
  for n in 1 2 4; do
    run $n data_parallel "$tmp/$n.jsonl"
    [ $status -eq 0 ] || bad "the example with $n ranks: exit status $status"
    cp "$tmp/out" "$tmp/$n.out"
    tr -d ' ' < "$tmp/$n.jsonl" | tr ',:{}[]' '\n' > "$tmp/$n.words"
    cmp -s "$tmp/1.out" "$tmp/$n.out" || bad "the example with $n ranks says something else than with one"
    paste "$tmp/1.words" "$tmp/$n.words" | awk -F '\t' '
      function number(x) { return x ~ /^-?[0-9]/ }
      $1 != $2 && !(number($1) && number($2) && ($1 - $2) ^ 2 <= 1e-12 * ($1 ^ 2 + 1e-12)) { print; bad = 1 }
      END { exit bad || NR < 1000 }' > "$tmp/out" || bad "the example with $n ranks logs other numbers than with one"
  done
else
  bad "$example is not built"
fi

longest=0
for what in "ranks killed" "ranks killed-searching" "job killed"; do
  start=$(date +%s)
  # shellcheck disable=SC2086
  run 4 $what
  took=$(($(date +%s) - start))
  [ $took -le $longest ] || longest=$took
  [ $status -ne 0 ] || bad "4 ranks, $what, and exit status 0"
  [ $took -le 5 ] || bad "4 ranks, $what: reported after $took s"
  grep -q 'signal 9' "$tmp/out" || grep -q 'rank 3' "$tmp/out" || bad "4 ranks, $what, which nobody reports"
done
[ $failed -eq 0 ] && echo "1 to 4 ranks; a killed rank was reported after at most $longest s"
exit $failed
