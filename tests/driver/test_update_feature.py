#!/usr/bin/env python3
"""What GDAL 3.7 and later ask of a driver: UpdateFeature with just what changed, errors of FlushCache and Close. Skipped
where GDAL lacks it.

usage: test_update_feature.py BUILD_DIR
"""
import contextlib
import json
import re

from osm_state import read_change
from support import Checks, Sandbox, features, folder, gdal, ogr, options, write_town

VERSION = int(gdal.VersionInfo())
BOX = "OSMAPI:map?bbox=9.5,47.13,9.55,47.16"
RAW = "LAYERS=nodes,ways,relations,members"
CE_NONE, CE_FAILURE = 0, 3


def open_for_update(name, *open_options):
    return gdal.OpenEx(name, gdal.OF_VECTOR | gdal.OF_UPDATE, open_options=list(open_options))


def pending(dataset):
    """What is not saved, as {(action, type)}."""
    layer = dataset.ExecuteSQL("SHOW CHANGES")
    text = layer.GetNextFeature()[0]
    dataset.ReleaseResultSet(layer)
    return {(action, element.kind) for action, element, _ in read_change(text)}


def update(layer, feature, fields=(), geometry=False):
    indexes = [layer.GetLayerDefn().GetFieldIndex(name) for name in fields]
    return layer.UpdateFeature(feature, indexes, [0] if geometry else [], False)


def sparse(layer, fid, **values):
    """As QGIS makes them: a feature that holds nothing but what changed."""
    made = ogr.Feature(layer.GetLayerDefn())
    made.SetFID(fid)
    for name, value in values.items():
        made[name] = value
    return made


def moved(geometry, by=0.00001):
    """The same with its first vertex elsewhere; in a ring the last one goes along."""
    wkt = geometry.ExportToIsoWkt()
    first = re.search(r"-?[\d.]+ -?[\d.]+", wkt).group()
    lon, lat = map(float, first.split())
    return ogr.CreateGeometryFromWkt(wkt.replace(first, f"{lon + by:.7f} {lat + by:.7f}"))


def vertices(geometry):
    """Where a ring begins is nobody's edit."""
    return sorted(set(re.findall(r"-?[\d.]+ -?[\d.]+", geometry.ExportToIsoWkt())))


def first_of(layer, condition=lambda feature: True):
    return next(feature for feature in features(layer) if condition(feature))


# Layers of elements --------------------------------------------------------------------------------------------------

def fields_of_the_five_layers(checks, town, directory):
    dataset = open_for_update(f"OSMAPI:{town}", f"OSC={directory}/five.osc")
    for i in range(dataset.GetLayerCount()):
        layer = dataset.GetLayer(i)
        name = layer.GetName()
        checks.that(layer.TestCapability("UpdateFeature"), f"{name}: can UpdateFeature")
        feature = first_of(layer, lambda f: f.GetGeometryRef() is not None)
        fid, was = feature.GetFID(), feature.items()
        update(layer, sparse(layer, fid, name="Only this"), ["name"])
        now = layer.GetFeature(fid).items()
        checks.equal(now, dict(was, name="Only this"), f"{name}: a sparse feature changes one column")
        other = layer.GetFeature(fid)
        shape = other.GetGeometryRef().ExportToWkt()
        other["name"], other["other_tags"] = "Both", '"fountain"=>"nozzle"'
        other.SetGeometry(moved(other.GetGeometryRef()))
        update(layer, other, ["other_tags"])
        seen = layer.GetFeature(fid)
        checks.equal((seen["name"], seen["other_tags"], seen.GetGeometryRef().ExportToWkt()),
                     ("Only this", '"fountain"=>"nozzle"', shape), f"{name}: what is not listed stays")
        gone = sparse(layer, fid)
        update(layer, gone, ["name"])
        checks.equal(layer.GetFeature(fid)["name"], None, f"{name}: listed and not set takes the tag away")
        dataset.ExecuteSQL("ROLLBACK")
        checks.raises(lambda: update(layer, sparse(layer, fid, osm_version=9), ["osm_version"]), ["cannot be written"],
                      f"{name}: a column of the server's")
        checks.raises(lambda: update(layer, sparse(layer, 10 ** 14, name="x"), ["name"]), ["no such feature"],
                      f"{name}: an id that is not here")
        checks.equal(pending(dataset), set(), f"{name}: nothing is left")


