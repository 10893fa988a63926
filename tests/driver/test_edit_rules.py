#!/usr/bin/env python3
"""The rules of edits one by one: shared nodes, holes, areas, nodes that are there, long ways, columns, refusals.

usage: test_edit_rules.py BUILD_DIR
"""
import json
import math

from edit_bench import Bench, canonical, element_of, insert_vertex, leaves, middle, move_vertex, with_leaves
from osm_state import DEGREE, apply_change, difference, explain, read_change
from support import ROOT, Checks, features, folder, ogr, write_town

EMPTY = (95_240_000, 471_350_000)  # nothing is there


def town(directory, *options):
    return Bench(write_town(directory / "town.osm"), directory, *options)


def feature_of(bench, name, kind, number):
    for feature in features(bench.layer(name)):
        if element_of(bench.before, name, feature).key == (kind, number):
            return feature
    raise LookupError(f"{name} has no {kind} {number}")


def named(bench, name, text):
    return next(feature for feature in features(bench.layer(name)) if feature.GetField("name") == text)


def writer(bench, target, feature, geometry=None, **fields):
    changed = feature.Clone()
    for key, value in fields.items():
        changed[key] = value
    if geometry:
        changed.SetGeometry(geometry)
    return lambda: bench.layer(target).SetFeature(changed)


def coordinates(places):
    return ", ".join(f"{lon / DEGREE:.7f} {lat / DEGREE:.7f}" for lon, lat in places)


def line(places):
    return f"LINESTRING ({coordinates(places)})"


def polygon(*rings):
    return "POLYGON (" + ", ".join(f"({coordinates(ring + ring[:1])})" for ring in rings) + ")"


def box(lon, lat, size):
    return [(lon, lat), (lon + size, lat), (lon + size, lat + size), (lon, lat + size)]


def create(bench, target, wkt, **fields):
    layer = bench.layer(target)
    feature = ogr.Feature(layer.GetLayerDefn())
    for key, value in fields.items():
        feature[key] = value
    feature.SetGeometry(ogr.CreateGeometryFromWkt(wkt))
    return layer.CreateFeature(feature)


# Shared nodes ------------------------------------------------------------------------------------------------------

def crossing(bench):
    """A node without tags where two streets meet that no relation uses, and one of them with its place in it."""
    for element in bench.before.items.values():
        users = sorted(bench.before.users[element.key])
        if element.kind == "node" and not element.tags and len(users) == 2 and \
                all(kind == "way" and "highway" in bench.before.get(kind, way).tags and
                    not bench.before.users[kind, way] for kind, way in users):
            refs = bench.before.get(*users[0]).refs
            return element, users[0][1], refs.index(element.id)
    raise LookupError("no crossing")


def street_at_a_crossing(checks, bench, mode):
    node, way, index = crossing(bench)
    feature = feature_of(bench, "lines", "way", way)
    new = node.place[0] + 11, node.place[1] + 13
    geometry = with_leaves(feature.GetGeometryRef(),
                           [move_vertex(leaves(feature.GetGeometryRef())[0], index, new, False)])

    def split(meant):
        refs = list(meant.get("way", way).refs)
        refs[index] = meant.create("node", {}, place=new)
        meant.set_refs(("way", way), refs)
    edit = writer(bench, "lines", feature, geometry)
    if mode == "REFUSE":
        checks.raises(lambda: bench.trial(edit), [f"lines, feature {way}", f"node {node.id}", "SHARED_NODES"], mode)
    else:
        bench.expect(checks, f"a street leaves a crossing, {mode}", edit,
                     split if mode == "SPLIT" else lambda meant: meant.move(node.id, new))


def door_in_a_wall(checks, bench, mode):
    door = next(element for element in bench.before.items.values() if "entrance" in element.tags)
    feature = feature_of(bench, "points", "node", door.id)
    new = door.place[0] + 11, door.place[1] + 13

    def split(meant):
        meant.set_tags(door.key, {})
        meant.create("node", door.tags, place=new)
    edit = writer(bench, "points", feature, with_leaves(feature.GetGeometryRef(), [[new]]))
    if mode == "REFUSE":
        checks.raises(lambda: bench.trial(edit), [f"points, feature {door.id}", "SHARED_NODES"], f"a door, {mode}")
    else:
        bench.expect(checks, f"a door leaves its wall, {mode}", edit,
                     split if mode == "SPLIT" else lambda meant: meant.move(door.id, new))


