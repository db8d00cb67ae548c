diagnose --list-checks --explain overfitting; echo $?
diagnose --list-checks tests/cli/healthy.csv; echo $?
diagnose --list-series --format json tests/cli/healthy.csv; echo $?
diagnose --quiet --verbose tests/cli/healthy.csv; echo $?
diagnose - tests/cli/healthy.csv -; echo $?
diagnose --list-series; echo $?
