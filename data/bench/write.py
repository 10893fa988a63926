#!/usr/bin/env python3
"""The bars of writing, measured: see write.sh."""
import datetime
import json
import os
import pathlib
import re
import shutil
import sys

from measure import BUILD, FOLDER, Sandbox, Table, Usage, gdal_version, measure

RUNS = 3
BOX = "9.5,47.1,9.6,47.2"
MEMORY = 100  # MB
TOKEN = "alice-token"
JOURNALS = FOLDER / "journals"
OGR2OGR, APPLY = "ogr2ogr -append (GeoJSON)", "osmflow changeset apply (.osc)"
THEIRS = "python3-osmapi (GeoJSON)"
OSMAPI = pathlib.Path(__file__).resolve().parent / "write_osmapi.py"


class WriteTable(Table):
    def usage(self, what, usage, requests):
        self.say(f"  {what:<32}{usage.wall:>7.2f} s {usage.cpu:>7.2f} s CPU {usage.peak:>7.1f} MB {requests:>4} requests")


def town(rows, trees):
    """Streets that cross each other, rows * rows nodes in 2 * rows ways, and trees."""
    def place(column, row):
        return [round(9.51 + column * 0.0003, 7), round(47.11 + row * 0.0003, 7)]

    def feature(kind, coordinates, **tags):
        return {"type": "Feature", "properties": tags, "geometry": {"type": kind, "coordinates": coordinates}}
    for i in range(rows):
        yield feature("LineString", [place(k, i) for k in range(rows)], highway="residential", name=f"Zeile {i}")
        yield feature("LineString", [place(i, k) for k in range(rows)], highway="service", name=f"Spalte {i}")
    for i in range(trees):
        yield feature("Point", [round(9.55 + i % 200 * 0.0002, 7), round(47.11 + i // 200 * 0.0002, 7)], natural="tree",
                      ref=str(i))


def written(rows, trees):
    """The town as GeoJSON, and the same changes as osmChange."""
    source = FOLDER / f"town-{rows}-{trees}.json"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text(json.dumps({"type": "FeatureCollection", "features": list(town(rows, trees))}), encoding="utf-8")
    changes = source.with_suffix(".osc")
    changes.unlink(missing_ok=True)
    measure(["ogr2ogr", "-q", "-f", "OSMAPI", changes, source, "-nln", "import"])
    return source, changes


def ogr2ogr(server, source, _):
    return measure(["ogr2ogr", "-append", f"OSMAPI:map?bbox={BOX}", source, "-nln", "import", "-doo", "UPLOAD=YES", "-doo",
                    "COMMENT=Benchmark"], OSMAPI_URL=server.url, OSMAPI_TOKEN=TOKEN, OSMAPI_JOURNAL=str(JOURNALS))


def apply(server, _, changes):
    return measure([BUILD / "bin" / "osmflow", "changeset", "apply", changes, "--comment", "Benchmark", "--again"],
                   OSMAPI_URL=server.url, OSMAPI_TOKEN=TOKEN, OSMAPI_JOURNAL=str(JOURNALS))


def osmapi(server, source, _):
    return measure([sys.executable, OSMAPI, server.url, TOKEN, source])


def has_osmapi():
    try:
        import osmapi as found  # noqa: F401
        return True
    except ImportError:
        return False


def answer(server, path):
    return b"".join(server.blocks(path)).decode()


def best(usages):
    return Usage(*(min(values) for values in zip(*usages)))


def run(server, way, files, count):
    """One run on a server that is as it was; what was not asked for before is counted."""
    server.put("/sandbox/reset")
    shutil.rmtree(JOURNALS, ignore_errors=True)
    usage = way(server, *files)
    requests = int(re.search(r'"requests":(\d+)', answer(server, "/sandbox/stats")).group(1))
    made = sum(int(re.search(r'changes_count="(\d+)"', answer(server, f"/api/0.6/changeset/{number}")).group(1))
               for number in range(1, -(-count // 10000) + 1))
    if made != count:
        raise RuntimeError(f"{way.__name__}: {made} changes arrived, not {count}")
    return usage, requests


def side_by_side(table, rows, trees, what):
    count = rows * rows + 2 * rows + trees
    files = written(rows, trees)
    table.say(f"\n{what}: {count:,} changes, best of {RUNS} alternating runs")
    ways = {OGR2OGR: ogr2ogr, APPLY: apply}
    if has_osmapi():
        ways[THEIRS] = osmapi
    else:
        table.say("  python3-osmapi is not there: apt-get install python3-osmapi")
    with Sandbox() as server:
        taken = {name: [] for name in ways}
        requests = {}
        for _ in range(RUNS):
            for name, way in ways.items():
                usage, requests[name] = run(server, way, files, count)
                taken[name].append(usage)
    usages = {name: best(values) for name, values in taken.items()}
    for name, usage in usages.items():
        table.usage(name, usage, requests[name])
    verify(table, usages, requests)


def verify(table, usages, requests):
    table.must("ogr2ogr: 3 requests, capabilities, permissions, and the map", requests[OGR2OGR] == 6)
    table.must("apply: 3 requests, capabilities and permissions", requests[APPLY] == 5)
    for name in (OGR2OGR, APPLY):
        table.bar(f"peak memory, {name.split(' (')[0]}", usages[name].peak, MEMORY, "MB")
    if THEIRS in usages:
        table.bar("CPU, ogr2ogr : osmapi", usages[OGR2OGR].cpu / usages[THEIRS].cpu, 1)
        table.bar("time, ogr2ogr : osmapi", usages[OGR2OGR].wall / usages[THEIRS].wall, 1)


def growth(table):
    table.say(f"\nGrowth: ogr2ogr -append, best of {RUNS}")
    each = []
    start = best([measure(["ogr2ogr", "--formats"]) for _ in range(RUNS)])
    table.usage("ogr2ogr --formats", start, 0)
    with Sandbox() as server:
        for rows, trees in ((60, 1280), (70, 4960), (110, 12680)):
            count = rows * rows + 2 * rows + trees
            files = written(rows, trees)
            runs = [run(server, ogr2ogr, files, count) for _ in range(RUNS)]
            usage = best([taken for taken, _ in runs])
            each.append((usage.cpu - start.cpu) / count * 1e6)
            table.usage(f"{count:>6,} changes, {each[-1]:.0f} us each", usage, runs[-1][1])
    table.must("25,000 changes: three changesets of three requests", runs[-1][1] == 3 * 3 + 3)
    table.bar("peak memory, 25,000 changes", usage.peak, MEMORY, "MB")
    table.bar("time per change, 25,000 : 10,000", each[-1] / each[-2], 1.25)


def main():
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        sys.exit("usage: write.sh [--check]")
    if not (BUILD / "gdalplugins" / "ogr_osmflow.so").exists():
        sys.exit(f"{BUILD} has no plugin yet: cmake -S . -B build && cmake --build build")
    table = WriteTable(48)
    version = ".".join(map(str, gdal_version()))
    table.say(f"GDAL {version}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, {datetime.date.today()}")
    side_by_side(table, 0, 10000, "Trees")
    side_by_side(table, 70, 4960, "Streets with shared nodes, and trees")
    growth(table)
    table.say("\nAll bars reached." if not table.missed else "\nMissed: " + "; ".join(table.missed))
    (FOLDER / "write.txt").write_text("\n".join(table.lines) + "\n", encoding="utf-8")
    sys.exit(1 if check and table.missed else 0)


if __name__ == "__main__":
    main()
