#!/usr/bin/env python3
"""What the plugin leaves behind when a program ends: ogrinfo and ogr2ogr, which leak nothing themselves, with and without
errors. Means something only in a build with AddressSanitizer, whose runtime is in LD_PRELOAD (see tests/run.sh).

usage: leaks.py BUILD_DIR
"""
import json
import os
import subprocess

from support import BUILD, Checks, Sandbox, folder, write_town

BOX = "9.51,47.13,9.53,47.15"
COMMANDS = [["ogrinfo", "-al", "-q", "OSMAPI:town.osm"],
            ["ogrinfo", "-al", "-q", "OSMAPI:town.osm", "-oo", "LAYERS=nodes,ways,relations,members"],
            ["ogrinfo", "-q", "OSMAPI:missing.osm"],
            ["ogrinfo", "-q", "OSMAPI:nonsense"],
            ["ogrinfo", "-q", "OSMAPI:map?bbox=1,2,3"],
            ["ogrinfo", "-al", "-q", f"OSMAPI:map?bbox={BOX}"],
            ["ogrinfo", "-q", f"OSMAPI:map?bbox={BOX}", "-sql", "SELECT osm_id FROM lines WHERE highway IS NOT NULL"],
            ["ogr2ogr", "-f", "GPKG", "town.gpkg", f"OSMAPI:map?bbox={BOX}", "-gt", "65536"],
            ["ogrinfo", "-al", "-q", "OSMAPI:node/1/history"],
            ["ogrinfo", "-al", "-q", "OSMAPI:node/999999"],
            ["ogrinfo", "-al", "-q", "OSMAPI:notes?bbox=" + BOX],
            ["ogrinfo", "-al", "-q", "OSMAPI:capabilities"],
            ["ogrinfo", "-al", "-q", "OSMAPI:user/details"]]
UPLOAD = ["UPLOAD=YES", "COMMENT=leaks"]
# Each with an end that is fine and one that is not.
EDITS = [["ogr2ogr", "-f", "OSMAPI", "new.osc", "houses.geojson"],
         ["ogr2ogr", "-f", "OSMAPI", "new.osc", "houses.geojson"],
         ["ogr2ogr", "-f", "OSMAPI", "bad.osc", "long.geojson"],
         ["ogr2ogr", "-append", f"OSMAPI:{BOX}", "houses.geojson", *(w for o in UPLOAD for w in ("-doo", o))],
         ["ogr2ogr", "-append", f"OSMAPI:{BOX}", "houses.geojson", *(w for o in UPLOAD for w in ("-doo", o))],
         ["ogr2ogr", "-append", f"OSMAPI:{BOX}", "long.geojson", *(w for o in UPLOAD for w in ("-doo", o))],
         ["ogr2ogr", "-append", f"OSMAPI:{BOX}", "houses.geojson"],
         ["ogrinfo", "-q", f"OSMAPI:{BOX}", "-dialect", "SQLite", "-sql", "UPDATE points SET name = 'x'",
          *(w for o in UPLOAD for w in ("-oo", o))],
         ["ogrinfo", "-q", f"OSMAPI:{BOX}", "-dialect", "SQLite", "-sql", "DELETE FROM lines",
          *(w for o in UPLOAD for w in ("-oo", o))],
         ["ogrinfo", "-q", f"OSMAPI:{BOX}", "-sql", "SHOW CHANGES", *(w for o in UPLOAD for w in ("-oo", o))],
         ["osmflow", "resume", "--list"]]
