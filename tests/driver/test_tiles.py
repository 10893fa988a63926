#!/usr/bin/env python3
"""A bbox larger than the server gives at once: cut into tiles, and put together as if it had come in one piece.

usage: test_tiles.py BUILD_DIR
"""
import threading
import time
import urllib.parse
import xml.etree.ElementTree as ElementTree

from support import Checks, Sandbox, folder, layer_of, layers, options, rows, write_town

RAW = ["nodes", "ways", "relations", "members"]
ALL_RAW = "LAYERS=" + ",".join(RAW)
TOWN = (9.49, 47.12, 9.56, 47.18)


def map_of(box):
    return "map?bbox=" + ",".join(map(str, box))


def everything(dataset):
    return {layer.GetName(): sorted(rows(layer)) for layer in layers(dataset)}


def by_element(found):
    """Without the row numbers of the members, which follow the order of their relations."""
    return {name: sorted((row[1:] if name == "members" else row for row in table), key=str)
            for name, table in found.items()}


def in_box(path, box):
    """What the API documents: the nodes inside; ways with one of them, with all their nodes; the relations of all these."""
    root = ElementTree.parse(path).getroot()
    nodes = {int(node.get("id")): (float(node.get("lon")), float(node.get("lat"))) for node in root.iter("node")}
    ways = {int(way.get("id")): [int(nd.get("ref")) for nd in way.iter("nd")] for way in root.iter("way")}
    west, south, east, north = box
    inside = {key for key, (lon, lat) in nodes.items() if west <= lon <= east and south <= lat <= north}
    near = {key for key, refs in ways.items() if inside.intersection(refs)}
    known = {"node": inside.union(*(ways[key] for key in near)), "way": near}
    direct, members = set(), {}
    for relation in root.iter("relation"):
        key = int(relation.get("id"))
        members[key] = [(member.get("type"), int(member.get("ref"))) for member in relation.iter("member")]
        if any(ref in known.get(kind, ()) for kind, ref in members[key]):
            direct.add(key)
    parents = {key for key, listed in members.items() if any(kind == "relation" and ref in direct for kind, ref in listed)}
    return known["node"], near, direct | parents


def ids_of(found):
    return tuple({fields["osm_id"] for _, fields, _ in found[name]} for name in RAW[:3])


def boxes_asked(sandbox):
    """The boxes of map calls with their status, in the order of the answers."""
    asked = []
    for line in sandbox.answers("/map?"):
        words = line.split()
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(words[3]).query)
        asked.append((tuple(map(float, query["bbox"][0].split(","))), int(words[4])))
    return asked


def area(box):
    return (box[2] - box[0]) * (box[3] - box[1])


def compare(checks, sandbox, box, whole, what, *settings):
    sandbox.forget_requests()
    dataset = sandbox.open(map_of(box), ALL_RAW, *settings)
    found = everything(dataset)
    for name, table in found.items():
        keys = [fid for fid, *_ in table]
        checks.equal(len(set(keys)), len(keys), f"{what} {name}: each once")
    expected, got = by_element(whole), by_element(found)
    for name in expected:
        checks.that(got[name] == expected[name], f"{what} {name}: {len(got[name])} as in one piece {len(expected[name])}")
    return boxes_asked(sandbox)


def tiles(town, whole, scale_box):
    def test(checks):
        with Sandbox("--load", town) as sandbox:
            for limit, least in (0.0021, 2), (0.0005, 9), (0.0001, 42):
                sandbox.limits(limit_area=limit)
                box = (scale_box[0], scale_box[1], scale_box[2] + limit / 1e3, scale_box[3])
                asked = compare(checks, sandbox, box, whole, f"area limit {limit}")
                # A bbox below the usual limit is tried as it is; the refusal tells the server's own.
                good = [tile for tile, status in asked if status == 200]
                checks.that(least <= len(good) <= 2 * least + 2 and len(asked) <= len(good) + 1,
                            f"area limit {limit}: {len(good)} tiles, {len(asked)} requests")
                checks.that(all(area(tile) <= limit for tile in good), f"area limit {limit}: no tile is larger")
                covered = sum(map(area, good))
                checks.that(abs(covered - area(box)) < 1e-9, f"area limit {limit}: the tiles cover the box once")
                stats = sandbox.stats()
                checks.that(1 <= stats["most_in_flight"] <= 2, f"area limit {limit}: {stats}")
            sandbox.limits(limit_area=0.25)
            for limit in 1000, 400, 100:
                sandbox.limits(limit_nodes=limit)
                box = (scale_box[0], scale_box[1], scale_box[2] + limit / 1e7, scale_box[3])
                asked = compare(checks, sandbox, box, whole, f"{limit} nodes at most")
                good = [tile for tile, status in asked if status == 200]
                refused = [tile for tile, status in asked if status == 400]
                checks.equal(len(good), 3 * len(refused) + 1, f"{limit} nodes: what is refused is cut into four")
                checks.that(abs(sum(map(area, good)) - area(box)) < 1e-9, f"{limit} nodes: the tiles cover the box once")
                checks.that(sandbox.stats()["most_in_flight"] <= 2, f"{limit} nodes: two at a time")
            sandbox.limits(limit_nodes=400)
            box = (scale_box[0], scale_box[1], scale_box[2] + 7e-6, scale_box[3])
            compare(checks, sandbox, box, whole, "one at a time", "PARALLEL=1")
            checks.equal(sandbox.stats()["most_in_flight"], 1, "PARALLEL=1")
    return test


