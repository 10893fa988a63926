#!/usr/bin/env python3
"""Everything that can go wrong on the way: always an error with a sentence, never part of a layer, never a hang.

usage: test_faults.py BUILD_DIR
"""
import contextlib
import gzip
import pathlib
import socket
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "driver"))
from support import Checks, Sandbox, layers, open_vector, options, rows  # noqa: E402

MAP = "map?bbox=1.9,0.9,2.1,1.1"
BOX = "9.51,47.13,9.53,47.15"
ALL_RAW = "LAYERS=nodes,ways,relations,members"
LONGEST = 4  # seconds that a case may take which has no time-out of its own
ELEMENTS = """<create><node id="-1" changeset="C" lat="1" lon="2"><tag k="amenity" v="caf&#233;"/></node>
<node id="-2" changeset="C" lat="1" lon="2.001"/><node id="-3" changeset="C" lat="1.001" lon="2.001"/>
<way id="-1" changeset="C"><nd ref="-1"/><nd ref="-2"/><nd ref="-3"/><tag k="highway" v="path"/></way>
<relation id="-1" changeset="C"><member type="way" ref="-1" role="x"/><tag k="type" v="route"/></relation></create>"""
# Calls whose answer is no elements. The trackpoints have 30 points per page, so there are five.
TABLES = ["notes/2", "notes?bbox=" + BOX, "notes/search?q=path", "notes/feed?bbox=" + BOX, "changeset/1",
          "changesets?user=101", "user/101", "users?users=101,102", "user/details", "user/preferences", "user/gpx_files",
          "gpx/1", "gpx/1/data", "capabilities", "versions", "permissions"]


def open_path(sandbox, path):
    return sandbox.open(path, *([ALL_RAW] if path.startswith("map") else []))


def everything(dataset):
    return [rows(layer) for layer in layers(dataset)]


def attempt(sandbox, path):
    """All rows, or None and what was said. Nothing is kept open, so that the next attempt asks again."""
    try:
        return everything(open_path(sandbox, path)), None
    except RuntimeError as error:
        return None, str(error)


class Case:
    """One thing that goes wrong: every layer must say so, and none may show a feature."""

    def __init__(self, checks, sandbox):
        self.checks, self.sandbox, self.whole = checks, sandbox, {}
        self.requests = {}

    def complete(self, path):
        if path not in self.whole:
            self.whole[path] = everything(open_path(self.sandbox, path))
            words = self.sandbox.requests()[-1].split()
            self.requests[path] = words[3].split("?")[0], int(words[5])
            self.checks.that(any(self.whole[path]), f"{path} has rows")
        return self.whole[path]

    def bad(self, dataset, words, what, longest=LONGEST):
        began, problems = time.monotonic(), []
        for layer in layers(dataset):
            name = layer.GetName()
            try:
                feature = layer.GetNextFeature()
                problems.append(f"{name} gave {'a feature' if feature else 'an empty layer'}")
            except RuntimeError as error:
                message = str(error)
                missing = [word for word in words if word not in message]
                if missing or len(message) < 30 or "-token" in message:
                    problems.append(f"{name}: {missing} is not in [{message}]")
        took = time.monotonic() - began
        if took > longest:
            problems.append(f"it took {took:.1f} s")
        return self.checks.that(not problems, f"{what}: {'; '.join(problems)}")

    def faulty(self, call, words, what, longest=LONGEST, **wishes):
        """A fault on every request that a call makes, by itself."""
        self.sandbox.fault(count=-1, **wishes)
        self.bad(open_path(self.sandbox, call), words, f"{call}: {what}", longest)
        self.sandbox.end_faults()

    def cut(self, path, step=1):
        """Cut at every byte, with the connection broken off, and with an end as if that were all."""
        whole = self.complete(path)
        asked, size = self.requests[path]
        self.sandbox.forget_requests()
        failures = tries = 0
        for kind in "cut", "end":
            for place in sorted({*range(0, size, step), size - 2, size - 1}):
                self.sandbox.fault(path=asked, **{kind: place})
                found, message = attempt(self.sandbox, path)
                tries += 1
                failures += found is None
                # The line end behind the document may be missing; no user is an empty answer, says the API.
                last = kind == "end" and place == size - 1 and found == whole
                nobody = kind == "end" and place == 0 and path.startswith("user") and found and not any(found)
                if found is None:
                    good = any(word in message for word in ("cut off", "not whole", "not well-formed", "empty"))
                else:
                    good = last or nobody
                if not good:
                    self.checks.that(False, f"{path}: {kind} at byte {place} of {size}: {message or 'rows'}")
        answered = [line for line in self.sandbox.requests() if line.split()[3].split("?")[0] == asked]
        self.checks.equal(len(answered), tries, f"{path}: every try asked")
        self.checks.that(failures > 5 and size > 100, f"{path}: cut at {failures} places of {size} bytes")


