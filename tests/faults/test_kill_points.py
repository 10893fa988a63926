#!/usr/bin/env python3
"""Saving is killed (SIGKILL) before, after and within each call that writes to a disk or to a server, `osmflow resume`
finishes what is left, and is killed now and then, too: in the end everything is on the server exactly once, or, where
saving had not begun, nothing.

usage: test_kill_points.py BUILD_DIR
"""
import collections
import concurrent.futures
import functools
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "driver"))
from cells import Cell, Eye, differences, tag_text, write_world  # noqa: E402
from support import BUILD, Checks, Sandbox  # noqa: E402

TOKEN = "alice-token"
WORKERS = 3
CELLS = 2500  # per worker
SANITIZED = "asan" in os.environ.get("LD_PRELOAD", "")  # everything takes much longer then
LEAST = 400 if SANITIZED else 2000
BYTES = {"write", "pwrite", "pwrite64", "send", "sendto"}


def element(cell, kind, number, version, tags, place=None, refs=(), members=()):
    key = number if number < 0 else cell.id(number)
    head = f'<{kind} id="{key}"' + (f' version="{version}"' if version else "")
    if place:
        head += ' lon="%.7f" lat="%.7f"' % cell.place(*place)
    inside = "".join(f'<nd ref="{ref if ref < 0 else cell.id(ref)}"/>' for ref in refs)
    inside += "".join(f'<member type="{t}" ref="{ref if ref < 0 else cell.id(ref)}" role="x"/>' for t, ref in members)
    return f"{head}>{inside}{tag_text(tags)}</{kind}>"


def osm_change(**blocks):
    blocks = "".join(f"<{name}>{''.join(content)}</{name}>" for name, content in blocks.items())
    return f'<osmChange version="0.6" generator="test">{blocks}</osmChange>'


def first_change(cell):
    make = functools.partial(element, cell)
    return osm_change(
        create=[make("node", -1, 0, {"shop": "bakery"}, (7000, 7000)), make("node", -2, 0, {}, (8000, 7000)),
                make("node", -3, 0, {}, (8000, 8000)), make("way", -1, 0, {"waterway": "ditch"}, refs=(5, -2, -3)),
                make("relation", -1, 0, {"type": "site"}, members=[("node", -1), ("way", -1), ("way", 1)])],
        modify=[make("node", 1, 1, {"amenity": "bench", "note": "stays", "name": "One"}, (1000, 1000)),
                make("node", 2, 1, {"amenity": "bench"}, (2500, 1000)),
                make("way", 1, 1, {"highway": "path", "surface": "sand"}, refs=(4, 5, 6)),
                make("relation", 1, 1, {"type": "route", "name": "Longer"}, members=[("way", 1)])],
        delete=[make("way", 2, 1, {}, refs=(6, 7, 8)), make("node", 3, 1, {}, (3000, 1000)),
                make("node", 7, 1, {}, (3000, 4000)), make("node", 8, 1, {}, (3000, 5000))])


def second_change(cell):
    """Goes on where the first one ended."""
    return osm_change(
        create=[element(cell, "node", -1, 0, {"shop": "kiosk"}, (7500, 7000))],
        modify=[element(cell, "node", 1, 2, {"amenity": "bench", "name": "Two"}, (1000, 1000)),
                element(cell, "relation", 1, 2, {"type": "route", "name": "Longest"}, members=[("way", 1)])])


def colliding_change(cell):
    """Of a gate and a way that others have changed meanwhile, in other tags."""
    return osm_change(
        create=[element(cell, "node", -1, 0, {"shop": "kiosk"}, (7500, 7000))],
        modify=[element(cell, "node", 9, 1, {"barrier": "gate", "name": "Old gate"}, (5000, 1000)),
                element(cell, "node", 2, 1, {"amenity": "bench"}, (2500, 1000))])


def others_change(cells):
    return osm_change(modify=[
        element(cell, "node", 9, 2, {"barrier": "gate", "access": "private"}, (5000, 1000)).replace(
            " version=", ' changeset="1" timestamp="2020-01-02T00:00:00Z" uid="2" user="other" version=')
        for cell in map(Cell, range(cells))])


