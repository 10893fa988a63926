#!/usr/bin/env bash
# Measures uploading a GeoTIFF of 2 GB: throughput against curl -F to the same local server, and memory against a tenth
# of the size. One run, side by side.
#
#   data/bench/upload.sh            prints a table, also to build/bench/upload.txt
#   data/bench/upload.sh --check    ends with 1 when a bar is missed by more than what one run differs from another
#
# OSMFLOW_BUILD names the build folder. Needs curl, Python's GDAL (python3-gdal), a quiet machine with 4 GB of memory
# (so that the disk does not matter), 2.4 GB in the folder of temporary files, and one minute.
set -euo pipefail
cd "$(dirname "$0")"
PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 upload.py "$@"
