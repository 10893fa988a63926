"""Edits as nobody plans them but somebody makes them: several open datasets at once, rollbacks in the middle, features of
other layers, files that are not to be lost.

Usage: test_edit_odd.py BUILD_DIR
"""
import contextlib
import json
import os
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import test_edit
from support import Checks, Sandbox, gdal, ogr, write_town
from test_edit import BOX, UPLOAD, changes, element, feature, open_for_update, parse, run, write_geojson

SIGNALS = 1015  # a node of the town: highway=traffic_signals, traffic_signals=signal


def tags_of(document, kind):
    """{id: tags} of the elements of a kind in an osmChange document."""
    return {int(e.get("id")): {t.get("k"): t.get("v") for t in e.findall("tag")}
            for block in ElementTree.fromstring(document) for e in block.findall(kind)}


def rename(layer, fid, name):
    edited = layer.GetFeature(fid)
    edited["name"] = name
    layer.SetFeature(edited)


def test_two_datasets_on_the_server(checks, folder, sandbox):
    one, two = open_for_update(BOX, *UPLOAD), open_for_update(BOX, *UPLOAD)
    first, second = one.GetLayerByName("points"), two.GetLayerByName("points")
    a, b = feature(first, "POINT(9.5211 47.1411)", name="A"), feature(second, "POINT(9.5222 47.1422)", name="B")
    first.CreateFeature(a)
    second.CreateFeature(b)
    checks.that(a.GetFID() != b.GetFID(), "new features of two datasets have different ids")
    two.FlushCache()
    one.FlushCache()
    checks.equal((first.GetFeature(a.GetFID())["name"], second.GetFeature(b.GetFID())["name"]), ("A", "B"), "after both saves")
    rename(second, b.GetFID(), "B2")
    two.FlushCache()
    numbers = [int(first.GetFeature(f.GetFID())["osm_id"]) for f in (a, b)]
    checks.equal([element(sandbox, "node", n)["tags"]["name"] for n in numbers], ["A", "B2"], "each edit changes its own node")


def test_two_datasets_on_one_file(checks, folder, sandbox):
    path = folder / "two.osc"
    one, two = open_for_update(BOX, f"OSC={path}"), open_for_update(BOX, f"OSC={path}")
    first, second = one.GetLayerByName("points"), two.GetLayerByName("points")
    made = feature(first, "POINT(9.5211 47.1411)", name="A")
    first.CreateFeature(made)
    second.CreateFeature(feature(second, "POINT(9.5222 47.1422)", name="B"))
    rename(first, SIGNALS, "by one")
    edited = second.GetFeature(SIGNALS)
    edited["other_tags"] = '"traffic_signals"=>"blinker"'
    second.SetFeature(edited)
    two.FlushCache()
    one.FlushCache()
    nodes = tags_of(path.read_text(), "node")
    joined = nodes.pop(SIGNALS)
    checks.equal(joined, {"highway": "traffic_signals", "name": "by one", "traffic_signals": "blinker"}, "edits of both in one node")
    checks.equal(sorted(t["name"] for t in nodes.values()), ["A", "B"], "new nodes of both")
    rename(first, SIGNALS, "one again")
    rename(second, SIGNALS, "two again")
    two.FlushCache()
    checks.raises(one.FlushCache, [f"node {SIGNALS}", "one again", "two again"], "edits that collide")
    checks.equal(tags_of(path.read_text(), "node")[SIGNALS]["name"], "two again", "the file after a collision")
    rename(first, SIGNALS, "settled")
    one.FlushCache()
    checks.equal(tags_of(path.read_text(), "node")[SIGNALS]["name"], "settled", "saving goes on after a collision")
    rename(first, made.GetFID(), "changed")
    second.DeleteFeature(made.GetFID())
    two.FlushCache()
    checks.raises(one.FlushCache, ["new node", "deleted"], "changed here, deleted there")


def test_new_beside_changed(checks, folder, sandbox):
    dataset = open_for_update(BOX, *UPLOAD)
    points = dataset.GetLayerByName("points")
    there = points.GetFeature(SIGNALS)
    made = feature(points, there.GetGeometryRef().ExportToWkt(), highway=there["highway"], other_tags=there["other_tags"])
    rename(points, SIGNALS, "renamed")
    points.CreateFeature(made)
    dataset.FlushCache()
    number = int(points.GetFeature(made.GetFID())["osm_id"])
    checks.that(number != SIGNALS, "a new feature like one that was changed is made")
    checks.equal(element(sandbox, "node", number)["tags"], {"highway": "traffic_signals", "traffic_signals": "signal"}, "its tags")
    checks.equal(element(sandbox, "node", SIGNALS)["tags"]["name"], "renamed", "the changed one")


