#!/usr/bin/env python3
"""Somebody else edits a tenth of what is being edited: what goes together is joined, what collides is told of, and the
rest arrives.

usage: test_conflicts.py BUILD_DIR
"""
import contextlib
import csv
import json
import pathlib
import threading
import time

from support import Checks, by_id, features, folder, gdal, layer_of, ogr
from write_support import CORNER, DEGREE, edit, grid, seeded, state, written

TREES, ROWS = 200, 10
CHECKED = '"checked"=>"yes"'
LONELY = tuple((CORNER[0] + 500_000 + 1000 * i, CORNER[1] + 300_000) for i in range(3)), {"highway": "track"}
ELSEWHERE = 70  # 1e-7 degrees


class Case:
    """A server with streets and trees that alice has opened for edits, and that bob edits meanwhile."""

    def __init__(self, path, *more, limits=()):
        self.path, self.more, self.limits = path, more, limits

    def __enter__(self):
        self.sandbox = seeded(self.path, grid(ROWS, TREES) + [LONELY], *self.limits)
        self.before = state(self.sandbox)
        self.trees = sorted(number for number, node in self.before.nodes.items() if node.tags)
        self.ways = sorted(self.before.ways)
        self.dataset = edit(self.sandbox.url, self.path / "journals", *self.more)
        self.points, self.lines = (layer_of(self.dataset, name) for name in ("points", "lines"))
        return self

    def __exit__(self, *_):
        self.dataset = self.points = self.lines = None
        self.sandbox.__exit__()

    def after(self):
        return state(self.sandbox)

    def feature(self, number):
        return self.points.GetFeature(number)

    def check_all(self):
        """Alice's edits: a tag for every tree and every street."""
        for layer, numbers in (self.points, self.trees), (self.lines, self.ways):
            for number in numbers:
                feature = layer.GetFeature(number)
                there = feature.GetField("other_tags")
                feature.SetField("other_tags", f"{there},{CHECKED}" if there else CHECKED)
                layer.SetFeature(feature)

    def move(self, number, by=ELSEWHERE):
        feature = self.feature(number)
        point = feature.GetGeometryRef()
        point.SetPoint_2D(0, point.GetX() + by / DEGREE, point.GetY())
        self.points.SetFeature(feature)

    def insert(self, number, at):
        """A vertex of her own in a street."""
        feature = self.lines.GetFeature(number)
        points = feature.GetGeometryRef().GetPoints()
        points.insert(at, tuple((one + other) / 2 + 3e-5 for one, other in zip(points[at - 1], points[at])))
        line = ogr.Geometry(ogr.wkbLineString)
        for point in points:
            line.AddPoint_2D(*point[:2])
        feature.SetGeometry(line)
        self.lines.SetFeature(feature)

    def node(self, number, place=None, action="modify", **tags):
        """Bob's version of a tree."""
        node = self.before.nodes[number]
        lon, lat = place or node.place
        return (f'<{action}><node id="{number}" version="{node.version}" changeset="C" lon="{lon / DEGREE:.7f}" '
                f'lat="{lat / DEGREE:.7f}">{written({**node.tags, **tags})}</node></{action}>')

    def way(self, number, refs=None, **tags):
        way = self.before.ways[number]
        nodes = "".join(f'<nd ref="{ref}"/>' for ref in refs or way.refs)
        return (f'<modify><way id="{number}" version="{way.version}" changeset="C">{nodes}'
                f'{written({**way.tags, **tags})}</way></modify>')

    def with_new_node(self, number, at, lon, lat):
        """Bob's vertex in a street."""
        refs = list(self.before.ways[number].refs)
        refs.insert(at, -number)
        return (f'<create><node id="-{number}" changeset="C" lon="{lon / DEGREE:.7f}" lat="{lat / DEGREE:.7f}"/></create>'
                + self.way(number, refs))

    def bob(self, *changes):
        made, _ = self.sandbox.upload("".join(changes), "bob-token", comment="bob")
        return made

    def save(self):
        self.dataset.FlushCache()

    def what_goes_together(self):
        """Bob edits a tenth of the trees and two streets without contradicting anybody."""
        t, place = self.trees, self.before.nodes[self.trees[0]].place
        self.bob(*(self.node(number, name="Bob") for number in t[:5]),
                 *(self.node(number, (place[0] + ELSEWHERE * i, place[1] - 5000)) for i, number in enumerate(t[5:10])),
                 *(self.node(number, ref="anew", name="Bob") for number in t[10:15]),
                 *(self.node(number, checked="yes") for number in t[15:20]),
                 self.with_new_node(self.ways[0], 5, CORNER[0] + 13_000, CORNER[1] + 2000),
                 self.way(self.ways[1], surface="gravel"))

    def what_collides(self):
        """The other tenth: the same tags, other places, and deletions. The trees, as they will be named."""
        t = self.trees
        self.bob(*(self.node(number, checked="no") for number in t[20:30]),
                 *(self.node(number, (CORNER[0], CORNER[1] + 1000 * i)) for i, number in enumerate(t[30:35])),
                 *(self.node(number, action="delete") for number in t[35:38]),
                 *(self.node(number, name="Bob") for number in t[38:40]))
        return t[20:40]

    def contradict(self):
        """Alice's part of what will collide."""
        for number in self.trees[30:35]:
            self.move(number)
        for number in self.trees[38:40]:
            self.points.DeleteFeature(number)


