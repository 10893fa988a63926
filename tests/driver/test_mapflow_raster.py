#!/usr/bin/env python3
"""Checks `gdal_translate -of MAPFLOW` against the sandbox: test_mapflow_raster.py BUILD_DIR.

Through the program and through Python: what reaches the mosaic, once each, what is refused and why, what FIX=YES makes
of it, and that nothing is left behind in the folder for temporary files."""
import base64
import hashlib
import json
import os
import random
import subprocess
import urllib.request

from support import BUILD, Checks, Sandbox, folder, gdal, options, osr

TOKEN = "anna@example.com:anna-token"
MOSAIC = "6ee95ae6-f26e-41bd-8cb1-39bea545119f"
SECRETS = ("anna-token", base64.b64encode(TOKEN.encode()).decode().rstrip("="))


def make_tif(path, seed, epsg=32632, kind=gdal.GDT_Byte, width=64, height=64, bands=3, transform=None, driver="GTiff"):
    dataset = gdal.GetDriverByName(driver).Create(str(path), width, height, bands, kind)
    if epsg:
        system = osr.SpatialReference()
        system.ImportFromEPSG(epsg)
        dataset.SetProjection(system.ExportToWkt())
        dataset.SetGeoTransform(transform or (500000 + seed * 100, 0.5, 0, 5200000, 0, -0.5))
    chance = random.Random(seed)
    row = bytes(chance.randrange(1, 256) for _ in range(width)) * height
    for band in range(1, bands + 1):
        dataset.GetRasterBand(band).WriteRaster(0, 0, width, height, row, buf_type=gdal.GDT_Byte)
    return path if driver == "GTiff" else dataset


def told(sandbox):
    return json.loads(sandbox.call("GET", "/sandbox/mapflow"))["uploads"]


