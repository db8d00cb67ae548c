escapes() { grep -c "$(printf '\033')" "$TMP/report"; }
diagnose --check overfitting tests/cli/overfit.csv > "$TMP/report"; escapes
diagnose --check overfitting --color always tests/cli/overfit.csv > "$TMP/report"; escapes
diagnose --check overfitting --color never tests/cli/overfit.csv > "$TMP/report"; escapes
NO_COLOR=1; export NO_COLOR
diagnose --check overfitting --color always tests/cli/overfit.csv > "$TMP/report"; escapes
diagnose --check overfitting --color=auto tests/cli/overfit.csv > "$TMP/report"; escapes
exit 0
