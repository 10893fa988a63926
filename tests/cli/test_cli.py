#!/usr/bin/env python3
"""Checks the program osmflow against the sandbox and a server that answers as told: test_cli.py BUILD_DIR.

Whatever osmflow prints in any of these runs is kept, and at the end no token may be in it."""
import base64
import hashlib
import http.server
import json
import os
import pty
import re
import select
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

counts = {"passed": 0, "failed": 0}
printed = []
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
base = program = folder = ""

TOWN = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6">
 <node id="1" version="1" changeset="1" timestamp="2020-01-01T00:00:00Z" uid="1" user="alice" lat="47.1" lon="9.1"/>
 <node id="2" version="1" changeset="1" timestamp="2020-01-01T00:00:00Z" uid="1" user="alice" lat="47.2" lon="9.2">
  <tag k="name" v="Caf&#xE9; &lt;Zur Post&gt;"/>
 </node>
</osm>
"""
MAP = "map?bbox=9.05,47.05,9.25,47.25"
PAGE = "<!DOCTYPE html><html><body>no</body></html>"


def check(condition, what):
    counts["passed" if condition else "failed"] += 1
    if not condition:
        print("FAILED:", what)


def expect(value, wanted, what):
    check(value == wanted, "%s: %r instead of %r" % (what, value, wanted))


def contains(text, part, what):
    check(part in text, "%s: %r is not in %r" % (what, part, text))


def environment(**settings):
    """A home of its own, the sandbox as server, none of the caller's options."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("OSMAPI_", "OSMFLOW_", "GDAL_", "XDG_")) and
            name not in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY", "LD_PRELOAD", "ASAN_OPTIONS")}
    kept.update(HOME=os.path.join(folder, "home"), OSMAPI_URL=base, UBSAN_OPTIONS="print_stacktrace=1")
    for name, value in settings.items():
        if value is None:
            kept.pop(name, None)
        else:
            kept[name] = value
    return kept


class Run:
    """One run of osmflow that has ended."""

    def __init__(self, *words, stdin=b"", **settings):
        done = subprocess.run([program, *words], input=stdin.encode() if isinstance(stdin, str) else stdin,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(**settings), timeout=60)
        self.code, self.out, self.body, self.err = (done.returncode, done.stdout.decode("utf-8", "replace"),
                                                    done.stdout, done.stderr.decode("utf-8", "replace"))
        printed.append((" ".join(words), self.out + self.err))


def api(*words, **more):
    return Run("api", "osm", *words, **more)


def fine(run, what):
    expect((run.code, run.err), (0, ""), what)
    return run


def fails(run, code, words, what):
    expect(run.code, code, what + " (" + run.err.strip() + ")")
    contains(run.err, words, what)
    check("\n\n" not in run.err, what + ": one message")
    return run


def control(command, **parameters):
    request = urllib.request.Request(base + "/sandbox/" + command + "?" + urllib.parse.urlencode(parameters), method="PUT")
    opener.open(request, timeout=20).close()


def log():
    with opener.open(base + "/sandbox/log", timeout=20) as answer:
        return answer.read().decode().splitlines()


def fault(**wishes):
    control("fault/reset")
    control("log/reset")
    control("fault", **wishes)


def path_of(name):
    return os.path.join(folder, name)


def write(name, text):
    with open(path_of(name), "w", encoding="utf-8") as file:
        file.write(text)
    return path_of(name)


def read(name):
    with open(path_of(name), "rb") as file:
        return file.read()


class Teller:
    """A server that keeps what it is sent and answers as it is told."""

    def __init__(self, answer):
        teller = self
        self.requests = []
        self.arrived = threading.Event()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                size = int(self.headers.get("Content-Length") or 0)
                request = {"method": self.command, "path": self.path, "headers": self.headers,
                           "body": self.rfile.read(size)}
                teller.requests.append(request)
                teller.arrived.set()
                answer(self, request)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = handle_any

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *arguments):
        self.server.shutdown()
        self.server.server_close()


def reply(handler, status, kind, body, headers=()):
    body = body.encode() if isinstance(body, str) else body
    handler.send_response(status)
    if kind:
        handler.send_header("Content-Type", kind)
    for name, value in headers:
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(body)


