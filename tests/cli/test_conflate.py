#!/usr/bin/env python3
"""Checks `osmflow conflate`: test_conflate.py BUILD_DIR.

Results and maps are made here, so what is the same thing is known; the files that come out are read back."""
import json
import os
import pathlib
import subprocess
import sys
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "driver"))
import support  # noqa: E402
from support import gdal  # noqa: E402

SIDE = 0.0002  # degrees: some twenty metres
GUIDELINES = "https://wiki.openstreetmap.org/wiki/Import/Guidelines"


def run(*words, code=0, **settings):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OSMAPI_", "MAPFLOW_"))}
    kept.update(settings)
    done = subprocess.run([str(support.BUILD / "bin" / "osmflow"), "conflate", *map(str, words)], env=kept, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    if done.returncode != code:
        raise RuntimeError(f"exit code {done.returncode} instead of {code}: {done.stdout}{done.stderr}")
    return done


def counts(*words, **settings):
    """What --json tells, the left out ones as one list: overlaps, inside, near."""
    told = json.loads(run(*words, "--json", **settings).stdout)
    return told, [told["left_out"][name] for name in ("overlaps", "inside", "near")]


def ring(x, y, width=SIDE, height=None):
    height = width if height is None else height
    return [[x, y], [x + width, y], [x + width, y + height], [x, y + height], [x, y]]


def area(*corners):
    return {"type": "Polygon", "coordinates": [ring(*corners)]}


def line(*points):
    return {"type": "LineString", "coordinates": list(points)}


def point(x, y):
    return {"type": "Point", "coordinates": [x, y]}


def write_result(path, *features):
    """Features are pairs: geometry, properties."""
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "geometry": geometry, "properties": properties} for geometry, properties in features]}))
    return path


def write_map(path, *things):
    """Pairs of geometry and tags as .osm: points as nodes, lines and areas as ways."""
    nodes, ways = [], []
    for geometry, tags in things:
        text = "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
        if geometry["type"] == "Point":
            nodes.append((geometry["coordinates"], text))
            continue
        closed = geometry["type"] == "Polygon"
        points = geometry["coordinates"][0][:-1] if closed else geometry["coordinates"]
        refs = []
        for place in points:
            nodes.append((place, ""))
            refs.append(len(nodes))
        ways.append(("".join(f'<nd ref="{ref}"/>' for ref in refs + (refs[:1] if closed else [])), text))
    attributes = 'version="1" changeset="1" timestamp="2020-01-01T00:00:00Z" uid="1" user="carol"'
    path.write_text('<osm version="0.6">' + "".join(
        f'<node id="{i}" {attributes} lat="{y}" lon="{x}">{text}</node>' for i, ((x, y), text) in enumerate(nodes, 1)) + "".join(
        f'<way id="{i}" {attributes}>{text}</way>' for i, text in enumerate(("".join(way) for way in ways), 1)) + "</osm>")
    return path


def made(path):
    """The tags of the elements of an osmChange file that have some; it must create and nothing else."""
    top = xml.etree.ElementTree.parse(path).getroot()
    if [child.tag for child in top] != ["create"]:
        raise RuntimeError(f"{path} does more than create")
    every = [(element.tag, {tag.get("k"): tag.get("v") for tag in element.findall("tag")}) for element in top[0]]
    return sorted((kind, sorted(tags.items())) for kind, tags in every if tags)