def corner_of_a_boundary(checks, bench, mode):
    """Two member ways meet in a node that a way of another relation uses, too."""
    half = next(element for element in bench.before.items.values() if element.tags.get("name") == "Musterstadt west")
    own = [ref for _, ref, _ in half.refs]
    ends = [ref for way in own for ref in (bench.before.get("way", way).refs[0], bench.before.get("way", way).refs[-1])]
    node = next(end for end in ends if bench.before.users_of("node", end) - {("way", way) for way in own})
    users = sorted(way for way in own if node in bench.before.get("way", way).refs)
    place = bench.before.get("node", node).place
    new = place[0] + 11, place[1] - 13
    feature = feature_of(bench, "multipolygons", "relation", half.id)
    lists = [[new if at == place else at for at in ring] for ring in leaves(feature.GetGeometryRef())]

    def split(meant):
        made = meant.create("node", {}, place=new)
        for way in users:
            meant.set_refs(("way", way), [made if ref == node else ref for ref in meant.get("way", way).refs])
    edit = writer(bench, "multipolygons", feature, with_leaves(feature.GetGeometryRef(), lists))
    checks.equal(len(users), 2, "two ways meet there")
    if mode == "REFUSE":
        checks.raises(lambda: bench.trial(edit), ["multipolygons, feature", f"node {node}", "SHARED_NODES"], mode)
    else:
        bench.expect(checks, f"a corner of a boundary, {mode}", edit,
                     split if mode == "SPLIT" else lambda meant: meant.move(node, new))


def shared_nodes(checks):
    with folder() as directory:
        for mode in "MOVE", "SPLIT", "REFUSE":
            bench = town(directory, f"SHARED_NODES={mode}")
            street_at_a_crossing(checks, bench, mode)
            door_in_a_wall(checks, bench, mode)
            corner_of_a_boundary(checks, bench, mode)


# Areas -------------------------------------------------------------------------------------------------------------

