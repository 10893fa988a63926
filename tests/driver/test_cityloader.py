"""City models through GDAL: exports of the sandbox as layers, where they come to lie, what they cost, what breaks."""
import contextlib
import json
import os
import subprocess
import urllib.parse
import zipfile

from support import Checks, Sandbox, features, folder, gdal, layer_of, layer_names, ogr, open_vector, options, osr, wkt, write_town

BBOX = "9.52,47.14,9.53,47.1468"
SIMPLE = f"CITYLOADER:export/simple?bbox={BBOX}&include=terrain,buildings&format="
FORMATS = ("stl", "obj", "dxf")


@contextlib.contextmanager
def world(sandbox, token="alice-token", **wishes):
    """An empty memory and cache, and the sandbox as a test wishes it."""
    with folder() as place:
        sandbox.call("PUT", "/sandbox/cityloader?" + urllib.parse.urlencode(wishes))
        with options(CITYLOADER_URL=sandbox.url + "/city/api", CITYLOADER_TOKEN=token, CITYLOADER_CACHE=str(place),
                     OSMFLOW_CREDENTIALS=str(place / "credentials.json"), CITYLOADER_POLL="0.01", MAPFLOW_KEEP="0"):
            with quiet():
                yield place


@contextlib.contextmanager
def quiet():
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        yield
    finally:
        gdal.PopErrorHandler()


def told(sandbox):
    return json.loads(sandbox.call("GET", "/sandbox/cityloader"))


def test_nothing_is_made_by_looking(checks):
    with world(SANDBOX):
        dataset = open_vector(SIMPLE + "stl")
        checks.equal(layer_names(dataset), ["terrain", "buildings"], "layers are known without asking")
        checks.raises(lambda: list(features(layer_of(dataset, 1))), ["CREATE=YES", "costs money"], "reading without consent")
        checks.equal(told(SANDBOX)["created"], 0, "nothing was created")
        checks.raises(lambda: gdal.OpenEx(SIMPLE + "stl", gdal.OF_VECTOR | gdal.OF_UPDATE), ["nothing in it can be edited"],
                      "opening for update")


def test_one_request_is_paid_once(checks):
    with world(SANDBOX) as place:
        before = told(SANDBOX)["created"]
        for attempt in range(3):
            layer = layer_of(open_vector(SIMPLE + "stl", "CREATE=YES"), 1)
            checks.that(layer.GetFeatureCount() > 100, f"buildings in attempt {attempt}")
        checks.equal(told(SANDBOX)["created"] - before, 1, "created once")
        other = SIMPLE.replace("terrain,buildings", "buildings,terrain") + "stl"
        checks.that(layer_of(open_vector(other), 1).GetFeatureCount() > 100, "the same request in another order is known")
        identity = layer_of(open_vector(other), 1)
        identity.GetFeatureCount()
        known = identity.GetMetadataItem("EXPORT_ID")
        looks = told(SANDBOX)["looks"]
        again = layer_of(open_vector(f"CITYLOADER:export/{known}"), 1)
        checks.that(again.GetFeatureCount() > 100, "by its id")
        checks.equal(told(SANDBOX)["looks"], looks, "a downloaded export is not even asked for")
        checks.equal(json.loads(again.GetMetadataItem("REQUEST"))["bbox"][0], 9.52, "its request is known by its id")
        archives = [path for path in place.iterdir() if path.suffix == ".zip"]
        checks.equal(len(archives), 1, "one ZIP is kept")


def outlines(sandbox):
    """The buildings of the map as areas, longitude and latitude."""
    dataset = sandbox.open(f"map?bbox={BBOX}")
    layer = layer_of(dataset, "multipolygons")
    layer.SetAttributeFilter("building IS NOT NULL AND osm_way_id IS NOT NULL")
    west, south, east, north = map(float, BBOX.split(","))
    found = []
    for feature in features(layer):
        x0, x1, y0, y1 = feature.GetGeometryRef().GetEnvelope()
        if west <= x0 and x1 <= east and south <= y0 and y1 <= north:
            found.append(feature.GetGeometryRef().Clone())
    return found


def mean_distance(outline, footprint):
    """Of the corners of one from the edge of the other, metres."""
    edge = footprint.Boundary()
    corners = [point for part in outline for point in part.GetGeometryRef(0).GetPoints()]
    distances = []
    for x, y in corners:
        point = ogr.Geometry(ogr.wkbPoint)
        point.AddPoint_2D(x, y)
        distances.append(edge.Distance(point))
    return sum(distances) / len(distances)