def keeps_what_the_map_has_not(checks):
    building = {"object_type": "building"}
    with support.folder() as folder:
        result = write_result(
            folder / "result.geojson",
            (area(9.100, 47.1), {**building, "class_id": "101", "building_height": 7.5}),  # nothing there
            (area(9.101, 47.1), {**building, "class_id": 102}),                            # 40 % of it are there
            (area(9.102, 47.1), building),                                                 # a strip of 5 % is shared
            (area(9.103, 47.1), building),                                                 # a garage inside, 4 % of it
            (area(9.104, 47.1), building),                                                 # a wood all around
            (area(9.105, 47.1), building),                                                 # a building mapped as a node
            ({"type": "MultiPolygon", "coordinates": [[ring(9.106, 47.1)], [ring(9.107, 47.1)]]},
             {**building, "class_id": 103}),
            (None, building),
            (area(9.108, 47.1), {"object_type": "thing"}))
        town = write_map(
            folder / "town.osm",
            (area(9.101 + SIDE * 0.6, 47.1), {"building": "yes"}),
            (area(9.102 + SIDE * 0.95, 47.1), {"building": "yes"}),
            (area(9.103 + SIDE * 0.1, 47.1 + SIDE * 0.1, SIDE / 5), {"building": "garage"}),
            (area(9.1035, 47.0995, 0.001), {"natural": "wood"}),
            (point(9.105 + SIDE / 2, 47.1 + SIDE / 2), {"building": "yes", "name": "Hut"}),
            (area(9.107, 47.2), {"building": "yes"}))
        expected = [("way", [("building", "apartments"), ("height", "7.5")]), ("way", [("building", "industrial")]),
                    ("way", [("building", "industrial")]), ("way", [("building", "yes")]), ("way", [("building", "yes")])]
        for name in (str(town), f"OSMAPI:{town}"):
            review = folder / "review.osc"
            told, left_out = counts(result, name, "-o", review, "--overwrite")
            checks.equal((told["kept"], left_out), (4, [2, 1, 0]), f"{name}: counts")
            checks.equal((told["without_tags"], told["without_geometry"], told["impossible"]), (1, 1, 0), f"{name}: the rest")
            checks.equal(told["compared_with"], 5, f"{name}: the building far away is not looked at")
            checks.equal(made(review), expected, f"{name}: what is made")
        told, left_out = counts(result, town, "-o", folder / "60.osc", "--overlap", 60)
        checks.equal((told["kept"], left_out), (5, [1, 1, 0]), "--overlap 60: 40 % of a building is not much, a garage is")
        told, left_out = counts(result, town, "-o", folder / "4.osc", "--overlap", 4)
        checks.equal((told["kept"], left_out), (3, [3, 1, 0]), "--overlap 4: a strip is too much")
        told, left_out = counts(result, town, "-o", folder / "all.osc", "--all")
        checks.equal((told["kept"], left_out), (3, [3, 1, 0]), "--all: the wood counts, too")
        told, left_out = counts(result, town, "-o", folder / "where.osc", "--where", "building_height > 3")
        checks.equal((told["kept"], left_out, told["compared_with"]), (1, [0, 0, 0], 0), "--where")


def compares_lines_and_points(checks):
    metre = 1 / 111320
    roads, crown = {"object_type": "roads"}, {"object_type": "crown", "max_height": 11.2}
    with support.folder() as folder:
        result = write_result(
            folder / "result.geojson",
            (line([9.1, 47.1], [9.101, 47.1]), roads),                     # 3 m beside a road in two pieces
            (line([9.11, 47.1], [9.111, 47.1]), roads),                    # crosses a road
            (line([9.12, 47.1], [9.121, 47.1]), roads),                    # along a river
            (area(9.13, 47.1), roads),                                     # the area of a road, beside its line
            (point(9.14, 47.1), crown), (point(9.15, 47.1), crown), (point(9.16, 47.1), crown),
            (area(9.17, 47.1), {"object_type": "crown"}),
            (area(9.18, 47.1), {"object_type": "forest", "class_id": "04m-10m"}))
        town = write_map(
            folder / "town.osm",
            (line([9.0999, 47.1 + 3 * metre], [9.1004, 47.1 + 3 * metre]), {"highway": "residential"}),
            (line([9.1004, 47.1 + 3 * metre], [9.1012, 47.1 + 3 * metre]), {"highway": "residential"}),
            (line([9.1105, 47.099], [9.1105, 47.101]), {"highway": "residential"}),
            (line([9.12, 47.1], [9.121, 47.1]), {"waterway": "river"}),
            (line([9.13, 47.1], [9.131, 47.1]), {"highway": "residential"}),
            (point(9.14, 47.1 + 4 * metre), {"natural": "tree"}),
            (point(9.15, 47.1 + 6 * metre), {"natural": "tree"}),
            (point(9.16, 47.1), {"natural": "peak"}),
            (area(9.18, 47.1), {"landuse": "forest"}))
        review = folder / "review.osc"
        told, left_out = counts(result, town, "-o", review)
        checks.equal((told["kept"], left_out, told["without_tags"]), (5, [1, 0, 2], 1), "counts")
        checks.equal(made(review), [("node", [("height", "11.2"), ("natural", "tree")])] * 2 +
                     [("way", [("area", "yes"), ("area:highway", "road")])] + [("way", [("highway", "road")])] * 2, "what is made")
        told, left_out = counts(result, town, "-o", folder / "near.osc", "--distance", 2)
        checks.equal((told["kept"], left_out), (7, [1, 0, 0]), "--distance 2: nothing is near")
        told, left_out = counts(result, town, "-o", folder / "far.osc", "--distance", 7)
        checks.equal((told["kept"], left_out), (4, [1, 0, 3]), "--distance 7: the second tree is near")