def geometries_of_the_five_layers(checks, town, directory):
    expected = {"points": {("modify", "node")}, "lines": {("modify", "node")},
                "multilinestrings": {("modify", "node")}, "multipolygons": {("modify", "node")}}
    dataset = open_for_update(f"OSMAPI:{town}", f"OSC={directory}/shapes.osc")
    for name, wanted in expected.items():
        layer = dataset.GetLayerByName(name)
        feature = first_of(layer)
        fid, was = feature.GetFID(), feature.items()
        shape = moved(feature.GetGeometryRef())
        feature["name"] = "not listed"
        feature.SetGeometry(shape)
        update(layer, feature, geometry=True)
        seen = layer.GetFeature(fid)
        checks.equal((seen.items(), vertices(seen.GetGeometryRef())), (was, vertices(shape)), f"{name}: the geometry")
        checks.equal(pending(dataset), wanted, f"{name}: what the geometry changes")
        dataset.ExecuteSQL("ROLLBACK")
        checks.raises(lambda: update(layer, sparse(layer, fid), geometry=True), ["no geometry"], f"{name}: no geometry")
        update(layer, layer.GetFeature(fid), geometry=True)
        checks.equal(pending(dataset), set(), f"{name}: the geometry it has")


def raw_layers(checks, town, directory):
    dataset = open_for_update(f"OSMAPI:{town}", RAW, f"OSC={directory}/raw.osc")
    for name, kind in (("nodes", "node"), ("ways", "way"), ("relations", "relation")):
        layer = dataset.GetLayerByName(name)
        feature = first_of(layer, lambda f: f["tags"])
        fid, was = feature.GetFID(), feature.items()
        update(layer, sparse(layer, fid, tags='{"a":"b"}'), ["tags"])
        seen = layer.GetFeature(fid).items()
        seen["tags"], was["tags"] = json.loads(seen["tags"]), {"a": "b"}
        checks.equal(seen, was, f"{name}: tags alone")
        checks.equal(pending(dataset), {("modify", kind)}, f"{name}: what tags change")
        dataset.ExecuteSQL("ROLLBACK")
        if kind != "relation":
            checks.raises(lambda: update(layer, sparse(layer, fid), geometry=True), ["no geometry"],
                          f"{name}: no geometry")
            shape = moved(feature.GetGeometryRef())
            feature["tags"] = '{"not":"listed"}'
            feature.SetGeometry(shape)
            update(layer, feature, geometry=True)
            checks.equal(pending(dataset), {("modify", "node")}, f"{name}: the geometry alone")
            checks.that("listed" not in layer.GetFeature(fid)["tags"], f"{name}: not the tags")
            dataset.ExecuteSQL("ROLLBACK")


def members(checks, town, directory):
    dataset = open_for_update(f"OSMAPI:{town}", RAW, f"OSC={directory}/members.osc")
    layer, relations = dataset.GetLayerByName("members"), dataset.GetLayerByName("relations")
    rows = [row for row in features(layer)]
    row = next(row for row in rows if sum(r["relation_id"] == row["relation_id"] for r in rows) > 2)
    number, place = row["relation_id"], row["sequence"]
    relation = first_of(relations, lambda f: int(f["osm_id"]) == number)
    before = json.loads(relation["members"])
    row["role"], row["ref"], row["type"], row["sequence"] = "new role", 1, "relation", place + 1
    update(layer, row, ["role"])
    after = json.loads(relations.GetFeature(relation.GetFID())["members"])
    before[place]["role"] = "new role"
    checks.equal(after, before, "members: the role alone")


# Rows ----------------------------------------------------------------------------------------------------------------

