#!/usr/bin/env python3
"""Rasters whose upload is cut off, whose answer is lost, whose program is killed: one image on the server, never two.

usage: test_upload.py BUILD_DIR
"""
import base64
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "driver"))
from support import BUILD, Checks, Sandbox, gdal, osr  # noqa: E402

SIDE = 1000  # pixels of three bytes: more than the sockets between the two hold at once
TOKEN = base64.b64encode(b"anna@example.com:anna-token").decode()
IMAGES = "/rest/rasters/mosaic/*/image"
FRAME = len("--BB\r\nContent-Disposition: form-data; name=\"file\"; filename=\"ortho.tif\"\r\nContent-Type: image/tiff"
            "\r\n\r\n\r\n--BB--\r\n".replace("BB", 40 * "b"))
PLACES = (0, 1, 200, 0.1, 0.25, 0.5, 0.75, 0.9, -60, -1)  # bytes, parts of the body, bytes before its end


class Desk:
    """A raster file, a server for it, and the program that sends one to the other."""

    def __init__(self, sandbox, folder):
        self.sandbox, self.path, self.mosaics = sandbox, str(pathlib.Path(folder, "ortho.tif")), 0
        raster = gdal.GetDriverByName("GTiff").Create(self.path, SIDE, SIDE, 3, gdal.GDT_Byte, ["PHOTOMETRIC=RGB"])
        crs = osr.SpatialReference()
        crs.ImportFromEPSG(32631)
        raster.SetProjection(crs.ExportToWkt())
        raster.SetGeoTransform((500000, 0.5, 0, 4649776, 0, -0.5))
        raster.WriteRaster(0, 0, SIDE, SIDE, os.urandom(3 * SIDE * SIDE))
        raster = None
        content = pathlib.Path(self.path).read_bytes()
        self.size, self.sha1 = len(content), hashlib.sha1(content).hexdigest()

    def new_mosaic(self):
        self.mosaics += 1
        return f"Cut {self.mosaics}"

    def place(self, wish):
        """Bytes of the body."""
        return int(wish * self.size) if 0 < wish < 1 else wish if wish >= 0 else self.size + FRAME + wish

    def send(self, mosaic, die_at=-1):
        result = subprocess.run([BUILD / "tests" / "send_raster", mosaic, str(die_at), self.path], text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=100,
                                env=dict(os.environ, MAPFLOW_URL=self.sandbox.url + "/rest", MAPFLOW_TOKEN=TOKEN))
        return result.returncode, result.stdout

    def images(self, mosaic):
        """What the server has in the mosaics of that name."""
        self.sandbox.settle()
        ids = [item["id"] for item in self.ask("rasters/mosaic") if item["name"] == mosaic]
        return [image for id in ids for image in self.ask(f"rasters/mosaic/{id}/image")]

    def ask(self, path):
        return json.loads(call(self.sandbox, "/rest/" + path))


def call(sandbox, path):
    request = urllib.request.Request(sandbox.url + path, headers={"Authorization": "Basic " + TOKEN})
    with urllib.request.urlopen(request) as answer:
        return answer.read()


def expect_one(checks, desk, mosaic, what):
    images = desk.images(mosaic)
    checks.equal([(image["filename"], image["file_size"]) for image in images], [("ortho.tif", desk.size)], what)
    if images and "checksum" in images[0]:
        checks.equal(images[0]["checksum"], desk.sha1, what + ", its checksum")


def cut_and_run_again(checks):
    for place in PLACES:
        mosaic, what = DESK.new_mosaic(), f"cut at {place}"
        DESK.sandbox.fault(method="POST", path=IMAGES, request_cut=DESK.place(place), count=-1)
        code, said = DESK.send(mosaic)
        DESK.sandbox.end_faults()
        checks.that(code == 1 and "failed - " in said, f"{what}, always: it fails: {said}")
        checks.equal(DESK.images(mosaic), [], f"{what}, always: nothing arrives")
        checks.equal(DESK.send(mosaic)[0], 0, f"{what}: the second run ends well")
        expect_one(checks, DESK, mosaic, f"{what}: after the second run")
        code, said = DESK.send(mosaic)
        checks.that(code == 0 and "present " in said, f"{what}: a third run sends nothing: {said}")
        expect_one(checks, DESK, mosaic, f"{what}: after the third run")


