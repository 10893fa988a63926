"""The objects of Mapflow as layers, in both shapes of answers: columns, types, geometry, filters, sharing, edits."""
import json

import mapflow_support
from mapflow_support import ARCHIVE, IMAGE, MOSAIC, NOBODY, OTHER_TOKEN, URBAN, mapflow, processing
from support import Checks, by_id, features, folder, gdal, layer_names, layer_of, ogr, open_vector, options, rows

DOWNTOWN = processing("a6")

# call, its layers, rows of each in the recorded shape (None: any number)
CALLS = [
    ("version", ["version"], [1]),
    ("user/status", None, None),
    ("projects", ["projects"], [41]),
    ("projects/default", ["project"], [1]),
    (f"projects/{URBAN}", ["project"], [1]),
    (f"projects/{URBAN}/processings", ["processings"], [16]),
    (f"projects/{ARCHIVE}/processings", ["processings"], [65]),
    ("processings", ["processings"], [81]),
    ("processings/stats", ["stats"], [None]),
    ("processings/stats?type=CSV", ["stats"], [None]),
    (f"processings/{DOWNTOWN}", ["processing"], [1]),
    (f"processings/{DOWNTOWN}/v2", ["processing"], [1]),
    (f"processings/{DOWNTOWN}/aois", ["aois"], [1]),
    ("rasters/mosaic", ["mosaics"], [1]),
    ("rasters/mosaic?tags=survey", ["mosaics"], [1]),
    ("rasters/mosaic?tags=nothing", ["mosaics"], [0]),
    (f"rasters/mosaic/{MOSAIC}", ["mosaic"], [1]),
    (f"rasters/mosaic/{MOSAIC}/image", ["images"], [1]),
    (f"rasters/mosaic/{MOSAIC}/status", ["status", "images"], [1, 1]),
    (f"rasters/image/{IMAGE}", ["image"], [1]),
    (f"rasters/image/{IMAGE}/status", ["status"], [1]),
    ("rasters/memory", ["memory"], [1]),
    ("catalog/meta?bbox=7.0,49.3,7.1,49.4", ["images"], [None]),
]


def every_call(sandbox, shape):
    def check(checks):
        with sandbox.shape(shape):
            for call, names, counts in CALLS:
                dataset = sandbox.open(call)
                found = layer_names(dataset)
                checks.that(found == names if names else "account" in found and "models" in found,
                            f"{shape} {call}: layers {found}")
                for i, name in enumerate(found):
                    layer = layer_of(dataset, i)
                    read = rows(layer)
                    expected = counts[i] if counts else None
                    checks.that(expected is None or len(read) == expected, f"{shape} {call} {name}: {len(read)} rows")
                    checks.equal(layer.GetFeatureCount(), len(read), f"{shape} {call} {name}: count")
                    fids = [fid for fid, _, _ in read]
                    checks.that(len(set(fids)) == len(fids) and all(fid >= 0 for fid in fids), f"{shape} {call}: ids")
                    checks.that("s3cret" not in json.dumps([values for _, values, _ in read], default=str),
                                f"{shape} {call}: secrets are shown")
                    if read:
                        checks.equal(layer.GetFeature(fids[-1]).items(), read[-1][1], f"{shape} {call}: by id")
    check.__name__ = f"every_call_{shape}"
    return check


def types(layer):
    definition = layer.GetLayerDefn()
    fields = [definition.GetFieldDefn(i) for i in range(definition.GetFieldCount())]
    return {field.GetName(): (field.GetType(), field.GetSubType()) for field in fields}