def every_byte(sandbox):
    def test(checks):
        case = Case(checks, sandbox)
        for path in MAP, MAP.replace("map", "map.json"), "notes/2":
            case.cut(path)
        for path in TABLES:
            case.cut(path, 37)
        case.cut("node/1/history", 29)
        case.cut("nodes?nodes=1,2,3", 29)
        case.cut("changeset/2/download", 29)
    return test


def later_pages(sandbox):
    """The second page of trackpoints and of changesets."""
    def test(checks):
        case = Case(checks, sandbox)
        sandbox.limits(limit_trackpoints=30)
        path = "trackpoints?bbox=" + BOX
        whole = case.complete(path)
        checks.equal(len(whole[1]), 140, "five pages")
        for wish in ({"cut": 700}, {"end": 700}, {"cut": 0}, {"status": 500}, {"drop": "before"}, {"drop": "after"},
                     {"html": 1}):
            case.sandbox.fault(path="*/trackpoints", skip=2, count=-1, **wish)
            case.bad(open_path(sandbox, path), ["trackpoints", "page=2"], f"third page: {wish}")
            sandbox.end_faults()
        sandbox.limits(limit_trackpoints=5000)
    return test


STATUSES = {400: ["400"], 401: ["401"], 403: ["403"], 404: [], 406: ["406"], 410: [], 414: ["414"], 418: ["418"],
            429: ["429", "OSMAPI_MAX_WAIT"], 500: ["500"], 502: ["502"], 503: ["503"], 504: ["504"],
            509: ["OSMAPI_MAX_WAIT"]}


def statuses(sandbox):
    def test(checks):
        case = Case(checks, sandbox)
        for path in MAP, "node/1", "notes/2", "changesets?user=101", "trackpoints?bbox=" + BOX, "nodes?nodes=1,2,3":
            asked = "*/api/0.6/" + path.split("?")[0]
            for status, words in STATUSES.items():
                for retry_after in -1, 3600:
                    longer = ["3600"] if retry_after > 0 and status >= 429 else []
                    wishes = {"status": status, "body": "The reason why"} | ({"retry_after": 3600} if longer else {})
                    case.faulty(path, words + longer, f"status {status} {longer}", path=asked, **wishes)
            case.faulty(path, ["The reason why"], "the server's own words", path=asked, status=400, body="The reason why")
    return test


def wrong_content(sandbox):
    def test(checks):
        case = Case(checks, sandbox)
        for path in [MAP, MAP.replace("map", "map.json"), "node/1/history", "nodes?nodes=1,2,3"]:
            asked = "*/api/0.6/" + path.split("?")[0]
            case.faulty(path, ["Could not obtain client encoding"], "<error> at the end", path=asked, error=1)
        for path in [MAP, "node/1"] + TABLES + ["trackpoints?bbox=" + BOX]:
            asked = "*/api/*" + path.split("?")[0].split("/")[-1] + "*"
            case.faulty(path, ["web page"], "a web page", path=asked, html=1)
            case.faulty(path, [], "dropped before", path=asked, drop="before")
            case.faulty(path, [], "dropped after", path=asked, drop="after")
    return test


class Server:
    """A server that answers every connection with the same bytes, whatever they are."""

    def __init__(self, answer, stay=0.0, host="127.0.0.1", end_of_request=b"\r\n\r\n"):
        self.answer, self.stay, self.heard, self.end_of_request = answer, stay, [], end_of_request
        self.socket = socket.create_server((host, 0))
        self.url = f"http://{host}:{self.socket.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection):
        with contextlib.suppress(OSError), connection:
            connection.settimeout(10)
            request = b""
            while self.end_of_request not in request:
                part = connection.recv(65536)
                if not part:
                    return
                request += part
            self.heard.append(request.decode("latin-1"))
            for piece in self.answer if isinstance(self.answer, list) else [self.answer]:
                connection.sendall(piece)
            time.sleep(self.stay)

    def close(self):
        self.socket.close()


def answer(body, content_type="application/xml; charset=utf-8", head=b"", status="200 OK"):
    return (f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n".encode() + head
            + b"\r\n" + body)


