#!/bin/sh
# Every format of reports, over the runs of tests/cli, one with a hostile name, one that cannot be read, and where there
# are logs of real runs (CLINO_RUNS) over each of them: JUnit against its schema with xmllint, TAP by prove's parser,
# GitHub annotations as a runner reads them, JSON and SARIF against their schemas, HTML for being well formed. A tool that
# is not installed is left out with a word.
set -u
BUILD=${BUILD:-build}
diagnose=$BUILD/diagnose
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
failed=0 left_out=
bad() { echo "FAIL report_formats: $*"; failed=1; }

have_xmllint=no have_prove=no have_schema=no
command -v xmllint >/dev/null 2>&1 && have_xmllint=yes || left_out="$left_out xmllint"
command -v prove >/dev/null 2>&1 && have_prove=yes || left_out="$left_out prove"
python3 -c 'import jsonschema' 2>/dev/null && have_schema=yes || left_out="$left_out jsonschema"

write() { # FORMAT FILE RUN...: exit 0, 1 and 3 are verdicts
  format=$1 file=$2
  shift 2
  "$diagnose" --format "$format" "$@" > "$file" 2>/dev/null
  case $? in 0 | 1 | 3) ;; *) bad "$format: exit status for $*" ;; esac
}

junit_ok() { # FILE NAME: the schema, and that each suite counts its cases right
  [ $have_xmllint = yes ] || return 0
  xmllint --noout --schema tests/schemas/junit.xsd "$1" 2> "$tmp/log" || { bad "junit of $2"; cat "$tmp/log"; return; }
  for sum in tests:testcase failures:testcase/failure errors:testcase/error skipped:testcase/skipped; do
    wrong=$(xmllint --xpath "count(//testsuite[@${sum%%:*} != count(${sum#*:})])" "$1")
    [ "$wrong" = 0 ] || bad "junit of $2: ${sum%%:*} miscounted"
  done
}

tap_ok() { # FILE NAME: prove says whether a test failed, and complains of a plan or a line that it cannot parse
  [ $have_prove = yes ] || return 0
  prove --exec cat "$1" > "$tmp/log" 2>&1
  proved=$?
  if grep -q -i 'parse error\|bad plan\|no plan\|out of sequence\|unknown' "$tmp/log"; then
    bad "tap of $2"; cat "$tmp/log"
  fi
  if grep -q '^not ok' "$1"; then [ $proved -ne 0 ]; else [ $proved -eq 0 ]; fi || bad "tap of $2: prove says $proved"
}

try() { # RUN...
  tried=$((tried + 1))
  write junit "$tmp/junit" "$@"
  junit_ok "$tmp/junit" "$1"
  write tap "$tmp/tap" "$@"
  tap_ok "$tmp/tap" "$1"
  write github "$tmp/github" "$@"
  awk -f tests/support/github.awk "$tmp/github" > "$tmp/log" || { bad "github of $1"; cat "$tmp/log"; }
  write text "$tmp/text" --verbose "$@"
  [ -s "$tmp/text" ] && ! LC_ALL=C grep -q "$controls" "$tmp/text" || bad "text of $1: empty, or with controls"
  for format in json sarif html; do write $format "$tmp/$tried.$format" "$@"; done
}

tried=0
controls=$(printf '[\001-\010\013-\037\177]')
printf 'step,train_loss\n0,2.3\n1,2.1\n2,nan\n' > "$tmp/$(printf 'ev:il,%%0A#\\ \033[31m\377<&">]]>.csv')"
for f in tests/cli/*.csv "$tmp"/ev*.csv; do try "$f"; done
if [ -d "${CLINO_RUNS:-/nowhere}" ]; then
  for folder in "$CLINO_RUNS"/*/; do
    for f in "$folder"*; do try "$f"; done
    try "$folder"
  done
else
  left_out="$left_out the-logs-of-real-runs"
fi
try tests/cli/*.csv "$tmp"/ev*.csv "$tmp/gone.csv"
write sarif "$tmp/verbose.sarif" --verbose tests/cli/*.csv
write json "$tmp/compared.json" --compare tests/cli/healthy.csv tests/cli/overfit.csv tests/cli/nan.csv
write html "$tmp/compared.html" --compare tests/cli/healthy.csv tests/cli/overfit.csv tests/cli/nan.csv "$tmp"/ev*.csv
[ -d "${CLINO_RUNS:-/nowhere}" ] && write json "$tmp/compared_all.json" --compare "$CLINO_RUNS"
# Gradient checks, which the suite of that name leaves there.
mkdir "$tmp/kept"
CLINO_KEEP_REPORTS=$tmp/kept "$BUILD/tests/run" report_gradcheck > "$tmp/log" 2>&1 || { bad gradcheck; cat "$tmp/log"; }
junit_ok "$tmp/kept/gradcheck.junit" gradcheck
tap_ok "$tmp/kept/gradcheck.tap" gradcheck
awk -f tests/support/github.awk "$tmp/kept/gradcheck.github" > "$tmp/log" || { bad 'github of gradcheck'; cat "$tmp/log"; }

if [ $have_schema = yes ]; then
  # The reader itself finds what is wrong.
  mkdir "$tmp/wrong"
  echo '{"schema":1,"clino":"0.1.0","runs":[{}]}' > "$tmp/wrong/a.json"
  echo '{"schema":1,"clino":"0.1.0","runs":[],"x":NaN}' > "$tmp/wrong/b.json"
  sed 's/"version":"2.1.0"/"version":"2.0"/' "$tmp/1.sarif" > "$tmp/wrong/c.sarif"
  echo '<p><b>a</p></b><img src="http://example.org/a.png"><a href="#gone">b</a>' > "$tmp/wrong/d.html"
  for f in "$tmp"/wrong/*; do
    python3 tests/support/check_reports.py tests/schemas "$f" > "$tmp/log" 2>&1 && bad "nothing wrong in $(basename "$f")"
  done
  python3 tests/support/check_reports.py tests/schemas "$tmp"/*.json "$tmp"/*.sarif "$tmp"/*.html "$tmp"/kept/*.json \
    "$tmp"/kept/*.sarif "$tmp"/kept/*.html > "$tmp/log" 2>&1 ||
    { bad 'json, sarif or html'; head -20 "$tmp/log"; }
fi
[ $failed -eq 0 ] && echo "ok report_formats: $tried reports of each format${left_out:+; left out, not here:$left_out}"
exit $failed
