#!/usr/bin/env python3
"""The bars of reading, measured: see read.sh."""
import datetime
import os
import pathlib
import re
import sqlite3
import sys
import tempfile

from measure import (BLOCK, BUILD, ELEMENT, FOLDER, ROOT, SHARED, Sandbox, Table, count_elements, gdal_version, made,
                     measure, middle, town)

RUNS = 5
SMALL_BOX = "9.5,47.0,9.7,47.2"  # served from a file the answer is the whole file, whatever the box
DOWNLOAD_SECONDS = 4
TOWN = 16  # districts: small enough for a run, large enough to be more than the start of a program
GROWTH = (1, 5, 20)
GROWTH_BAR = 1.25
TILES_BOX = (8.9, 46.5, 10.9, 48.5)
TILE_SIDE, TILES_A_SIDE = 0.1, 20
TILES_TOWN = 400
TILES_NODES = 50000


class ReadTable(Table):
    def usage(self, what, usage):
        self.say(f"  {what:<58}{usage.cpu:>8.2f} s CPU {usage.wall:>7.2f} s {usage.peak:>8.1f} MB")


def memory_driver():
    return "MEM" if gdal_version() >= (3, 11, 0) else "Memory"


def osmapi(box=SMALL_BOX):
    return f"OSMAPI:map?bbox={box}"


def to_memory(source):
    return ["ogr2ogr", "-q", "-f", memory_driver(), "out", source]


def feature_count(source, **settings):
    """Of all layers, counted in what ogr2ogr writes."""
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        measure(["ogr2ogr", "-q", "-f", "CSV", folder + "/csv", source, "-select", "osm_id"], **settings)
        return sum(count_lines(path) - 1 for path in pathlib.Path(folder, "csv").iterdir())


def count_lines(path):
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(BLOCK), b""))


def speed(table, path, name):
    megabytes = path.stat().st_size / 1e6
    table.say(f"\nSpeed: {name}, {megabytes:.1f} MB, ogr2ogr to memory, middle of {RUNS} alternating runs")
    ours, theirs = [], []
    with Sandbox("--serve-file", path) as server:
        features = feature_count(osmapi(), OSMAPI_URL=server.url), feature_count(path)
        for _ in range(RUNS):
            ours.append(measure(to_memory(osmapi()) + ["-oo", "SCHEMA=GDAL"], OSMAPI_URL=server.url))
            theirs.append(measure(to_memory(path)))
    ours, theirs = middle(ours), middle(theirs)
    table.usage("OSMAPI, download from this machine included", ours)
    table.usage("GDAL's OSM driver, the file itself", theirs)
    table.must(f"as many features: {features[0]:,}, and {features[1]:,} from GDAL's driver", features[0] >= features[1])
    table.bar("CPU, OSMAPI : OSM (aim 0.5)", ours.cpu / theirs.cpu, 0.7)
    table.bar("peak memory, OSMAPI : OSM", ours.peak / theirs.peak, 1)


def download_seconds(server):
    start = datetime.datetime.now()
    for _ in server.blocks(f"/api/0.6/map?bbox={SMALL_BOX}"):
        pass
    return (datetime.datetime.now() - start).total_seconds()


def waiting(table, path):
    rate = path.stat().st_size // DOWNLOAD_SECONDS
    table.say(f"\nWaiting: {path.stat().st_size / 1e6:.1f} MB over a link of {rate / 1e6:.1f} MB/s, middle of 3")
    with Sandbox("--serve-file", path, "--rate", rate) as server:
        downloads, layers = [], []
        for _ in range(3):
            downloads.append(download_seconds(server))
            layers.append(measure(["ogrinfo", "-ro", "-so", osmapi(), "points"], OSMAPI_URL=server.url))
    download, layer = sorted(downloads)[1], middle(layers)
    table.say(f"  {'the bytes alone, thrown away':<58}{download:>21.2f} s")
    table.usage("until the layer is ready and counted (ogrinfo)", layer)
    table.bar("layer : bytes", layer.wall / download, 1.1)


def growth(table):
    districts = ", ".join(str(TOWN * times) for times in GROWTH)
    table.say(f"\nGrowth: the sample town with {districts} districts, middle of 3")
    start = middle([measure(["ogr2ogr", "--formats"]) for _ in range(3)])
    each = []
    for times in GROWTH:
        path = town(TOWN * times)
        count = count_elements(path)
        with Sandbox("--serve-file", path) as server:
            usage = middle([measure(to_memory(osmapi()), OSMAPI_URL=server.url) for _ in range(3)])
        microseconds = (usage.cpu - start.cpu) / count * 1e6
        each.append(microseconds)
        table.usage(f"{count:>9,} elements, {microseconds:.2f} us and {usage.peak * 1000 / count:.2f} kB each", usage)
    # The smallest still pays for what comes once, so it would hide growth.
    table.bar(f"time per element, {GROWTH[-1]} times : {GROWTH[-2]} times", each[-1] / each[-2], GROWTH_BAR)


