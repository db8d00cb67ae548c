diagnose --list-roles
