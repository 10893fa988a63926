#!/usr/bin/env python3
"""Every call of Mapflow's API, as a user makes it, in both shapes of answers: test_mapflow_calls.py BUILD_DIR.

READS are calls that are layers: what ogr2ogr writes is compared with the sandbox's own document. WRITES are the other
ones: what osmflow or gdal_translate prints and sends, and what the sandbox has afterwards. Each call of the users' guide
must have a row. No row may start a processing unless it says so."""
import collections
import csv
import io
import json
import re
import urllib.request

from mapflow_relay import Answer, Programs, Relay
from mapflow_support import IMAGE, MOSAIC, TOKEN, URBAN, Mapflow, processing
from support import SHARED, Checks, folder, gdal, ogr, osr

A6, FAILED, IN_REVIEW, THREE = (processing(tail) for tail in ("a6", "03", "14", "16"))
AREA = "7.07,49.31,7.09,49.33"
EVERYTHING = {"limit": 1000, "offset": 0}
POLYGON = {"type": "Polygon", "coordinates": [[[7.07, 49.31], [7.09, 49.31], [7.09, 49.33], [7.07, 49.33], [7.07, 49.31]]]}
SEARCH = {
    "acquisitionDateFrom": "2025-03-01T00:00:00Z", "acquisitionDateTo": "2025-11-20T00:00:00Z", "minResolution": 0.35,
    "maxResolution": 0.95, "maxCloudCover": 90.5, "minOffNadirAngle": -19, "maxOffNadirAngle": 19.5,
    "minAoiIntersectionPercent": 30, "limit": 7, "offset": 2, "sortBy": "CLOUD_COVER", "sortOrder": "DESC",
    "hideUnavailable": True, "dataProviders": None, "productTypes": ["IMAGE", "MOSAIC"]}

# call: as the guide heads it, or as it was recorded. asked: method, path and body of the sandbox's own document, whose
# rows are in `rows`. columns: where their values are in it; a pair: in the recorded shape, in the guide's (None: not there).
Read = collections.namedtuple("Read", "call dataset layer asked rows columns refuse", defaults=(None,))
PROCESSING = {"id": "id", "name": "name", "status": "status", "percent_completed": "percentCompleted"}
DETAILS = {**PROCESSING, "cost": "cost", "area": "area", "tile_url": "vectorLayer/tileUrl", "created": "created",
           "updated": "updated", "tilejson_url": ("vectorLayer/tileJsonUrl", None), "revision": ("currentRevision", None),
           "model": ("workflowDef/displayName", None), "provider": ("params/sourceParams/dataProvider/providerName", None),
           "rating": ("rating/rating", None), "blocks": ("blocks", None)}
PROJECT = {"id": "id", "name": "name", "description": "description", "is_default": ("isDefault", None),
           "owner": ("user/email", None), "aoi_area_limit": ("user/aoiAreaLimit", None), "created": ("created", None)}
MOSAICS = {"id": "id", "name": "name", "tags": "tags", "created": "created_at", "size": ("sizeInBytes", None),
           "image_count": ("status_summary/total", "image_count"), "tile_url": ("rasterLayer/tileUrl", None)}
IMAGES = {"id": "id", "filename": "filename", "file_size": "file_size", "uploaded": "uploaded_at", "crs": "meta_data/crs",
          "width": "meta_data/width", "height": "meta_data/height", "band_count": "meta_data/count",
          "pixel_size_x": "meta_data/pixel_size/0", "pixel_size_y": "meta_data/pixel_size/1",
          "checksum": ("checksum", None), "mosaic_id": ("mosaic_id", None), "state": ("state", None)}
IMAGE_STATUS = {"image_id": "image_id", "filename": "filename", "preprocessing_status": "preprocessing_status",
                "preprocessing_error": "preprocessing_error", "data_available": "data_available", "uploaded": "uploaded_at"}
STATS = {"name": "name", "project_name": "projectName", "email": "email", "status": "status", "area": "area", "cost": "cost",
         "percent_completed": "percentCompleted", "model": "scenario", "created": "created", "link_to_map": "linkToMap",
         "archived": "archived"}
SCENES = {"id": "id", "provider_name": "providerName", "product_type": "productType", "acquisition_date": "acquisitionDate",
          "sensor": "sensor", "pixel_resolution": "pixelResolution", "cloud_cover": "cloudCover",
          "off_nadir_angle": "offNadirAngle", "color_band_order": "colorBandOrder", "preview_type": "previewType",
          "preview_url": "previewUrl", "satellite_id": ("satId", None), "sun_elevation": ("sunElevation", None)}
