#!/usr/bin/env bash
# Measures writing: ogr2ogr -append and `osmflow changeset apply` beside python3-osmapi, the same changes to the same
# server, in turns; then growth, of what osmapi cannot do: more changes than a changeset takes.
#
#   data/bench/write.sh            prints a table, also to build/bench/write.txt
#   data/bench/write.sh --check    ends with 1 when a bar is missed by more than what one run differs from another
#
# OSMFLOW_BUILD names the build folder. Needs ogr2ogr (gdal-bin), python3-osmapi, and half a minute.
set -euo pipefail
cd "$(dirname "$0")"
PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 write.py "$@"