@contextlib.contextmanager
def heard():
    """What GDAL warns of, in one text."""
    said = []
    gdal.PushErrorHandler(lambda level, number, message: said.append(message))
    try:
        yield said
    finally:
        gdal.PopErrorHandler()


def shows_the_server(checks, case, what):
    """The layers that are open show what the server has, tag by tag and place by place."""
    there = case.after()
    shown = {int(number): items for number, items in by_id(case.points, "osm_id").items()}
    checks.equal(sorted(shown), sorted(number for number, node in there.nodes.items() if node.tags), f"{what}: trees")
    for number, items in shown.items():
        node, tags = there.nodes[number], items["other_tags"] or ""
        found = (items["name"] == node.tags.get("name"), items["osm_version"] == node.version,
                 ('"checked"=>"%s"' % node.tags.get("checked")) in tags if "checked" in node.tags else CHECKED not in tags,
                 place_of(case.feature(number)) == node.place)
        if not all(found):
            checks.that(False, f"{what}: tree {number} is {node}, shown {items}")
            break
    for feature in features(case.lines):
        way, line = there.ways[feature.GetFID()], feature.GetGeometryRef()
        places = tuple((round(x * DEGREE), round(y * DEGREE)) for x, y, *_ in line.GetPoints())
        if places != there.places(way) or feature["osm_version"] != way.version:
            checks.that(False, f"{what}: way {feature.GetFID()} is {there.places(way)}, shown {places}")
            break


def place_of(feature):
    point = feature.GetGeometryRef()
    return round(point.GetX() * DEGREE), round(point.GetY() * DEGREE)


def check_joined(checks, case, what, new_vertices=1):
    """Both edits of everything in what_goes_together."""
    there, t = case.after(), case.trees
    checks.that(all(there.nodes[number].tags.items() >= {"checked": "yes", "name": "Bob"}.items() and
                    there.nodes[number].version == 3 for number in t[:5]), f"{what}: both tags")
    checks.that(all(there.nodes[number].tags["checked"] == "yes" and
                    there.nodes[number].place != case.before.nodes[number].place for number in t[5:10]),
                f"{what}: her tag, his place")
    checks.that(all(there.nodes[number].tags.items() >= {"checked": "yes", "ref": "anew"}.items() for number in t[10:15]),
                f"{what}: her tag, his other value")
    checks.that(all(there.nodes[number].version == 2 for number in t[15:20]), f"{what}: the same edit is not sent again")
    ways = [there.ways[number] for number in case.ways[:2]]
    checks.that(len(ways[0].refs) == ROWS + new_vertices and ways[0].tags["checked"] == "yes",
                f"{what}: new vertices, and her tag")
    checks.that(ways[1].tags.items() >= {"surface": "gravel", "checked": "yes"}.items(), f"{what}: both tags of a street")


def check_rest(checks, case, what, but):
    """Whatever nobody else touched has her edits."""
    there = case.after()
    left = [number for number in case.trees if number not in but]
    checks.that(all(there.nodes[number].tags.get("checked") == "yes" for number in left), f"{what}: her other trees")
    checks.that(all(way.tags.get("checked") == "yes" for way in there.ways.values()), f"{what}: her streets")


