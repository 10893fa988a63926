#!/usr/bin/env python3
"""What a server of Mapflow can do wrong, and what a user can: test_mapflow_bad.py BUILD_DIR.

Every kind of broken answer meets every class of call, through ogr2ogr and osmflow, half of them with debugging on. Each
must end with an error that is one sentence: what, where, and what to do. Nothing is started, and no secret is shown."""
import base64
import concurrent.futures
import json
import re
import time
import urllib.request

from mapflow_relay import PAIRS, Answer, Programs, Relay
from mapflow_support import IMAGE, MOSAIC, NOBODY, TOKEN, URBAN, Mapflow, processing
from support import Checks, folder, gdal, osr

A6, RUNNING, FAILED, UNKNOWN, SECRET = (processing(tail) for tail in ("a6", "02", "03", "07", "14"))
BOX = "7.0765,49.3181,7.0831,49.3231"
PROGRAMS_AT_ONCE = 3

# The words after the program; the request that goes wrong; what its answer is: J an object, L a list, P a page, T a text,
# C a CSV, N nothing of interest (a change), F a file; M an object that need not have the list, Q one that need not be there,
# I a list that need not be one.
READ = ("ogr2ogr", "-f", "CSV", "/vsistdout/")
CALLS = [
    ((*READ, "MAPFLOW:user/status", "account"), "GET /user/status", "J"),
    ((*READ, "MAPFLOW:user/status", "models"), "GET /user/status", "M"),
    ((*READ, "MAPFLOW:projects"), "POST /projects/page", "P"),
    ((*READ, f"MAPFLOW:projects/{URBAN}"), "GET /projects/*", "J"),
    ((*READ, f"MAPFLOW:projects/{URBAN}/processings"), "POST /projects/*/processings/v2/page", "P"),
    ((*READ, f"MAPFLOW:projects/{URBAN}/results"), "POST /projects/*/processings/v2/page", "P"),
    ((*READ, "MAPFLOW:processings"), "GET /processings/v2", "L"),
    ((*READ, f"MAPFLOW:processings/{A6}"), "GET /processings/*", "J"),
    ((*READ, f"MAPFLOW:processings/{A6}/v2"), "GET /processings/*/v2", "J"),
    ((*READ, f"MAPFLOW:processings/{A6}/aois"), "GET /processings/*/aois", "L"),
    ((*READ, f"MAPFLOW:processings/{A6}/result"), "GET /processings/*/v2", "J"),
    ((*READ, f"MAPFLOW:processings/{A6}/result"), "GET /processings/*/result", "J"),
    ((*READ, "MAPFLOW:processings/stats"), "POST /processings/stats", "P"),
    ((*READ, "MAPFLOW:processings/stats?type=CSV"), "POST /processings/stats", "C"),
    ((*READ, "MAPFLOW:rasters/mosaic"), "GET /rasters/mosaic", "L"),
    ((*READ, f"MAPFLOW:rasters/mosaic/{MOSAIC}"), "GET /rasters/mosaic/*", "J"),
    ((*READ, f"MAPFLOW:rasters/mosaic/{MOSAIC}/image"), "GET /rasters/mosaic/*/image", "L"),
    ((*READ, f"MAPFLOW:rasters/mosaic/{MOSAIC}/status", "images"), "GET /rasters/mosaic/*/status", "J"),
    ((*READ, f"MAPFLOW:rasters/image/{IMAGE}"), "GET /rasters/image/*", "J"),
    ((*READ, f"MAPFLOW:rasters/image/{IMAGE}/status"), "GET /rasters/image/*/status", "J"),
    ((*READ, "MAPFLOW:rasters/memory"), "GET /rasters/memory", "J"),
    ((*READ, f"MAPFLOW:catalog/meta?bbox={BOX}"), "POST /catalog/meta", "P"),
    ((*READ, "MAPFLOW:version"), "GET /version", "T"),
    (("osmflow", "mapflow", "list", "models", "--json"), "GET /user/status", "M"),
    (("osmflow", "mapflow", "show", "processing", A6), "GET /processings/*/v2", "J"),
    (("osmflow", "mapflow", "wait", A6), "GET /processings/*/v2", "J"),
    (("osmflow", "mapflow", "status", "--json"), "GET /rasters/memory", "J"),
    (("osmflow", "mapflow", "cost", "--model", "buildings", "--bbox", BOX, "--provider", "mapbox"), "POST /processing/cost/v2", "J"),
    (("osmflow", "process", "--model", "buildings", "--bbox", BOX, "--provider", "mapbox", "--max-cost", "99", "--json"),
     "POST /processing/cost/v2", "J"),
    (("osmflow", "mapflow", "stats", "--json"), "POST /processings/stats", "P"),
    (("osmflow", "mapflow", "stats", "--csv"), "POST /processings/stats", "C"),
    (("osmflow", "mapflow", "preview", IMAGE, "-o", "-"), "GET /rasters/image/*/preview/s", "F"),
    (("osmflow", "mapflow", "download", IMAGE, "-o", "-"), "GET /rasters/image/*/download", "J"),
    (("osmflow", "mapflow", "rename", "project", URBAN, "x"), "PUT /projects/*", "N"),
    (("osmflow", "mapflow", "tag", "mosaic", MOSAIC, "x"), "PUT /rasters/mosaic/*", "N"),
    (("osmflow", "mapflow", "rename", "image", IMAGE, "x.tif"), "PUT /rasters/image/*", "N"),
    (("osmflow", "mapflow", "rate", A6, "3"), "PUT /processings/*/rate", "N"),
    (("osmflow", "mapflow", "delete", "processing", FAILED, "--yes"), "GET /processings/*/v2", "J"),
    (("osmflow", "upload", "--mosaic", MOSAIC, "FILE"), "GET /rasters/mosaic/*/image", "I"),
    (("osmflow", "upload", "--mosaic", MOSAIC, "FILE", "--json"), "GET /rasters/memory", "Q"),
    (("gdal_translate", "-q", "-of", "MAPFLOW", "FILE", f"MAPFLOW:rasters/mosaic/{MOSAIC}/image"), "GET /rasters/mosaic/*/image", "I"),
]

