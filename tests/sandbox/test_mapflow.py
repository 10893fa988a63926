#!/usr/bin/env python3
"""The Mapflow half of the sandbox: its documents are the recorded ones, its refusals say what the real servers say, and
what is started, uploaded and deleted has its effects.

usage: test_mapflow.py SANDBOX
"""
import csv
import hashlib
import io
import json
import sys
import unittest

from mapflow_support import (ANNA, BEN, BUILDINGS, DOWNTOWN, EXAMPLES, FORM, IMAGE, JSON, LOGGED_IN, MOSAIC, NOBODY,
                             PROJECT, MapflowTest, fixed, form, order, square, tiff)

AOI = {"aoi": square(0.1)}


class Documents(MapflowTest):
    def test_each_has_the_recorded_members(self):
        for path, name in [("/user/status", "user_status"), ("/projects/default", "project"),
                           (f"/projects/{PROJECT}", "project"), (f"/processings/{DOWNTOWN}/aois", "aois"),
                           ("/rasters/memory", "memory"), (f"/rasters/mosaic/{MOSAIC}", "mosaic"),
                           (f"/rasters/mosaic/{MOSAIC}/status", "mosaic_status"), (f"/rasters/image/{IMAGE}", "image"),
                           (f"/rasters/image/{IMAGE}/download", "download"),
                           (f"/processings/{DOWNTOWN}/v2", "processing")]:
            example = EXAMPLES[name]
            got = self.get(path)
            # Whole models stand in for the short ones of the examples.
            if name == "project":
                got["workflowDefs"], got["progress"]["details"] = [], example["progress"]["details"]
            if name == "user_status":
                example = dict(example, dataProviders=[dict(example["dataProviders"][0], minAreaSqkm=None)])
                for model in got["models"]:
                    sources = (model["requirements"] or {"sources": {}})["sources"]
                    sources.get("xyz", {}).get("required", {}).pop("max_zoom", None)
            self.same_form(got, example, path)

    def test_listings_are_of_the_same_objects(self):
        for path, name in [("/processings/v2", "processing"), (f"/projects/{PROJECT}/processings/v2", "processing"),
                           ("/rasters/mosaic", "mosaic"), (f"/rasters/mosaic/{MOSAIC}/image", "image")]:
            listed = self.get(path)
            self.assertGreater(len(listed), 0)
            for item in listed:
                example = json.loads(json.dumps(EXAMPLES[name]))
                if name == "processing":  # which source is not null differs, and one is of the old form
                    for document in (item, example):
                        document["params"] = document["messages"] = None
                self.same_form(item, example, path)
        self.same_form(self.post("/catalog/meta", AOI), EXAMPLES["catalog"], "catalog")
        self.same_form(self.post("/processings/stats", {}), EXAMPLES["stats"], "stats")

    def test_created_ones_too(self):
        self.same_form(self.post("/rasters/mosaic", {"name": "x", "tags": ["a"]}), EXAMPLES["new_mosaic"])
        project = self.post("/projects", {"name": "x"})
        self.assertEqual(list(project), list(EXAMPLES["project"]))
        self.assertEqual(list(self.post("/processings/v2", order())), list(EXAMPLES["processing"]))
        self.same_form(json.loads(self.upload(tiff()).body), EXAMPLES["upload"])

    def test_the_fixed_result_is_the_recorded_one(self):
        self.assertEqual(self.get(f"/processings/{DOWNTOWN}/result"), EXAMPLES["result"])
        self.assertEqual(self.get(f"/processings/{DOWNTOWN}/v2"), EXAMPLES["processing"] | {
            name: self.get(f"/processings/{DOWNTOWN}/v2")[name]
            for name in ("vectorLayer", "workflowDef", "area", "aoiArea")})

    def test_the_old_form_has_flat_params(self):
        self.assertEqual(self.get(f"/processings/{DOWNTOWN}")["params"], {"data_provider": "Mapbox", "zoom": "19"})
        secrets = self.get(f"/processings/{fixed(13)}/v2")["params"]
        self.assertEqual((secrets["raster_login"], secrets["raster_password"]), ("s3cret-login", "s3cret-password"))
        source = self.get(f"/processings/{fixed(14)}/v2")["params"]["sourceParams"]["userDefined"]
        self.assertEqual((source["rasterLogin"], source["rasterPassword"]), ("s3cret-login", "s3cret-password"))

    def test_the_guides_shape(self):
        self.wish("shape=spec")
        short = ["id", "name", "description"]
        for path, members in [("/user/status", ["user", "models"]), (f"/projects/{PROJECT}", ["id", "name"]),
                              ("/rasters/memory",
                               ["used_bytes", "limit_bytes", "used_gb", "limit_gb", "usage_percent"]),
                              (f"/rasters/mosaic/{MOSAIC}", ["id", "name", "tags", "created_at", "image_count"]),
                              (f"/processings/{DOWNTOWN}/v2", ["id", "name", "status", "percentCompleted", "area", "cost",
                                                               "vectorLayer", "created", "updated"]),
                              (f"/rasters/image/{IMAGE}", ["id", "filename", "file_size", "uploaded_at", "footprint",
                                                           "meta_data"])]:
            self.assertEqual(list(self.get(path)), members, path)
        self.assertIn("messages", self.get(f"/processings/{fixed(3)}/v2"), "the guide says to look there")
        self.assertEqual(list(self.get("/user/status")["user"]), ["id", "email", "credits"])
        self.assertEqual(list(self.post("/projects", {"name": "x", "description": "y"})), short)
        self.assertEqual(list(self.get("/processings/v2")[0]), ["id", "name", "projectId", "status", "percentCompleted"])
        self.assertEqual(list(self.post("/processings/v2", order())),
                         ["id", "name", "status", "percentCompleted", "cost", "created"])
        self.assertEqual(list(json.loads(self.upload(tiff()).body)),
                         ["id", "mosaic_id", "filename", "file_size", "uploaded_at"])
        self.assertIsInstance(self.post("/catalog/meta", AOI), list)
        self.assertIsInstance(self.post("/processing/cost/v2", {"wdId": BUILDINGS, "areaSqKm": 1.5}), int)

    def test_pages(self):
        first = self.post("/projects/page", {"limit": 20, "offset": 0, "sortBy": "NAME", "sortOrder": "ASC"})
        self.assertEqual((first["total"], first["count"], len(first["results"])), (41, 20, 20))
        rest = self.post("/projects/page", {"limit": 100, "offset": 20, "sortBy": "NAME", "sortOrder": "ASC"})
        names = [project["name"] for project in first["results"] + rest["results"]]
        self.assertEqual((len(names), names), (41, sorted(names)))
        found = self.post("/projects/page", {"filter": "urban"})["results"]
        self.assertEqual([project["id"] for project in found], [PROJECT])
        path = f"/projects/{PROJECT}/processings/v2/page"
        self.assertEqual(self.post(path, {"terms": "forest"})["results"][0]["name"], "City Forest")
        costs = [item["cost"] for item in self.post(path, {"sortBy": "COST", "sortOrder": "DESC"})["results"]]
        self.assertEqual(costs, sorted(costs, reverse=True))
        archive = self.post("/projects/page", {"filter": "Archive"})["results"][0]
        self.assertEqual((archive["processingCounts"]["total"], archive["processingCounts"]["succeeded"]), (65, 65))

    def test_statuses_are_all_there(self):
        statuses = {item["status"] for item in self.get(f"/projects/{PROJECT}/processings/v2")}
        self.assertLessEqual({"OK", "IN_PROGRESS", "FAILED", "AWAITING", "CANCELLED", "REFUNDED", "UNPROCESSED",
                              "ARCHIVING"}, statuses)

    def test_history(self):
        done = self.post("/processings/stats?type=json", {"filter": "status=FAILED"})
        self.assertEqual([row["name"] for row in done["results"]], ["Drone Flight"])
        rows = self.post("/processings/stats", {"page": 2, "perPage": 5, "sort": "cost:desc"})
        self.assertEqual((rows["count"], len(rows["results"]), rows["total"]), (5, 5, 81))
        answer = self.ask("POST", "/processings/stats?type=CSV", {"perPage": 1000})
        table = list(csv.DictReader(io.StringIO(answer.body.decode())))
        self.assertEqual((answer.header("Content-Type"), len(table)), ("text/csv; charset=UTF-8", 81))
        self.assertEqual(list(table[0]), list(EXAMPLES["stats"]["results"][0]))

    def test_service(self):
        version = self.ask("GET", "/version", login=[])
        self.assertEqual((version.status, version.body), (200, b"2.5.0"))
        packed = self.ask("GET", "/projects", headers=[("Accept-Encoding", "gzip")])
        self.assertEqual((packed.header("Content-Encoding"), len(json.loads(packed.body))), ("gzip", 41))