def raw_layers(server, box, target):
    target.unlink(missing_ok=True)
    layers = ["nodes", "ways", "relations"]
    usage = measure(["ogr2ogr", "-q", "-f", "GPKG", target, osmapi(box), "-oo", "LAYERS=" + ",".join(layers), "-select",
                     "osm_id", "-nlt", "NONE", *layers], OSMAPI_URL=server.url)
    with sqlite3.connect(target) as database:
        ids = {layer: [row[0] for row in database.execute(f"SELECT osm_id FROM {layer}")] for layer in layers}
    return usage, ids


def answered_ids(server, box):
    ids, rest = {"nodes": set(), "ways": set(), "relations": set()}, b""
    for block in server.blocks(f"/api/0.6/map?bbox={box}"):
        whole, _, rest = (rest + block).rpartition(b"\n")
        for kind, number in ELEMENT.findall(whole):
            ids[kind.decode() + "s"].add(int(number))
    return ids


def statistic(server, name):
    return int(re.search(rf'"{name}":(\d+)', b"".join(server.blocks("/sandbox/stats")).decode()).group(1))


def tiles(table):
    path, box = town(TILES_TOWN), ",".join(map(str, TILES_BOX))
    area = TILE_SIDE * TILE_SIDE * 1.0001
    table.say(f"\nTiles: {TILES_A_SIDE} x {TILES_A_SIDE} by area, {TILES_TOWN} districts, "
              f"at most {TILES_NODES:,} nodes in an answer")
    with Sandbox("--load", path, "--limit-nodes", TILES_NODES, "--limit-area", area) as server:
        tiled, got = raw_layers(server, box, FOLDER / "tiled.gpkg")
        requests, in_flight = statistic(server, "requests"), statistic(server, "most_in_flight")
    with Sandbox("--load", path, "--limit-nodes", 10**9, "--limit-area", 100) as server:
        whole, _ = raw_layers(server, box, FOLDER / "whole.gpkg")
        expected = answered_ids(server, box)
    count = sum(map(len, expected.values()))
    table.usage(f"{count:,} elements in {requests} requests", tiled)
    table.usage("the same in one request", whole)
    table.must("every element of the untiled answer is there, and no other",
               {layer: set(ids) for layer, ids in got.items()} == expected)
    table.must("every element is there once", sum(map(len, got.values())) == count)
    table.must(f"at least {TILES_A_SIDE * TILES_A_SIDE} requests, and more where there are too many nodes",
               requests > TILES_A_SIDE * TILES_A_SIDE)
    table.must(f"at most two requests in flight ({in_flight})", in_flight <= 2)
    table.say(f"  {'memory per element':<58}{tiled.peak * 1000 / count:>10.2f} kB")
    table.bar("peak memory, tiles : one request", tiled.peak / whole.peak, 1.2)


def main():
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        sys.exit("usage: read.sh [--check]")
    if not (BUILD / "gdalplugins" / "ogr_osmflow.so").exists():
        sys.exit(f"{BUILD} has no plugin yet: cmake -S . -B build && cmake --build build")
    table = ReadTable(58)
    version = ".".join(map(str, gdal_version()))
    table.say(f"GDAL {version}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, {datetime.date.today()}")
    extract = SHARED / "testdata" / "liechtenstein.osm.gz"
    if extract.exists():
        multiply = ROOT / "data" / "bench" / "multiply.py"
        speed(table, made(FOLDER / "liechtenstein-10.osm", multiply, extract, 10), "ten times Liechtenstein")
        waiting(table, made(FOLDER / "liechtenstein.osm", multiply, extract, 1))
    else:
        speed(table, town(TOWN * GROWTH[-1]), f"the sample town with {TOWN * GROWTH[-1]} districts")
        waiting(table, town(TOWN))
    growth(table)
    tiles(table)
    table.say("\nAll bars reached." if not table.missed else "\nMissed: " + "; ".join(table.missed))
    pathlib.Path(FOLDER / "read.txt").write_text("\n".join(table.lines) + "\n", encoding="utf-8")
    sys.exit(1 if check and table.missed else 0)


if __name__ == "__main__":
    main()
