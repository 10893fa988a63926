#!/usr/bin/env python3
"""Checks `osmflow resume` against the sandbox: test_resume.py BUILD_DIR.

Journals are written here as an interrupted upload leaves them; what counts is that at the end every element is on the
server exactly once."""
import fcntl
import hashlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "driver"))
from support import BUILD, Checks, Sandbox, folder  # noqa: E402

PROGRAM = str(BUILD / "bin" / "osmflow")
MAP = "/api/0.6/map?bbox=9,47,9.1,47.1"


def line(value):
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return "%08x %s\n" % (zlib.crc32(text.encode()), text)


def node(number, **tags):
    pairs = [text for pair in dict({"name": f"n{number}"}, **tags).items() for text in pair]
    draft = {"type": "node", "id": -number, "version": 0, "lon": 90000000 + 10000 * number, "lat": 470100000,
             "tags": pairs, "label": f"points {number}"}
    return {"action": "create", "draft": draft}


def way(number, *refs):
    return {"action": "create", "draft": {"type": "way", "id": -number, "version": 0, "refs": list(refs),
                                          "tags": ["name", f"w{number}"]}}


def osm_change(items, changeset):
    """The creates among the items as an upload has them."""
    text = ""
    for item in items:
        draft = item["draft"]
        tags = "".join('<tag k="%s" v="%s"/>' % pair for pair in zip(draft["tags"][::2], draft["tags"][1::2]))
        if draft["type"] == "node":
            text += '<node id="%d" changeset="%d" lon="%.7f" lat="%.7f">%s</node>' % (
                draft["id"], changeset, draft["lon"] / 1e7, draft["lat"] / 1e7, tags)
        else:
            refs = "".join('<nd ref="%d"/>' % ref for ref in draft["refs"])
            text += '<way id="%d" changeset="%d">%s%s</way>' % (draft["id"], changeset, refs, tags)
    return f"<create>{text}</create>"


class Run:
    """One run of osmflow resume that has ended."""

    def __init__(self, case, *words, **settings):
        done = subprocess.run([PROGRAM, "resume", *map(str, words)], capture_output=True, text=True,
                              env=case.environment(**settings), timeout=60)
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr


class Case:
    """A sandbox and a folder of journals."""

    def __init__(self, checks):
        self.checks, self.made = checks, 0

    def __enter__(self):
        self.folder_context = folder()
        self.folder = self.folder_context.__enter__()
        self.uploads = self.folder / "uploads"
        self.uploads.mkdir()
        self.sandbox = Sandbox().__enter__()
        return self

    def __exit__(self, *details):
        self.sandbox.__exit__(*details)
        self.folder_context.__exit__(*details)

    def environment(self, **settings):
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith(("OSMAPI_", "OSMFLOW_", "XDG_")) and name not in ("LD_PRELOAD", "ASAN_OPTIONS")}
        kept.update(HOME=str(self.folder), OSMAPI_URL=self.sandbox.url, OSMAPI_TOKEN="alice-token", OSMAPI_MAX_WAIT="20",
                    OSMAPI_JOURNAL=str(self.uploads))
        kept.update(settings)
        return {name: value for name, value in kept.items() if value is not None}

    def journal(self, items, *records, root=None):
        """Writes a journal; the path of its first file."""
        self.made += 1
        stem = self.uploads / f"20260101T00000{self.made}Z-0123456789abcdef"
        plan = line({"osmflow-plan": 1, "items": len(items)}) + "".join(map(line, items))
        head = {"osmflow-journal": 1, "started": 1767225600 + self.made, "root": root or self.sandbox.url,
                "connection": "OSMAPI:map?bbox=9,47,9.1,47.1", "changeset": 0,
                "tags": ["comment", "Resumed", "created_by", "test"]}
        first = {"kind": "plan", "plan": 1, "count": len(items), "file": hashlib.sha256(plan.encode()).hexdigest()}
        texts = {".journal": "".join(map(line, [head, first, *records])), ".plan.1": plan, ".osc": "<osmChange/>\n"}
        for ending, text in texts.items():
            path = pathlib.Path(str(stem) + ending)
            path.write_text(text, encoding="utf-8")
            path.chmod(0o600)
        return pathlib.Path(str(stem) + ".journal")

    def names(self):
        """The names of what is on the server, with repetitions."""
        return sorted(re.findall(r'k="name" v="([^"]*)"', self.sandbox.call("GET", MAP).decode()))

    def files(self, ending=""):
        return sorted(path.name for path in self.uploads.iterdir() if path.name.endswith(ending))

    def uploaded(self):
        return len(self.sandbox.requests("/upload"))

    def fine(self, counts, what, *words, **settings):
        """A run after which nothing is left."""
        run = Run(self, *words, **settings)
        self.checks.equal((run.code, run.err), (0, ""), what)
        self.checks.that(counts in run.out and run.out.count("\n") == 1, f"{what}: [{counts}] is not in [{run.out}]")
        self.checks.equal(self.files(), [], what + ": files")
        return run

    def fails(self, words, what, *arguments, code=1, **settings):
        run = Run(self, *arguments, **settings)
        self.checks.equal(run.code, code, what)
        missing = [word for word in words if word not in run.out + run.err]
        self.checks.that(not missing, f"{what}: {missing} is not in [{run.out}{run.err}]")
        self.checks.that("-token" not in run.out + run.err, what + ": a token is shown")
        return run


