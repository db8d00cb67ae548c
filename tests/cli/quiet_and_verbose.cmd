diagnose --quiet tests/cli/healthy.csv; echo "healthy: $?"
diagnose --quiet --check overfitting,nonfinite tests/cli/overfit.csv tests/cli/healthy.csv > "$TMP/report"; echo "sick: $?"
cut -c 1-19 "$TMP/report" | grep -v '^$'
diagnose --verbose --check nonfinite,update-ratio tests/cli/healthy.csv | cut -c 1-17
