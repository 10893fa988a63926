"""Results of processings as layers: columns, kinds of geometry, filters, errors in the middle, tags of OpenStreetMap."""
import json
import pathlib
import threading
import xml.etree.ElementTree

from mapflow_support import ARCHIVE, NOBODY, URBAN, mapflow, processing
from support import ROOT, Checks, features, folder, layer_names, layer_of, layers, ogr, open_vector, rows

DOWNTOWN, FOREST, ROADS, OPEN_DATA, MIXED, EMPTY = (processing(tail) for tail in ("a6", "08", "09", "10", "11", "12"))
BIG = processing("13")


def result(sandbox, tail, *options, layer=0):
    return layer_of(sandbox.open(f"processings/{tail}/result", *options), layer)


def columns(layer):
    definition = layer.GetLayerDefn()
    return [definition.GetFieldDefn(i).GetName() for i in range(definition.GetFieldCount())]


def kind(layer, name):
    definition = layer.GetLayerDefn()
    field = definition.GetFieldDefn(definition.GetFieldIndex(name))
    return field.GetType(), field.GetSubType()


def recorded_traps(sandbox):
    def check(checks):
        for shape in ("recorded", "spec"):
            with sandbox.shape(shape):
                layer = result(sandbox, DOWNTOWN)
                read = rows(layer)
                checks.equal([fid for fid, _, _ in read], [0, 1, 2], f"{shape}: order")
                checks.equal(layer.GetGeomType(), ogr.wkbMultiPolygon, f"{shape}: one of them is multiple")
                checks.that(read[0][2].startswith("MULTIPOLYGON") and read[2][2] is None, f"{shape}: promoted, and null")
                checks.equal([values["class_id"] for _, values, _ in read], ["105", "103", None], f"{shape}: class_id is text")
                checks.equal([values["id"] for _, values, _ in read], [256899, 256900, 256901], f"{shape}: id is a column")
                checks.equal(kind(layer, "class_id"), (ogr.OFTString, ogr.OFSTNone), f"{shape}: text")
                checks.equal(kind(layer, "building_height")[0], ogr.OFTReal, f"{shape}: a real")
                checks.equal(kind(layer, "processing_date")[0], ogr.OFTDate, f"{shape}: a date")
                checks.equal(read[0][1]["processing_date"], "2026/02/10", f"{shape}: that date")
                checks.that("class_name" in columns(layer), f"{shape}: classes have names")
                checks.equal(layer.GetMetadataItem("PROCESSING_ID"), DOWNTOWN, f"{shape}: metadata")
                checks.equal(layer.GetFeatureCount(), 3, f"{shape}: count")
                checks.equal(layer.GetExtent(), (7.0771, 7.0783, 49.32, 49.3202), f"{shape}: extent")
                checks.equal(layer.GetFeature(1)["id"], 256900, f"{shape}: by id")
                checks.that(layer.GetFeature(3) is None, f"{shape}: beyond the end")
    check.__name__ = "recorded_traps"
    return check


def kinds_of_geometry(sandbox):
    def check(checks):
        for tail, expected, count in [(FOREST, ogr.wkbUnknown, 2), (ROADS, ogr.wkbPolygon, 1),
                                      (OPEN_DATA, ogr.wkbLineString, 1), (MIXED, ogr.wkbUnknown, 6), (EMPTY, ogr.wkbUnknown, 0)]:
            layer = result(sandbox, tail)
            checks.equal((layer.GetGeomType(), len(rows(layer))), (expected, count), tail)
        split = sandbox.open(f"processings/{MIXED}/result", "LAYERS=SPLIT")
        checks.equal(layer_names(split), ["result_points", "result_lines", "result_areas"], "a layer per kind")
        counts = {layer.GetName(): (layer.GetGeomType(), len(rows(layer)), layer.GetFeatureCount()) for layer in layers(split)}
        checks.equal(counts, {"result_points": (ogr.wkbPoint, 1, 1), "result_lines": (ogr.wkbMultiLineString, 2, 2),
                              "result_areas": (ogr.wkbMultiPolygon, 3, 3)}, "each in its layer")
        lines = layer_of(split, "result_lines")
        checks.that(all(shape.startswith("MULTILINESTRING") for _, _, shape in rows(lines)), "lines are promoted")
        null = sandbox.open(f"processings/{DOWNTOWN}/result", "LAYERS=SPLIT")
        checks.equal([len(rows(layer)) for layer in layers(null)], [0, 0, 3], "without a geometry it stands among the areas")
        nested = rows(result(sandbox, OPEN_DATA))[0][1]
        checks.equal(json.loads(nested["bbox"])["ymax"], 45.05, "nested values are JSON")
    check.__name__ = "kinds_of_geometry"
    return check


