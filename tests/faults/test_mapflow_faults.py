#!/usr/bin/env python3
"""Every job with Mapflow while each of its requests fails in every way: it succeeds, or says one clear thing and can be
done again; nothing is made, started, spent or sent twice, and no part of a layer is taken for the whole.

usage: test_mapflow_faults.py BUILD_DIR [WORD-OF-A-JOB'S-NAME]
"""
import collections
import concurrent.futures
import fnmatch
import os
import re
import subprocess
import sys
import tempfile
import time

from mapflow_jobs import (CHANGING, JOBS, MOST, PROCESS, READING, SETTINGS, SPENDING, TOO_DEAR, UPLOADING, Desk,  # noqa: E402
                          Job)
from support import BUILD, Checks, gdal  # noqa: E402

SANITIZED = "asan" in os.environ.get("LD_PRELOAD", "")  # everything takes much longer then
WORKERS = 8  # half of the time is waiting
PATIENT = {"MAPFLOW_MAX_WAIT": "20"}
HASTY = {"GDAL_HTTP_LOW_SPEED_TIME": "1", "GDAL_HTTP_LOW_SPEED_LIMIT": "1", "MAPFLOW_SETTLE": "2"}
LOST = [{"drop": "before"}, {"drop": "after"}, {"status": 500, "after": 1}, {"status": 502}, {"html": 1, "after": 1},
        {"cut": 0}, {"cut": 30}, {"end": 30}]
OTHER = [{"cut": 7}, {"cut": 400}, {"end": 0}, {"end": 7}, {"status": 500}, {"status": 502, "after": 1}, {"html": 1},
         {"status": 429, "retry_after": 0}, {"status": 429, "retry_after": 1}, {"status": 503, "retry_after": 1},
         {"status": 401, "body": "Unauthorized"}, {"status": 403, "body": "{\"code\":\"FORBIDDEN\",\"message\":\"no\"}"}]
LONG = [{"cut": place} for place in (1000, 60_000, 700_000, 1_400_000)] + [{"end": place} for place in (1000, 60_000, 700_000)]
SECRETS = re.compile(r"anna-token|" + SETTINGS["MAPFLOW_TOKEN"])
Case = collections.namedtuple("Case", "job skip faults settings", defaults=({},))


