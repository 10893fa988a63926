#!/usr/bin/env bash
# From a fresh Debian or Ubuntu machine to the first map: installs what is missing, builds into build/, starts a server
# of our own on a sample town, reads it through GDAL, and edits it; reads a result of Mapflow, sends an image there, and
# makes a file for review of what the result has and the map has not; has a city model made, and puts it on the map. Every
# command is printed before it runs. No server of OpenStreetMap, Mapflow or 3DCityLoader is asked for anything.
#
#   bash data/quickstart.sh      OSMFLOW_INSTALL=NO installs nothing
set -euo pipefail
export LC_ALL=C.UTF-8
cd "$(dirname "$0")/.."
source_folder=$PWD
build=$source_folder/build
results=$build/quickstart

say() {
  if [ -t 1 ]; then printf '\n\033[1m%s\033[0m\n' "$*"; else printf '\n%s\n' "$*"; fi
}

# Prints a command as one would type it, and runs it.
run() {
  printf '$ %s\n' "$1"
  eval "$1"
}

server=
stop_server() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  [ -z "$server" ] || wait "$server" 2>/dev/null || true
}
finish() {
  local status=$?
  stop_server
  [ "$status" -eq 0 ] || printf '\nThe quick start did not get to its end.\n' >&2
}
trap finish EXIT

build_everything() {
  local options=(-DCMAKE_BUILD_TYPE=RelWithDebInfo)
  if [ ! -e build/CMakeCache.txt ] && command -v ninja >/dev/null; then
    options+=(-G Ninja)
  fi
  run "cmake -S . -B build ${options[*]} >build/quickstart/build.log" &&
    run 'cmake --build build --parallel >>build/quickstart/build.log'
}

# One building that is mapped already where the sandbox has a result of Mapflow.
write_mapped() {
  local attributes='version="1" changeset="1" timestamp="2020-01-01T00:00:00Z" uid="1" user="carol"'
  cat <<END
<osm version="0.6">
 <node id="990001" lat="49.3200" lon="7.0771" $attributes/><node id="990002" lat="49.3200" lon="7.0773" $attributes/>
 <node id="990003" lat="49.3202" lon="7.0773" $attributes/><node id="990004" lat="49.3202" lon="7.0771" $attributes/>
 <way id="990001" $attributes><nd ref="990001"/><nd ref="990002"/><nd ref="990003"/><nd ref="990004"/><nd ref="990001"/>
  <tag k="building" v="yes"/></way>
</osm>
END
}

start_server() {
  "$build/bin/osmflow-sandbox" --load "$results/town.osm" --load "$results/mapped.osm" >"$results/url" &
  server=$!
  for _ in $(seq 100); do
    [ ! -s "$results/url" ] || return 0
    kill -0 "$server" || return 1
    sleep 0.1
  done
  return 1
}

# Some notes and a changeset with a discussion, as a real server has them.
seed_server() {
  /usr/bin/python3 -c 'import sys, urllib.request
urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sys.argv[1] + "/sandbox/seed", b"").read()' "$1"
}