def rows(checks, sandbox):
    notes = open_for_update("OSMAPI:notes?bbox=9.5,47.1,9.6,47.2", "UPLOAD=YES")
    layer = notes.GetLayerByName("notes")
    made = sparse(layer, -1, text="Etwas fehlt")
    made.SetGeometry(ogr.CreateGeometryFromWkt("POINT(9.52 47.14)"))
    layer.CreateFeature(made)
    fid = made.GetFID()
    checks.raises(lambda: update(layer, sparse(layer, fid), geometry=True), ["cannot be moved"], "a note without place")
    update(layer, sparse(layer, fid, status="closed", text="not listed"), ["status"])
    seen = layer.GetFeature(fid)
    checks.equal((seen["status"], [c["text"] for c in json.loads(seen["comments"])]), ("closed", ["Etwas fehlt", ""]),
                 "a note that is closed without a word")
    preferences = open_for_update("OSMAPI:user/preferences", "UPLOAD=YES")
    layer = preferences.GetLayer(0)
    layer.CreateFeature(sparse(layer, -1, key="farbe", value="rot"))
    row = first_of(layer, lambda f: f["key"] == "farbe")
    update(layer, sparse(layer, row.GetFID(), value="blau"), ["value"])  # in the middle of reading
    update(layer, sparse(layer, row.GetFID(), value="not listed", key="colour"), ["key"])
    found = {f["key"]: f["value"] for f in features(layer)}
    checks.equal((found.get("farbe"), found.get("colour")), (None, "blau"), "a preference, its value and then its key")


# What callers hear of saving -----------------------------------------------------------------------------------------

@contextlib.contextmanager
def quietly():
    """Errors as return values, as programs in C get them."""
    gdal.DontUseExceptions()
    ogr.DontUseExceptions()
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        yield
    finally:
        gdal.PopErrorHandler()
        gdal.UseExceptions()
        ogr.UseExceptions()


def edit(dataset, name):
    layer = dataset.GetLayerByName("points")
    update(layer, sparse(layer, first_of(layer).GetFID(), name=name), ["name"])
    return layer


def open_edited(name):
    dataset = open_for_update(BOX, "UPLOAD=YES", "COMMENT=Test of saving")
    edit(dataset, name)
    return dataset


def errors_of_saving(checks, sandbox):
    """What cannot be saved is taken back, so that the caller can do it again."""
    dataset = open_edited("A")
    sandbox.fault(path="*/changeset/create", status=403, count=-1)
    with quietly():
        checks.equal(dataset.FlushCache(), CE_FAILURE, "FlushCache when saving fails")
        checks.that("403" in gdal.GetLastErrorMsg(), f"its message ({gdal.GetLastErrorMsg()})")
        layer = edit(dataset, "B")
        checks.that(layer.SyncToDisk() != ogr.OGRERR_NONE, "SyncToDisk when saving fails")
        checks.that(layer.StartTransaction() == ogr.OGRERR_NONE and edit(dataset, "C"), "a transaction")
        checks.that(layer.CommitTransaction() != ogr.OGRERR_NONE, "CommitTransaction when saving fails")
        sandbox.end_faults()
        edit(dataset, "D")
        checks.equal(dataset.FlushCache(), CE_NONE, "FlushCache when it works again")
    checks.equal(len(sandbox.requests("/upload")), 1, "one upload for all that")


def errors_of_closing(checks, sandbox):
    if not hasattr(gdal.Dataset, "Close"):
        return checks.skip("Python cannot close a dataset before GDAL 3.8")
    dataset = open_edited("A")
    sandbox.fault(path="*/changeset/create", status=403, count=-1)
    with quietly():
        checks.equal(dataset.Close(), CE_FAILURE, "Close when saving fails")
        checks.that(gdal.GetLastErrorMsg() != "", "its message")
    sandbox.end_faults()
    sandbox.forget_requests()
    dataset = open_edited("B")
    with quietly():
        checks.equal(dataset.Close(), CE_NONE, "Close when it works")
    checks.equal((len(sandbox.requests("/upload")), len(sandbox.requests("/close"))), (1, 1), "it saves, once")


def main():
    checks = Checks("update_feature")
    with folder() as directory, options(OSMAPI_TOKEN="alice-token", OSMAPI_JOURNAL=str(directory / "journal")):
        if VERSION < 3070000:
            checks.skip("UpdateFeature, and errors of FlushCache and Close, came with GDAL 3.7")
        else:
            town = write_town(directory / "town.osm")
            for test in (fields_of_the_five_layers, geometries_of_the_five_layers, raw_layers, members):
                checks.run(lambda c, test=test: test(c, town, directory))
            for test in (rows, errors_of_saving, errors_of_closing):
                with Sandbox("--load", town) as sandbox, options(OSMAPI_URL=sandbox.url):
                    checks.run(lambda c, test=test: test(c, sandbox))
    checks.close()


if __name__ == "__main__":
    main()
