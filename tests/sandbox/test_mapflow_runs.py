#!/usr/bin/env python3
"""The Mapflow half of the sandbox: processings that are started, results of any size, faults.

usage: test_mapflow_runs.py SANDBOX
"""
import json
import sys
import threading
import unittest

from mapflow_support import (ANNA, BEN, BUILDINGS, DOWNTOWN, FORM, MapflowTest, fixed, form, order, square, tiff)
from recording import exchange


class Runs(MapflowTest):
    def look(self, started, times):
        got = [self.get(f"/processings/{started['id']}/v2") for _ in range(times)]
        return [(item["status"], item["percentCompleted"]) for item in got]

    def test_the_cost(self):
        def cost(**changes):
            return self.post("/processing/cost/v2", {"wdId": BUILDINGS, **changes})
        mapbox = {"params": {"sourceParams": {"dataProvider": {"providerName": "Mapbox"}}}}
        heights = {"blocks": [{"name": "Heights", "enabled": True}, {"name": "OSM", "enabled": True}]}
        self.assertEqual(cost(areaSqKm=0.2), 10)
        self.assertEqual(cost(areaSqKm=1.5), 20)
        self.assertAlmostEqual(cost(areaSqKm=1.5, **mapbox), 22.4)
        self.assertAlmostEqual(cost(geometry=square(), **mapbox, **heights), 21.2)
        self.assertEqual(self.told()["spent"], 0)

    def test_it_ends_well(self):
        started = self.post("/processings/v2", order(description="d", meta={"source-app": "t"}))
        self.assertEqual((started["status"], started["percentCompleted"], started["cost"]), ("IN_PROGRESS", 0, 12))
        self.assertEqual((self.told()["started"], self.told()["spent"]), (1, 12))
        self.assertEqual(self.get("/user/status")["remainingCredits"], 2438)
        self.assertEqual(self.ask("GET", f"/processings/{started['id']}/result").status, 400)
        self.assertEqual(self.look(started, 4),
                         [("IN_PROGRESS", 33), ("IN_PROGRESS", 66), ("OK", 100), ("OK", 100)])
        done = self.get(f"/processings/{started['id']}/v2")
        self.assertEqual((done["currentRevision"], done["meta"], done["description"]), (0, {"source-app": "t"}, "d"))
        self.assertEqual(self.get(f"/processings/{started['id']}/aois")[0]["status"], "OK")

    def test_its_result_lies_in_its_areas(self):
        apart = {"type": "MultiPolygon", "coordinates": [square(0.004)["coordinates"],
                                                         square(0.004, west=8)["coordinates"]]}
        self.wish("finish_after=0")
        started = self.post("/processings/v2", order(geometry=apart))
        self.look(started, 1)
        path = f"/processings/{started['id']}/result"
        aois = self.get(f"/processings/{started['id']}/aois")
        parts = [self.get(f"{path}?aoiId={aoi['id']}")["features"] for aoi in aois]
        self.assertEqual(len(self.get(path)["features"]), len(parts[0]) + len(parts[1]))
        for part, west in zip(parts, (7.0765, 8)):
            self.assertGreater(len(part), 10)
            for feature in part:
                lon, lat = feature["geometry"]["coordinates"][0][0]
                self.assertTrue(west - 1e-4 < lon < west + 0.0041 and 49.318 < lat < 49.3222)
        self.assertEqual(self.ask("GET", path + "?aoiId=zzz").status, 400)
        self.assertEqual(self.ask("GET", path + "?aoiId=" + started["id"]).status, 404)

    def test_it_ends_badly_and_is_begun_again(self):
        self.wish("finish_after=1&outcome=FAILED")
        started = self.post("/processings/v2", order())
        self.assertEqual(self.look(started, 1), [("FAILED", 0)])
        message, = self.get(f"/processings/{started['id']}/v2")["messages"]
        self.assertEqual(message["parameters"], {"min_res": "0.07", "actual_res": "0.0054"})
        self.wish("finish_after=2&outcome=OK")
        self.assertEqual(self.post(f"/processings/{started['id']}/restart", b"")["status"], "IN_PROGRESS")
        self.assertEqual(self.look(started, 2), [("IN_PROGRESS", 50), ("OK", 100)])
        self.assertEqual((self.told()["restarted"], self.told()["spent"]), (1, 12))

    def test_without_money(self):
        self.wish("credits=11.9")
        answer = self.ask("POST", "/processings/v2", order())
        self.assertEqual((answer.status, json.loads(answer.body)["message"]),
                         (400, "You don't have enough limit, please contact admin!"))
        self.assertEqual((self.told()["started"], self.told()["credits"]), (0, 11.9))
        self.wish("credits=12")
        self.assertEqual(self.ask("POST", "/processings/v2", order()).status, 200)
        own = self.get("/projects/default", BEN)["id"]
        self.assertEqual(self.ask("POST", "/processings/v2", order(projectId=own), BEN).status, 400)

    def test_with_own_imagery(self):
        self.wish("looks_until_ready=1")
        mosaic = self.post("/rasters/mosaic", {"name": "m"})["id"]
        self.upload(tiff(), mosaic=mosaic)
        image = self.told()["uploads"][0]["image"]
        own = {"params": {"sourceParams": {"myImagery": {"imageIds": [image]}}}}
        self.assertEqual(self.ask("POST", "/processings/v2", order(**own)).status, 400, "it is not ready")
        self.images(mosaic)
        self.images(mosaic)
        self.assertEqual(self.post("/processings/v2", order(**own))["cost"], 10)
        whole = {"params": {"sourceParams": {"myImagery": {"mosaicId": mosaic}}}}
        self.assertEqual(self.post("/processings/v2", order(wdId=None, wdName="🚗 Roads", **whole))["cost"], 5)

    def test_listings_look_too(self):
        started = self.post("/processings/v2", order())
        for _ in range(3):
            self.post(f"/projects/{started['projectId']}/processings/v2/page", {})
        self.assertEqual(self.get(f"/processings/{started['id']}/v2")["percentCompleted"], 100)