GOOD = (b'<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6"><node id="1" lat="1" lon="2" version="1">'
        b'<tag k="name" v="x"/></node></osm>\n')
PACKED = gzip.compress(GOOD)
PACKED_HEAD = b"Content-Encoding: gzip\r\n"
BAD_ANSWERS = {
    "not HTTP": b"SSH-2.0-OpenSSH_9.2\r\n", "nothing": b"", "half a status line": b"HTTP/1.", "no body": answer(b""),
    "a head without end": b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n",
    "endless head": [b"HTTP/1.1 200 OK\r\n"] + [b"X-A: " + b"a" * 60000 + b"\r\n"] * 40,
    "another size than said": b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 500\r\n\r\n" + GOOD,
    "a chunk size that is none": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n" + GOOD,
    "no last chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"%x\r\n" % len(GOOD) + GOOD + b"\r\n",
    "text": answer(b"Hello, world", "text/plain"), "a picture": answer(b"\x89PNG\r\n\x1a\n" + bytes(100), "image/png"),
    "GPX": answer(b'<gpx version="1.1"><trk/></gpx>'), "KML": answer(b"<kml><Document/></kml>"),
    "two documents": answer(GOOD + GOOD), "rubbish behind": answer(GOOD + b"rubbish"),
    "rubbish before": answer(b"rubbish" + GOOD), "not UTF-8": answer(GOOD.replace(b"x", b"\xff")),
    "a zero byte": answer(GOOD.replace(b"x", b"\0")),
    "tags crossed": answer(GOOD.replace(b"</node></osm>", b"</osm></node>")),
    "an id that is none": answer(GOOD.replace(b'id="1"', b'id="one"')),
    "off the earth": answer(GOOD.replace(b"1\" lon", b"91\" lon")),
    "no position": answer(GOOD.replace(b'lat="1" ', b"")),
    "JSON, but another": answer(b'{"type": "FeatureCollection", "features": []}', "application/json"),
    "JSON cut": answer(b'{"version": "0.6", "elements": [{"type": "node", "id": 1', "application/json"),
    "JSON twice": answer(b'{"version": "0.6", "elements": []}{"elements": []}', "application/json"),
    "a billion laughs": answer(b'<?xml version="1.0"?><!DOCTYPE osm [<!ENTITY a0 "ha">' + b"".join(
        b'<!ENTITY a%d "%s">' % (i + 1, b"&a%d;" % i * 10) for i in range(9)) + b"]>"
        b'<osm version="0.6"><node id="1" lat="1" lon="2"><tag k="x" v="&a9;"/></node></osm>'),
    "packed, cut": answer(PACKED[:-12], head=PACKED_HEAD), "packed, half": answer(PACKED[:40], head=PACKED_HEAD),
    "packed, damaged": answer(PACKED[:-6] + b"\0\0\0\0\0\0", head=PACKED_HEAD),
    "moved to itself": answer(b"", head=b"Location: /api/0.6/map?bbox=1,2,3,4\r\n", status="302 Found"),
    "moved nowhere": answer(b"", status="301 Moved Permanently"),
    "moved to a file": answer(b"", head=b"Location: file:///etc/passwd\r\n", status="302 Found"),
    "moved to rubbish": answer(b"", head=b"Location: ht!tp://[\r\n", status="302 Found"),
    "no content": answer(b"", status="204 No Content"),
    "not modified": answer(b"", status="304 Not Modified"),
}
CONNECTION = "map?bbox=1.9,0.9,2.1,1.1"


def raw_answers(checks):
    case = Case(checks, None)
    fine = {"plain": answer(GOOD), "until the end": b"HTTP/1.0 200 OK\r\nContent-Type: text/xml\r\n\r\n" + GOOD,
            "byte by byte": [bytes([byte]) for byte in answer(GOOD)]}
    for name, content in fine.items():
        server = Server(content)
        dataset = open_vector(f"OSMAPI:{server.url}/api/0.6/{CONNECTION}")
        checks.equal([fields["name"] for _, fields, _ in everything(dataset)[0]], ["x"], f"a good answer, {name}")
        server.close()
    for name, content in BAD_ANSWERS.items():
        server = Server(content)
        for path in CONNECTION, "node/1":
            dataset = open_vector(f"OSMAPI:{server.url}/api/0.6/{path}", ALL_RAW)
            case.bad(dataset, [], f"{path}: {name}")
        server.close()
    for path in "notes/1", "changesets?user=1", "trackpoints?bbox=1,2,1.1,2.1", "capabilities", "users?users=1":
        for name in ("not HTTP", "no body", "text", "a picture", "KML", "rubbish before", "JSON, but another", "JSON cut",
                     "packed, cut", "moved to itself", "two documents", "another size than said"):
            if name == "no body" and path.startswith("user"):
                continue  # the API says that this means: no such user
            server = Server(BAD_ANSWERS[name])
            case.bad(open_vector(f"OSMAPI:{server.url}/api/0.6/{path}"), [], f"{path}: {name}")
            server.close()