def translate(sandbox, temporary, *words):
    """The program gdal_translate; its exit code and all that it says."""
    environment = dict(os.environ, GDAL_DRIVER_PATH=str(BUILD / "gdalplugins"), MAPFLOW_URL=sandbox.url + "/rest",
                       MAPFLOW_TOKEN=TOKEN, CPL_TMPDIR=str(temporary))
    run = subprocess.run(["gdal_translate", "-of", "MAPFLOW", *map(str, words)], env=environment, text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    return run.returncode, run.stdout


def clean(checks, temporary, said, what):
    checks.equal(os.listdir(temporary), [], f"{what}: nothing is left behind")
    checks.that(not any(secret in said for secret in SECRETS), f"{what}: no token is told")


def sends_a_file_once(checks):
    with folder() as place, folder() as temporary, Sandbox() as sandbox:
        file = make_tif(place / "ortho.tif", 1)
        for _ in range(2):
            code, said = translate(sandbox, temporary, file, f"MAPFLOW:rasters/mosaic/{MOSAIC}/image")
            checks.equal(code, 0, f"a GeoTIFF is sent: {said}")
            checks.that("100 - done" in said or "100" in said, f"with progress: {said}")
            clean(checks, temporary, said, "a GeoTIFF")
        sent = told(sandbox)
        checks.equal([upload["name"] for upload in sent], ["ortho.tif"], "one image, however often")
        checks.equal(sent[0]["sha1"], hashlib.sha1(file.read_bytes()).hexdigest(), "the file itself, byte by byte")


def makes_mosaics_by_name(checks):
    with folder() as place, folder() as temporary, Sandbox() as sandbox:
        file = make_tif(place / "ortho.tif", 2, width=700, height=600)
        target = "MAPFLOW:rasters/mosaic/image?name=Town%20survey&tags=a&tags=b%20c"
        for _ in range(2):
            code, said = translate(sandbox, temporary, "-srcwin", 100, 50, 555, 444, "-co", "FILENAME=part", "-co",
                                   "WAIT=YES", file, target)
            checks.equal(code, 0, f"a part of a GeoTIFF is sent: {said}")
            clean(checks, temporary, said, "a part")
        checks.equal([upload["name"] for upload in told(sandbox)], ["part.tif"], "one image, named as wished")
        checks.equal(sandbox_mosaics(sandbox, "Town survey"), [["a", "b c"]], "one mosaic of that name, with its tags")


def sandbox_mosaics(sandbox, name):
    listing = json.loads(call(sandbox, "/rest/rasters/mosaic"))
    return [mosaic["tags"] for mosaic in listing if mosaic["name"] == name]


def call(sandbox, path):
    request = urllib.request.Request(sandbox.url + path)
    request.add_header("Authorization", "Basic " + base64.b64encode(TOKEN.encode()).decode())
    with urllib.request.urlopen(request) as answer:
        return answer.read()


def refuses_with_every_problem(checks):
    with folder() as place, folder() as temporary, Sandbox() as sandbox:
        file = make_tif(place / "bad.tif", 3, bands=2, kind=gdal.GDT_Float32, transform=(500000, 0.4, 0.3, 5200000, 0.3, -0.4))
        target = "MAPFLOW:rasters/mosaic/image?name=New"
        code, said = translate(sandbox, temporary, file, target)
        checks.that(code != 0, "a bad raster is refused")
        for words in ("bad.tif", "2 bands", "rotated", "36.87 degrees", "FIX=YES"):
            checks.that(words in said, f"the refusal says {words}: {said}")
        checks.equal(told(sandbox), [], "nothing is sent")
        checks.equal(sandbox_mosaics(sandbox, "New"), [], "and no mosaic is made")
        clean(checks, temporary, said, "a refusal")
        code, said = translate(sandbox, temporary, "-co", "FIX=YES", file, target)
        checks.equal(code, 0, f"FIX=YES mends it: {said}")
        checks.equal([upload["name"] for upload in told(sandbox)], ["bad.tif"], "under its own name")
        clean(checks, temporary, said, "a mended raster")
        nowhere = make_tif(place / "nowhere.tif", 4, epsg=None)
        code, said = translate(sandbox, temporary, "-co", "FIX=YES", nowhere, target)
        checks.that(code != 0 and "coordinate reference system" in said and "geotransform" in said,
                    f"what cannot be mended is refused with all reasons: {said}")


def takes_datasets_of_any_kind(checks):
    with folder() as place, folder() as temporary, Sandbox() as sandbox:
        driver = gdal.GetDriverByName("MAPFLOW")
        target = f"MAPFLOW:{sandbox.url}/rest/rasters/mosaic/{MOSAIC}/image"
        with options(MAPFLOW_TOKEN=TOKEN, CPL_TMPDIR=str(temporary)):
            memory = make_tif("", 5, driver="MEM")
            parts = []
            copy = driver.CreateCopy(target, memory, 0, ["FILENAME=memory.tif"], lambda done, *_: parts.append(done) or 1)
            checks.that(copy is not None and copy.ReadRaster() == memory.ReadRaster(), "what comes back can be read")
            checks.that(parts and parts == sorted(parts) and parts[-1] == 1, f"its progress grows to 1: {parts}")
            copy = None
            png = gdal.Translate(str(place / "picture.png"), memory, format="PNG")
            png = None
            copy = gdal.Translate(target, str(place / "picture.png"), format="MAPFLOW")
            checks.equal(copy.RasterCount, 3, "a PNG becomes a GeoTIFF")
            copy = None
            checks.equal(sorted(upload["name"] for upload in told(sandbox)), ["memory.tif", "picture.tif"], "both arrive")
            checks.raises(lambda: driver.CreateCopy(target, memory, 0, [], lambda *_: 0), ["top"], "who stops is obeyed")
            checks.raises(lambda: driver.CreateCopy(target.replace("/image", ""), memory), ["rasters/mosaic/{id}/image"],
                          "other calls take no rasters")
            checks.raises(lambda: driver.CreateCopy(target.replace(MOSAIC, MOSAIC[::-1].replace("-", "0", 1)), memory),
                          [], "no such mosaic")
            checks.equal(len(told(sandbox)), 2, "nothing else is sent")
        with options(MAPFLOW_TOKEN="nobody@example.com:wrong", CPL_TMPDIR=str(temporary)):
            checks.raises(lambda: driver.CreateCopy(target, memory), ["401"], "a wrong token")
        checks.equal(os.listdir(temporary), [], "nothing is left behind")


def survives_lost_answers(checks):
    with folder() as place, folder() as temporary, Sandbox() as sandbox:
        file = make_tif(place / "lost.tif", 6, width=300, height=300)
        sandbox.fault(path="/rest/rasters/mosaic/*/image", method="POST", drop="after", count=1)
        code, said = translate(sandbox, temporary, file, f"MAPFLOW:rasters/mosaic/{MOSAIC}/image")
        checks.equal(code, 0, f"an answer that is lost is settled: {said}")
        checks.equal([upload["name"] for upload in told(sandbox)], ["lost.tif"], "one image")


if __name__ == "__main__":
    CHECKS = Checks("mapflow-raster")
    CHECKS.run(sends_a_file_once, makes_mosaics_by_name, refuses_with_every_problem, takes_datasets_of_any_kind,
               survives_lost_answers)
    CHECKS.close()