NAMES = {"POST /processing/cost/v2": ("cost",), "GET /rasters/image/*/download": ("the image",)}
PAGE = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Sign in</body></html>"
# what the answer is, with which kinds of calls it is an error, and what the sentence must say besides the place
ANSWERS = [
    ("a web page", Answer(200, PAGE, "text/html"), "JMQLIPTCN", ["a web page", "login"]),
    ("a page that says it is JSON", Answer(200, "\n  " + PAGE), "JMQLIPTCN", ["a web page"]),
    ("nothing", Answer(200, ""), "JMQLIPTCF", []),
    ("blanks", Answer(200, " \n"), "JMQLIPTC", []),
    ("null", Answer(200, "null"), "JMLIPC", []),
    ("a text", Answer(200, '"fine"'), "JMLIP", []),
    ("a list of numbers", Answer(200, "[1,2,3]"), "JML", []),
    ("an empty object", Answer(200, "{}"), "JLIP", []),
    ("another object", Answer(200, '{"hello":"world"}'), "JLIP", []),
    ("two documents", Answer(200, '{"id":"1"}{"id":"2"}'), "JMQLIP", []),
    ("no UTF-8", Answer(200, b'{"id":"\xff\xfe","name":"\xc3"}'), "JMQLIP", []),
    ("deep nesting", Answer(200, "[" * 200000), "JMQLIP", []),
    ("401", Answer(401, "Unauthorized", "text/plain"), "JMQLIPCNF", ["token", "osmflow login mapflow"]),
    ("401 of the rasters", Answer(401, '{"detail":"Not authenticated"}'), "JMQLIPCNF", ["token", "osmflow login mapflow"]),
    ("401, expired", Answer(401, '{"code":"TOKEN_EXPIRED","message":"Token expired","params":null}'), "JMQLIPCNF",
     ["expired", "osmflow login mapflow"]),
    ("401 without words", Answer(401, ""), "JMQLIPCNF", ["token", "osmflow login mapflow"]),
    ("403", Answer(403, "Forbidden", "text/plain"), "JMQLIPCNF", ["not allowed", "another account"]),
    ("404", Answer(404, '{"detail":"Not Found"}'), "JMCNF", ["no such thing"]),
    ("400", Answer(400, '{"code":"BAD_REQUEST","message":"Invalid value for: body","params":null}'), "JMQLIPCNF", ["Invalid value"]),
    ("422", Answer(422, '{"detail":[{"loc":["path","id"],"msg":"value is not a valid uuid","type":"type_error.uuid"}]}'), "JMQLIPCNF",
     ["not a valid uuid", "path/id"]),
    ("500", Answer(500, '{"detail":"Internal Server Error"}'), "JMQLIPCNF", ["the server failed", "later"]),
    ("502", Answer(502, "<html>Bad Gateway</html>", "text/html"), "JMQLIPCNF", ["cannot be reached", "later"]),
    ("503", Answer(503, "", Retry_After=3600), "JMQLIPCNF", ["3600"]),
    ("429", Answer(429, '{"message":"Too many requests"}', Retry_After=3600), "JMQLIPCNF", ["3600"]),
]
ALWAYS = ("a web page", "nothing")  # with every call; the others with every fourth, and each time with other ones
SPOKEN = r"^(?:ERROR \d+|osmflow(?: [a-z]+)+): "
DEBUG = r"^(?:[A-Z]\w*|osmflow): "