say '1. What building needs, and the build'
mkdir -p "$results"
[ "${OSMFLOW_INSTALL-}" = NO ] || run 'bash tests/install.sh --build'
build_everything || { tail -n 30 build/quickstart/build.log >&2; exit 1; }
rm -f "$results"/*.gpkg
run 'python3 data/make_town.py >build/quickstart/town.osm'
write_mapped >"$results/mapped.osm"

say '2. A local server of the OSM API with the sample town; GDAL is told of the plugin and of the server'
start_server
export PATH=$build/bin:$PATH NO_PROXY=127.0.0.1
cd "$results"
run "export GDAL_DRIVER_PATH='$build/gdalplugins'"
run "export OSMAPI_URL=$(cat url)"
seed_server "$OSMAPI_URL"
run 'osmflow version'

say '3. The map call into a GeoPackage: five layers, areas put together, one request'
run 'ogr2ogr -f GPKG town.gpkg "OSMAPI:map?bbox=9.50,47.12,9.55,47.16"'
run "ogrinfo -so -al town.gpkg | grep -E '^(Layer name|Geometry|Feature Count):'"
layers=$(ogrinfo -so -al town.gpkg | grep -cE '^Feature Count: [1-9]')
[ "$layers" -eq 5 ] || { echo "There should be five layers with features, not $layers" >&2; exit 1; }

say '4. Tags as columns under their true names, filtered by one of them'
run "ogrinfo -ro -q -geom=NO 'OSMAPI:map?bbox=9.50,47.12,9.55,47.16' -oo COLUMNS=addr:street,addr:housenumber \\
    -sql 'SELECT osm_way_id, building, \"addr:street\", \"addr:housenumber\" FROM multipolygons
          WHERE \"addr:street\" IS NOT NULL LIMIT 2'"

say '5. Every other call is a dataset under its own path: history, notes, changesets'
run 'ogrinfo -q -geom=NO OSMAPI:way/5001/history ways'
run "ogrinfo -so -al 'OSMAPI:notes?bbox=9.50,47.12,9.55,47.16' | grep -E '^(Layer name|Geometry|Feature Count):'"
run "ogrinfo -q 'OSMAPI:notes?bbox=9.50,47.12,9.55,47.16' notes -where \"user = 'alice' AND status = 'open'\""
run "ogr2ogr -f GPKG changesets.gpkg 'OSMAPI:changesets?bbox=9.50,47.12,9.55,47.16'"
run "ogrinfo -so changesets.gpkg changesets | grep -E '^(Layer name|Geometry|Feature Count):'"

say '6. An edit, first into an osmChange file for review: nothing is sent'
box='OSMAPI:map?bbox=9.50,47.12,9.55,47.16'
rm -f edits.osc new.osc
run "ogrinfo -q '$box' -oo OSC=edits.osc -oo COLUMNS=surface -dialect SQLite \\
    -sql \"UPDATE lines SET surface = 'asphalt' WHERE osm_id = '5001'\""
run 'cat edits.osc'

say '7. Then to the server, as a changeset: the reviewed file, and new features straight from another format'
run 'export OSMAPI_TOKEN=alice-token OSMAPI_JOURNAL=journals'
run "osmflow changeset apply edits.osc --comment 'Surfaces, surveyed'"
run "printf 'lon,lat,amenity,name\n9.5215,47.1405,bench,\n9.5216,47.1406,drinking_water,Brunnen\n' >new.csv"
run "ogr2ogr -append '$box' new.csv -nln new -oo X_POSSIBLE_NAMES=lon -oo Y_POSSIBLE_NAMES=lat -oo KEEP_GEOM_COLUMNS=NO \\
    -a_srs EPSG:4326 -doo UPLOAD=YES -doo COMMENT='Benches and fountains'"
run "ogrinfo -ro -q -geom=NO 'OSMAPI:changesets?display_name=alice' \\
    -sql \"SELECT open, changes_count, comment FROM changesets WHERE comment IN ('Surfaces, surveyed', 'Benches and fountains')\""
run "osmflow resume --list"
run "ogrinfo -ro -q -geom=NO OSMAPI:way/5001 ways | tee way.txt | grep -E 'osm_version|tags'"
grep -q asphalt way.txt || { echo "Way 5001 should have a surface now" >&2; exit 1; }

say '8. A result of Mapflow is a layer: streamed, with typed columns and the names of its classes'
processing=3fa85f64-5717-4562-b3fc-2c963f66afa6
run "export MAPFLOW_URL=$(cat url)/rest MAPFLOW_TOKEN=anna@example.com:anna-token"
run "ogrinfo -ro -q -geom=NO MAPFLOW:processings -sql 'SELECT name, status, cost FROM processings LIMIT 3'"
run "ogr2ogr -f GPKG result.gpkg MAPFLOW:processings/$processing/result"
run "ogrinfo -q -geom=NO result.gpkg -sql 'SELECT id, class_id, class_name, building_height FROM result' | tee result.txt"
[ "$(grep -c OGRFeature result.txt)" -eq 3 ] || { echo "The result should have three features" >&2; exit 1; }

say '9. A GeoTIFF goes into a mosaic: checked first, sent once, however often one asks'
rm -f ortho.tif
run "gdal_create -q -of GTiff -outsize 400 300 -bands 3 -burn '90 120 60' -a_srs EPSG:32632 \\
    -a_ullr 500000 5221000 500200 5220850 ortho.tif"
run 'osmflow upload --name Survey --tag 2026 --wait ortho.tif'
run 'osmflow upload --name Survey ortho.tif | tee upload.txt'
grep -q 'there already' upload.txt || { echo "The image should be there already" >&2; exit 1; }
run "ogrinfo -ro -q -geom=NO MAPFLOW:rasters/mosaic mosaics -where \"name = 'Survey'\""

say '10. From the result to the map: what the map has not, with tags, as a file for review; nothing is sent'
rm -f review.osc
run "osmflow conflate MAPFLOW:processings/$processing/result 'OSMAPI:map?bbox=7.07,49.31,7.08,49.33' -o review.osc | tee review.txt"
grep -q '1 overlap' review.txt || { echo "One building is mapped already" >&2; exit 1; }
run "grep '<tag' review.osc"

say '11. A city model of 3DCityLoader: made once, found again, placed on the earth; terrain and buildings in 3D'
export CITYLOADER_CACHE=$results/exports OSMFLOW_CREDENTIALS=$results/credentials.json CITYLOADER_POLL=0.1
rm -rf exports exports.json*
area=9.52,47.14,9.53,47.1468
run "export CITYLOADER_URL=$(cat url)/city/api CITYLOADER_TOKEN=alice-token"
run "osmflow export --bbox $area --dry-run || echo 'Nothing was made: that costs money, and nobody said --yes'"
run "osmflow export --bbox $area --yes -o city.gpkg 2>export.txt"
grep 'Where it lies' export.txt
run "ogrinfo -so -al city.gpkg | grep -E '^(Layer name|Geometry|Feature Count):'"
run "osmflow export --bbox $area -o outlines.gpkg -O GEOMETRY=FOOTPRINT 2>export.txt | tee known.txt"
grep -q '^Known export' known.txt || { echo "The second export should be the first one" >&2; exit 1; }
run "ogrinfo -q -geom=NO outlines.gpkg -sql 'SELECT COUNT(*) AS houses, MAX(height) AS highest, SUM(footprint_area) AS area FROM buildings' | tee houses.txt"
run "ogr2ogr -f GPKG degrees.gpkg outlines.gpkg buildings -t_srs EPSG:4326"
run "ogrinfo -so degrees.gpkg buildings | grep '^Extent'"
grep -q 'houses (Integer) = 300' houses.txt || { echo "There should be 300 houses" >&2; exit 1; }

say '12. OSM data from a file, without any server'
stop_server
server=
run 'unset OSMAPI_URL OSMAPI_TOKEN MAPFLOW_URL MAPFLOW_TOKEN CITYLOADER_URL CITYLOADER_TOKEN'
run 'ogr2ogr -f GPKG offline.gpkg OSMAPI:town.osm'
run "ogrinfo -so -al offline.gpkg | grep -E '^(Layer name|Feature Count):'"

cat <<END

All of it worked. The results are in $results.

From OpenStreetMap itself, in a shell:
  export GDAL_DRIVER_PATH='$build/gdalplugins'
  ogr2ogr -f GPKG vaduz.gpkg "OSMAPI:map?bbox=9.52,47.13,9.53,47.14"
From Mapflow, with a token of https://app.mapflow.ai/account/api:
  osmflow login mapflow
  ogr2ogr -f GPKG result.gpkg "MAPFLOW:processings/ID/result"
From 3DCityLoader, with a token of https://v2.3dcityloader.com/user/api-tokens; it costs money, so it asks first:
  osmflow login cityloader
  osmflow export --bbox 6.7610,51.2199,6.7713,51.2264 -o city.gpkg
In QGIS, started from that shell: Layer > Add Layer > Add Vector Layer, and as Vector Dataset:
  OSMAPI:map?bbox=9.52,47.13,9.53,47.14
END
