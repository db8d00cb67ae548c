#!/bin/sh
# The reports for machines, over the runs of tests/cli, one with a hostile name, one that cannot be read, and where there
# are logs of real runs (CLINO_RUNS) over all of them: JUnit against its schema with xmllint, TAP by prove's parser, SARIF
# and JSON with jsonschema, GitHub annotations as a runner reads them. A tool that is not installed is left out with a
# word.
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
  write junit "$tmp/junit" "$@"
  junit_ok "$tmp/junit" "$1"
  write tap "$tmp/tap" "$@"
  tap_ok "$tmp/tap" "$1"
  write github "$tmp/github" "$@"
  awk -f tests/support/github.awk "$tmp/github" > "$tmp/log" || { bad "github of $1"; cat "$tmp/log"; }
  tried=$((tried + 1))
  write sarif "$tmp/sarif.$tried.json" "$@"
  write sarif "$tmp/sarif_verbose.$tried.json" --verbose "$@"
}

tried=0
printf 'step,train_loss\n0,2.3\n1,2.1\n2,nan\n' > "$tmp/$(printf 'ev:il,%%0A#\\ \033[31m\377<&">]]>.csv')"
for f in tests/cli/*.csv "$tmp"/ev*.csv; do try "$f"; done
try tests/cli/*.csv "$tmp"/ev*.csv "$tmp/gone.csv"
if [ -d "${CLINO_RUNS:-/nowhere}" ]; then
  for folder in "$CLINO_RUNS"/*/; do try "$folder"; done
else
  left_out="$left_out the-logs-of-real-runs"
fi
if [ $have_schema = yes ]; then
  python3 - tests/schemas/sarif.json "$tmp"/sarif*.json > "$tmp/log" 2>&1 <<'PYTHON' || { bad sarif; cat "$tmp/log"; }
import json, sys, jsonschema
validator = jsonschema.Draft7Validator(json.load(open(sys.argv[1])))
bad = 0
for name in sys.argv[2:]:
    log = json.load(open(name, encoding="utf-8"))
    for error in validator.iter_errors(log):
        bad = 1
        print(name, error.json_path, error.message)
    rules = [rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]]
    for result in log["runs"][0]["results"]:
        if rules[result["ruleIndex"]] != result["ruleId"]:
            bad = 1
            print(name, "ruleIndex of", result["ruleId"])
sys.exit(bad)
PYTHON
fi
[ $failed -eq 0 ] && echo "ok report_formats: $tried reports of each format${left_out:+; left out, not here:$left_out}"
exit $failed
