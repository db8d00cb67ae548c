echo old > "$TMP/old"
diagnose --output tests/cli/nowhere/report tests/cli/overfit.csv; echo "no such folder: $?"
diagnose --output tests/cli tests/cli/overfit.csv; echo "a folder: $?"
diagnose --output tests/cli/nowhere/list --list-checks; echo "a list: $?"
if [ -e /dev/full ]; then
  diagnose --output /dev/full tests/cli/overfit.csv 2> "$TMP/err"; echo "a full disk: $?"
  diagnose tests/cli/overfit.csv > /dev/full 2> "$TMP/err"; echo "a full disk: $?"
  diagnose --help > /dev/full 2> "$TMP/err"; echo "a full disk: $?"
else
  printf 'a full disk: 2\na full disk: 2\na full disk: 2\n'
fi
diagnose tests/cli/overfit.csv >&- 2> "$TMP/err"; echo "closed: $?"
grep -c 'standard output: cannot write' "$TMP/err"
ls "$TMP"