ITEMS = [node(1), node(2), way(1, -1, -2)]
NAMES = ["n1", "n2", "w1"]


def nothing_was_sent(checks):
    for records in ([], [{"kind": "create"}]):
        with Case(checks) as case:
            case.journal(ITEMS, *records)
            case.fine("0 items were there already, 3 sent now, 0 left out, 0 not sent", "nothing was sent")
            checks.equal(case.names(), NAMES, "nothing was sent")
            changesets = case.sandbox.call("GET", "/api/0.6/changesets?user=101").decode()
            checks.that('v="Resumed"' in changesets and 'open="false"' in changesets, "the changeset's tags, closed")
            case.fine("there is nothing to resume", "a second time")
            checks.equal(case.uploaded(), 1, "nothing was sent: uploads")


def a_changeset_was_open(checks):
    with Case(checks) as case:
        made = case.sandbox.create_changeset(comment="Resumed")
        case.journal(ITEMS, {"kind": "create"}, {"kind": "changeset", "changeset": made})
        case.fine("3 sent now", "open changeset")
        checks.equal(case.names(), NAMES, "open changeset")
        checks.equal(len(case.sandbox.requests("/changeset/create")), 1, "the open changeset is used")
        checks.that('open="false"' in case.sandbox.call("GET", f"/api/0.6/changeset/{made}").decode(), "and closed")


def in_doubt(made, first, count):
    return [{"kind": "changeset", "changeset": made},
            {"kind": "send", "changeset": made, "first": first, "count": count, "digest": "0" * 64}]


def an_answer_was_lost(checks):
    for arrived in (False, True):
        what = f"a lost answer, arrived: {arrived}"
        with Case(checks) as case:
            made = case.sandbox.create_changeset(comment="Resumed")
            if arrived:
                case.sandbox.upload(osm_change(ITEMS, made), changeset=made)
            before = case.uploaded()
            case.journal(ITEMS, *in_doubt(made, 0, 3))
            case.fine("3 items were there already, 0 sent now" if arrived else "0 items were there already, 3 sent now", what)
            checks.equal(case.names(), NAMES, what)
            checks.equal(case.uploaded() - before, 0 if arrived else 1, what + ": uploads")


def a_piece_was_done(checks):
    """The way comes in the second piece: its nodes have ids by then."""
    for second in ("not sent", "lost", "arrived"):
        with Case(checks) as case:
            made = case.sandbox.create_changeset(comment="Resumed")
            ids, _ = case.sandbox.upload(osm_change(ITEMS[:2], made), changeset=made)
            rows = [number for old in (-1, -2) for number in (0, old, ids["node", old], 1)]
            records = in_doubt(made, 0, 2) + [{"kind": "applied", "changeset": made, "count": 2, "rows": rows}]
            if second != "not sent":
                records.append({"kind": "send", "changeset": made, "first": 2, "count": 1})
            if second == "arrived":
                draft = dict(ITEMS[2]["draft"], refs=[ids["node", -1], ids["node", -2]])
                case.sandbox.upload(osm_change([{"draft": draft}], made), changeset=made)
            case.journal(ITEMS, *records)
            case.fine("3 items were there already, 0 sent now" if second == "arrived" else
                      "2 items were there already, 1 sent now", "second piece " + second)
            checks.equal(case.names(), NAMES, "second piece " + second)


def what_was_given_up_is_not_sent(checks):
    for arrived in (False, True):
        what = f"given up, arrived: {arrived}"
        with Case(checks) as case:
            made = case.sandbox.create_changeset(comment="Resumed")
            if arrived:
                case.sandbox.upload(osm_change(ITEMS, made), changeset=made)
            case.journal(ITEMS, *in_doubt(made, 0, 3), {"kind": "given up"})
            if arrived:
                case.fine("3 items were there already, 0 sent now", what)
                checks.equal(case.names(), NAMES, what)
            else:
                case.fails(["0 sent now, 0 left out, 3 not sent; what is not there is in", ".osc", "1 of 1 journals"], what)
                checks.equal(case.names(), [], what)
                checks.equal([len(case.files()), len(case.files(".osc"))], [1, 1], what)