def check_places(checks, what, *extra, most=0.1):
    layer = layer_of(open_vector(*extra, "GEOMETRY=FOOTPRINT", "CREATE=YES"), 1)
    checks.equal(layer.GetGeomType(), ogr.wkbMultiPolygon, f"{what}: footprints are areas")
    degrees = osr.SpatialReference()
    degrees.ImportFromEPSG(4326)
    degrees.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    there = osr.CoordinateTransformation(degrees, layer.GetSpatialRef())
    shapes = [feature.GetGeometryRef().Clone() for feature in features(layer)]
    map_shapes = outlines(SANDBOX)
    checks.equal(len(shapes), len(map_shapes), f"{what}: houses that share walls are houses of their own")
    found, distances = 0, []
    for outline in map_shapes:
        outline.Transform(there)
        near = [shape for shape in shapes if shape.Intersects(outline.Centroid()) or shape.Intersects(outline)]
        if near:
            found += 1
            distances.append(min(mean_distance(outline, shape) for shape in near))
    checks.that(len(map_shapes) > 100 and found >= 0.99 * len(map_shapes), f"{what}: {found} of {len(map_shapes)} buildings")
    mean = sum(distances) / len(distances)
    checks.that(mean < most, f"{what}: footprints lie {mean:.3f} m from the map's buildings")


def test_models_lie_on_the_map(checks):
    for form in FORMATS:
        for origin in "center", "sw":
            for separate in "", "&separate_files=true":
                with world(SANDBOX, origin=origin):
                    check_places(checks, f"{form} {origin}{separate}", SIMPLE + form + separate)
    with world(SANDBOX, ascii=1, origin="center"):
        check_places(checks, "ascii", SIMPLE + "stl")
    for form in FORMATS:
        with world(SANDBOX, origin="utm", ascii=1):
            check_places(checks, f"{form} in UTM", SIMPLE + form)
            layer = layer_of(open_vector(SIMPLE + form), 1)
            checks.equal(layer.GetSpatialRef().GetAuthorityCode(None), "32632", f"{form}: the zone")
    with world(SANDBOX, origin="utm", ascii=0):
        check_places(checks, "binary STL has no more digits in UTM", SIMPLE + "stl", most=0.25)
    for origin in "center", "sw":
        with world(SANDBOX, origin=origin, up="y"):
            check_places(checks, f"y upwards, {origin}", SIMPLE + "obj")
            layer = layer_of(open_vector(SIMPLE + "obj"), 1)
            checks.equal(layer.GetMetadataItem("UP_AXIS"), "Y", "the axis is told")
            checks.that("UP=Z" in layer.GetMetadataItem("PLACE_ASSUMPTION"), "and how to say otherwise")
            checks.that(440 < layer.GetNextFeature()["base_height"] < 460, "heights are heights")
    with world(SANDBOX, up="z", origin="center"):
        check_places(checks, "by center", "CITYLOADER:export/simple?center=9.525,47.1434&size=758,756&include=buildings")


def test_layers_have_what_a_user_expects(checks):
    with world(SANDBOX):
        for form, kind in ("TIN", ogr.wkbTINZ), ("POLYHEDRAL", ogr.wkbPolyhedralSurfaceZ):
            dataset = open_vector(SIMPLE + "obj", "CREATE=YES", f"GEOMETRY={form}")
            terrain, buildings = layer_of(dataset, "terrain"), layer_of(dataset, "buildings")
            checks.equal([terrain.GetGeomType(), buildings.GetGeomType()], [kind, kind], form)
            house = buildings.GetNextFeature()
            checks.equal(house.GetGeometryRef().GetGeometryType(), kind, f"{form} geometry")
            checks.that(house["height"] > 3 and abs(house["top_height"] - house["base_height"] - house["height"]) < 1e-9,
                        f"heights of {house.items()}")
            checks.that(house["footprint_area"] > 1 and house["facet_count"] >= 5, f"area and facets of {house.items()}")
            checks.that(house["name"].startswith("building_") and house["color"] in ("#e6e6d9", "#b3331a"), "material")
            checks.equal(terrain.GetFeatureCount(), 1, "one ground")
            ground = terrain.GetNextFeature()
            checks.equal(ground["facet_count"], 3200, "facets of the ground")
            west, east, south, north = ground.GetGeometryRef().GetEnvelope()
            checks.that(abs(ground["footprint_area"] - (east - west) * (north - south)) < 1, "its outline")
        fid = 7
        checks.equal(wkt(buildings.GetFeature(fid)), [wkt(feature) for feature in features(buildings)][fid], "by id")
        checks.that(buildings.GetFeature(10 ** 6) is None, "an id that is none")
        whole = layer_of(open_vector(SIMPLE + "obj", "LAYERS=MODEL"), 0)
        checks.equal([whole.GetName(), whole.GetFeatureCount()], ["model", buildings.GetFeatureCount() + 1], "one layer")
        checks.equal(buildings.GetMetadataItem("HEIGHT_REFERENCE"), "unknown", "heights are of unknown reference")
        checks.that("centre of the area" in buildings.GetMetadataItem("PLACE_ASSUMPTION"), "what was assumed")
        terrain.SetIgnoredFields(["footprint_area", "OGR_GEOMETRY"])
        checks.that(terrain.GetFeature(0).GetGeometryRef() is None, "geometry is not made when nobody wants it")