class Scenario:
    """`changes`: one commit each. `fault`: of the server, for each run. `dies_at`: saving always dies when this request
    was sent, and the program that is killed at each call is `osmflow resume`. `most`: kill points."""

    def __init__(self, name, *changes, chunk=0, fault=None, dies_at=None, program="send_change", most=None):
        self.name, self.changes, self.chunk, self.fault = name, changes, chunk, fault
        self.dies_at, self.program, self.most = dies_at, program, most


UPLOAD = {"method": "POST", "path": "*/upload"}
SCENARIOS = {scenario.name: scenario for scenario in [
    Scenario("one upload", first_change),
    Scenario("pieces", first_change, chunk=4),
    Scenario("two commits", first_change, second_change),
    Scenario("others were faster", colliding_change),
    Scenario("small pieces", first_change, chunk=2),
    Scenario("a lost answer", first_change, fault=UPLOAD | {"drop": "after"}),
    Scenario("half an answer", first_change, chunk=7, fault=UPLOAD | {"cut": 200, "skip": 1}),
    Scenario("a lost second answer", first_change, second_change, fault=UPLOAD | {"drop": "after", "skip": 1}),
    Scenario("a lost request", first_change, chunk=7, fault=UPLOAD | {"drop": "before", "skip": 1}),
    Scenario("a slow server", first_change, chunk=7, fault=UPLOAD | {"delay": 40, "count": -1}),
    Scenario("a busy server", first_change, fault=UPLOAD | {"status": 503, "retry_after": 0}),
    Scenario("resume of one upload", first_change, dies_at="upload"),
    Scenario("resume of pieces", first_change, chunk=4, dies_at="upload"),
    Scenario("resume of a late upload", first_change, fault=UPLOAD | {"delay": 40}, dies_at="upload"),
    Scenario("resume before the upload", first_change, second_change, dies_at="create"),
    Scenario("resume where others were faster", colliding_change, dies_at="upload"),
    Scenario("ogr2ogr", program="ogr2ogr"),
    Scenario("ogr2ogr in pieces", program="ogr2ogr", chunk=3, most=100)]}
AT_ONCE = ["resume of one upload", "resume of pieces", "resume where others were faster", "pieces", "two commits"]


