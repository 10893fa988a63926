#!/usr/bin/env python3
"""Checks `osmflow upload` against the sandbox: test_upload.py BUILD_DIR.

What it prints, what it sends, and what the mosaic has afterwards: each file once, whatever happens on the way. No output
of any run may hold a token."""
import base64
import json
import os
import pathlib
import pty
import random
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "driver"))
import support  # noqa: E402
from support import gdal, osr  # noqa: E402

TOKEN = "anna@example.com:anna-token"
SECRETS = (TOKEN, "anna-token", base64.b64encode(TOKEN.encode()).decode().rstrip("="))
MOSAIC = "6ee95ae6-f26e-41bd-8cb1-39bea545119f"
printed = []


def environment(sandbox, **settings):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OSMAPI_", "MAPFLOW_", "GDAL_HTTP_"))}
    kept.update(MAPFLOW_URL=sandbox.url + "/rest", MAPFLOW_TOKEN=TOKEN, MAPFLOW_MAX_WAIT="10")
    kept.update(settings)
    return kept


def start(sandbox, *words, **more):
    settings = more.pop("settings", {})
    return subprocess.Popen([str(support.BUILD / "bin" / "osmflow"), "upload", *map(str, words)], text=True,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=environment(sandbox, **settings),
                            **{"stderr": subprocess.PIPE, **more})


class Run:
    def __init__(self, sandbox, *words, **settings):
        process = start(sandbox, *words, settings=settings)
        self.out, self.err = process.communicate(timeout=120)
        self.code = process.returncode
        printed.append(self.out + self.err)
        self.lines = self.out.splitlines()

    def events(self):
        return [json.loads(line) for line in self.lines]


def make_tif(path, seed, epsg=32632, kind=gdal.GDT_Byte, width=64, height=64, bands=3):
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), width, height, bands, kind)
    if epsg:
        system = osr.SpatialReference()
        system.ImportFromEPSG(epsg)
        dataset.SetProjection(system.ExportToWkt())
        dataset.SetGeoTransform((500000 + seed * 100, 0.5, 0, 5200000, 0, -0.5))
    chance = random.Random(seed)
    row = bytes(chance.randrange(1, 256) for _ in range(width)) * height
    for band in range(1, bands + 1):
        dataset.GetRasterBand(band).WriteRaster(0, 0, width, height, row, buf_type=gdal.GDT_Byte)
    return path


def told(sandbox):
    return json.loads(sandbox.call("GET", "/sandbox/mapflow"))


def uploads(sandbox):
    return sorted(upload["name"] for upload in told(sandbox)["uploads"])


def control(sandbox, **wishes):
    sandbox.call("PUT", "/sandbox/mapflow?" + "&".join(f"{name}={value}" for name, value in wishes.items()))


def sends_each_file_once(checks):
    with support.folder() as folder, support.Sandbox() as sandbox:
        (folder / "sub").mkdir()
        files = [make_tif(folder / name, seed) for seed, name in enumerate(("a.tif", "b.TIF", "c d.tiff"))]
        make_tif(folder / "sub" / "deeper.tif", 9)
        (folder / "notes.txt").write_text("no image")
        run = Run(sandbox, "--name", "Survey", "--tag", "2026", "--tag", "north", "--wait", folder)
        checks.equal(run.code, 0, f"a folder: {run.err}")
        checks.equal(uploads(sandbox), ["a.tif", "b.TIF", "c d.tiff"], "its GeoTIFFs, and no other files")
        checks.equal(run.err.count("Waiting until the images can be used."), 1, "what it waits for is said")
        for file in files:
            checks.that(f"{file}: sent" in run.lines and f"{file}: ready to be used" in run.lines, f"{file.name} is told")
        found = re.search(r"Mosaic ([0-9a-f-]{36}) \(new\): 3 sent \(\d+ kB\), 0 there already, 0 refused, 0 failed, of 3",
                          run.lines[-1])
        if not checks.that(found, f"the summary: {run.lines[-1]}"):
            return
        mosaic = json.loads(subprocess.run(
            [str(support.BUILD / "bin" / "osmflow"), "api", "mapflow", "GET", f"rasters/mosaic/{found.group(1)}"],
            env=environment(sandbox), stdout=subprocess.PIPE, check=True).stdout)
        checks.equal((mosaic["name"], sorted(mosaic["tags"])), ("Survey", ["2026", "north"]), "the mosaic")

        again = Run(sandbox, "--name", "Survey", folder / "*.tif", folder / "a.tif", files[2])
        checks.equal((again.code, again.lines[:2]), (0, [f"{files[0]}: there already", f"{files[2]}: there already"]),
                     "a pattern, a path twice: nothing is sent again")
        checks.equal(len(uploads(sandbox)), 3, "still three images")
        fourth = make_tif(folder / "d.tif", 4)
        more = Run(sandbox, "--mosaic", found.group(1), folder, "--json", "--parallel", "4")
        events = more.events()
        checks.equal((more.code, sorted(event["event"] for event in events if event["event"] not in ("sending", "summary"))),
                     (0, ["present"] * 3 + ["sent"]), "--mosaic: what is new goes")
        last = events[-1]
        checks.equal({name: last[name] for name in ("event", "files", "sent", "present", "refused", "failed", "bytes", "status",
                                                    "is_mosaic_new", "mosaic_id")},
                     {"event": "summary", "files": 4, "sent": 1, "present": 3, "refused": 0, "failed": 0,
                      "bytes": fourth.stat().st_size, "status": "fine", "is_mosaic_new": False, "mosaic_id": found.group(1)},
                     "--json: the summary")
        sent = [event for event in events if event["event"] == "sent"][0]
        checks.that(sent["file"] == str(fourth) and re.fullmatch("[0-9a-f-]{36}", sent["image_id"]), f"--json: {sent}")
        checks.equal(more.err, "", "--json: nothing on standard error")


