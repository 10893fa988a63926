#!/usr/bin/env python3
"""Large saves: as few requests as there can be, little memory, time that grows with the edits and not with their square,
and limits of servers that make several uploads or changesets of one save.

usage: test_write_size.py BUILD_DIR
"""
import pathlib
import re
import resource
import sys
import time
import xml.etree.ElementTree as tree

from support import Checks, Sandbox, features, folder, layer_of, ogr
from write_support import (CORNER, MAP, append, content, edit, grid, measures_memory, run, seeded, state,
                           write_geojson)

MEMORY = 100  # MB
GET, ONCE = "/api/0.6/" + MAP, ["/api/0.6/capabilities", "/api/0.6/permissions"]
TEN = 70, 4960  # 4900 nodes and 140 ways of streets, 4960 trees: 10,000 elements
TWENTY_FIVE = 110, 12680


def asked(sandbox):
    """The requests without the numbers of changesets."""
    return [re.sub(r"changeset/\d+", "changeset", path) for path in sandbox.asked()]


def changesets(count, uploads=1):
    """The requests that make so many changesets."""
    calls = ["create", *["upload"] * uploads, "close"]
    return [f"/api/0.6/changeset/{call}" for call in calls] * count


def changeset(sandbox, number):
    return tree.fromstring(sandbox.call("GET", f"/api/0.6/changeset/{number}")).find("changeset").attrib


def changes(sandbox, count):
    return [int(changeset(sandbox, number)["changes_count"]) for number in range(1, count + 1)]


def check_memory(checks, what, done, start):
    """`start`: MB of the same program before it writes."""
    print(f"{what}: {done.peak:.0f} MB at most, {done.peak - start:.0f} MB more than before; "
          f"{done.cpu:.2f} s of processor time")
    if measures_memory():
        checks.that(done.peak < MEMORY, f"{what}: {done.peak:.0f} MB")


def check_no_journal(checks, path):
    checks.equal([item.name for item in path.iterdir()] if path.exists() else [], [], "no journal is left")


def creates(checks):
    town = grid(*TEN)
    with folder() as path, Sandbox() as sandbox:
        done = append(sandbox, write_geojson(path / "in.json", town), path / "journals")
        checks.equal((done.status, done.output), (0, ""), "10,000 creates")
        checks.equal(asked(sandbox), [GET] + ONCE + changesets(1), "10,000 creates: requests")
        checks.that(state(sandbox).content() == content(town), "10,000 creates: the server has each once")
        check_memory(checks, "10,000 creates", done, run(["ogr2ogr", "--formats"]).peak)
        check_no_journal(checks, path / "journals")
        again = append(sandbox, path / "in.json", path / "journals")
        checks.equal((again.status, again.output), (0, ""), "the same import again")
        checks.equal(len(sandbox.requests("upload")), 1, "the same import again sends nothing")
        checks.that(again.cpu < 5 * done.cpu + 1, f"it takes {again.cpu:.1f} s instead of {done.cpu:.1f} s")


def known(checks):
    """A feature that turns out to be on the map already is that one from then on."""
    with folder() as path, seeded(path, grid(0, 3)) as sandbox:
        dataset = edit(sandbox.url, path)
        layer = layer_of(dataset, "points")
        there = next(features(layer))
        feature = ogr.Feature(layer.GetLayerDefn())
        feature["ref"], feature["other_tags"] = there["ref"], there["other_tags"]
        feature.SetGeometry(there.GetGeometryRef())
        layer.CreateFeature(feature)
        sandbox.forget_requests()
        dataset.FlushCache()
        checks.equal(sandbox.requests(), [], "what is on the map already is not sent")
        checks.equal(layer.GetFeature(feature.GetFID())["osm_id"], there["osm_id"], "and is found by the id it was given")
        checks.equal(layer.GetFeatureCount(), 3, "nothing is there twice")
        dataset = layer = None


def split_into_changesets(checks):
    town = grid(*TWENTY_FIVE)
    with folder() as path, Sandbox() as sandbox:
        done = append(sandbox, write_geojson(path / "in.json", town), path / "journals")
        checks.equal((done.status, done.output), (0, ""), "25,000 creates")
        checks.equal(asked(sandbox), [GET] + ONCE + changesets(3), "25,000 creates: requests")
        checks.equal(changes(sandbox, 3), [10000, 10000, 5000], "25,000 creates: changesets")
        there = state(sandbox)
        checks.that(there.content() == content(town), "25,000 creates: the server has each once")
        used = {there.nodes[ref].changeset for way in there.ways.values() for ref in way.refs}
        checks.that({way.changeset for way in there.ways.values()} == {3} and len(used - {3}) > 0,
                    f"ways use nodes of earlier changesets: {used}")
        check_memory(checks, "25,000 creates", done, run(["ogr2ogr", "--formats"]).peak)
        check_no_journal(checks, path / "journals")


