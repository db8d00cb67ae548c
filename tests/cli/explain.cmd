# What, why, fix, source, and the parameters with default, unit, range and source, for every check there is.
diagnose --explain overfitting | sed -n '1p; /^what /p; /^needs /p; /^why /p; /^fix /p; /^source /p; /^parameters/p; /overfitting.loss/p' |
  cut -c 1-40
for id in $(diagnose --list-checks | sed -n 's/^\([a-z-][a-z-]*\) .*/\1/p'); do
  diagnose --explain "$id" > "$TMP/text" || echo "status $? for $id"
  for label in what needs why fix source; do
    grep -q "^$label  " "$TMP/text" || echo "$id: no $label"
  done
done
