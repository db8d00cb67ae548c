diagnose -h
