diagnose --quiet
