#!/usr/bin/env python3
"""Checks `osmflow export` against the sandbox: test_export.py BUILD_DIR.

Nothing may be made, and nothing may cost anything, unless the user said so; the same request is paid once; what comes is
whole or not there; no token is ever shown."""
import json
import os
import pathlib
import pty
import select
import stat
import subprocess
import sys
import time
import urllib.parse
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "driver"))
from support import BUILD, Checks, Sandbox, folder, gdal, layer_names, layer_of, ogr, write_town  # noqa: E402

BOX = ("--bbox", "9.52,47.14,9.53,47.1468")
SECRETS = ("alice-token", "bob-token", "mod-token", "wrong-token", "signature=abc123")
PROGRAM = str(BUILD / "bin" / "osmflow")


class Home:
    """A user's home, and the sandbox as a test wishes it."""

    def __init__(self, checks, **wishes):
        self.checks, self.place = checks, folder()
        control(ready_after=2, outcome="done", zip="good", redirects=1, up="z", origin="center", ascii=0, **{})
        if wishes:
            control(**wishes)
        SANDBOX.end_faults()

    def __enter__(self):
        self.path = self.place.__enter__()
        self.before = told()
        return self

    def __exit__(self, *arguments):
        SANDBOX.end_faults()
        self.place.__exit__(*arguments)

    def environment(self, **settings):
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith(("OSMAPI_", "MAPFLOW_", "CITYLOADER_", "OSMFLOW_", "XDG_"))}
        return kept | {"HOME": str(self.path), "CITYLOADER_URL": SANDBOX.url + "/city/api", "CITYLOADER_TOKEN": "alice-token",
                       "CITYLOADER_POLL": "0.02", "CITYLOADER_MAX_WAIT": "10"} | settings

    def start(self, *words, **settings):
        return subprocess.Popen([PROGRAM, "export", *map(str, words)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, env=self.environment(**settings), cwd=self.path)

    def end(self, process):
        out, err = process.communicate(timeout=100)
        shown = out + err
        self.checks.that(not any(secret in shown for secret in SECRETS), f"no secret is shown: {shown}")
        return process.returncode, out, err

    def run(self, *words, **settings):
        return self.end(self.start(*words, **settings))

    def fine(self, *words, **settings):
        code, out, err = self.run(*words, **settings)
        self.checks.equal(code, 0, f"{' '.join(map(str, words))}: {err}")
        return out

    def fails(self, code, part, *words, **settings):
        got, out, err = self.run(*words, **settings)
        self.checks.that(got == code and part in err, f"{' '.join(map(str, words))}: {got}, [{err}] has no [{part}]")
        return err

    def made(self, number, what):
        self.checks.equal(told()["created"] - self.before["created"], number, f"exports made: {what}")

    def archives(self):
        return sorted((self.path / ".cache/osmflow/exports").glob("*"))

    def remembered(self):
        return json.loads((self.path / ".config/osmflow/exports.json").read_text())[SANDBOX.url + "/city/api"]


def control(**wishes):
    SANDBOX.call("PUT", "/sandbox/cityloader?" + urllib.parse.urlencode(wishes))


def told():
    return json.loads(SANDBOX.call("GET", "/sandbox/cityloader"))


def at_keyboard(home, answer, *words):
    """At a terminal; types an answer once it asks."""
    process, terminal = pty.fork()
    if process == 0:
        os.execvpe(PROGRAM, [PROGRAM, "export", *words], home.environment())
    shown, is_asked, end = b"", False, time.monotonic() + 60
    while time.monotonic() < end:
        if not select.select([terminal], [], [], 0.2)[0]:
            continue
        try:
            piece = os.read(terminal, 4096)
        except OSError:
            break
        if not piece:
            break
        shown += piece
        if not is_asked and b"[y/N]" in shown:
            is_asked = True
            os.write(terminal, answer.encode() + b"\n")
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), shown.decode(errors="replace")