def fields_are_typed(sandbox):
    def check(checks):
        found = types(layer_of(sandbox.open(f"projects/{URBAN}/processings")))
        checks.equal(found["created"], (ogr.OFTDateTime, ogr.OFSTNone), "a time")
        checks.equal(found["params"], (ogr.OFTString, ogr.OFSTJSON), "nested values")
        checks.equal(found["percent_completed"], (ogr.OFTInteger, ogr.OFSTNone), "a number")
        checks.equal(found["cost"], (ogr.OFTReal, ogr.OFSTNone), "a fraction")
        values = by_id(layer_of(sandbox.open(f"projects/{URBAN}/processings")), "name")
        downtown = values["Downtown Buildings"]
        checks.equal((downtown["id"], downtown["status"], downtown["cost"]), (DOWNTOWN, "OK", 28.0), "Downtown")
        checks.equal(json.loads(downtown["params"])["sourceParams"]["dataProvider"]["zoom"], 19, "JSON stays JSON")
        checks.that(downtown["created"].startswith("2026/02/10 10:30:00.78"), f"a fraction of a second: {downtown['created']}")
        checks.equal(values["Strange State"]["status"], "ARCHIVING", "an unknown status is a text")
        checks.that("0.0054" in (values["Drone Flight"]["messages_text"] or ""), "messages in words")
        checks.equal(types(layer_of(sandbox.open("projects")))["is_default"], (ogr.OFTInteger, ogr.OFSTBoolean), "a flag")
    check.__name__ = "fields_are_typed"
    return check


def geometry(sandbox):
    def check(checks):
        mosaics = layer_of(sandbox.open("rasters/mosaic"))
        checks.equal(mosaics.GetGeomType(), ogr.wkbMultiPolygon, "mosaics")
        checks.that("1.96 48.77" in rows(mosaics)[0][2], "a footprint")
        checks.equal(mosaics.GetSpatialRef().GetAuthorityCode(None), "4326", "WGS 84")
        checks.equal(mosaics.GetSpatialRef().GetDataAxisToSRSAxisMapping(), [2, 1], "longitude first")
        checks.equal(layer_of(sandbox.open(f"rasters/mosaic/{MOSAIC}/image")).GetGeomType(), ogr.wkbPolygon, "images")
        plain = layer_of(sandbox.open(f"projects/{URBAN}/processings"))
        checks.equal(plain.GetGeomType(), ogr.wkbNone, "processings have none of their own")
        with_aois = layer_of(sandbox.open(f"projects/{URBAN}/processings", "AOI=YES"))
        checks.equal(with_aois.GetGeomType(), ogr.wkbMultiPolygon, "AOI=YES")
        shapes = [shape for _, _, shape in rows(with_aois)]
        checks.that(len(shapes) == 16 and all(shape.startswith("MULTIPOLYGON") for shape in shapes), "AOIs")
        with_aois.SetSpatialFilterRect(7.07, 49.31, 7.08, 49.32)
        checks.equal([f["name"] for f in features(with_aois)], ["Downtown Buildings"], "a spatial filter")
    check.__name__ = "geometry"
    return check


def one_download_for_all(sandbox):
    def check(checks):
        sandbox.forget()
        opened = [sandbox.open("projects") for _ in range(5)]
        checks.equal(sandbox.count(), 0, "opening asks nothing")
        for dataset in opened:
            layer = layer_of(dataset)
            layer.GetLayerDefn()
            layer.TestCapability(ogr.OLCFastFeatureCount)
        checks.equal(sandbox.count(), 0, "columns are known")
        numbers = [len(rows(layer_of(dataset))) for dataset in opened]
        asked = sandbox.count()
        checks.equal(numbers, [41] * 5, "everybody reads all")
        checks.that(0 < asked <= 5, f"{asked} requests")
        with options(MAPFLOW_TOKEN=OTHER_TOKEN):
            checks.equal(len(rows(layer_of(sandbox.open("projects")))), 1, "another account has lists of its own")
        sandbox.wish(forget=1)
        status = sandbox.open("user/status")
        for i in range(status.GetLayerCount()):
            rows(layer_of(status, i))
        checks.equal(sandbox.count("user/status"), 1, "one document for all its layers")
        opened[0].ExecuteSQL("REFRESH")
        rows(layer_of(opened[1]))
        checks.that(sandbox.count("projects") > 0, "REFRESH asks again")
    check.__name__ = "one_download_for_all"
    return check


