"""Editing through GDAL as scripts and ogr2ogr do it: what is refused and why, transactions, SQL, upserts, new files, rows.

The sandbox is asked what it holds afterwards; a file of edits is parsed. Usage: test_edit.py BUILD_DIR
"""
import json
import re
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from support import BUILD, ROOT, Checks, Sandbox, gdal, ogr, osr

TOWN = None  # the sample town as a file, made once
BOX = "map?bbox=9.5,47.13,9.55,47.16"
UPLOAD = ("UPLOAD=YES", "COMMENT=Test of editing")


def open_for_update(name, *options):
    return gdal.OpenEx("OSMAPI:" + name, gdal.OF_VECTOR | gdal.OF_UPDATE, open_options=list(options))


def feature(layer, wkt, **values):
    made = ogr.Feature(layer.GetLayerDefn())
    for name, value in values.items():
        made[name] = value
    if wkt:
        made.SetGeometry(ogr.CreateGeometryFromWkt(wkt))
    return made


def changes(dataset):
    """The edits that are not saved: {(action, type): [ids]}."""
    layer = dataset.ExecuteSQL("SHOW CHANGES")
    text = layer.GetNextFeature()[0]
    dataset.ReleaseResultSet(layer)
    return parse(text)


def parse(text):
    found = {}
    for block in ElementTree.fromstring(text):
        for element in block:
            found.setdefault((block.tag, element.tag), []).append(int(element.get("id")))
    return found


def element(sandbox, kind, number):
    """The element on the server: version, tags, node list, members; None when it is deleted or not there."""
    try:
        root = ElementTree.fromstring(sandbox.call("GET", f"/api/0.6/{kind}/{number}"))
    except OSError:
        return None
    found = root[0]
    return {"version": int(found.get("version")), "tags": {t.get("k"): t.get("v") for t in found.findall("tag")},
            "nodes": [int(n.get("ref")) for n in found.findall("nd")], "lat": found.get("lat"), "lon": found.get("lon")}