def change_all(sandbox, path):
    """Every tree and street gets a tag, every crossing moves: 10,000 elements. In a process of its own."""
    return run([sys.executable, __file__, sys.argv[1], sandbox.url, path])


def child(url, path):
    """Each feature as QGIS does it: read by its id, written back. Prints the MB it begins with."""
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)
    dataset = edit(url, path)
    points, lines = layer_of(dataset, "points"), layer_of(dataset, "lines")
    numbers = [(layer, [feature.GetFID() for feature in features(layer)]) for layer in (points, lines)]
    dataset.StartTransaction()
    for layer, fids in numbers:
        for fid in fids:
            feature = layer.GetFeature(fid)
            feature.SetField("other_tags", (feature.GetField("other_tags") or '"x"=>"y"') + ',"checked"=>"yes"')
            geometry = feature.GetGeometryRef()
            if layer is lines and feature.GetField("highway") == "residential":
                for i in range(geometry.GetPointCount()):
                    geometry.SetPoint_2D(i, geometry.GetX(i) + 1e-4, geometry.GetY(i))
            layer.SetFeature(feature)
    dataset.CommitTransaction()


def modifies(checks):
    with folder() as path, seeded(path, grid(*TEN)) as sandbox:
        before = state(sandbox)
        sandbox.forget_requests()
        done = change_all(sandbox, path / "journals")
        checks.that(done.status == 0, f"10,000 modifies: {done.output}")
        checks.equal(asked(sandbox), [GET] + ONCE + changesets(1), "10,000 modifies: requests")
        after = state(sandbox)
        checks.equal({item.version for item in [*after.nodes.values(), *after.ways.values()]}, {2}, "each got one version")
        for number, node in before.nodes.items():
            tags = {**node.tags, "checked": "yes"} if node.tags else {}
            place = node.place if node.tags else (node.place[0] + 1000, node.place[1])
            if after.nodes[number][:2] != (place, tags):
                checks.that(False, f"node {number}: {node}, now {after.nodes[number]}")
                break
        checks.that(all(after.ways[number].refs == way.refs and after.ways[number].tags.items() > way.tags.items()
                        for number, way in before.ways.items()), "every way is what it was, and has one tag more")
        check_memory(checks, "10,000 modifies", done, float(done.output or 0))
        check_no_journal(checks, path / "journals")


def seconds(sandbox, path, count):
    """Processor time for so many edits: read, change, write, take back."""
    dataset = edit(sandbox.url, path)
    layer = layer_of(dataset, "points")
    fids = [feature.GetFID() for feature in features(layer)][:count]
    dataset.StartTransaction()
    start = time.process_time()
    for fid in reversed(fids):
        feature = layer.GetFeature(fid)
        feature["name"] = f"Tree {fid}"
        geometry = feature.GetGeometryRef()
        geometry.SetPoint_2D(0, geometry.GetX() + 1e-5, geometry.GetY())
        layer.SetFeature(feature)
    took = time.process_time() - start
    dataset.RollbackTransaction()
    return took


def linear(checks):
    with folder() as path, seeded(path, grid(0, 10000)) as sandbox:
        few, many = (min(seconds(sandbox, path, count) for _ in range(2)) for count in (2000, 10000))
        print(f"an edit of one feature: {few / 2000 * 1e6:.0f} us among 2000, {many / 10000 * 1e6:.0f} us among 10,000")
        checks.that(many < 2 * 5 * few, f"10,000 edits take {many:.2f} s, 2000 take {few:.2f} s")


def chunks(checks):
    some = grid(10, 200)  # 320 elements
    with folder() as path, Sandbox() as sandbox:
        done = append(sandbox, write_geojson(path / "in.json", some), path / "journals", "CHUNK=100")
        checks.equal((done.status, done.output), (0, ""), "CHUNK=100")
        checks.equal(asked(sandbox), [GET] + ONCE + changesets(1, 4), "CHUNK=100: requests")
        checks.equal(changes(sandbox, 1), [320], "CHUNK=100: one changeset")
        checks.that(state(sandbox).content() == content(some), "CHUNK=100: the server has each once")


def limits(checks):
    some = grid(10, 200)
    with folder() as path, Sandbox("--limit-changeset", 150) as sandbox:
        done = append(sandbox, write_geojson(path / "in.json", some), path / "journals")
        checks.equal((done.status, done.output), (0, ""), "150 changes in a changeset")
        checks.equal(asked(sandbox), [GET] + ONCE + changesets(3), "150 changes in a changeset: requests")
        checks.equal(changes(sandbox, 3), [150, 150, 20], "150 changes in a changeset")
        checks.that(state(sandbox).content() == content(some), "150 changes in a changeset: all are there")
    with folder() as path, Sandbox("--limit-payload", 12000) as sandbox:
        done = append(sandbox, write_geojson(path / "in.json", some), path / "journals")
        checks.equal((done.status, done.output), (0, ""), "12,000 bytes in an upload")
        checks.equal(changes(sandbox, 1), [320], "12,000 bytes in an upload: one changeset")
        checks.that(state(sandbox).content() == content(some), "12,000 bytes in an upload: all are there")