def test_nothing_is_made_without_leave(checks):
    with Home(checks) as home:
        home.fails(1, "making one costs money: nothing was sent", *BOX)
        home.fails(1, "nothing was sent", *BOX, "--dry-run")
        home.fails(1, "nothing was sent", *BOX, "-o", home.path / "x.gpkg")
        checks.that(not (home.path / "x.gpkg").exists(), "no file without an export")
        for words, part in (((*BOX, "--yes", "--dry-run"), "--yes and --dry-run do not go together"),
                            (("--yes",), "exactly one of bbox"), ((*BOX, "--center", "1,2", "--yes"), "exactly one of"),
                            ((*BOX, "--size", "1,2", "--yes"), "size goes with"), (("--bbox", "1,2,3", "--yes"), "4 numbers"),
                            (("--bbox", "3,2,1,4", "--yes"), "wrong way round"), (("--bbox", "1,2,3,94", "--yes"), "beyond"),
                            (("--center", "1,2", "--size", "0,5", "--yes"), "above 0"), (("--address", " ", "--yes"), "empty"),
                            ((*BOX, "--format", "fbx", "--yes"), "none of stl, obj, dxf"),
                            ((*BOX, "--include", "trees", "--yes"), "neither terrain nor buildings"),
                            ((*BOX, "--include", "", "--yes"), "neither terrain nor buildings"),
                            ((*BOX, "--yes", "-O", "GEOMETRY=TIN"), "need an -o FILE"),
                            ((*BOX, "--yes", "-o", "x.zip", "-O", "GEOMETRY=TIN"), "change nothing in a ZIP"),
                            ((*BOX, "--yes", "-o", "x.unknown"), "which format"), (("--id", "5", "--yes"), "do not go together"),
                            (("--id", "5", *BOX), "do not go together"), (("--id", "../x"), "no id of an export"),
                            (("--list", *BOX), "do not go together"), (("--forget", *BOX, "--yes"), "do not go together"),
                            (("--list", "--forget"), "do not go together"), (("--no-such",), "no-such")):
            home.fails(2, part, *words)
        for words, part in (((*BOX, "--yes", "-o", "none/x.gpkg"), "folder does not exist"),
                            ((*BOX, "--yes", "-o", "none/x.zip"), "folder does not exist"),
                            ((*BOX, "--yes", "-o", home.path), "which format")):
            code, _, err = home.run(*words)
            checks.that(code != 0 and part in err, f"{words}: {err}")
        (home.path / "there.gpkg").write_text("mine")
        (home.path / "there.zip").write_text("mine")
        home.fails(1, "exists already", *BOX, "--yes", "-o", "there.gpkg")
        home.fails(1, "exists already", *BOX, "--yes", "-o", "there.zip")
        checks.equal([(home.path / name).read_text() for name in ("there.gpkg", "there.zip")], ["mine"] * 2, "kept as they were")
        home.made(0, "nobody said that it may cost")


def test_at_a_keyboard_it_asks(checks):
    with Home(checks) as home:
        for answer in "n", "", "maybe":
            code, shown = at_keyboard(home, answer, *BOX)
            checks.that(code == 1 and "charged to your account" in shown and "nothing was sent" in shown, f"{answer!r}: {shown}")
        home.made(0, "no is no")
        code, shown = at_keyboard(home, "y", *BOX)
        checks.that(code == 0 and "New export" in shown and '"bbox":[9.52,' in shown, f"yes: {shown}")
        code, shown = at_keyboard(home, "n", *BOX)
        checks.that(code == 0 and "Known export" in shown and "[y/N]" not in shown, f"what is there needs no question: {shown}")
        home.made(1, "yes is yes")


def test_one_request_is_paid_once(checks):
    with Home(checks) as home:
        out = home.fine(*BOX, "--yes")
        checks.that(out.startswith("New export "), f"what is said: {out}")
        identity = out.split()[2]
        checks.that(home.fine(*BOX, "--yes").startswith("Known export"), "again")
        checks.that(home.fine(*BOX).startswith("Known export"), "without leave, too: it costs nothing")
        checks.that(home.fine(*BOX, "--dry-run").startswith("Known export"), "as a dry run")
        home.fine("--bbox", "9.520,47.140,9.5300,47.14680", "--include", "buildings,terrain", "-f", "STL")
        home.made(1, "one request, however it is written")
        control(forget=1)
        home.fine(*BOX, "--yes")
        home.made(1, "what is downloaded is not paid again when the server has it no more")
        checks.that(home.fine(*BOX, CITYLOADER_URL=SANDBOX.url + "/city/api", CITYLOADER_TOKEN="mod-token").startswith("Known"),
                    "a new token of the same user finds it")
        checks.equal([oct(stat.S_IMODE(path.stat().st_mode)) for path in (home.path / ".config/osmflow").iterdir()],
                     ["0o600"] * 2, "only the user may read what he made")
        listed = home.fine("--list")
        checks.that(identity in listed and '"bbox":[9.52,' in listed and listed.count("\n") == 1, f"--list: {listed}")
        home.archives()[0].unlink()
        home.fine(*BOX, "--yes")
        home.made(2, "neither here nor there: then it is made anew")
        home.fine("--forget", *BOX)
        checks.equal(home.fine("--list"), "", "forgotten")
        home.fails(1, "nothing was sent", *BOX)


