diagnose --list-formats > "$TMP/list" || exit
grep '^[A-Z]' "$TMP/list"
grep -o '^  csv  *[A-Za-z]' "$TMP/list"
grep -o '^  [a-z]*  *for [a-zA-Z ]*:' "$TMP/list"