def sentences(done):
    """The different errors that a program told, without what GDAL's programs add to every failure, and debugging."""
    lines, said = done.err.splitlines(), []
    for line in lines:
        if line == "FAILURE:":  # a list of all drivers follows
            break
        if re.match(SPOKEN, line):
            said.append(re.sub(SPOKEN, "", line))
        elif said and not re.match(DEBUG, line):
            said[-1] += "\n" + line
    return list(dict.fromkeys(part.strip() for part in said if not part.startswith("Terminating translation")))


def clear_words(checks, done, where, words, what):
    """One sentence for people, which names the call; `where`: one of these words is its name."""
    said = sentences(done)
    if not checks.that(len(said) == 1, f"{what}: {len(said)} errors {said} of {done}"):
        return
    text = said[0]
    odd = [part for part in ("<html", "<!DOCTYPE", "(null)", "osmflow_", "nan", "{\"", "\x1b", "Unknown error") if part in text]
    missing = [word for word in words if word not in text]
    where = [where] if isinstance(where, str) else where
    if not any(word in text for word in where):
        missing.append(where)
    odd += re.findall(r"(?:GET|POST|PUT|DELETE) \S+: (?:GET|POST|PUT|DELETE) ", text)  # the place is told once
    checks.that(not odd and not missing and len(text) < 700, f"{what}: {odd} in, {missing} not in [{text}]")


class Bad:
    def __init__(self, checks, sandbox, relay, programs, place):
        self.checks, self.sandbox, self.relay, self.programs = checks, sandbox, relay, programs
        self.file, self.place = tif(place / "ortho.tif"), place
        self.pool = concurrent.futures.ThreadPoolExecutor(PROGRAMS_AT_ONCE)

    def begin(self, answer=None, change=None):
        self.sandbox.call("PUT", "/sandbox/reset")
        self.relay.answer, self.relay.change = answer, change
        self.relay.requests.clear()

    def run(self, *words, **settings):
        settings = {"MAPFLOW_MAX_WAIT": "0", "GDAL_HTTP_MAX_RETRY": "0", **settings}
        return self.programs.run(*(self.file if word == "FILE" else word for word in words), **settings)

    def run_all(self, several, **settings):
        return list(self.pool.map(lambda words: self.run(*words, **settings), several))

    def fails(self, words, where, parts, what, code=1, **settings):
        done = self.run(*words, **settings)
        self.checks.that(done.code == code, f"{what}: {done}")
        clear_words(self.checks, done, where, parts, what)
        return done

    def works(self, words, what, **settings):
        done = self.run(*words, **settings)
        self.checks.that(done.code == 0 and "ERROR" not in done.err, f"{what}: {done}")
        return done

    def nothing_happened(self, what):
        told = self.sandbox.told()
        self.checks.equal((told["started"], told["spent"], told["uploads"], sum(told["created"].values())), (0, 0, [], 0),
                          f"{what}: started, spent, uploaded, created")


def tif(path):
    system = osr.SpatialReference()
    system.ImportFromEPSG(32631)
    made = gdal.GetDriverByName("GTiff").Create(str(path), 32, 32, 3)
    made.SetProjection(system.ExportToWkt())
    made.SetGeoTransform((423700, 0.3, 0, 5402300, 0, -0.3))
    for band in (1, 2, 3):
        made.GetRasterBand(band).Fill(band * 50)
    return path


def matches(call, request):
    return re.fullmatch(re.escape(call).replace(r"\*", "[^/]+"), request.call) is not None


def places_of(call, run):
    """What of a call an error may name: its path, the dataset, the object."""
    dataset = [word.removeprefix("MAPFLOW:").split("?")[0] for word in run if word.startswith("MAPFLOW:")]
    objects = re.findall("[0-9a-f-]{36}", " ".join(run))
    return [call.split()[1].strip("/").split("*")[0].strip("/"), *dataset, *objects, *NAMES.get(call, ())]