def filters_are_pushed(sandbox):
    def check(checks):
        archive = f"projects/{ARCHIVE}/processings"
        sandbox.forget()
        layer = layer_of(sandbox.open(archive))
        layer.SetAttributeFilter("name = 'Archived 07'")
        checks.equal([f["name"] for f in features(layer)], ["Archived 07"], "an equal name")
        checks.equal(sandbox.count("processings"), 1, "one page is enough")
        sandbox.forget()
        layer = layer_of(sandbox.open(archive))
        layer.SetAttributeFilter("cost > 15")
        read = [f["cost"] for f in features(layer)]
        checks.that(read and all(cost > 15 for cost in read), "what the server cannot filter is filtered here")
        sandbox.forget()
        dataset = sandbox.open(archive)
        everything = sorted((f["cost"] for f in features(layer_of(dataset))), reverse=True)
        sandbox.forget()
        result = dataset.ExecuteSQL("SELECT name, cost FROM processings ORDER BY cost DESC LIMIT 5")
        checks.equal([f["cost"] for f in features(result)], everything[:5], "ORDER BY and LIMIT")
        dataset.ReleaseResultSet(result)
        checks.equal(sandbox.count("processings"), 1, "five rows are one page")
        checks.equal(len(rows(layer_of(dataset))), 65, "the layer itself still has all")
        result = dataset.ExecuteSQL("SELECT COUNT(*) FROM processings LIMIT 5")
        checks.equal([f[0] for f in features(result)], [65], "other statements see all rows")
        dataset.ReleaseResultSet(result)
    check.__name__ = "filters_are_pushed"
    return check


def catalog_by_area(sandbox):
    def check(checks):
        layer = layer_of(sandbox.open("catalog/meta"))
        checks.raises(lambda: rows(layer), ["catalog"], "without an area")
        layer.SetSpatialFilterRect(7.07, 49.31, 7.09, 49.33)
        read = rows(layer)
        checks.that(len(read) > 0 and all(shape for _, _, shape in read), "a spatial filter is the area")
        layer.SetAttributeFilter("cloud_cover < 5")
        checks.that(all(values["cloud_cover"] < 5 for _, values, _ in rows(layer)), "clouds")
        layer.SetSpatialFilterRect(-500, -500, 500, 500)
        layer.SetAttributeFilter(None)
        try:
            rows(layer)
            checks.that(True, "more than the earth")
        except RuntimeError as error:
            checks.that("area" in str(error).lower(), f"more than the earth: {error}")
    check.__name__ = "catalog_by_area"
    return check


def errors_are_sentences(sandbox):
    def check(checks):
        cases = [
            (f"processings/{NOBODY}", ["404"]),
            (f"rasters/mosaic/{NOBODY}", ["404"]),
        ]
        for call, words in cases:
            checks.raises(lambda: rows(layer_of(sandbox.open(call))), words, call)
        with options(MAPFLOW_TOKEN=None):
            checks.raises(lambda: rows(layer_of(sandbox.open("projects"))), ["MAPFLOW_TOKEN", "osmflow login mapflow"],
                          "no token")
        with options(MAPFLOW_TOKEN="bm9ib2R5OndyaXRlcw=="):
            checks.raises(lambda: rows(layer_of(sandbox.open("projects"))), ["401"], "a wrong token")
        checks.raises(lambda: sandbox.open("projcts"), ["did you mean"], "an unknown call")
        checks.raises(lambda: sandbox.open("projects", "RUN=YES"), ["MAX_COST"], "a run without a limit")
        checks.raises(lambda: sandbox.open("user/status", update=True), ["nothing in it can be edited"], "no edits")
        with folder() as path:
            code, _, errors = sandbox.run("ogr2ogr", path / "x.gpkg", f"MAPFLOW:processings/{NOBODY}")
            checks.that(code != 0 and "404" in errors, f"ogr2ogr: {code} {errors}")
    check.__name__ = "errors_are_sentences"
    return check


