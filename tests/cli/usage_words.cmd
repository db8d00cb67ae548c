diagnose --fail-on info tests/cli/healthy.csv; echo $?
diagnose --color yes tests/cli/healthy.csv; echo $?
diagnose --output '' tests/cli/healthy.csv; echo $?
diagnose ''; echo $?
diagnose -- ''; echo $?