def reads_other_systems(checks):
    """A result in UTM against a map of buildings without any tags."""
    with support.folder() as folder:
        result = write_result(folder / "result.geojson", *((area(9.1 + i / 1000, 47.1), {"object_type": "building"})
                                                           for i in range(3)))
        known = write_result(folder / "known.geojson", (area(9.101, 47.1), {"parcel": 5}))
        gdal.VectorTranslate(str(folder / "result.gpkg"), str(result), dstSRS="EPSG:32632", format="GPKG")
        gdal.VectorTranslate(str(folder / "known.gpkg"), str(known), dstSRS="EPSG:3857", format="GPKG")
        told, left_out = counts(folder / "result.gpkg", folder / "known.gpkg", "-o", folder / "a.osc")
        checks.equal((told["kept"], left_out, told["compared_with"]), (3, [0, 0, 0], 0), "a map without tags")
        told, left_out = counts(folder / "result.gpkg", folder / "known.gpkg", "-o", folder / "b.osc", "--all")
        checks.equal((told["kept"], left_out, told["compared_with"]), (2, [1, 0, 0], 1), "the same with --all")
        text = (folder / "b.osc").read_text()
        checks.that('lat="47.1000000" lon="9.1000000"' in text, "coordinates come back as they were")


def asks_the_server(checks):
    """The map is what the server has now, asked for once."""
    with support.folder() as folder, support.Sandbox(
            "--load", write_map(folder / "town.osm", (area(9.101, 47.1), {"building": "yes"}))) as sandbox:
        result = write_result(folder / "result.geojson", (area(9.1, 47.1), {"object_type": "building"}),
                              (area(9.101, 47.1), {"object_type": "building"}))
        told, left_out = counts(result, "OSMAPI:map?bbox=9.09,47.09,9.11,47.11", "-o", folder / "a.osc", OSMAPI_URL=sandbox.url)
        checks.equal((told["kept"], left_out), (1, [1, 0, 0]), "counts")
        checks.equal(len(sandbox.requests("/map?")), 1, "one map call")
        checks.equal([line for line in sandbox.requests() if " GET " not in f" {line} "], [], "nothing is sent")
        sandbox.fault(path="/api/0.6/map*", count=-1, status=500)
        failed = run(result, "OSMAPI:map?bbox=9.09,47.09,9.11,47.12", "-o", folder / "b.osc", code=1, OSMAPI_URL=sandbox.url,
                     OSMAPI_MAX_WAIT="1", GDAL_HTTP_MAX_RETRY="0")
        checks.that("cannot be read" in failed.stderr, f"a map that cannot be had: {failed.stderr}")
        checks.that(not (folder / "b.osc").exists(), "no file without the map")


def streams_results_of_mapflow(checks):
    """The result comes through our own driver, which is found beside the program when GDAL does not know of it."""
    processing = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
    with support.folder() as folder, support.Sandbox() as sandbox:
        settings = {"MAPFLOW_URL": sandbox.url + "/rest", "MAPFLOW_TOKEN": "anna@example.com:anna-token",
                    "MAPFLOW_MAX_WAIT": "1", "GDAL_HTTP_MAX_RETRY": "1", "GDAL_DRIVER_PATH": str(folder / "none")}
        town = write_map(folder / "town.osm", (area(7.0771, 49.32), {"building": "yes"}))
        told, left_out = counts(f"MAPFLOW:processings/{processing}/result", town, "-o", folder / "a.osc", **settings)
        checks.equal((told["kept"], left_out, told["without_geometry"]), (1, [1, 0, 0], 1), "a result")
        checks.equal(made(folder / "a.osc"), [("way", [("building", "industrial")])], "its classes")
        sandbox.call("PUT", f"/sandbox/mapflow?result={processing}&features=5000&kind=buildings")
        sandbox.forget_requests()
        told, left_out = counts(f"MAPFLOW:processings/{processing}/result", town, "-o", folder / "b.osc", **settings)
        checks.that(told["kept"] + sum(left_out) + told["without_geometry"] + told["without_tags"] + told["impossible"] == 5000,
                    f"five thousand features: {told}")
        checks.equal(len(sandbox.requests("/result")), 1, "read twice, asked for once")
        sandbox.fault(path="/rest/processings/*/result", count=-1, cut=100000)
        failed = run(f"MAPFLOW:processings/{processing}/result", town, "-o", folder / "c.osc", code=1, **settings)
        checks.that("cannot be read" in failed.stderr and not (folder / "c.osc").exists(), f"cut off: {failed.stderr}")
        checks.that("anna-token" not in failed.stderr + failed.stdout, "no token is shown")


