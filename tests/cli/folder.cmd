diagnose tests/cli
