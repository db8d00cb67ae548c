diagnose --list-formats > "$TMP/list" || exit
grep '^[A-Z]' "$TMP/list"
grep -o '^  csv  *[A-Za-z]' "$TMP/list"
grep -o '^  [tj][a-z]*  *for [a-z]*:' "$TMP/list"
