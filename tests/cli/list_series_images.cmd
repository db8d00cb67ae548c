diagnose --list-series tests/cli/images.tfevents