def run(sandbox, *command):
    """A program of GDAL's with the sandbox as its server: exit code and what it wrote."""
    environment = dict(__import__("os").environ, OSMAPI_URL=sandbox.url if sandbox else "http://127.0.0.1:1",
                       OSMAPI_TOKEN="alice-token", GDAL_DRIVER_PATH=str(BUILD / "gdalplugins"))
    done = subprocess.run([str(word) for word in command], env=environment, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


def write_geojson(path, features):
    items = [{"type": "Feature", "properties": tags, "geometry": geometry} for tags, geometry in features]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": items}))


def test_says_where_edits_go(checks, folder, sandbox):
    there = folder / "there.osc"
    there.write_text("somebody's work")
    cases = [
        ((), ["OSC=file.osc", "UPLOAD=YES"]),
        (("COMMENT=x",), ["say where the edits go"]),
        (("UPLOAD=YES",), ["COMMENT"]),
        (("UPLOAD=YES", "COMMENT=x", f"OSC={folder}/a.osc"), ["exclude each other"]),
        (("UPLOAD=PERHAPS", "COMMENT=x"), ["YES or NO"]),
        ((f"OSC={there}",), ["is there already", "OVERWRITE=YES"]),
    ]
    sandbox.forget_requests()
    for options, words in cases:
        checks.raises(lambda: open_for_update(BOX, *options), words, f"open with {options}")
    checks.raises(lambda: open_for_update("capabilities", *UPLOAD), ["nothing in it can be edited"], "a table")
    checks.equal(there.read_text(), "somebody's work", "the file that was there")
    checks.equal(sandbox.requests(), [], "requests of all that")
    dataset = gdal.OpenEx("OSMAPI:" + BOX, gdal.OF_VECTOR, open_options=list(UPLOAD))
    layer = dataset.GetLayerByName("points")
    for capability in (ogr.OLCSequentialWrite, ogr.OLCRandomWrite, ogr.OLCDeleteFeature, ogr.OLCTransactions):
        checks.equal(layer.TestCapability(capability), False, f"{capability} when opened for reading")
    checks.raises(lambda: layer.CreateFeature(feature(layer, "POINT(9.52 47.14)", name="x")), ["reading only"], "insert")
    checks.raises(lambda: layer.DeleteFeature(1), ["reading only"], "delete")


def test_refuses_bad_edits(checks, folder, sandbox):
    dataset = open_for_update(BOX, *UPLOAD)
    points, lines, areas = (dataset.GetLayerByName(n) for n in ("points", "lines", "multipolygons"))
    long = "x" * 256
    cases = [
        (points, "POINT(9.52 47.14)", {"name": long}, ["points, new feature", "256 characters", "255"]),
        (points, "POINT(9.52 47.14)", {"other_tags": '"' + long + '"=>"v"'}, ["key", "256"]),
        (points, "POINT(9.52 47.14)", {"other_tags": "garbage"}, ["not what tags are written as"]),
        (points, "POINT(9.52 47.14)", {"name": "a\x01b"}, ["control character"]),
        (points, None, {"name": "x"}, ["no geometry"]),
        (points, "POINT EMPTY", {"name": "x"}, ["no geometry"]),
        (points, "POINT(nan 47.14)", {"name": "x"}, ["geometry"]),
        (points, "POINT(200 47.14)", {"name": "x"}, ["outside of the world"]),
        (points, "POINT(10.52 47.14)", {"name": "x"}, ["BOUNDS_CHECK"]),
        (points, "LINESTRING(9.52 47.14,9.53 47.14)", {"name": "x"}, ["LINESTRING", "points"]),
        (points, "POINT(9.52 47.14)", {"name": "x", "osm_id": "5"}, ["osm_id 5", "already"]),
        (lines, "LINESTRING(9.52 47.14,9.52 47.14)", {"highway": "path"}, ["two"]),
        (lines, "POINT(9.52 47.14)", {"highway": "path"}, ["POINT"]),
        (areas, "POLYGON((9.52 47.14,9.53 47.15,9.53 47.14,9.52 47.15,9.52 47.14))", {"building": "yes"}, ["not valid"]),
        (areas, "POLYGON((9.52 47.14,9.53 47.14,9.52 47.14))", {"building": "yes"}, ["not valid"]),
    ]
    for layer, wkt, values, words in cases:
        made = feature(layer, wkt, **values) if wkt != "POINT(nan 47.14)" else feature(layer, None, **values)
        if wkt == "POINT(nan 47.14)":
            point = ogr.Geometry(ogr.wkbPoint)
            point.AddPoint_2D(float("nan"), 47.14)
            made.SetGeometry(point)
        checks.raises(lambda: layer.CreateFeature(made), words, f"{layer.GetName()} {wkt} {str(values)[:60]}")
    first = points.GetNextFeature()
    for name, value in (("osm_id", "7"), ("osm_version", 7), ("osm_user", "me"), ("osm_changeset", 1)):
        edited = first.Clone()
        edited[name] = value
        checks.raises(lambda: points.SetFeature(edited), ["cannot be written", name], f"write {name}")
    gone = feature(points, "POINT(9.52 47.14)", name="x")
    gone.SetFID(999999999999)
    checks.raises(lambda: points.SetFeature(gone), ["no such feature"], "an id that is not here")
    checks.raises(lambda: points.DeleteFeature(999999999999), ["no such feature"], "delete an id that is not here")
    checks.equal(changes(dataset), {}, "what is left of refused edits")
    sandbox.forget_requests()
    dataset.FlushCache()
    checks.equal(sandbox.requests(), [], "requests when nothing was edited")


def test_tags_by_key(checks, folder, sandbox):
    dataset = open_for_update(BOX, *UPLOAD)
    points = dataset.GetLayerByName("points")
    made = feature(points, "POINT(9.5211001 47.1411001)", name="Brunnen",
                   other_tags='"amenity"=>"fountain","note"=>"hidden?","created_by"=>"me"')
    points.CreateFeature(made)
    fid = made.GetFID()
    checks.that(fid > 0, "a feature id at once")
    dataset.FlushCache()
    saved = points.GetFeature(fid)
    number = int(saved["osm_id"])
    checks.that(number > 0, "the real id in its column")
    checks.equal(saved.GetFID(), fid, "the feature id after saving")
    expected = {"name": "Brunnen", "amenity": "fountain", "note": "hidden?", "created_by": "me"}
    checks.equal(element(sandbox, "node", number)["tags"], expected, "tags as sent")
    saved["name"] = "Brunnen 2"
    points.SetFeature(saved)
    dataset.FlushCache()
    expected["name"] = "Brunnen 2"
    checks.equal(element(sandbox, "node", number)["tags"], expected, "keys that no column shows survive")
    again = points.GetFeature(fid)
    again["name"] = None
    again["other_tags"] = '"amenity"=>"drinking_water"'
    points.SetFeature(again)
    dataset.FlushCache()
    del expected["name"]
    expected["amenity"] = "drinking_water"
    checks.equal(element(sandbox, "node", number)["tags"], expected, "NULL takes a tag away, hidden keys stay")
    bare = ogr.Feature(points.GetLayerDefn())
    bare.SetFID(fid)
    bare["name"] = "Only this"
    points.SetFeature(bare)
    dataset.FlushCache()
    expected["name"] = "Only this"
    checks.equal(element(sandbox, "node", number)["tags"], expected, "what a script does not set stays")
    checks.equal(element(sandbox, "node", number)["version"], 4, "one version per save")


def test_transactions(checks, folder, sandbox):
    dataset = open_for_update(BOX, *UPLOAD)
    points = dataset.GetLayerByName("points")
    first = points.GetNextFeature()
    number, name = int(first["osm_id"]), first["name"]
    before = element(sandbox, "node", number)
    sandbox.forget_requests()
    dataset.StartTransaction()
    checks.raises(lambda: dataset.StartTransaction(), ["open already"], "a transaction in a transaction")
    first["name"] = "in a transaction"
    points.SetFeature(first)
    checks.equal(points.GetFeature(first.GetFID())["name"], "in a transaction", "own reads see the edit")
    other = gdal.OpenEx("OSMAPI:" + BOX, gdal.OF_VECTOR)
    checks.equal(other.GetLayerByName("points").GetFeature(first.GetFID())["name"], name, "others do not")
    dataset.FlushCache()
    points.SyncToDisk()
    checks.equal(sandbox.requests("upload"), [], "uploads in the middle of a transaction")
    dataset.RollbackTransaction()
    checks.equal(points.GetFeature(first.GetFID())["name"], name, "after the rollback")
    checks.equal(changes(dataset), {}, "edits after the rollback")
    points.StartTransaction()
    first["name"] = "for good"
    points.SetFeature(first)
    points.CommitTransaction()
    after = element(sandbox, "node", number)
    checks.equal((after["version"], after["tags"]["name"]), (before["version"] + 1, "for good"), "after the commit")
    checks.equal(other.GetLayerByName("points").GetFeature(first.GetFID())["name"], "for good", "others see it now")
    checks.raises(lambda: points.CommitTransaction(), ["no transaction"], "commit without start")
    checks.raises(lambda: points.RollbackTransaction(), ["no transaction"], "rollback without start")
    dataset.StartTransaction()
    first["name"] = "forgotten"
    points.SetFeature(first)
    points = None
    dataset = None
    checks.equal(element(sandbox, "node", number)["tags"]["name"], "for good", "a transaction that was never committed")
    checks.equal(len(sandbox.requests("/close")), 1, "the changeset is closed when the dataset is")


def test_verbs(checks, folder, sandbox):
    dataset = open_for_update(BOX, *UPLOAD)
    points = dataset.GetLayerByName("points")
    first = points.GetNextFeature()
    number = int(first["osm_id"])
    first["name"] = "by verb"
    points.SetFeature(first)
    checks.equal(changes(dataset), {("modify", "node"): [number]}, "SHOW CHANGES")
    checks.raises(lambda: dataset.ExecuteSQL("REFRESH"), ["not saved"], "REFRESH with edits that are not saved")
    dataset.ExecuteSQL("ROLLBACK")
    checks.equal(changes(dataset), {}, "after ROLLBACK")
    points.SetFeature(first)
    dataset.ExecuteSQL("UPLOAD")
    checks.equal(element(sandbox, "node", number)["tags"]["name"], "by verb", "after UPLOAD")
    layer = dataset.ExecuteSQL("SHOW CHANGESET")
    changeset = int(layer.GetNextFeature()[0])
    dataset.ReleaseResultSet(layer)
    checks.that(changeset > 0, "SHOW CHANGESET")
    dataset.ExecuteSQL("CLOSE CHANGESET")
    state = sandbox.call("GET", f"/api/0.6/changeset/{changeset}").decode()
    checks.that('open="false"' in state, "CLOSE CHANGESET")
    checks.that("Test of editing" in state and "osmflow" in state, "comment and created_by")
    sandbox.upload(f'<modify><node id="{number}" version="{element(sandbox, "node", number)["version"]}" changeset="C" '
                   f'lat="47.14" lon="9.52"><tag k="name" v="by bob"/></node></modify>', token="bob-token")
    dataset.ExecuteSQL("REFRESH")
    points.ResetReading()
    checks.equal(points.GetFeature(first.GetFID())["name"], "by bob", "after REFRESH")


def test_sql_update(checks, folder, sandbox):
    code, output = run(sandbox, "ogrinfo", "OSMAPI:" + BOX, "-dialect", "SQLite", "-sql",
                       "UPDATE points SET name = 'per SQL' WHERE osm_id = '1015'", "-oo", "UPLOAD=YES", "-oo", "COMMENT=sql")
    checks.equal(code, 0, f"exit code of the update ({output[-300:]})")
    checks.equal(element(sandbox, "node", 1015)["tags"].get("name"), "per SQL", "UPDATE through SQLite")


def test_append_and_upsert(checks, folder, sandbox):
    source = folder / "in.geojson"
    write_geojson(source, [({"highway": "footway", "name": "Neu 1"},
                            {"type": "LineString", "coordinates": [[9.5201, 47.1431], [9.5202, 47.1432], [9.5203, 47.1431]]}),
                           ({"highway": "footway", "name": "Neu 2"},
                            {"type": "LineString", "coordinates": [[9.5203, 47.1431], [9.5204, 47.1432]]})])
    arguments = ["-doo", "UPLOAD=YES", "-doo", "COMMENT=append"]
    sandbox.forget_requests()
    code, output = run(sandbox, "ogr2ogr", "-append", "OSMAPI:" + BOX, source, "-nln", "lines", *arguments)
    checks.equal(code, 0, f"ogr2ogr -append ({output[-300:]})")
    checks.equal(len(sandbox.requests("upload")), 1, "uploads of one append")
    dataset = gdal.OpenEx("OSMAPI:" + BOX, gdal.OF_VECTOR)
    dataset.ExecuteSQL("REFRESH")
    lines = dataset.GetLayerByName("lines")
    lines.SetAttributeFilter("name LIKE 'Neu %'")
    made = {f["name"]: int(f["osm_id"]) for f in lines}
    checks.equal(sorted(made), ["Neu 1", "Neu 2"], "the new ways")
    one, two = (element(sandbox, "way", made[name]) for name in ("Neu 1", "Neu 2"))
    checks.equal(one["nodes"][-1], two["nodes"][0], "coincident vertices are one node")
    checks.equal(len(set(one["nodes"] + two["nodes"])), 4, "nodes of both")
    code, output = run(sandbox, "ogr2ogr", "-append", "OSMAPI:" + BOX, source, "-nln", "lines", *arguments)
    checks.equal(code, 0, f"the same append again ({output[-300:]})")
    dataset.ExecuteSQL("REFRESH")
    lines.ResetReading()
    checks.equal(sum(1 for _ in lines), 2, "ways after the same import again")
    upsert = folder / "upsert.geojson"
    write_geojson(upsert, [({"osm_id": str(made["Neu 1"]), "surface": "gravel", "name": "Neu 1"}, None)])
    code, output = run(sandbox, "ogr2ogr", "-upsert", "OSMAPI:" + BOX, upsert, "-nln", "lines", *arguments)
    checks.equal(code, 0, f"ogr2ogr -upsert ({output[-300:]})")
    checks.equal(element(sandbox, "way", made["Neu 1"])["nodes"], one["nodes"], "an upsert without geometry keeps it")
    write_geojson(upsert, [({"osm_id": "987654321", "name": "nobody"}, None)])
    code, output = run(sandbox, "ogr2ogr", "-upsert", "OSMAPI:" + BOX, upsert, "-nln", "lines", *arguments)
    checks.that(code != 0 and "no element" in output, f"an upsert of an id that is not here ({output[-300:]})")
    write_geojson(source, [({"highway": "footway"}, {"type": "LineString", "coordinates": [[9.5211, 47.1431], [9.5212, 47.1432]]})])
    sandbox.fault(path="*/changeset/create", status=403, count=-1)
    code, output = run(sandbox, "ogr2ogr", "-append", "OSMAPI:" + BOX, source, "-nln", "lines", *arguments)
    checks.that(code != 0 and "403" in output, f"an append that cannot be sent ({output[-300:]})")
    sandbox.end_faults()
    kept = list((folder / "journal").glob("*.osc"))
    checks.that(len(kept) == 1 and str(kept[0]) in output, f"the file of its edits is named ({kept}, {output[-300:]})")
    for path in kept:
        path.unlink()
    code, output = run(sandbox, "ogr2ogr", "-append", "OSMAPI:" + BOX, source, "-nln", "lines")
    checks.that(code != 0 and "UPLOAD=YES" in output, f"append without saying where to ({output[-300:]})")


def test_new_file(checks, folder, sandbox):
    source = folder / "in.geojson"
    square = [[9.52, 47.14], [9.521, 47.14], [9.521, 47.141], [9.52, 47.141], [9.52, 47.14]]
    hole = [[9.5202, 47.1402], [9.5204, 47.1402], [9.5204, 47.1404], [9.5202, 47.1404], [9.5202, 47.1402]]
    write_geojson(source, [({"building": "yes", "addr:street": "Gasse"}, {"type": "Polygon", "coordinates": [square]}),
                           ({"building": "yes", "levels": 2}, {"type": "Polygon", "coordinates": [
                               [[x + 0.01, y] for x, y in square], [[x + 0.01, y] for x, y in hole]]}),
                           ({"landuse": "x", "ratio": 0.5}, {"type": "Polygon", "coordinates": [[[x + 0.02, y] for x, y in square]]})])
    made = folder / "new.osc"
    code, output = run(None, "ogr2ogr", "-f", "OSMAPI", made, source)
    checks.equal(code, 0, f"ogr2ogr -f OSMAPI ({output[-300:]})")
    root = ElementTree.fromstring(made.read_text())
    checks.equal([block.tag for block in root], ["create"], "blocks of a new file")
    relations = root.findall("create/relation")
    checks.equal([m.get("role") for m in relations[0].findall("member")], ["outer", "inner"], "a hole makes a relation")
    tags = [{t.get("k"): t.get("v") for t in e.findall("tag")} for e in root.findall("create/way") + relations]
    checks.that({"building": "yes", "addr:street": "Gasse"} in tags, f"tags of the first ({tags})")
    checks.that({"building": "yes", "levels": "2", "type": "multipolygon"} in tags, "tags of the relation")
    checks.that(any(t.get("ratio") == "0.5" for t in tags), "a number as text")
    if not shutil.which("osmium"):
        checks.skip("osmium is not here")
    else:
        osmium = subprocess.run(["osmium", "fileinfo", "-e", "-j", str(made)], capture_output=True, text=True)
        checks.equal(osmium.returncode, 0, f"osmium reads it ({osmium.stderr[-200:]})")
    other = folder / "other.osc"
    other.write_text("no XML at all")
    code, output = run(None, "ogr2ogr", "-f", "OSMAPI", other, source)
    checks.that(code != 0 and "is there already" in output, f"a file that is there ({output[-300:]})")
    checks.equal(other.read_text(), "no XML at all", "it is as it was")


def test_new_file_of_any_geometry(checks, folder, sandbox):
    """Curves become lines, heights are left out, other coordinate systems become WGS 84; through layers and ogr2ogr."""
    cases = [("LINESTRING Z (1059761 5963000 400,1059861 5963000 410)", 2), ("POINT M (1059761 5963000 7)", 1),
             ("CIRCULARSTRING (1059761 5963000,1059811 5963050,1059861 5963000)", None),
             ("CURVEPOLYGON Z (COMPOUNDCURVE Z (CIRCULARSTRING Z (1059761 5963100 1,1059811 5963150 1,1059861 5963100 1),"
              "(1059861 5963100 1,1059761 5963100 1)))", None)]
    mercator = osr.SpatialReference()
    mercator.ImportFromEPSG(3857)
    source = ogr.GetDriverByName("GPKG").CreateDataSource(str(folder / "any.gpkg"))
    direct = gdal.GetDriverByName("OSMAPI").Create(str(folder / "direct.osc"), 0, 0, 0, gdal.GDT_Unknown)
    for dataset in (source, direct):
        layer = dataset.CreateLayer("things", mercator, ogr.wkbUnknown)
        layer.CreateField(ogr.FieldDefn("name", ogr.OFTString))
        for wkt, _ in cases:
            layer.CreateFeature(feature(layer, wkt, name=wkt[:12]))
    layer = dataset = source = direct = None
    code, output = run(None, "ogr2ogr", "-f", "OSMAPI", folder / "translated.osc", folder / "any.gpkg")
    checks.equal(code, 0, f"ogr2ogr of curves and heights ({output[-300:]})")
    for name in ("direct.osc", "translated.osc"):
        root = ElementTree.fromstring((folder / name).read_text())
        nodes = {n.get("id"): n for n in root.findall("create/node")}
        checks.that(all(9.51 < float(n.get("lon")) < 9.53 and 47.1 < float(n.get("lat")) < 47.2 for n in nodes.values()),
                    f"{name}: every node is where it was")
        things = {t.get("v"): e for e in root.findall("create/*") for t in e.findall("tag") if t.get("k") == "name"}
        checks.equal(sorted(things), sorted(wkt[:12] for wkt, _ in cases), f"{name}: all are there")
        for wkt, count in cases:
            made = things.get(wkt[:12], root)
            refs = [r.get("ref") for r in made.findall("nd")] or [made.get("id")]
            checks.that(len(refs) == count if count else len(refs) > 10, f"{name}: {wkt[:30]} has {len(refs)} nodes")
            checks.that("CURVEPOLYGON" not in wkt or refs[0] == refs[-1], f"{name}: {wkt[:30]} is closed")
    strange = osr.SpatialReference()
    strange.ImportFromWkt('LOCAL_CS["a drawing",UNIT["metre",1]]')
    direct = gdal.GetDriverByName("OSMAPI").Create(str(folder / "strange.osc"), 0, 0, 0, gdal.GDT_Unknown)
    layer = direct.CreateLayer("things", strange, ogr.wkbPoint)
    for attempt in ("first", "second"):
        checks.raises(lambda: layer.CreateFeature(feature(layer, "POINT (9.5 47.1)")), ["coordinate system"],
                      f"the {attempt} point of a coordinate system without a place on earth")


def test_file_of_edits(checks, folder, sandbox):
    path = folder / "edits.osc"
    dataset = open_for_update(str(TOWN), f"OSC={path}")
    points, areas = dataset.GetLayerByName("points"), dataset.GetLayerByName("multipolygons")
    first = points.GetNextFeature()
    first["name"] = "A"
    points.SetFeature(first)
    dataset.FlushCache()
    one = parse(path.read_text())
    checks.equal(one, {("modify", "node"): [int(first["osm_id"])]}, "the first commit")
    made = feature(points, "POINT(9.5299 47.1499)", name="B")
    points.CreateFeature(made)
    dataset.FlushCache()
    two = parse(path.read_text())
    checks.equal(set(two), {("modify", "node"), ("create", "node")}, "the second holds the first, too")
    points.DeleteFeature(made.GetFID())
    first["name"] = None
    points.SetFeature(first)
    dataset.FlushCache()
    checks.equal(parse(path.read_text()), {}, "made and deleted, changed and changed back: nothing is left")
    area = areas.GetNextFeature()
    areas.DeleteFeature(area.GetFID())
    dataset.FlushCache()
    checks.that(any(action == "delete" for action, _ in parse(path.read_text())), "a deletion")
    checks.raises(lambda: dataset.ExecuteSQL("REFRESH"), [str(path)], "REFRESH under a file of edits")
    again = open_for_update(str(TOWN), f"OSC={path}")
    checks.that(again is not None, "the same connection again in the same process")
    checks.raises(lambda: open_for_update(str(TOWN), "UPLOAD=YES", "COMMENT=x"), ["is a file"], "upload from a file")


def test_raw_layers(checks, folder, sandbox):
    dataset = open_for_update(BOX, "LAYERS=nodes,ways,relations,members", *UPLOAD)
    nodes, ways = dataset.GetLayerByName("nodes"), dataset.GetLayerByName("ways")
    relations, members = dataset.GetLayerByName("relations"), dataset.GetLayerByName("members")
    a = feature(nodes, "POINT(9.5251 47.1461)", tags='{"natural":"tree"}')
    b = feature(nodes, "POINT(9.5252 47.1462)")
    nodes.CreateFeature(a)
    nodes.CreateFeature(b)
    ids = [int(nodes.GetFeature(f.GetFID())["osm_id"]) for f in (a, b)]
    checks.that(all(i < 0 for i in ids), "placeholders before saving")
    way = feature(ways, None, nodes=json.dumps(ids), tags='{"barrier":"fence"}')
    ways.CreateFeature(way)
    way_id = int(ways.GetFeature(way.GetFID())["osm_id"])
    relation = feature(relations, None, tags='{"type":"site"}',
                       members=json.dumps([{"type": "way", "ref": way_id, "role": "wall"}, {"type": "node", "ref": ids[0], "role": ""}]))
    relations.CreateFeature(relation)
    dataset.FlushCache()
    way_id = int(ways.GetFeature(way.GetFID())["osm_id"])
    relation_id = int(relations.GetFeature(relation.GetFID())["osm_id"])
    checks.that(way_id > 0 and relation_id > 0, "real ids after saving")
    on_server = element(sandbox, "way", way_id)
    checks.equal((on_server["tags"], len(on_server["nodes"])), ({"barrier": "fence"}, 2), "the way")
    rows = [f for f in members if f["relation_id"] == relation_id]
    checks.equal([(f["type"], f["role"]) for f in rows], [("way", "wall"), ("node", "")], "its members")
    rows[0]["role"] = "fence"
    members.SetFeature(rows[0])
    members.DeleteFeature(rows[1].GetFID())
    dataset.FlushCache()
    document = sandbox.call("GET", f"/api/0.6/relation/{relation_id}").decode()
    checks.equal(re.findall(r'<member type="(\w+)" ref="\d+" role="(\w*)"', document), [("way", "fence")], "edited members")
    used = nodes.GetFeature(a.GetFID())
    checks.raises(lambda: nodes.DeleteFeature(used.GetFID()), ["way"], "delete a node that is used")
    cases = [("nodes", "[1,2", ["nodes"]), ("nodes", '["a"]', ["ids"]), ("nodes", "[]", ["node"]),
             ("nodes", "[999999999]", ["999999999"]), ("tags", "[1]", ["tags"])]
    for column, value, words in cases:
        edited = ways.GetFeature(way.GetFID())
        edited[column] = value
        checks.raises(lambda: ways.SetFeature(edited), words, f"{column} = {value}")
    checks.equal(changes(dataset), {}, "what is left of refused edits")


def test_rows(checks, folder, sandbox):
    checks.raises(lambda: open_for_update("notes?bbox=9.5,47.1,9.6,47.2"), ["UPLOAD=YES"], "notes without a word")
    dataset = open_for_update("notes?bbox=9.5,47.1,9.6,47.2", "UPLOAD=YES")
    notes, comments = dataset.GetLayerByName("notes"), dataset.GetLayerByName("note_comments")
    checks.raises(lambda: notes.CreateFeature(feature(notes, "POINT(9.52 47.14)")), ["text"], "a note without text")
    checks.raises(lambda: notes.CreateFeature(feature(notes, None, text="x")), ["geometry"], "a note without place")
    note = feature(notes, "POINT(9.52 47.14)", text="Etwas fehlt")
    notes.CreateFeature(note)
    fid = note.GetFID()
    closed = notes.GetFeature(fid)
    checks.equal((closed["text"], closed["status"]), ("Etwas fehlt", "open"), "the new note")
    closed["status"] = "closed"
    notes.SetFeature(closed)
    checks.equal(notes.GetFeature(fid)["status"], "closed", "closed")
    opened = notes.GetFeature(fid)
    opened["status"], opened["text"] = "open", "doch nicht"
    notes.SetFeature(opened)
    comments.CreateFeature(feature(comments, None, note_id=fid, text="noch eins"))
    texts = [c["text"] for c in json.loads(notes.GetFeature(fid)["comments"])]
    checks.equal(texts, ["Etwas fehlt", "", "doch nicht", "noch eins"], "its comments")
    moved = notes.GetFeature(fid)
    moved.SetGeometry(ogr.CreateGeometryFromWkt("POINT(9.53 47.14)"))
    checks.raises(lambda: notes.SetFeature(moved), ["cannot be moved"], "move a note")
    wrong = notes.GetFeature(fid)
    wrong["status"] = "done"
    checks.raises(lambda: notes.SetFeature(wrong), ["open or closed"], "a status that is none")
    preferences = open_for_update("user/preferences", "UPLOAD=YES")
    layer = preferences.GetLayer(0)
    layer.CreateFeature(feature(layer, None, key="farbe", value="rot"))
    row = next(f for f in layer if f["key"] == "farbe")
    row["value"] = "blau"
    layer.SetFeature(row)
    layer.ResetReading()
    checks.equal({f["key"]: f["value"] for f in layer}.get("farbe"), "blau", "a preference that was set")
    layer.DeleteFeature(row.GetFID())
    layer.ResetReading()
    checks.that("farbe" not in {f["key"] for f in layer}, "a preference that was deleted")
    for key in "abcde":
        made = feature(layer, None, key=key, value=key)
        layer.CreateFeature(made)
        checks.equal(layer.GetFeature(made.GetFID())["key"], key, "the id that a new preference gets")
    layer.ResetReading()
    for fid in [f.GetFID() for f in layer if f["key"] in "ab"]:
        layer.DeleteFeature(fid)
    layer.ResetReading()
    checks.equal([f["key"] for f in layer], ["c", "d", "e"], "two deleted by the ids they had when they were read")
    layer.ResetReading()
    row = layer.GetNextFeature()
    for value in ("other", "c"):
        row["value"] = value
        layer.SetFeature(row)
    checks.equal(layer.GetFeature(row.GetFID())["value"], "c", "changed and changed back while reading goes on")
    body = (b'--x\r\nContent-Disposition: form-data; name="description"\r\n\r\nwalk\r\n--x\r\nContent-Disposition: form-data; '
            b'name="file"; filename="a.gpx"\r\n\r\n<gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>'
            b'<trkpt lat="47.1" lon="9.5"><time>2026-01-01T00:00:00Z</time></trkpt></trkseg></trk></gpx>\r\n--x--\r\n')
    import urllib.request
    request = urllib.request.Request(sandbox.url + "/api/0.6/gpx/create", data=body, method="POST",
                                     headers={"Authorization": "Bearer alice-token", "Content-Type": "multipart/form-data; boundary=x"})
    trace_id = int(urllib.request.urlopen(request).read())
    traces = open_for_update("user/gpx_files", "UPLOAD=YES")
    layer = traces.GetLayer(0)
    trace = layer.GetFeature(trace_id)
    trace["description"], trace["tags"] = "walk & talk", '["vaduz","2026"]'
    layer.SetFeature(trace)
    trace = layer.GetFeature(trace_id)
    checks.equal((trace["description"], json.loads(trace["tags"])), ("walk & talk", ["vaduz", "2026"]), "a trace that was changed")
    layer.DeleteFeature(trace_id)
    checks.equal(layer.GetFeature(trace_id), None, "a trace that was deleted")


def main():
    global TOWN
    checks = Checks("edit")
    gdal.SetConfigOption("OSMAPI_TOKEN", "alice-token")
    with tempfile.TemporaryDirectory() as folder_name:
        folder = Path(folder_name)
        TOWN = folder / "town.osm"
        TOWN.write_bytes(subprocess.run(["python3", str(ROOT / "data" / "make_town.py")], capture_output=True, check=True).stdout)
        gdal.SetConfigOption("OSMAPI_JOURNAL", str(folder / "journal"))
        __import__("os").environ["OSMAPI_JOURNAL"] = str(folder / "journal")
        tests = [test for name, test in sorted(globals().items()) if name.startswith("test_")]
        for test in tests:
            with Sandbox("--load", TOWN) as sandbox:
                gdal.SetConfigOption("OSMAPI_URL", sandbox.url)
                checks.run(lambda c, test=test: test(c, folder, sandbox))
        left = [p.name for p in (folder / "journal").glob("*")] if (folder / "journal").exists() else []
        checks.equal(left, [], "journals that are left")
    checks.close()


if __name__ == "__main__":
    main()