def takes_a_mapping(checks):
    with support.folder() as folder:
        result = write_result(folder / "result.geojson", (area(9.1, 47.1), {"kind": "Roof", "panels": 12}),
                              (area(9.2, 47.1), {"kind": "other"}))
        town = write_map(folder / "town.osm", (area(9.3, 47.1), {"building": "yes"}))
        mapping = folder / "my.ini"
        mapping.write_text("[kind=roof @geometry=area]\ngenerator:solar:modules={panels}\npower=generator\n")
        counts(result, town, "-o", folder / "a.osc", "--mapping", mapping)
        checks.equal(made(folder / "a.osc"), [("way", [("area", "yes"), ("generator:solar:modules", "12"), ("power", "generator")])], "its tags")
        mapping.write_text("[kind=roof\n")
        failed = run(result, town, "-o", folder / "b.osc", "--mapping", mapping, code=2)
        checks.that("my.ini, line 1: a section ends with ]" in failed.stderr, failed.stderr)


def tells_what_it_did(checks):
    with support.folder() as folder:
        result = write_result(folder / "result.geojson", (area(9.1, 47.1), {"object_type": "building"}))
        bow = {"type": "Polygon", "coordinates": [[[9.1, 47.1], [9.101, 47.101], [9.101, 47.1], [9.1, 47.101], [9.1, 47.1]]]}
        odd = write_result(folder / "odd.geojson", (bow, {"object_type": "building"}))
        empty = write_result(folder / "empty.geojson")
        town = write_map(folder / "town.osm", (area(9.1, 47.1), {"building": "yes"}))
        other = write_map(folder / "other.osm", (area(9.2, 47.1), {"building": "yes"}))
        review = folder / "review.osc"
        text = run(result, town, "-o", review).stdout
        checks.that("Nothing is left" in text and not review.exists(), f"nothing new: {text}")
        text = run(result, other, "-o", review).stdout
        checks.that(GUIDELINES in text and "Nothing was uploaded" in text and "Automated_Edits" in text, f"a reminder: {text}")
        checks.that("could be compared" in text, "nothing to compare with is said")
        before = review.read_bytes()
        failed = run(result, other, "-o", review, code=2)
        checks.that("--overwrite" in failed.stderr and review.read_bytes() == before, "no file is replaced")
        run(result, other, "-o", review, "--overwrite")
        run(result, town, "-o", review, "--overwrite")
        checks.that(not review.exists(), "what an earlier run wrote is not left as if it was of this one")
        text = run(odd, other, "-o", folder / "odd.osc").stdout
        checks.that("impossible:       1" in text and "not valid" in text, f"a shape that is none: {text}")
        text = run(empty, other, "-o", folder / "empty.osc").stdout
        checks.that("kept:             0" in text and not (folder / "empty.osc").exists(), f"an empty result: {text}")


def refuses_wrong_usage(checks):
    with support.folder() as folder:
        result = write_result(folder / "result.geojson", (area(9.1, 47.1), {"object_type": "building"}))
        town = write_map(folder / "town.osm", (area(9.2, 47.1), {"building": "yes"}))
        (folder / "cut.geojson").write_text(result.read_text()[:-40])
        review = folder / "r.osc"
        for words, code, part in (
                ((result, town), 2, "-o FILE.osc"),
                ((result, "-o", review), 2, "something is missing"),
                ((result, town, "-o", review, "--overlap", "much"), 2, "--overlap is a number"),
                ((result, town, "-o", review, "--overlap", "101"), 2, "--overlap is a number"),
                ((result, town, "-o", review, "--distance", "-1"), 2, "--distance"),
                ((result, town, "-o", review, "--where", "no_such = 1"), 2, "no_such"),
                ((result, town, "-o", folder / "no" / "r.osc"), 2, "no folder"),
                ((result, folder / "none.osm", "-o", review), 1, "none.osm"),
                ((folder / "none.gpkg", town, "-o", review), 1, "none.gpkg"),
                ((folder / "cut.geojson", town, "-o", review), 1, "cut.geojson"),
                (("OSMAPI:nodez?x", town, "-o", review), 1, "nodez")):
            try:
                failed = run(*words, code=code)
                checks.that(part in failed.stderr, f"{words}: {part!r} is not in {failed.stderr!r}")
            except RuntimeError as error:
                checks.that(False, f"{words}: {error}")
        checks.that(not review.exists(), "no file")


checks = support.Checks("conflate")
checks.run(keeps_what_the_map_has_not, compares_lines_and_points, reads_other_systems, asks_the_server, streams_results_of_mapflow, takes_a_mapping,
           tells_what_it_did, refuses_wrong_usage)
checks.close()