def test_options_are_sent(checks):
    cases = [(("--center", "9.525,47.1434", "--size", "300,200", "-f", "obj", "-i", "buildings"),
              {"center": [9.525, 47.1434], "size": [300, 200], "format": "obj", "include": ["buildings"]}),
             (("--address", "Musterstadt \"Markt\" 1", "--include", "terrain"),
              {"address": "Musterstadt \"Markt\" 1", "size": [500, 500], "format": "stl", "include": ["terrain"]}),
             ((*BOX, "--separate-files", "--format", "dxf"),
              {"bbox": [9.52, 47.14, 9.53, 47.1468], "format": "dxf", "include": ["terrain", "buildings"], "separate_files": True})]
    for words, expected in cases:
        with Home(checks) as home:
            home.fine(*words, "--yes", "-o", "x.zip")
            checks.equal(json.loads(home.remembered()[0]["request"]), expected, f"{words}")
            names = zipfile.ZipFile(home.path / "x.zip").namelist()
            checks.that(all(name.endswith((expected["format"], ".mtl")) for name in names), f"{names}")
            checks.equal(len(names), 2 if "separate_files" in expected or expected["format"] == "obj" else 1, f"{names}")


def test_outputs(checks):
    with Home(checks) as home:
        code, _, err = home.run(*BOX, "--yes", "-o", "city.gpkg")
        checks.that(code == 0 and err.count("taken for the centre of the area") == 1, f"what was assumed is said once: {err}")
        made = gdal.OpenEx(str(home.path / "city.gpkg"))
        checks.equal(sorted(layer_names(made)), ["buildings", "terrain"], "layers")
        checks.equal(layer_of(made, "buildings").GetGeomType(), ogr.wkbTINZ, "triangles")
        houses = layer_of(made, "buildings").GetFeatureCount()
        home.fine(*BOX, "-o", "flat.gpkg", "-O", "GEOMETRY=FOOTPRINT", "-O", "HEIGHT_REFERENCE=EGM2008")
        flat = gdal.OpenEx(str(home.path / "flat.gpkg"))
        checks.equal(layer_of(flat, "buildings").GetGeomType(), ogr.wkbMultiPolygon, "outlines")
        checks.equal(layer_of(flat, "buildings").GetFeatureCount(), houses, "as many")
        identity = home.fine(*BOX).split()[2]
        home.fine("--id", identity, "-o", "whole.fgb", "-O", "LAYERS=MODEL", "-O", "GEOMETRY=FOOTPRINT")
        checks.equal(layer_of(gdal.OpenEx(str(home.path / "whole.fgb")), 0).GetFeatureCount(), houses + 1, "by id, as one layer")
        home.fine(*BOX, "-o", "named", "--output-format", "GeoJSON", "-O", "LAYERS=MODEL", "-O", "GEOMETRY=FOOTPRINT")
        checks.that("FeatureCollection" in (home.path / "named").read_text()[:200], "the format by its name")
        home.fine(*BOX, "-o", "copy.zip")
        checks.equal((home.path / "copy.zip").read_bytes(), home.archives()[0].read_bytes(), "the ZIP as it came")
        for wish, part in (("GEOMETRY=BOX", "TIN POLYHEDRAL"), ("UP=X", "AUTO Z Y"), ("ORIGIN=here", "AUTO, CENTER")):
            code, _, err = home.run(*BOX, "-o", "bad.gpkg", "-O", wish)
            checks.that(code != 0 and part in err and not (home.path / "bad.gpkg").exists(), f"{wish}: {code} {err}")
        home.made(1, "all of one export")