def hole_in(area):
    """The polygon of a closed way with a small hole in its middle."""
    ring = area.GetGeometryRef().GetGeometryRef(0).GetGeometryRef(0)
    x, y, d = area.GetGeometryRef().Centroid().GetX(), area.GetGeometryRef().Centroid().GetY(), 1e-5
    hole = f"({x - d} {y - d},{x + d} {y - d},{x + d} {y + d},{x - d} {y + d},{x - d} {y - d})"
    return ogr.CreateGeometryFromWkt(f"MULTIPOLYGON(({ring.ExportToWkt().split(' ', 1)[1]},{hole}))")


def test_rollback_after_other_edits(checks, folder, sandbox):
    dataset = open_for_update(BOX, *UPLOAD)
    points, areas, lines = (dataset.GetLayerByName(n) for n in ("points", "multipolygons", "lines"))
    rename(points, SIGNALS, "before the transaction")
    area = next(f for f in areas if f["osm_way_id"] and f.GetGeometryRef().GetArea() > 1e-7)
    line = next(f for f in lines if f.GetGeometryRef().GetPointCount() > 3)
    curve = line.GetGeometryRef()
    bent = [curve.GetPoint_2D(i) for i in range(curve.GetPointCount())]
    bent.insert(1, ((bent[0][0] + bent[1][0]) / 2 + 1e-5, (bent[0][1] + bent[1][1]) / 2))
    line.SetGeometry(ogr.CreateGeometryFromWkt("LINESTRING(" + ",".join(f"{x} {y}" for x, y in bent) + ")"))
    lines.SetFeature(line)
    before = changes(dataset)
    dataset.StartTransaction()
    area.SetGeometry(hole_in(area))
    areas.SetFeature(area)
    again = lines.GetFeature(line.GetFID())
    again["name"] = "in the transaction"
    again.GetGeometryRef().SetPoint_2D(2, bent[2][0] + 2e-5, bent[2][1])
    lines.SetFeature(again)
    dataset.RollbackTransaction()
    checks.equal(changes(dataset), before, "edits made before a transaction that is taken back")
    checks.that(areas.GetFeature(area.GetFID()), "a feature that would have become another element is there")
    again = lines.GetFeature(line.GetFID())
    again.GetGeometryRef().SetPoint_2D(3, bent[3][0] + 2e-5, bent[3][1])
    lines.SetFeature(again)
    checks.equal(len(changes(dataset).get(("create", "node"), [])), 1, "nodes of one vertex that was inserted")
    dataset.FlushCache()
    checks.that(areas.GetFeature(area.GetFID()), "the same after saving")
    area.SetGeometry(hole_in(area))
    areas.SetFeature(area)
    dataset.FlushCache()
    saved = areas.GetFeature(area.GetFID())
    checks.equal(saved.GetGeometryRef().GetGeometryRef(0).GetGeometryCount(), 2, "the hole at last")


def test_files_are_not_lost(checks, folder, sandbox):
    source, path = folder / "in.geojson", folder / "mine.osc"
    write_geojson(source, [({"amenity": "bench"}, {"type": "Point", "coordinates": [9.52, 47.14]})])
    gdal.VectorTranslate(str(path), str(source), format="OSMAPI")
    reviewed = path.read_text().replace("bench", "reviewed in an editor")
    path.write_text(reviewed)
    checks.raises(lambda: gdal.VectorTranslate(str(path), str(source), format="OSMAPI"), ["failed to create"], "made again in the same process")
    checks.equal(path.read_text(), reviewed, "the file after that")
    code, output = run(sandbox, "ogr2ogr", "-f", "OSMAPI", path, source)
    checks.that(code != 0 and "is there already" in output, f"made again by a program ({output[-300:]})")
    checks.equal(path.read_text(), reviewed, "the file after that")
    with contextlib.suppress(RuntimeError):
        gdal.GetDriverByName("OSMAPI").Delete(str(path))
    checks.that(path.exists(), "nothing is deleted through the driver")
    checks.equal(gdal.OpenEx(str(path), gdal.OF_VECTOR).GetDriver().ShortName, "OSM", "who opens it by its plain name")
    code, output = run(sandbox, "ogr2ogr", "-f", "OSMAPI", path, source, "-dsco", "OVERWRITE=YES")
    checks.that(code == 0 and "bench" in path.read_text(), f"OVERWRITE=YES ({output[-300:]})")
    edits = folder / "edits.osc"
    dataset = open_for_update(BOX, f"OSC={edits}")
    points = dataset.GetLayerByName("points")
    rename(points, SIGNALS, "one")
    dataset.FlushCache()
    reviewed = edits.read_text().replace("one", "reviewed in an editor")
    edits.write_text(reviewed)
    rename(points, SIGNALS, "two")
    checks.raises(dataset.FlushCache, [str(edits), "by another program"], "a save over a file that was edited meanwhile")
    checks.equal(edits.read_text(), reviewed, "the file after that")
    edits.unlink()
    rename(points, SIGNALS, "two")
    dataset.FlushCache()
    checks.equal(tags_of(edits.read_text(), "node")[SIGNALS]["name"], "two", "a save after it was moved away")
    late = folder / "late.osc"
    dataset = open_for_update(BOX, f"OSC={late}")
    late.write_text("somebody's work")
    rename(dataset.GetLayerByName("points"), SIGNALS, "three")
    checks.raises(dataset.FlushCache, [str(late)], "a file that came after opening")
    checks.equal(late.read_text(), "somebody's work", "the file after that")