READS = [
    Read("GET /user/status", "user/status", "account", ("GET", "user/status"), "",
         {"id": ("id", "user/id"), "email": ("email", "user/email"), "credits": ("remainingCredits", "user/credits"),
          "billing_type": ("billingType", None), "max_aois_per_processing": ("maxAoisPerProcessing", None)}),
    Read("GET /user/status", "user/status", "models", ("GET", "user/status"), "models",
         {"id": "id", "name": "name", "price_per_sq_km": "pricePerSqKm", "blocks": "blocks", "created": ("created", None)}),
    Read("GET /processings/v2", "processings", "processings", ("GET", "processings/v2"), "",
         {**PROCESSING, "project_id": "projectId", "cost": ("cost", None), "aoi_count": ("aoiCount", None)}),
    Read("GET /processings/{id}/v2", f"processings/{A6}/v2", "processing", ("GET", f"processings/{A6}/v2"), "", DETAILS),
    Read("GET /processings/{id}", f"processings/{A6}", "processing", ("GET", f"processings/{A6}"), "", PROCESSING),
    Read("GET /projects/{id}/processings/v2", f"projects/{URBAN}/processings", "processings",
         ("GET", f"projects/{URBAN}/processings/v2"), "", PROCESSING, "POST /projects/*/processings/v2/page"),
    Read("POST /projects/{id}/processings/v2/page", f"projects/{URBAN}/processings", "processings",
         ("POST", f"projects/{URBAN}/processings/v2/page", EVERYTHING), "results", PROCESSING),
    Read("GET /processings/{id}/aois", f"processings/{THREE}/aois", "aois", ("GET", f"processings/{THREE}/aois"), "",
         {"id": "id", "status": "status", "percent_completed": "percentCompleted", "area": "area", ":geometry": "geometry"}),
    Read("POST /projects/page", "projects", "projects", ("POST", "projects/page", EVERYTHING), "results", PROJECT),
    Read("GET /projects", "projects", "projects", ("GET", "projects"), "", PROJECT, "POST /projects/page"),
    Read("GET /projects/{id}", f"projects/{URBAN}", "project", ("GET", f"projects/{URBAN}"), "", PROJECT),
    Read("GET /projects/default", "projects/default", "project", ("GET", "projects/default"), "", PROJECT),
    Read("POST /processings/stats", "processings/stats", "stats",
         ("POST", "processings/stats?type=JSON", {"page": 1, "perPage": 1000}), "results", STATS),
    Read("POST /processings/stats", "processings/stats?type=CSV", "stats",
         ("POST", "processings/stats?type=JSON", {"page": 1, "perPage": 1000}), "results", STATS),
    Read("POST /processings/stats", "processings/stats?page=2&perPage=5&sort=created:desc&filter=status=OK", "stats",
         ("POST", "processings/stats", {"page": 2, "perPage": 5, "sort": "created:desc", "filter": "status=OK"}), "results",
         STATS),
    Read("GET /rasters/mosaic", "rasters/mosaic?tags=survey", "mosaics", ("GET", "rasters/mosaic?tags=survey"), "",
         {**MOSAICS, ":geometry": ("footprint", None)}),
    Read("GET /rasters/mosaic/{id}", f"rasters/mosaic/{MOSAIC}", "mosaic", ("GET", f"rasters/mosaic/{MOSAIC}"), "",
         {**MOSAICS, ":geometry": ("footprint", None)}),
    Read("GET /rasters/mosaic/{id}/image", f"rasters/mosaic/{MOSAIC}/image", "images",
         ("GET", f"rasters/mosaic/{MOSAIC}/image"), "",
         {**IMAGES, "preview_url_s": "preview_url_s", "preview_url_l": "preview_url_l", ":geometry": "footprint"}),
    Read("GET /rasters/mosaic/{id}/status", f"rasters/mosaic/{MOSAIC}/status", "status",
         ("GET", f"rasters/mosaic/{MOSAIC}/status"), "", {"mosaic_id": "mosaic_id", "ready_images": "ready_images"}),
    Read("GET /rasters/mosaic/{id}/status", f"rasters/mosaic/{MOSAIC}/status", "images",
         ("GET", f"rasters/mosaic/{MOSAIC}/status"), "images", IMAGE_STATUS),
    Read("GET /rasters/image/{id}", f"rasters/image/{IMAGE}", "image", ("GET", f"rasters/image/{IMAGE}"), "",
         {**IMAGES, "dtypes": "meta_data/dtypes", ":geometry": "footprint"}),
    Read("GET /rasters/image/{id}/status", f"rasters/image/{IMAGE}/status", "status",
         ("GET", f"rasters/image/{IMAGE}/status"), "", IMAGE_STATUS),
    Read("GET /rasters/memory", "rasters/memory", "memory", ("GET", "rasters/memory"), "",
         {"limit_bytes": ("memoryLimit", "limit_bytes"), "used_bytes": ("memoryUsed", "used_bytes"),
          "usage_percent": (None, "usage_percent"), "max_upload_file_size": ("maxUploadFileSize", None),
          "max_pixel_count": ("maxPixelCount", None)}),
    Read("POST /catalog/meta", f"catalog/meta?bbox={AREA}", "images", ("POST", "catalog/meta", {"aoi": POLYGON}), "images|",
         {**SCENES, ":geometry": "footprint"}),
]


