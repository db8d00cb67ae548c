diagnose --explain dead-unit
