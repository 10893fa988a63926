#!/usr/bin/env python3
"""City models over a bad line: each request of an export, and each way in which it can go wrong; programs that are killed
(SIGKILL) before, after and within each call that leaves something behind. In the end one export was made, never two, and
the ZIP is whole or not there.

usage: test_export_faults.py BUILD_DIR
"""
import json
import os
import pathlib
import subprocess
import sys
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "driver"))
from support import BUILD, Checks, Sandbox, folder, write_town  # noqa: E402

BOX = ("--bbox", "9.522,47.1405,9.5265,47.1435")
NAME = "CITYLOADER:export/simple?bbox=9.522,47.1405,9.5265,47.1435&include=terrain,buildings"
REQUESTS = {"create": {"method": "POST", "path": "/city/api/export/simple"},
            "look": {"method": "GET", "path": "/city/api/export/*"},
            "redirect": {"method": "GET", "path": "/city/download/*"},
            "download": {"method": "GET", "path": "/city/cdn/*"}}
FAULTS = [{"drop": "before"}, {"drop": "after"}, {"cut": 0}, {"cut": 5}, {"cut": 60}, {"status": 500}, {"status": 500, "after": 1},
          {"status": 502}, {"status": 503, "retry_after": 0}, {"status": 504, "after": 1}, {"status": 429, "retry_after": 0},
          {"html": 1}, {"delay": 1500}]
PLACES = (1, 1000, 30000, 0.5, -300, -1)  # of a download: bytes, a part, bytes before its end
MOST_KILLS = 24 if "asan" in os.environ.get("LD_PRELOAD", "") else 80
LOST = ("may exist and be charged", "its answer was lost")


def told():
    return json.loads(SANDBOX.call("GET", "/sandbox/cityloader"))


class Home:
    """A user who has made nothing yet."""

    def __init__(self, checks):
        self.checks, self.place = checks, folder()

    def __enter__(self):
        self.path, self.created, self.runs = self.place.__enter__(), told()["created"], 0
        return self

    def __exit__(self, *arguments):
        SANDBOX.end_faults()
        self.place.__exit__(*arguments)

    def start(self, *command, **settings):
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith(("OSMAPI_", "MAPFLOW_", "CITYLOADER_", "OSMFLOW_", "XDG_"))}
        if "OSMFLOW_KILL_AT" in settings or "OSMFLOW_KILL_LOG" in settings:
            kept["LD_PRELOAD"] = " ".join(filter(None, [kept.get("LD_PRELOAD"), str(BUILD / "tests" / "kill_at.so")]))
        kept |= {"HOME": str(self.path), "CITYLOADER_URL": SANDBOX.url + "/city/api", "CITYLOADER_TOKEN": "alice-token",
                 "CITYLOADER_POLL": "0.01", "CITYLOADER_MAX_WAIT": "20", "GDAL_HTTP_LOW_SPEED_TIME": "1",
                 "GDAL_HTTP_LOW_SPEED_LIMIT": "1"} | settings
        return subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, env=kept, cwd=self.path)

    def end(self, process):
        out, err = process.communicate(timeout=120)
        self.checks.that("alice-token" not in out + err and "abc123" not in out + err, f"no secret is shown: {err}")
        return process.returncode, out + err

    def export(self, *words, **settings):
        """Asks for the ZIP under a new name: exit code, what was said, whether a whole one came."""
        self.runs += 1
        path = self.path / f"{self.runs}.zip"
        words = words or (*BOX, "--yes", "-o", path)
        code, said = self.end(self.start(BUILD / "bin" / "osmflow", "export", *words, **settings))
        SANDBOX.settle()
        return code, said, path.exists() and zipfile.ZipFile(path).testzip() is None

    def made(self):
        return told()["created"] - self.created

    def expect_order(self, what):
        """One export at most, and no file that is not whole."""
        self.checks.that(self.made() <= 1, f"{what}: {self.made()} exports were made")
        for path in (self.path / ".cache/osmflow/exports").glob("*.zip"):
            self.checks.that(zipfile.is_zipfile(path) and zipfile.ZipFile(path).testzip() is None, f"{what}: {path.name} is whole")

    def recover(self, what):
        """The next run brings it, unless it is not known whether it was paid: then the user must say what to do."""
        code, said, is_whole = self.export()
        self.expect_order(what)
        if code != 0 and any(words in said for words in LOST):
            self.checks.equal(self.export(*BOX, "--forget")[0], 0, f"{what}: --forget")
            self.created = told()["created"]
            code, said, is_whole = self.export()
        self.checks.that(code == 0 and is_whole and self.made() <= 1, f"{what}: in the end it is there: {code} {said}")


def each_request_each_fault(checks):
    for request, pattern in REQUESTS.items():
        for fault in FAULTS:
            what = f"{request} {fault}"
            with Home(checks) as home:
                SANDBOX.fault(**pattern, **fault)
                code, said, is_whole = home.export()
                SANDBOX.end_faults()
                home.expect_order(what)
                checks.that((code == 0) == is_whole and (code == 0 or said.count("osmflow export: ") == 1), f"{what}: {said}")
                if request == "create" and ("drop" in fault and fault["drop"] == "after" or fault.get("after")):
                    checks.that(code == 1 and LOST[0] in said and home.made() == 1, f"{what}: the doubt is told: {said}")
                home.recover(what)


