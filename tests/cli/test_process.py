#!/usr/bin/env python3
"""Checks `osmflow process` and `osmflow mapflow cost|wait` against the sandbox: test_process.py BUILD_DIR.

Nothing may be started, or cost anything, unless the user said so; a start whose answer is lost happens once."""
import json
import os
import signal
import subprocess
import sys

from mapflow_support import (BOX, IMAGE, MOSAIC, NOTHING, PROCESSING, PROJECT, Run, at_keyboard, check, contains, control,
                             environment, expect, facts, fails, fault, file_at, fine, fine_json, get, has_plugin, places,
                             printed, run_all, skip)

AREA = {"type": "FeatureCollection", "features": [
    {"type": "Feature", "properties": {"kind": kind}, "geometry": geometry} for kind, geometry in (
        ("town", {"type": "Polygon", "coordinates": [[[7.07, 49.31], [7.08, 49.31], [7.08, 49.32], [7.07, 49.32], [7.07, 49.31]]]}),
        ("town", {"type": "Polygon", "coordinates": [[[7.075, 49.31], [7.085, 49.31], [7.085, 49.32], [7.075, 49.32], [7.075, 49.31]]]}),
        ("line", {"type": "LineString", "coordinates": [[7.07, 49.31], [7.08, 49.32]]}))]}
PLAIN = ("process", "--model", "buildings", *BOX, "--provider", "mapbox")


def started():
    found = facts()
    return found["started"], found["spent"]


def area_file():
    path = file_at("area.geojson")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(AREA, file)
    return path


def check_nothing_is_started_without_leave():
    control("mapflow", forget=1, credits=100)
    spent_nothing = [
        (0, "Cost:", (*PLAIN, "--dry-run")),
        (1, "nothing was started", PLAIN),
        (1, "costs 11.2 credits (12 when rounded up), and 11.1 were allowed", (*PLAIN, "--max-cost", "11.1")),
        (1, "and 11.9 were allowed", (*PLAIN, "--max-cost", "11.9")),
        (1, "0 were allowed", (*PLAIN, "--max-cost", "0")),
        (2, "not a number of credits", (*PLAIN, "--max-cost", "-1")),
        (2, "not a number of credits", (*PLAIN, "--max-cost", "all")),
        (2, "not a number of credits", (*PLAIN, "--max-cost", "nan")),
        (2, "exclude each other", (*PLAIN, "--max-cost", "50", "--yes")),
    ]
    for code, part, words in spent_nothing:
        run = Run(*words)
        expect(run.code, code, " ".join(words))
        contains(run.out + run.err, part, " ".join(words))
        expect(started(), (0, 0), "nothing is started: " + " ".join(words))
    control("mapflow", credits=5)
    fails(1, "the account has 5 left", *PLAIN, "--yes")
    control("mapflow", credits=2450)
    fault(method="POST", path="*/processing/cost/v2", status=400, count=9)
    fails(1, "processing/cost/v2", *PLAIN, "--yes")
    fault()
    expect(started(), (0, 0), "neither without credits nor without a cost")


def check_keyboard():
    control("mapflow", forget=1, credits=2450)
    for answer in ("n", "", "maybe"):
        code, shown = at_keyboard(answer, *PLAIN)
        expect(code, 1, "the answer %r" % answer)
        contains(shown, "11.2 credits", "the cost is shown before it asks")
        contains(shown, "nothing was started", "the answer %r" % answer)
    expect(started(), (0, 0), "nothing was started")
    code, shown = at_keyboard("y", *PLAIN)
    expect(code, 0, "the answer y: " + shown)
    expect(started()[0], 1, "the answer y")
    code, shown = at_keyboard("yes", *PLAIN, "--json")
    expect((code, started()[0]), (0, 2), "as JSON it asks, too: " + shown)
    contains(shown, "Model:", "and says what it asks about")


