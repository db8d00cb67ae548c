diagnose -h | head -1
diagnose --explain overfit; echo "$?"