def broken_answers(bad):
    for number, (name, answer, kinds, words) in enumerate(ANSWERS):
        several = [(run, call, kind) for place, (run, call, kind) in enumerate(CALLS)
                   if kind in kinds and (name in ALWAYS or (place + number) % 4 == 0)]
        calls = sorted({call for _, call, _ in several}, key=len)
        for call in calls:
            these = [run for run, other, _ in several if other == call]
            bad.begin(lambda request, call=call, answer=answer: answer if matches(call, request) else None)
            debug = {"CPL_DEBUG": "ON", "OSMFLOW_DEBUG": "YES"} if number % 2 else {}
            for done in bad.run_all(these, **debug):
                what = f"{name} for {call}: {' '.join(done.words[:4])}"
                bad.checks.that(done.code == 1, f"{what}: {done}")
                clear_words(bad.checks, done, places_of(call, done.words), words, what)
                if done.words[0] == "osmflow" and "--json" not in done.words:
                    bad.checks.that(not done.out or "upload" in done.words or "status" in done.words, f"{what}: prints {done.out[:200]!r}")
            if answer.status == 401:
                bad.checks.that(len([one for one in bad.relay.requests if matches(call, one)]) <= len(these),
                                f"{name} for {call}: asked again")
            bad.nothing_happened(f"{name} for {call}")