def check_starts():
    control("mapflow", forget=1, credits=2450, finish_after=3, outcome="OK")
    answer = fine_json(*PLAIN, "--yes", "--name", "By hand", "--description", "d", "--project", "urban analysis",
                       "--block", "heights", "--block", "-OSM", "--meta", "job=7", "--zoom", "19")
    check(answer.get("started"), "started: %r" % answer)
    made = get("processings/%s/v2" % answer["id"])
    expect((made["name"], made["description"], made["projectId"]), ("By hand", "d", PROJECT), "what was started")
    expect(made["params"]["sourceParams"]["dataProvider"], {"providerName": "Mapbox", "zoom": 19}, "the source")
    expect({block["name"]: block["enabled"] for block in made["blocks"]},
           {"Heights": True, "OSM": False, "Classification": False}, "the blocks")
    expect((made["meta"]["job"], made["meta"]["source-app"]), ("7", "osmflow"), "the meta")
    contains(fine(*PLAIN, "--yes", "--name", "Told"), "Started:  ", "the id is told")
    before = started()
    fine(*PLAIN, "--max-cost", "12", "--name", "Limited")
    expect(started(), (before[0] + 1, before[1] + 12), "no more is spent than was allowed")


def check_cost_above_limit_with_json():
    control("mapflow", forget=1)
    run = Run(*PLAIN, "--max-cost", "1", "--json")
    expect((run.code, json.loads(run.out)["started"], json.loads(run.out)["cost"]), (1, False, 11.2), "JSON of a refusal")


def check_starts_where_blocks_cost():
    control("mapflow", forget=1)
    run = Run(*PLAIN, "--max-cost", "12", "--block", "Heights")
    expect(run.code, 1, "Heights cost 10 more: " + run.err)
    expect(started(), (0, 0), "nothing was started")


def check_sources():
    control("mapflow", forget=1)
    expect(fine_json("process", "--model", "🏠 Buildings", "--mosaic", "Aerial Survey", "--dry-run")["source"],
           "mosaic " + MOSAIC, "a mosaic by name, its footprint as the area")
    expect(fine_json("process", "--model", "roads", "--image", IMAGE, "--dry-run")["source"], "own image " + IMAGE, "an image")
    expect(fine_json("process", "--model", "roads", *BOX, "--url", "https://t.example.com/{z}/{x}/{y}.png", "--source-type",
                     "xyz", "--login-stdin", "--dry-run", stdin="anna\npa55word\n")["source"], "own XYZ source, zoom 19", "XYZ")
    answer = fine_json("process", "--model", "roads", *BOX, "--url", "https://t.example.com/{z}/{x}/{y}.png", "--source-type",
                       "XYZ", "--zoom", "18", "--yes", MAPFLOW_SOURCE_LOGIN="anna", MAPFLOW_SOURCE_PASSWORD="pa55word")
    sent = get("processings/%s/v2" % answer["id"])["params"]["sourceParams"]["userDefined"]
    expect((sent["sourceType"], sent["zoom"], sent["crs"]), ("XYZ", 18, "EPSG:3857"), "the own source")
    area = area_file()
    answer = fine_json("process", "--model", "buildings", "--aoi", area, "--where", "kind = 'town'", "--provider", "Mapbox",
                       "--dry-run")
    check(1.1 < answer["area_sq_km"] < 1.3, "the overlap counts once: %r" % answer)
    fails(2, "feature 2 of", "process", "--model", "buildings", "--aoi", area, "--provider", "Mapbox", "--dry-run")
    expect(facts()["started"], 1, "only the one that was to be")