class Logins(MapflowTest):
    def test_who_may(self):
        for login in (ANNA, LOGGED_IN):
            self.assertEqual(self.get("/user/status", login)["email"], "anna@example.com")
        self.assertEqual(self.get("/user/status", BEN)["email"], "ben@example.com")
        self.assertEqual((self.get("/processings/v2", BEN), self.get("/rasters/mosaic", BEN)), ([], []))

    def test_who_may_not(self):
        wrong = [[], [("Authorization", "Bearer nonsense")], [("Authorization", ANNA[0][1].replace("Basic", "Bearer"))],
                 [("Authorization", "Basic alice-token")]]
        for login in wrong:
            answer = self.ask("GET", "/user/status", login=login)
            self.assertEqual((answer.status, answer.body), (401, b"Unauthorized"))
            answer = self.ask("GET", "/rasters/memory", login=login)
            self.assertEqual((answer.status, json.loads(answer.body)), (401, {"detail": "Not authenticated"}))

    def test_what_is_not_ones_own(self):
        answer = self.ask("GET", f"/processings/{DOWNTOWN}/v2", login=BEN)
        self.assertEqual((answer.status, answer.body), (403, b"Forbidden"))
        answer = self.ask("DELETE", f"/rasters/mosaic/{MOSAIC}", login=BEN)
        self.assertEqual((answer.status, json.loads(answer.body)["detail"]["code"]), (403, "AccessDenied"))