def test_places_can_be_told(checks):
    with world(SANDBOX):
        name = SIMPLE + "stl"
        layer_of(open_vector(name, "CREATE=YES"), 1).GetFeatureCount()
        for wish, words in (("ORIGIN=NONE", "not placed"), ("ORIGIN=SW", "south-west corner"), ("MODEL_CRS=EPSG:25832", "MODEL_CRS")):
            layer = layer_of(open_vector(name, wish), 1)
            layer.GetFeatureCount()
            checks.that(words in layer.GetMetadataItem("PLACE_ASSUMPTION"), f"{wish}: {layer.GetMetadataItem('PLACE_ASSUMPTION')}")
        checks.that(layer_of(open_vector(name, "ORIGIN=NONE"), 1).GetSpatialRef() is None, "no place, no CRS")
        shifted = layer_of(open_vector(name, "ORIGIN=100,200", "MODEL_CRS=EPSG:25832"), 1)
        plain = layer_of(open_vector(name), 1)
        one, other = shifted.GetNextFeature(), plain.GetNextFeature()
        a, b = one.GetGeometryRef().GetEnvelope(), other.GetGeometryRef().GetEnvelope()
        checks.that(abs(a[0] - b[0] - 100) < 1e-6 and abs(a[2] - b[2] - 200) < 1e-6, "ORIGIN=x,y shifts")
        for wish, words in (("ORIGIN=here", ["AUTO, CENTER, SW, NONE"]), ("GEOMETRY=BOX", ["TIN POLYHEDRAL FOOTPRINT"]),
                            ("UNIT=0", ["UNIT=0"]), ("BBOX=1,2,3", ["4 numbers"])):
            checks.raises(lambda: open_vector(name, wish), words, wish)


def test_refusals(checks):
    for token, words in (("bob-token", ["402", "export.pay", "nothing was created"]), ("mod-token", ["403", "permission"]),
                         ("nobody", ["401", "osmflow login cityloader"]), ("", ["CITYLOADER_TOKEN"])):
        with world(SANDBOX, token=token):
            checks.raises(lambda: list(features(layer_of(open_vector(SIMPLE + "stl", "CREATE=YES"), 1))), words, f"token {token}")
    with world(SANDBOX):
        read = lambda name: list(features(layer_of(open_vector("CITYLOADER:" + name, "CREATE=YES"), 1)))  # noqa: E731
        checks.raises(lambda: read("export/9b1deb4d-3b7d-4bad-9bdd-999999999999"), ["404", "no such export"], "unknown id")
        checks.raises(lambda: read("export/simple?address=Atlantis"), ["The address could not be found."], "unknown address")
        for name, words in (("export/simple", ["exactly one"]), ("export/simple?bbox=1,2,3", ["4 numbers"]),
                            ("export/", ["export/{id}"]), ("", ["export/{id}"]), ("https://example.com/x", ["export/{id}"]),
                            ("export/simple?bbox=1,2,3,4&colour=red", ["colour"])):
            checks.raises(lambda: open_vector("CITYLOADER:" + name), words, f"connection {name}")
        checks.raises(lambda: read("/nowhere.zip"), ["there is no file"], "no file")
    with world(SANDBOX, outcome="failed"):
        checks.raises(lambda: list(features(layer_of(open_vector(SIMPLE + "stl", "CREATE=YES"), 1))),
                      ["has failed", "No data available"], "a failed export")
    SANDBOX.call("PUT", "/sandbox/cityloader?outcome=done")