def test_known_before_the_work(checks, folder, sandbox):
    cases = [
        (("UPLOAD=YES", "COMMENT=" + "x" * 256), ["comment", "255"]),
        (("UPLOAD=YES", "COMMENT=  "), ["comment"]),
        (("UPLOAD=YES", "COMMENT=x", 'CHANGESET_TAGS="k"=>"' + "v" * 256 + '"'), ['"k"', "255"]),
        (("UPLOAD=YES", "COMMENT=x", f"REPORT={folder}/none/r.csv"), ["REPORT=", "no folder"]),
        ((f"OSC={folder}/none/a.osc",), ["OSC=", "no folder"]),
        ((f"OSC={folder}", "OVERWRITE=YES"), ["OSC=", "is no file"]),
        (("OSC=/dev/null", "OVERWRITE=YES"), ["OSC=/dev/null is no file"]),
    ]
    sandbox.forget_requests()
    for options, words in cases:
        checks.raises(lambda: open_for_update(BOX, *options), words, f"open with {str(options)[:60]}")
    checks.equal(sandbox.requests(), [], "requests of all that")
    report = folder / "report.csv"
    dataset = open_for_update(BOX, *UPLOAD, f"REPORT={report}")
    rename(dataset.GetLayerByName("points"), SIGNALS, "reported")
    report.mkdir()
    dataset.FlushCache()
    checks.equal(element(sandbox, "node", SIGNALS)["tags"]["name"], "reported", "an upload whose report cannot be written is no error")


def test_features_of_another_layer(checks, folder, sandbox):
    dataset = open_for_update(BOX, *UPLOAD)
    points, lines = dataset.GetLayerByName("points"), dataset.GetLayerByName("lines")
    foreign = feature(points, "LINESTRING(9.52 47.14,9.521 47.141)", highway="path")
    checks.raises(lambda: lines.CreateFeature(foreign), ["another layer"], "a feature made for points in lines")
    foreign.SetFID(next(iter(lines)).GetFID())
    checks.raises(lambda: lines.SetFeature(foreign), ["another layer"], "the same for a change")
    result = dataset.ExecuteSQL(f"SELECT * FROM points WHERE osm_id = '{SIGNALS}'")
    selected = result.GetNextFeature()
    selected["name"] = "from a result"
    points.SetFeature(selected)
    checks.equal(points.GetFeature(SIGNALS)["name"], "from a result", "a feature of a result with the same columns")
    selected = None
    dataset.ReleaseResultSet(result)
    checks.equal(changes(dataset), {("modify", "node"): [SIGNALS]}, "all that is changed")


