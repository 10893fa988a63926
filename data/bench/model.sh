#!/usr/bin/env bash
# Measures city models: a binary STL of a million facets, read through the driver, against reading its bytes and letting
# OGR build the same feature. One run, side by side.
#
#   data/bench/model.sh            prints a table, also to build/bench/model.txt
#   data/bench/model.sh --check    ends with 1 when a bar is missed by more than what one run differs from another
#
# OSMFLOW_BUILD names the build folder. Needs python3-gdal, a quiet machine, 100 MB in the build folder, and a minute.
set -euo pipefail
cd "$(dirname "$0")"
PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 model.py "$@"