def cut_once(checks, places=PLACES):
    for place in places:
        mosaic = DESK.new_mosaic()
        DESK.sandbox.fault(method="POST", path=IMAGES, request_cut=DESK.place(place))
        code, said = DESK.send(mosaic)
        DESK.sandbox.end_faults()
        checks.that(code == 0 and "sent " in said and "ready " in said, f"cut at {place}, once: it mends itself: {said}")
        expect_one(checks, DESK, mosaic, f"cut at {place}, once")


def killed(checks):
    for place in PLACES:
        mosaic, at = DESK.new_mosaic(), min(max(DESK.place(place), 0), DESK.size)
        code, _ = DESK.send(mosaic, at)
        checks.equal(code, -9, f"killed at {at}")
        code, said = DESK.send(mosaic)
        checks.equal(code, 0, f"killed at {at}: the second run ends well: {said}")
        expect_one(checks, DESK, mosaic, f"killed at {at}")


def lost_answers(checks):
    cases = [{"drop": "after"}, {"drop": "before"}, {"cut": 0}, {"cut": 5}, {"status": 500}, {"status": 502},
             {"status": 503}, {"status": 503, "retry_after": 1}, {"status": 504, "after": 1}, {"status": 500, "after": 1},
             {"status": 429, "retry_after": 1}]
    for case in cases:
        mosaic = DESK.new_mosaic()
        DESK.sandbox.fault(method="POST", path=IMAGES, **case)
        code, said = DESK.send(mosaic)
        DESK.sandbox.end_faults()
        checks.that(code == 0 and "ready " in said, f"{case}: {said}")
        expect_one(checks, DESK, mosaic, str(case))


def lost_mosaics(checks):
    for case in ({"drop": "after"}, {"drop": "before"}, {"status": 500}, {"status": 502, "after": 1}):
        mosaic = DESK.new_mosaic()
        DESK.sandbox.fault(method="POST", path="/rest/rasters/mosaic", **case)
        code, said = DESK.send(mosaic)
        DESK.sandbox.end_faults()
        checks.that(code == 0, f"making a mosaic, {case}: {said}")
        checks.equal([item["name"] for item in DESK.ask("rasters/mosaic")].count(mosaic), 1, f"making a mosaic, {case}")
        expect_one(checks, DESK, mosaic, f"making a mosaic, {case}")


def refusals(checks):
    cases = [(401, "Not authenticated", "osmflow login mapflow"), (413, "", "413"), (403, "Forbidden", "403")]
    for early in (0, 1):
        for status, body, words in cases:
            mosaic = DESK.new_mosaic()
            DESK.sandbox.fault(method="POST", path=IMAGES, status=status, body=body, early=early)
            code, said = DESK.send(mosaic)
            DESK.sandbox.end_faults()
            checks.that(code == 1 and words in said and "anna-token" not in said and TOKEN not in said,
                        f"{status}, {'early' if early else 'late'}: {said}")
            checks.equal(DESK.images(mosaic), [], f"{status}: nothing is there")


def in_the_shape_of_the_spec(checks):
    DESK.sandbox.call("PUT", "/sandbox/mapflow?shape=spec")
    mosaic = DESK.new_mosaic()
    checks.equal(DESK.send(mosaic)[0], 0, "the spec's shape")
    code, said = DESK.send(mosaic)
    checks.that(code == 0 and "present " in said, f"the spec's shape: a second run sends nothing: {said}")
    expect_one(checks, DESK, mosaic, "the spec's shape")
    cut_once(checks, (0.5, -1))
    DESK.sandbox.call("PUT", "/sandbox/mapflow?shape=recorded")


if __name__ == "__main__":
    CHECKS = Checks("uploads")
    with Sandbox() as SANDBOX, tempfile.TemporaryDirectory(prefix="osmflow-uploads-") as FOLDER:
        DESK = Desk(SANDBOX, FOLDER)
        CHECKS.run(cut_and_run_again, cut_once, killed, lost_answers, lost_mosaics, refusals, in_the_shape_of_the_spec)
    CHECKS.close()