def test_ignored_columns(checks, folder, sandbox):
    dataset = open_for_update(BOX, *UPLOAD)
    lines = dataset.GetLayerByName("lines")
    whole = lines.GetNextFeature()
    before = element(sandbox, "way", int(whole["osm_id"]))
    lines.SetIgnoredFields(["highway", "other_tags", "osm_version", "OGR_GEOMETRY"])
    part = lines.GetFeature(whole.GetFID())
    checks.equal((part["highway"], part.GetGeometryRef()), (None, None), "what is ignored is not read")
    part["name"] = "of a part"
    lines.SetFeature(part)
    whole["name"] = "of the whole"
    whole.GetGeometryRef().SetPoint_2D(1, whole.GetGeometryRef().GetX(1) + 1e-5, whole.GetGeometryRef().GetY(1))
    lines.SetFeature(whole)
    dataset.ExecuteSQL(f"UPDATE lines SET name = 'of a statement' WHERE osm_id = '{whole['osm_id']}'", dialect="SQLite")
    dataset.FlushCache()
    after = element(sandbox, "way", int(whole["osm_id"]))
    checks.equal(after["tags"], {**before["tags"], "name": "of a statement"}, "tags after edits with ignored columns")
    checks.equal(after["nodes"], before["nodes"], "nodes after that")


def test_texts_that_xml_cannot_hold(checks, folder, sandbox):
    dataset = open_for_update(BOX, *UPLOAD)
    points = dataset.GetLayerByName("points")
    for text in ("a\ufffeb", "a\uffff", "a\x02"):
        checks.raises(lambda: points.CreateFeature(feature(points, "POINT(9.52 47.14)", name=text)), ["character"], repr(text))
    keys = {'k"ey\\': 'v"al\\ue=>, ', "x": "\t\U0001F3D4", "two lines": "a\nb"}
    written = ",".join('"%s"=>"%s"' % tuple(t.replace("\\", "\\\\").replace('"', '\\"') for t in pair) for pair in keys.items())
    made = feature(points, "POINT(9.53 47.14)", other_tags=written)
    points.CreateFeature(made)
    dataset.FlushCache()
    number = int(points.GetFeature(made.GetFID())["osm_id"])
    for options in ((), ("TAGS=JSON",), ("SCHEMA=GDAL",), ('COLUMNS=k"ey\\',)):
        other = open_for_update(BOX, *UPLOAD, *options)
        layer = other.GetLayerByName("points")
        layer.SetAttributeFilter(f"osm_id = '{number}'")
        edited = layer.GetNextFeature()
        edited["name"] = str(options)
        layer.SetFeature(edited)
        other.FlushCache()
        checks.equal(element(sandbox, "node", number)["tags"], {**keys, "name": str(options)}, f"tags after an edit with {options}")


def test_setting_what_was_read(checks, folder, sandbox):
    for options in ((), ("TAGS=JSON",), ("SCHEMA=GDAL",), ("COLUMNS=addr:street,building:levels,note",), ("LAYERS=nodes,ways,relations,members",)):
        dataset = open_for_update(BOX, *UPLOAD, *options)
        count = 0
        for layer in (dataset.GetLayer(i) for i in range(dataset.GetLayerCount())):
            for found in layer:
                layer.SetFeature(found)
                count += 1
        checks.that(count > 500 and changes(dataset) == {}, f"each of {count} features set as it was read, {options}: {changes(dataset)}")


def test_edits_while_reading(checks, folder, sandbox):
    dataset = open_for_update(BOX, *UPLOAD)
    points = dataset.GetLayerByName("points")
    total, seen = points.GetFeatureCount(), []
    for number, found in enumerate(points):
        seen.append(found.GetFID())
        found["name"] = f"n{number}"
        points.SetFeature(found)
        if number % 50 == 0:
            dataset.FlushCache()
    checks.equal((len(seen), len(set(seen))), (total, total), "features of a loop that edits and saves")
    deleted = 0
    for found in points:
        with contextlib.suppress(RuntimeError):
            deleted += points.DeleteFeature(found.GetFID()) == 0
    checks.that(deleted > 100, "features that could be deleted in a loop")
    checks.equal(points.GetFeatureCount(), total - deleted, "features after deleting in a loop")


def test_raw_rows(checks, folder, sandbox):
    dataset = open_for_update(BOX, "LAYERS=nodes,ways,relations,members", *UPLOAD)
    nodes, members = dataset.GetLayerByName("nodes"), dataset.GetLayerByName("members")
    held = nodes.GetFeature(SIGNALS)
    for text in ('{"highway":"stop"}', '{"highway":"stop","direction":"both"}'):
        held["tags"] = text
        nodes.SetFeature(held)
        dataset.FlushCache()
    checks.equal(element(sandbox, "node", SIGNALS)["tags"], {"highway": "stop", "direction": "both"}, "a feature held over a save")
    row = next(f for f in members if f["role"] == "outer")
    row["role"] = None
    members.SetFeature(row)
    checks.equal(changes(dataset), {("modify", "relation"): [row["relation_id"]]}, "a role set to NULL")


