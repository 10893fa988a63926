#!/usr/bin/env python3
"""What the plugin leaves behind when a program ends: ogrinfo and ogr2ogr, which leak nothing themselves, with and without
errors. Means something only in a build with AddressSanitizer, whose runtime is in LD_PRELOAD (see tests/run.sh).

usage: leaks.py BUILD_DIR
"""
import os
import subprocess

from support import Checks, Sandbox, folder, write_town

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
FAULTS = [{"status": 503}, {"cut": 300}, {"drop": "before"}]


def nothing_is_left(checks, path, url, command, what):
    environment = dict(os.environ, ASAN_OPTIONS="detect_leaks=1:exitcode=23", LSAN_OPTIONS="print_suppressions=0",
                       OSMAPI_URL=url, OSMAPI_MAX_WAIT="1")
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
            for command in COMMANDS:
                nothing_is_left(checks, path, sandbox.url, command, "")
        for wishes in FAULTS:
            with Sandbox("--load", path / "town.osm") as sandbox:
                sandbox.fault(path="/api/0.6/map*", count=-1, **wishes)
                nothing_is_left(checks, path, sandbox.url, ["ogrinfo", "-al", "-q", f"OSMAPI:map?bbox={BOX}"], f", {wishes}")


checks = Checks("leaks")
checks.run(ends_of_programs)
checks.close()
