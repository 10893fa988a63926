#!/usr/bin/env python3
"""Checks `osmflow mapflow` against the sandbox, in both shapes of its answers: test_mapflow.py BUILD_DIR.

Each command is asked for what it prints, what it sends, and what the server has afterwards; with wrong input nothing
may be sent that changes something, and nothing may be deleted without consent."""
import csv
import http.server
import io
import json
import os
import sys
import threading

from mapflow_support import (IMAGE, MOSAIC, NOTHING, PROCESSING, PROJECT, TOKEN, Run, at_keyboard, check, contains, control,
                             expect, facts, fails, fault, file_at, fine, fine_json, get, places, request, run_all)

FAILED = "3fa85f64-5717-4562-b3fc-2c963f66af03"
AREA = ("--bbox", "0.1,50.8,0.2,50.9")
CHANGING = ("PUT", "DELETE", "POST /projects", "POST /rasters/mosaic", "POST /processings/v2", "POST /processings/*/restart")


def changes():
    """The requests so far that change something."""
    return {name: count for name, count in facts()["requests"].items()
            if name.startswith(CHANGING[:2]) or name in CHANGING[2:] or "restart" in name}


def rows(*words, **more):
    return [line.split("\t") for line in fine("mapflow", "list", *words, **more).splitlines()]


def check_lists():
    for shape in ("recorded", "spec"):
        control("mapflow", shape=shape)
        for words in (("projects",), ("processings",), ("processings", PROJECT), ("aois", PROCESSING), ("mosaics",),
                      ("images", MOSAIC), ("image-statuses", MOSAIC), ("models",), ("catalog", *AREA)):
            lines, objects = rows(*words), fine_json("mapflow", "list", *words)
            check(len(lines) > 0, "%s: %r has rows" % (shape, words))
            expect(len(objects), len(lines), "%s: %r as JSON has as many" % (shape, words))
            check(all("id" in item or "image_id" in item for item in objects), "%s: %r have ids" % (shape, words))
    control("mapflow", shape="recorded")
    for kind in ("blocks", "providers", "search-providers", "prices", "teams"):
        check(len(rows(kind)) > 0, kind)
    expect(rows("models")[0][2], "🏠 Buildings", "the first model")
    expect(fine("mapflow", "list", "models", MAPFLOW_TOKEN="ben@example.com:ben-token").count("\n") > 0, True, "of another account")
    expect(rows("projects", MAPFLOW_TOKEN="ben@example.com:ben-token", )[1:], [], "who has no projects of his own")


def check_list_options():
    control("mapflow", forget=1)
    expect(len(rows("projects", "--limit", "3")), 3, "--limit")
    check(len(rows("projects")) > 20, "all pages")
    expect([row[1] for row in rows("projects", "--search", "urban")], ["Urban Analysis"], "--search")
    names = [row[1] for row in rows("projects", "--sort", "NAME", "--descending")]
    expect(names, sorted(names, reverse=True), "--sort")
    expect([row[0] for row in rows("processings", PROJECT, "--status", "failed")], [FAILED], "--status")
    expect(len(rows("processings", PROJECT, "--status", "ok", "--limit", "2")), 2, "--status and --limit")
    expect(len(rows("mosaics", "--tag", "survey")), 1, "--tag")
    expect(rows("mosaics", "--tag", "no such tag"), [], "a tag that is nowhere")
    everything = len(rows("catalog", *AREA))
    check(0 < len(rows("catalog", *AREA, "-P", "maxCloudCover=10")) < everything, "--parameter")
    area = file_at("catalog.geojson")
    with open(area, "w", encoding="utf-8") as file:
        json.dump({"type": "Polygon", "coordinates": [[[0.1, 50.8], [0.2, 50.8], [0.2, 50.9], [0.1, 50.9], [0.1, 50.8]]]}, file)
    expect(len(rows("catalog", "--aoi", area)), everything, "--aoi")
    expect(changes(), {}, "reading changes nothing")


def check_show():
    for shape in ("recorded", "spec"):
        control("mapflow", shape=shape)
        for kind, wanted, column in (("project", PROJECT, "name"), ("processing", PROCESSING, "status"),
                                     ("mosaic", MOSAIC, "name"), ("image", IMAGE, "filename")):
            text, item = fine("mapflow", "show", kind, wanted), fine_json("mapflow", "show", kind, wanted)
            contains(text, "id: " + wanted, "%s: show %s" % (shape, kind))
            expect(item["id"], wanted, "%s: show %s --json" % (shape, kind))
            contains(text, "%s: %s" % (column, item[column]), "both say the same")
        status = fine_json("mapflow", "status")
        check(status["account"]["credits"] >= 0 and status["storage"]["limit_bytes"] > 0, shape + ": status")
        contains(fine("mapflow", "status"), "credits: ", shape + ": status")
        expect(fine("mapflow", "version"), "2.5.0\n", shape + ": version")
    control("mapflow", shape="recorded")
    contains(fine("mapflow", "show", "project", "default"), "is_default: yes", "the default project")