def bad_request(message):
    return 400, {"code": "BAD_REQUEST", "message": message, "params": None}


def missing(name):
    return bad_request(f"Invalid value for: body (Attempt to decode value on failed cursor at '{name}')")


def field(where, name, message, kind):
    return 422, {"detail": [{"loc": [where, name] if name else [where], "msg": message, "type": kind}]}


def source(**kinds):
    return {"params": {"sourceParams": kinds}}


class Refusals(MapflowTest):
    def check(self, cases):
        for method, path, body, (status, words) in cases:
            answer = self.ask(method, path, body)
            got = json.loads(answer.body) if isinstance(words, dict) else answer.body.decode()
            self.assertEqual((answer.status, got), (status, words), f"{method} {path} {body}")

    def test_of_the_processing_api(self):
        wrong_type = "Invalid value for: body (Got value '{}' with wrong type, expecting {} at '{}')"
        self.check([
            ("GET", "/nothing", None, (404, "Not Found")),
            ("PUT", "/projects", {}, (405, "Method Not Allowed")),
            ("DELETE", "/projects/default", None, (405, "Method Not Allowed")),
            ("GET", "/projects/zzz", None, bad_request("Invalid value for: path parameter projectId")),
            ("POST", "/projects", b"", bad_request("Invalid value for: body (exhausted input)")),
            ("POST", "/projects", b"[1]",
             bad_request("Invalid value for: body (Got value '[1]' with wrong type, expecting object)")),
            ("POST", "/projects", {}, missing("name")),
            ("POST", "/projects", {"name": 5}, bad_request(wrong_type.format("5", "string", "name"))),
            ("POST", "/projects/page", {"sortBy": "COLOUR"},
             bad_request("Invalid value for: body (Enum value 'COLOUR' is unknown at 'sortBy')")),
            ("POST", "/processing/cost/v2", {}, missing("wdId")),
            ("POST", "/processing/cost/v2", {"wdId": BUILDINGS}, missing("geometry")),
            ("POST", "/processings/v2", order(name=None), missing("name")),
            ("POST", "/processings/v2", order(projectId=None), missing("projectId")),
            ("POST", "/processings/v2", order(wdId=None), missing("wdId")),
            ("POST", "/processings/v2", order(geometry=None), missing("geometry")),
            ("POST", "/processings/v2", order(params=None), missing("params")),
            ("POST", "/processings/v2", order(params={}), missing("params.sourceParams")),
            ("POST", "/processings/v2", order(**source(userDefined={"sourceType": "XYZ"})),
             missing("params.sourceParams.url")),
            ("POST", "/processings/v2", order(**source(myImagery={})), missing("params.sourceParams.imageIds")),
            ("POST", "/processings/v2", order(**source(dataProvider={"providerName": "No"})),
             bad_request("Data provider No not found")),
            ("POST", "/processings/v2", order(**source(dataProvider={"providerName": "Mapbox"}, myImagery={})),
             bad_request("Exactly one of the source params should be specified")),
            ("POST", "/processings/v2", order(geometry={"type": "Point", "coordinates": [1, 2]}),
             bad_request("Invalid geometry: it is no Polygon or MultiPolygon")),
            ("POST", "/processings/v2", order(blocks=[{"name": "Wings", "enabled": True}]),
             bad_request("Block Wings is not found in workflow definition")),
            ("PUT", f"/processings/{DOWNTOWN}", {"geometry": square()},
             bad_request("Geometry updates are not supported")),
            ("GET", f"/processings/{fixed(2)}/result", None, bad_request("Processing is not completed")),
            ("POST", f"/processings/{DOWNTOWN}/restart", None, bad_request("Processing has no failed partitions")),
            ("POST", "/catalog/meta", {}, bad_request("Invalid value for: body")),
            ("POST", "/catalog/meta", {**AOI, "maxCloudCover": 101},
             bad_request("maxCloudCover should be between 0 and 100")),
        ])

    def test_of_areas(self):
        answer = self.ask("POST", "/processings/v2", order(geometry=square(0.1)))
        refusal = json.loads(answer.body)
        area = refusal["params"]["area"]
        self.assertEqual((answer.status, refusal), (400, {
            "code": "TOO_LARGE_PROCESSING", "params": {"area": area, "aoiAreaLimit": "25000000"},
            "message": f"Processings larger than 25000000 sq.m. are prohibited. Area: {area}"}))
        self.assertAlmostEqual(int(area), 80.8e6, delta=1e6)
        answer = self.ask("POST", "/processings/v2", order(**source(dataProvider={"providerName": "Pleiades"})))
        refusal = json.loads(answer.body)
        self.assertEqual((refusal["code"], refusal["params"]["providerMinArea"]), ("ProviderMinAreaError", "5"))

    def test_of_the_data_api(self):
        absent = {"detail": {"code": "ItemNotFound", "parameters": {"instance_type": "mosaic", "uid": NOBODY}}}
        self.check([
            ("GET", "/rasters/nothing", None, (404, {"detail": "Not Found"})),
            ("DELETE", "/rasters/memory", None, (405, {"detail": "Method Not Allowed"})),
            ("GET", f"/rasters/mosaic/{NOBODY}", None, (404, absent)),
            ("DELETE", f"/rasters/mosaic/{NOBODY}", None, (404, absent)),
            ("GET", "/rasters/mosaic/zzz", None,
             field("path", "mosaic_id", "value is not a valid uuid", "type_error.uuid")),
            ("POST", "/rasters/mosaic", {}, field("body", "name", "field required", "value_error.missing")),
            ("POST", "/rasters/mosaic", b"{", field("body", None, "Expecting value", "value_error.jsondecode")),
            ("POST", "/rasters/mosaic", {"name": "x", "tags": "y"},
             field("body", "tags", "value is not a valid list", "type_error.list")),
            ("PUT", f"/rasters/image/{IMAGE}", None, field("query", "name", "field required", "value_error.missing")),
            ("PUT", f"/rasters/image/{IMAGE}?name=", None,
             field("query", "name", "ensure this value has at least 1 characters",
                   "value_error.any_str.min_length")),
            ("GET", f"/rasters/image/{IMAGE}/preview/xl", None,
             field("path", "size", "value is not a valid enumeration member; permitted: 's', 'l'",
                   "type_error.enum")),
            ("POST", f"/rasters/mosaic/{MOSAIC}/image", b"x",
             field("body", "file", "field required", "value_error.missing")),
            ("POST", "/rasters/mosaic/image?name=x", b"x",
             field("query", "tags", "field required", "value_error.missing")),
        ])

    def test_wishes_that_are_not_understood(self):
        for wish in ("colour=red", "shape=round", "features=5&result=" + NOBODY, f"result={DOWNTOWN}&features=x",
                     f"result={DOWNTOWN}&features=1&kind=cars", "max_file=much"):
            self.assertEqual(self.ask("PUT", "/sandbox/mapflow?" + wish).status, 400, wish)