def trouble_that_passes(checks):
    """What GET can ask again, it asks again: nobody notices."""
    for request in "look", "redirect", "download":
        for fault in ({"drop": "before"}, {"drop": "after"}, {"cut": 5}, {"status": 500}, {"status": 502},
                      {"status": 429, "retry_after": 0}, {"status": 503, "retry_after": 0}):
            with Home(checks) as home:
                SANDBOX.fault(**REQUESTS[request], **fault, count=2)
                code, said, is_whole = home.export()
                checks.that(code == 0 and is_whole and home.made() == 1, f"{request} {fault} twice: {said}")


def trouble_that_stays(checks):
    for request, pattern in REQUESTS.items():
        for fault in ({"drop": "after"}, {"status": 500}, {"html": 1}, {"cut": 3}):
            if request == "redirect" and "cut" in fault:
                continue  # nobody needs the body of a redirect
            with Home(checks) as home:
                SANDBOX.fault(**pattern, **fault, count=-1)
                for _ in range(2):
                    code, said, is_whole = home.export(CITYLOADER_MAX_WAIT="1", GDAL_HTTP_MAX_RETRY="1")
                    checks.that(code == 1 and not is_whole, f"{request} {fault} always: {code} {said}")
                SANDBOX.end_faults()
                home.expect_order(f"{request} {fault} always")
                home.recover(f"{request} {fault} always")


def cut_downloads(checks):
    with Home(checks) as home:
        home.export()
        size = (home.path / "1.zip").stat().st_size
    for place in PLACES:
        at = int(place * size) if isinstance(place, float) else place if place > 0 else size + place
        with Home(checks) as home:
            before = told()["bytes"]
            SANDBOX.fault(**REQUESTS["download"], cut=at)
            code, said, is_whole = home.export()
            checks.that(code == 0 and is_whole and home.made() == 1, f"cut at {at}: {said}")
            checks.that(told()["bytes"] - before <= 2 * size - at or at < 1000, f"cut at {at}: only the rest was asked for")
        with Home(checks) as home:
            SANDBOX.fault(**REQUESTS["download"], cut=at, count=-1)
            code, said, is_whole = home.export()
            SANDBOX.end_faults()
            if not is_whole:
                parts = [path.suffix for path in (home.path / ".cache/osmflow/exports").iterdir()]
                checks.that(code == 1 and parts == [".part"], f"cut at {at} each time: {parts} {said}")
            home.recover(f"cut at {at} each time")
            checks.equal(home.made(), 1, f"cut at {at} each time")


def another_file_behind_the_same_address(checks):
    """The first piece is of one file, the second of another: the whole is of the second."""
    with Home(checks) as home:
        SANDBOX.fault(**REQUESTS["download"], cut=5000, count=-1)
        home.start(BUILD / "bin" / "osmflow", "export", *BOX, "--yes", CITYLOADER_MAX_WAIT="1").communicate(timeout=100)
        SANDBOX.end_faults()
        parts = list((home.path / ".cache/osmflow/exports").glob("*.part"))
        checks.equal(len(parts), 1, "a piece is there")
        SANDBOX.call("PUT", "/sandbox/cityloader?origin=sw")
        home.recover("another file behind the same address")
        SANDBOX.call("PUT", "/sandbox/cityloader?origin=center")


def killed_at_each_call(checks):
    with Home(checks) as home:
        log = home.path / "calls"
        checks.equal(home.export(OSMFLOW_KILL_LOG=str(log))[0], 0, "a run whose calls are counted")
        calls = log.read_text().split()
    points = [(at + 1, how) for at, name in enumerate(calls)
              for how in (("before", "half", "after") if name in ("write", "send") else ("before", "after"))]
    step = max(1, -(-len(points) // MOST_KILLS))
    checks.that(len(points) > 30, f"{len(points)} places to be killed at: {calls}")
    for at, how in points[::step]:
        with Home(checks) as home:
            code, said, _ = home.export(OSMFLOW_KILL_AT=str(at), OSMFLOW_KILL_HOW=how)
            what = f"killed {how} call {at} ({calls[at - 1]})"
            checks.that(code in (-9, 0), f"{what}: {code} {said}")
            home.expect_order(what)
            home.recover(what)


def programs_at_once(checks):
    """The driver in other programs, and the command, all at the same time."""
    with Home(checks) as home:
        SANDBOX.fault(**REQUESTS["create"], delay=200, count=-1)
        runs = [home.start("ogr2ogr", f"{number}.fgb", NAME, "buildings", "-oo", "CREATE=YES", "-oo", "GEOMETRY=FOOTPRINT")
                for number in range(3)]
        runs += [home.start(BUILD / "bin" / "osmflow", "export", *BOX, "--yes", "-o", home.path / "0.zip")]
        for number, run in enumerate(runs):
            code, said = home.end(run)
            checks.equal(code, 0, f"program {number}: {said}")
        checks.equal(home.made(), 1, "four programs at once")
        home.expect_order("four programs at once")


with folder() as TOWN:
    with Sandbox("--load", write_town(TOWN / "town.osm")) as SANDBOX:
        SANDBOX.call("PUT", "/sandbox/cityloader?ready_after=1")
        CHECKS = Checks("export_faults")
        CHECKS.run(each_request_each_fault, trouble_that_passes, trouble_that_stays, cut_downloads,
                   another_file_behind_the_same_address, killed_at_each_call, programs_at_once)
CHECKS.close()
