#!/bin/sh
# The drawing in docs/architecture.md is that of tools/house.txt and of the folders that are there.
set -u
exec sh "$(dirname "$0")/../../tools/architecture.sh" --check