def check_help_and_version():
    run = fine(Run("version"), "version")
    check(re.fullmatch(r"osmflow \d+\.\d+\.\d+ \(GDAL \d+\.\S+\)\n", run.out), "version: " + run.out)
    expect(fine(Run("--version"), "--version").out, run.out, "--version says the same")
    overview = fine(Run("help"), "help").out
    for word in ("api", "login", "cache", "help", "version", "OSMAPI_TOKEN", "0 fine, 1 failed, 2 wrong usage"):
        contains(overview, word, "help")
    for words in ((), ("--help",), ("-h",)):
        expect(fine(Run(*words), "help by %s" % (words,)).out, overview, "help by %s" % (words,))
    for name in ("api", "login", "cache", "help", "version"):
        text = fine(Run("help", name), "help " + name).out
        contains(text, "usage: osmflow " + name, "help " + name)
        expect(fine(Run(name, "--help"), name + " --help").out, text, name + " --help")
        check(max(map(len, text.splitlines())) <= 120, "help %s fits a terminal" % name)
    with open("/dev/full", "w") as full:
        done = subprocess.run([program, "help"], stdout=full, stderr=subprocess.PIPE, env=environment())
    expect(done.returncode, 1, "help to a full disk")


def check_wrong_usage():
    cases = [
        (("aip",), 'did you mean "api"?', "a typo in a command"),
        (("xyzzyxyzzy",), 'there is no command "xyzzyxyzzy"\n', "nothing is near"),
        (("help", "logn"), 'did you mean "login"?', "a typo behind help"),
        (("api", "osm", "GET"), "api SERVICE METHOD PATH", "a word is missing"),
        (("api", "osm", "GET", "map", "more"), "a word too many", "a word too many"),
        (("api", "osm", "GET", "map", "--bdy", "x"), 'did you mean "--body"?', "a typo in an option"),
        (("api", "osm", "GET", "map", "-x"), 'no option "-x"', "no such letter"),
        (("api", "osm", "PUT", "x", "--body"), "--body needs a value", "a value is missing"),
        (("api", "osm", "GET", "x", "--include=yes"), "--include takes no value", "a value too many"),
        (("api", "osm", "GET", "x", "-o", "a", "--output", "b"), "given twice", "an option twice"),
        (("api", "om", "GET", "x"), "there is: osm", "no such service"),
        (("api", "osm", "G T", "x"), "the method", "no method"),
        (("api", "osm", "", "x"), "the method", "an empty method"),
        (("api", "osm", "A" * 100, "x"), "the method", "a long method"),
        (("api", "osm", "GET", ""), "the path is empty", "no path"),
        (("api", "osm", "HEAD", "x", "--body", "-"), "HEAD request has no body", "HEAD with a body"),
        (("api", "osm", "GET", "https://elsewhere.example/api/0.6/map"), "--server", "another server's address"),
        (("api", "osm", "GET", "map", "--server", "ftp://x"), "https://", "no http address"),
        (("api", "osm", "GET", "map", "--server", "https://me:secret@x"), "user name or password", "a password"),
        (("cache",), "list|size|clear", "cache alone"),
        (("cache", "sweep"), "list, size or clear", "no such action"),
        (("cache", "list"), "OSMAPI_CACHE", "no folder"),
        (("login",), "login SERVICE", "login alone"),
        (("login", "osm"), "--client-id", "login without a client id"),
        (("login", "osm", "--client-id", "x", "--scopes", "write_everything"), "write_api", "no such scope"),
        (("login", "osm", "--client-id", "x", "--scopes", " , "), "names no scope", "no scope"),
        (("login", "osm", "--client-id", "x", "--port", "0"), "between 1 and 65535", "no port"),
        (("login", "osm", "--status", "--logout"), "only one of", "two wishes at once"),
        (("login", "osm", "--token-stdin"), "no line", "an empty standard input"),
        (("login", "osm", "--token-stdin", "--server", "http://example.org"), "https", "a token over plain http"),
    ]
    for words, message, what in cases:
        fails(Run(*words, stdin=b"x" if "--body" in words else b""), 2, message, what)
    fails(api("GET", MAP, OSMAPI_MAX_WAIT="soon"), 2, "OSMAPI_MAX_WAIT", "a waiting time that is no number")
    fails(api("PUT", "changeset/create", "-d", path_of("absent")), 1, "absent", "a body that is not there")
    run = fails(Run("login", "osm", "alice-token"), 2, "word too many", "a token in the wrong place")
    check("alice-token" not in run.err, "a token in the wrong place is not repeated")


