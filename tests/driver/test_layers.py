#!/usr/bin/env python3
"""Layers as OGR promises them: ids, counts, extents, filters, any order, many readers, local files, ogr2ogr.

usage: test_layers.py BUILD_DIR
"""
import gzip
import pathlib
import shutil
import subprocess
import threading
import time

from support import (MEM, Checks, Sandbox, by_id, features, folder, gdal, layer_names, layer_of, layers, ogr,
                     open_vector, options, rows, write_town)

FIVE = ["points", "lines", "multilinestrings", "multipolygons", "other_relations"]
RAW = ["nodes", "ways", "relations", "members"]
WORLD = "map?bbox=-180,-90,180,90"
TOWN = "map?bbox=9.49,47.12,9.55,47.17"
ALL_RAW = "LAYERS=" + ",".join(RAW)
TABLES = ["changesets", "notes?bbox=9.5,47.1,9.6,47.2&closed=-1", "changeset/90", "trackpoints?bbox=9.5,47.1,9.6,47.2",
          "gpx/2/data", "users?users=101,102,103", "capabilities", "permissions", "notes/feed", "changeset/3/download",
          "node/1001/history"]


def ids(checks, dataset, what):
    """Ids are unique and not negative, and each leads back to its feature."""
    for layer in layers(dataset):
        found = rows(layer)
        numbers = [fid for fid, *_ in found]
        name = f"{what} {layer.GetName()}"
        checks.that(len(set(numbers)) == len(numbers) and min(numbers, default=0) >= 0, f"{name}: ids")
        checks.equal(layer.GetFeatureCount(), len(found), f"{name}: count")
        wrong = []
        for fid, fields, place in found[::7] + found[-1:]:
            feature = layer.GetFeature(fid)
            geometry = feature and feature.GetGeometryRef()
            if not feature or (feature.items(), geometry and geometry.ExportToWkt()) != (fields, place):
                wrong.append(fid)
        checks.equal(wrong, [], f"{name}: GetFeature")
        checks.equal(layer.GetFeature(max(numbers, default=0) + 12345), None, f"{name}: an id that nobody has")
        checks.equal(layer.GetFeature(-1), None, f"{name}: the id -1")


def feature_ids(sandbox, town):
    def test(checks):
        ids(checks, sandbox.open(WORLD, ALL_RAW), "map")
        ids(checks, open_vector(f"OSMAPI:{town}", ALL_RAW), "file")
        for path in TABLES:
            ids(checks, sandbox.open(path), path)
    return test


def shape_of(text):
    return ogr.CreateGeometryFromWkt(text) if text else None