def cut_answers(bad):
    """Half a document, once as a connection that breaks, once as if it were all."""
    for name, cut in (("broken off", lambda body: Answer(200, body, end=len(body) * 3 // 5)),
                      ("half of it", lambda body: Answer(200, body[:len(body) * 3 // 5]))):
        for run, call, kind in CALLS:
            if kind not in ("JLP" if name == "half of it" else "JLPC"):
                continue
            bad.begin(change=lambda request, answer, call=call, cut=cut: cut(answer.body) if matches(call, request) else answer)
            done = bad.run(*run)
            what = f"{name}, {call}: {' '.join(run[:4])}"
            is_number = name == "half of it" and call == "POST /processing/cost/v2"  # the half of a number is one, too
            if is_number:
                continue
            bad.checks.that(done.code == 1, f"{what}: {done}")
            clear_words(bad.checks, done, places_of(call, run), [], what)
            bad.nothing_happened(what)


def refusals_are_told_apart(bad):
    """Several things are 403 or 400; each has words of its own, which say what to do."""
    shapes = [
        (403, {"detail": {"code": "MemoryLimitExceeded", "parameters": {"available_memory": 100, "memory_requested": 200}}}, ["100 bytes", "200 bytes"]),
        (403, {"detail": {"code": "FileTooBig", "parameters": {"max_file_size": 1073741824, "actual_file_size": 2147483648}}}, ["1.00 GiB", "2.00 GiB"]),
        (403, {"detail": {"code": "AccessDenied", "parameters": {"uid": MOSAIC, "instance_type": "mosaic"}}}, ["mosaic", "account"]),
        (403, {"detail": "Forbidden"}, ["not allowed", "plan"]),
        (403, {"code": "FORBIDDEN", "message": "Trial period is over", "params": None}, ["Trial period is over"]),
        (402, {"message": "Payment required"}, ["paid"]),
        (400, {"code": "BAD_REQUEST", "message": "You don't have enough limit, please contact admin!", "params": None}, ["credits", "smaller area"]),
        (400, {"code": "TOO_LARGE_PROCESSING", "message": "Processings larger than 2500000 sq.m. are prohibited. Area: 9000000",
               "params": {"area": "9000000", "aoiAreaLimit": "2500000"}}, ["9.00 km²", "2.50 km²"]),
        (404, {"detail": {"code": "ItemNotFound", "parameters": {"instance_type": "mosaic", "uid": MOSAIC}}}, ["no such mosaic", "deleted"]),
        (404, {"code": "NOT_FOUND", "message": "There is no processing with id 1", "params": None}, ["no such thing", "with id 1"]),
        (409, {"detail": {"code": "DataNotAvailable"}}, ["later"]),
        (413, "<html>Request Entity Too Large</html>", ["too large"]),
        (422, {"detail": {"code": "FileValidationFailed", "parameters": {"filename": "b.tif", "mosaic_id": MOSAIC, "param_name": "count",
                                                                        "got_param": 4, "expected_param": 3}}}, ["b.tif", "count is 4", "--fix"]),
    ]
    told = []
    for status, body, words in shapes:
        bad.begin(lambda request, status=status, body=body: Answer(status, body) if "/user/status" in request.path else None)
        done = bad.fails((*READ, "MAPFLOW:user/status", "account"), "user/status", [*words, f"HTTP {status}"], f"{status} {body}")
        told += sentences(done)
        bad.fails(("osmflow", "mapflow", "list", "models"), "user/status", words, f"{status} {body}, osmflow")
    bad.checks.equal(len(set(told)), len(shapes), "sentences of their own")


def tokens(bad):
    pair, other = PAIRS
    for token in (pair, f" {pair}\n", TOKEN, f"Basic {TOKEN}", TOKEN.rstrip("="), "alice-token"):
        bad.begin()
        bad.works(("osmflow", "mapflow", "status"), "a good token", MAPFLOW_TOKEN=token)
    for token in ("anna@example.com:false-token", "falsehood", other[:-1], base64.b64encode(b"a:b").decode(), f"Bearer {TOKEN}", "eyJ.eyJ.x"):
        for words, where in (((*READ, "MAPFLOW:user/status", "account"), "user/status"), (("osmflow", "mapflow", "list", "projects"), "projects"),
                             ((*READ, "MAPFLOW:rasters/mosaic"), "rasters/mosaic"), (("osmflow", "upload", "--mosaic", MOSAIC, "FILE"), "")):
            bad.begin()
            done = bad.fails(words, where, ["token is refused", "osmflow login mapflow"], "a wrong token", MAPFLOW_TOKEN=token, CPL_DEBUG="ON")
            bad.checks.that(token not in done.out + done.err, f"a wrong token is shown: {done}")
            bad.nothing_happened("a wrong token")
    for token in (None, ""):
        for words in ((*READ, "MAPFLOW:user/status", "account"), ("osmflow", "mapflow", "list", "projects"),
                      ("osmflow", "upload", "--mosaic", MOSAIC, "FILE")):
            bad.begin()
            bad.fails(words, "", ["needs a token", "osmflow login mapflow", "MAPFLOW_TOKEN"], "no token", MAPFLOW_TOKEN=token)
            bad.checks.equal(bad.relay.requests, [], "without a token nothing is asked")
        bad.works(("osmflow", "mapflow", "version"), "what needs no token", MAPFLOW_TOKEN=token)
    bad.begin()
    bad.run("osmflow", "mapflow", "status", MAPFLOW_TOKEN="a\r\nX-Evil: 1")
    bad.checks.that(not any("X-Evil" in one.headers for one in bad.relay.requests), "a token is no header")
    bad.fails((*READ, "MAPFLOW:http://example.com/rest/projects"), "", ["http"], "a token over plain http")


def echoes(bad):
    """A server that says the secrets back to us, in each place that an error or a row could take them from."""
    pair, _ = PAIRS
    bodies = [Answer(400, {"code": "BAD_REQUEST", "message": f"bad header: Basic {TOKEN}"}), Answer(403, f"token {pair} is not enough", "text/plain"),
              Answer(422, {"detail": [{"loc": ["header", TOKEN], "msg": f"unknown {pair}"}]}),
              Answer(404, {"detail": {"code": "Strange", "parameters": {"authorization": f"Basic {TOKEN}", "rasterPassword": "s3cret-password"}}}),
              Answer(500, {"detail": {"code": TOKEN, "message": "x"}}), Answer(302, "", Location=f"http://127.0.0.1:9/{TOKEN}"),
              Answer(400, {"message": 'params {"rasterLogin":"s3cret-login","raster_password": "s3cret-password"} are wrong'})]
    for answer in bodies:
        bad.begin(lambda request, answer=answer: answer)
        for words in ((*READ, "MAPFLOW:user/status", "account"), ("osmflow", "mapflow", "show", "processing", SECRET, "--json"),
                      ("osmflow", "mapflow", "rename", "project", URBAN, "x")):
            done = bad.run(*words, CPL_DEBUG="ON", OSMFLOW_DEBUG="YES")
            bad.checks.that(done.code == 1, f"an echo: {done}")
    bad.begin()
    for words in ((*READ, f"MAPFLOW:processings/{SECRET}"), (*READ, f"MAPFLOW:processings/{processing('13')}"), (*READ, "MAPFLOW:processings"),
                  ("ogrinfo", "-al", f"MAPFLOW:projects/{URBAN}/processings"), ("ogrinfo", "-al", "-so", f"MAPFLOW:processings/{SECRET}/result"),
                  ("osmflow", "mapflow", "show", "processing", SECRET, "--json"), ("osmflow", "mapflow", "list", "processings", "--json"),
                  ("osmflow", "mapflow", "wait", SECRET), ("osmflow", "upload", "--mosaic", MOSAIC, "--dry-run", "--json", "FILE")):
        bad.works(words, "secrets in sourceParams", CPL_DEBUG="ON", OSMFLOW_DEBUG="YES", CPL_CURL_VERBOSE="YES")


def unknown_ids(bad):
    bad.begin()
    paths = [f"projects/{NOBODY}", f"projects/{NOBODY}/processings", f"projects/{NOBODY}/results", f"processings/{NOBODY}",
             f"processings/{NOBODY}/v2", f"processings/{NOBODY}/aois", f"processings/{NOBODY}/result", f"rasters/mosaic/{NOBODY}",
             f"rasters/mosaic/{NOBODY}/image", f"rasters/mosaic/{NOBODY}/status", f"rasters/image/{NOBODY}", f"rasters/image/{NOBODY}/status"]
    for path in paths:
        bad.fails((*READ, "MAPFLOW:" + path), NOBODY, ["no such", "404"], path)
    for words in (("show", "project", NOBODY), ("list", "processings", NOBODY), ("restart", NOBODY), ("rate", NOBODY, "3"), ("wait", NOBODY),
                  ("delete", "mosaic", NOBODY, "--yes"), ("rename", "image", NOBODY, "x"), ("download", NOBODY, "-o", "-")):
        bad.fails(("osmflow", "mapflow", *words), NOBODY, ["no such"], " ".join(words))
    for words in (("osmflow", "upload", "--mosaic", NOBODY, "FILE"), ("gdal_translate", "-q", "-of", "MAPFLOW", "FILE", f"MAPFLOW:rasters/mosaic/{NOBODY}/image")):
        bad.fails(words, NOBODY, ["no such mosaic"], "a mosaic that is not there")
    bad.nothing_happened("unknown ids")
    for path in ("processings/1/result", "projects/../user/status", f"processings/{A6}/result?aoiId=7", f"rasters/mosaic/{MOSAIC}%2Fimage"):
        done = bad.run(*READ, "MAPFLOW:" + path)
        bad.checks.that(done.code == 1 and "ERROR" in done.err, f"{path}: {done}")


def deleted_mosaic(bad):
    def delete_first(request):
        if matches(stage, request):
            bad.sandbox.call("PUT", "/sandbox/fault/reset")
            try:
                delete(bad.sandbox)
            except OSError:
                pass

    for stage in ("GET /rasters/mosaic/*/image", "POST /rasters/mosaic/*/image"):
        for words in (("osmflow", "upload", "--mosaic", MOSAIC, "FILE"), ("osmflow", "upload", "--mosaic", MOSAIC, "FILE", "--json"),
                      ("gdal_translate", "-q", "-of", "MAPFLOW", "FILE", f"MAPFLOW:rasters/mosaic/{MOSAIC}/image")):
            bad.begin(delete_first)
            done = bad.run(*words)
            said = done.out + done.err
            bad.checks.that(done.code == 1 and "no such mosaic" in said and MOSAIC in said, f"deleted before {stage}: {done}")
            bad.nothing_happened(f"deleted before {stage}")
    stage = "GET /rasters/mosaic/*/image"
    bad.begin(delete_first)
    bad.fails((*READ, f"MAPFLOW:rasters/mosaic/{MOSAIC}/image"), MOSAIC, ["no such mosaic", "deleted"], "deleted while listing")


def delete(sandbox):
    asking = urllib.request.Request(f"{sandbox.url}/rest/rasters/mosaic/{MOSAIC}", None, {"Authorization": "Basic " + TOKEN}, method="DELETE")
    urllib.request.urlopen(asking, timeout=20).close()


def unknown_statuses(bad):
    for status in ("ARCHIVING", "ok", "", "OK\n", "ÜBERHOLT", "x" * 2000):
        bad.begin(change=lambda request, answer, status=status: restate(answer, status) if request.path.endswith("/v2") else answer)
        done = bad.works((*READ, f"MAPFLOW:processings/{A6}/v2", "-sql", "SELECT name, status FROM processing"), f"status {status[:20]!r}")
        bad.checks.that("Downtown Buildings" in done.out, f"status {status[:20]!r} is read: {done}")
        if status not in ("ok",):
            done = bad.run(*READ, f"MAPFLOW:processings/{A6}/result")
            bad.checks.that(done.code == 1 and A6 in done.err and "status" in done.err, f"no result in status {status[:20]!r}: {done}")
    bad.begin()
    bad.fails((*READ, f"MAPFLOW:processings/{UNKNOWN}/result"), UNKNOWN, ["ARCHIVING", "no result"], "an unknown status")
    for tail, words in (("02", ["IN_PROGRESS", "45"]), ("03", ["FAILED", "0.0054"]), ("04", ["AWAITING"]), ("05", ["CANCELLED"]),
                        ("06", ["REFUNDED"]), ("15", ["UNPROCESSED"])):
        bad.fails((*READ, f"MAPFLOW:processings/{processing(tail)}/result"), processing(tail), [*words, "has no result"], words[0])
    bad.fails(("osmflow", "mapflow", "wait", FAILED), "", ["0.0054"], "waiting for a failed one")


def restate(answer, status):
    document = json.loads(answer.body)
    document["status"] = status
    return Answer(200, document)


FEATURE = '{"type":"Feature","geometry":{"type":"Point","coordinates":[7.07,49.32]},"properties":{"id":1}}'
WRONG_RESULTS = [
    "", "null", "[]", "{}", '"x"', "7", PAGE, FEATURE[:-1], '{"type":"FeatureCollection"}', '{"type":"FeatureCollection","features":null}',
    '{"type":"FeatureCollection","features":{}}', '{"type":"FeatureCollection","features":[1]}', '{"type":"FeatureCollection","features":[null]}',
    '{"type":"FeatureCollection","features":["x"]}', '{"type":"FeatureCollection","features":[[]]}', '{"type":"FeatureCollection","features":[%s]' % FEATURE,
    '{"type":"FeatureCollection","features":[%s,]}' % FEATURE, '{"type":"FeatureCollection","features":[%s %s]}' % (FEATURE, FEATURE),
    '{"type":"FeatureCollection","features":[%s]}}' % FEATURE, '{"type":"FeatureCollection","features":[%s]}x' % FEATURE,
    '{"code":"INTERNAL","message":"oops"}', '{"type":"FeatureCollection","features":[%s' % ('{"a":' * 100000),
    '{"type":"FeatureCollection","features":[%s]}' % FEATURE.replace("[7.07,49.32]", "[7.07,nan]"),
]
ODD_FEATURES = [  # they are read, as well as can be, or refused: never a crash, never fewer features than there are
    FEATURE.replace('{"id":1}', "null"), FEATURE.replace('{"id":1}', "[]"), FEATURE.replace('{"id":1}', '{"id":{"a":[1]}}'),
    FEATURE.replace("[7.07,49.32]", '"x"'), FEATURE.replace("[7.07,49.32]", "[]"), FEATURE.replace("[7.07,49.32]", "[[[[[1]]]]]"),
    FEATURE.replace("Point", "Circle"), FEATURE.replace('"Point"', "7"), FEATURE.replace("49.32", "1e999"), FEATURE.replace("7.07", "-181.5"),
    FEATURE.replace('"id":1', '"id":1,"id":"two"'), FEATURE.replace('"id":1', '"' + "n" * 5000 + '":1'), FEATURE.replace('"type":"Feature",', ""),
    FEATURE.replace('"geometry":', '"shape":'), '{"type":"Feature"}',
]


def wrong_results(bad):
    def answer_with(text):
        return lambda request: Answer(200, text, "application/octet-stream") if request.path.endswith("/result") else None

    for text in WRONG_RESULTS:
        bad.begin(answer_with(text))
        bad.fails((*READ, f"MAPFLOW:processings/{A6}/result"), A6, [], f"a result {text[:80]!r}")
    for odd in ODD_FEATURES:
        bad.begin(answer_with('{"type":"FeatureCollection","features":[%s,%s,%s]}' % (FEATURE, odd, FEATURE)))
        done = bad.run("ogr2ogr", "-f", "GeoJSON", "/vsistdout/", f"MAPFLOW:processings/{A6}/result")
        if done.code == 0:
            bad.checks.equal(len(json.loads(done.out)["features"]), 3, f"features with {odd[:120]}")
        else:
            clear_words(bad.checks, done, A6, [], f"a feature {odd[:120]}")
    text = '{"type":"FeatureCollection","name":"x","features":[\n%s,\n%s]}' % (FEATURE, FEATURE)
    for end in range(0, len(text), 11):
        for cut in (Answer(200, text, end=end), Answer(200, text[:end])):
            bad.begin(lambda request, cut=cut: cut if request.path.endswith("/result") else None)
            done = bad.run(*READ, f"MAPFLOW:processings/{A6}/result")
            bad.checks.that(done.code == 1 and "ERROR" in done.err, f"cut after {end} of {len(text)}, said {len(cut.body)}: {done}")


def pages_that_are_short(bad):
    """A server that gives fewer rows than it was asked for, or promised: none is missed, or it is an error."""
    def at_most(most):
        def answer(request):
            if request.call.endswith("/page"):
                body = request.json()
                body["limit"] = min(body["limit"], most)
                return ask_sandbox(bad.sandbox, request, body)
            return None
        return answer

    def promised(request, answer):
        if not request.call.endswith("/page"):
            return answer
        document = json.loads(answer.body)
        document["results"], document["total"] = document["results"][:3] if request.json()["offset"] == 0 else [], 50
        return Answer(200, document)

    archive = URBAN[:-1] + "5"
    for dataset, wanted in (("projects", 41), (f"projects/{archive}/processings", 65), (f"projects/{archive}/results", None)):
        bad.begin()
        whole = bad.works((*READ, "MAPFLOW:" + dataset), dataset).out
        bad.begin(at_most(30))
        done = bad.works((*READ, "MAPFLOW:" + dataset), f"{dataset} in pages of 30")
        bad.checks.equal(done.out.count("\n"), whole.count("\n"), f"{dataset} in pages of 30: lines")
        bad.checks.that(wanted is None or whole.count("\n") > wanted, f"{dataset}: {whole.count(chr(10))} lines")
        bad.begin(change=promised)
        bad.fails((*READ, "MAPFLOW:" + dataset), "project", ["50"], f"{dataset}: 50 are promised, 3 come")


def ask_sandbox(sandbox, request, body):
    asking = urllib.request.Request(sandbox.url + request.path, json.dumps(body).encode(),
                                    {"Authorization": request.authorization, "Content-Type": "application/json"}, method="POST")
    with urllib.request.urlopen(asking, timeout=30) as answer:
        return Answer(answer.status, answer.read())


def slow_and_busy(bad):
    def busy_once(answer):
        def once(request):
            return answer if len([one for one in bad.relay.requests if one.call == request.call]) == 1 else None
        return once

    for words in ((*READ, "MAPFLOW:rasters/memory"), ("osmflow", "mapflow", "status"), ("osmflow", "mapflow", "rename", "project", URBAN, "x"),
                  (*READ, f"MAPFLOW:processings/{A6}/result"), (*READ, "MAPFLOW:processings/stats")):
        bad.begin(busy_once(Answer(429, "", Retry_After=1)))
        start = time.monotonic()
        bad.works(words, "429 once", MAPFLOW_MAX_WAIT="20", GDAL_HTTP_MAX_RETRY=None)
        bad.checks.that(time.monotonic() - start >= 1, "it waits as long as it was told")
        bad.begin(lambda request: Answer(429, "", Retry_After=3600))
        start = time.monotonic()
        bad.fails(words, "", ["3600"], "429 for an hour", MAPFLOW_MAX_WAIT="1", GDAL_HTTP_MAX_RETRY=None)
        bad.checks.that(time.monotonic() - start < 20, "it does not wait for an hour")
    bad.begin(busy_once(Answer(500, '{"detail":"Internal Server Error"}')))
    bad.works((*READ, "MAPFLOW:rasters/memory"), "500 once", MAPFLOW_MAX_WAIT="20", GDAL_HTTP_MAX_RETRY="2", GDAL_HTTP_RETRY_DELAY="0.1")
    bad.begin(lambda request: Answer(200, "{}", wait=5))
    for words in ((*READ, "MAPFLOW:rasters/memory"), ("osmflow", "mapflow", "status")):
        bad.fails(words, "", ["no answer", "timed out"], "slower than GDAL_HTTP_TIMEOUT", GDAL_HTTP_TIMEOUT="1")
    bad.begin(change=lambda request, answer: Answer(answer.status, answer.body, answer.kind, wait=1))
    bad.works((*READ, "MAPFLOW:rasters/memory"), "slow, but not too slow", GDAL_HTTP_TIMEOUT="20")
    bad.begin()
    bad.fails((*READ, "MAPFLOW:rasters/memory"), "rasters/memory", ["127.0.0.1"], "nobody is there", MAPFLOW_URL="http://127.0.0.1:9/rest")


def main():
    checks = Checks("mapflow_bad")
    with folder() as place, Mapflow() as sandbox:
        relay = Relay(sandbox)
        bad = Bad(checks, sandbox, relay, Programs(relay.url, place), place)
        for test in (broken_answers, cut_answers, refusals_are_told_apart, tokens, echoes, unknown_ids, deleted_mosaic, unknown_statuses,
                     wrong_results, pages_that_are_short, slow_and_busy):
            start = time.monotonic()
            checks.run(lambda _, test=test: test(bad))
            print(f"{test.__name__}: {time.monotonic() - start:.1f} s")
            bad.begin()
        bad.programs.tell_no_secrets(checks)
        bad.pool.shutdown()
        relay.shutdown()
    checks.close()


if __name__ == "__main__":
    main()
