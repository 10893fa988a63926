#!/usr/bin/env bash
# Measures reading Mapflow results: processor time against GDAL's GeoJSON driver on the same bytes, memory, and how much
# must have come before the first feature is there. One run, side by side.
#
#   data/bench/result.sh [--check] [--megabytes N]      1000 MB by default; prints a table, also to build/bench/result.txt
#
# --check ends with 1 when a bar is missed by more than what one run differs from another. OSMFLOW_BUILD names the build
# folder. Needs ogr2ogr (gdal-bin), a C compiler, a quiet machine, and three times the size in the build folder.
set -euo pipefail
cd "$(dirname "$0")"
PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 result.py "$@"