def goes_on_after_a_bad_file(checks):
    with support.folder() as folder, support.Sandbox() as sandbox:
        good = [make_tif(folder / "a.tif", 1), make_tif(folder / "z.tif", 2)]
        bad = make_tif(folder / "bad.tif", 3, epsg=0)
        (folder / "text.tif").write_text("not a GeoTIFF")
        dry = Run(sandbox, "--name", "New", "--dry-run", folder, folder / "missing.tif")
        checks.equal((dry.code, told(sandbox)["created"]["mosaics"], uploads(sandbox)), (1, 0, []), "--dry-run makes nothing")
        checks.that("of 5 files 2 can be sent, 0 there already, 3 refused" in dry.out, f"--dry-run: {dry.out}")
        place = dry.lines.index(f"{bad}: refused")
        checks.that(dry.lines[place + 1].startswith("  ") and dry.lines[place + 2].startswith("  "), "all problems are listed")
        run = Run(sandbox, "--name", "New", folder, folder / "missing.tif", "--json")
        events = run.events()
        checks.equal(run.code, 1, "something is refused")
        checks.equal(uploads(sandbox), ["a.tif", "z.tif"], "the good ones are there")
        refused = {pathlib.Path(event["file"]).name: event["messages"] for event in events if event["event"] == "refused"}
        checks.equal(sorted(refused), ["bad.tif", "missing.tif", "text.tif"], "--json: the bad ones")
        checks.that(len(refused.get("bad.tif", [])) >= 2, "--json: a message for each problem")
        checks.equal((events[-1]["sent"], events[-1]["refused"], events[-1]["status"]), (2, 3, "bad data"), "the summary")
        checks.that("not in the mosaic: 3 of 5 files" in run.err and run.err.count("\n") == 1, f"the error: {run.err}")
        wide = make_tif(folder / "w.tif", 6, kind=gdal.GDT_UInt16)
        strict = Run(sandbox, "--name", "New", "--strict", wide)
        checks.equal((strict.code, f"{wide}: refused" in strict.lines), (1, True), "--strict refuses another type")
        fixed = Run(sandbox, "--name", "New", "--strict", "--fix", wide)
        checks.equal((fixed.code, f"{wide}: sent" in fixed.lines), (0, True), f"--fix mends it: {fixed.out}{fixed.err}")
        checks.equal(len(uploads(sandbox)), 3, "it is there")
        checks.equal(sorted(path.name for path in folder.iterdir()), ["a.tif", "bad.tif", "text.tif", "w.tif", "z.tif"],
                     "nothing is left beside the files")
        del good


def says_what_is_refused_as_a_whole(checks):
    with support.folder() as folder, support.Sandbox() as sandbox:
        files = [make_tif(folder / f"{i}.tif", i) for i in range(3)]
        run = Run(sandbox, "--name", "New", folder, MAPFLOW_TOKEN="anna@example.com:wr0ng")
        checks.that(run.code == 1 and "osmflow login mapflow" in run.err and "401" in run.err, f"a wrong token: {run.err}")
        checks.that("wr0ng" not in run.out + run.err, "it is not repeated")
        run = Run(sandbox, "--name", "New", folder, "--json", MAPFLOW_TOKEN="", OSMFLOW_CREDENTIALS=str(folder / "none"))
        checks.that(run.code == 1 and run.events()[-1]["status"] == "not authorised", f"no token: {run.out}{run.err}")
        run = Run(sandbox, "--mosaic", "6ee95ae6-f26e-41bd-8cb1-39bea5451100", folder)
        checks.equal((run.code, uploads(sandbox)), (1, []), f"no such mosaic: {run.err}")
        control(sandbox, memory_free=files[0].stat().st_size + 10)
        run = Run(sandbox, "--name", "New", folder)
        checks.equal(run.code, 1, "no room for three")
        checks.that(len(uploads(sandbox)) <= 1, "and no more than one was sent")