def check_reading():
    run = fine(api("GET", MAP), "map")
    contains(run.out, 'v="Caf\u00e9 &lt;Zur Post&gt;"', "map")
    expect(fine(api("get", MAP), "lower case").out, run.out, "a method in lower case")
    expect(fine(api("GET", "/api/0.6/" + MAP), "below the root").out, run.out, "a path below the root")
    expect(fine(api("GET", base + "/api/0.6/" + MAP), "an address").out, run.out, "a whole address of the server")
    expect(fine(api("GET", MAP, "--server", base + "/"), "--server").out, run.out, "--server")
    expect(fine(api("GET", MAP, OSMAPI_URL=base + "/api/0.6"), "OSMAPI_URL").out, run.out, "a root with the API's path")
    contains(fine(api("GET", "versions"), "versions").out, "<version>0.6</version>", "versions are above 0.6")
    json.loads(fine(api("GET", "versions.json"), "versions.json").out)
    expect(json.loads(fine(api("GET", "node/2", "--accept", "application/json"), "--accept").out)["elements"][0]["id"], 2,
           "--accept")
    contains(fine(api("GET", "node/2", "-i"), "-i").out, "HTTP 200\nContent-Type: application/xml", "-i")
    run = fine(api("HEAD", "node/2"), "HEAD")
    check(run.out.startswith("HTTP 200\n") and run.out.endswith("\n\n"), "HEAD: " + run.out)
    contains(fine(api("GET", "user/details", OSMAPI_TOKEN="alice-token"), "user/details").out, 'display_name="alice"',
             "user/details")
    fails(api("GET", "user/details"), 1, "osmflow login osm", "user/details without a token")
    fails(api("GET", "user/details", "--anonymous", OSMAPI_TOKEN="alice-token"), 1, "401", "--anonymous")
    fails(api("GET", "user/details", OSMAPI_TOKEN="alice token"), 2, "OSMAPI_TOKEN", "a token with a blank")


def check_errors_of_servers():
    fails(api("GET", "node/4711"), 1, "404", "an element that is not there")
    run = fails(api("GET", "node/4711", "-i"), 1, "404", "-i with an error")
    check(run.out.startswith("HTTP 404\n"), "-i with an error prints the status: " + run.out)
    run = fails(api("GET", "map?bbox=1,2,3"), 1, "400", "a wrong bbox")
    contains(run.err, "bbox", "the server's words")
    expect(run.out, "", "nothing on standard output")
    fails(api("PUT", "changeset/create", "--body", "-", stdin="<osm>", OSMAPI_TOKEN="alice-token"), 1, "400", "bad XML")
    fails(api("DELETE", "user/preferences/x"), 1, "needs a token", "a write without a token")
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        nobody = "http://127.0.0.1:%d" % reserved.getsockname()[1]
        fails(api("GET", "map", OSMAPI_URL=nobody, OSMAPI_MAX_WAIT="0"), 1, nobody, "nobody listens")
    expect(os.path.exists(path_of("none.osm")), False, "there is no file yet")
    fails(api("GET", "node/4711", "-o", path_of("none.osm")), 1, "404", "-o with an error")
    expect(os.path.exists(path_of("none.osm")), False, "an error makes no file")


def check_writing():
    control("log/reset")
    document = '<osm><changeset><tag k="comment" v="test"/></changeset></osm>'
    token = {"OSMAPI_TOKEN": "alice-token"}
    first = fine(api("PUT", "changeset/create", "--body", write("changeset.xml", document), **token), "a body from a file")
    second = fine(api("PUT", "changeset/create", "--body", "-", stdin=document, **token), "a body from standard input")
    expect(int(second.out), int(first.out) + 1, "two changesets")
    fine(api("PUT", "changeset/%s/close" % first.out.strip(), **token), "a write without a body")
    fine(api("POST", "changeset/%s/comment" % first.out.strip(), "--body=-", stdin="text=Thanks", **token), "a form")
    contains(fine(api("GET", "changeset/%s?include_discussion=true" % first.out.strip()), "read").out, "Thanks", "a form")
    fine(api("PUT", "user/preferences/colour", "-d-", stdin="deep blue", **token), "plain text")
    expect(fine(api("GET", "user/preferences/colour", **token), "read").out, "deep blue", "plain text")
    fine(api("DELETE", "user/preferences/colour", **token), "DELETE")
    fine(api("POST", "notes?lat=47.1&lon=9.1&text=caf\u00e9 at the corner", "--anonymous"), "a note by nobody")
    contains(fine(api("GET", "notes?bbox=9,47,9.2,47.2"), "notes").out, "caf\u00e9 at the corner", "blanks are encoded")
    expect(len([line for line in log() if " PUT /api/0.6/changeset/create" in line]), 2, "each write was sent once")