def test_bad_archives(checks):
    for kind, words in (("truncated", ["no ZIP, or it is cut off"]), ("traversal", ["leads out"]), ("bomb", ["ZIP bomb"]),
                        ("crc", ["checksum"]), ("empty", ["no model"]), ("html", ["no ZIP"])):
        with world(SANDBOX, zip=kind) as place:
            checks.raises(lambda: list(features(layer_of(open_vector(SIMPLE + "stl", "CREATE=YES"), 1))), words, kind)
            checks.equal([path.name for path in place.iterdir() if path.suffix == ".zip"], [], f"{kind}: it is not kept")
    checks.that(not os.path.exists("/tmp/evil.stl"), "nothing is written elsewhere")
    SANDBOX.call("PUT", "/sandbox/cityloader?zip=good")


def test_lost_answers_and_broken_downloads(checks):
    with world(SANDBOX):
        created = told(SANDBOX)["created"]
        SANDBOX.fault(method="POST", path="/city/api/export/simple", drop="after")
        read = lambda: list(features(layer_of(open_vector(SIMPLE + "stl", "CREATE=YES"), 1)))  # noqa: E731
        checks.raises(read, ["may exist and be charged"], "a lost answer")
        checks.raises(read, ["--forget"], "again")
        checks.equal(told(SANDBOX)["created"] - created, 1, "never twice")
    for cut in 1, 1000, 200000, 355000:
        with world(SANDBOX):
            SANDBOX.fault(method="GET", path="/city/cdn/*", cut=cut, count=2)
            layer = layer_of(open_vector(SIMPLE + "stl", "CREATE=YES"), 1)
            checks.that(layer.GetFeatureCount() > 100, f"a download that is cut at {cut} goes on")
            SANDBOX.end_faults()
    with world(SANDBOX):
        SANDBOX.fault(method="GET", path="/city/api/export/*", status=500, count=2)
        checks.that(layer_of(open_vector(SIMPLE + "stl", "CREATE=YES"), 1).GetFeatureCount() > 100, "a server in trouble")
        SANDBOX.end_faults()


def test_files_without_a_server(checks):
    with world(SANDBOX) as place:
        layer_of(open_vector(SIMPLE + "obj", "CREATE=YES"), 1).GetFeatureCount()
        archive = next(path for path in place.iterdir() if path.suffix == ".zip")
        zipfile.ZipFile(archive).extractall(place / "plain")
        model = next((place / "plain").glob("*.obj"))
        with options(CITYLOADER_URL="http://127.0.0.1:1", CITYLOADER_TOKEN=None):
            for path in archive, model, place / "plain":
                layer = layer_of(open_vector(f"CITYLOADER:{path}", f"BBOX={BBOX}"), 1)
                checks.that(layer.GetFeatureCount() > 100 and layer.GetSpatialRef() is not None, f"{path.name}")
        unplaced = layer_of(open_vector(f"CITYLOADER:{model}"), 1)
        unplaced.GetFeatureCount()
        checks.equal(unplaced.GetMetadataItem("PLACED"), "NO", "without an area it is not placed")


def test_into_a_geopackage(checks):
    with world(SANDBOX) as place:
        target = place / "city.gpkg"
        done = subprocess.run(["ogr2ogr", str(target), SIMPLE + "stl", "-oo", "CREATE=YES", "-oo", "GEOMETRY=FOOTPRINT"],
                              env={**os.environ, "CITYLOADER_URL": SANDBOX.url + "/city/api", "CITYLOADER_TOKEN": "alice-token",
                                   "CITYLOADER_CACHE": str(place), "OSMFLOW_CREDENTIALS": str(place / "c.json"),
                                   "CITYLOADER_POLL": "0.01"}, capture_output=True, text=True)
        checks.equal(done.returncode, 0, f"ogr2ogr: {done.stderr}")
        checks.equal(done.stderr.count("origin is taken for"), 1, "what was assumed is said once")
        checks.that("alice-token" not in done.stdout + done.stderr, "no token")
        written = gdal.OpenEx(str(target))
        checks.equal(sorted(layer_names(written)), ["buildings", "terrain"], "layers")
        checks.that(layer_of(written, "buildings").GetFeatureCount() > 100, "buildings")


with folder() as town_folder:
    with Sandbox("--load", write_town(town_folder / "town.osm")) as SANDBOX:
        CHECKS = Checks("test_cityloader")
        CHECKS.run(test_nothing_is_made_by_looking, test_one_request_is_paid_once, test_models_lie_on_the_map,
                   test_layers_have_what_a_user_expects, test_places_can_be_told, test_refusals, test_bad_archives,
                   test_lost_answers_and_broken_downloads, test_files_without_a_server, test_into_a_geopackage)
CHECKS.close()