class Results(MapflowTest):
    path = f"/processings/{DOWNTOWN}/result"

    def test_any_number_of_each_kind(self):
        kinds = {"buildings": {"Polygon", "MultiPolygon"}, "forest": {"Polygon", "Point"},
                 "roads": {"Polygon", "MultiPolygon", "LineString"},
                 "opendata": {"Polygon", "MultiPolygon", "LineString"},
                 "mixed": {"Polygon", "MultiPolygon", "LineString", "Point", None}}
        for kind, types in kinds.items():
            self.wish(f"result={DOWNTOWN}&features=3000&kind={kind}")
            answer = self.ask("GET", self.path)
            self.assertEqual((answer.chunked, answer.header("Content-Type")), (True, "application/octet-stream"))
            features = json.loads(answer.body)["features"]
            ids = [feature["properties"]["id"] for feature in features]
            self.assertEqual((len(ids), len(set(ids))), (3000, 3000))
            self.assertEqual({(feature["geometry"] or {"type": None})["type"] for feature in features}, types, kind)
            self.assertEqual(self.ask("GET", self.path).body, answer.body, "the same bytes every time")
            if kind == "buildings":
                self.assertAlmostEqual(len(answer.body) / 3000, 530, delta=40)

    def test_rings_are_closed_and_places_differ(self):
        self.wish(f"result={DOWNTOWN}&features=5000&kind=buildings")
        seen = set()
        for feature in self.get(self.path)["features"]:
            coordinates = feature["geometry"]["coordinates"]
            for ring in coordinates if feature["geometry"]["type"] == "Polygon" else coordinates[0]:
                self.assertEqual(ring[0], ring[-1])
                self.assertGreaterEqual(len(ring), 5)
                seen.add(tuple(ring[0]))
        self.assertEqual(len(seen), 5000)

    def test_sizes_around_the_cycle(self):
        for count in (0, 1, 2, 1023, 1024, 1025, 2048):
            self.wish(f"result={DOWNTOWN}&features={count}")
            self.assertEqual(len(self.get(self.path)["features"]), count)

    def test_one_that_is_given(self):
        for given in ({"type": "FeatureCollection", "features": []}, {"any": "100 %s", "text": "ü" * 70000}):
            self.assertEqual(self.ask("PUT", f"/sandbox/mapflow?result={DOWNTOWN}", given).status, 200)
            self.assertEqual(self.get(self.path), given)
        self.wish(f"result={DOWNTOWN}&features=7")
        self.assertEqual(len(self.get(self.path)["features"]), 7)

    def test_parts_of_areas(self):
        path = f"/processings/{fixed(16)}"
        self.wish(f"result={fixed(16)}&features=1000&kind=forest")
        parts = [self.get(f"{path}/result?aoiId={aoi['id']}")["features"] for aoi in self.get(path + "/aois")]
        self.assertEqual([len(part) for part in parts], [333, 333, 334])
        self.assertEqual(sum(parts, []), self.get(path + "/result")["features"])

    def test_with_a_length(self):
        self.wish(f"result={DOWNTOWN}&features=2000&content_length=1")
        answer = self.ask("GET", self.path)
        self.assertEqual((answer.chunked, int(answer.header("Content-Length"))), (False, len(answer.body)))
        json.loads(answer.body)

    def test_several_at_once(self):
        self.wish(f"result={DOWNTOWN}&features=20000")
        whole, got = self.ask("GET", self.path).body, []
        threads = [threading.Thread(target=lambda: got.append(self.ask("GET", self.path).body)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([body == whole for body in got], [True] * 4)


class Hostile(MapflowTest):
    """Whatever comes is refused, and the server goes on; under the sanitizers this says more."""

    def test_bodies(self):
        nothing = [None, [], {}, "x", -1, 1e300, True, [None], [[]], [[None]], {"type": "Polygon"},
                   {"type": "MultiPolygon", "coordinates": [None]}, {"type": "Polygon", "coordinates": [[[1]]]}]
        calls = ["/processings/v2", "/processing/cost/v2", "/catalog/meta", "/projects", "/projects/page",
                 "/processings/stats", "/rasters/mosaic", f"/projects/{order()['projectId']}/processings/v2/page"]
        for path in calls:
            whole = order(aoi=square(), limit=1, offset=0, sortBy="NAME", filter="x", tags=[], page=1, perPage=1)
            for name in list(whole) + ["blocks", "meta", "dataProviders", "productTypes", "maxCloudCover", "areaSqKm"]:
                for value in nothing:
                    answer = self.ask("POST", path, {**whole, name: value})
                    self.assertIn(answer.status, (200, 400, 404, 422), f"{path} {name} {value}")
        for kind in ("imagerySearch", "myImagery", "dataProvider", "userDefined"):
            for value in nothing + [{"imageIds": item, "mosaicId": item} for item in nothing]:
                changed = order(params={"sourceParams": {kind: value}})
                self.assertEqual(self.ask("POST", "/processings/v2", changed).status, 400, f"{kind} {value}")
        self.assertEqual(self.ask("POST", "/projects", b"[" * 5000).status, 400)

    def test_files(self):
        for variant in ({}, {"big": True, "last": True}):
            content = tiff(**variant)
            start = 16 + 240 if variant else 8  # where the directory is
            for place in range(start, min(start + 240, len(content))):
                for byte in (0, 0x7F, 0xFF):
                    changed = content[:place] + bytes([byte]) + content[place + 1:]
                    answer = self.ask("POST", "/rasters/mosaic/image?name=x&tags=", form(changed), headers=FORM)
                    self.assertIn(answer.status, (200, 422), f"{place} {byte}")
        self.assertEqual(self.ask("GET", "/user/status").status, 200)


class Faults(MapflowTest):
    path = f"/processings/{DOWNTOWN}/result"

    def test_a_result_breaks_off(self):
        self.wish(f"result={DOWNTOWN}&features=2000")
        whole = self.ask("GET", self.path)
        for place in (0, 5, 100000):
            self.fault(f"cut={place}&path=/rest/processings/*/result")
            answer = self.ask("GET", self.path)
            self.assertEqual((answer.whole, answer.body), (False, whole.body[:place]))
        self.fault("end=1000")
        answer = self.ask("GET", self.path)
        self.assertEqual((answer.whole, len(answer.body)), (True, 1000))
        self.assertEqual(self.ask("GET", self.path).body, whole.body)

    def test_an_answer_is_lost_after_the_deed(self):
        mosaic = self.post("/rasters/mosaic", {"name": "m"})["id"]
        for drop, images in (("before", 0), ("after", 1)):
            self.fault(f"drop={drop}&method=POST")
            self.assertEqual(self.upload(tiff(), mosaic=mosaic).status, 0)
            self.assertEqual(len(self.images(mosaic)), images, drop)
        self.fault("drop=after&method=POST&path=/rest/processings/v2")
        self.assertEqual(self.ask("POST", "/processings/v2", order()).status, 0)
        self.assertEqual((self.told()["started"], self.told()["spent"]), (1, 12))

    def test_an_upload_breaks_off(self):
        mosaic = self.post("/rasters/mosaic", {"name": "m"})["id"]
        content = tiff() + bytes(3000000)
        for place in (0, 500, 1000000, 3000000):
            self.fault(f"request_cut={place}&method=POST")
            try:
                status = self.upload(content, mosaic=mosaic).status
            except (BrokenPipeError, ConnectionResetError):
                status = 0
            self.assertEqual(status, 0)
        self.fault("request_cut=9000000&method=POST")
        self.assertEqual(self.upload(content, mosaic=mosaic).status, 200, "so many never come")
        self.assertEqual(len(self.images(mosaic)), 1)

    def test_the_gateway_answers(self):
        for status, title in ((413, b"Request Entity Too Large"), (502, b"Bad Gateway"), (504, b"Gateway Timeout")):
            self.fault(f"status={status}&path=/rest/*")
            answer = self.ask("GET", "/user/status")
            self.assertEqual((answer.status, answer.header("Content-Type")), (status, "text/html"))
            self.assertIn(title, answer.body.replace(b"Time-out", b"Timeout"))
        self.fault("status=429&retry_after=3&path=/rest/*")
        self.assertEqual(self.ask("GET", "/user/status").header("Retry-After"), "3")
        self.fault('status=403&path=/rest/*&body={"detail":"Forbidden"}'.replace('"', "%22"))
        answer = self.ask("GET", self.path)
        self.assertEqual((answer.status, answer.header("Content-Type"), json.loads(answer.body)),
                         (403, "application/json", {"detail": "Forbidden"}))
        self.fault("status=403&path=/rest/*&body=Forbidden")
        self.assertEqual(self.ask("GET", self.path).body, b"Forbidden")

    def test_an_answer_before_the_body(self):
        mosaic = self.post("/rasters/mosaic", {"name": "m"})["id"]
        self.fault("status=413&early=1&method=POST")
        answer = self.upload(tiff(), mosaic=mosaic)
        self.assertEqual(answer.status, 413)
        self.assertEqual(self.images(mosaic), [])

    def test_counts(self):
        self.get("/user/status")
        self.get("/user/status")
        self.get(f"/processings/{DOWNTOWN}/v2")
        self.assertEqual(self.told()["requests"], {"GET /user/status": 2, "GET /processings/*/v2": 1})
        self.wish("forget=1")
        self.assertEqual(self.told()["requests"], {})
        self.assertEqual(exchange(self.port, "GET", "/rest/user/status", ANNA).status, 200)

    def test_more_of_everything(self):
        self.wish("projects=5&processings=100")
        self.assertEqual(self.post("/projects/page", {})["total"], 46)
        self.assertEqual(self.post("/processings/stats", {})["total"], 181)
        self.wish(f"processing={DOWNTOWN}&status=FAILED")
        self.assertEqual(self.get(f"/processings/{DOWNTOWN}/v2")["status"], "FAILED")

    def test_without_hashing(self):
        self.wish("hash=0")
        self.assertEqual(self.ask("POST", "/rasters/mosaic/image?name=x&tags=", form(tiff()), headers=FORM).status, 200)
        self.assertEqual(self.told()["uploads"][0]["sha1"], "")


if __name__ == "__main__":
    MapflowTest.program = sys.argv.pop(1)
    unittest.main()
