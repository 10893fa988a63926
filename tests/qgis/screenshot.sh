#!/usr/bin/env bash
# A picture of a real QGIS window with the five layers of one connection, on a display of its own: screenshot.sh OUT.png
# or, with Mapflow's layers over the sample town: screenshot.sh OUT.png mapflow-result|mapflow-footprints
#
# OSMFLOW_BUILD names the build folder (build/ when not set), OSMFLOW_FILE an .osm file to show instead of the sample
# town, with OSMFLOW_SHOW_BBOX and OSMFLOW_SHOW_EXTENT=west,south,east,north. Needs qgis, xvfb and imagemagick.
set -euo pipefail
[[ $# -eq 1 || ($# -eq 2 && $2 =~ ^mapflow-(result|footprints)$) ]] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
out=$(realpath "$1") mapflow=${2-}
file=${OSMFLOW_FILE:+$(realpath "$OSMFLOW_FILE")}
cd "$(dirname "$0")/../.."
build=$(realpath "${OSMFLOW_BUILD:-build}")
for program in qgis Xvfb import; do
  command -v "$program" >/dev/null || { echo "SKIPPED: $program is not installed"; exit 77; }
done

work=$(mktemp -d)
processes=()
clean() {
  [ ${#processes[@]} -eq 0 ] || kill "${processes[@]}" 2>/dev/null || true
  wait || true
  rm -rf "$work"
}
trap clean EXIT

# Runs a command until it succeeds, or the given seconds are over.
until_true() {
  local seconds=$1
  shift
  for _ in $(seq $((seconds * 5))); do
    ! "$@" || return 0
    sleep 0.2
  done
  echo "Nothing after $seconds seconds: $*" >&2
  [ ! -e "$work/qgis.log" ] || tail -n 20 "$work/qgis.log" >&2
  return 1
}

if [ -z "$file" ]; then
  file=$work/town.osm
  python3 data/make_town.py --scale 4 >"$file"
fi
"$build/bin/osmflow-sandbox" --load "$file" --log "$work/requests" >"$work/url" &
processes+=($!)
until_true 60 test -s "$work/url"
url=$(cat "$work/url") shown='' processing='' mosaic=''
if [ -n "$mapflow" ]; then
  shown=$(/usr/bin/python3 tests/qgis/show_data.py "$url" "$file")
  read -r processing mosaic <<<"$shown"
fi

Xvfb -displayfd 3 -screen 0 1280x800x24 -nolisten tcp 3>"$work/display" 2>"$work/xvfb.log" &
processes+=($!)
until_true 30 test -s "$work/display"

mkdir -m 700 "$work/home"
extent=9.5190,47.1397,9.5306,47.1467
[ "$mapflow" != mapflow-result ] || extent=9.5212,47.1404,9.5296,47.1454
extent=${OSMFLOW_SHOW_EXTENT:-$extent}
DISPLAY=:$(cat "$work/display")
export DISPLAY
env -u WAYLAND_DISPLAY QT_QPA_PLATFORM=xcb HOME="$work/home" XDG_RUNTIME_DIR="$work/home" LC_ALL=C.UTF-8 \
  GDAL_DRIVER_PATH="$build/gdalplugins" OSMAPI_URL="$url" MAPFLOW_URL="$url/rest" \
  MAPFLOW_TOKEN="$(printf %s anna@example.com:anna-token | base64)" OSMFLOW_SHOW_MAPFLOW="${mapflow#mapflow-}" \
  OSMFLOW_SHOW_PROCESSING="$processing" OSMFLOW_SHOW_MOSAIC="$mosaic" \
  OSMFLOW_SHOW="OSMAPI:map?bbox=${OSMFLOW_SHOW_BBOX:-9.49,47.12,9.55,47.16}" OSMFLOW_SHOW_EXTENT="$extent" \
  OSMFLOW_SHOW_READY="$work/ready" \
  qgis --nologo --noversioncheck --noplugins --profiles-path "$work/home" --code tests/qgis/show.py \
  >"$work/qgis.log" 2>&1 &
processes+=($!)
until_true 120 test -e "$work/ready"
import -window root -dither None -colors 255 PNG8:"$out"
calls=$(grep -c 'GET /api/0.6/map' "$work/requests" || true)
echo "$out: one window, $(stat -c %s "$out") bytes, map calls: $calls"
[ "$calls" -eq 1 ]