def check_what_is_sent():
    cases = [
        (("POST", "x"), b"<a/>", "text/xml"), (("PUT", "x"), b" \n<a/>", "text/xml"),
        (("PUT", "x"), b'{"a":1}', "application/json"), (("POST", "x"), b"a=b", "application/x-www-form-urlencoded"),
        (("PUT", "x"), b"a=b", "text/plain"), (("DELETE", "x"), b"<osm/>", "text/xml"),
        (("PATCH", "x", "--content-type", "image/x"), b"<a/>", "image/x"),
        (("POST", "x"), bytes(range(256)) * 4096, "application/x-www-form-urlencoded"),
    ]
    with Teller(lambda handler, request: reply(handler, 200, "text/plain", b"\x00ok\xff")) as teller:
        settings = {"OSMAPI_URL": teller.url, "OSMAPI_TOKEN": "secret-of-the-user"}
        for words, body, kind in cases:
            run = fine(api(*words, "--body", "-", stdin=body, **settings), "%s %s" % (words, kind))
            expect(run.body, b"\x00ok\xff", "the answer's bytes")
            request = teller.requests.pop()
            expect((request["method"], request["body"] == body, request["headers"]["Content-Type"]),
                   (words[0], True, kind), "%s with %r" % (words, body[:10]))
            expect(request["headers"]["Authorization"], "Bearer secret-of-the-user", "the token")
        fine(api("GET", "a b?c=\"%20\u00e9#d", "--anonymous", **settings), "odd characters")
        expect(teller.requests[-1]["path"], "/api/0.6/a%20b?c=%22%20%C3%A9%23d", "odd characters")
        check("Authorization" not in teller.requests[-1]["headers"], "--anonymous sends no token")
        fine(api("PUT", "x", **settings), "a PUT without a body")
        expect(teller.requests[-1]["headers"]["Content-Length"], "0", "a PUT without a body")


def check_sent_once():
    fault(drop="after", path="/api/0.6/changeset/create", count=1)
    fails(api("PUT", "changeset/create", "--body", "-", stdin="<osm><changeset/></osm>", OSMAPI_TOKEN="alice-token"), 1,
          "no answer", "a lost answer to a write")
    expect(len([line for line in log() if "changeset/create" in line]), 1, "a write is not sent twice")
    fault(drop="after", path="/api/0.6/map", count=1)
    fine(api("GET", MAP), "a lost answer to a read")
    expect(len([line for line in log() if "/map?" in line]), 2, "a read is")
    fault(status=503, path="/api/0.6/map", count=5)
    fails(api("GET", MAP, OSMAPI_MAX_WAIT="0"), 1, "503", "OSMAPI_MAX_WAIT=0")
    expect(len([line for line in log() if "/map?" in line]), 1, "OSMAPI_MAX_WAIT=0: no second attempt")
    control("fault/reset")


def check_whole_answers():
    whole = fine(api("GET", MAP), "map").body
    for what, wishes in (("cut", {"cut": 200}), ("ended early", {"end": 200}), ("an <error>", {"error": 1})):
        fault(path="/api/0.6/map", count=1, **wishes)
        fails(api("GET", MAP, GDAL_HTTP_MAX_RETRY="0"), 1, "osmflow api: ", what + ", standard output")
        fault(path="/api/0.6/map", count=1, **wishes)
        fails(api("GET", MAP), 1, "-o FILE", what + ", standard output cannot be taken back")
        check(len([line for line in log() if "/map?" in line]) <= 2, what + ", nobody asks for what cannot be used")
        fault(path="/api/0.6/map", count=1, **wishes)
        fine(api("GET", MAP, "-o", path_of("map.osm")), what + ", into a file")
        expect(read("map.osm"), whole, what + ", into a file")
        fault(path="/api/0.6/map", count=1, **wishes)
        fails(api("GET", MAP, "-o", path_of("map.osm"), GDAL_HTTP_MAX_RETRY="0"), 1, "osmflow api: ", what)
        expect(read("map.osm"), whole, what + ": the old file is still there")
    control("fault/reset")
    cases = [("application/json", '{"a": [1, 2', "not whole"), ("application/json; charset=utf-8", "{} x", "not whole"),
             ("application/vnd.x+json", "[", "not whole"), ("text/xml", "<osm><node></osm>", "not whole"),
             ("application/xml", "", "not whole"), ("application/gpx+xml", "<gpx><trk/>", "not whole"),
             ("text/xml", "<osmChange><create><error>too\nlong</error></create></osmChange>", "too"),
             ("text/xml", "<osm><error>" + "x" * 9000 + "</error></osm>", "stopped in the middle"),
             ("text/plain", "<osm>", None), ("", "<osm>", None), ("text/html", PAGE, None),
             ("text/xml", "<osm><tag k='error'/><error.x/></osm>", None), ("xml", "<", None)]
    for kind, body, message in cases:
        with Teller(lambda handler, request: reply(handler, 200, kind, body)) as teller:
            run = api("GET", "x", OSMAPI_URL=teller.url, GDAL_HTTP_MAX_RETRY="0")
        if message:
            fails(run, 1, message, "%s %r" % (kind, body[:40]))
        else:
            fine(run, "%s %r" % (kind, body[:40]))
        expect(run.out, body, "what came is printed all the same: %s %r" % (kind, body[:40]))


