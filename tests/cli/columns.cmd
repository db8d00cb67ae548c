widest() { awk 'length($0) > n { n = length($0) } END { print n }'; }
for columns in 1 45 100000 12x ''; do COLUMNS=$columns diagnose --check overfitting tests/cli/overfit.csv | widest; done