def check_stats():
    lines = fine("mapflow", "stats", "--limit", "3").splitlines()
    expect(len(lines), 3, "stats")
    expect(len(fine_json("mapflow", "stats", "--filter", "status=FAILED")), 1, "--filter")
    table = list(csv.DictReader(io.StringIO(fine("mapflow", "stats", "--csv", "--limit", "2", "--sort", "created:desc"))))
    expect(len(table), 2, "--csv")
    second = list(csv.DictReader(io.StringIO(fine("mapflow", "stats", "--csv", "--limit", "2", "--page", "2"))))
    check(second and second[0]["linkToMap"] != table[0]["linkToMap"], "--page")
    fails(2, "exclude each other", "mapflow", "stats", "--csv", "--json")
    fails(2, "--page", "mapflow", "stats", "--csv", "--page", "0")


def check_files():
    for size in ("s", "l"):
        path = file_at("preview_%s.jpg" % size)
        expect(fine("mapflow", "preview", IMAGE, size, "-o", path), "", "a preview")
        with open(path, "rb") as file:
            expect(file.read(3), b"\xff\xd8\xff", "is a JPEG")
    path = file_at("image.tif")
    fine("mapflow", "download", "image", IMAGE, "-o", path)
    check(os.path.getsize(path) > 0, "an image")
    fails(2, "-o FILE", "mapflow", "preview", IMAGE)
    fails(2, "the size is", "mapflow", "preview", IMAGE, "xl", "-o", path)
    fails(2, "an image can be downloaded", "mapflow", "download", "mosaic", IMAGE, "-o", path)
    fails(1, NOTHING, "mapflow", "preview", NOTHING, "-o", file_at("none.jpg"))
    fails(1, NOTHING, "mapflow", "download", NOTHING, "-o", file_at("none.tif"))
    check(not os.path.exists(file_at("none.jpg")) and not os.path.exists(file_at("none.tif")), "no files of what is not there")


class Other(http.server.BaseHTTPRequestHandler):
    """A Mapflow that gives another server's address for an image, and that other server."""
    seen = []

    def do_GET(self):
        Other.seen.append((self.path, self.headers.get("Authorization")))
        port = Other.other.server_port
        self.send_response(302 if self.path == "/moved" else 200)
        if self.path == "/moved":
            self.send_header("Location", "http://127.0.0.1:%d/there" % port)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        if self.path.endswith("/download"):
            self.wfile.write(json.dumps({"download_url": "http://127.0.0.1:%d/moved?X-Amz-Signature=abc" % port}).encode())
        elif self.path != "/moved":
            self.wfile.write(b'{"pixels":1}')

    def log_message(self, *words):
        pass


def check_token_stays_here():
    mapflow, Other.other = (http.server.ThreadingHTTPServer(("127.0.0.1", 0), Other) for _ in range(2))
    for server in (mapflow, Other.other):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    path = file_at("elsewhere.json")
    run = Run("mapflow", "download", IMAGE, "-o", path, "--server", "http://127.0.0.1:%d/rest" % mapflow.server_port,
              OSMFLOW_DEBUG="YES")
    expect(run.code, 0, "an image from elsewhere: " + run.err)
    tokens = [(where, bool(token)) for where, token in Other.seen]
    expect(tokens[0], ("/rest/rasters/image/%s/download" % IMAGE, True), "Mapflow gets the token")
    check(len(tokens) > 1 and not any(token for _, token in tokens[1:]), "and nobody else: %r" % tokens)
    check("X-Amz-Signature=abc" not in run.err, "the address is a secret, too")
    for server in (mapflow, Other.other):
        server.shutdown()