def check_output_files():
    fine(api("GET", "node/2", "-o", path_of("node.osm")), "-o")
    contains(read("node.osm").decode(), "<node", "-o")
    mask = os.umask(0)
    os.umask(mask)
    expect(stat.S_IMODE(os.stat(path_of("node.osm")).st_mode), 0o666 & ~mask, "a new file's mode")
    os.chmod(path_of("node.osm"), 0o640)
    fine(api("GET", "node/1", "--output=" + path_of("node.osm"), "-i"), "-o over a file")
    expect(stat.S_IMODE(os.stat(path_of("node.osm")).st_mode), 0o640, "an old file's mode")
    check(read("node.osm").startswith(b"HTTP 200\n"), "-i goes where the answer goes")
    fine(api("HEAD", "node/1", "-o", path_of("head.txt")), "HEAD into a file")
    check(read("head.txt").startswith(b"HTTP 200\n"), "HEAD into a file")
    contains(fine(api("GET", "node/2", "-o", "-"), "-o -").out, "<node", "-o -")
    fine(api("GET", "node/2", "-o", "/dev/null"), "-o /dev/null")
    check(stat.S_ISCHR(os.stat("/dev/null").st_mode), "/dev/null is what it was")
    fails(api("GET", "node/2", "-o", "/dev/full"), 1, "cannot be written", "-o /dev/full")
    fails(api("GET", "node/2", "-o", folder), 2, "folder", "-o a folder")
    fails(api("GET", "node/2", "-o", path_of("no/such/file")), 1, "no/such", "-o into nowhere")
    expect([name for name in os.listdir(folder) if ".part-" in name], [], "no drafts are left")


def check_cache():
    cache = path_of("cache")
    expect(fine(Run("cache", "list", "--dir", cache), "no folder").out, "", "list of no folder")
    expect(fine(Run("cache", "size", "--dir", cache), "no folder").out, "0 answers, 0 bytes\n", "size of no folder")
    os.mkdir(cache)
    write("cache/mine.txt", "mine")
    make_entry("0123456789abcdef", b"http://x/api/0.6/map?bbox=1,2,3,4", b"body", 1600000000)
    make_entry("00000000000000ff", b"http://x/oauth?code=hidden&a=1", b"longer body", 1500000000)
    write("cache/%016x.osmflow" % 7, "rubbish")
    expect(fine(Run("cache", "list", OSMAPI_CACHE=cache), "list").out,
           "2017-07-14T02:40:00Z         11 http://x/oauth?code=***&a=1\n"
           "2020-09-13T12:26:40Z          4 http://x/api/0.6/map?bbox=1,2,3,4\n", "list, oldest first")
    check(fine(Run("cache", "size", "--dir", cache), "size").out.startswith("3 answers, "), "size")
    check(fine(Run("cache", "clear", "--dir", cache), "clear").out.startswith("3 answers removed, "), "clear")
    expect(os.listdir(cache), ["mine.txt"], "clear leaves what is not its own")
    fails(Run("cache", "list", "--dir", path_of("cache/mine.txt")), 1, "mine.txt", "a file instead of a folder")


def make_entry(name, url, body, stored):
    head = b"\n" + url + b"\ntext/xml\n200\n"
    line = b"osmflow-cache 1 %020d %010d %020d %016x" % (len(body), len(head), stored, 0)
    with open(path_of("cache/%s.osmflow" % name), "wb") as file:
        file.write(line.ljust(95) + b"\n" + head + body)


class Login:
    """A login that waits for its code."""

    def __init__(self, *words, scopes="read_prefs,write_api", **settings):
        self.words = ("login", "osm", "--client-id", "an id&more", "--scopes", scopes, *words)
        self.process = subprocess.Popen([program, *self.words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, env=environment(**settings))
        self.seen = b""
        while not re.search(rb"\n(http\S+)\n\n", self.seen):
            line = self.process.stdout.readline()
            if not line:
                break
            self.seen += line
        found = re.search(rb"\n(http\S+)\n\n", self.seen)
        self.url = found.group(1).decode() if found else ""
        self.query = {name: values[0] for name, values in
                      urllib.parse.parse_qs(urllib.parse.urlsplit(self.url).query).items()}

    def end(self, stdin=None):
        out, err = self.process.communicate(stdin, timeout=60)
        self.code, self.out, self.err = self.process.returncode, (self.seen + out).decode(), err.decode()
        printed.append((" ".join(self.words), self.out + self.err))
        return self


def visit(url):
    try:
        with opener.open(url, timeout=20) as answer:
            return answer.status, answer.read().decode(), answer.url
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), url


def credentials(home="home"):
    path = path_of(home + "/.config/osmflow/credentials.json")
    if not os.path.exists(path):
        return {}
    expect(stat.S_IMODE(os.stat(path).st_mode), 0o600, "the credentials file is private")
    with open(path, encoding="utf-8") as file:
        return {root: entry["token"] for root, entry in json.load(file).items()}