class Changes(MapflowTest):
    def test_projects(self):
        project = self.post("/projects", {"name": "Neu ü", "description": "d"})
        path = f"/projects/{project['id']}"
        self.assertEqual(json.loads(self.ask("PUT", path, {"name": "Other"}).body)["name"], "Other")
        self.assertEqual((self.get(path)["name"], self.get(path)["description"]), ("Other", "d"))
        started = self.post("/processings/v2", order(projectId=project["id"]))
        self.assertEqual(self.ask("DELETE", path).status, 200)
        self.assertEqual(self.ask("GET", path).status, 404)
        self.assertEqual(self.ask("GET", f"/processings/{started['id']}/v2").status, 404)
        default = self.get("/projects/default")["id"]
        self.assertEqual(self.ask("DELETE", f"/projects/{default}").status, 400)

    def test_processings(self):
        path = f"/processings/{fixed(8)}"
        other = self.get("/projects/default")["id"]
        self.ask("PUT", path, {"name": "N", "description": "D", "projectId": other})
        got = self.get(path + "/v2")
        self.assertEqual((got["name"], got["description"], got["projectId"]), ("N", "D", other))
        self.assertEqual(self.ask("PUT", path, {"projectId": NOBODY}).status, 404)
        self.assertEqual(self.ask("PUT", path + "/rate", {"rating": 4, "feedback": "f"}).status, 200)
        self.assertEqual(self.get(path + "/v2")["rating"], {"rating": 4, "feedback": "f"})
        self.assertEqual(self.ask("PUT", path + "/rate", {"rating": 6}).status, 400)
        self.assertEqual(self.ask("PUT", path + "/acceptation").status, 400)
        self.assertEqual(self.ask("DELETE", path).status, 200)
        self.assertEqual(self.ask("GET", path).status, 404)

    def test_reviews(self):
        path = f"/processings/{fixed(14)}"
        self.assertEqual(self.ask("PUT", path + "/rejection", {}).status, 400)
        self.assertEqual(self.ask("PUT", path + "/rejection", {"comment": "no"}).status, 200)
        self.assertEqual(self.get(path + "/v2")["reviewStatus"]["reviewStatus"], "NOT_ACCEPTED")
        self.assertEqual(self.ask("PUT", path + "/acceptation").status, 400, "it is not in review any more")

    def test_mosaics_and_images(self):
        made = self.post("/rasters/mosaic", {"name": "A", "tags": ["x", "y"]})
        empty = self.get(f"/rasters/mosaic/{made['id']}")
        self.assertEqual((empty["footprint"], empty["rasterLayer"]["tileUrl"]), ("MULTIPOLYGON EMPTY", ""))
        self.assertEqual([item["id"] for item in self.get("/rasters/mosaic?tags=x&tags=y")], [made["id"]])
        self.assertEqual(self.get("/rasters/mosaic?tags=x&tags=survey"), [])
        changed = json.loads(self.ask("PUT", f"/rasters/mosaic/{made['id']}", {"tags": ["z"]}).body)
        self.assertEqual((changed["tags"], changed["name"]), (["z"], "A"))
        self.assertEqual(json.loads(self.ask("PUT", f"/rasters/image/{IMAGE}?name=N%20%26").body)["filename"], "N &")
        linked = self.ask("POST", f"/rasters/mosaic/{made['id']}/link-image", {"url": "s3://bucket/x.tif"})
        self.assertEqual(json.loads(linked.body)["message"], "File successfully linked to a mosaic")
        self.assertEqual(self.images(made["id"])[0]["filename"], "x.tif")
        used = self.get("/rasters/memory")["memoryUsed"]
        gone = self.ask("DELETE", f"/rasters/image/{IMAGE}")
        self.assertEqual(json.loads(gone.body), {"message": f"{IMAGE} deleted"})
        self.assertEqual(used - self.get("/rasters/memory")["memoryUsed"], 68417439)
        self.assertEqual(json.loads(self.ask("DELETE", f"/rasters/mosaic/{made['id']}").body),
                         {"message": "Files deleted"})
        self.assertEqual(self.ask("GET", f"/rasters/mosaic/{made['id']}").status, 404)

    def test_search(self):
        def search(**wishes):
            return self.post("/catalog/meta", {**AOI, **wishes})
        self.assertEqual((search()["total"], len(search(limit=7, offset=58)["images"])), (60, 2))
        tests = [("maxCloudCover", 10.0, lambda image: image["cloudCover"] <= 10),
                 ("minOffNadirAngle", 5, lambda image: image["offNadirAngle"] >= 5),
                 ("maxOffNadirAngle", -5, lambda image: image["offNadirAngle"] <= -5),
                 ("maxResolution", 0.5, lambda image: image["pixelResolution"] <= 0.5),
                 ("minResolution", 0.9, lambda image: image["pixelResolution"] >= 0.9),
                 ("minAoiIntersectionPercent", 70.0, lambda image: image["aoiIntersectionPercent"] >= 70),
                 ("acquisitionDateFrom", "2025-10-01T00:00:00Z", lambda image: image["acquisitionDate"] >= "2025-10"),
                 ("acquisitionDateTo", "2025-10-01T00:00:00Z", lambda image: image["acquisitionDate"] < "2025-10-02"),
                 ("dataProviders", ["Pleiades"], lambda image: image["providerName"] == "Pleiades"),
                 ("productTypes", ["MOSAIC"], lambda image: image["previewType"] == "xyz")]
        for name, value, fits in tests:
            found = search(**{name: value})
            self.assertTrue(0 < found["total"] < 60, name)
            self.assertTrue(all(map(fits, found["images"])), name)
        clouds = [image["cloudCover"] for image in search(sortBy="CLOUD_COVER", sortOrder="DESC")["images"]]
        self.assertEqual(clouds, sorted(clouds, reverse=True))
        self.assertEqual(search(hideUnavailable=True)["total"], 54)