class Worker:
    """A process with a server and a folder of its own."""
    here = None

    def __init__(self, folder):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=folder))
        world = pathlib.Path(folder)
        self.sandbox = Sandbox("--load", world / "world.osm", "--load", world / "others.osc")
        self.eye = Eye(self.sandbox.url)
        self.number = 0
        self.whole = {}  # name of a scenario: what is there after 0, 1, ... commits
        self.chance = random.Random(os.getpid())
        self.settings = {name: value for name, value in os.environ.items()
                         if not name.startswith(("OSMAPI_", "OSMFLOW_"))}
        self.settings |= {"OSMAPI_URL": self.sandbox.url, "OSMAPI_TOKEN": TOKEN, "OSMAPI_MAX_WAIT": "20"}

    def next_cell(self):
        self.number += 1
        return Cell(self.number)

    def start(self, command, kill_at=0, how="", log=None):
        """Runs a program until it ends or dies: its exit code (-9: killed) and what it printed."""
        settings = dict(self.settings)
        if kill_at or log:
            library = str(BUILD / "tests" / "kill_at.so")
            settings["LD_PRELOAD"] = " ".join(filter(None, [settings.get("LD_PRELOAD"), library]))
        if kill_at:
            settings |= {"OSMFLOW_KILL_AT": str(kill_at), "OSMFLOW_KILL_HOW": how}
        if log:
            settings["OSMFLOW_KILL_LOG"] = str(log)
        done = subprocess.run(list(map(str, command)), env=settings, capture_output=True, text=True, timeout=120,
                              check=False)
        return done.returncode, done.stdout + done.stderr

    def saving(self, scenario, cell, folder):
        """The command that saves the changes of a scenario in a cell."""
        if scenario.program == "ogr2ogr":
            features = [{"type": "Feature", "properties": {"name": f"Point {i}", "other_tags": '"shop"=>"bakery"'},
                         "geometry": {"type": "Point", "coordinates": cell.place(6000 + 100 * i, 6000)}}
                        for i in range(8)]
            (folder / "in.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
            return ["ogr2ogr", "-append", "OSMAPI:map?bbox=" + cell.bbox(), folder / "in.geojson", "-nln", "points",
                    "-doo", "UPLOAD=YES", "-doo", "COMMENT=killed", "-doo", f"JOURNAL={folder / 'journal'}",
                    *(["-doo", f"CHUNK={scenario.chunk}"] if scenario.chunk else [])]
        files = [folder / f"{i}.osc" for i in range(len(scenario.changes))]
        for file, change in zip(files, scenario.changes):
            file.write_text(change(cell))
        return [BUILD / "tests" / "send_change", folder / "journal", scenario.chunk, *files]

    def resuming(self, folder):
        return [BUILD / "bin" / "osmflow", "resume", "--folder", folder / "journal"]

    def states(self, scenario):
        """What a cell holds after 0, 1, ... commits when nothing goes wrong."""
        if scenario.name not in self.whole:
            cell, states = self.next_cell(), []
            folder = self.folder / f"whole {scenario.name}"
            folder.mkdir()
            states.append(self.eye.look(cell))
            command = self.saving(scenario, cell, folder)
            for end in range(4, len(command) + 1) if scenario.changes else [len(command)]:
                code, said = self.start(command[:3] + command[end - 1:end] if scenario.changes else command)
                if code != 0:
                    raise RuntimeError(f"{scenario.name}: {said}")
                states.append(self.eye.look(cell))
            self.whole[scenario.name] = states
        return self.whole[scenario.name]

    def calls(self, name):
        """The calls of the program that is to be killed."""
        scenario, cell = SCENARIOS[name], self.next_cell()
        folder = self.folder / f"calls of {name}"
        folder.mkdir()
        log = folder / "log"
        command = self.saving(scenario, cell, folder)
        self.begin(scenario)
        if scenario.dies_at:
            self.die_early(scenario, command)
            command = self.resuming(folder)
        code, said = self.start(command, log=log)
        self.sandbox.end_faults()
        if code != 0:
            raise RuntimeError(f"{name}: {said}")
        return log.read_text().split(), True

    def begin(self, scenario):
        self.sandbox.end_faults()
        if scenario.fault:
            self.sandbox.fault(**scenario.fault)

    def die_early(self, scenario, command):
        """Saving dies when a request was sent: the call after which the server knows it."""
        key = scenario.name, "dies at"
        if key not in self.whole:
            cell, folder = self.next_cell(), self.folder / f"death of {scenario.name}"
            folder.mkdir()
            self.start(self.saving(scenario, cell, folder), log=folder / "log")
            sends = [i for i, call in enumerate((folder / "log").read_text().split(), 1) if call.startswith("send")]
            self.whole[key] = sends[{"create": 2, "upload": 3}[scenario.dies_at]]
            self.begin(scenario)
        code, said = self.start(command, self.whole[key], "after")
        if code != -signal.SIGKILL:
            raise RuntimeError(f"{scenario.name}: it lives: {said}")

    def run(self, name, place, how):
        """One kill point: the problems, and whether the program was killed there."""
        scenario, cell = SCENARIOS[name], self.next_cell()
        states = self.states(scenario)
        folder = self.folder / str(self.number)
        folder.mkdir()
        command, saved = self.saving(scenario, cell, folder), 0
        self.begin(scenario)
        if scenario.dies_at:
            self.die_early(scenario, command)
            self.sandbox.end_faults()
            code, said = self.start(self.resuming(folder), place, how)
            after, least, most = "resume", 1, 1
        else:
            code, said = self.start(command, place, how)
            self.sandbox.end_faults()
            after, saved = "save", said.count("saved ") if scenario.changes else int(code == 0)
            begun = any(file.endswith(".journal") for file in self.files(folder))
            least, most = (saved + 1, saved + 1) if begun else (saved, min(saved + 1, len(states) - 1))
        problems = [] if code in (0, -signal.SIGKILL) else [f"{after} ended with {code}: {said}"]
        problems += self.check_secrets(folder)
        words = self.resume(folder, problems)
        found = self.eye.look(cell)
        if found not in states[least:most + 1]:
            problems.append(f"{saved} were said to be saved, {least} to {most} must be there")
            problems += differences(found, states[most])
        if self.files(folder):
            problems.append(f"left over: {self.files(folder)}")
        if problems:
            problems += [f"said: {said}", *words]
        shutil.rmtree(folder)
        return problems, code == -signal.SIGKILL

    def resume(self, folder, problems):
        """As often as it takes; what it said. Every fifth time it is killed on the way."""
        words = []
        if not self.files(folder):
            return words
        if self.number % 5 == 0:
            place, how = self.chance.randint(1, 60), self.chance.choice(["before", "after", "half"])
            words.append(self.start(self.resuming(folder), place, how)[1])
        code, said = self.start(self.resuming(folder))
        if code != 0:
            problems.append(f"resume ended with {code}")
        return words + [said]

    def at_once(self, name, how_many):
        """`osmflow resume` while another one, or the program that saves, works on the same journal. The problems, and
        whether those that came late ended before the first one, and so must have left the journal to it."""
        scenario, cell = SCENARIOS[name], self.next_cell()
        states = self.states(scenario)
        folder = self.folder / str(self.number)
        folder.mkdir()
        command = self.saving(scenario, cell, folder)
        if scenario.dies_at:
            self.die_early(scenario, command)
            command = self.resuming(folder)
        self.sandbox.end_faults()
        self.sandbox.fault(method="*", path="*/changeset/*", delay=1500)
        with concurrent.futures.ThreadPoolExecutor(how_many + 1) as threads:
            first = threads.submit(self.start, command)
            while not first.done() and (self.sandbox.stats()["in_flight"] == 0 or not self.files(folder)):
                time.sleep(0.001)
            late = list(threads.map(self.start, [self.resuming(folder)] * how_many))
            in_time = not first.done()
        self.sandbox.end_faults()
        problems = [f"the first ended with {first.result()}"] if first.result()[0] != 0 else []
        for code, said in late:
            if "work" not in said if code else in_time:
                problems.append(f"a late one ended with {code}: {said}")
        problems += differences(self.eye.look(cell), states[-1])
        if self.files(folder):
            problems.append(f"left over: {self.files(folder)}")
        return problems, in_time

    @staticmethod
    def files(folder):
        journal = folder / "journal"
        return sorted(os.listdir(journal)) if journal.exists() else []

    def check_secrets(self, folder):
        return [f"the token is in {file}" for file in self.files(folder)
                if TOKEN.encode() in (folder / "journal" / file).read_bytes()]


def work(folder, task):
    """In a process of the pool: the method of a worker and its arguments."""
    if not Worker.here:
        Worker.here = Worker(folder)
    try:
        return getattr(Worker.here, task[0])(*task[1:])
    except Exception as error:  # noqa: BLE001
        Worker.here.sandbox.end_faults()
        return [f"{type(error).__name__}: {error}"], False


def points(name, calls):
    """Every call, in each way it can be killed; of a long program only some, evenly."""
    found = [("run", name, place, how) for place, call in enumerate(calls, 1)
             for how in ("before", "after", "half") if how != "half" or call in BYTES]
    most = SCENARIOS[name].most or len(found)
    if SANITIZED:
        most = min(most, 40)
    step = max(1, len(found) / most)
    return [found[int(i * step)] for i in range(min(most, len(found)))]


def main():
    checks = Checks("kill_points")
    killed = collections.Counter()
    with tempfile.TemporaryDirectory(prefix="osmflow-test-") as folder:
        write_world(pathlib.Path(folder) / "world.osm", CELLS)
        (pathlib.Path(folder) / "others.osc").write_text(others_change(CELLS))
        with concurrent.futures.ProcessPoolExecutor(WORKERS) as pool:
            start = functools.partial(work, folder)
            tasks = []
            for name, (calls, good) in zip(SCENARIOS, pool.map(start, [("calls", name) for name in SCENARIOS])):
                checks.that(good and len(calls) > 20, f"{name}: {calls}")
                tasks += points(name, calls) if good else []
            for task, (problems, was_killed) in zip(tasks, pool.map(start, tasks, chunksize=4)):
                killed[task[1]] += was_killed
                checks.that(not problems, f"{task[1:]}: " + "\n    ".join(problems))
            tasks = [("at_once", name, count) for name in AT_ONCE for count in (1, 1, 1, 3)]
            in_time = 0
            for task, (problems, was_in_time) in zip(tasks, pool.map(start, tasks)):
                in_time += was_in_time
                checks.that(not problems, f"{task}: " + "\n    ".join(problems))
            checks.that(in_time >= len(tasks) // 2, f"{in_time} of {len(tasks)} met another one at work")
    print(f"killed: {dict(killed)}")
    checks.that(sum(killed.values()) >= LEAST, f"{sum(killed.values())} kill points of {LEAST}")
    checks.close()


if __name__ == "__main__":
    main()