def programs(sandbox):
    def check(checks):
        with folder() as path:
            for call, names, _ in CALLS:
                target = path / "out.gpkg"
                code, _, errors = sandbox.run("ogr2ogr", "-f", "GPKG", target, "MAPFLOW:" + call)
                checks.that(code == 0 and not errors, f"ogr2ogr {call}: {code} {errors}")
                if names:
                    read = open_vector(target)
                    checks.that("id" not in names or read.GetLayer(0).GetFIDColumn() == "fid", f"{call}: id is a column")
                    read = None
                target.unlink()
        code, output, _ = sandbox.run("ogrinfo", "-ro", "-al", f"MAPFLOW:processings/{DOWNTOWN}")
        checks.that(code == 0 and "Downtown Buildings" in output, "ogrinfo")
        with folder() as path:
            table = path / "new.csv"
            table.write_text("name,description\nBy ogr2ogr,from a table\n")
            before = len(rows(layer_of(sandbox.open("projects"))))
            code, _, errors = sandbox.run("ogr2ogr", "-f", "MAPFLOW", "MAPFLOW:projects", table)
            checks.that(code != 0 and "-append" in errors, f"nothing is created as a whole: {errors}")
            code, _, errors = sandbox.run("ogr2ogr", "-overwrite", "MAPFLOW:projects", table, "-nln", "projects")
            checks.that(code != 0, f"nothing is overwritten: {errors}")
            code, _, errors = sandbox.run("ogr2ogr", "-append", "MAPFLOW:projects", table, "-nln", "projects")
            checks.that(code == 0 and not errors, f"-append: {code} {errors}")
            mapflow_support.refresh(sandbox)
            after = by_id(layer_of(sandbox.open("projects")), "name")
            checks.equal((len(after) - before, after["By ogr2ogr"]["description"]), (1, "from a table"), "one more project")
    check.__name__ = "programs"
    return check


def edits_change_objects(sandbox):
    def check(checks):
        sandbox.forget()
        dataset = sandbox.open("projects", update=True)
        layer = layer_of(dataset)
        checks.that(layer.TestCapability(ogr.OLCSequentialWrite) and layer.TestCapability(ogr.OLCRandomWrite), "editable")
        checks.that(not layer.TestCapability(ogr.OLCDeleteFeature), "deleting takes DELETE=YES")
        feature = ogr.Feature(layer.GetLayerDefn())
        feature["name"] = "Made by a test"
        checks.equal(layer.CreateFeature(feature), 0, "create")
        fid = feature.GetFID()
        checks.that(fid >= 0 and layer.GetFeature(fid)["name"] == "Made by a test", "it is there")
        feature = layer.GetFeature(fid)
        feature["description"] = "described"
        checks.equal(layer.SetFeature(feature), 0, "describe")
        checks.equal(layer.GetFeature(fid)["description"], "described", "it is described")
        checks.equal(layer.GetFeature(fid)["name"], "Made by a test", "and keeps its name")
        feature["created"] = "2000/01/01 00:00:00"
        checks.raises(lambda: layer.SetFeature(feature), ["created", "server"], "the server's column")
        checks.raises(lambda: layer.DeleteFeature(fid), ["DELETE=YES"], "not by accident")
        checks.raises(lambda: layer.DeleteFeature(5), ["DELETE=YES"], "not by accident, whatever it is")
        deleting = layer_of(sandbox.open("projects", "DELETE=YES", update=True))
        checks.equal(deleting.DeleteFeature(fid), 0, "delete")
        checks.that(sandbox.told()["created"]["projects"] == 1, "one was made")
        checks.raises(lambda: deleting.DeleteFeature(fid), ["no such feature"], "gone is gone")
        read_only = layer_of(sandbox.open("projects"))
        checks.raises(lambda: read_only.CreateFeature(ogr.Feature(read_only.GetLayerDefn())), ["reading only"], "read only")
    check.__name__ = "edits_change_objects"
    return check


