#!/usr/bin/env python3
"""Checks the commands that write to OpenStreetMap against the sandbox: test_write.py BUILD_DIR.

Each command is asked for what it prints, what it sends, and what the server has afterwards; with wrong input nothing
may be sent at all; with lost answers and killed processes nothing may be there twice, and nothing may be missing."""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

counts = {"passed": 0, "failed": 0}
printed = []
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
base = program = folder = ""
TOKENS = ("alice-token", "bob-token", "mod-token")

TOWN = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6">
 <node id="1" version="1" changeset="1" timestamp="2020-01-01T00:00:00Z" uid="1" user="carol" lat="47.1" lon="9.1"/>
 <node id="2" version="1" changeset="1" timestamp="2020-01-01T00:00:00Z" uid="1" user="carol" lat="47.2" lon="9.2">
  <tag k="name" v="Post"/>
 </node>
</osm>
"""
TRACK = """<?xml version="1.0"?><gpx version="1.0" xmlns="http://www.topografix.com/GPX/1/0"><trk><trkseg>
<trkpt lat="47.1" lon="9.1"><time>2020-01-01T00:00:00Z</time></trkpt></trkseg></trk></gpx>"""
CHANGE = """<osmChange version="0.6"><create>
<node id="-1" lat="%s" lon="9.11"/><node id="-2" lat="%s" lon="9.12"/>
<way id="-1"><nd ref="-1"/><nd ref="-2"/><tag k="highway" v="path"/></way></create></osmChange>"""


def check(condition, what):
    counts["passed" if condition else "failed"] += 1
    if not condition:
        print("FAILED:", what)


def expect(value, wanted, what):
    check(value == wanted, "%s: %r instead of %r" % (what, value, wanted))


def contains(text, part, what):
    check(part in text, "%s: %r is not in %r" % (what, part, text))


def environment(**settings):
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("OSMAPI_", "OSMFLOW_", "GDAL_", "XDG_")) and
            name not in ("LD_PRELOAD", "ASAN_OPTIONS")}
    kept.update(HOME=folder, OSMAPI_URL=base, OSMAPI_TOKEN="alice-token", OSMAPI_MAX_WAIT="20", **settings)
    return kept


class Run:
    """One run of osmflow that has ended."""

    def __init__(self, *words, stdin="", **settings):
        done = subprocess.run([program, *words], input=stdin.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env={**environment(), **settings}, timeout=120)
        self.code, self.out, self.err = done.returncode, done.stdout.decode(), done.stderr.decode()
        printed.append((" ".join(words), self.out + self.err))


def fine(*words, **more):
    run = Run(*words, **more)
    expect((run.code, run.err), (0, ""), "osmflow " + " ".join(words))
    return run.out


def fails(code, part, *words, **more):
    run = Run(*words, **more)
    expect((run.code, run.out), (code, ""), "osmflow %s (%s)" % (" ".join(words), run.err.strip()))
    contains(run.err, part, "osmflow " + " ".join(words))
    return run


def control(command, **parameters):
    request = urllib.request.Request(base + "/sandbox/" + command + "?" + urllib.parse.urlencode(parameters), method="PUT")
    opener.open(request, timeout=20).close()


def get(path, token="alice-token"):
    request = urllib.request.Request(base + "/api/0.6/" + path, headers={"Authorization": "Bearer " + token})
    with opener.open(request, timeout=20) as answer:
        return answer.read().decode()


def asked(word=""):
    """Requests to the API so far, as "POST /api/0.6/notes"."""
    while json.loads(opener.open(base + "/sandbox/stats").read())["in_flight"] > 0:
        time.sleep(0.01)
    with opener.open(base + "/sandbox/log", timeout=20) as answer:
        lines = [" ".join(line.split()[2:4]) for line in answer.read().decode().splitlines()]
    return [line for line in lines if "/sandbox/" not in line and word in line]


def fault(**wishes):
    control("fault/reset")
    control("log/reset")
    if wishes:
        control("fault", **wishes)


def write(name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def state():
    path = os.path.join(folder, ".local/state/osmflow/uploads")
    return sorted(os.listdir(path)) if os.path.isdir(path) else []


def nodes_at(lat):
    box = get("map?bbox=9.0,47.0,9.25,47.25")
    return len(re.findall('visible="true"[^>]* lat="%s0*"' % lat, box))


def check_wrong_input():
    track, change, long = write("t.gpx", TRACK), write("c.osc", CHANGE % ("47.01", "47.02")), "x" * 2001
    two = write("two.osm", '<osm><node lat="1" lon="1"/><node lat="1" lon="1"/></osm>')
    placeholder = write("ref.osm", '<osm><way><nd ref="-1"/></way></osm>')
    overlong = write("long.osm", '<osm><node lat="1" lon="1"><tag k="a" v="%s"/></node></osm>' % long)
    cases = [
        (("note",), "one of these words"), (("note", "crate"), '"create"'), (("note", "create"), "something is missing"),
        (("note", "create", "1", "2"), "something is missing"), (("note", "create", "x", "2", "t"), "lat=x"),
        (("note", "create", "91", "2", "t"), "between -90 and 90"), (("note", "create", "1", "2", " "), "text is empty"),
        (("note", "create", "1", "2", long), "2001 characters"), (("note", "create", "--at", "1", "t"), "LAT,LON"),
        (("note", "create", "1", "2", "a\x01"), "control character"), (("note", "create", "1", "2", "t", "--bx"), "--bx"),
        (("note", "comment", "1"), "something is missing"), (("note", "comment", "1", ""), "text is empty"),
        (("note", "close", "one"), "not a number"), (("note", "hide", "-1"), "not a number"),
        (("note", "reopen", "5/../6"), "not a number"), (("note", "show", "0"), "above 0"),
        (("note", "search", "--limit", "0"), "limit"), (("note", "search", "--bbox", "1,2,3"), "bbox"),
        (("note", "search", "--sort", "id"), "created_at"), (("note", "search", "--from", "soon"), "from"),
        (("changeset", "open"), "without a comment"), (("changeset", "open", "--comment", " "), "without a comment"),
        (("changeset", "open", "--comment", "c", "--tag", "novalue"), "KEY=VALUE"),
        (("changeset", "open", "--comment", "c", "--tag", "comment=d"), "twice"),
        (("changeset", "open", "--comment", "c" * 256), "256 characters"),
        (("changeset", "tag", "1", "=v"), "KEY=VALUE"), (("changeset", "tag", "1", "a=b", "a=c"), "twice"),
        (("changeset", "close", "x"), "not a number"), (("changeset", "comment", "1", ""), "text is empty"),
        (("changeset", "hide"), "something is missing"),
        (("changeset", "apply", change), "without a comment"), (("changeset", "apply", track, "--comment", "c"), ""),
        (("changeset", "apply", "/dev/null", "--comment", "c"), "is empty"),
        (("changeset", "apply", change, "--comment", "c", "--conflict", "ask"), "merge, fail or skip"),
        (("changeset", "apply", change, "--comment", "c", "--chunk", "0"), "--chunk"),
        (("changeset", "apply", change, "--comment", "c", "--report", folder), "no file"),
        (("changeset", "apply", change, "--comment", "c", "-o", "x.osc"), "--dry-run"),
        (("changeset", "apply", change, "--comment", "c", "--changeset", "5"), "--changeset"),
        (("changeset", "revert", "1"), "without a comment"), (("changeset", "revert", "x", "--comment", "c"), "above 0"),
        (("element", "get", "area/5"), "area"), (("element", "get", "map?bbox=1,1,2,2"), "TYPE/ID"),
        (("element", "get", "node/x"), "node"), (("element", "delete", "node/1"), "without a comment"),
        (("element", "delete", "node/1/1", "--comment", "c"), "TYPE/ID"),
        (("element", "put", two, "--comment", "c"), "2 elements"), (("element", "put", change, "--comment", "c"), "apply"),
        (("element", "put", placeholder, "--comment", "c"), "apply"),
        (("element", "put", overlong, "--comment", "c"), "2001 characters"),
        (("element", "put", "/dev/null", "--comment", "c"), "empty"),
        (("element", "redact", "node/1", "--redaction", "1"), "TYPE/ID/VERSION"),
        (("element", "redact", "node/1/1"), "--redaction"),
        (("element", "redact", "node/1/1", "--redaction", "x"), "number"),
        (("gpx", "upload", track), "--description"), (("gpx", "upload", track, "--description", ""), "empty"),
        (("gpx", "upload", track, "--description", "d" * 256), "256 characters"),
        (("gpx", "upload", track, "--description", "d", "--visibility", "all"), "trackable"),
        (("gpx", "upload", two, "--description", "d"), "neither GPX"),
        (("gpx", "upload", "/dev/null", "--description", "d"), "is empty"),
        (("gpx", "update", "1"), "nothing is to be changed"), (("gpx", "delete", "x"), "not a number"),
        (("prefs", "set", "a"), "KEY=VALUE"), (("prefs", "set", "a=b", "..=x"), ".."),
        (("prefs", "set", "a=" + "x" * 256), "256 characters"), (("prefs", "set", "a=b", "a=c"), "twice"),
        (("prefs", "delete"), "something is missing"), (("prefs", "replace", "/dev/null"), "no preference"),
        (("prefs", "get", ".."), "key"), (("login", "osm", "--for", "everything"), "redact"),
        (("login", "osm", "--for", "edit", "--scopes", "write_api"), "give one"),
    ]
    fault()
    for words, part in cases:
        code = 1 if words[:3] == ("changeset", "apply", track) else 2
        check("Traceback" not in fails(code, part, *words).err, "a message")
    expect(asked(), [], "nothing was sent for wrong input")
    expect(state(), [], "nothing was kept for wrong input")


def check_notes():
    expect(fine("note", "create", "-33.9", "151.2", "Hello <&> you"), "1\n", "the id")
    expect(fine("note", "create", "--at", "47.1,9.5", "nobody", "--anonymous", OSMAPI_TOKEN=""), "2\n", "the id")
    fine("note", "comment", "1", "more")
    fine("note", "close", "1", "done")
    fine("note", "reopen", "1")
    text = fine("note", "show", "1")
    for part in ("note 1\n", "lat: -33.9", "text: Hello <&> you", "action: closed", "action: reopened", "user: alice"):
        contains(text, part, "note show")
    expect(json.loads(fine("note", "show", "1", "--json"))["properties"]["status"], "open", "note show --json")
    found = fine("note", "search", "hello", "you", "--user", "alice", "--limit", "5", "--closed", "-1", "--bbox",
                 "151,-34,152,-33", "--sort", "created_at", "--order", "oldest", "--from", "2020-01-01T00:00:00Z")
    expect(found.split("\t")[0::5], ["1", "Hello <&> you\n"], "note search")
    expect(fine("note", "search", "absent"), "", "note search")
    fails(1, "write_notes", "note", "hide", "1")
    fine("note", "hide", "1", "spam", OSMAPI_TOKEN="mod-token")
    fails(1, "410", "note", "show", "1")
    fails(1, "already open", "note", "reopen", "2")
    fails(1, "osmflow login osm", "note", "create", "1", "2", "x", OSMAPI_TOKEN="")


def check_changesets():
    name = fine("changeset", "open", "--comment", "Test", "--source", "survey", "--tag", "a=b", "--tag", "c=d").strip()
    tags = fine("changeset", "tag", name, "c=", "e=f=g", "a=new")
    expect(tags, "a = new\ncomment = Test\ncreated_by = osmflow 0.1.0\ne = f=g\nsource = survey\n", "changeset tag")
    fails(1, "not yet closed", "changeset", "comment", name, "early")
    fine("changeset", "close", name)
    fails(1, "was closed", "changeset", "close", name)
    fine("changeset", "comment", name, "Nice")
    text = fine("changeset", "show", name, "--discussion")
    for part in ("changeset %s\n" % name, "open: false", "source = survey", "text: Nice"):
        contains(text, part, "changeset show")
    expect(json.loads(fine("changeset", "show", name, "--json"))["changeset"]["tags"]["a"], "new", "changeset show --json")
    fine("changeset", "unsubscribe", name)
    fails(1, "not subscribed", "changeset", "unsubscribe", name)
    fine("changeset", "subscribe", name)
    comment = re.search(r"comment (\d+)\n", text).group(1)
    fails(1, "moderator", "changeset", "hide", comment)
    fine("changeset", "hide", comment, OSMAPI_TOKEN="mod-token")
    check("Nice" not in fine("changeset", "show", name, "--discussion"), "changeset hide")
    fine("changeset", "unhide", comment, OSMAPI_TOKEN="mod-token")
    contains(fine("changeset", "show", name, "--discussion"), "Nice", "changeset unhide")


def check_elements():
    new = write("new.osm", '<osm><node lat="47.15" lon="9.15"><tag k="a" v="&lt;b&gt;&#10;c"/></node></osm>')
    made = fine("element", "put", new, "--comment", "new node").strip()
    check(re.fullmatch(r"node/\d+/1", made), "element put: " + made)
    path = made.rsplit("/", 1)[0]
    text = fine("element", "get", path)
    contains(text, 'v="&lt;b&gt;&#10;c"', "element get")
    changed = write("changed.osm", text.replace('k="a"', 'k="b"'))
    opened = fine("changeset", "open", "--comment", "mine").strip()
    expect(fine("element", "put", changed, "--changeset", opened), path + "/2\n", "element put of a change")
    contains(get("changeset/" + opened), 'open="true"', "the user's changeset stays open")
    fault()
    fails(1, "Version mismatch", "element", "put", changed, "--comment", "again")
    contains(get("changesets?open=true&display_name=alice"), 'id="%s"' % opened, "open changesets")
    expect(len(re.findall("<changeset ", get("changesets?open=true&display_name=alice"))), 1, "our own one is closed")
    expect(fine("element", "delete", path, "--comment", "wrong"), path + "/3\n", "element delete")
    fails(1, "deleted already", "element", "delete", path, "--comment", "wrong")
    fine("element", "redact", path + "/1", "--redaction", "3", OSMAPI_TOKEN="mod-token")
    fails(1, "404", "element", "get", path + "/1")
    text = fine("element", "get", "node/1", "node/2/history")
    expect(re.findall('<node id="(\\d)"', text), ["1", "2"], "several elements in one document")
    expect(text.count("</osm>"), 1, "one document")
    expect(fine("element", "get", "node/1/relations", "node/1", "node/1/ways").count("<node"), 1, "empty answers")
    target = os.path.join(folder, "both.json")
    fine("element", "get", "node/1", "node/2", "--json", "-o", target)
    with open(target, encoding="utf-8") as file:
        expect([item["elements"][0]["id"] for item in json.load(file)], [1, 2], "element get --json")
    fine("changeset", "close", opened)


def check_traces():
    track = write("a b.gpx", TRACK)
    name = fine("gpx", "upload", track, "--description", "A <walk>", "--tag", "x,y", "--tag", "z").strip()
    contains(fine("gpx", "list"), name + "\t", "gpx list")
    contains(fine("gpx", "list"), "\tprivate\ta_b.gpx\tA <walk>\n", "gpx list")
    expect(fine("gpx", "get", name), TRACK, "gpx get")
    fine("gpx", "update", name, "--visibility", "public")
    expect({key: json.loads(fine("gpx", "show", name, "--json"))[key] for key in ("description", "visibility", "tag")},
           {"description": "A <walk>", "visibility": "public", "tag": ["x", "y", "z"]}, "what is not named stays")
    fine("gpx", "update", name, "--tag", "only", "--description", "Other")
    contains(fine("gpx", "show", name), "description: Other\n  tag: only\n", "gpx update")
    fine("gpx", "delete", name)
    fails(1, "404", "gpx", "delete", name)
    fails(1, "404", "gpx", "show", name)


def check_preferences():
    fine("prefs", "set", "a=b", "c.d=e=f", "empty=")
    for line in ("a=b\n", "c.d=e=f\n", "empty=\n"):
        contains(fine("prefs", "get"), line, "prefs get")
    expect(fine("prefs", "get", "c.d"), "e=f\n", "prefs get KEY")
    expect(json.loads(fine("prefs", "get", "--json"))["preferences"]["a"], "b", "prefs get --json")
    fine("prefs", "delete", "a", "empty")
    fails(1, "no preference", "prefs", "delete", "a")
    fine("prefs", "replace", write("prefs", "x=1\ny=2\n"))
    expect(fine("prefs", "get"), "x=1\ny=2\n", "prefs replace")
    fine("prefs", "replace", "-", stdin=get("user/preferences").replace('v="2"', 'v="3"'))
    expect(fine("prefs", "get"), "x=1\ny=3\n", "prefs replace from XML")


def check_lost_answers():
    """Each call loses its answer once; afterwards its thing is there once."""
    track, new = write("lost.gpx", TRACK), write("lost.osm", '<osm><node lat="47.16" lon="9.16"/></osm>')
    note = fine("note", "create", "10", "10", "first").strip()
    closed = fine("changeset", "open", "--comment", "x").strip()
    fine("changeset", "close", closed)
    opened = fine("changeset", "open", "--comment", "y").strip()
    cases = [
        (("note", "create", "10", "10", "lost"), "POST", lambda: get("notes?bbox=9,9,11,11").count("<text>lost</text>")),
        (("note", "comment", note, "lost"), "POST", lambda: get("notes/" + note).count("<text>lost</text>")),
        (("note", "close", note), "POST", lambda: get("notes/" + note).count("<action>closed</action>")),
        (("note", "reopen", note), "POST", lambda: get("notes/" + note).count("<action>reopened</action>")),
        (("changeset", "comment", closed, "lost"), "POST",
         lambda: get("changeset/%s?include_discussion=true" % closed).count("<text>lost</text>")),
        (("changeset", "unsubscribe", closed), "POST", lambda: 1),
        (("changeset", "subscribe", closed), "POST", lambda: 1),
        (("gpx", "upload", track, "--description", "lost"), "POST", lambda: get("user/gpx_files").count(">lost<")),
        (("element", "put", new, "--changeset", opened), "PUT", lambda: nodes_at("47.16")),
        (("element", "put", new, "--changeset", opened), "PUT", lambda: nodes_at("47.16") - 1),
        (("element", "delete", "node/2", "--changeset", opened), "DELETE",
         lambda: len(re.findall("<node ", get("node/2/history"))) - 1),
        (("changeset", "close", opened), "PUT", lambda: get("changeset/" + opened).count('open="false"')),
        (("prefs", "set", "lost=1"), "PUT", lambda: get("user/preferences").count('k="lost"')),
        (("prefs", "delete", "lost"), "DELETE", lambda: 1 - get("user/preferences").count('k="lost"')),
    ]
    for words, method, count in cases:
        fault(method=method, drop="after", path="*", count=1)
        fine(*words)
        expect(count(), 1, "a lost answer: " + " ".join(words))
    for words, method, path, count in (
            (("note", "create", "20", "20", "lost"), "POST", "*", lambda: get("notes?bbox=19,19,21,21").count("<text>lost</text>")),
            (("gpx", "upload", track, "--description", "before"), "POST", "*", lambda: get("user/gpx_files").count(">before<"))):
        fault(method=method, drop="before", path=path, count=1)
        fine(*words)
        expect(count(), 1, "a lost request: " + " ".join(words))
        expect(len(asked("POST")), 2, "it was sent again")
    fault(method="POST", drop="after", path="*/notes*", orphan=1500, count=1)
    fine("note", "create", "25", "25", "late")
    expect(get("notes?bbox=24,24,26,26").count("<text>late</text>"), 1, "a note that comes later than its loss")
    fault(method="POST", drop="after", path="*", count=1)
    control("fault", method="GET", drop="before", path="*", count=-1, skip=1)
    fails(1, "not known whether", "note", "create", "30", "30", "dark", OSMAPI_MAX_WAIT="0")
    fault()


def check_apply():
    path = write("apply.osc", CHANGE % ("47.03", "47.04"))
    fault()
    expect(fine("changeset", "apply", path, "--dry-run"), "3 to be created, 0 to be changed, 0 to be deleted. Nothing was sent.\n",
           "apply --dry-run")
    contains(fine("changeset", "apply", path, "--dry-run", "-o", "-"), "<osmChange", "apply --dry-run -o -")
    fails(1, "cannot be written", "changeset", "apply", path, "--dry-run", "-o", "/dev/full")
    expect(asked(), [], "apply --dry-run sends nothing")
    report = os.path.join(folder, "report.json")
    out = fine("changeset", "apply", path, "--comment", "apply", "--tag", "a=b", "--report", report)
    name = re.fullmatch(r"Changeset (\d+): 3 done\.\n", out).group(1)
    contains(get("changeset/" + name), '<tag k="a" v="b"/>', "tags of the changeset")
    contains(get("changeset/" + name), 'open="false"', "the changeset is closed")
    with open(report, encoding="utf-8") as file:
        expect([row["outcome"] for row in json.load(file)], ["done"] * 3, "the report")
    fails(2, "applied to", "changeset", "apply", path, "--comment", "again")
    expect(nodes_at("47.03"), 1, "a second time is refused")
    fine("changeset", "apply", path, "--comment", "again", "--again")
    expect(nodes_at("47.03"), 2, "unless it is wanted")
    expect([file for file in state() if not file.endswith(".applied")], [], "no journal is left")


def check_apply_in_part():
    """A part is on the server when the rest is refused: the file is refused, the rest can be sent."""
    nodes = "".join('<node id="-%d" lat="47.08%d" lon="9.11"/>' % (i, i) for i in range(1, 4))
    path = write("part.osc", '<osmChange version="0.6"><create>%s</create><delete><node id="1" version="9"/></delete>'
                             '</osmChange>' % nodes)
    run = Run("changeset", "apply", path, "--comment", "part", "--chunk", "1")
    expect(run.code, 1, "apply in part: " + run.err)
    expect(nodes_at("47.081"), 1, "the first one is there")
    rest = re.search(r"(/\S+\.osc)", run.err)
    again = fails(2, "done in part", "changeset", "apply", path, "--comment", "part", "--chunk", "1")
    contains(again.err, rest.group(1) if rest else "?", "the refusal says where the rest is")
    expect(nodes_at("47.081"), 1, "the first one is there once")


def check_apply_in_the_dark():
    """The answer is lost and the network stays away; the same command again finds out."""
    for drop, lat in (("after", "47.05"), ("before", "47.06")):
        path = write("dark.osc", CHANGE % (lat, lat + "1"))
        fault(method="POST", drop=drop, path="*/upload", count=1)
        control("fault", method="PUT", drop="before", path="*/close", count=-1)
        control("fault", method="GET", drop="before", path="*/changeset/*", count=-1)
        fails(1, "not known", "changeset", "apply", path, "--comment", "dark", OSMAPI_MAX_WAIT="0")
        fault()
        out = fine("changeset", "apply", path, "--comment", "dark")
        contains(out, "An earlier run", "apply after the dark")
        expect(nodes_at(lat), 1, "drop=%s: it is there once" % drop)
        fails(2, "applied to", "changeset", "apply", path, "--comment", "dark")


def check_apply_killed():
    """The process is killed while it waits for the answer, at each of its requests."""
    for number, what in enumerate(("PUT */create", "POST */upload", "PUT */close")):
        lat = "47.07%d" % number
        path = write("kill.osc", CHANGE % (lat, lat + "1"))
        method, pattern = what.split()
        fault(method=method, path=pattern, delay=3000, after=1, count=1)
        process = subprocess.Popen([program, "changeset", "apply", path, "--comment", "kill"], env=environment(),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while json.loads(opener.open(base + "/sandbox/stats").read())["in_flight"] == 0 and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(0.5)
        process.send_signal(signal.SIGKILL)
        process.wait()
        fault()
        run = Run("changeset", "apply", path, "--comment", "kill")
        check(run.code == 0 or "applied to" in run.err, "killed at %s: %s" % (what, run.err))
        expect(nodes_at(lat), 1, "killed at %s: it is there once" % what)


def check_revert():
    new = write("before.osm", '<osm><node lat="47.17" lon="9.17"><tag k="a" v="1"/><tag k="b" v="1"/></node></osm>')
    old = fine("element", "put", new, "--comment", "x").strip().split("/")[1]
    gone = fine("element", "put", write("gone.osm", '<osm><node lat="47.18" lon="9.18"><tag k="g" v="1"/></node></osm>'),
                "--comment", "x").strip().split("/")[1]
    change = ('<osmChange version="0.6"><create><node id="-1" lat="47.19" lon="9.19"/></create><modify><node id="%s" '
              'version="1" lat="47.171" lon="9.17"><tag k="a" v="2"/><tag k="b" v="1"/></node></modify><delete>'
              '<node id="%s" version="1"/></delete></osmChange>' % (old, gone))
    name = re.search(r"Changeset (\d+)", fine("changeset", "apply", write("bad.osc", change), "--comment", "bad")).group(1)
    target = os.path.join(folder, "revert.osc")
    expect(fine("changeset", "revert", name, "--dry-run", "-o", target),
           "0 to be created, 2 to be changed, 1 to be deleted. Nothing was sent.\n", "revert --dry-run")
    with open(target, encoding="utf-8") as file:
        contains(file.read(), '<delete if-unused="true">', "the file")
    # somebody else changes another tag in between
    text = fine("element", "get", "node/" + old).replace('k="b" v="1"', 'k="b" v="3"')
    fine("element", "put", write("between.osm", text), "--comment", "b", OSMAPI_TOKEN="bob-token")
    out = fine("changeset", "revert", name, "--comment", "no good")
    contains(out, "3 done", "revert")
    now = get("node/" + old)
    for part in ('k="a" v="1"', 'k="b" v="3"', 'lat="47.1700000"'):
        contains(now, part, "revert keeps what others did")
    contains(get("node/" + gone), 'k="g" v="1"', "what was deleted is back")
    expect(nodes_at("47.19"), 0, "what was created is gone")
    contains(fine("changeset", "revert", name, "--comment", "twice"), "nothing to do", "revert twice")
    # a collision
    text = fine("element", "get", "node/" + old)
    change = re.search(r"<node.*</node>", text.replace('v="3"', 'v="4"'), re.S).group(0)
    bad = write("bad2.osc", '<osmChange version="0.6"><create><node id="-1" lat="47.192" lon="9.19"/></create><modify>%s</modify></osmChange>' % change)
    name = re.search(r"Changeset (\d+)", fine("changeset", "apply", bad, "--comment", "bad")).group(1)
    text = fine("element", "get", "node/" + old).replace('v="4"', 'v="5"')
    fine("element", "put", write("between.osm", text), "--comment", "b", OSMAPI_TOKEN="bob-token")
    run = fails(1, 'was "4"', "changeset", "revert", name, "--comment", "no good")
    contains(run.err, "node " + old, "the collision names the element")
    expect(nodes_at("47.192"), 1, "nothing was sent")
    out = fine("changeset", "revert", name, "--comment", "no good", "--conflict", "skip")
    contains(out, "1 done, 1 conflict", "revert --conflict skip")
    expect(nodes_at("47.192"), 0, "the rest is reverted")
    contains(get("node/" + old), 'v="5"', "what collides stays")
    fails(1, "no changeset", "changeset", "revert", "4711", "--comment", "x")


def check_scopes():
    run = Run("login", "osm", "--client-id", "x", "--for", "edit,notes", "--no-browser", stdin="wrong\n")
    asked_for = urllib.parse.unquote_plus(re.search(r"[?&]scope=([^&\s]+)", run.out).group(1))
    expect(asked_for, "read_prefs write_api write_notes", "login --for")


def check_no_token_is_shown():
    for words in (("note", "create", "1", "1", "debug"), ("prefs", "set", "d=1"), ("changeset", "open", "--comment", "d")):
        Run(*words, OSMFLOW_DEBUG="YES")
    for token in TOKENS:
        expect([words for words, text in printed if token in text], [], "a token is shown")
    for name in state():
        with open(os.path.join(folder, ".local/state/osmflow/uploads", name), encoding="utf-8") as file:
            check(not any(token in file.read() for token in TOKENS), "a token is in " + name)


def main():
    global base, program, folder
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    program = os.path.join(os.path.abspath(sys.argv[1]), "bin", "osmflow")
    sandbox = os.path.join(os.path.abspath(sys.argv[1]), "bin", "osmflow-sandbox")
    with tempfile.TemporaryDirectory(prefix="osmflow-write-") as made:
        folder = made
        with subprocess.Popen([sandbox, "--exit-with-stdin", "--load", write("town.osm", TOWN)], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as server:
            base = server.stdout.readline().decode().strip()
            for name, function in list(globals().items()):
                if name.startswith("check_"):
                    try:
                        function()
                    except Exception as error:  # something of another shape than expected
                        check(False, "%s: %s: %s" % (name, type(error).__name__, error))
            server.stdin.close()
            server.wait(20)
    print("write: %(passed)d passed, %(failed)d failed" % counts)
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