class Uploads(MapflowTest):
    def detail(self, answer, status, code):
        self.assertEqual(answer.status, status, answer.body)
        detail = json.loads(answer.body)["detail"]
        self.assertEqual(detail["code"], code)
        return detail["parameters"]

    def test_the_file_is_looked_at(self):
        variants = [{}, {"sign": ">"}, {"big": True}, {"sign": ">", "big": True, "last": True}, {"last": True},
                    {"bands": 1, "bits": 16}, {"bands": 4}, {"epsg": 3857, "corner": (780000.0, 6300000.0)},
                    {"epsg": 4326, "pixel": 0.0001, "corner": (7.0, 49.0)}]
        for number, variant in enumerate(variants):
            content = tiff(**variant)
            mosaic = self.post("/rasters/mosaic", {"name": str(number)})["id"]
            self.assertEqual(self.upload(content, f"{number}.tif", mosaic).status, 200, variant)
            image, = self.images(mosaic)
            meta = image["meta_data"]
            self.assertEqual((image["filename"], image["file_size"], image["checksum"]),
                             (f"{number}.tif", len(content), hashlib.sha1(content).hexdigest()))
            self.assertEqual((meta["width"], meta["height"], meta["count"], meta["crs"], meta["pixel_size"][0]),
                             (10, 8, variant.get("bands", 3), f"EPSG:{variant.get('epsg', 32631)}",
                              variant.get("pixel", 0.3)))
            self.assertEqual(set(meta["dtypes"]), {f"uint{variant.get('bits', 8)}"})
            if variant.get("epsg") == 4326:
                self.assertTrue(image["footprint"].startswith("POLYGON ((7 49, 7.001 49, "), image["footprint"])
            kept = self.get("/rasters/memory")["memoryUsed"]
        self.assertEqual(kept - 5368709120, sum(len(tiff(**variant)) for variant in variants))

    def test_utm_footprint(self):
        mosaic = self.post("/rasters/mosaic", {"name": "u"})["id"]
        self.upload(tiff(), mosaic=mosaic)
        lon, lat = map(float, self.images(mosaic)[0]["footprint"][len("POLYGON (("):].split(",")[0].split())
        self.assertAlmostEqual(lon, 1.96161675, 7)
        self.assertAlmostEqual(lat, 48.76902586, 7)

    def test_what_cannot_be_taken(self):
        def check(content, status, code):
            return self.detail(self.upload(content), status, code)
        check(b"GIF89a" + bytes(100), 422, "FileOpenError")
        check(b"", 422, "FileOpenError")
        check(tiff()[:60], 422, "FileOpenError")
        self.assertEqual(check(tiff(epsg=0, pixel=0), 422, "FileCheckFailed")["bad_parameters"], ["crs", "transform"])
        self.assertEqual(check(tiff(pixel=1, corner=(0.0, 0.0)), 422, "FileCheckFailed")["bad_parameters"],
                         ["transform"])
        check(tiff(epsg=4326, pixel=1.0, corner=(0.0, 45.0)), 422, "ImageExtentTooBig")
        check(tiff(epsg=4326, pixel=1.0, corner=(175.0, 45.0)), 422, "ImageOutOfBounds")
        self.wish("max_pixels=9")
        self.assertEqual(check(tiff(), 422, "FileCheckFailed")["bad_parameters"], ["width"])
        self.wish("max_pixels=65535&max_file=100")
        self.assertEqual(check(tiff(), 403, "FileTooBig"),
                         {"max_file_size": 100, "actual_file_size": len(tiff())})
        self.wish("max_file=10000&memory_free=50")
        self.assertEqual(check(tiff(), 403, "MemoryLimitExceeded"),
                         {"available_memory": 50, "memory_requested": len(tiff())})
        self.wish("memory_free=null")
        self.assertIsNone(self.get("/rasters/memory")["memoryFree"])
        self.assertEqual(self.upload(tiff()).status, 200)

    def test_the_first_image_sets_the_norm(self):
        mosaic = self.post("/rasters/mosaic", {"name": "n"})["id"]
        self.assertEqual(self.upload(tiff(), mosaic=mosaic).status, 200)
        misfit = self.detail(self.upload(tiff(bands=4), "b.tif", mosaic), 422, "FileValidationFailed")
        self.assertEqual(misfit, {"filename": "b.tif", "mosaic_id": mosaic, "param_name": "count", "got_param": 4,
                                  "expected_param": 3})
        others = [("dtypes", tiff(bits=16)), ("crs", tiff(epsg=32632)), ("pixel_size", tiff(pixel=0.4))]
        for _, content in others:
            self.assertEqual(self.upload(content, mosaic=mosaic).status, 200)
        self.wish("strict=1")
        for name, content in others:
            misfit = self.detail(self.upload(content, mosaic=mosaic), 422, "FileValidationFailed")
            self.assertEqual(misfit["param_name"], name)
        self.assertEqual(self.upload(tiff(pixel=0.31), mosaic=mosaic).status, 200, "within ten percent")

    def test_forms(self):
        content = tiff() + b"\r\n--" * 100 + b"\r\n----edg" * 50 + b"\r\n------edgy"
        extra = (b'------edge\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n')
        mosaic = self.post("/rasters/mosaic", {"name": "f"})["id"]
        for body in (form(content), form(content, before=extra), b"preamble\r\n" + form(content)):
            self.assertEqual(self.upload(None, mosaic=mosaic, body=body).status, 200)
        self.assertEqual({item["sha1"] for item in self.told()["uploads"]}, {hashlib.sha1(content).hexdigest()})
        sent = self.upload(None, mosaic=mosaic, body=form(content),
                           headers=FORM + [("Transfer-Encoding", "chunked")])
        self.assertEqual(sent.status, 200)
        for body, status in [(form(content)[:-20], 400), (form(content, field="image"), 422),
                             (form(content, filename=""), 422), (b"x", 400)]:
            self.assertEqual(self.upload(None, mosaic=mosaic, body=body).status, status)
        self.assertEqual(len(self.images(mosaic)), 4)

    def test_create_and_upload(self):
        answer = self.ask("POST", "/rasters/mosaic/image?name=Quick%20%C3%BC&tags=a&tags=b", form(tiff()), headers=FORM)
        mosaic = self.get(f"/rasters/mosaic/{json.loads(answer.body)['mosaic_id']}")
        self.assertEqual((mosaic["name"], mosaic["tags"], mosaic["status_summary"]["total"]), ("Quick ü", ["a", "b"], 1))
        before = len(self.get("/rasters/mosaic"))
        self.wish("max_file=10")
        answer = self.ask("POST", "/rasters/mosaic/image?name=x&tags=", form(tiff()), headers=FORM)
        self.detail(answer, 403, "FileTooBig")
        self.assertEqual(len(self.get("/rasters/mosaic")), before, "a refused image leaves no mosaic")

    def test_an_image_becomes_ready(self):
        def status(mosaic):
            item, = self.get(f"/rasters/mosaic/{mosaic}/status")["images"]
            return item["preprocessing_status"], item["data_available"]
        mosaic = self.post("/rasters/mosaic", {"name": "r"})["id"]
        self.upload(tiff(), mosaic=mosaic)
        image = self.told()["uploads"][-1]["image"]
        self.assertEqual(self.ask("GET", f"/rasters/image/{image}/download").status, 409)
        self.assertEqual(self.ask("GET", f"/rasters/image/{image}/preview/s").status, 404)
        self.assertEqual([status(mosaic) for _ in range(4)],
                         [("PENDING", False), ("IN_PROGRESS", False), ("COMPLETED", True), ("COMPLETED", True)])
        self.assertEqual(self.get(f"/rasters/image/{image}")["state"], "READY")
        self.wish("looks_until_ready=-1")
        mosaic = self.post("/rasters/mosaic", {"name": "r"})["id"]
        self.upload(tiff(), mosaic=mosaic)
        self.assertEqual([status(mosaic)[0] for _ in range(3)], ["PENDING", "IN_PROGRESS", "FAILED"])

    def test_previews_and_downloads(self):
        for size, side in (("s", 256), ("l", 1024)):
            answer = self.ask("GET", f"/rasters/image/{IMAGE}/preview/{size}", login=[])
            frame = answer.body.index(b"\xff\xc0")
            height, width = (int.from_bytes(answer.body[frame + at:frame + at + 2], "big") for at in (5, 7))
            self.assertEqual((answer.status, answer.header("Content-Type"), answer.body[:2], answer.body[-2:]),
                             (200, "image/jpeg", b"\xff\xd8", b"\xff\xd9"))
            self.assertEqual((width, height), (side, round(side * 4079 / 5589)))
        self.wish("looks_until_ready=0")
        mosaic = self.post("/rasters/mosaic", {"name": "d"})["id"]
        self.upload(tiff(), mosaic=mosaic)
        image, = self.images(mosaic)
        offer = self.get(f"/rasters/image/{image['id']}/download")
        path = offer["download_url"].split(str(self.port))[1]
        self.assertEqual(self.ask("GET", path, login=[]).body, tiff())
        self.assertEqual(self.ask("GET", path).status, 400, "the storage takes no other login beside its own")
        self.assertEqual(self.ask("GET", path.split("?")[0], login=[]).status, 403)


if __name__ == "__main__":
    MapflowTest.program = sys.argv.pop(1)
    unittest.main()
