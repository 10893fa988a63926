#!/usr/bin/env python3
"""The five layers against GDAL's own OSM driver, and areas against the multipolygon test cases.

usage: test_elements.py BUILD_DIR
"""
import json

from support import SHARED, Checks, Sandbox, features, gdal, liechtenstein, ogr, open_vector

LAYERS = ["points", "lines", "multilinestrings", "multipolygons", "other_relations"]

# Features that only we have in Liechtenstein, each for a defect of GDAL's driver: a tagged closed way disappears there
# when it is an outer way of a multipolygon whose relation does not carry the same tags.
OURS_ONLY = {"multipolygons": {(None, "246"), (None, "2619")}}


def gdal_rows():
    """All layers of GDAL's OSM driver in one pass, which is the only way it gives them whole."""
    def read(path):
        dataset = gdal.OpenEx(str(path), gdal.OF_VECTOR, allowed_drivers=["OSM"])
        rows = {name: [] for name in LAYERS}
        while True:
            feature, layer = dataset.GetNextFeature()
            if feature is None:
                return rows, {name: schema(dataset.GetLayerByName(name)) for name in LAYERS}
            rows[layer.GetName()].append(row(feature))
    return read


def row(feature):
    fields = feature.items()
    geometry = feature.GetGeometryRef()
    return (fields.get("osm_id"), fields.get("osm_way_id")), fields, geometry.Clone() if geometry else None


def schema(layer):
    definition = layer.GetLayerDefn()
    fields = [definition.GetFieldDefn(i) for i in range(definition.GetFieldCount())]
    return layer.GetGeomType(), [(field.GetName(), field.GetType(), field.GetSubType()) for field in fields]


def same_geometry(ours, theirs, is_area):
    if ours.ExportToWkb() == theirs.ExportToWkb():
        return True
    # Rings of relations may begin elsewhere and run the other way round: the same points of the plane.
    return is_area and ours.IsValid() and ours.Equals(theirs) or (is_area and ours.SymDifference(theirs).Area() < 1e-14)


def compare_layer(checks, name, ours, theirs):
    mine, other = {key: rest for key, *rest in ours}, {key: rest for key, *rest in theirs}
    checks.equal(len(mine), len(ours), f"{name}: every feature is there once")
    checks.equal(mine.keys() - other.keys(), OURS_ONLY.get(name, set()), f"{name}: features only we have")
    checks.equal(other.keys() - mine.keys(), set(), f"{name}: features only GDAL has")
    common = [key for key, *_ in theirs if key in mine]
    checks.equal([key for key, *_ in ours if key in other], common, f"{name}: order")
    fields = [key for key in common if mine[key][0] != other[key][0]]
    checks.equal(fields, [], f"{name}: features with other fields")
    shapes = [key for key in common if not same_geometry(mine[key][1], other[key][1], name == "multipolygons")]
    checks.equal(shapes, [], f"{name}: features with another geometry")


def compare_with_gdal(checks):
    path = liechtenstein(checks)
    if not path:
        return
    if not gdal.GetDriverByName("OSM"):
        checks.skip("this GDAL has no OSM driver")
        return
    try:
        theirs, their_schema = gdal_rows()(path)
        with Sandbox("--serve-file", path) as sandbox:
            dataset = sandbox.open("map?bbox=9.4,47.0,9.7,47.3", "SCHEMA=GDAL")
            checks.equal([dataset.GetLayer(i).GetName() for i in range(dataset.GetLayerCount())], LAYERS, "layers")
            for name in reversed(LAYERS):  # any order
                layer = dataset.GetLayerByName(name)
                checks.equal(schema(layer), their_schema[name], f"{name}: columns")
                ours = [row(feature) for feature in features(layer)]
                checks.equal(layer.GetFeatureCount(), len(ours), f"{name}: count")
                compare_layer(checks, name, ours, theirs[name])
            checks.equal(len(sandbox.requests("/map")), 1, "one map call feeds all layers")
    finally:
        path.unlink()


def expected_areas(case):
    variants = {}
    for areas in json.loads((case / "test.json").read_text())["areas"].values():
        for area in areas:
            variants.setdefault((area["from_type"], str(area["from_id"])), []).append(area["wkt"])
    return variants


def right_area(variants, geometry):
    if geometry is None:
        return "INVALID" in variants
    shapes = [ogr.CreateGeometryFromWkt(wkt) for wkt in variants if wkt != "INVALID"]
    return geometry.IsValid() and any(geometry.SymDifference(shape).IsEmpty() for shape in shapes)


def areas_as_libosmium_has_them(checks):
    cases = sorted(path.parent for path in (SHARED / "testdata" / "multipolygon").glob("*/test.json"))
    if not cases:
        checks.skip("the multipolygon cases are not there")
        return
    right = 0
    for case in cases:
        dataset = open_vector(f"OSMAPI:{case / 'data.osm'}")
        layer = dataset.GetLayerByName("multipolygons")
        found = {}
        for key, fields, geometry in map(row, features(layer)):
            found["relation" if fields["osm_id"] else "way", fields["osm_id"] or fields["osm_way_id"]] = geometry
        wrong = [key for key, variants in expected_areas(case).items() if not right_area(variants, found.get(key))]
        right += checks.equal(wrong, [], f"multipolygon case {case.name}")
    print(f"multipolygon cases: {right} of {len(cases)} right")


checks = Checks("elements")
checks.run(compare_with_gdal, areas_as_libosmium_has_them)
checks.close()
