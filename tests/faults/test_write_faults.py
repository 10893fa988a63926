#!/usr/bin/env python3
"""Saving through GDAL while the connection fails in every way at every request: in the end each edit is on the server
exactly once, whether the save got through by itself or was done again.

usage: test_write_faults.py BUILD_DIR
"""
import concurrent.futures
import contextlib
import itertools
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "driver"))
from cells import Cell, Eye, differences, write_world  # noqa: E402
from support import BUILD, Checks, Sandbox, gdal, layer_of, ogr, options  # noqa: E402

TOKEN = "alice-token"
SANITIZED = "asan" in os.environ.get("LD_PRELOAD", "")  # everything takes much longer then
WORKERS = 6  # most of the time is waiting


def point(cell, x, y):
    return ogr.CreateGeometryFromWkt("POINT(%.7f %.7f)" % cell.place(x, y))


def line(cell, *places):
    return ogr.CreateGeometryFromWkt("LINESTRING(" + ", ".join("%.7f %.7f" % cell.place(*p) for p in places) + ")")


def area(cell, *rings):
    text = ", ".join("(" + ", ".join("%.7f %.7f" % cell.place(*p) for p in ring) + ")" for ring in rings)
    return ogr.CreateGeometryFromWkt(f"MULTIPOLYGON(({text}))")


class Editor:
    """A user with an open dataset: he knows the features that he saw, and wants the same edits until they are saved."""

    def __init__(self, sandbox, cell, journal, *more):
        self.cell, self.seen, self.saved = cell, {}, []
        self.dataset = gdal.OpenEx("OSMAPI:map?bbox=" + cell.bbox(), gdal.OF_VECTOR | gdal.OF_UPDATE, open_options=[
            f"OSMAPI_URL={sandbox.url}", "UPLOAD=YES", "COMMENT=fault test", f"JOURNAL={journal}", *more])
        for name in "points", "lines", "other_relations", "multilinestrings":
            layer = layer_of(self.dataset, name)
            for feature in layer:
                key = int(feature.GetField("osm_id")) - cell.first_id
                self.seen[name, key] = feature.GetFID()

    def create(self, name, geometry, tags):
        layer = layer_of(self.dataset, name)
        feature = ogr.Feature(layer.GetLayerDefn())
        feature.SetGeometry(geometry)
        feature.SetField("other_tags", ",".join(f'"{k}"=>"{v}"' for k, v in tags.items()))
        layer.CreateFeature(feature)

    def change(self, name, key, tags=None, geometry=None):
        layer = layer_of(self.dataset, name)
        feature = layer.GetFeature(self.seen[name, key])
        for field, value in (tags or {}).items():
            feature.SetField(field, value)
        if geometry:
            feature.SetGeometry(geometry)
        layer.SetFeature(feature)

    def delete(self, name, key):
        """What is gone already when the program is opened anew is as it should be; else it must be possible again."""
        if (name, key) in self.seen:
            layer_of(self.dataset, name).DeleteFeature(self.seen[name, key])

    def deletions(self):
        self.delete("points", 3)
        self.delete("lines", 2)

    def additions(self):
        self.create("points", point(self.cell, 7000, 7000), {"shop": "bakery"})
        self.create("points", point(self.cell, 7500, 7000), {"shop": "kiosk"})
        self.create("lines", line(self.cell, (2000, 3000), (7000, 8000), (8000, 8000)), {"waterway": "ditch"})
        outer = [(9000, 9000), (9900, 9000), (9900, 9900), (9000, 9000)]
        inner = [(9500, 9100), (9800, 9100), (9800, 9400), (9500, 9100)]
        self.create("multipolygons", area(self.cell, outer, inner), {"landuse": "grass"})

    def attributes(self):
        self.change("points", 1, {"name": "One"})
        self.change("lines", 1, {"name": "Walk of one"})
        self.change("multilinestrings", 1, {"name": "Longer walk"})

    def geometries(self):
        self.change("points", 2, geometry=point(self.cell, 2500, 1000))
        self.change("lines", 1, geometry=line(self.cell, (1100, 2900), (2000, 3000), (2500, 3100), (3000, 3000)))

    def save(self, *steps):
        """One transaction. None, or what went wrong."""
        try:
            self.dataset.StartTransaction()
            for step in steps:
                step()
            self.dataset.CommitTransaction()
            return None
        except RuntimeError as error:
            with contextlib.suppress(RuntimeError):
                self.dataset.RollbackTransaction()
            return str(error)

    def save_all(self, in_steps):
        """At once, or in steps as QGIS does: four commits that stay in one changeset; what was saved is not done again.
        None, or what went wrong."""
        wishes = [self.deletions, self.additions, self.attributes, self.geometries]
        for steps in [[wish] for wish in wishes] if in_steps else [wishes]:
            if steps[0] not in self.saved:
                error = self.save(*steps)
                if error:
                    return error
                self.saved += steps
        return None

    def close(self):
        self.dataset = None