def merge(checks):
    with folder() as path, Case(path, f"REPORT={path}/report.csv") as case:
        case.check_all()
        case.insert(case.ways[0], 2)
        case.what_goes_together()
        case.save()
        check_joined(checks, case, "joined", 2)
        there = case.after()
        refs = there.ways[case.ways[0]].refs
        checks.equal([ref for ref in refs if ref in case.before.nodes], list(case.before.ways[case.ways[0]].refs),
                     "and all that were there, in their order")
        check_rest(checks, case, "joined", [])
        shows_the_server(checks, case, "joined")
        with open(path / "report.csv", newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        outcomes = {(row["type"], int(row["id"])): row["outcome"] for row in rows}
        t = case.trees
        checks.equal({outcomes["node", number] for number in t[:15]}, {"merged"}, "the report: joined")
        checks.equal({outcomes["node", number] for number in t[15:20]}, {"not needed"}, "the report: not needed")
        checks.equal({outcomes["node", number] for number in t[20:]}, {"done"}, "the report: hers alone")
        checks.equal(len(rows), TREES + 2 * ROWS + 2, "the report has a row for each element")
        checks.that(all(row["feature"] == f"points {row['id']}" and int(row["version"]) ==
                        there.nodes[int(row["id"])].version for row in rows if row["type"] == "node" and int(row["id"]) > 0),
                    "the report names features and their versions")


def merge_refuses(checks):
    """Without CONFLICT=SKIP a collision fails the save before anything is sent, and the next save can be right."""
    with folder() as path, Case(path) as case:
        t = case.trees
        case.check_all()
        case.move(t[30])
        case.points.DeleteFeature(t[38])
        place = case.before.nodes[t[30]].place
        case.bob(case.node(t[20], checked="no"), case.node(t[30], (place[0], place[1] + 5000)),
                 case.node(t[35], action="delete"), case.node(t[38], name="Bob"))
        there = case.after()
        words = ["4 of the edits", "CONFLICT=SKIP", "Nothing was sent", ".osc",
                 f'points {t[20]} (node {t[20]}): tag checked: was nothing, you wrote "yes", the server has "no"',
                 f"points {t[30]} (node {t[30]}): position: was 47.12 9.553, you wrote 47.12 9.553007, "
                 "the server has 47.1205 9.553", f"points {t[35]} (node {t[35]}): changed by you, deleted on the server",
                 f"points {t[38]} (node {t[38]}): deleted by you, changed on the server"]
        checks.raises(case.save, words, "CONFLICT=MERGE")
        checks.equal(case.after().nodes, there.nodes, "nothing was sent")
        case.dataset.ExecuteSQL("REFRESH")
        shows_the_server(checks, case, "after a refusal and a refresh")
        case.points.DeleteFeature(t[20])
        case.save()
        checks.that(t[20] not in case.after().nodes, "the next save is one of its own")
        checks.equal({node.version for number, node in case.after().nodes.items() if number in t[50:]}, {1},
                     "and sends nothing of the first")
    with folder() as path, Case(path) as case:
        case.check_all()
        case.contradict()
        case.what_collides()
        checks.raises(case.save, ["20 of the edits", "more\n", "Nothing was sent"], "many collisions are counted")


def fail(checks):
    with folder() as path, Case(path, "CONFLICT=FAIL") as case:
        case.check_all()
        case.bob(case.node(case.trees[3], name="Bob"))
        words = [f"points {case.trees[3]}", "you changed version 1, the server has version 2", '"Bob"', "Nothing was sent"]
        checks.raises(case.save, words, "CONFLICT=FAIL")
        checks.equal({node.version for number, node in case.after().nodes.items() if number != case.trees[3]}, {1},
                     "nothing was sent")


def skip(checks):
    with folder() as path, Case(path, "CONFLICT=SKIP", f"REPORT={path}/report.json") as case:
        case.check_all()
        case.contradict()
        case.what_goes_together()
        left_out = case.what_collides()
        bobs = case.after()
        with heard() as said:
            case.save()
        text = "\n".join(said)
        checks.that("20 of 221 changes were not made" in text and f"node {left_out[0]}" in text, text)
        check_joined(checks, case, "SKIP")
        check_rest(checks, case, "SKIP", left_out)
        there = case.after()
        checks.that(all(there.nodes.get(number) == bobs.nodes.get(number) for number in left_out),
                    "what collides is as the other one left it")
        shows_the_server(checks, case, "SKIP")
        rows = json.loads((path / "report.json").read_text(encoding="utf-8"))
        found = {row["id"]: row for row in rows if row["type"] == "node"}
        checks.equal({found[number]["outcome"] for number in left_out}, {"conflict"}, "the report: what collides")
        checks.equal(found[left_out[0]]["reason"], 'tag checked: was nothing, you wrote "yes", the server has "no"',
                     "the report says why")
        checks.equal({row["outcome"] for row in rows}, {"conflict", "merged", "not needed", "done"}, "the report: all")
        for number in case.trees[20:30]:
            feature = case.feature(number)
            feature.SetField("name", "Alice")
            case.points.SetFeature(feature)
        case.save()
        checks.that(all(case.after().nodes[number].tags.items() >= {"name": "Alice", "checked": "no"}.items()
                        for number in case.trees[20:30]), "what was left out can be edited again as it is now")


def undelete(checks):
    with folder() as path, Case(path, "UNDELETE=YES") as case:
        case.check_all()
        gone = case.trees[:5]
        case.bob(*(case.node(number, action="delete") for number in gone))
        case.save()
        there = case.after()
        checks.that(all(number in there.nodes and there.nodes[number].version == 3 and
                        there.nodes[number].tags == {**case.before.nodes[number].tags, "checked": "yes"} and
                        there.nodes[number].place == case.before.nodes[number].place for number in gone),
                    "what was deleted meanwhile is back, as she changed it")
        check_rest(checks, case, "UNDELETE", [])
        shows_the_server(checks, case, "UNDELETE")


def second_chunk(checks):
    """Bob's edits come between two uploads of one save."""
    with folder() as path, Case(path, "CONFLICT=SKIP", "CHUNK=50", f"REPORT={path}/report.csv") as case:
        case.check_all()
        case.sandbox.fault(path="*/upload", skip=1, delay=3000)
        t, first, failures = case.trees, [], []

        def meanwhile():
            try:
                while not first:
                    time.sleep(0.05)
                    first.extend(number for number, node in case.after().nodes.items() if node.version > 1)
                while case.sandbox.stats()["in_flight"] == 0:
                    time.sleep(0.01)
                late = [number for number in t if number not in first]
                case.bob(*(case.node(number, name="Bob") for number in late[:10]),
                         *(case.node(number, checked="no") for number in late[10:20]),
                         case.node(late[20], action="delete"))
            except Exception as error:  # noqa: BLE001
                failures.append(error)
        thread = threading.Thread(target=meanwhile)
        thread.start()
        with heard() as said:
            case.save()
        thread.join()
        checks.equal(failures, [], "bob's edits")
        late, there = [number for number in t if number not in first], case.after()
        checks.equal(len(first), 50, "the first upload had arrived")
        checks.that(all(there.nodes[number].tags.items() >= {"checked": "yes", "name": "Bob"}.items()
                        for number in late[:10]), "a later upload is joined with what came in between")
        checks.that(all(there.nodes[number].tags["checked"] == "no" for number in late[10:20]) and
                    late[20] not in there.nodes, "what collides stays as it is")
        check_rest(checks, case, "later uploads", late[10:21])
        checks.that(any("11 of 221 changes were not made" in text for text in said), f"told of: {said}")
        checks.that({way.changeset for way in there.ways.values()} == {there.nodes[first[0]].changeset},
                    "one changeset for all")
        shows_the_server(checks, case, "later uploads")


def gone_with_its_nodes(checks):
    """A street that somebody deleted together with its nodes comes back whole, or not at all."""
    with folder() as path, Case(path, "UNDELETE=YES") as case:
        street = max(case.ways)
        case.check_all()
        way = case.before.ways[street]
        case.bob(f'<delete><way id="{street}" version="1" changeset="C"/></delete>',
                 *(case.node(number, action="delete") for number in way.refs))
        try:
            case.save()
            there = case.after()
            checks.that(street in there.ways and there.places(there.ways[street]) == case.before.places(way),
                        "the street is back as it was")
        except RuntimeError as error:
            checks.that(f"way {street}" in str(error) and "Nothing was sent" in str(error), f"the error says so: {error}")
            checks.that(street not in case.after().ways, "nothing of the street is back")


def many(checks):
    """A thousand collisions among ten thousand edits take no time to speak of."""
    with folder() as path, seeded(path, grid(0, 10000)) as sandbox:
        dataset = edit(sandbox.url, path / "journals", "CONFLICT=SKIP", f"REPORT={path}/report.csv")
        layer = layer_of(dataset, "points")
        before = state(sandbox)
        for feature in list(features(layer)):
            feature["name"] = "Alice"
            layer.SetFeature(feature)
        contested = list(before.nodes)[::10]
        changes = []
        for number in contested:
            node = before.nodes[number]
            changes.append(f'<node id="{number}" version="1" changeset="C" lon="{node.place[0] / DEGREE:.7f}" '
                           f'lat="{node.place[1] / DEGREE:.7f}">{written({**node.tags, "name": "Bob"})}</node>')
        sandbox.upload(f"<modify>{''.join(changes)}</modify>", "bob-token", comment="bob")
        start = time.process_time()
        with heard():
            dataset.FlushCache()
        took = time.process_time() - start
        dataset = layer = feature = None
        print(f"saving 10,000 edits with 1000 collisions: {took:.2f} s of processor time")
        names = [node.tags["name"] for node in state(sandbox).nodes.values()]
        checks.equal((names.count("Alice"), names.count("Bob")), (9000, 1000), "a thousand collisions: the rest is saved")
        checks.that(took < 5, f"a thousand collisions take {took:.1f} s")


def main():
    checks = Checks(pathlib.Path(__file__).stem)
    checks.run(merge, merge_refuses, fail, skip, undelete, gone_with_its_nodes, second_chunk, many)
    checks.close()


main()
