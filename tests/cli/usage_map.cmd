for map in val/loss =x val/loss=; do
  diagnose --map "$map" tests/cli/healthy.csv; echo "$map $?"
done