def boxes(layer):
    """Some boxes that part of the features are in."""
    place = [shape.GetEnvelope() for shape in (feature.GetGeometryRef() for feature in features(layer)) if shape]
    if not place:
        return []
    west, east, south, north = place[len(place) // 2]
    return [(west, south, east, north), (9.52, 47.14, 9.525, 47.1425), (-10, -10, 10, 50), (100, 0, 101, 1)]


def filters(sandbox):
    """Every filter against the same question asked of every feature."""
    def compare(checks, layer, name, whole, where, box):
        layer.SetAttributeFilter(where)
        if box:
            layer.SetSpatialFilterRect(*box)
        found = rows(layer)
        count = layer.GetFeatureCount()
        layer.SetAttributeFilter(None)
        layer.SetSpatialFilter(None)
        checks.equal((sorted(fid for fid, *_ in found), count), (whole, len(whole)), f"{name} [{where}] {box}")
        return len(found)

    def in_memory(layer):
        """The same features where OGR does all the filtering."""
        target = ogr.GetDriverByName(MEM).CreateDataSource("copy")
        copy = target.CreateLayer("copy", None, layer.GetGeomType())
        definition = layer.GetLayerDefn()
        for i in range(definition.GetFieldCount()):
            copy.CreateField(definition.GetFieldDefn(i))
        for feature in features(layer):
            clone = ogr.Feature(copy.GetLayerDefn())
            clone.SetFrom(feature)
            clone.SetFID(feature.GetFID())
            copy.CreateFeature(clone)
        return target, copy

    def test(checks):
        hits = 0
        # The feed's entries have no ids: each answer counts its own. Its filter is in test_calls.py.
        for path, settings in [(TOWN, [ALL_RAW])] + [(path, []) for path in TABLES if path != "notes/feed"]:
            dataset = sandbox.open(path, *settings)
            for layer in layers(dataset):
                target, copy = in_memory(layer)
                wheres = [None]
                whole = rows(layer)
                for _, fields, _ in whole[:1]:
                    for name, value in fields.items():
                        wheres.append(f'"{name}" IS NOT NULL')
                        if any(other[name] is None for _, other, _ in whole):
                            continue  # OGR cannot compare a time that is not there
                        if isinstance(value, (int, float)):
                            wheres += [f'"{name}" = {int(value)}' if value == int(value) else f'"{name}" >= {value}']
                        elif isinstance(value, str) and len(value) < 60:
                            wheres.append('"%s" = \'%s\'' % (name, value.replace("'", "''")))
                for where in wheres:
                    for box in [None] + (boxes(layer) if where in wheres[:2] else []):
                        copy.SetAttributeFilter(where)
                        if box:
                            copy.SetSpatialFilterRect(*box)
                        expected = sorted(feature.GetFID() for feature in features(copy))
                        copy.SetSpatialFilter(None)
                        hits += compare(checks, layer, f"{path} {layer.GetName()}", expected, where, box)
                del copy, target
        checks.that(hits > 10000, f"{hits} features were found in all")
    return test


def any_order(sandbox):
    def test(checks):
        whole = {layer.GetName(): rows(layer) for layer in layers(sandbox.open(WORLD, ALL_RAW))}
        asked = len(sandbox.requests("/map"))
        backwards = sandbox.open(WORLD, ALL_RAW)
        for name in reversed(FIVE + RAW):
            for _ in range(2):
                checks.that(rows(layer_of(backwards, name)) == whole[name], f"{name}: last layers first, twice")
        first, second = sandbox.open(WORLD, ALL_RAW), sandbox.open(WORLD, ALL_RAW)
        cursors = [layer_of(dataset, name) for dataset in (first, second) for name in FIVE + RAW]
        read = [[] for _ in cursors]
        busy = set(range(len(cursors)))
        while busy:
            for i in sorted(busy):
                feature = cursors[i].GetNextFeature()
                if feature is None:
                    busy.discard(i)
                else:
                    read[i].append(feature.GetFID())
                    if len(read[i]) % 50 == 0:
                        cursors[i].GetFeature(read[i][0])  # does not move the cursor
        for i, layer in enumerate(cursors):
            checks.equal(read[i], [fid for fid, *_ in whole[layer.GetName()]], f"{layer.GetName()}: interleaved")
        merged = {name: [] for name in FIVE + RAW}
        first.ResetReading()
        while True:
            feature, layer = first.GetNextFeature()
            if feature is None:
                break
            merged[layer.GetName()].append(feature.GetFID())
        checks.equal({name: [fid for fid, *_ in found] for name, found in whole.items()}, merged,
                     "the dataset's own GetNextFeature")
        points = layer_of(first, "points")
        points.SetNextByIndex(5)
        checks.equal(points.GetNextFeature().GetFID(), whole["points"][5][0], "SetNextByIndex")
        checks.equal(len(sandbox.requests("/map")), asked, "all from one download")
    return test


def counts_and_extents(sandbox, town):
    def test(checks):
        dataset = sandbox.open(TOWN)
        layer = layer_of(dataset, "points")
        checks.equal(layer.GetExtent(), (9.49, 9.55, 47.12, 47.17), "the extent of a map call is its bbox")
        local = open_vector(f"OSMAPI:{town}")
        for layer in layers(local):
            envelopes = [feature.GetGeometryRef().GetEnvelope() for feature in features(layer)]
            expected = (min(e[0] for e in envelopes), max(e[1] for e in envelopes),
                        min(e[2] for e in envelopes), max(e[3] for e in envelopes))
            checks.equal(layer.GetExtent(), expected, f"file {layer.GetName()}: extent")
        checks.that(not layer.TestCapability("RandomWrite") and not layer.TestCapability("SequentialWrite")
                    and layer.TestCapability("RandomRead"), "what a layer can do")
        checks.that(local.GetLayer(99) is None and local.GetLayerByName("streets") is None, "layers that are not there")
    return test


def ignored_fields(sandbox):
    def test(checks):
        for path, name in [(TOWN, name) for name in FIVE + RAW] + [("changesets", "changesets"),
                                                                    ("notes/search?closed=-1", "notes")]:
            settings = [ALL_RAW] if path == TOWN else []
            whole = rows(sandbox.layer(path, name, *settings))
            layer = sandbox.layer(path, name, *settings)
            names = list(whole[0][1])
            kept = names[1::2]
            hidden = [name for name in names if name not in kept]
            layer.SetIgnoredFields(hidden + (["OGR_GEOMETRY"] if whole[0][2] else []))
            found = rows(layer)
            if name not in RAW:
                checks.that(all(fields[key] is None for _, fields, _ in found for key in hidden), f"{name}: ignored")
            checks.that([[fields[key] for key in kept] for _, fields, _ in found] ==
                        [[fields[key] for key in kept] for _, fields, _ in whole], f"{name}: the others are as before")
            checks.that(not any(place for *_, place in found), f"{name}: no geometry")
            layer.SetIgnoredFields([])
            checks.that(rows(layer) == whole, f"{name}: all back")
    return test


JOSM = """<?xml version='1.0' encoding='UTF-8'?>
<osm version='0.6' generator='JOSM'>
  <bounds minlat='47.1' minlon='9.5' maxlat='47.2' maxlon='9.6' origin='test'/>
  <node id='-101' action='modify' visible='true' lat='47.14' lon='9.52'><tag k='amenity' v='bench'/></node>
  <node id='-102' action='modify' visible='true' lat='47.15' lon='9.52'/>
  <node id='-103' action='modify' visible='true' lat='47.15' lon='9.53'/>
  <node id='5' action='delete' timestamp='2020-01-01T00:00:00Z' uid='101' user='alice' visible='true' version='3'
    changeset='2' lat='47.16' lon='9.53'><tag k='amenity' v='bin'/></node>
  <way id='-201' action='modify' visible='true'><nd ref='-101'/><nd ref='-102'/><nd ref='-103'/><nd ref='-101'/>
    <tag k='building' v='yes'/></way>
  <way id='-202' visible='true'><nd ref='-102'/><nd ref='-103'/><tag k='highway' v='path'/></way>
  <relation id='-301' visible='true'><member type='way' ref='-201' role='outer'/>
    <tag k='type' v='multipolygon'/><tag k='landuse' v='grass'/></relation>
</osm>"""
OSC = """<osmChange version="0.6"><create><node id="-1" lat="1" lon="2"><tag k="name" v="new"/></node></create>
<modify><node id="7" version="3" lat="1.5" lon="2"/></modify><delete><way id="9" version="2"/></delete></osmChange>"""


def local_files(town, place):
    def test(checks):
        plain = {layer.GetName(): rows(layer) for layer in layers(open_vector(f"OSMAPI:{town}", ALL_RAW))}
        checks.that(all(plain.values()), "an .osm file has features in every layer")
        packed = place / "town.osm.gz"
        packed.write_bytes(gzip.compress(town.read_bytes()))
        read = {layer.GetName(): rows(layer) for layer in layers(open_vector(f"OSMAPI:{packed}", ALL_RAW))}
        checks.that(read == plain, ".osm.gz: the same")
        with Sandbox("--serve-file", town) as sandbox:
            served = {layer.GetName(): rows(layer) for layer in layers(sandbox.open(TOWN, ALL_RAW))}
        checks.that(served == plain, "the map call: the same")
        josm = place / "josm.osm"
        josm.write_text(JOSM)
        dataset = open_vector(f"OSMAPI:{josm}", ALL_RAW)
        ids(checks, dataset, "josm")
        benches = rows(layer_of(dataset, "points"))
        checks.equal([(fields["osm_id"], fields["osm_version"], place) for _, fields, place in benches],
                     [("-101", None, "POINT (9.52 47.14)")], "JOSM's new node is a point, its deleted one is none")
        areas = by_id(layer_of(dataset, "multipolygons"), "osm_id")
        checks.equal(sorted(areas, key=str), ["-301", None], "new areas: of a relation, and the building of its own")
        nodes = by_id(layer_of(dataset, "nodes"), "osm_id")
        checks.equal({key: (row["action"], row["visible"]) for key, row in nodes.items()},
                     {-101: ("modify", True), -102: ("modify", True), -103: ("modify", True), 5: ("delete", False)},
                     "JOSM's actions")
        changes = place / "edits.osc"
        changes.write_text(OSC)
        dataset = open_vector(f"OSMAPI:{changes}")
        checks.equal(layer_names(dataset), RAW, "an .osc file has the raw layers")
        checks.equal([(row["osm_id"], row["action"]) for _, row, _ in rows(layer_of(dataset, "nodes"))],
                     [(-1, "create"), (7, "modify")], ".osc: nodes")
        checks.equal([(row["osm_id"], row["action"], row["visible"]) for _, row, _ in rows(layer_of(dataset, "ways"))],
                     [(9, "delete", False)], ".osc: a deleted way")
        for name, content in {"half.osm": town.read_bytes()[:300000], "half.osm.gz": packed.read_bytes()[:-2000],
                              "empty.osm": b"", "page.osm": b"<!DOCTYPE html><html><body>No</body></html>",
                              "half.osc": OSC.encode()[:-20], "not.osm.gz": b"plain text"}.items():
            (place / name).write_bytes(content)
            dataset = open_vector(f"OSMAPI:{place / name}")
            for layer in layers(dataset):
                checks.raises(lambda: layer.GetNextFeature(), [name], f"{name} {layer.GetName()}")
        checks.raises(lambda: open_vector(f"OSMAPI:{place}/none.osm"), ["none.osm"], "a file that is not there")
        growing = place / "growing.osm"
        growing.write_text(JOSM)
        checks.equal(layer_of(open_vector(f"OSMAPI:{growing}")).GetFeatureCount(), 1, "a file")
        growing.write_text(JOSM.replace("<node id='-102' ", "<node id='-9' lat='1' lon='1'><tag k='name' v='x'/></node>"
                                        "<node id='-102' "))
        checks.equal(layer_of(open_vector(f"OSMAPI:{growing}")).GetFeatureCount(), 2, "the same file, written anew")
        shutil.copy(town, place / "in archive.osm")
        checks.that(layer_of(open_vector(f"OSMAPI:{place}/in archive.osm")).GetFeatureCount() > 100, "blanks in names")
    return test


def no_network(checks):
    """Opening asks nobody; reading from nobody is one error that names the host."""
    began = time.monotonic()
    dataset = open_vector("OSMAPI:" + TOWN, "OSMAPI_URL=http://127.0.0.1:9", "MAX_WAIT=0")
    definition = layer_of(dataset, "points").GetLayerDefn()
    checks.equal((layer_names(dataset), definition.GetFieldCount() > 10), (FIVE, True), "a dead server: opened")
    checks.equal(layer_of(dataset).GetFeatureCount(0), -1, "a count that may not be looked for is not known")
    checks.equal(layer_of(dataset).GetExtent(), (9.49, 9.55, 47.12, 47.17), "the extent is known")
    for layer in layers(dataset):
        checks.raises(lambda: layer.GetNextFeature(), ["127.0.0.1:9"], f"{layer.GetName()}: read")
        checks.raises(lambda: layer.GetFeature(5), ["127.0.0.1:9"], f"{layer.GetName()}: by id")
        checks.raises(lambda: layer.GetFeatureCount(), ["127.0.0.1:9"], f"{layer.GetName()}: count")
    checks.raises(lambda: dataset.GetNextFeature(), ["127.0.0.1:9"], "the dataset")
    checks.that(time.monotonic() - began < 5, "and all that does not take long")
    for name in "OSMAPI:" + TOWN, "OSMAPI:nonsense", "osmapi:x":
        driver = gdal.IdentifyDriverEx(name, gdal.OF_VECTOR)
        checks.equal(driver.ShortName if driver else None, "OSMAPI", f"{name} is ours")
    for name in "OSMAPIX:map", "osm.osm", "WFS:OSMAPI:", "OSMAPI":
        driver = gdal.IdentifyDriverEx(name, gdal.OF_VECTOR)
        checks.that(not driver or driver.ShortName != "OSMAPI", f"{name} is not")
    for name in "map?bbox=1,2,3,4", "notes/1":
        checks.raises(lambda: gdal.OpenEx("OSMAPI:" + name, gdal.OF_VECTOR | gdal.OF_UPDATE), ["edited", name], "update")
        checks.raises(lambda: ogr.Open("OSMAPI:" + name, 1), ["edited", name], "ogr.Open for update")
    checks.raises(lambda: gdal.OpenEx("OSMAPI:map?bbox=1,2,3,4", gdal.OF_RASTER), [], "no raster")


def threads(sandbox):
    """Eight threads that open and read the same at once: one download, the same for all."""
    def test(checks):
        path = "map?bbox=9.48,47.12,9.55,47.17"
        answers, start = [None] * 8, threading.Barrier(8)

        def work(number):
            start.wait()
            try:
                dataset = sandbox.open(path, ALL_RAW, *(["SCHEMA=GDAL"] if number % 2 else []))
                found = layers(dataset)
                found = found[number:] + found[:number]
                answers[number] = {layer.GetName(): [(fid, place) for fid, _, place in rows(layer)] for layer in found}
            except Exception as error:  # noqa: BLE001
                answers[number] = str(error)

        workers = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
        checks.that(not any(worker.is_alive() for worker in workers), "no thread hangs")
        checks.that(isinstance(answers[0], dict) and all(answer == answers[0] for answer in answers),
                    f"all read the same: {[a if isinstance(a, str) else len(a) for a in answers if a is not None]}")
        checks.equal(len(sandbox.requests("9.48,47.12,9.55,47.17")), 1, "one map call")
        sandbox.fault(path="*/map", status=500, count=-1)
        failures = []

        def fail(_):
            try:
                rows(sandbox.layer("map?bbox=9.48,47.12,9.55,47.18", "points", "MAX_WAIT=0"))
            except RuntimeError as error:
                failures.append(str(error))

        workers = [threading.Thread(target=fail, args=(number,)) for number in range(8)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
        sandbox.end_faults()
        checks.equal((len(failures), len(sandbox.requests("47.18"))), (8, 1), "eight failures of one request")
    return test


def command_line(sandbox, place):
    def run(*words):
        program = shutil.which(words[0])
        return subprocess.run([program, *map(str, words[1:])], text=True, capture_output=True, check=False, timeout=60)

    def test(checks):
        if not shutil.which("ogr2ogr"):
            checks.skip("ogr2ogr is not installed (package gdal-bin)")
            return
        source = f"OSMAPI:{sandbox.url}/api/0.6/{TOWN}"
        whole = {layer.GetName(): rows(layer) for layer in layers(sandbox.open(TOWN))}
        target = place / "town.gpkg"
        done = run("ogr2ogr", "-f", "GPKG", target, source)
        checks.equal((done.returncode, done.stderr), (0, ""), "ogr2ogr to GPKG")
        written = gdal.OpenEx(str(target), gdal.OF_VECTOR)
        checks.equal(sorted(layer_names(written)), sorted(FIVE), "GPKG: layers")
        for layer in layers(written):
            expected = [(list(fields.values()), place) for _, fields, place in whole[layer.GetName()]]
            found = [([fields[name] for name in whole[layer.GetName()][0][1]], place) for _, fields, place in rows(layer)]
            checks.that([place for _, place in found] == [place for _, place in expected],
                        f"GPKG {layer.GetName()}: geometries")
            checks.that([row[0] for row, _ in found] == [row[0] for row, _ in expected], f"GPKG {layer.GetName()}: ids")
        points = whole["points"]
        checks.that(len(points) > 100, "points")
        crossings = [fields for _, fields, _ in points if fields["highway"] == "crossing"]
        cases = {
            "GeoJSON": (["points"], len(points)), "FlatGeobuf": (["points", "-lco", "SPATIAL_INDEX=NO"], len(points)),
            "CSV": (["points", "-where", "highway = 'crossing'"], len(crossings)),
            "GML": (["points", "-spat", "9.52", "47.14", "9.525", "47.1425"],
                    sum(shape_of(where).Within(shape_of("POLYGON ((9.52 47.14,9.525 47.14,9.525 47.1425,9.52 47.1425,"
                                                        "9.52 47.14))")) for *_, where in points)),
            "SQLite": (["points", "-select", "name,highway"], len(points)),
            "ESRI Shapefile": (["-sql", "SELECT osm_id, name FROM points WHERE highway = 'crossing'"], len(crossings)),
            "MapInfo File": (["-dialect", "SQLITE", "-sql",
                              "SELECT osm_id, geometry FROM points WHERE highway = 'crossing'"], len(crossings))}
        endings = {"GeoJSON": "geojson", "FlatGeobuf": "fgb", "CSV": "csv", "GML": "gml", "SQLite": "sqlite",
                   "ESRI Shapefile": "shp", "MapInfo File": "tab"}
        for form, (words, count) in cases.items():
            target = place / f"out.{endings[form]}"
            done = run("ogr2ogr", "-f", form, target, source, *words)
            checks.equal(done.returncode, 0, f"ogr2ogr to {form} {words}: {done.stderr}")
            checks.equal(layer_of(gdal.OpenEx(str(target), gdal.OF_VECTOR)).GetFeatureCount(), count, f"{form} {words}")
        names = [field for field in rows(layer_of(gdal.OpenEx(str(place / "out.sqlite"), gdal.OF_VECTOR)))[0][1]]
        checks.equal(names, ["name", "highway"], "-select")
        shown = run("ogrinfo", "-so", "-al", source)
        checks.that(shown.returncode == 0 and "Feature Count" in shown.stdout and "other_tags" in shown.stdout, "ogrinfo")
        notes = run("ogr2ogr", "-f", "GeoJSON", place / "notes.geojson", f"OSMAPI:{sandbox.url}/api/0.6/notes/search",
                    "notes")
        checks.equal(notes.returncode, 0, f"notes to GeoJSON: {notes.stderr}")
        with options(GDAL_HTTP_MAX_RETRY="0"):
            sandbox.fault(path="*/map", cut=100000, count=-1)
            for form, ending in ("GPKG", "gpkg"), ("GeoJSON", "geojson"):
                broken = run("ogr2ogr", "-f", form, place / f"broken.{ending}", source, "points", "-oo", "MAX_WAIT=0")
                checks.that(broken.returncode == 1 and "ERROR" in broken.stderr, f"{form}: a cut answer: {broken}")
            broken = run("ogrinfo", "-so", "-al", source, "-oo", "MAX_WAIT=0")
            checks.that("ERROR" in broken.stderr, "ogrinfo says so")
            sandbox.end_faults()
        missing = run("ogr2ogr", "-f", "GPKG", place / "none.gpkg", "OSMAPI:mpa?bbox=1,2,3,4")
        checks.that(missing.returncode == 1 and 'did you mean "map"' in missing.stderr, f"wrong path: {missing.stderr}")
    return test


def main():
    checks = Checks("layers")
    with folder() as place, options(OSMAPI_TOKEN="alice-token"):
        town = write_town(place / "town.osm")
        with Sandbox("--load", town, "--limit-area", "70000") as sandbox:
            sandbox.call("POST", "/sandbox/seed")
            checks.run(no_network, feature_ids(sandbox, town), filters(sandbox), any_order(sandbox),
                       counts_and_extents(sandbox, town), ignored_fields(sandbox), local_files(town, pathlib.Path(place)),
                       threads(sandbox), command_line(sandbox, pathlib.Path(place)))
    checks.close()


main()