CELLS = 4000
PIECES = ["CHUNK=6"]  # four uploads
REQUESTS = {"capabilities": ("GET", "*/capabilities"), "permissions": ("GET", "*/permissions"),
            "create": ("PUT", "*/changeset/create"), "upload": ("POST", "*/upload"), "close": ("PUT", "*/close"),
            "look": ("GET", "*/changeset/*[0-9]"), "download": ("GET", "*/download")}
FAULTS = [{"drop": "before"}, {"drop": "after"}, {"cut": 0}, {"cut": 7}, {"cut": 150}, {"end": 0}, {"end": 7},
          {"end": 150}, {"truncate_gzip": 1}, {"html": 1}, {"html": 1, "after": 1}, {"error": 1}, {"orphan": 150},
          {"delay": 100}, {"status": 503, "retry_after": 0}, {"status": 429, "retry_after": 0},
          {"status": 503, "retry_after": 1}, {"status": 509}, {"status": 400, "body": "Bad"},
          {"status": 401, "body": "No"}, {"status": 403, "body": "No"}, {"status": 404}, {"status": 409, "body": "Conflict"},
          {"status": 413}, {"status": 302}]
FAULTS += [{"status": status} | after for status in (500, 502, 503, 504) for after in ({}, {"after": 1})]
HARD = [{"drop": "before"}, {"drop": "after"}, {"cut": 30}, {"end": 30}, {"html": 1}, {"orphan": 150}, {"status": 500},
        {"status": 503, "retry_after": 0}, {"status": 502, "after": 1}, {"status": 404}, {"status": 403, "body": "No"}]


class Case:
    """What goes wrong, with which save. `finish`: how it is brought to an end when it did not get through: "again" by
    the same user in the same program, or by `osmflow resume` ("resume") and the user in a new program."""

    def __init__(self, *faults, finish="again", in_steps=False, wait=0, more=(), timeout=None):
        self.faults, self.finish, self.in_steps = faults, finish, in_steps
        self.wait, self.more, self.timeout = wait, more, timeout

    def __str__(self):
        style = ("in steps" if self.in_steps else "at once", *self.more, f"waits {self.wait} s", self.finish)
        return f"{', '.join(map(str, self.faults))}: {', '.join(style)}"


def fault(request, wish, skip=0):
    method, path = REQUESTS[request]
    return {"method": method, "path": path, "skip": skip} | wish


def single_cases():
    """Each fault at each request of a save, with and without time to try again."""
    for wish in FAULTS:
        for request in "capabilities", "permissions", "create", "upload", "close":
            yield Case(fault(request, wish))
            yield Case(fault(request, wish), finish="resume")
            yield Case(fault(request, wish), wait=8)
        for piece in range(4):
            yield Case(fault("upload", wish, piece), more=PIECES)
            yield Case(fault("upload", wish, piece), more=PIECES, finish="resume")
            yield Case(fault("upload", wish, piece), in_steps=True, wait=8)
            yield Case(fault("upload", wish, piece), in_steps=True)
    for place in range(0, 1500, 40):
        yield Case(fault("upload", {"cut": place}))
        yield Case(fault("upload", {"end": place}), finish="resume")


def double_cases():
    """A second fault while the first is being settled; also three times the same one."""
    for first in {"drop": "before"}, {"drop": "after"}, {"orphan": 200}:
        for request, wish in itertools.product(("close", "look", "download", "create", "upload"), HARD):
            for wait, finish in (0, "again"), (0, "resume"), (8, "again"):
                after = 1 if request in ("create", "upload") else 0
                yield Case(fault("upload", first), fault(request, wish, after), wait=wait, finish=finish)
        for wait, more in itertools.product((0, 8), ((), PIECES)):
            yield Case(fault("upload", first | {"count": 3}), wait=wait, more=more)


def dead_cases():
    """From some request on nothing gets through any more, until the user tries again."""
    for skip, finish, more in itertools.product(range(12), ("again", "resume"), ((), PIECES)):
        for wish in {"drop": "before"}, {"drop": "after"}, {"status": 502, "after": 1}, {"html": 1}:
            yield Case({"method": "*", "path": "*", "skip": skip, "count": -1} | wish, finish=finish, more=more)


def late_cases():
    """The client no longer waits, the server has not begun."""
    for piece, finish in itertools.product((0, 1), ("again", "resume")):
        yield Case(fault("upload", {"delay": 1600}, piece), more=PIECES, finish=finish, timeout="1")
        yield Case(fault("upload", {"delay": 1600}, piece), more=PIECES, finish=finish, timeout="1", wait=8)