def way_nodes(checks):
    line = tuple((CORNER[0] + i * 100, CORNER[1]) for i in range(4500))
    with folder() as path, Sandbox() as sandbox:
        done = append(sandbox, write_geojson(path / "in.json", [(line, {"highway": "path"})]), path / "journals")
        there = state(sandbox)
        checks.equal((done.status, done.output), (0, ""), "a line of 4500 vertices")
        sizes = [len(way.refs) for way in there.ways.values()]
        checks.that(len(sizes) == 3 and max(sizes) <= 2000 and sum(sizes) == 4502, f"it becomes three ways: {sizes}")
        checks.equal(sorted(node.place for node in there.nodes.values()), list(line), "with a node for each vertex")
        places = [there.places(way) for way in there.ways.values()]
        checks.that(all(one[-1] == other[0] for one, other in zip(places, places[1:])), "that hang together")
    with folder() as path, Sandbox("--limit-way-nodes", 20) as sandbox:
        done = append(sandbox, write_geojson(path / "in.json", [(line[:50], {"highway": "path"})]), path / "journals")
        checks.that(done.status != 0 and "20" in done.output and "new feature" in done.output, done.output)
        checks.equal(sandbox.asked("upload"), [], "a way that is too long for the server is not sent")


def too_wide(checks):
    """Villages far from each other, on a server that allows no changeset to reach from one to the next."""
    villages = []
    for east, north in ((0, 0), (5, 1), (8, 7), (2, 6)):
        for i in range(12):
            start = CORNER[0] + east * 90_000 + i * 500, CORNER[1] + north * 90_000
            villages.append((tuple((start[0], start[1] + k * 500) for k in range(4)), {"highway": "track"}))
    with folder() as path, Sandbox("--limit-box", "0.02") as sandbox:
        done = append(sandbox, write_geojson(path / "in.json", villages), path / "journals")
        checks.equal((done.status, done.output), (0, ""), "four villages")
        checks.that(state(sandbox).content() == content(villages), "four villages: all are there")
        used = {way.changeset for way in state(sandbox).ways.values()}
        checks.equal(len(used), 4, "a changeset for each village")
        for number in used:
            box = {name: float(value) for name, value in changeset(sandbox, number).items() if name[3:4] == "_"}
            wide = box["max_lon"] - box["min_lon"] + box["max_lat"] - box["min_lat"]
            checks.that(wide <= 0.02, f"changeset {number} is {wide} degrees wide and high")
        check_no_journal(checks, path / "journals")


def one_tree(dataset):
    layer = layer_of(dataset, "points")
    feature = next(features(layer))
    feature["name"] = "Linde"
    layer.SetFeature(feature)


def rate_limits(checks):
    with folder() as path, seeded(path, grid(0, 3)) as sandbox:
        dataset = edit(sandbox.url, path / "journals", "MAX_WAIT=20")
        sandbox.fault(path="*/upload", status=429, retry_after=2, body="Upload has been blocked")
        one_tree(dataset)
        start = time.monotonic()
        dataset.FlushCache()
        waited = time.monotonic() - start
        checks.that(2 <= waited < 15, f"Retry-After: 2 is waited for, not {waited:.1f} s")
        checks.equal(len(sandbox.requests("upload")), 2, "then it is sent again")
        checks.equal([node.version for node in state(sandbox).nodes.values()], [2, 1, 1], "the edit is there once")
        dataset = None
    with folder() as path, seeded(path, grid(0, 3)) as sandbox:
        dataset = edit(sandbox.url, path / "journals", "MAX_WAIT=2")
        sandbox.fault(path="*/upload", status=429, retry_after=600, body="Upload has been blocked")
        one_tree(dataset)
        start = time.monotonic()
        checks.raises(dataset.FlushCache, ["600 seconds", "OSMAPI_MAX_WAIT", "Upload has been blocked", "Nothing was sent", ".osc"],
                      "Retry-After: 600 is more than MAX_WAIT")
        checks.that(time.monotonic() - start < 2, "that is said at once")
        checks.equal({node.version for node in state(sandbox).nodes.values()}, {1}, "nothing was changed")
        one_tree(dataset)
        dataset.FlushCache()
        checks.equal([node.version for node in state(sandbox).nodes.values()], [2, 1, 1], "saved again, it is there once")
        dataset = None


def main():
    if len(sys.argv) > 2:
        child(sys.argv[2], sys.argv[3])
        return
    checks = Checks(pathlib.Path(__file__).stem)
    checks.run(creates, known, split_into_changesets, modifies, linear, chunks, limits, way_nodes, too_wide, rate_limits)
    checks.close()


main()