def own_address():
    """The address of this machine that is not the loopback's, where answers may come packed; None without network."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # sends nothing
        address = probe.getsockname()[0]
        return None if address.startswith("127.") else address
    return None


def packed_answers(checks):
    address = own_address()
    if not address:
        checks.skip("this machine has no network, and from itself nothing comes packed")
        return
    server = Server(answer(PACKED, head=PACKED_HEAD), host=address)
    dataset = open_vector(f"OSMAPI:{server.url}/api/0.6/{CONNECTION}")
    checks.equal([fields["name"] for _, fields, _ in everything(dataset)[0]], ["x"], "a packed answer")
    checks.that("gzip" in server.heard[-1], "it was asked for packed")
    checks.that("alice-token" not in server.heard[-1], "no token over plain http to another machine")
    server.close()
    case = Case(checks, None)
    for size in range(len(PACKED) - 10):  # behind that only the checksum is missing; the document has proved whole
        server = Server(answer(PACKED[:size], head=PACKED_HEAD), host=address)
        case.bad(open_vector(f"OSMAPI:{server.url}/api/0.6/{CONNECTION}"), [], f"packed, {size} of {len(PACKED)} bytes")
        server.close()
    for name, content in {"a damaged checksum": PACKED[:-8] + b"\0" * 8, "not packed at all": GOOD,
                          "rubbish in the middle": PACKED[:50] + b"rubbish" + PACKED[57:]}.items():
        server = Server(answer(content, head=PACKED_HEAD), host=address)
        case.bad(open_vector(f"OSMAPI:{server.url}/api/0.6/{CONNECTION}"), [], name)
        server.close()


def silence(sandbox):
    """Servers that say nothing, or hardly anything: an error after the time-out, not before and not long after."""
    def test(checks):
        case = Case(checks, sandbox)
        with options(GDAL_HTTP_TIMEOUT="1"):
            case.faulty(MAP, ["1"], "an answer later than the time-out", 2.5, path="*/map", delay=5000)
            case.faulty("notes/2", [], "an answer later than the time-out", 2.5, path="*/notes/2", delay=5000)
            case.faulty(MAP, [], "an answer that does not come to its end", 2.5, path="*/map", rate=100)
        with options(GDAL_HTTP_LOW_SPEED_TIME="1", GDAL_HTTP_LOW_SPEED_LIMIT="1000"):
            case.faulty(MAP, [], "an answer that is too slow", 3.5, path="*/map", rate=50)
            silent = Server(b"", stay=8)
            case.bad(open_vector(f"OSMAPI:{silent.url}/api/0.6/{MAP}"), [silent.url], "a server that never answers", 3.5)
            half = Server(answer(GOOD)[:-20], stay=8)
            case.bad(open_vector(f"OSMAPI:{half.url}/api/0.6/{MAP}"), [half.url], "one that stops in the middle", 3.5)
            silent.close()
            half.close()
        sandbox.fault(path="*/map", delay=1500)
        with options(GDAL_HTTP_TIMEOUT="20"):
            checks.equal(everything(open_path(sandbox, MAP)), case.complete(MAP), "slow, but within the time-out")
        began = time.monotonic()
        dead = open_vector("OSMAPI:" + MAP, "OSMAPI_URL=http://127.0.0.1:9")
        case.bad(dead, ["127.0.0.1:9", "OSMAPI_URL"], "a port where nobody listens", 2)
        unknown = open_vector("OSMAPI:" + MAP, "OSMAPI_URL=https://no-such-host.invalid")
        case.bad(unknown, ["no-such-host.invalid"], "a host that does not exist", 15)
        checks.that(time.monotonic() - began < 16, "no hang")
        untrusted = Server(b"\x15\x03\x01\x00\x02\x02\x28", end_of_request=b"\x16")
        case.bad(open_vector(f"OSMAPI:https://{untrusted.url[7:]}/api/0.6/{MAP}"), [untrusted.url[7:]], "no TLS there")
        untrusted.close()
    return test


def cancelling(sandbox):
    def test(checks):
        sandbox.fault(path="*/map", delay=8000)
        dataset = open_path(sandbox, MAP)
        began, calls = time.monotonic(), []

        def progress(done, message, data):
            calls.append(done)
            return 0 if time.monotonic() - began > 0.3 else 1

        checks.raises(lambda: dataset.GetNextFeature(callback=progress), ["stopped"], "cancelled while waiting")
        checks.that(time.monotonic() - began < LONGEST and len(calls) > 1, f"asked {len(calls)} times whether to go on")
        sandbox.end_faults()
    return test


def redirects(sandbox):
    def test(checks):
        target = Server(answer(GOOD))
        for status in "301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect":
            head = f"Location: {target.url}/elsewhere\r\n".encode()
            server = Server(answer(b"", head=head, status=status))
            with options(OSMAPI_TOKEN="alice-token"):
                dataset = open_vector(f"OSMAPI:{server.url}/api/0.6/{MAP}")
                names = [fields["name"] for _, fields, _ in everything(dataset)[0]]
            checks.equal(names, ["x"], f"{status}: followed")
            checks.that("Bearer alice-token" in server.heard[-1], f"{status}: the token goes to the server it is for")
            checks.that("alice-token" not in target.heard[-1], f"{status}: and not to the other one")
            server.close()
        target.close()
        missing = Server(answer(b"", head=b"Location: http://127.0.0.1:9/\r\n", status="302 Found"))
        moved = open_vector(f"OSMAPI:{missing.url}/api/0.6/{MAP}")
        Case(checks, sandbox).bad(moved, ["127.0.0.1"], "moved to a dead server")
        missing.close()
    return test


def recovery(sandbox):
    """What passes is tried again, and then the layer is complete, with nothing of the first try in it."""
    def test(checks):
        case = Case(checks, sandbox)
        paths = [MAP, "notes/2", "changesets?user=101", "trackpoints?bbox=" + BOX, "node/1/history"]
        whole = {path: case.complete(path) for path in paths}
        faults = [{"status": 503, "retry_after": 0}, {"status": 429, "retry_after": 1}, {"status": 502}, {"drop": "before"},
                  {"drop": "after"}, {"cut": 400}, {"end": 400}]
        with options(OSMAPI_MAX_WAIT="30", GDAL_HTTP_MAX_RETRY=None):
            for i, wish in enumerate(faults):
                path = paths[i % len(paths)]
                asked = "*/api/0.6/" + path.split("?")[0]
                sandbox.forget_requests()
                sandbox.fault(path=asked, **wish)
                dataset = open_path(sandbox, path)
                checks.equal(everything(dataset), whole[path], f"{path}: after {wish} the whole layer")
                requests = [line for line in sandbox.requests() if "/capabilities" not in line]
                checks.equal(len(requests), 2, f"{path}: {wish}: tried once more")
                del dataset
            sandbox.forget_requests()
            sandbox.fault(path="*/map", status=400, body="no", count=-1)
            case.bad(open_path(sandbox, MAP), ["400"], "what does not pass")
            checks.equal(len(sandbox.requests("/map")), 1, "what does not pass is asked for once")
            sandbox.end_faults()
        dataset = open_path(sandbox, MAP)
        sandbox.fault(path="*/map", cut=600, count=1)
        checks.raises(lambda: everything(dataset), ["not whole"], "before REFRESH")
        dataset.ExecuteSQL("REFRESH")
        checks.equal(everything(dataset), whole[MAP], "REFRESH after a failure")
        sandbox.fault(path="*/map", cut=600, count=1)
        checks.raises(lambda: dataset.ExecuteSQL("REFRESH"), ["not whole"], "a REFRESH that fails")
    return test


def main():
    checks = Checks("faults")
    # A session that nobody holds is forgotten at once, so that each case asks anew; nothing is tried again unless said.
    with options(OSMAPI_KEEP="0", OSMAPI_MAX_WAIT="0", OSMAPI_TOKEN="alice-token"), Sandbox() as sandbox:
        sandbox.call("POST", "/sandbox/seed")
        sandbox.call("PUT", "/api/0.6/user/preferences/key", b"value", "alice-token")
        sandbox.upload(ELEMENTS)
        checks.run(*(make(sandbox) for make in (every_byte, later_pages, statuses, wrong_content, silence, cancelling,
                                                redirects, recovery)), raw_answers, packed_answers)
    checks.close()


main()