class Worker:
    """A process with a server of its own."""
    here = None

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="osmflow-test-")
        self.desk = Desk(self.folder.name)
        self.known = {}

    def learn(self, job):
        """The states before and after the job where nothing goes wrong, what it writes, and its requests."""
        if job.name not in self.known:
            desk = self.desk
            desk.reset(job)
            desk.lines = None
            begun = desk.state(job)
            desk.sandbox.forget_requests()
            fine, said = job.do(desk)
            requests = [line.split()[2:5] for line in desk.sandbox.requests("/rest/")]
            if fine == (job.name in TOO_DEAR):
                raise RuntimeError(f"{job.name}: {said}")
            whole = desk.state(job)
            self.known[job.name] = begun, whole, desk.count_written() if job.writes else None, requests
        return self.known[job.name]

    def run(self, case):
        job, desk, problems = JOBS[case.job], self.desk, []
        begun, whole, layers, _ = self.learn(job)
        desk.reset(job)
        desk.lines = None
        desk.settings = SETTINGS | case.settings
        for wish in case.faults:
            desk.sandbox.fault(**({"path": "/rest/*", "skip": case.skip} | wish))
        fine, said = job.do(desk)
        desk.sandbox.end_faults()
        desk.settings = SETTINGS
        if case.settings is HASTY:
            time.sleep(0.8)  # what is late arrives
        first, heard = fine, [said]
        state = desk.state(job)
        if fine:
            self.judge_success(job, state, whole, layers, problems)
        else:
            self.judge_failure(job, said, begun, state, whole, problems)
            if "not known whether" in said and job.makes and len(case.faults) == 1 and "count" not in case.faults[0]:
                problems.append("one fault leaves a doubt")
            if self.may_go_on(job, said, state, whole):
                heard.append(self.finish(job, said, begun, whole, layers, problems))
        if any(SECRETS.search(text) for text in heard):
            problems.append("a token was said")
        return problems + [f"said: {text}" for text in heard if problems], first

    def judge_success(self, job, state, whole, layers, problems):
        problems += differences(state, whole, "it ended well")
        if job.writes and self.desk.count_written() != layers:
            problems.append(f"it wrote {self.desk.count_written()} of {layers}")

    def judge_failure(self, job, said, begun, state, whole, problems):
        for name, value in state.items():
            if value not in (begun[name], whole[name]) and (name != "looked at" or job not in READING):
                problems.append(f"it failed, and {name}: {value}, before {begun[name]}, whole {whole[name]}")
        sentences = [line for line in said.splitlines() if line.startswith("osmflow ")]
        if not said.strip() or len(sentences) > 1 or len(said) > 3000 or "Traceback" in said:
            problems.append("that is no clear error")
        if job.whole and self.desk.output.exists():
            problems.append("a part of the file is there")

    @staticmethod
    def may_go_on(job, said, state, whole):
        """Whoever is told that it is not known whether it was done looks first, and so does this."""
        is_doubt = "not known whether" in said
        return job.name not in TOO_DEAR and not (is_doubt and job.makes and state == whole)

    def finish(self, job, said, begun, whole, layers, problems):
        """The user goes on as he is told to, or does the same again."""
        started = re.search(r"Started:  (\S+)", said)
        if job.runs and started:
            output = ["-o", self.desk.output] if job.writes else []
            fine, said = self.desk.osmflow("process", "--resume", started.group(1), *output)
        else:
            was_done = self.desk.state(job) == whole
            fine, said = job.do(self.desk)
            if job.deletes and was_done and not fine and re.search("404|no id is|no such", said):
                fine = True
        if not fine:
            problems.append("doing it again does not work")
        else:
            self.judge_success(job, self.desk.state(job), whole, layers, problems)
        return said


def differences(state, expected, what):
    return [f"{what}, and {name}: {state[name]}, expected {expected[name]}" for name in state if state[name] != expected[name]]


def places(requests):
    """The requests of a job that are worth a fault: of looks that repeat each other the first two."""
    seen = collections.Counter()
    for skip, (method, url, _) in enumerate(requests):
        path = url.split("?")[0]
        seen[method, path] += 1
        if seen[method, path] <= 2:
            yield skip, method, path


def is_change(method, path):
    return method in ("PUT", "DELETE") or method == "POST" and not fnmatch.fnmatch(path, "*/page") and not path.endswith("/cost/v2")


def cases_of(job, requests):
    for skip, method, path in places(requests):
        is_last_word = is_change(method, path)
        is_busy = is_last_word or job in READING
        for wish in LOST + OTHER if is_busy else LOST[::2] + OTHER[skip % 3::3]:
            yield Case(job.name, skip, [wish])
        for wish in LONG if path.endswith("/result") and job in READING else []:
            yield Case(job.name, skip, [wish])
            yield Case(job.name, skip, [wish | {"count": -1}])
        for wish in LOST if is_last_word else LOST[skip % 8:][:1]:
            yield Case(job.name, skip, [wish], PATIENT)
        if is_last_word or path.endswith("/result"):
            yield Case(job.name, skip, [{"delay": 1600}], HASTY)
        for wish in LOST[:4] if is_last_word else ():  # and from there on nothing gets through
            yield Case(job.name, skip, [wish, {"drop": "before", "count": -1}])
            yield Case(job.name, skip, [wish | {"count": -1}])


def work(case):
    """In a process of the pool."""
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        Worker.here = Worker.here or Worker()
        return Worker.here.run(case)
    except Exception as error:  # noqa: BLE001
        return [f"{type(error).__name__}: {error}"], False
    finally:
        gdal.PopErrorHandler()


def learn(name):
    Worker.here = Worker.here or Worker()
    return Worker.here.learn(JOBS[name])