def filters_while_streaming(sandbox):
    def check(checks):
        sandbox.wish(result=BIG, features=20000, kind="buildings")
        layer = result(sandbox, BIG)
        everything = rows(layer)
        checks.equal(len(everything), 20000, "all")
        layer.SetAttributeFilter("building_height > 30")
        high = [fid for fid, _, _ in rows(layer)]
        checks.equal(high, [fid for fid, values, _ in everything if values["building_height"] > 30], "a WHERE")
        layer.SetAttributeFilter(None)
        box = ogr.CreateGeometryFromWkt(everything[700][2]).GetEnvelope()
        layer.SetSpatialFilterRect(box[0], box[2], box[1], box[3])
        inside = rows(layer)
        checks.that(700 in [fid for fid, _, _ in inside] and len(inside) < 50, f"a box: {len(inside)}")
        layer.SetIgnoredFields(["area", "OGR_GEOMETRY"])
        checks.equal([fid for fid, _, _ in rows(layer)], [fid for fid, _, _ in inside], "a box without geometry")
        layer.SetSpatialFilter(None)
        first = next(features(layer))
        checks.that(first.GetGeometryRef() is None and first["area"] is None and first["id"] is not None, "ignored fields")
        layer.SetIgnoredFields([])
        checks.equal(layer.GetFeature(15000).items(), everything[15000][1], "by id")
        layer.ResetReading()
        layer.GetNextFeature()
        layer.GetFeature(12)
        checks.equal(layer.GetNextFeature().GetFID(), 1, "which does not disturb reading")
        sandbox.wish(forget=1)
        numbers = []
        threads = [threading.Thread(target=lambda: numbers.append(len(rows(result(sandbox, BIG))))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        checks.equal(numbers, [20000] * 4, "several readers")
        checks.equal(sandbox.count("result"), 0, "of one download")
    check.__name__ = "filters_while_streaming"
    return check


def not_finished_ones_say_why(sandbox):
    def check(checks):
        for tail, words in [("02", ["IN_PROGRESS"]), ("03", ["FAILED", "0.0054"]), ("04", ["AWAITING"]), ("05", ["CANCELLED"]),
                            ("06", ["REFUNDED"]), ("07", ["ARCHIVING"]), ("15", ["UNPROCESSED"])]:
            try:
                rows(result(sandbox, processing(tail)))
                checks.that(False, f"{tail}: no error")
            except RuntimeError as error:
                text = str(error).lower().replace(" ", "_").replace("-", "_")
                missing = [word for word in words if word.lower() not in text]
                checks.that(not missing, f"{tail}: {error}")
        checks.raises(lambda: rows(result(sandbox, NOBODY)), ["404"], "an unknown id")
        for _ in range(2):
            checks.raises(lambda: sandbox.open(f"processings/{processing('03')}/result"), ["0.0054"], "every time it is opened")
    check.__name__ = "not_finished_ones_say_why"
    return check


def cut_ones_are_errors(sandbox):
    def check(checks):
        sandbox.wish(result=BIG, features=30000, kind="buildings")
        with folder() as path:
            for after in (10, 5000, 1000000, 9000000):
                sandbox.fault(path=f"/rest/processings/{BIG}/result", cut=after, count=1000)
                target = path / "out.gpkg"
                code, _, errors = sandbox.run("ogr2ogr", target, f"MAPFLOW:processings/{BIG}/result",
                                              MAPFLOW_MAX_WAIT="1", GDAL_HTTP_MAX_RETRY="1")
                checks.that(code != 0 and "ERROR" in errors, f"cut after {after}: {code} {errors}")
                sandbox.end_faults()
                target.unlink(missing_ok=True)
            code, _, errors = sandbox.run("ogr2ogr", path / "whole.gpkg", f"MAPFLOW:processings/{BIG}/result")
            checks.that(code == 0, f"without a fault: {errors}")
            checks.equal(layer_of(open_vector(path / "whole.gpkg")).GetFeatureCount(), 30000, "whole")
    check.__name__ = "cut_ones_are_errors"
    return check


def whole_for_those_who_hear_no_errors(sandbox):
    """QGIS, which reads without styles, takes an error in the middle for the end: it gets everything or nothing."""
    def check(checks):
        sandbox.wish(result=BIG, features=100000, kind="buildings")
        for ignored, expected in (([], True), (["OGR_STYLE"], False)):
            sandbox.forget()
            sandbox.fault(path=f"/rest/processings/{BIG}/result", cut=43000000, rate=20000000, count=-1)
            layer = result(sandbox, BIG, "MAX_WAIT=0")
            layer.SetIgnoredFields(ignored)
            first = []
            checks.raises(lambda: first.extend(f.GetFID() for f in features(layer)) or rows(layer), ["not whole"],
                          f"without {ignored}")
            checks.equal(bool(first), expected, f"without {ignored}: {len(first)} features came before the error")
            sandbox.end_faults()
    check.__name__ = "whole_for_those_who_hear_no_errors"
    return check


def programs(sandbox):
    def check(checks):
        with folder() as path:
            for tail in (DOWNTOWN, FOREST, ROADS, OPEN_DATA, MIXED, EMPTY):
                target = path / f"{tail}.gpkg"
                code, _, errors = sandbox.run("ogr2ogr", target, f"MAPFLOW:processings/{tail}/result")
                checks.that(code == 0 and not errors, f"{tail}: {code} {errors}")
                read = open_vector(target)
                checks.equal(read.GetLayer(0).GetFeatureCount(), len(rows(result(sandbox, tail))), f"{tail}: features")
                read = None
            written = rows(layer_of(open_vector(path / f"{DOWNTOWN}.gpkg")))
            checks.equal([values["id"] for _, values, _ in written], [256899, 256900, 256901], "id in GeoPackage")
            code, _, errors = sandbox.run("ogr2ogr", path / "split.gpkg", f"MAPFLOW:processings/{MIXED}/result", "-oo", "LAYERS=SPLIT")
            checks.that(code == 0 and not errors, f"split: {errors}")
            checks.equal(len(layer_names(open_vector(path / "split.gpkg"))), 3, "three layers")
            code, output, _ = sandbox.run("ogrinfo", "-so", f"MAPFLOW:processings/{DOWNTOWN}/result", "result")
            checks.that(code == 0 and "PROCESSING_ID" in output and "Feature Count: 3" in output, f"ogrinfo {output}")
            code, _, errors = sandbox.run("ogr2ogr", path / "failed.gpkg", f"MAPFLOW:processings/{processing('03')}/result")
            checks.that(code == 1 and "0.0054" in errors, f"a failed one: {code} {errors}")
    check.__name__ = "programs"
    return check


def results_of_a_project(sandbox):
    def check(checks):
        sandbox.wish(result=BIG, features=50, kind="buildings")
        layer = layer_of(sandbox.open(f"projects/{URBAN}/results"))
        checks.equal(columns(layer)[:4], ["processing_id", "processing_name", "model", "processing_created"], "whose it is")
        read = rows(layer)
        names = {values["processing_name"] for _, values, _ in read}
        checks.that({"Downtown Buildings", "City Forest", "Everything at Once"} <= names, f"finished ones {names}")
        checks.that(not {"Old Town", "Drone Flight"} & names, f"and no others {names}")
        checks.equal([fid for fid, _, _ in read], list(range(len(read))), "numbered through")
        checks.equal(layer.GetFeature(len(read) - 1).items(), read[-1][1], "by id")
        checks.equal(layer_names(sandbox.open(f"projects/{ARCHIVE}/results", "LAYERS=SPLIT")),
                     ["results_points", "results_lines", "results_areas"], "split")
        with folder() as path:
            code, _, errors = sandbox.run("ogr2ogr", path / "all.gpkg", f"MAPFLOW:projects/{URBAN}/results")
            checks.that(code == 0 and "ERROR" not in errors, f"ogr2ogr after a warning: {code} {errors}")
            checks.equal(errors.count("left out"), 1, "what is left out is said once")
    check.__name__ = "results_of_a_project"
    return check


def tags_for_review(sandbox):
    def check(checks):
        with folder() as path:
            target = path / "review.osc"
            code, _, errors = sandbox.run("ogr2ogr", "-f", "OSMAPI", target, f"MAPFLOW:processings/{DOWNTOWN}/result",
                                          "-oo", "TAG_MAPPING=YES")
            checks.that(code == 0, f"TAG_MAPPING=YES: {errors}")
            change = xml.etree.ElementTree.parse(target).getroot()
            tags = [{tag.get("k"): tag.get("v") for tag in element.findall("tag")} for element in change.iter("way")]
            checks.that(any("building" in found for found in tags), f"buildings {tags}")
            checks.that(not any("class_id" in found for found in tags), f"and no columns of the service {tags}")
            layer = result(sandbox, DOWNTOWN, "TAG_MAPPING=YES")
            checks.equal(len(rows(layer)), 2, "without a geometry it stands for nothing")
            checks.equal(layer.GetFeatureCount(), 2, "the count says so, too")
            checks.that("building" in columns(layer) and "class_id" not in columns(layer), f"columns {columns(layer)}")
            own = path / "rules.ini"
            own.write_text("[class_id=105]\nbuilding=yes\nref={id}\n")
            read = rows(result(sandbox, DOWNTOWN, f"TAG_MAPPING={own}"))
            checks.equal([values for _, values, _ in read], [{"building": "yes", "ref": "256899"}], "rules of one's own")
            own.write_text("[class_id=105\nbuilding=yes\n")
            checks.raises(lambda: rows(result(sandbox, DOWNTOWN, f"TAG_MAPPING={own}")), ["rules.ini", "1"], "wrong rules")
    check.__name__ = "tags_for_review"
    return check


def cached_on_disk(sandbox):
    def check(checks):
        with folder() as path:
            call = f"MAPFLOW:processings/{DOWNTOWN}/result"
            sandbox.wish(forget=1)
            for _ in range(2):
                code, _, errors = sandbox.run("ogr2ogr", "-overwrite", path / "x.gpkg", call, "-oo", f"CACHE={path / 'cache'}")
                checks.that(code == 0, f"CACHE: {errors}")
            checks.equal(sandbox.count("result"), 1, "one download for two programs")
            checks.that(any(pathlib.Path(path / "cache").iterdir()), "it is in the folder")
    check.__name__ = "cached_on_disk"
    return check


def main():
    checks = Checks("mapflow_result")
    assert ROOT.exists()
    with mapflow() as sandbox:
        checks.run(recorded_traps(sandbox), kinds_of_geometry(sandbox), filters_while_streaming(sandbox),
                   not_finished_ones_say_why(sandbox), cut_ones_are_errors(sandbox),
                   whole_for_those_who_hear_no_errors(sandbox), programs(sandbox),
                   results_of_a_project(sandbox), tags_for_review(sandbox), cached_on_disk(sandbox))
    checks.close()


if __name__ == "__main__":
    main()
