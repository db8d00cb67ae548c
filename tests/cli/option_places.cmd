# Options stand anywhere, also where POSIXLY_CORRECT is set; values after a blank or an equal sign; -- ends options.
cp tests/cli/nan.csv "$TMP/--quiet"
diagnose tests/cli/nan.csv --format json --check=nonfinite > "$TMP/a"; echo $?
POSIXLY_CORRECT=1; export POSIXLY_CORRECT
diagnose --check nonfinite tests/cli/nan.csv --format=json > "$TMP/b"; echo $?
cmp "$TMP/a" "$TMP/b"
cd "$TMP" && diagnose --format json --check nonfinite -- --quiet | sed -n 's/,"format".*//p'
diagnose --verb --check nonfinite -- --quiet | head -1