def believes_no_listing_that_is_none(checks):
    """What is no list of images must not be taken for an empty mosaic: the file would be there twice."""
    with support.Sandbox() as sandbox, support.folder() as place:
        make_tif(place / "one.tif", 1)
        run = Run(sandbox, "--name", "Survey", place / "one.tif")
        checks.equal((run.code, len(uploads(sandbox))), (0, 1), "first")
        for body in "[1,2,3]", '[{"filename":"two.tif"}]', "{}", '"none"':
            sandbox.fault(path="/rest/rasters/mosaic/*/image", method="GET", status=200, body=body, count=9)
            run = Run(sandbox, "--name", "Survey", place / "one.tif")
            checks.that(run.code == 1 and "not a list of images" in run.err, f"listing {body}: {run.code} {run.err}")
            checks.equal(len(uploads(sandbox)), 1, f"uploads after the listing {body}")
            sandbox.end_faults()


def refuses_wrong_usage(checks):
    with support.folder() as folder, support.Sandbox() as sandbox:
        file = make_tif(folder / "a.tif", 1)
        (folder / "empty").mkdir()
        for words, part in (
                ((file,), "--mosaic ID or --name NAME"),
                (("--name", "x", "--mosaic", MOSAIC, file), "--mosaic ID or --name NAME"),
                (("--name", "", file), "name of a mosaic"),
                (("--mosaic", MOSAIC, "--tag", "x", file), "--tag is for a mosaic that is made"),
                (("--mosaic", "6ee95ae6", file), "6ee95ae6"),
                (("--name", "x", "--parallel", "0", file), "between 1 and"),
                (("--name", "x", "--parallel", "many", file), "between 1 and"),
                (("--name", "x", folder / "empty"), "no .tif or .tiff"),
                (("--name", "x", folder / "*.jp2"), "no file has such a name"),
                (("--name", "x"), "something is missing"),
                (("--nam", "x", file), "did you mean")):
            run = Run(sandbox, *words)
            checks.that(run.code == 2 and part in run.err and run.out == "", f"{words}: {run.code} {run.err!r} {run.out!r}")
        checks.equal((told(sandbox)["created"]["mosaics"], uploads(sandbox)), (0, []), "nothing was made or sent")


def stops_cleanly(checks):
    with support.folder() as folder, support.Sandbox() as sandbox:
        for i in range(3):
            make_tif(folder / f"{i}.tif", i)
        checks.equal(Run(sandbox, "--name", "New", folder / "0.tif").code, 0, "the first")
        sandbox.fault(path="/rest/rasters/mosaic/*/image", method="POST", delay=20000)
        process = start(sandbox, "--name", "New", folder)
        deadline = time.monotonic() + 20
        while not any(count for name, count in told(sandbox)["requests"].items() if name == "GET /rasters/mosaic/*/image" and
                      count > 1) and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=15)
        printed.append(out + err)
        checks.that(process.returncode == 1 and "the same command again goes on" in err, f"Ctrl-C: {process.returncode} {err}")
        sandbox.end_faults()
        again = Run(sandbox, "--name", "New", folder)
        checks.equal((again.code, uploads(sandbox)), (0, ["0.tif", "1.tif", "2.tif"]), f"again: {again.out}{again.err}")


def draws_its_progress(checks):
    """On a terminal one line that is drawn again; elsewhere lines, and none of them on standard output."""
    with support.folder() as folder, support.Sandbox() as sandbox:
        file = make_tif(folder / "large.tif", 1, width=8000, height=6000)
        master, slave = pty.openpty()
        process = start(sandbox, "--name", "New", file, stderr=slave)
        os.close(slave)
        shown = b""
        try:
            while True:
                piece = os.read(master, 65536)
                if not piece:
                    break
                shown += piece
        except OSError:
            pass
        out = process.communicate(timeout=60)[0]
        os.close(master)
        printed.append(out + shown.decode())
        checks.equal((process.returncode, out.splitlines()[0]), (0, f"{file}: sent"), "on a terminal")
        checks.that(re.search(rb"\r\x1b\[K\[=* *\] +\d+ %, \S+ \w+ of 144 MB", shown), f"a bar: {shown[:200]}")
        checks.that(b"\n" not in shown and shown.endswith(b"\r\x1b[K"), "on one line, which is gone at the end")
        other = make_tif(folder / "other.tif", 2, width=8000, height=6000)
        run = Run(sandbox, "--name", "New", other)
        lines = run.err.splitlines()
        checks.equal(run.code, 0, run.err)
        checks.that(len(lines) <= 10 and all(re.fullmatch(r" *\d+ %, .*", line) for line in lines), f"lines: {lines}")


def hides_the_tokens(checks):
    every = "".join(printed)
    checks.that(len(printed) > 20 and not any(secret in every for secret in SECRETS), "no token in any output")


checks = support.Checks("upload")
checks.run(sends_each_file_once, goes_on_after_a_bad_file, says_what_is_refused_as_a_whole, believes_no_listing_that_is_none,
           refuses_wrong_usage, stops_cleanly, draws_its_progress, hides_the_tokens)
checks.close()