def check_wrong_input():
    control("mapflow", forget=1)
    cases = [
        (2, "one of these words", ()), (2, '"mapflow lst"', ("lst",)), (2, "no kind of thing", ("list", "things")),
        (2, "whose images?", ("list", "images")), (2, "whose aois?", ("list", "aois")),
        (2, "listed without an id", ("list", "models", PROJECT)), (2, "not the id", ("list", "images", "1")),
        (2, "--limit", ("list", "projects", "--limit", "0")), (2, "NAME=VALUE", ("list", "catalog", *AREA, "-P", "x")),
        (2, "an area", ("list", "catalog")), (2, "cannot be opened", ("list", "catalog", "--aoi", "/nowhere")),
        (2, "no call for one", ("show", "model", PROJECT)), (2, "not the id", ("show", "project", "../user/status")),
        (1, NOTHING, ("show", "project", NOTHING)), (1, NOTHING, ("list", "images", NOTHING)),
        (2, "not one of", ("create", "image", "x")), (2, "is missing", ("create", "project")),
        (2, "only a project", ("create", "mosaic", "x", "--description", "y")),
        (2, "only a mosaic", ("create", "project", "x", "--tag", "y")), (2, "name", ("create", "project", "")),
        (2, "not one of", ("rename", "model", PROJECT, "x")), (2, "not the id", ("rename", "project", "x", "y")),
        (2, "name", ("rename", "project", PROJECT, "")), (2, "not one of", ("describe", "mosaic", MOSAIC, "x")),
        (2, "not one of", ("move", "project", PROJECT, PROJECT)), (2, "not the id", ("move", "processing", PROCESSING, "x")),
        (2, "--none", ("tag", "mosaic", MOSAIC)), (2, "--none", ("tag", "mosaic", MOSAIC, "a", "--none")),
        (2, "cannot be deleted", ("delete", "model", PROJECT)), (2, "not the id", ("delete", "project", "all", "--yes")),
        (1, NOTHING, ("delete", "project", NOTHING, "--yes")), (2, "from 1 to 5", ("rate", PROCESSING, "6")),
        (2, "not the id", ("restart", "1")), (2, "is missing", ("reject", PROCESSING)), (2, "not the id", ("accept", "x")),
        (2, "not the id", ("link", "x", "s3://a/b")),
    ]
    for code, part, words in cases:
        fails(code, part, "mapflow", *words)
    expect(changes(), {}, "wrong input changes nothing")


def check_changes():
    control("mapflow", forget=1)
    project = fine("mapflow", "create", "project", "Made here", "--description", "by a test").strip()
    expect([get("projects/" + project)[name] for name in ("name", "description")], ["Made here", "by a test"], "create")
    fine("mapflow", "rename", "project", project, "Ü/\"quoted\"")
    fine("mapflow", "describe", "project", project, "another\nline")
    expect([get("projects/" + project)[name] for name in ("name", "description")], ['Ü/"quoted"', "another\nline"], "rename")
    mosaic = fine("mapflow", "create", "mosaic", "Pieces", "--tag", "a b", "--tag", "c,d").strip()
    expect(get("rasters/mosaic/" + mosaic)["tags"], ["a b", "c,d"], "the tags of a new mosaic")
    fine("mapflow", "tag", "mosaic", mosaic, "one", "two")
    expect([get("rasters/mosaic/" + mosaic)[name] for name in ("tags", "name")], [["one", "two"], "Pieces"], "tag")
    fine("mapflow", "tag", "mosaic", mosaic, "--none")
    expect(get("rasters/mosaic/" + mosaic)["tags"], [], "no tags")
    fine("mapflow", "rename", "mosaic", mosaic, "Parts")
    fine("mapflow", "rename", "image", IMAGE, "new name.tif")
    fine("mapflow", "rename", "processing", PROCESSING, "Renamed")
    fine("mapflow", "describe", "processing", PROCESSING, "described")
    fine("mapflow", "move", "processing", PROCESSING, project)
    found = get("processings/%s/v2" % PROCESSING)
    expect([found[name] for name in ("name", "description", "projectId")], ["Renamed", "described", project], "a processing")
    expect(get("rasters/image/" + IMAGE)["filename"], "new name.tif", "an image")
    fine("mapflow", "rate", PROCESSING, "4", "good enough")
    expect(get("processings/%s/v2" % PROCESSING)["rating"], {"rating": 4, "feedback": "good enough"}, "rate")
    fine("mapflow", "move", "processing", PROCESSING, PROJECT)
    fine("mapflow", "restart", FAILED)
    expect((facts()["restarted"], facts()["spent"]), (1, 0), "restart")
    fails(1, "", "mapflow", "restart", PROCESSING)
    expect(facts()["created"], {"projects": 1, "processings": 0, "mosaics": 1, "images": 0}, "what was made")