PROCESSING, MOSAIC = "3fa85f64-5717-4562-b3fc-2c963f66afa6", "6ee95ae6-f26e-41bd-8cb1-39bea545119f"
PROJECT = "546d148f-19a1-40d8-8f16-d1e6dabfd204"
CITY = "CITYLOADER:export/simple?bbox=9.52,47.14,9.523,47.142&include=terrain,buildings"
SERVICES = [["ogr2ogr", "-f", "GPKG", "result.gpkg", f"MAPFLOW:processings/{PROCESSING}/result"],
            ["ogr2ogr", "-f", "GPKG", "results.gpkg", f"MAPFLOW:projects/{PROJECT}/results"],
            ["ogr2ogr", "-f", "OSMAPI", "tags.osc", f"MAPFLOW:processings/{PROCESSING}/result", "-oo", "TAG_MAPPING=YES"],
            ["ogrinfo", "-al", "-q", "MAPFLOW:processings", "-oo", "AOI=YES"],
            ["ogrinfo", "-al", "-q", "MAPFLOW:user/status"],
            ["ogrinfo", "-al", "-q", f"MAPFLOW:rasters/mosaic/{MOSAIC}/image"],
            ["ogrinfo", "-al", "-q", f"MAPFLOW:processings/{MOSAIC}/result"],
            ["ogrinfo", "-al", "-q", "MAPFLOW:nonsense"],
            ["ogrinfo", "-q", "MAPFLOW:projects", "-dialect", "SQLite", "-sql", f"UPDATE projects SET name = 'x' WHERE id = '{PROJECT}'"],
            ["ogrinfo", "-al", "-q", CITY],
            ["ogr2ogr", "-f", "GPKG", "city.gpkg", CITY, "-oo", "CREATE=YES", "-oo", "GEOMETRY=FOOTPRINT"],
            ["ogrinfo", "-al", "-q", CITY.replace("bbox", "box")]]
FAULTS = [{"status": 503}, {"cut": 300}, {"drop": "before"}]


def square(west):
    east, south, north = west + 0.0005, 47.14, 47.1405
    return {"type": "Polygon", "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]]}


def write_geojson(path, features):
    items = [{"type": "Feature", "properties": tags, "geometry": geometry} for tags, geometry in features]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": items}))


def nothing_is_left(checks, path, url, command, what):
    environment = dict(os.environ, ASAN_OPTIONS="detect_leaks=1:exitcode=23", LSAN_OPTIONS="print_suppressions=0",
                       OSMAPI_URL=url, OSMAPI_MAX_WAIT="1", OSMAPI_TOKEN="alice-token",
                       MAPFLOW_URL=url + "/rest", MAPFLOW_TOKEN="anna@example.com:anna-token", MAPFLOW_MAX_WAIT="1",
                       CITYLOADER_URL=url + "/city/api", CITYLOADER_TOKEN="alice-token", CITYLOADER_POLL="0.01",
                       CITYLOADER_CACHE=str(path), OSMFLOW_CREDENTIALS=str(path / "credentials.json"),
                       OSMAPI_JOURNAL=str(path / "journals"), PATH=f"{BUILD / 'bin'}:{os.environ['PATH']}")
    ended = subprocess.run(command, cwd=path, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                           timeout=120)
    good = ended.returncode in (0, 1) and "Sanitizer" not in ended.stderr and "runtime error" not in ended.stderr
    if not good:
        print(ended.stderr[-4000:])
    checks.that(good, f"{' '.join(command)}{what}: ended with {ended.returncode}")


def ends_of_programs(checks):
    checks.that("asan" in os.environ.get("LD_PRELOAD", ""), "the sanitizer's runtime is not loaded")
    with folder() as path:
        write_town(path / "town.osm")
        with Sandbox("--load", path / "town.osm") as sandbox:
            for command in COMMANDS + SERVICES:
                nothing_is_left(checks, path, sandbox.url, command, "")
        write_geojson(path / "houses.geojson", [({"building": "yes", "ref": str(i)}, square(9.512 + i / 1000)) for i in range(9)])
        write_geojson(path / "long.geojson", [({"building": "yes"}, square(9.512)), ({"building": "x" * 300}, square(9.514))])
        for wishes in [None, {"method": "POST", "path": "*/upload", "drop": "after"},
                       {"method": "POST", "path": "*/upload", "status": 409, "body": "nonsense"},
                       {"method": "PUT", "path": "*/create", "status": 500, "count": -1}]:
            with Sandbox("--load", path / "town.osm") as sandbox:
                if wishes:
                    sandbox.fault(**wishes)
                for command in EDITS:
                    nothing_is_left(checks, path, sandbox.url, command, f", {wishes}")
        for wishes in FAULTS:
            with Sandbox("--load", path / "town.osm") as sandbox:
                sandbox.fault(path="/api/0.6/map*", count=-1, **wishes)
                nothing_is_left(checks, path, sandbox.url, ["ogrinfo", "-al", "-q", f"OSMAPI:map?bbox={BOX}"], f", {wishes}")
                sandbox.fault(path="/rest/*", count=-1, **wishes)
                nothing_is_left(checks, path, sandbox.url, ["ogrinfo", "-al", "-q", f"MAPFLOW:processings/{PROCESSING}/result"],
                                f", {wishes}")


checks = Checks("leaks")
checks.run(ends_of_programs)
checks.close()
