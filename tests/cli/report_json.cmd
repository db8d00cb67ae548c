diagnose --format json --check overfitting,update-ratio,nonfinite tests/cli/overfit.csv > "$TMP/report"; status=$?
sed 's/"clino":"[^"]*"/"clino":"VERSION"/
     s/"\(message\|why\|fix\|source\|cause\)":"[^"]*"/"\1":"..."/g; s/"alternatives":\[[^]]*\]/"alternatives":[...]/
     s/"\(observed\|confidence\)":[0-9.][0-9.]*/"\1":1.5/g' "$TMP/report"
exit $status