def check_login_by_browser():
    login = Login()
    check(login.url.startswith(base + "/oauth2/authorize?"), "the address: " + login.url)
    expect((login.query["response_type"], login.query["client_id"], login.query["scope"],
            login.query["code_challenge_method"]), ("code", "an id&more", "read_prefs write_api", "S256"), "the query")
    check(re.fullmatch(r"http://127\.0\.0\.1:\d+/", login.query["redirect_uri"]), "redirect_uri")
    for name in ("state", "code_challenge"):
        check(re.fullmatch(r"[A-Za-z0-9_-]{43}", login.query[name]), name)
    back = login.query["redirect_uri"]
    expect(visit(back + "favicon.ico")[0], 404, "another path")
    expect(visit(back)[0], 404, "no query")
    expect(visit(back + "?code=stolen&state=guessed")[0], 400, "a wrong state")
    expect(visit(back + "?code=stolen")[0], 400, "no state")
    expect(visit(back + "?code=a&code=b&state=" + login.query["state"])[0], 404, "two codes")
    with socket.create_connection(("127.0.0.1", urllib.parse.urlsplit(back).port)) as garbage:
        garbage.sendall(b"\x00\xff" * 20000)
    with socket.create_connection(("127.0.0.1", urllib.parse.urlsplit(back).port)):
        status, page, final = visit(login.url)
    expect((status, final.startswith(back)), (200, True), "the browser gets a page")
    contains(page, "close this window", "the page")
    login.end()
    expect((login.code, login.err), (0, ""), "login")
    contains(login.out, "Logged in at %s as alice (user " % base, "login says who one is")
    contains(login.out, "Granted: read_prefs write_api\n", "login says what was granted")
    token = credentials().get(base)
    check(token and token not in login.out, "the token is kept, and not shown")
    contains(fine(api("GET", "user/details"), "the kept token is used").out, 'display_name="alice"', "the kept token")
    run = fine(Run("login", "osm", "--status"), "status")
    for part in ("server: %s\n" % base, "credentials.json\n", "user:   alice (user ", "scopes: read_prefs write_api\n"):
        contains(run.out, part, "status")
    fine(Run("login", "osm", "--logout", "--client-id", "an id&more"), "logout")
    expect(credentials(), {}, "logout forgets the token")
    fails(api("GET", "user/details", OSMAPI_TOKEN=token), 1, "401", "logout has revoked the token")
    fails(Run("login", "osm", "--status"), 1, "not logged in", "status after logout")
    printed_secrets.append(token)


def check_login_started_browser():
    browser = write("browser.py", "#!/usr/bin/env python3\nimport sys, urllib.request\n"
                    "urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sys.argv[1]).read()\n"
                    "print('noise')\n")
    os.chmod(browser, 0o755)
    login = Login(BROWSER=browser + ":other").end()
    expect((login.code, login.err), (0, ""), "login by $BROWSER")
    check("noise" not in login.out, "the browser's words are not ours")
    printed_secrets.append(credentials()[base])
    login = Login(BROWSER="/no/such/browser")
    expect(visit(login.url)[0], 200, "without a browser the address can still be opened")
    expect(login.end().code, 0, "without a browser")
    printed_secrets.append(credentials()[base])
    fine(Run("login", "osm", "--logout"), "logout without a client id")
    expect(credentials(), {}, "logout without a client id")


def check_login_by_hand():
    login = Login("--no-browser", scopes="write_api", HOME=path_of("other"))
    expect(login.query["redirect_uri"], "urn:ietf:wg:oauth:2.0:oob", "out of band")
    code = re.search(r'id="authorization_code">([^<]+)<', visit(login.url)[1]).group(1)
    login.end(b"  " + code.encode() + b"\nmore\n")
    expect((login.code, login.err), (0, ""), "login by hand")
    contains(login.out, "without the scope read_prefs", "nobody says who one is")
    printed_secrets.append(credentials("other")[base])
    run = fine(Run("login", "osm", "--status", HOME=path_of("other")), "status without read_prefs")
    contains(run.out, "scopes: write_api\n", "status without read_prefs")
    login = Login("--no-browser")
    fails(login.end(b"wrong-code\n"), 1, "authorization grant is invalid", "a wrong code")
    fails(Login("--no-browser").end(b"\n"), 2, "no line", "an empty code")
    fails(Login("--no-browser").end(b"x" * 10000 + b"\n"), 2, "no line", "an endless code")
    expect(credentials(), {}, "nothing was kept")