def edits_of_processings_and_rasters(sandbox):
    def check(checks):
        layer = layer_of(sandbox.open(f"projects/{URBAN}/processings", update=True))
        feature = next(f for f in features(layer) if f["name"] == "Ring Road")
        fid = feature.GetFID()
        feature["name"] = "Ring Road 2"
        checks.equal(layer.SetFeature(feature), 0, "rename a processing")
        checks.equal(layer.GetFeature(fid)["name"], "Ring Road 2", "renamed")
        feature = layer.GetFeature(fid)
        feature["project_id"] = ARCHIVE
        checks.equal(layer.SetFeature(feature), 0, "move it")
        checks.that(layer.GetFeature(fid) is None, "it is in the other project")
        moved = layer_of(sandbox.open(f"projects/{ARCHIVE}/processings", update=True))
        feature = moved.GetFeature(fid)
        feature["project_id"] = URBAN
        feature["name"] = "Ring Road"
        checks.equal(moved.SetFeature(feature), 0, "and back")

        mosaics = layer_of(sandbox.open("rasters/mosaic", "DELETE=YES", update=True))
        feature = ogr.Feature(mosaics.GetLayerDefn())
        feature["name"], feature["tags"] = "Made", '["a","b c"]'
        mosaics.CreateFeature(feature)
        fid = feature.GetFID()
        checks.equal(json.loads(mosaics.GetFeature(fid)["tags"]), ["a", "b c"], "tags")
        feature = mosaics.GetFeature(fid)
        feature["tags"] = '["z"]'
        mosaics.SetFeature(feature)
        checks.equal((json.loads(mosaics.GetFeature(fid)["tags"]), mosaics.GetFeature(fid)["name"]), (["z"], "Made"),
                     "other tags, the same name")
        checks.equal(mosaics.DeleteFeature(fid), 0, "delete the mosaic")
        images = layer_of(sandbox.open(f"rasters/mosaic/{MOSAIC}/image", update=True))
        feature = next(features(images))
        feature["filename"] = "renamed.tif"
        images.SetFeature(feature)
        checks.equal(next(features(images))["filename"], "renamed.tif", "an image's name")
        feature["filename"] = "orthophoto.tif"
        images.SetFeature(feature)
        checks.that(not images.TestCapability(ogr.OLCSequentialWrite), "images are uploaded, not created")
    check.__name__ = "edits_of_processings_and_rasters"
    return check


def runs_cost_what_was_allowed(sandbox):
    def check(checks):
        sandbox.wish(credits=100)
        sandbox.forget()

        def feature_of(layer):
            feature = ogr.Feature(layer.GetLayerDefn())
            feature["name"], feature["model"], feature["provider"], feature["zoom"] = "By OGR", "buildings", "Mapbox", 18
            feature.SetGeometry(ogr.CreateGeometryFromWkt("POLYGON((7.07 49.31,7.08 49.31,7.08 49.32,7.07 49.32,7.07 49.31))"))
            return feature

        path = f"projects/{URBAN}/processings"
        plain = layer_of(sandbox.open(path, "AOI=YES", update=True))
        checks.that(not plain.TestCapability(ogr.OLCSequentialWrite), "no new ones without RUN=YES")
        checks.raises(lambda: plain.CreateFeature(feature_of(plain)), ["RUN=YES", "MAX_COST"], "without RUN=YES")
        dear = layer_of(sandbox.open(path, "RUN=YES", "MAX_COST=1", update=True))
        checks.raises(lambda: dear.CreateFeature(feature_of(dear)), ["1"], "it costs more")
        checks.equal(sandbox.told()["started"], 0, "nothing was started")
        layer = layer_of(sandbox.open(path, "RUN=YES", "MAX_COST=50", update=True))
        feature = feature_of(layer)
        checks.equal(layer.CreateFeature(feature), 0, "started")
        checks.equal(sandbox.told()["started"], 1, "once")
        checks.equal(layer.GetFeature(feature.GetFID())["name"], "By OGR", "and listed")
        feature = feature_of(layer)
        feature["model"] = None
        checks.raises(lambda: layer.CreateFeature(feature), ["model"], "without a model")
        checks.equal(sandbox.told()["started"], 1, "still once")
    check.__name__ = "runs_cost_what_was_allowed"
    return check


def main():
    checks = Checks("mapflow_tables")
    with mapflow() as sandbox:
        checks.run(every_call(sandbox, "recorded"), every_call(sandbox, "spec"), fields_are_typed(sandbox), geometry(sandbox),
                   one_download_for_all(sandbox), filters_are_pushed(sandbox), catalog_by_area(sandbox),
                   errors_are_sentences(sandbox), programs(sandbox), edits_change_objects(sandbox),
                   edits_of_processings_and_rasters(sandbox), runs_cost_what_was_allowed(sandbox))
    checks.close()


if __name__ == "__main__":
    main()