def check_review():
    reviewed = [item["id"] for item in fine_json("mapflow", "list", "processings") if item["review_status"] == "IN_REVIEW"]
    if reviewed:
        fine("mapflow", "reject", reviewed[0], "roofs are missing")
        expect(get("processings/%s/v2" % reviewed[0])["reviewStatus"]["reviewStatus"], "NOT_ACCEPTED", "reject")
    for item in reviewed[1:2]:
        fine("mapflow", "accept", item)
        expect(get("processings/%s/v2" % item)["reviewStatus"]["reviewStatus"], "ACCEPTED", "accept")
    if len(reviewed) < 2:
        run = Run("mapflow", "accept", PROCESSING)
        check(run.code in (0, 1), "accept is answered: " + run.err)
        check("PUT /processings/*/acceptation" in facts()["requests"], "accept is asked for")


def check_deleting():
    control("mapflow", forget=1)
    project = fine("mapflow", "create", "project", "To go").strip()
    run = fails(1, "--yes", "mapflow", "delete", "project", project)
    contains(run.err, 'the project "To go" with 0 processings', "it says what would go")
    run = fails(1, "--yes", "mapflow", "delete", "mosaic", MOSAIC)
    contains(run.err, 'the mosaic "Aerial Survey" with 1 images', "it says how many")
    code, shown = at_keyboard("n", "mapflow", "delete", "project", project)
    expect(code, 1, "the answer n: " + shown)
    expect({name for name in changes() if name.startswith("DELETE")}, set(), "nothing was deleted")
    code, shown = at_keyboard("y", "mapflow", "delete", "project", project)
    expect(code, 0, "the answer y: " + shown)
    contains(shown, "cannot be undone", "and it said so")
    fails(1, project, "mapflow", "show", "project", project)
    mosaic = fine("mapflow", "create", "mosaic", "To go").strip()
    contains(fine("mapflow", "delete", "mosaic", mosaic, "--yes"), 'Deleted: the mosaic "To go"', "--yes")
    fails(1, mosaic, "mapflow", "delete", "mosaic", mosaic, "--yes")
    fine("mapflow", "delete", "processing", FAILED, "-y")
    fails(1, FAILED, "mapflow", "show", "processing", FAILED)
    fine("mapflow", "delete", "image", IMAGE, "--yes")
    expect(rows("images", MOSAIC), [], "an image")


def check_lost_answers():
    """Each call loses its answer once; afterwards its thing is there once."""
    for kind, listing in (("project", "projects"), ("mosaic", "rasters/mosaic")):
        for drop in ("after", "before"):
            control("mapflow", forget=1)
            fault(method="POST", drop=drop, path="*/" + listing, count=1)
            made = fine("mapflow", "create", kind, "lost " + drop).strip()
            fault()
            there = [item["id"] for item in get(listing) if item["name"] == "lost " + drop]
            expect(there, [made], "a %s whose answer is lost %s" % (kind, drop))
            fault(method="DELETE", drop=drop, count=1, path="*")
            fine("mapflow", "delete", kind, made, "--yes")
            fault()
            expect([item["id"] for item in get(listing) if item["name"] == "lost " + drop], [], "deleted once: " + kind)
    fault(method="PUT", drop="after", count=1, path="*")
    fine("mapflow", "rename", "project", PROJECT, "Urban Analysis")
    fault()


def check_strange_answers():
    for wishes, part in (({"status": 401}, "osmflow login mapflow"), ({"status": 502}, "user/status"),
                         ({"html": 1}, "user/status"), ({"cut": 100}, "user/status")):
        fault(path="*/user/status", count=99, **wishes)
        run = fails(1, part, "mapflow", "list", "models", GDAL_HTTP_MAX_RETRY="1")
        expect(run.out, "", "nothing of a broken answer: %r" % wishes)
        fault()
    fails(1, "osmflow login mapflow", "mapflow", "status", MAPFLOW_TOKEN="")
    fails(2, "MAPFLOW_AUTH", "mapflow", "status", MAPFLOW_AUTH="maybe")
    expect(fine("mapflow", "version", "--server", places["base"] + "/rest", MAPFLOW_URL="http://127.0.0.1:9"), "2.5.0\n", "--server")


def check_debug():
    for words in (("list", "projects", "--limit", "1"), ("show", "processing", PROCESSING), ("rename", "project", PROJECT, "x")):
        Run("mapflow", *words, OSMFLOW_DEBUG="YES", CPL_DEBUG="ON")
    check(TOKEN.split(":")[0] in request("GET", "/rest/user/status"), "the token is right")


if __name__ == "__main__":
    sys.exit(run_all("mapflow", [function for name, function in list(globals().items())
                                 if name.startswith("check_") and name != "check_no_secret_is_shown"]))