def check_wrong_input():
    control("mapflow", forget=1)
    start = ("process", "--yes", "--model", "buildings")
    cases = [
        (2, "the --model is missing", ("process", *BOX, "--provider", "mapbox", "--yes")),
        (2, "there is no model \"mars\"; there is: 🏠 Buildings", ("process", "--model", "mars", *BOX, "--provider", "mapbox", "--yes")),
        (2, "the area is missing", (*start, "--provider", "mapbox")),
        (2, "the imagery is missing", (*start, *BOX)),
        (2, "not both", (*start, *BOX, "--aoi", "x", "--provider", "mapbox")),
        (2, "need an --aoi", (*start, *BOX, "--where", "x", "--provider", "mapbox")),
        (2, "does not go with --provider", (*start, *BOX, "--provider", "mapbox", "--crs", "EPSG:3857")),
        (2, "does not go with --mosaic", (*start, *BOX, "--provider", "mapbox", "--mosaic", MOSAIC)),
        (2, "needs a --source-type", (*start, *BOX, "--url", "https://x")),
        (2, "needs {z}", (*start, *BOX, "--url", "https://x", "--source-type", "XYZ")),
        (2, "needs the --provider", (*start, *BOX, "--catalog-image", "x")),
        (2, "there is: Mapbox", (*start, *BOX, "--provider", "bing")),
        (2, "--zoom x", (*start, *BOX, "--provider", "mapbox", "--zoom", "x")),
        (2, "zoom level 3 does not do", (*start, *BOX, "--provider", "mapbox", "--zoom", "3")),
        (2, "has no block \"Wings\"", (*start, *BOX, "--provider", "mapbox", "--block", "Wings")),
        (2, "there is no project \"Mars\"", (*start, *BOX, "--provider", "mapbox", "--project", "Mars")),
        (1, NOTHING, (*start, *BOX, "--provider", "mapbox", "--project", NOTHING)),
        (2, "km2", (*start, "--bbox", "7,49,8,50", "--provider", "mapbox")),
        (2, "min_lon is larger", (*start, "--bbox", "8,49,7,50", "--provider", "mapbox")),
        (2, "cannot be opened", (*start, "--aoi", "/nowhere.gpkg", "--provider", "mapbox")),
        (2, "KEY=value", (*start, *BOX, "--provider", "mapbox", "--meta", "source-app=mine")),
        (2, "needs an -o", (*start, *BOX, "--provider", "mapbox", "--format", "GPKG")),
        (2, "GDAL has no format \"XYZZY\"", (*start, *BOX, "--provider", "mapbox", "-o", "x.y", "--format", "XYZZY")),
        (2, "does not say which format", (*start, *BOX, "--provider", "mapbox", "-o", "xyzzy")),
        (1, "exists already", (*start, *BOX, "--provider", "mapbox", "-o", area_file())),
        (1, "folder does not exist", (*start, *BOX, "--provider", "mapbox", "-o", "/nowhere/x.gpkg")),
        (2, "--resume goes on", ("process", "--resume", PROCESSING, "--model", "roads")),
        (2, "is not the id", ("process", "--resume", "latest")),
        (1, NOTHING, ("process", "--resume", NOTHING)),
    ]
    for code, part, words in cases:
        fails(code, part, *words)
    expect(started(), (0, 0), "wrong input starts nothing")


def check_lost_answers():
    """The answer to the start is lost once: after the server did it, and before."""
    for drop, posts in (("after", 1), ("before", 2)):
        control("mapflow", forget=1, credits=2450)
        fault(method="POST", drop=drop, path="*/processings/v2", count=1)
        answer = fine_json(*PLAIN, "--yes", "--name", "lost " + drop)
        fault()
        expect(facts()["started"], 1, "started once when the answer is lost " + drop)
        expect(get("processings/%s/v2" % answer["id"])["name"], "lost " + drop, "its id is known")
        check(facts()["requests"]["POST /processings/v2"] <= posts, "no more starts than needed: " + drop)


def check_waiting():
    control("mapflow", forget=1, finish_after=3, outcome="OK")
    run = Run(*PLAIN, "--yes", "--wait", "--json")
    expect((run.code, json.loads(run.out)["status"]), (0, "OK"), "it ends well: " + run.err)
    contains(run.err, "IN_PROGRESS 33 %", "progress on standard error")
    control("mapflow", outcome="FAILED")
    run = Run(*PLAIN, "--yes", "--wait", "--json")
    expect((run.code, json.loads(run.out)["status"]), (1, "FAILED"), "it fails: " + run.err)
    contains(run.err, "0.0054", "and says why")
    control("mapflow", outcome="OK")
    expect(Run("mapflow", "wait", PROCESSING).out, "OK\n", "waiting for what is over")
    fails(2, "not the id", "mapflow", "wait", "3")
    fails(2, "MAPFLOW_POLL", "mapflow", "wait", PROCESSING, MAPFLOW_POLL="0")