def shared_vertex(features):
    """Two of the lines that have a vertex in common: (line, place in it) twice."""
    places = {}
    for line in features:
        for i in range(line.GetGeometryRef().GetPointCount()):
            places.setdefault(line.GetGeometryRef().GetPoint_2D(i), []).append((line, i))
    return next(p[:2] for p in places.values() if len({line.GetFID() for line, _ in p}) > 1)


def test_features_read_before_a_save(checks, folder, sandbox):
    dataset = open_for_update(BOX, *UPLOAD)
    lines = dataset.GetLayerByName("lines")
    (first, i), (second, k) = shared_vertex([f.Clone() for f in lines])
    x, y = first.GetGeometryRef().GetPoint_2D(i)
    first.GetGeometryRef().SetPoint_2D(i, x + 2e-5, y)
    lines.SetFeature(first)
    dataset.FlushCache()
    second["name"] = "the name alone"
    lines.SetFeature(second)
    checks.equal(changes(dataset), {("modify", "way"): [int(second["osm_id"])]}, "a node that moved since does not move back")
    other = 1 if k != 1 else 2
    second.GetGeometryRef().SetPoint_2D(other, second.GetGeometryRef().GetX(other) + 1e-5, second.GetGeometryRef().GetY(other))
    lines.SetFeature(second)
    checks.equal(len(changes(dataset)[("modify", "node")]), 1, "just the vertex that was moved")
    dataset.FlushCache()
    back = lines.GetFeature(first.GetFID())
    checks.that(back.GetGeometryRef().GetPoint_2D(i) != (x, y), "the node where it was put")
    back.GetGeometryRef().SetPoint_2D(i, x, y)
    lines.SetFeature(back)
    checks.equal(len(changes(dataset)[("modify", "node")]), 1, "who moved it can move it back")


def test_members_that_are_alike(checks, folder, sandbox):
    dataset = open_for_update(BOX, "LAYERS=nodes,ways,relations,members", *UPLOAD)
    relations, members = dataset.GetLayerByName("relations"), dataset.GetLayerByName("members")
    listed = [{"type": "way", "ref": number, "role": ""} for number in (5001, 5002, 5001, 5003, 5001)]
    made = feature(relations, None, tags='{"type":"route"}', members=json.dumps(listed))
    relations.CreateFeature(made)
    dataset.FlushCache()
    number = int(relations.GetFeature(made.GetFID())["osm_id"])
    rows = [f for f in members if f["relation_id"] == number]
    members.DeleteFeature(rows[0].GetFID())
    rows[2]["role"] = "second time"
    members.SetFeature(rows[2])
    members.DeleteFeature(rows[4].GetFID())
    dataset.FlushCache()
    document = sandbox.call("GET", f"/api/0.6/relation/{number}").decode()
    checks.equal([(m.get("ref"), m.get("role")) for m in ElementTree.fromstring(document).iter("member")],
                 [("5002", ""), ("5001", "second time"), ("5003", "")], "each edit is of its own row")


def test_rows_have_no_transactions(checks, folder, sandbox):
    dataset = open_for_update("notes?bbox=9.5,47.1,9.6,47.2", "UPLOAD=YES")
    notes = dataset.GetLayerByName("notes")
    checks.equal((dataset.TestCapability(ogr.ODsCTransactions), notes.TestCapability(ogr.OLCTransactions)), (False, False), "capabilities")
    checks.raises(dataset.StartTransaction, ["sent at once"], "a transaction of rows")
    notes.StartTransaction()
    notes.CreateFeature(feature(notes, "POINT(9.52 47.14)", text="x"))
    checks.raises(notes.RollbackTransaction, ["stays"], "what was sent cannot be taken back")


def main():
    checks = Checks("edit_odd")
    gdal.SetConfigOption("OSMAPI_TOKEN", "alice-token")
    with tempfile.TemporaryDirectory() as folder_name:
        folder = Path(folder_name)
        test_edit.TOWN = write_town(folder / "town.osm")
        gdal.SetConfigOption("OSMAPI_JOURNAL", str(folder / "journal"))
        os.environ["OSMAPI_JOURNAL"] = str(folder / "journal")
        for test in [test for name, test in sorted(globals().items()) if name.startswith("test_") and callable(test)]:
            with Sandbox("--load", test_edit.TOWN) as sandbox:
                gdal.SetConfigOption("OSMAPI_URL", sandbox.url)
                checks.run(lambda c, test=test: test(c, folder, sandbox))
    checks.close()


if __name__ == "__main__":
    main()