def only_settling_sends_nothing(checks):
    with Case(checks) as case:
        made = case.sandbox.create_changeset(comment="Resumed")
        case.journal(ITEMS, *in_doubt(made, 0, 3))
        case.fails(["0 sent now, 0 left out, 3 not sent"], "only settle", "--only-settle")
        checks.equal(case.names(), [], "only settle")
        document = (case.uploads / case.files(".osc")[0]).read_text()
        checks.equal(len(re.findall("<create>|<node|<way", document)), 4, "only settle: the change stays for people")


def a_conflict_stays(checks):
    with Case(checks) as case:
        ids, _ = case.sandbox.upload(osm_change([node(1)], 0).replace('changeset="0"', 'changeset="C"'), comment="a")
        made = ids["node", -1]
        case.sandbox.upload(f'<modify><node id="{made}" version="1" changeset="C" lon="9.001" lat="47.01"><tag k="name" '
                            'v="theirs"/></node></modify>', token="bob-token", comment="b")
        base = dict(node(1)["draft"], id=made, version=1)
        item = {"action": "modify", "draft": dict(base, tags=["name", "ours"]), "base": base}
        case.journal([item])
        case.fails(["ours", "theirs", "1 of 1 journals"], "conflict")
        checks.equal(case.names(), ["theirs"], "conflict")
        checks.equal(len(case.files(".osc")), 1, "conflict: the edit is kept")
        item["draft"]["tags"] = ["name", "n1", "ele", "5"]
        for path in case.uploads.iterdir():
            path.unlink()
        case.journal([item])
        case.fine("1 sent now", "what does not collide is joined")
        text = case.sandbox.call("GET", f"/api/0.6/node/{made}").decode()
        checks.that('v="theirs"' in text and 'k="ele"' in text, "what does not collide is joined")


def a_server_that_is_away(checks):
    with Case(checks) as case:
        case.journal(ITEMS)
        case.sandbox.fault(path="*/changeset/create", status=503, count=-1)
        case.fails(["503", "1 of 1 journals"], "a server that is away", OSMAPI_MAX_WAIT="0")
        checks.equal(len(case.files(".journal")), 1, "the journal stays")
        case.sandbox.end_faults()
        case.fine("3 sent now", "a server that is back")
        checks.equal(case.names(), NAMES, "a server that is back")


def a_damaged_journal_is_left_alone(checks):
    with Case(checks) as case:
        damaged = case.journal([node(1)])
        good = case.journal([node(2)])
        lines = damaged.read_text().splitlines()
        damaged.write_text("\n".join([lines[0], lines[1].replace("plan", "plax", 1), lines[0], ""]))
        case.fails([f"{damaged}: ", "line 2: damaged", "Move", ".osc", "1 sent now", "1 of 2 journals"], "damaged")
        checks.equal(case.names(), ["n2"], "the other one is done")
        checks.equal([good.exists(), damaged.exists()], [False, True], "damaged")
        case.fails(["line 2: damaged", "1 of 1 journals cannot be read"], "damaged, in a list", "--list")


def a_journal_in_use_is_left_alone(checks):
    with Case(checks) as case:
        path = case.journal([node(1)])
        with open(path, "r+b") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            case.fails(["other processes work on 1 more", "1 of 1 journals"], "in use")
            case.fails([f"{path}: another process works on it"], "in use, by name", path)
            checks.equal(Run(case, "--list").code, 0, "in use, in a list")
            checks.equal(case.uploaded(), 0, "in use")
        case.fine("1 sent now", "no longer in use", path, OSMAPI_JOURNAL=None)


def tokens_go_to_their_own_server(checks):
    with Case(checks) as case, Sandbox() as other:
        case.journal([node(1)], root=other.url)
        case.fails([f"there is no token for {other.url}", f"osmflow login osm --server {other.url}"], "another server")
        checks.equal(other.requests(), [], "another server is not asked")
        credentials = case.folder / "credentials.json"
        credentials.write_text(json.dumps({other.url: {"token": "bob-token"}}))
        credentials.chmod(0o600)
        case.fine("1 sent now", "another server, with its token", OSMFLOW_CREDENTIALS=str(credentials))
        checks.that('user="bob"' in other.call("GET", MAP).decode(), "another server, with its token")
        case.journal([node(1)])
        case.fails(["there is no token", "osmflow login osm`", "OSMAPI_TOKEN"], "no token", OSMAPI_TOKEN=None)
        checks.equal(case.names(), [], "no token")


