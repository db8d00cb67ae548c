for map in 'val/loss=dev nll' 'val/loss=no such column'; do
  diagnose --map 'train/loss=train nll' --map "$map" --list-series tests/cli/names.csv; echo "$map: $?"
done
