#!/usr/bin/env bash
# Measures reading: speed against GDAL's OSM driver, waiting on a slow link, growth, many tiles. One run, side by side.
#
#   data/bench/read.sh            prints a table, also to build/bench/read.txt
#   data/bench/read.sh --check    ends with 1 when a bar is missed by more than what one run differs from another
#
# Takes the extract of Liechtenstein in ../shared/testdata when it is there, else the sample town. OSMFLOW_BUILD names
# the build folder. Needs ogr2ogr (gdal-bin), a quiet machine, 600 MB in the build folder, and two minutes.
set -euo pipefail
cd "$(dirname "$0")"
PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 read.py "$@"