def check_login_refused():
    login = Login()
    answer = visit(login.query["redirect_uri"] + "?error=access_denied&error_description=The+user%0A+said+no&state=" +
                   login.query["state"])
    contains(answer[1], "refused", "the page of a refusal")
    fails(login.end(), 1, "access_denied: The user? said no", "the user says no")
    login = Login()
    visit(login.query["redirect_uri"] + "?code=made-up&state=" + login.query["state"])
    fails(login.end(), 1, "the server refuses (400)", "a code that is none")
    login = Login()
    login.process.send_signal(signal.SIGINT)
    fails(login.end(), 1, "stopped", "Ctrl-C while waiting for the browser")
    login = Login("--no-browser")
    login.process.send_signal(signal.SIGINT)
    login.process.wait(30)
    fails(login.end(), 1, "stopped", "Ctrl-C while waiting for the code")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        fails(Run("login", "osm", "--client-id", "x", "--port", str(taken.getsockname()[1])), 1, "listened",
              "a port that is taken")
    expect(credentials(), {}, "nothing was kept")


def check_login_answers():
    """Answers to the token request that are not what they should be; and the proof of PKCE by other means."""
    cases = [
        ('{"access_token":"good-token-1","token_type":"bearer"}', None),
        ('{"access_token":"good-token-2","token_type":"mac"}', "no bearer token"),
        ('{"access_token":"bad token","token_type":"Bearer"}', "no bearer token"),
        ('{"access_token":"a\\r\\nX: y","token_type":"Bearer"}', "no bearer token"),
        ('{"access_token":"","token_type":"Bearer"}', "no bearer token"),
        ('{"access_token":12345,"token_type":"Bearer"}', "no bearer token"),
        ('{"access_token":"%s","token_type":"Bearer"}' % ("x" * 5000), "no bearer token"),
        ("[]", "no bearer token"), ('{"access_token":"cut-token', "cannot be read"), (PAGE, "cannot be read"), ("", "cannot be read"),
    ]
    for body, message in cases:
        def answer(handler, request):
            if request["path"] == "/oauth2/token":
                reply(handler, 200, "application/json", body)
            else:
                reply(handler, 200, "text/xml", '<osm><user id="5" display_name="E\u00e9v\u001be"/></osm>'
                      .replace("\u001b", "&#9;"))
        with Teller(answer) as teller:
            login = Login("--no-browser", OSMAPI_URL=teller.url, HOME=path_of("third")).end(b"the-code\n")
            form = dict(urllib.parse.parse_qsl(teller.requests[0]["body"].decode()))
            digest = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest())
            expect(digest.decode().rstrip("="), login.query["code_challenge"], "the challenge is the verifier's")
            expect((form["grant_type"], form["code"], form["client_id"], form["redirect_uri"]),
                   ("authorization_code", "the-code", "an id&more", "urn:ietf:wg:oauth:2.0:oob"), "the form")
            printed_secrets.append(form["code_verifier"])
        if message:
            fails(login, 1, message, "token answer " + body[:40])
        else:
            expect((login.code, login.err), (0, ""), "token answer " + body[:40])
            contains(login.out, "as E\u00e9v?e (user 5)", "the user's name, without control characters")
            expect(credentials("third").pop(teller.url), "good-token-1", "the kept token")
    expect(len(credentials("third")), 1, "only the good one was kept")
    printed_secrets.extend(["good-token-1", "good-token-2", "cut-token"])


def check_login_by_token():
    home = {"HOME": path_of("fourth")}
    run = fine(Run("login", "osm", "--token-stdin", stdin="bob-token\n", **home), "--token-stdin")
    contains(run.out, "as bob (user ", "--token-stdin")
    expect(credentials("fourth"), {base: "bob-token"}, "--token-stdin")
    fails(Run("login", "osm", "--token-stdin", stdin="wrong-secret", **home), 1, "401", "a token that is refused")
    fails(Run("login", "osm", "--token-stdin", stdin="wrong secret", **home), 2, "blanks", "a token with a blank")
    expect(credentials("fourth"), {base: "bob-token"}, "a wrong token replaces nothing")
    run = fine(Run("login", "osm", "--status", OSMAPI_TOKEN="alice-token", **home), "an option goes first")
    contains(run.out, "token:  OSMAPI_TOKEN\nuser:   alice", "an option goes first")
    run = fine(Run("login", "osm", "--logout", "--client-id", "x", OSMAPI_TOKEN="alice-token", **home), "logout")
    contains(run.out, "OSMAPI_TOKEN is still set", "logout does not touch the option")
    fine(api("GET", "user/details", OSMAPI_TOKEN="alice-token"), "nor its token")
    fails(api("GET", "user/details", OSMAPI_TOKEN="bob-token"), 1, "401", "the kept one is revoked")
    contains(fine(Run("login", "osm", "--logout", **home), "logout twice").out, "no kept token", "logout twice")
    os.chmod(path_of("fourth/.config/osmflow/credentials.json"), 0o644)
    fails(Run("login", "osm", "--status", **home), 1, "chmod 600", "a credentials file that others can read")