def lists_what_there_is(checks):
    with Case(checks) as case:
        first = case.journal(ITEMS)
        second = case.journal(ITEMS, *in_doubt(7, 0, 2), {"kind": "applied", "changeset": 7, "count": 2,
                                                          "rows": [0, -1, 1, 1, 0, -2, 2, 1]},
                              {"kind": "send", "changeset": 7, "first": 2, "count": 1}, {"kind": "given up"})
        run = Run(case, "--list", OSMAPI_TOKEN=None)
        about = f"{case.sandbox.url}, OSMAPI:map?bbox=9,47,9.1,47.1: 3 items"
        checks.equal(run.out.splitlines(), [
            f"{first}: 2026-01-01T00:00:01Z, {about}, 0 sent, 0 left out, 3 not sent",
            f"{second}: 2026-01-01T00:00:02Z, {about}, 2 sent, 0 left out, 1 not sent, the last upload in doubt, given up"],
            "list")
        checks.equal((run.code, run.err, len(case.files())), (0, "", 6), "list")
        checks.equal(Run(case, "-l", second).out.count("\n"), 1, "list of one")
        checks.equal(Run(case, "--list", "--folder", case.folder / "none").out.count("nothing to resume"), 1, "--folder")
        checks.equal(case.sandbox.requests(), [], "a list asks nobody")


def wrong_usage(checks):
    with Case(checks) as case:
        case.fails(["exclude each other", "osmflow help resume"], "two modes", "--list", "--only-settle", code=2)
        case.fails(["exclude each other"], "folder and file", "--folder", "a", "b.journal", code=2)
        case.fails(['did you mean "--list"'], "unknown option", "--lisst", code=2)
        case.fails(["x.osc is no journal"], "another file", "x.osc")
        case.fails(["there is no journal x.journal"], "no file", "x.journal")
        case.fails(["OSMAPI_MAX_WAIT"], "wait", OSMAPI_MAX_WAIT="soon", code=2)


def wait_until_one_hangs(case):
    """No request but the one with the fault takes that long."""
    deadline, seen = time.monotonic() + 20, 0
    while seen < 15 and time.monotonic() < deadline:
        seen = seen + 1 if case.sandbox.stats()["in_flight"] > 0 else 0
        time.sleep(0.02)
    return seen >= 15


def killed_at_any_request(checks):
    """kill -9 while a request is on its way, so that it may still be carried out, or while its answer is; then again."""
    items = [node(i) for i in range(1, 6)] + [way(1, -1, -2, -3), way(2, -4, -5)]
    names = ["n1", "n2", "n3", "n4", "n5", "w1", "w2"]
    for path, wishes in (("*/changeset/create", ({"delay": 1500}, {"rate": 1})),
                         ("*/upload", ({"delay": 1500}, {"rate": 1})), ("*/close", ({"delay": 1500},))):
        for wish in wishes:
            what = f"killed at {path} {wish}"
            with Case(checks) as case:
                case.journal(items)
                case.sandbox.fault(path=path, count=1, **wish)
                process = subprocess.Popen([PROGRAM, "resume"], env=case.environment(), stdout=subprocess.DEVNULL,
                                           stderr=subprocess.DEVNULL)
                checks.that(wait_until_one_hangs(case), what + ": a request that hangs")
                process.send_signal(signal.SIGKILL)
                process.wait()
                checks.equal(process.returncode, -signal.SIGKILL, what + ": in time")
                checks.equal(len(case.files(".journal")), 1, what + ": the journal is there")
                case.fine("0 left out, 0 not sent", what)
                case.sandbox.settle()
                checks.equal(case.names(), names, what)


def stopped_by_the_user(checks):
    with Case(checks) as case:
        case.journal([node(1)])
        case.journal([node(2)])
        case.sandbox.fault(path="*/changeset/create", status=503, count=-1, retry_after=100)
        process = subprocess.Popen([PROGRAM, "resume"], env=case.environment(OSMAPI_MAX_WAIT="300"), text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        deadline = time.monotonic() + 20
        while not case.sandbox.requests("/changeset/create") and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, words = process.communicate(timeout=20)
        checks.equal((process.returncode, "stopped" in words), (1, True), f"stopped: {words}")
        case.sandbox.end_faults()
        run = Run(case)
        checks.equal((run.code, run.out.count("1 sent now")), (0, 2), "after it was stopped")
        checks.equal(case.names(), ["n1", "n2"], "after it was stopped")


if __name__ == "__main__":
    all_checks = Checks("resume")
    all_checks.run(nothing_was_sent, a_changeset_was_open, an_answer_was_lost, a_piece_was_done,
                   what_was_given_up_is_not_sent, only_settling_sends_nothing, a_conflict_stays, a_server_that_is_away,
                   a_damaged_journal_is_left_alone, a_journal_in_use_is_left_alone, tokens_go_to_their_own_server,
                   lists_what_there_is, wrong_usage, killed_at_any_request, stopped_by_the_user)
    all_checks.close()
