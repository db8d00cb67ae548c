diagnose -q
