diagnose --check overfitting,initial-loss --skip initial-loss --skip overfitting tests/cli/healthy.csv