def with_hole(feature):
    ring = leaves(feature.GetGeometryRef())[0]
    lon, lat = (sum(place[i] for place in ring[:-1]) // (len(ring) - 1) for i in (0, 1))
    hole = box(lon - 30, lat - 30, 60)
    return hole, ogr.CreateGeometryFromWkt(polygon(ring[:-1], hole))


def hole_makes_a_relation(checks):
    with folder() as directory:
        bench = town(directory)
        house = next(feature for feature in features(bench.layer("multipolygons")) if feature.GetField("building") ==
                     "house" and feature.GetField("osm_way_id"))
        for feature in house, named(bench, "multipolygons", "Marktplatz"):
            way = element_of(bench.before, "multipolygons", feature)
            hole, geometry = with_hole(feature)

            def mean(meant):
                inner = [meant.create("node", {}, place=place) for place in hole]
                ring = meant.create("way", {}, inner + inner[:1])
                tags = {key: value for key, value in way.tags.items() if key != "area"}
                meant.create("relation", {**tags, "type": "multipolygon"},
                             [("way", way.id, "outer"), ("way", ring, "inner")])
                meant.set_tags(way.key, {})
            bench.expect(checks, f"a hole in way {way.id}", writer(bench, "multipolygons", feature, geometry), mean)

            def hole_and_back():
                layer = bench.layer("multipolygons")
                writer(bench, "multipolygons", feature, geometry)()
                made = layer.GetFeature(feature.GetFID())
                checks.that(made and made.GetField("osm_id") and canonical(made.GetGeometryRef()) ==
                            [canonical(geometry)], f"way {way.id} is a relation under the same feature id")
                layer.DeleteFeature(feature.GetFID())

            def gone(meant):
                meant.forget(way.key)
                meant.drop_nodes(way.refs)
            bench.expect(checks, f"way {way.id} with a hole is deleted", hole_and_back, gone)


def area_tag_only_where_needed(checks):
    cases = [({"building": "yes"}, None, {"building": "yes"}), ({"landuse": "grass"}, None, {"landuse": "grass"}),
             ({}, '"highway"=>"pedestrian"', {"highway": "pedestrian", "area": "yes"}),
             ({}, '"highway"=>"platform"', {"highway": "platform"}),
             ({"name": "Platz"}, None, {"name": "Platz", "area": "yes"}),
             ({"building": "yes"}, '"area"=>"no"', {"building": "yes", "area": "yes"}),
             ({"building": "yes", "type": "multipolygon"}, None, {"building": "yes"})]
    with folder() as directory:
        bench = town(directory)
        for columns, others, tags in cases:
            def mean(meant):
                nodes = meant.nodes_for(box(*EMPTY, 3000))
                meant.create("way", tags, nodes + nodes[:1])
            bench.expect(checks, f"a polygon of {columns} {others}",
                         lambda: create(bench, "multipolygons", polygon(box(*EMPTY, 3000)), other_tags=others,
                                        **columns), mean)
        shed = next(feature for feature in features(bench.layer("multipolygons")) if feature.GetField("building") ==
                    "shed")
        way = element_of(bench.before, "multipolygons", shed)
        rest = {key: value for key, value in way.tags.items() if key != "building"}
        bench.expect(checks, "it is no building any more", writer(bench, "multipolygons", shed, building=None),
                     lambda meant: meant.set_tags(way.key, {**rest, "area": "yes"}))


def polygons_become_what_osm_has(checks):
    lon, lat = EMPTY
    with folder() as directory:
        bench = town(directory)

        def with_holes(meant):
            ways = []
            for ring in box(lon, lat, 3000), box(lon + 500, lat + 500, 500), box(lon + 1500, lat + 1500, 500):
                nodes = meant.nodes_for(ring)
                ways.append(meant.create("way", {}, nodes + nodes[:1]))
            meant.create("relation", {"type": "multipolygon", "natural": "water"},
                         [("way", ways[0], "outer"), ("way", ways[1], "inner"), ("way", ways[2], "inner")])
        bench.expect(checks, "a lake with two islands", lambda: create(
            bench, "multipolygons", polygon(box(lon, lat, 3000), box(lon + 500, lat + 500, 500),
                                            box(lon + 1500, lat + 1500, 500)), natural="water"), with_holes)
        house = next(feature for feature in features(bench.layer("multipolygons")) if feature.GetField("building") ==
                     "garage")
        way = element_of(bench.before, "multipolygons", house)
        ring = leaves(house.GetGeometryRef())[0][:-1]
        around = box(ring[0][0] - 9000, ring[0][1] - 9000, 18_000)

        def yard(meant):
            nodes = meant.nodes_for(around)
            outer = meant.create("way", {}, nodes + nodes[:1])
            meant.create("relation", {"type": "multipolygon", "landuse": "farmyard"},
                         [("way", outer, "outer"), ("way", way.id, "inner")])
        bench.expect(checks, "a yard around a house uses the way of the house", lambda: create(
            bench, "multipolygons", polygon(around, ring), landuse="farmyard"), yard)


# Nodes that are there ----------------------------------------------------------------------------------------------

def coincident_vertices(checks):
    lon, lat = EMPTY
    with folder() as directory:
        bench = town(directory)
        node, _, _ = crossing(bench)
        first, second = [node.place, (lon, lat), (lon + 500, lat)], [(lon + 500, lat), (lon + 900, lat + 900)]

        def two_lines(meant):
            one = meant.nodes_for(first)
            meant.create("way", {"highway": "path"}, one)
            meant.create("way", {"highway": "track"}, meant.nodes_for(second))
            assert one[0] == node.id and len(meant.nodes_at[lon + 500, lat]) == 1
        bench.expect(checks, "two lines meet, one at a crossing", lambda: (
            create(bench, "lines", line(first), highway="path"), create(bench, "lines", line(second), highway="track")),
            two_lines)

        def closed(meant):
            nodes = meant.nodes_for(box(lon, lat, 800))
            meant.create("way", {"barrier": "fence"}, nodes + nodes[:1])
        ring = box(lon, lat, 800)
        bench.expect(checks, "a closed line with a vertex twice in a row", lambda: create(
            bench, "lines", line(ring[:2] + ring[1:] + ring[:1]), barrier="fence"), closed)
        shared = box(lon, lat, 800), box(lon + 800, lat, 800)

        def neighbours(meant):
            for places in shared:
                nodes = meant.nodes_for(places)
                meant.create("way", {"building": "house"}, nodes + nodes[:1])
        bench.expect(checks, "two houses share a wall", lambda: [
            create(bench, "multipolygons", polygon(places), building="house") for places in shared], neighbours)
        bench.expect(checks, "a point on a node of a way", lambda: create(
            bench, "points", f"POINT ({coordinates([node.place])})", highway="crossing"),
            lambda meant: meant.set_tags(node.key, {"highway": "crossing"}))
        tagged = next(element for element in bench.before.items.values() if element.tags.get("amenity") == "bench")
        bench.expect(checks, "a point on another one", lambda: create(
            bench, "points", f"POINT ({coordinates([tagged.place])})", man_made="mast"),
            lambda meant: meant.create("node", {"man_made": "mast"}, place=tagged.place))


def too_many_nodes(checks):
    lon, lat = EMPTY
    count = 4500
    places = [(lon + i, lat + round(900 * math.sin(i / 40))) for i in range(count)]
    round_ = [(lon + round(40_000 * math.cos(2 * math.pi * i / count)),
               lat + round(40_000 * math.sin(2 * math.pi * i / count))) for i in range(count)]

    def cut(meant, nodes, tags):
        ends = [(len(nodes) - 1) * i // 3 for i in range(4)]
        return [meant.create("way", tags, nodes[ends[i]:ends[i + 1] + 1]) for i in range(3)]

    def area(meant):
        nodes = meant.nodes_for(round_)
        ways = cut(meant, nodes + nodes[:1], {})
        meant.create("relation", {"type": "multipolygon", "landuse": "forest"}, [("way", way, "outer") for way in ways])
    with folder() as directory:
        bench = town(directory)
        bench.expect(checks, "a line of 4500 vertices", lambda: create(bench, "lines", line(places), highway="path"),
                     lambda meant: cut(meant, meant.nodes_for(places), {"highway": "path"}))
        bench.expect(checks, "a polygon of 4500 vertices", lambda: create(
            bench, "multipolygons", polygon(round_), landuse="forest"), area)
        full = named(bench, "lines", "Zweitausend Knoten")
        way, path = element_of(bench.before, "lines", full), leaves(full.GetGeometryRef())[0]
        new = middle(path[700], path[701])

        def one_more(meant):
            refs = list(way.refs[:701]) + [meant.create("node", {}, place=new)] + list(way.refs[701:])
            meant.set_refs(way.key, refs[:1001])
            meant.create("way", way.tags, refs[1000:])
        bench.expect(checks, "a vertex more than a way may have", writer(
            bench, "lines", full, with_leaves(full.GetGeometryRef(), [insert_vertex(path, 700, new)])), one_more)


# Columns -----------------------------------------------------------------------------------------------------------

def keys_under_other_names(checks):
    with folder() as directory:
        rules = (ROOT / "data" / "osmconf.ini").read_text()
        (directory / "rules.ini").write_text(rules.replace("=name,type,aeroway", "=name,addr:street,type,aeroway"))
        for option, column in ((f"CONFIG_FILE={directory / 'rules.ini'}", "addr_street"),
                               ("COLUMNS=addr:street", "addr:street")):
            bench = town(directory, option)
            house = next(feature for feature in features(bench.layer("multipolygons")) if feature.GetField(column))
            way = element_of(bench.before, "multipolygons", house)
            rest = {key: value for key, value in way.tags.items() if key != "addr:street"}
            for value in "Neue Gasse", None, "":
                tags = {**rest, "addr:street": value} if value else rest
                bench.expect(checks, f"{column} is {value!r}", writer(bench, "multipolygons", house, **{column: value}),
                             lambda meant: meant.set_tags(way.key, tags))


def columns_that_are_added(checks):
    with folder() as directory:
        bench = town(directory)
        layer = bench.layer("lines")
        layer.CreateField(ogr.FieldDefn("surface", ogr.OFTString))
        layer.CreateField(ogr.FieldDefn("lanes", ogr.OFTInteger))
        layer.CreateField(ogr.FieldDefn("width", ogr.OFTReal))
        street = next(features(layer))
        way = element_of(bench.before, "lines", street)
        more = {**way.tags, "surface": "asphalt", "lanes": "2", "width": "3.5"}
        bench.expect(checks, "new columns are tags", writer(bench, "lines", street, surface="asphalt", lanes=2,
                                                            width=3.5), lambda meant: meant.set_tags(way.key, more))
        written = street.Clone()
        bench.expect(checks, "and not set says nothing", lambda: layer.SetFeature(written), lambda meant: None)


def keys_no_column_shows(checks):
    """created_by, source, note, fixme, area: they are on elements that get a name in test_edit_counts.py as well."""
    with folder() as directory:
        bench = town(directory)
        hidden = {"created_by", "converted_by", "source", "time", "ele", "note", "todo", "fixme", "FIXME", "area"}
        found = set()
        for name in "points", "lines", "multipolygons":
            for feature in features(bench.layer(name)):
                element = element_of(bench.before, name, feature)
                if not hidden & element.tags.keys():
                    continue
                found |= hidden & element.tags.keys()
                bench.expect(checks, f"{element.kind} {element.id}", writer(bench, name, feature, barrier="gate"),
                             lambda meant: meant.set_tags(element.key, {**element.tags, "barrier": "gate"}))
        checks.that(found >= {"note", "area", "ele"}, f"there are hidden keys in the town: {found}")


def what_cannot_be(checks):
    lon, lat = EMPTY
    with folder() as directory:
        bench = town(directory)
        point, street = next(features(bench.layer("points"))), next(features(bench.layer("lines")))
        fid = f"points, feature {point.GetFID()}"
        away, long, short = map(ogr.CreateGeometryFromWkt, ("POINT (200 0)", line([EMPTY, (lon + 9, lat)]),
                                                            line([EMPTY, EMPTY])))
        cases = [(writer(bench, "points", point, osm_id="5"), [fid, "osm_id"], "another id"),
                 (writer(bench, "points", point, osm_version=99), [fid, "osm_version"], "another version"),
                 (writer(bench, "points", point, name="x" * 256), [fid, "255"], "256 characters"),
                 (writer(bench, "points", point, other_tags="nonsense"), [fid], "no hstore"),
                 (writer(bench, "points", point, away), [fid, "200"], "no place"),
                 (writer(bench, "points", point, long), [fid], "a line"),
                 (writer(bench, "lines", street, short), ["lines, feature"], "a line of one place"),
                 (lambda: create(bench, "multipolygons", polygon([(lon, lat), (lon + 9, lat + 9), (lon + 9, lat),
                                                                  (lon, lat + 9)])),
                  ["multipolygons, new feature", "not valid"], "a bow tie"),
                 (lambda: create(bench, "points", f"POINT ({coordinates([EMPTY])})", osm_id="1001"),
                  ["points, new feature", "on the map already"], "a known id"),
                 (lambda: bench.layer("points").DeleteFeature(777_777_777), ["777777777"], "an unknown feature")]
        for edit, words, what in cases:
            checks.raises(lambda: bench.trial(edit), words, what)
            bench.expect(checks, f"{what}: and nothing was changed", lambda: None, lambda meant: None)


# Feature ids -------------------------------------------------------------------------------------------------------

NUMBERS = """<osm version="0.6">
<node id="1" version="1" lat="1" lon="1"/><node id="2" version="1" lat="1" lon="1.1"/>
<node id="3" version="1" lat="1.1" lon="1.1"/><node id="4" version="1" lat="1.1" lon="1"/>
<node id="10" version="1" lat="2" lon="2"><tag k="amenity" v="bench"/></node>
<node id="11" version="1" lat="2.1" lon="2"/>
<way id="5" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/>
<tag k="building" v="yes"/></way>
<way id="6" version="1"><nd ref="10"/><nd ref="11"/><tag k="highway" v="path"/></way>
</osm>"""


def feature_ids_stay(checks):
    """Node 10 and the area of way 5 have the same number in their layers; nothing that is taken back leaves a trace."""
    with folder() as directory:
        (directory / "numbers.osm").write_text(NUMBERS)
        bench = Bench(directory / "numbers.osm", directory, "SHARED_NODES=SPLIT")
        points, lines, areas = map(bench.layer, ("points", "lines", "multipolygons"))
        writer(bench, "points", points.GetFeature(10), ogr.CreateGeometryFromWkt("POINT (3 3)"))()
        checks.equal(areas.GetFeature(10).GetField("osm_way_id"), "5", "a point that got another node is no area")
        bench.dataset.ExecuteSQL("ROLLBACK")
        writer(bench, "lines", lines.GetFeature(6), name="before")()
        pending = bench.changes()
        _, geometry = with_hole(areas.GetFeature(10))
        checks.equal(read_change(bench.trial(writer(bench, "multipolygons", areas.GetFeature(10), geometry)))[-1][0],
                     "modify", "a hole in a transaction")
        checks.equal(areas.GetFeature(10).GetField("osm_way_id"), "5", "the area that lost its hole by a rollback")
        checks.equal(bench.changes(), pending, "what was edited before the transaction is left")
        made = []
        for _ in range(2):
            create(bench, "points", "POINT (4 4)", name="new")
            made += [feature.GetFID() for feature in features(points) if feature.GetField("name") == "new"]
            bench.dataset.ExecuteSQL("ROLLBACK")
        checks.equal(len(set(made)), 2, "no feature id is given twice")


# Several edits of one feature --------------------------------------------------------------------------------------

def read_again_between_edits(checks):
    """What the user gives is compared with what he read, which may be what other edits made of it."""
    with folder() as directory:
        bench = town(directory, "LAYERS=nodes,ways")
        lines, ways = bench.layer("lines"), bench.layer("ways")
        way = element_of(bench.before, "lines", named(bench, "lines", "Laufbahn"))

        def turn_and_name():
            raw = ways.GetFeature(way.id)
            raw["nodes"] = json.dumps(way.refs[::-1])
            ways.SetFeature(raw)
            writer(bench, "lines", lines.GetFeature(way.id), name="turned")()

        def turned(meant):
            meant.set_tags(way.key, {**way.tags, "name": "turned"})
            meant.set_refs(way.key, way.refs[::-1])
        bench.expect(checks, "a way that was turned gets a name", turn_and_name, turned)
        door = next(element for element in bench.before.items.values() if "entrance" in element.tags)
        house = bench.before.get(*sorted(bench.before.users_of("node", door.id, ("way",)))[0])
        moved = door.place[0], door.place[1] - 900
        new = middle(bench.before.path(house.id)[0], moved)

        def move_door_and_insert():
            point = bench.layer("points").GetFeature(door.id)
            writer(bench, "points", point, with_leaves(point.GetGeometryRef(), [[moved]]))()
            area = bench.layer("multipolygons").GetFeature(2 * house.id)
            ring = insert_vertex(leaves(area.GetGeometryRef())[0], 0, new)[:-1]
            ring = (ring[3:] + ring[:3])[::-1]
            writer(bench, "multipolygons", area, with_leaves(area.GetGeometryRef(), [ring + ring[:1]]))()

        def inserted(meant):
            meant.move(door.id, moved)
            meant.set_refs(house.key, house.refs[:1] + (meant.create("node", {}, place=new),) + house.refs[1:])
        bench.expect(checks, "a vertex beside a door that has moved", move_door_and_insert, inserted)


def edits_around_a_rollback(checks):
    with folder() as directory:
        bench = town(directory)
        streets = [feature for feature in features(bench.layer("lines")) if feature.GetField("highway")][:2]
        places = [leaves(street.GetGeometryRef())[0] for street in streets]
        nodes = [element_of(bench.before, "lines", street).refs[1] for street in streets]

        def move(i, by):
            there = places[i][1][0] + by, places[i][1][1] + by
            shape = with_leaves(streets[i].GetGeometryRef(), [move_vertex(places[i], 1, there, False)])
            return there, writer(bench, "lines", streets[i], shape)
        first, edit = move(0, 7)
        edit()
        bench.trial(lambda: [move(i, 20)[1]() for i in range(2)])
        second, edit = move(1, 9)
        edit()
        meant = bench.before.fork()
        meant.move(nodes[0], first)
        meant.move(nodes[1], second)
        expected = difference(bench.before, meant)
        _, got, wrong = apply_change(bench.before, bench.changes())
        bench.dataset.ExecuteSQL("ROLLBACK")
        checks.that(not wrong and got == expected, f"around a rollback: {wrong}\n{explain(got, expected)}")


checks = Checks("edit_rules")
checks.run(shared_nodes, hole_makes_a_relation, area_tag_only_where_needed, polygons_become_what_osm_has,
           coincident_vertices, too_many_nodes, keys_under_other_names, columns_that_are_added, keys_no_column_shows,
           what_cannot_be, feature_ids_stay,
           read_again_between_edits, edits_around_a_rollback)
checks.close()