def nobody_listens(checks):
    """Connections that are refused."""
    with tempfile.TemporaryDirectory(prefix="osmflow-test-") as folder:
        desk = Desk(folder)
        for job in JOBS.values():
            desk.reset(job)
            desk.lines = None
            begun, real = desk.state(job), desk.url
            desk.url = "http://127.0.0.1:1/rest"
            fine, said = job.do(desk)
            desk.url = real
            checks.that(not fine and "127.0.0.1" in said, f"{job.name}, nobody listens: {said}")
            checks.equal(desk.state(job), begun, f"{job.name}, nobody listens")


def every_fault(checks, wanted):
    chosen = [job for job in READING + CHANGING + SPENDING + UPLOADING if wanted in job.name]
    first = {True: 0, False: 0}
    with concurrent.futures.ProcessPoolExecutor(WORKERS) as pool:
        known = dict(zip((job.name for job in chosen), pool.map(learn, [job.name for job in chosen])))
        for job in chosen:
            _, whole, _, requests = known[job.name]
            checks.that(whole["spent"] <= MOST * whole["started"], f"{job.name}: what it spends: {whole}")
            checks.that(len(requests) > 0, f"{job.name} asks")
        cases = [case for job in chosen for case in cases_of(job, known[job.name][3])]
        cases = cases[::11 if SANITIZED else 1]
        for case, (problems, fine) in zip(cases, pool.map(work, cases, chunksize=2)):
            first[fine] += 1
            request = known[case.job][3][case.skip]
            checks.that(not problems, f"{case.job}, {' '.join(request)}, {case.faults} {case.settings}: " +
                        "\n    ".join(problems))
    checks.that(wanted or min(first.values()) > len(cases) // 20, f"jobs that got through and that did not: {first}")


class Killed:
    """`osmflow process` is killed at each of its calls that leave something behind."""

    def __init__(self, folder):
        self.desk, self.job = Desk(folder), Job("killed", None, wishes="finish_after=100000")
        self.command = [BUILD / "bin" / "osmflow", *map(str, PROCESS)]

    def start(self, **settings):
        library = str(BUILD / "tests" / "kill_at.so")
        preload = " ".join(filter(None, [os.environ.get("LD_PRELOAD"), library]))
        environment = os.environ | SETTINGS | {"MAPFLOW_URL": self.desk.url, "LD_PRELOAD": preload} | settings
        done = subprocess.run(list(map(str, self.command)), env=environment, text=True, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=100, check=False)
        return done.returncode, done.stdout + done.stderr

    def count_calls(self):
        log = self.desk.folder / "log"
        self.desk.reset(self.job)
        code, said = self.start(OSMFLOW_KILL_LOG=str(log))
        if code != 0:
            raise RuntimeError(said)
        return len(log.read_text().split())

    def kill(self, checks, place, how):
        what = f"killed {how} call {place}"
        self.desk.reset(self.job)
        code, said = self.start(OSMFLOW_KILL_AT=str(place), OSMFLOW_KILL_HOW=how)
        state = self.desk.state(self.job)
        checks.that(state["started"] <= 1 and state["spent"] <= MOST, f"{what}: {state}")
        if "Started:" in said:
            checks.equal(state["started"], 1, f"{what}: what is said to be started")
        before = state["started"]
        fine, said = self.desk.execute(*self.command)
        checks.that(fine, f"{what}, again: {said}")
        checks.equal("has been started before" in said and "--resume" in said, before == 1, f"{what}: whether it is told: {said}")
        checks.equal(self.desk.state(self.job)["started"], before + 1, f"{what}: started")
        return code


def kills(checks):
    with tempfile.TemporaryDirectory(prefix="osmflow-test-") as folder:
        killed = Killed(folder)
        ends = collections.Counter()
        for place in range(1, killed.count_calls() + 1, 5 if SANITIZED else 1):
            for how in "before", "after", "half":
                ends[killed.kill(checks, place, how)] += 1
        checks.that(ends[-9] > 5, f"how it ended: {ends}")


if __name__ == "__main__":
    CHECKS = Checks("mapflow_faults")
    WANTED = sys.argv[2] if len(sys.argv) > 2 else ""
    CHECKS.run(nobody_listens, kills, lambda checks: every_fault(checks, WANTED))
    CHECKS.close()