def ask(server, method, path, body=None):
    headers = {"Authorization": "Basic " + TOKEN, **({"Content-Type": "application/json"} if body is not None else {})}
    asking = urllib.request.Request(f"{server.url}/rest/{path}", json.dumps(body).encode() if body is not None else None,
                                    headers, method=method)
    with urllib.request.urlopen(asking, timeout=30) as answer:
        return answer.read()


def document(server, *asked):
    return json.loads(ask(server, *asked))


def find(node, place):
    for step in place.split("/"):
        node = node[int(step)] if isinstance(node, list) else (node or {}).get(step)
    return node


def same_shape(got, wanted):
    if not got or not wanted:
        return got is None and wanted is None
    there = ogr.CreateGeometryFromWkt(wanted) if isinstance(wanted, str) else ogr.CreateGeometryFromJson(json.dumps(wanted))
    here = ogr.CreateGeometryFromJson(json.dumps(got))
    return here.GetArea() > 0 and abs(here.SymDifference(there).GetArea()) < 1e-9


def same(got, wanted):
    """As a user would say that two values are the same: a time by its seconds, a number by its value."""
    if isinstance(wanted, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z?", wanted):
        return str(got).replace("/", "-").replace(" ", "T")[:19] == wanted[:19]
    if isinstance(wanted, (int, float)) and not isinstance(wanted, bool) and isinstance(got, (int, float)):
        return abs(got - wanted) < 1e-9 * max(1, abs(wanted))
    if isinstance(wanted, (list, dict)) and isinstance(got, str):
        return json.loads(got) == wanted
    return got == wanted


class Calls:
    """Both shapes of one sandbox behind a relay, and the programs of a user."""

    def __init__(self, checks, sandbox, relay, programs, place):
        self.checks, self.sandbox, self.relay, self.programs, self.place = checks, sandbox, relay, programs, place
        self.shape, self.what = "", ""

    def begin(self, shape, what):
        self.shape, self.what = shape, f"{shape}: {what}"
        self.sandbox.call("PUT", "/sandbox/reset")
        self.sandbox.wish(shape=shape)
        self.relay.requests.clear()

    def equal(self, got, wanted, what):
        return self.checks.equal(got, wanted, f"{self.what}: {what}")

    def asked(self, call):
        """The requests of a call that came."""
        pattern = re.escape(call).replace(r"\{id\}", "[^/]+").replace(r"\*", "[^/]+")
        return [request for request in self.relay.requests if re.fullmatch(pattern, request.call)]

    def use(self, *words, code=0, **more):
        done = self.programs.run(*words, **more)
        is_quiet = not done.err or code or ("--wait" in words and "ERROR" not in done.err)
        self.checks.that(done.code == code and is_quiet, f"{self.what}: {done}")
        return done.out

    def use_json(self, *words, **more):
        return json.loads(self.use(*words, **more) or "null")

    def features(self, dataset, layer, *more):
        return self.use_json("ogr2ogr", "-f", "GeoJSON", "/vsistdout/", "MAPFLOW:" + dataset, layer, *more)["features"]

    def has(self, path):
        return document(self.sandbox, "GET", path)

    def started(self, wanted):
        told = self.sandbox.told()
        self.equal((told["started"], told["restarted"], told["spent"] > 0), (wanted, 0, wanted > 0), "started, and spent")


def read(calls, row):
    found = document(calls.relay, *row.asked)
    places = row.rows.split("|")
    rows = found.get(places[0], []) if places[0] and isinstance(found, dict) else found
    rows = rows if isinstance(rows, list) else [rows]
    if row.refuse:
        calls.relay.answer = lambda request: (Answer(404, "Not Found", "text/plain")
                                              if re.fullmatch(re.escape(row.refuse).replace(r"\*", "[^/]+"), request.call) else None)
    calls.relay.requests.clear()
    shown = calls.features(row.dataset, row.layer)
    calls.relay.answer = None
    calls.checks.that(calls.asked(row.call), f"{calls.what}: it was asked for")
    if not calls.equal(len(shown), len(rows), "rows") or not calls.checks.that(rows, f"{calls.what}: there is something"):
        return
    seen = 0
    for column, place in row.columns.items():
        place = place if isinstance(place, str) else place[calls.shape == "spec"]
        for feature, wanted in zip(shown, rows):
            wanted = find(wanted, place) if place else None
            if column == ":geometry":
                good, got = same_shape(feature["geometry"], wanted), feature["geometry"]
            else:
                got = feature["properties"].get(column)
                good = same(got, wanted) or (place is None and got is not None and column == "usage_percent")
            seen += wanted is not None
            if not good and not calls.checks.that(False, f"{calls.what}: {column} is {got!r}, in the document {wanted!r}"):
                break
        else:
            calls.checks.that(True, "")
    calls.checks.that(seen > 0, f"{calls.what}: some values are there")


def create_project(calls):
    made = calls.use("osmflow", "mapflow", "create", "project", "Urban 2026 ü", "--description", "for the \"city\"").strip()
    found = calls.has(f"projects/{made}")
    calls.equal((found["name"], found["description"]), ("Urban 2026 ü", 'for the "city"'), "what was made")
    calls.equal(calls.asked("POST /projects")[0].json(), {"name": "Urban 2026 ü", "description": 'for the "city"'}, "body")


def update_project(calls):
    calls.use("osmflow", "mapflow", "rename", "project", URBAN, "Updated")
    calls.use("osmflow", "mapflow", "describe", "project", URBAN, "Building and road detection")
    found = calls.has(f"projects/{URBAN}")
    calls.equal((found["name"], found["description"]), ("Updated", "Building and road detection"), "what it is")


def delete_project(calls):
    made = calls.use("osmflow", "mapflow", "create", "project", "To go").strip()
    calls.use("osmflow", "mapflow", "delete", "project", made, code=1)
    calls.equal(calls.asked("DELETE /projects/{id}"), [], "without consent")
    calls.use("osmflow", "mapflow", "delete", "project", made, "--yes")
    calls.use("osmflow", "mapflow", "show", "project", made, code=1)


def start_processing(calls):
    calls.sandbox.wish(finish_after=2)
    target = calls.place / f"{calls.shape}.gpkg"
    told = calls.use_json("osmflow", "process", "--model", "buildings", "--bbox", "7.0765,49.3181,7.0831,49.3231", "--provider",
                          "Mapbox", "--zoom", "18", "--project", URBAN, "--name", "Downtown", "--max-cost", "50", "--wait",
                          "-o", target, "--json")
    body = calls.asked("POST /processings/v2")[0].json()
    calls.equal((body["name"], body["projectId"], body["geometry"]["type"]), ("Downtown", URBAN, "Polygon"), "body")
    calls.equal(body["params"]["sourceParams"], {"dataProvider": {"providerName": "Mapbox", "zoom": 18}}, "its source")
    calls.equal((told["started"], told["status"]), (True, "OK"), "what is said")
    calls.equal(calls.has(f"processings/{told['id']}/v2")["name"], "Downtown", "the processing")
    done = gdal.OpenEx(str(target))
    calls.checks.that(done.GetLayer(0).GetFeatureCount() > 0, f"{calls.what}: the result is written")
    calls.started(1)


def start_from_a_mosaic(calls):
    told = calls.use_json("osmflow", "process", "--model", "buildings", "--mosaic", MOSAIC, "--yes", "--json")
    source = calls.asked("POST /processings/v2")[0].json()["params"]["sourceParams"]
    calls.equal((list(source), source["myImagery"]["mosaicId"]), (["myImagery"], MOSAIC), "its source")
    calls.checks.that(told["id"], f"{calls.what}: {told}")
    calls.started(1)


def start_from_the_catalog(calls):
    calls.use_json("osmflow", "process", "--model", "buildings", "--bbox", AREA, "--provider", "Roscosmos", "--catalog-image",
                   "SCN_0000", "--zoom", "18", "--yes", "--json")
    source = calls.asked("POST /processings/v2")[0].json()["params"]["sourceParams"]["imagerySearch"]
    calls.equal((source["dataProvider"], source["imageIds"]), ("Roscosmos", ["SCN_0000"]), "its source")
    calls.started(1)


def start_with_own_tiles(calls):
    calls.use_json("osmflow", "process", "--model", "buildings", "--bbox", AREA, "--url", "https://t.example.com/{z}/{x}/{y}.png",
                   "--source-type", "XYZ", "--zoom", "18", "--crs", "EPSG:3857", "--login-stdin", "--yes", "--json",
                   stdin=b"s3cret-login\ns3cret-password\n")
    calls.equal(calls.asked("POST /processings/v2")[0].json()["params"]["sourceParams"]["userDefined"],
                {"sourceType": "XYZ", "url": "https://t.example.com/{z}/{x}/{y}.png", "zoom": 18, "crs": "EPSG:3857",
                 "rasterLogin": "s3cret-login", "rasterPassword": "s3cret-password"}, "its source")
    calls.started(1)


def cost(calls):
    words = ("--model", "buildings", "--bbox", "7.0765,49.3181,7.0831,49.3231", "--provider", "Mapbox", "--zoom", "18")
    said = calls.use("osmflow", "mapflow", "cost", *words).strip()
    body = calls.asked("POST /processing/cost/v2")[0].json()
    wanted = json.loads(ask(calls.sandbox, "POST", "processing/cost/v2", body))
    calls.equal(float(said), float(wanted), "what it would cost")
    calls.checks.that(wanted > 0 and body["wdId"] and body["geometry"], f"{calls.what}: {body}")
    calls.equal(calls.use_json("osmflow", "mapflow", "cost", *words, "--json")["cost"], wanted, "as JSON")


def result(calls):
    wanted = document(calls.sandbox, "GET", f"processings/{A6}/result")["features"]
    shown = calls.features(f"processings/{A6}/result", "result")
    calls.equal([feature["properties"]["id"] for feature in shown], [feature["properties"]["id"] for feature in wanted], "ids")
    calls.equal([feature["properties"]["object_type"] for feature in shown], ["building"] * 3, "types")
    calls.equal([feature["geometry"] is None for feature in shown], [False, False, True], "geometries")
    calls.checks.that(all(same_shape(one["geometry"], other["geometry"]) for one, other in zip(shown[:1], wanted)), "the place")


def result_of_an_aoi(calls):
    wanted = [aoi["id"] for aoi in document(calls.sandbox, "GET", f"processings/{THREE}/aois")]
    parts = []
    for aoi in wanted:
        own = document(calls.sandbox, "GET", f"processings/{THREE}/result?aoiId={aoi}")["features"]
        shown = calls.features(f"processings/{THREE}/result?aoiId={aoi}", "result")
        calls.equal([feature["properties"]["id"] for feature in shown], [feature["properties"]["id"] for feature in own], aoi)
        calls.checks.that(own, f"{calls.what}: {aoi} has a part")
        parts += shown
    whole = calls.features(f"processings/{THREE}/result", "result")
    calls.equal((len(parts), len(wanted)), (len(whole), 3), "the parts are the whole")
    calls.equal({request.query for request in calls.asked("GET /processings/{id}/result")},
                {"", *(f"aoiId={aoi}" for aoi in wanted)}, "what was asked")


def restart(calls):
    calls.use("osmflow", "mapflow", "restart", FAILED)
    told = calls.sandbox.told()
    calls.equal((told["restarted"], told["started"], told["spent"]), (1, 0, 0), "what it did")
    calls.equal(calls.has(f"processings/{FAILED}/v2")["status"], "IN_PROGRESS", "it runs")


def update_processing(calls):
    other = document(calls.sandbox, "GET", "projects/default")["id"]
    calls.use("osmflow", "mapflow", "rename", "processing", A6, "New name")
    calls.use("osmflow", "mapflow", "describe", "processing", A6, "Updated description")
    calls.use("osmflow", "mapflow", "move", "processing", A6, other)
    sent = {}
    for request in calls.asked("PUT /processings/{id}"):
        sent.update(request.json())
    calls.equal(sent, {"name": "New name", "description": "Updated description", "projectId": other}, "bodies")
    shown = calls.features("processings", "processings", "-where", f"id = '{A6}'")
    calls.equal([(one["properties"]["name"], one["properties"]["project_id"]) for one in shown], [("New name", other)], "read")


def delete_processing(calls):
    calls.use("osmflow", "mapflow", "delete", "processing", FAILED, "--yes")
    calls.use("ogr2ogr", "-f", "CSV", "/vsistdout/", f"MAPFLOW:processings/{FAILED}", code=1)


def review(calls):
    calls.use("osmflow", "mapflow", "rate", A6, "4", "good enough")
    calls.equal(calls.asked("PUT /processings/{id}/rate")[0].json(), {"rating": 4, "feedback": "good enough"}, "body")


def reject(calls):
    calls.use("osmflow", "mapflow", "reject", IN_REVIEW, "roofs are missing")
    calls.equal(calls.asked("PUT /processings/{id}/rejection")[0].json()["comment"], "roofs are missing", "body")
    calls.use("osmflow", "mapflow", "reject", IN_REVIEW, "again", code=1)


def accept(calls):
    calls.use("osmflow", "mapflow", "accept", IN_REVIEW)
    calls.use("osmflow", "mapflow", "accept", A6, code=1)


def stats_for_people(calls):
    wanted = document(calls.sandbox, "POST", "processings/stats", {"page": 1, "perPage": 3, "sort": "created:desc"})["results"]
    shown = calls.use_json("osmflow", "mapflow", "stats", "--limit", "3", "--sort", "created:desc", "--json")
    calls.equal([(one["name"], one["cost"]) for one in shown], [(one["name"], one["cost"]) for one in wanted], "JSON")
    table = list(csv.DictReader(io.StringIO(calls.use("osmflow", "mapflow", "stats", "--csv", "--limit", "3", "--sort", "created:desc"))))
    calls.equal([one["name"] for one in table], [one["name"] for one in wanted], "CSV")
    calls.equal([request.query for request in calls.asked("POST /processings/stats")], ["type=JSON", "type=CSV"], "types")


def create_mosaic(calls):
    made = calls.use("osmflow", "mapflow", "create", "mosaic", "Aerial 2024", "--tag", "agriculture", "--tag", "a, b").strip()
    found = calls.has(f"rasters/mosaic/{made}")
    calls.equal((found["name"], found["tags"]), ("Aerial 2024", ["agriculture", "a, b"]), "what was made")


def update_mosaic(calls):
    calls.use("osmflow", "mapflow", "rename", "mosaic", MOSAIC, "Updated Survey")
    calls.use("osmflow", "mapflow", "tag", "mosaic", MOSAIC, "agriculture", "summer")
    found = calls.has(f"rasters/mosaic/{MOSAIC}")
    calls.equal((found["name"], found["tags"]), ("Updated Survey", ["agriculture", "summer"]), "what it is")


def tif(calls, name, west=423700):
    path = calls.place / name
    system = osr.SpatialReference()
    system.ImportFromEPSG(32631)
    made = gdal.GetDriverByName("GTiff").Create(str(path), 32, 32, 3)
    made.SetProjection(system.ExportToWkt())
    made.SetGeoTransform((west, 0.3, 0, 5402300, 0, -0.3))
    for band in (1, 2, 3):
        made.GetRasterBand(band).Fill(band * 50)
    return path


def upload(calls):
    first, second = tif(calls, f"{calls.shape} a.tif"), tif(calls, f"{calls.shape} b.tif", 423800)
    calls.use("osmflow", "upload", "--mosaic", MOSAIC, "--wait", first)
    calls.use("gdal_translate", "-q", "-of", "MAPFLOW", second, f"MAPFLOW:rasters/mosaic/{MOSAIC}/image")
    calls.equal([upload["name"] for upload in calls.sandbox.told()["uploads"]], [first.name, second.name], "what came")
    shown = calls.features(f"rasters/mosaic/{MOSAIC}/image", "images")
    calls.checks.that({first.name, second.name} <= {one["properties"]["filename"] for one in shown}, f"{calls.what}: listed")
    calls.equal(len(calls.asked("POST /rasters/mosaic/{id}/image")), 2, "requests")


def upload_and_create(calls):
    """Two requests do what the one does: its answer names no image, so a lost one could not be settled."""
    calls.use("gdal_translate", "-q", "-of", "MAPFLOW", tif(calls, f"{calls.shape} quick.tif"),
              "MAPFLOW:rasters/mosaic/image?name=Quick%20Survey&tags=test&tags=a%2Cb")
    found = [mosaic for mosaic in document(calls.sandbox, "GET", "rasters/mosaic") if mosaic["name"] == "Quick Survey"]
    calls.equal([mosaic["tags"] for mosaic in found], [["test", "a,b"]], "one mosaic")
    calls.equal(len(calls.has(f"rasters/mosaic/{found[0]['id']}/image")), 1, "one image")
    content = b"".join((b'--e\r\nContent-Disposition: form-data; name="file"; filename="x.tif"\r\n\r\n',
                        tif(calls, "x.tif").read_bytes(), b"\r\n--e--\r\n"))
    (calls.place / "form").write_bytes(content)
    calls.use("osmflow", "api", "mapflow", "POST", "rasters/mosaic/image?name=Literal&tags=test", "--body", calls.place / "form",
              "--content-type", "multipart/form-data; boundary=e")
    found = [mosaic for mosaic in document(calls.sandbox, "GET", "rasters/mosaic") if mosaic["name"] == "Literal"]
    calls.equal(len(found), 1, "as the guide has it")


def link_image(calls):
    calls.use("osmflow", "mapflow", "link", MOSAIC, "s3://users-data/anna/more.tif")
    calls.equal(calls.asked("POST /rasters/mosaic/{id}/link-image")[0].json(), {"url": "s3://users-data/anna/more.tif"}, "body")


def delete_mosaic(calls):
    calls.use("osmflow", "mapflow", "delete", "mosaic", MOSAIC, code=1)
    calls.use("osmflow", "mapflow", "delete", "mosaic", MOSAIC, "--yes")
    calls.use("ogr2ogr", "-f", "CSV", "/vsistdout/", f"MAPFLOW:rasters/mosaic/{MOSAIC}/image", code=1)
    calls.use("ogr2ogr", "-f", "CSV", "/vsistdout/", f"MAPFLOW:rasters/image/{IMAGE}", code=1)


def rename_image(calls):
    calls.use("osmflow", "mapflow", "rename", "image", IMAGE, "Updated & new=ü.tif")
    shown = calls.features(f"rasters/image/{IMAGE}", "image")
    calls.equal(shown[0]["properties"]["filename"], "Updated & new=ü.tif", "read")


def delete_image(calls):
    calls.use("osmflow", "mapflow", "delete", "image", IMAGE, "--yes")
    calls.equal(calls.features(f"rasters/mosaic/{MOSAIC}/image", "images"), [], "none is left")


def preview(calls):
    for size, most in (("s", 256), ("l", 1024)):
        path = calls.place / f"{calls.shape}-{size}.jpg"
        calls.use("osmflow", "mapflow", "preview", IMAGE, size, "-o", path)
        calls.equal(path.read_bytes(), ask(calls.sandbox, "GET", f"rasters/image/{IMAGE}/preview/{size}"), "the very picture")
        if gdal.GetDriverByName("JPEG"):
            calls.equal(max(gdal.Open(str(path)).RasterXSize, gdal.Open(str(path)).RasterYSize), most, "its size")
    calls.equal([request.path[-2:] for request in calls.asked("GET /rasters/image/{id}/preview/*")], ["/s", "/l"], "sizes")


def download(calls):
    path = calls.place / f"{calls.shape}.tif"
    calls.use("osmflow", "mapflow", "download", IMAGE, "-o", path)
    calls.checks.that(path.stat().st_size > 0, f"{calls.what}: a file")


def version(calls):
    calls.equal(calls.use("osmflow", "mapflow", "version"), "2.5.0\n", "said")
    calls.equal(calls.features("version", "version")[0]["properties"], {"version": "2.5.0"}, "read")


def search(calls):
    """Every parameter of the guide, sent as the type it has there, and what is found."""
    providers = [one["name"] for one in document(calls.sandbox, "GET", "user/status").get("searchDataProviders") or []]
    wishes = {**SEARCH, "dataProviders": providers[:2] or ["Roscosmos"]}
    words = [f"{name}={'true' if item is True else item}" for name, value in wishes.items()
             for item in (value if isinstance(value, list) else [value])]
    shown = calls.features(f"catalog/meta?bbox={AREA}&" + "&".join(words), "images")
    body = calls.asked("POST /catalog/meta")[0].json()
    for name, value in wishes.items():
        if name != "limit":
            calls.equal(body.get(name), value, name)
    calls.equal(body["aoi"]["type"], "Polygon", "aoi")
    found = document(calls.sandbox, "POST", "catalog/meta", {**wishes, "aoi": POLYGON})
    found = found if isinstance(found, list) else found["images"]
    calls.equal([one["properties"]["id"] for one in shown], [one["id"] for one in found], "what is found")
    calls.checks.that(0 < len(found) <= 7, f"{calls.what}: {len(found)} found")
    listed = calls.use_json("osmflow", "mapflow", "list", "catalog", "--bbox", AREA, *(part for word in words for part in ("-P", word)), "--json")
    calls.equal([one["id"] for one in listed], [one["id"] for one in found], "listed by the helper")


WRITES = [
    ("POST /projects", create_project), ("PUT /projects/{id}", update_project), ("DELETE /projects/{id}", delete_project),
    ("POST /processings/v2", start_processing), ("POST /processings/v2", start_from_a_mosaic),
    ("POST /processings/v2", start_from_the_catalog), ("POST /processings/v2", start_with_own_tiles),
    ("POST /processing/cost/v2", cost), ("GET /processings/{id}/result", result),
    ("GET /processings/{id}/result", result_of_an_aoi), ("POST /processings/{id}/restart", restart),
    ("PUT /processings/{id}", update_processing), ("DELETE /processings/{id}", delete_processing),
    ("PUT /processings/{id}/rate", review), ("PUT /processings/{id}/rejection", reject),
    ("PUT /processings/{id}/acceptation", accept), ("POST /processings/stats", stats_for_people),
    ("POST /rasters/mosaic", create_mosaic), ("PUT /rasters/mosaic/{id}", update_mosaic),
    ("POST /rasters/mosaic/{id}/image", upload), ("POST /rasters/mosaic/image", upload_and_create),
    ("POST /rasters/mosaic/{id}/link-image", link_image), ("DELETE /rasters/mosaic/{id}", delete_mosaic),
    ("PUT /rasters/image/{id}", rename_image), ("DELETE /rasters/image/{id}", delete_image),
    ("GET /rasters/image/{id}/preview/{id}", preview), ("GET /rasters/image/{id}/download", download),
    ("GET /version", version), ("POST /catalog/meta", search),
]
STARTING = (start_processing, start_from_a_mosaic, start_from_the_catalog, start_with_own_tiles, restart)


def guide_is_covered(checks):
    guide = SHARED / "spec" / "mapflow-api.txt"
    if not guide.exists():
        checks.skip(f"{guide.name} is not there: whether every call of it has a row is not known")
        return
    headings = re.findall(r"^(GET|POST|PUT|DELETE|PATCH) (/[^\s?]+)", guide.read_text(encoding="utf-8"), re.MULTILINE)
    calls = {f"{method} " + re.sub(r"\{\w+\}", "{id}", path) for method, path in headings}
    tested = {row.call for row in READS} | {call for call, _ in WRITES}
    checks.that(len(calls) >= 26, f"the guide has {len(calls)} calls")
    checks.equal(sorted(calls - tested), [], "calls of the guide without a row")


def try_row(calls, what, call, test):
    for shape in ("recorded", "spec"):
        calls.begin(shape, what)
        try:
            test(calls)
        except Exception as error:  # noqa: BLE001  (something of another form than expected)
            calls.checks.that(False, f"{calls.what}: {type(error).__name__}: {error}")
        calls.relay.answer = None
        calls.checks.that(calls.asked(call), f"{calls.what}: {call} was asked for")
        if test not in STARTING:
            calls.started(0)
        odd = {request.authorization for request in calls.relay.requests
               if request.authorization != "Basic " + TOKEN and "/storage/" not in request.path and "version" not in request.path}
        calls.equal(odd, set(), "the token, and nothing else, was sent")


def main():
    checks = Checks("mapflow_calls")
    guide_is_covered(checks)
    with folder() as place, Mapflow() as sandbox:
        relay = Relay(sandbox)
        calls = Calls(checks, sandbox, relay, Programs(relay.url, place), place)
        for row in READS:
            try_row(calls, f"{row.call} as {row.dataset} {row.layer}", row.call, lambda calls, row=row: read(calls, row))
        for call, test in WRITES:
            try_row(calls, f"{call}, {test.__name__}", call, test)
        calls.programs.tell_no_secrets(checks)
        relay.shutdown()
    checks.close()


if __name__ == "__main__":
    main()