class Worker:
    """A process with a server of its own."""
    here = None

    def __init__(self, world):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=pathlib.Path(world).parent))
        self.sandbox = Sandbox("--load", world)
        self.eye = Eye(self.sandbox.url)
        self.number = 0
        self.whole = {}
        self.begun = self.eye.look(Cell(CELLS - 1))
        for in_steps in False, True:
            cell = self.next_cell()
            editor = Editor(self.sandbox, cell, self.folder / "whole")
            error = editor.save_all(in_steps)
            editor.close()
            if error:
                raise RuntimeError(error)
            self.whole[in_steps] = self.eye.look(cell)

    def next_cell(self):
        self.number += 1
        return Cell(self.number)

    def resume(self, journal):
        program = subprocess.run([str(BUILD / "bin" / "osmflow"), "resume", "--folder", str(journal)], text=True,
                                 capture_output=True, timeout=120, check=False,
                                 env=os.environ | {"OSMAPI_URL": self.sandbox.url, "OSMAPI_TOKEN": TOKEN})
        return program.stdout + program.stderr

    def run(self, case):
        """The problems, and whether the first try got through."""
        cell, journal = self.next_cell(), self.folder / f"journal-{self.number}"
        problems, said = [], []
        editor = Editor(self.sandbox, cell, journal, *case.more)
        for wish in case.faults:
            self.sandbox.fault(**wish)
        said.append(editor.save_all(case.in_steps))
        if said[0] is None:
            editor.close()
        else:
            self.check_leftovers(journal, problems)
            self.sandbox.end_faults()
            if case.finish == "resume":
                said.append(self.resume(journal))
                editor.close()
                editor = Editor(self.sandbox, cell, journal, *case.more)
            said += self.save_again(editor, case)
            editor.close()
            if said[-1] is not None:
                problems.append("saving again does not work")
        self.sandbox.end_faults()
        found, whole = self.eye.look(cell), self.whole[case.in_steps]
        problems += differences(found, whole)
        files = [name for name in self.files(journal) if not name.endswith(".osc")]
        if files or (said[0] is None and self.files(journal)):
            problems.append(f"left over: {files or self.files(journal)}")
        if any(TOKEN in text for text in said if text):
            problems.append("the token was said")
        if problems:
            problems += [f"said: {text}" for text in said]
        shutil.rmtree(journal, ignore_errors=True)
        return problems, said[0] is None

    @staticmethod
    def save_again(editor, case):
        """The user tries again as long as the server is said to work on the last upload still."""
        said = [editor.save_all(case.in_steps)]
        while said[-1] and "still works on" in said[-1] and len(said) < 100:
            time.sleep(0.05)
            said.append(editor.save_all(case.in_steps))
        return said

    @staticmethod
    def files(journal):
        return sorted(os.listdir(journal)) if journal.exists() else []

    def check_leftovers(self, journal, problems):
        for name in self.files(journal):
            if TOKEN.encode() in (journal / name).read_bytes():
                problems.append(f"the token is in {name}")


def work(world, case):
    """In a process of the pool."""
    wishes = {"OSMAPI_KEEP": "0", "OSMAPI_TOKEN": TOKEN, "OSMAPI_MAX_WAIT": str(case.wait),
              "GDAL_HTTP_TIMEOUT": case.timeout}
    if not Worker.here:
        gdal.PushErrorHandler("CPLQuietErrorHandler")
        with options(**wishes | {"GDAL_HTTP_TIMEOUT": None}):
            Worker.here = Worker(world)
    with options(**wishes):
        try:
            return Worker.here.run(case)
        except Exception as error:  # noqa: BLE001
            Worker.here.sandbox.end_faults()
            return [f"{type(error).__name__}: {error}"], False


def main():
    checks = Checks("write_faults")
    first = {True: 0, False: 0}
    with tempfile.TemporaryDirectory(prefix="osmflow-test-") as folder:
        world = pathlib.Path(folder) / "world.osm"
        write_world(world, CELLS)
        cases = [*single_cases(), *double_cases(), *dead_cases(), *late_cases()][::7 if SANITIZED else 1]
        with concurrent.futures.ProcessPoolExecutor(WORKERS) as pool:
            results = pool.map(work, itertools.repeat(str(world)), cases, chunksize=4)
            for case, (problems, got_through) in zip(cases, results):
                first[got_through] += 1
                checks.that(not problems, f"{case}: " + "\n    ".join(problems))
    checks.that(min(first.values()) > len(cases) // 20, f"saves that got through and that did not: {first}")
    checks.close()


if __name__ == "__main__":
    main()
