verdict() { sed -n 's/^{"check":"initial-loss","verdict":"\([a-z]*\)".*/\1/p'; }
diagnose --format json tests/cli/healthy.csv | verdict
diagnose --format json --loss softmax --classes 10 tests/cli/healthy.csv | verdict
diagnose --format json --loss softmax --classes 100000 tests/cli/healthy.csv | verdict
diagnose --format json --loss mse tests/cli/healthy.csv | verdict