def test_refusals(checks):
    for token, part in (("bob-token", "export.pay"), ("mod-token", "export.create"), ("wrong-token", "osmflow login cityloader"),
                        ("", "CITYLOADER_TOKEN")):
        with Home(checks) as home:
            home.fails(1, part, *BOX, "--yes", CITYLOADER_TOKEN=token)
            home.made(0, f"nothing for {token}")
            checks.equal(home.fine("--list"), "", "a refusal leaves nothing behind")
    with Home(checks) as home:
        home.fails(1, "The address could not be found.", "--address", "Atlantis", "--yes")
        home.fails(1, "no such export", "--id", "9b1deb4d-3b7d-4bad-9bdd-ffffffffffff")
        home.fails(1, "http", *BOX, "--yes", "--server", "http://example.com/api")
        home.made(0, "refused")
    with Home(checks, outcome="failed") as home:
        home.fails(1, "No data available", *BOX, "--yes")
        home.fails(1, "--forget", *BOX, "--yes")
        home.made(1, "a failed export is not made again by itself")
        home.fine("--forget", *BOX)
        control(outcome="done")
        home.fine(*BOX, "--yes")
        home.made(2, "but when the user says so")
    with Home(checks, ready_after=1000000) as home:
        home.fails(1, "CITYLOADER_TIMEOUT", *BOX, "--yes", CITYLOADER_TIMEOUT="0.2")
        control(ready_after=0)
        home.fine(*BOX)
        home.made(1, "what took too long is found later")


def test_bad_downloads(checks):
    for kind in "truncated", "traversal", "bomb", "crc", "empty", "html":
        with Home(checks, zip=kind) as home:
            code, _, err = home.run(*BOX, "--yes", "-o", "x.zip")
            checks.that(code == 1 and err.strip(), f"{kind}: {err}")
            checks.equal([path.suffix for path in home.archives()], [], f"{kind}: nothing is kept")
            checks.that(not (home.path / "x.zip").exists(), f"{kind}: nothing is delivered")
            control(zip="good")
            home.fine(*BOX, "-o", "x.zip")
            checks.equal(zipfile.ZipFile(home.path / "x.zip").testzip(), None, f"{kind}: then it is whole")
            home.made(1, f"{kind}: paid once")


def test_damage_on_disk(checks):
    with Home(checks) as home:
        home.fine(*BOX, "--yes")
        archive = home.archives()[0]
        content = bytearray(archive.read_bytes())
        content[len(content) // 2] ^= 1
        archive.write_bytes(content)
        home.fine(*BOX, "-o", "x.gpkg")
        home.made(1, "a file that rotted is downloaded again, not paid again")
        memory = home.path / ".config/osmflow/exports.json"
        for text in "{broken", "[]", "":
            memory.write_text(text)
            if text:
                home.fails(1, "damaged: mend it or move it away", "--list")
                home.fails(1, "damaged", "--bbox", "9.52,47.14,9.53,47.145", "--yes")
                checks.equal(memory.read_text(), text, "and not overwritten")
        home.made(1, "nothing is made while it is not known what was")


def test_two_at_once_make_one(checks):
    with Home(checks) as home:
        SANDBOX.fault(method="POST", path="/city/api/export/simple", delay=300, count=-1)
        runs = [home.start(*BOX, "--yes", "-o", f"{number}.zip") for number in range(4)]
        for number, run in enumerate(runs):
            code, out, err = home.end(run)
            checks.that(code == 0, f"run {number}: {err}")
            checks.equal(zipfile.ZipFile(home.path / f"{number}.zip").testzip(), None, f"run {number}: a whole ZIP")
        SANDBOX.end_faults()
        home.made(1, "four at once")
        checks.equal(len(home.archives()), 1, "one file, and no piece of one")
        others = [home.start("--bbox", f"9.52,47.14,9.53,47.14{number}", "--yes") for number in range(3, 8)]
        checks.equal([home.end(run)[0] for run in others], [0] * 5, "different ones at once")
        checks.equal(home.fine("--list").count("\n"), 6, "all of them are remembered")


with folder() as TOWN:
    with Sandbox("--load", write_town(TOWN / "town.osm")) as SANDBOX:
        CHECKS = Checks("test_export")
        CHECKS.run(test_nothing_is_made_without_leave, test_at_a_keyboard_it_asks, test_one_request_is_paid_once,
                   test_options_are_sent, test_outputs, test_refusals, test_bad_downloads, test_damage_on_disk,
                   test_two_at_once_make_one)
CHECKS.close()