def check_interrupt():
    control("mapflow", forget=1, finish_after=100000)
    with subprocess.Popen([places["program"], *PLAIN, "--yes", "--wait"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=environment()) as process:
        seen = b""
        while b"Started" not in seen:
            seen += process.stdout.read1(4096)
        process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    printed.append(("interrupt", (seen + out + err).decode()))
    made = (seen + out).decode().split("Started:")[1].split()[0]
    expect(process.returncode, 1, "Ctrl-C while waiting")
    contains(err.decode(), "goes on", "it goes on")
    contains(err.decode(), "osmflow mapflow wait " + made, "and how to go on with it")
    control("mapflow", finish_after=2)
    expect(Run("process", "--resume", made).code, 0, "and so it does")


def check_output():
    if not has_plugin():
        return skip("the plugin does not read Mapflow, so results cannot be written")
    control("mapflow", forget=1, finish_after=2, outcome="OK")
    path = file_at("out.gpkg")
    run = Run(*PLAIN, "--yes", "--json", "-o", path)
    expect((run.code, json.loads(run.out).get("output")), (0, path), "the result is written: " + run.err)
    made = json.loads(run.out)["id"]
    summary = subprocess.run(["ogrinfo", "-ro", "-so", "-al", path], stdout=subprocess.PIPE, check=True).stdout.decode()
    contains(summary, "class_id", "with its columns")
    for name, extra in (("again.geojson", ()), ("again.fgb", ()), ("again.dat", ("--format", "GeoJSONSeq"))):
        fine_path = file_at(name)
        expect(Run("process", "--resume", made, "-o", fine_path, *extra).code, 0, name)
        check(os.path.getsize(fine_path) > 100, name + " holds something")
    expect(facts()["started"], 1, "writing again starts nothing")
    fault(method="GET", path="*/result", cut=300, count=50)
    broken = file_at("broken.gpkg")
    run = Run("process", "--resume", made, "-o", broken)
    fault()
    expect((run.code, os.path.exists(broken)), (1, False), "a result that is cut off leaves no file: " + run.err)
    contains(run.err, "--resume " + made, "and can be had later")


def check_cost():
    control("mapflow", forget=1)
    options = PLAIN[1:]
    expect(fine("mapflow", "cost", *options), "11.2\n", "the bare number")
    expect(fine_json("mapflow", "cost", *options)["cost"], 11.2, "as JSON")
    control("mapflow", shape="spec")
    plain = ("--model", "buildings", *BOX, "--provider", "Mapbox")
    expect(fine("mapflow", "cost", *plain), "12\n", "in the shape of the spec, too")
    answer = fine_json("process", *plain, "--yes", "--project", PROJECT)
    check(answer.get("started"), "and it starts: %r" % answer)
    fault(method="POST", drop="after", path="*/processings/v2", count=1)
    fine_json("process", *plain, "--yes", "--project", PROJECT, "--name", "spec, lost")
    fault()
    control("mapflow", shape="recorded")
    expect(facts()["started"], 2, "once each")
    check(facts()["requests"].get("POST /processings/v2") <= 2, "with one request each")


def check_other_account():
    run = Run(*PLAIN, "--yes", MAPFLOW_TOKEN="ben@example.com:ben-token")
    expect(run.code, 1, "an account with nothing: " + run.err)
    run = Run(*PLAIN, "--yes", MAPFLOW_TOKEN="anna@example.com:xyzzy")
    expect(run.code, 1, "a wrong token: " + run.err)
    check("xyzzy" not in run.err, "which is not shown")
    fails(1, "osmflow login mapflow", *PLAIN, "--yes", MAPFLOW_TOKEN="")


def check_debug():
    words = ("process", "--model", "roads", *BOX, "--url", "https://anna:pa55word@t.example.com/{z}/{x}/{y}.png",
             "--source-type", "XYZ", "--yes")
    Run(*words, OSMFLOW_DEBUG="YES", CPL_DEBUG="ON", MAPFLOW_SOURCE_LOGIN="anna", MAPFLOW_SOURCE_PASSWORD="pa55word")
    printed[-1] = ("debug", printed[-1][1])


if __name__ == "__main__":
    sys.exit(run_all("process", [function for name, function in list(globals().items())
                                 if name.startswith("check_") and name != "check_no_secret_is_shown"]))