def large_box(town, whole_world):
    """Above the usual limit the capabilities are asked for, and the tiles are of that size at once."""
    def test(checks):
        with Sandbox("--load", town) as sandbox:
            asked = compare(checks, sandbox, (8, 46.5, 10, 48), whole_world, "3 square degrees")
            checks.that(12 <= len(asked) <= 20 and {status for _, status in asked} == {200}, f"{len(asked)} tiles")
            checks.equal(len(sandbox.requests("/capabilities")), 1, "the limit was asked for once")
            checks.that(all(area(tile) <= 0.25 for tile, _ in asked), "no tile is larger than that")
            layer = layer_of(sandbox.open("map?bbox=-180,-90,180,90"))
            checks.raises(lambda: layer.GetNextFeature(), ["64800", "0.25", "requests", "extract"], "the whole world")
            sandbox.fault(path="*/map", status=500, skip=5, count=-1)
            broken = sandbox.open("map?bbox=8,46.5,10,48.01", ALL_RAW, "MAX_WAIT=0")
            for layer in layers(broken):
                checks.raises(lambda: layer.GetNextFeature(), ["500"], f"a tile that fails: {layer.GetName()} has nothing")
            sandbox.end_faults()
            sandbox.fault(path="*/map", cut=200, skip=2, count=2)
            found = everything(sandbox.open("map?bbox=8,46.5,10,48.02", ALL_RAW))
            checks.that(by_element(found) == by_element(whole_world), "tiles that came on the second try")
            sandbox.end_faults()
            sandbox.forget_requests()
            sandbox.fault(path="*/map", status=509, retry_after=1, skip=3, count=1)
            found = everything(sandbox.open("map?bbox=8,46.5,10,48.03", ALL_RAW))
            checks.that(by_element(found) == by_element(whole_world), "a pause that the server asked for")
    return test


def nothing_left(checks):
    """So many nodes at one place that no cut helps."""
    with folder() as place, Sandbox("--limit-nodes", 10) as sandbox:
        changes = "".join(f'<node id="-{i}" changeset="C" lat="1" lon="2"/>' for i in range(1, 12))
        sandbox.upload(f"<create>{changes}</create>")
        layer = layer_of(sandbox.open("map?bbox=1.99,0.99,2.01,1.01"))
        checks.raises(lambda: layer.GetNextFeature(), ["too many nodes", "metre"], "eleven nodes at one place")
        checks.that(len(sandbox.requests("/map")) < 150, f"{len(sandbox.requests('/map'))} requests until then")
        del place


class WhenRefused(threading.Thread):
    """Does something as soon as the sandbox has sent a request away with 503."""

    def __init__(self, sandbox, deed):
        super().__init__()
        self.sandbox, self.deed, self.done = sandbox, deed, False

    def run(self):
        limit = time.monotonic() + 20
        while not any(line.split()[4] == "503" for line in self.sandbox.call("GET", "/sandbox/log").decode().splitlines()):
            if time.monotonic() > limit:
                return
            time.sleep(0.01)
        self.deed()
        self.done = True


def newest_version(checks):
    """A way that is in both tiles changes between the two answers; the second request is sent away for a second."""
    with Sandbox("--limit-area", 1) as sandbox:
        made, _ = sandbox.upload("""<create><node id="-1" changeset="C" lat="1" lon="1"/>
            <node id="-2" changeset="C" lat="1" lon="2"/><way id="-1" changeset="C"><nd ref="-1"/><nd ref="-2"/>
            <tag k="n" v="1"/></way></create>""")
        west, east, way = made["node", -1], made["node", -2], made["way", -1]
        for version, parallel, order in (1, 1, "the later answer is newer"), (2, 2, "the later answer is older"):
            sandbox.forget_requests()
            sandbox.fault(path="*bbox=1.5*", status=503, retry_after=1, count=1)
            if parallel == 2:  # the first tile is on its way before the change, and arrives after the second
                sandbox.fault(path="*bbox=0.5*", rate=300, count=1)
            change = WhenRefused(sandbox, lambda: sandbox.upload(
                f"""<modify><way id="{way}" version="{version}" changeset="C"><nd ref="{west}"/><nd ref="{east}"/>
                <tag k="n" v="{version + 1}"/></way></modify>"""))
            change.start()
            table = rows(sandbox.layer(f"map?bbox=0.5,0.5,2.5,{1.4 + version / 100}", "ways", "LAYERS=ways",
                                       f"PARALLEL={parallel}"))
            change.join()
            checks.that(change.done, f"{order}: the way was changed in between")
            answered = [tile[0] for tile, status in boxes_asked(sandbox) if status == 200]
            checks.equal(answered, [0.5, 1.5] if parallel == 1 else [1.5, 0.5], f"{order}: order of the answers")
            checks.equal([(fields["osm_id"], fields["osm_version"], fields["tags"]) for _, fields, _ in table],
                         [(way, version + 1, f'{{"n":"{version + 1}"}}')], f"{order}: the newest version, once")


def main():
    checks = Checks("tiles")
    with folder() as place, options(GDAL_HTTP_TIMEOUT="30"):
        town = write_town(place / "town.osm", "--scale", 4)
        with Sandbox("--load", town, "--limit-area", 70000, "--limit-nodes", 1000000) as sandbox:
            one_piece = everything(sandbox.open(map_of(TOWN), ALL_RAW))
            checks.equal(sandbox.stats()["requests"], 1 + len(sandbox.requests("/capabilities")), "one request")
            around = everything(sandbox.open(map_of((8, 46.5, 10, 48)), ALL_RAW))
        checks.equal(ids_of(one_piece), in_box(town, TOWN), "one piece holds what the map call's definition says")
        checks.run(tiles(town, one_piece, TOWN), large_box(town, around), nothing_left, newest_version)
    checks.close()


main()
