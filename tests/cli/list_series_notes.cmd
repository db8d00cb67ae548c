head -20 tests/cli/healthy.csv | gzip | head -c 150 > "$TMP/cut.csv.gz"
diagnose --list-series "$TMP/cut.csv.gz" | sed "s|$TMP/||; s/[0-9][0-9.]*/N/g; s/ *N/ N/g"
