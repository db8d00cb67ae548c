# Where no loss was recognized, standard error says what can be done: a column of text, names that say nothing.
diagnose --check nonfinite,overfitting tests/cli/unit.csv
diagnose --check nonfinite,overfitting --quiet tests/cli/unit.csv
diagnose --check nonfinite tests/cli/unit.csv