def check_login_at_a_keyboard():
    """A token that is typed is not shown."""
    control("reset")
    master, slave = pty.openpty()
    process = subprocess.Popen([program, "login", "osm", "--token-stdin"], stdin=slave, stdout=slave, stderr=slave,
                               env=environment(HOME=path_of("fifth")))
    os.close(slave)
    seen = b""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if not select.select([master], [], [], 1)[0]:
            continue
        try:
            piece = os.read(master, 4096)
        except OSError:
            break
        if b"Token: " in piece and b"Token: " not in seen:
            wait_for_silence(master)
            os.write(master, b"alice-token\n")
        seen += piece
    expect(process.wait(30), 0, "login at a keyboard (%r)" % seen)
    contains(seen.decode(), "as alice", "login at a keyboard")
    printed.append(("login at a keyboard", seen.decode()))
    os.close(master)


def wait_for_silence(terminal):
    """The question is printed before the echo is switched off."""
    import termios
    deadline = time.monotonic() + 20
    while termios.tcgetattr(terminal)[3] & termios.ECHO and time.monotonic() < deadline:
        time.sleep(0.01)


def check_signals():
    release = threading.Event()
    with Teller(lambda handler, request: release.wait(30)) as teller:
        for number in (signal.SIGINT, signal.SIGTERM):
            teller.arrived.clear()
            process = subprocess.Popen([program, "api", "osm", "GET", "map", "-o", path_of("never.osm")],
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                       env=environment(OSMAPI_URL=teller.url))
            check(teller.arrived.wait(30), "the request arrived")
            start = time.monotonic()
            process.send_signal(number)
            err = process.communicate(timeout=30)[1].decode()
            expect(process.returncode, 1, "stopped by a signal (%s)" % err)
            check(time.monotonic() - start < 5, "at once")
            check(err.startswith("osmflow api: "), "stopped: " + err)
        release.set()
    process = subprocess.Popen([program, "api", "osm", "POST", "x", "--body", "-"], stdin=subprocess.PIPE,
                               stderr=subprocess.PIPE, env=environment(OSMAPI_TOKEN="alice-token"))
    process.stdin.write(b"x" * 200000)  # more than a pipe takes: when this returns, the program reads
    process.stdin.flush()
    process.send_signal(signal.SIGINT)
    process.wait(30)
    err = process.stderr.read().decode()
    contains(err, "before anything was sent", "stopped while reading the body")
    process.stdin.close()
    process.stderr.close()
    expect([name for name in os.listdir(folder) if "never.osm" in name], [], "no files are left")


def check_no_token_is_shown():
    debug = {"OSMFLOW_DEBUG": "YES", "OSMAPI_TOKEN": "very-secret-token"}
    control("fault/reset")
    for words in (("GET", "user/details"), ("GET", MAP), ("PUT", "changeset/create"), ("GET", "node/4711", "-i"),
                  ("HEAD", "map")):
        check("osmflow: " in api(*words, **debug).err, "debug lines are there")

    def echo(handler, request):
        shown = request["headers"]["Authorization"]
        reply(handler, 400, "text/plain", "you sent " + shown, [("Error", shown), ("Location", "/?" + shown[7:])])
    with Teller(echo) as teller:
        for words in (("GET", "x", "-i"), ("POST", "x", "-i", "-d", "-")):
            run = api(*words, OSMAPI_URL=teller.url, **debug)
            fails(run, 1, "you sent", "a server that repeats the token")
    Run("login", "osm", "--status", **debug)
    login = Login("--no-browser", OSMFLOW_DEBUG="YES", HOME=path_of("sixth"))
    code = re.search(r'id="authorization_code">([^<]+)<', visit(login.url)[1]).group(1)
    expect(login.end(code.encode()).code, 0, "login with debug lines")
    printed_secrets.extend([code, credentials("sixth")[base], "very-secret-token", "secret-of-the-user", "alice-token",
                            "bob-token", "wrong-secret", "wrong secret"])
    expect(Run("login", "osm", "--logout", "--client-id", "x", OSMFLOW_DEBUG="YES", HOME=path_of("sixth")).code, 0,
           "logout with debug lines")
    for secret in printed_secrets:
        shown = [words for words, text in printed if secret in text]
        expect(shown, [], "%s... is shown" % secret[:6])


printed_secrets = []


def main():
    global base, program, folder
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    program = os.path.join(os.path.abspath(sys.argv[1]), "bin", "osmflow")
    sandbox = os.path.join(os.path.abspath(sys.argv[1]), "bin", "osmflow-sandbox")
    with tempfile.TemporaryDirectory(prefix="osmflow-cli-") as made:
        folder = made
        for home in ("home", "other", "third", "fourth", "fifth", "sixth"):
            os.mkdir(path_of(home))
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
    print("cli: %(passed)d passed, %(failed)d failed" % counts)
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
