#!/usr/bin/env python3
"""QGIS, without a display, edits OpenStreetMap: what a user does in edit mode, what he sees, what the server has then.

usage: test_qgis_edit.py BUILD_DIR
"""
import functools
import gc
import pathlib
import re
import sys
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from test_qgis import (BBOX, HOME, NAMES, Messages, add_layer, connection, core, drawn_pixels, gdal,  # noqa: E402
                       map_calls, start_rendering)
from support import Checks, Sandbox, folder, options  # noqa: E402

COMMENT = "Survey of the village, checked on foot: 3 = three"
UPLOAD = f"|option:UPLOAD=YES|option:COMMENT={COMMENT}"
OWN_MAP_CALL = "/api/0.6/map?bbox=9.4,47.1,9.6,47.2"
SCREEN = (9.519, 47.139, 9.531, 47.147)
HEAD = 'changeset="1" user="bob" uid="102" timestamp="2020-01-01T00:00:00Z" visible="true"'
# By id: version, east and north in 0.0001 degrees from 9.52, 47.14, tags.
NODES = {1: (3, 0, 0, {"amenity": "bench", "name": "Old bench", "backrest": "yes"}),
         2: (1, 10, 5, {"shop": "bakery", "name": "Korn"}), 3: (1, 20, 5, {"natural": "tree"}),
         101: (1, 0, 20, {}), 102: (1, 10, 20, {}), 103: (2, 20, 20, {}), 104: (1, 20, 30, {}), 105: (1, 20, 40, {}),
         201: (1, 30, 0, {}), 202: (1, 40, 0, {}), 203: (1, 40, 10, {}), 204: (1, 30, 10, {}), 205: (1, 50, 0, {}),
         206: (1, 50, 10, {}), 221: (1, 60, 0, {}), 222: (1, 90, 0, {}), 223: (1, 90, 30, {}), 224: (1, 60, 30, {}),
         231: (1, 70, 10, {}), 232: (1, 80, 10, {}), 233: (1, 80, 20, {}), 234: (1, 70, 20, {})}
WAYS = {10: (4, [101, 102, 103], {"highway": "residential", "name": "Dorfstrasse", "surface": "asphalt"}),
        11: (1, [103, 104, 105], {"highway": "footway"}),
        20: (2, [201, 202, 203, 204, 201], {"building": "house", "roof:shape": "gabled"}),
        21: (1, [202, 205, 206, 203, 202], {"building": "garage"}),
        22: (1, [221, 222, 223, 224, 221], {}), 23: (1, [231, 232, 233, 234, 231], {})}
RELATIONS = {30: (2, [("way", 22, "outer"), ("way", 23, "inner")], {"type": "multipolygon", "landuse": "forest"}),
             31: (1, [("way", 10, ""), ("way", 11, "")], {"type": "route", "route": "hiking", "name": "Village walk"}),
             32: (5, [("way", 10, "from"), ("node", 103, "via"), ("way", 11, "to")],
                  {"type": "restriction", "restriction": "no_left_turn"})}


def place(east, north):
    return round(9.52 + east / 10000, 7), round(47.14 + north / 10000, 7)


def write_village(path):
    """A village small enough to know every element of it."""
    lines = ['<osm version="0.6" generator="test">']

    def write(kind, number, version, attributes, children, tags):
        children += "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
        lines.append(f'<{kind} id="{number}" version="{version}" {HEAD}{attributes}>{children}</{kind}>')

    for number, (version, east, north, tags) in NODES.items():
        lon, lat = place(east, north)
        write("node", number, version, f' lon="{lon:.7f}" lat="{lat:.7f}"', "", tags)
    for number, (version, refs, tags) in WAYS.items():
        write("way", number, version, "", "".join(f'<nd ref="{ref}"/>' for ref in refs), tags)
    for number, (version, members, tags) in RELATIONS.items():
        write("relation", number, version, "",
              "".join(f'<member type="{kind}" ref="{ref}" role="{role}"/>' for kind, ref, role in members), tags)
    path.write_text("\n".join([*lines, "</osm>"]))
    return path


class Element:
    """An element as the server has it."""

    def __init__(self, node):
        self.kind, self.id, self.version = node.tag, int(node.get("id")), int(node.get("version"))
        self.changeset = int(node.get("changeset"))
        self.place = (float(node.get("lon")), float(node.get("lat"))) if node.get("lon") else None
        self.tags = {tag.get("k"): tag.get("v") for tag in node.findall("tag")}
        self.refs = [int(ref.get("ref")) for ref in node.findall("nd")]
        self.members = [(member.get("type"), int(member.get("ref")), member.get("role"))
                        for member in node.findall("member")]


class Village(Sandbox):
    """A sandbox with the village, and GDAL's options that lead there."""

    def __init__(self, *arguments, **more):
        path = pathlib.Path(HOME.name) / "village.osm"
        super().__init__("--load", path if path.exists() else write_village(path), *arguments)
        self.options = options(**{"OSMAPI_URL": self.url, "OSMAPI_TOKEN": "alice-token", **more})
        self.options.__enter__()

    def __exit__(self, *arguments):
        gc.collect()
        self.options.__exit__(*arguments)
        super().__exit__(*arguments)

    def element(self, kind, number):
        """None: it was deleted."""
        answer = self.call("GET", f"/api/0.6/{kind}s?{kind}s={number}").decode()
        element = Element(next(iter(xml.etree.ElementTree.fromstring(answer))))
        return element if 'visible="false"' not in answer else None

    def elements(self, kind, tag):
        """All elements that are there and have a tag, by a call that is not counted as QGIS's."""
        document = xml.etree.ElementTree.fromstring(self.call("GET", OWN_MAP_CALL))
        return [element for element in map(Element, document.findall(kind)) if tag in element.tags.items()]

    def changesets(self):
        """Those of the token's user, the oldest first: (id, is open, changes, tags)."""
        document = xml.etree.ElementTree.fromstring(self.call("GET", "/api/0.6/changesets?user=101"))
        found = [(int(one.get("id")), one.get("open") == "true", int(one.get("changes_count")),
                  {tag.get("k"): tag.get("v") for tag in one.findall("tag")}) for one in document]
        return sorted(found, key=lambda changeset: changeset[0])


def qgis_map_calls(village):
    return map_calls(village) - len(village.requests(OWN_MAP_CALL))


def in_village(**more):
    """For a test in a village of its own: its layers are gone before the village is."""
    def decorate(test):
        @functools.wraps(test)
        def run(checks):
            with Village(**more) as village:
                test(checks, village)
        return run
    return decorate


def editable(*names, more=UPLOAD):
    return [add_layer(name, options=more) for name in names]


def by(layer, field, value):
    """The one feature whose field has a value; None: there is none."""
    found = [feature for feature in layer.getFeatures() if feature[field] == value]
    return found[0] if len(found) == 1 else None


def fid(layer, number):
    """The feature id of an element."""
    fields = [name for name in ("osm_id", "osm_way_id") if layer.fields().lookupField(name) >= 0]
    return next(f.id() for f in layer.getFeatures() if str(number) in [str(f[name]) for name in fields])


def geometry(wkt):
    return core.QgsGeometry.fromWkt(wkt)


def point(east, north):
    return geometry("POINT(%.7f %.7f)" % place(east, north))


def ring(*corners):
    return "(%s)" % ", ".join("%.7f %.7f" % place(*corner) for corner in [*corners, corners[0]])


def vertex(layer, number, place_in_shape):
    found = next(layer.getFeatures(core.QgsFeatureRequest(number))).geometry().vertexAt(place_in_shape)
    return round(found.x(), 7), round(found.y(), 7)


def set_value(layer, number, **values):
    for name, value in values.items():
        if not layer.changeAttributeValue(number, layer.fields().lookupField(name), value):
            raise RuntimeError(f"QGIS does not take {name}={value} for feature {number} of {layer.name()}")


def new_feature(layer, shape, **values):
    feature = core.QgsFeature(layer.fields())
    for name, value in values.items():
        feature[name] = value
    feature.setGeometry(shape)
    return feature


def save(checks, layer, what, goes_on=True):
    good = layer.commitChanges(not goes_on)
    return checks.that(good, f"{what}: {layer.name()} is saved: {layer.commitErrors()}")


def refuses(checks, layer, words, what):
    """A save that must fail; its sentences."""
    good, text = layer.commitChanges(False), "\n".join(layer.commitErrors())
    missing = [word for word in words if word not in text]
    checks.that(not good, f"{what}: it is not saved")
    checks.that(not missing and "-token" not in text, f"{what}: {missing} is not in [{text}]")
    checks.that(layer.isEditable(), f"{what}: the layer stays in edit mode")
    return text


@in_village()
def four_steps(checks, village):
    """One save of everything at once: what gdal.md calls the four steps, all in one changeset."""
    (points,) = editable("points")
    bench, bakery, tree = (fid(points, number) for number in (1, 2, 3))
    abilities = points.dataProvider().capabilities()
    for name in ("AddFeatures", "DeleteFeatures", "ChangeAttributeValues", "ChangeGeometries"):
        checks.that(abilities & getattr(core.QgsVectorDataProvider, name), f"QGIS offers {name}")
    checks.that(points.startEditing(), "editing starts")
    set_value(points, bench, name="New bench")
    set_value(points, bakery, name="Korn & Co.")
    points.changeGeometry(bakery, point(12, 6))
    points.deleteFeature(tree)
    added = [new_feature(points, point(30 + i, 30), name=f"Pump {i}", man_made="water_well") for i in range(2)]
    checks.that(points.addFeatures(added), "features are added")
    checks.equal(village.requests("PUT") + village.requests("POST"), [], "nothing is sent before saving")
    save(checks, points, "all at once")
    checks.equal(points.isModified(), False, "nothing is left to save")
    node = village.element("node", 1)
    checks.equal((node.version, node.tags), (4, {"amenity": "bench", "name": "New bench", "backrest": "yes"}),
                 "a changed tag, and the one that no column shows")
    node = village.element("node", 2)
    checks.equal((node.version, node.tags["name"], node.place), (3, "Korn & Co.", place(12, 6)),
                 "step 1 and step 2 both change it")
    checks.equal(village.element("node", 3), None, "the tree is gone")
    wells = village.elements("node", ("man_made", "water_well"))
    checks.equal(sorted((node.tags["name"], node.version) for node in wells), [("Pump 0", 1), ("Pump 1", 1)],
                 "what was added")
    save_again(checks, village, points, bench)
    made = village.changesets()
    checks.equal(len(made), 1, "changesets of two saves")
    checks.equal((made[0][1], made[0][3]["comment"]), (True, COMMENT), "it is open, with its comment")
    checks.that(made[0][3]["created_by"].startswith("osmflow"), "made by us")
    del points
    gc.collect()
    checks.equal([changeset[1] for changeset in village.changesets()], [False], "removing the layer closes it")
    checks.equal(len(village.requests("PUT /api/0.6/changeset/create")), 1, "it was made once")


def save_again(checks, village, points, bench):
    """What was new is a feature like others at once, with ids that stay."""
    ids = [feature.id() for feature in points.getFeatures()]
    checks.that(len(set(ids)) == len(ids) and min(ids) >= 0, f"ids are unique and not negative: {ids}")
    pump, other = by(points, "name", "Pump 0"), by(points, "name", "Pump 1")
    checks.that(pump["osm_version"] == 1 and int(pump["osm_id"]) > 0, "the real id and version are shown")
    set_value(points, pump.id(), name="Pump zero")
    points.changeGeometry(pump.id(), point(33, 33))
    points.deleteFeature(other.id())
    set_value(points, bench, name="Newest bench")
    save(checks, points, "again")
    wells = village.elements("node", ("man_made", "water_well"))
    checks.equal([(node.id, node.tags["name"], node.place, node.version) for node in wells],
                 [(int(pump["osm_id"]), "Pump zero", place(33, 33), 3)], "the new one was changed, the other is gone")
    checks.equal(village.element("node", 1).version, 5, "a third version")
    checks.equal(by(points, "name", "Pump zero").id(), pump.id(), "its id in QGIS is the same")
    checks.equal(sorted(feature.id() for feature in points.getFeatures()), sorted(set(ids) - {other.id()}),
                 "the ids of all the others, too")
    checks.equal(by(points, "name", "Newest bench").id(), bench, "and that of the bench")


@in_village()
def all_layers(checks, village):
    """Five layers of one connection: loaded, drawn, edited and saved with one download and one changeset."""
    layers = editable(*NAMES)
    checks.that(drawn_pixels(start_rendering(layers, SCREEN)) > 100, "five layers are drawn")
    checks.equal([layer.startEditing() for layer in layers], [True] * 5, "all five can be edited")
    points, lines, routes, areas, others = layers
    number = dict(bench=fid(points, 1), street=fid(lines, 10), path=fid(lines, 11), route=fid(routes, 31),
                  house=fid(areas, 20), garage=fid(areas, 21), ban=fid(others, 32))
    set_value(points, number["bench"], name="Bench of the five layers")
    lines.moveVertex(*place(22, 20), number["street"], 2)  # node 103, which the path uses, too
    set_value(lines, number["street"], name="Hauptstrasse")
    set_value(routes, number["route"], name="Long village walk")
    areas.moveVertex(*place(40, 12), number["garage"], 3)  # node 203, a corner of the house
    set_value(others, number["ban"], other_tags='"restriction"=>"no_right_turn"')
    lines.addFeatures([new_feature(lines, geometry("LINESTRING(%.7f %.7f, %.7f %.7f)" % (*place(0, 20), *place(0, 1))),
                                   highway="track")])
    areas.addFeatures([new_feature(areas, geometry(f"MULTIPOLYGON(({ring((0, 50), (10, 50), (10, 60))}))"),
                                   landuse="meadow")])
    for layer in layers:
        save(checks, layer, "one after the other")
    checks.equal(village.element("node", 103).place, place(22, 20), "the shared node moved")
    checks.equal((village.element("way", 10).version, village.element("way", 11).version), (5, 1),
                 "the way with a new name has a new version, the other one does not need one")
    checks.equal(village.element("way", 10).tags, {**WAYS[10][2], "name": "Hauptstrasse"}, "its tags")
    checks.equal(village.element("relation", 31).tags["name"], "Long village walk", "the route")
    checks.equal(village.element("relation", 32).tags["restriction"], "no_right_turn", "the restriction")
    checks.equal(village.element("relation", 32).members, RELATIONS[32][1], "members are as they were")
    (track,), (meadow,) = village.elements("way", ("highway", "track")), village.elements("way", ("landuse", "meadow"))
    checks.equal((track.refs[0], len(track.refs)), (101, 2), "the track begins at the street's node")
    checks.equal((meadow.refs[0] == meadow.refs[-1], len(meadow.refs)), (True, 4), "a ring is a closed way")
    checks.equal((len(village.changesets()), qgis_map_calls(village)), (1, 1), "changesets, map calls")
    checks.equal(vertex(lines, number["path"], 0), place(22, 20), "the path follows the street in its own layer")
    checks.equal(vertex(areas, number["house"], 2), place(40, 12), "the house follows the garage")
    route = next(routes.getFeatures(core.QgsFeatureRequest(number["route"])))
    checks.that(route.geometry().intersects(point(22, 20).buffer(1e-6, 4)), "the route follows in another layer")
    checks.that(drawn_pixels(start_rendering(layers, SCREEN)) > 100, "five layers are drawn again")
    save_each_again(checks, village, layers, number)
    for layer in layers:
        layer.commitChanges()
    del layers, layer, points, lines, routes, areas, others
    gc.collect()
    checks.equal([changeset[1] for changeset in village.changesets()], [False], "one changeset, closed at the end")
    checks.equal(qgis_map_calls(village), 1, "nothing was downloaded for that")


def save_each_again(checks, village, layers, number):
    points, lines, routes, areas, others = layers
    set_value(points, number["bench"], other_tags='"backrest"=>"yes"')
    set_value(lines, number["street"], name=None)
    set_value(lines, by(lines, "highway", "track").id(), name="Neuer Weg")
    set_value(areas, by(areas, "landuse", "meadow").id(), name="Au")
    areas.moveVertex(*place(40, 14), number["house"], 2)
    routes.deleteFeature(number["route"])
    others.deleteFeature(number["ban"])
    for layer in layers:
        save(checks, layer, "a second time")
    checks.equal(village.element("node", 1).tags, {"name": "Bench of the five layers", "backrest": "yes"}, "a tag less")
    checks.equal(village.element("way", 10).tags, {"highway": "residential", "surface": "asphalt"}, "no name")
    checks.equal([way.version for way in village.elements("way", ("name", "Neuer Weg"))], [2], "the new way")
    checks.equal([way.version for way in village.elements("way", ("name", "Au"))], [2], "the new area")
    checks.equal(village.element("node", 203).place, place(40, 14), "the shared corner moved again")
    checks.equal(vertex(areas, number["garage"], 3), place(40, 14), "and the garage shows it")
    checks.equal((village.element("relation", 31), village.element("relation", 32)), (None, None), "deleted relations")
    checks.equal((village.element("way", 10).id, village.element("node", 103).id), (10, 103), "their members are there")
    checks.equal([layer.featureCount() for layer in (routes, others)], [0, 0], "nothing is left in their layers")


@in_village()
def areas_with_holes(checks, village):
    (areas,) = editable("multipolygons")
    house, garage, forest = (fid(areas, number) for number in (20, 21, 30))
    areas.startEditing()
    checks.equal(areas.addRing([core.QgsPointXY(*place(*corner)) for corner in
                                [(33, 3), (37, 3), (37, 7), (33, 7), (33, 3)]])[0],
                 core.Qgis.GeometryOperationResult.Success, "the tool 'Add Ring' takes a ring")
    save(checks, areas, "a hole")
    (relation,) = [found for found in village.elements("relation", ("type", "multipolygon")) if found.id != 30]
    checks.equal([(kind, role) for kind, _, role in relation.members], [("way", "outer"), ("way", "inner")],
                 "the house is a relation now")
    checks.equal(relation.members[0][1], 20, "its outer way is the old one")
    checks.equal(relation.tags.get("building"), "house", "with the tags of the house")
    feature = next(areas.getFeatures(core.QgsFeatureRequest(house)))
    checks.equal((feature["building"], len(feature.geometry().asMultiPolygon()[0])), ("house", 2),
                 "it is the same feature, with two rings")
    set_value(areas, house, name="House with a yard")
    areas.moveVertex(*place(38, 8), house, feature.geometry().closestVertex(core.QgsPointXY(*place(37, 7)))[1])
    areas.deleteFeature(garage)
    set_value(areas, forest, name="Tann")
    save(checks, areas, "the house again, the garage goes")
    (relation,) = village.elements("relation", ("name", "House with a yard"))
    inner = village.element("way", relation.members[1][1])
    places = [village.element("node", ref).place for ref in inner.refs]
    checks.that(place(38, 8) in places and place(37, 7) not in places, "a vertex of the hole moved")
    checks.equal((village.element("way", 21), village.element("node", 205)), (None, None), "the garage and its node")
    checks.equal(village.element("node", 203).version, 1, "a node that the house shares stays as it is")
    checks.equal(village.element("relation", 30).tags["name"], "Tann", "the forest")
    areas.deleteFeature(house)
    save(checks, areas, "the house goes, too")
    checks.equal((village.element("way", 20), village.element("relation", relation.id)), (None, None), "all of it")
    checks.equal(len(village.changesets()), 1, "changesets")


@in_village()
def file_of_changes(checks, village):
    """OSC=: nothing is sent, the file holds the whole change after each save."""
    with folder() as place_of_file:
        path = place_of_file / "village.osc"
        points, lines = editable("points", "lines", more=f"|option:OSC={path}")
        bench, street = fid(points, 1), fid(lines, 10)
        points.startEditing()
        set_value(points, bench, name="New bench")
        points.addFeatures([new_feature(points, point(5, 5), man_made="water_well")])
        save(checks, points, "to a file")
        actions = changes_of(path)
        checks.equal(sorted((action, kind) for action, kind, _ in actions), [("create", "node"), ("modify", "node")],
                     "two changes")
        checks.equal({action: one.version for action, _, one in actions}["modify"], 3, "the version that it changes")
        lines.startEditing()
        set_value(lines, street, name="Hauptstrasse")
        save(checks, lines, "the other layer")
        set_value(points, bench, name="Newer bench")
        well = by(points, "man_made", "water_well")
        checks.that(well and well.id() > 0, "what is new can be seen")
        set_value(points, well.id(), name="Well")
        save(checks, points, "the first layer again")
        actions = changes_of(path)
        checks.equal(sorted((action, kind, one.tags.get("name")) for action, kind, one in actions),
                     [("create", "node", "Well"), ("modify", "node", "Newer bench"), ("modify", "way", "Hauptstrasse")],
                     "one change per element, as it is now")
        checks.equal(by(points, "name", "Well").id(), well.id(), "its id stays")
        points.deleteFeature(well.id())
        set_value(points, bench, name="Old bench")
        save(checks, points, "back to where it began")
        checks.equal([(action, kind, one.id) for action, kind, one in changes_of(path)], [("modify", "way", 10)],
                     "what cancels out is not in the file")
        checks.that(not village.requests("PUT") and not village.requests("POST"), "nothing was sent")
        checks.equal(qgis_map_calls(village), 1, "map calls")


def changes_of(path):
    document = xml.etree.ElementTree.parse(path).getroot()
    return [(block.tag, node.tag, Element(dict_node(node))) for block in document for node in block]


def dict_node(node):
    """Elements in a file have no changeset."""
    node.set("changeset", node.get("changeset", "0"))
    node.set("version", node.get("version", "0"))
    return node


@in_village(OSMAPI_MAX_WAIT="0")
def server_away(checks, village):
    """The network is gone while the user saves, and comes back."""
    points, lines = editable("points", "lines")
    bench, street = fid(points, 1), fid(lines, 10)
    points.startEditing()
    lines.startEditing()
    set_value(points, bench, name="New bench")
    points.addFeatures([new_feature(points, point(5, 5), man_made="water_well")])
    set_value(lines, street, name="Hauptstrasse")
    village.fault(path="*", drop="before", count=-1)
    kept_change(checks, refuses(checks, points, ["127.0.0.1"], "no network"), "New bench")
    checks.that(by(points, "name", "New bench") and by(points, "man_made", "water_well"), "the edits are still shown")
    refuses(checks, lines, ["127.0.0.1"], "no network")
    village.end_faults()
    village.fault(path="/api/0.6/changeset/*/upload", status=503, body="Database offline for maintenance", count=-1)
    kept_change(checks, refuses(checks, points, ["Database offline for maintenance"], "maintenance"), "New bench")
    village.end_faults()
    save(checks, points, "the server is back")
    save(checks, lines, "the server is back")
    checks.equal((village.element("node", 1).version, village.element("way", 10).version), (4, 5), "once each")
    checks.equal(len(village.elements("node", ("man_made", "water_well"))), 1, "one well")
    well = by(points, "man_made", "water_well")
    set_value(points, well.id(), name="Well")
    save(checks, points, "afterwards")
    checks.equal([node.version for node in village.elements("node", ("name", "Well"))], [2], "the well can be edited")


def kept_change(checks, text, words):
    """The osmChange file that an error names."""
    paths = re.findall(r"/[^ ,;:'\"\n]*\.osc", text)
    checks.that(paths and words in pathlib.Path(paths[0]).read_text(), f"a file with the edits is named: [{text}]")


def lost_answers(checks):
    """What was sent did arrive, but nobody said so."""
    for fault in ("/api/0.6/changeset/*/upload", "/api/0.6/changeset/create"):
        for stays_away in (False, True):
            with Village(OSMAPI_MAX_WAIT="0") as village:
                lost_answer(checks, village, fault, stays_away)


def lost_answer(checks, village, path, stays_away):
    what = f"{path}, network {'stays away' if stays_away else 'is back at once'}"
    (points,) = editable("points")
    bench, tree = fid(points, 1), fid(points, 3)
    points.startEditing()
    set_value(points, bench, name="New bench")
    points.deleteFeature(tree)
    points.addFeatures([new_feature(points, point(5, 5), man_made="water_well")])
    if stays_away:
        village.fault(path=path, drop="after")
        village.fault(path="*", drop="before", count=-1, skip=3 if path.endswith("create") else 4)
        refuses(checks, points, ["127.0.0.1"], what)
        village.end_faults()
    else:
        village.fault(path=path, drop="after")
    save(checks, points, what)
    checks.equal(points.isModified(), False, f"{what}: nothing is left")
    checks.equal((village.element("node", 1).version, village.element("node", 3)), (4, None), f"{what}: once each")
    wells = village.elements("node", ("man_made", "water_well"))
    checks.equal([node.version for node in wells], [1], f"{what}: one well")
    checks.equal(points.featureCount(), 3, f"{what}: features")
    set_value(points, by(points, "man_made", "water_well").id(), name="Well")
    set_value(points, bench, name="Newer bench")
    save(checks, points, f"{what}: again")
    checks.equal([node.version for node in village.elements("node", ("name", "Well"))], [2], f"{what}: the well")
    checks.equal(village.element("node", 1).version, 5, f"{what}: the bench")
    points.commitChanges()
    del points
    gc.collect()
    checks.that(not any(is_open and changes for _, is_open, changes, _ in village.changesets()),
                f"{what}: what is in use is closed")


@in_village()
def conflicts(checks, village):
    """Somebody else saves in between: what does not collide is joined, what does is said."""
    points, lines = editable("points", "lines")
    bench, street = fid(points, 1), fid(lines, 10)
    points.startEditing()
    lines.startEditing()
    village.upload('<modify><node id="1" version="3" changeset="C" lat="47.1403" lon="9.52">'
                   '<tag k="name" v="Old bench"/><tag k="amenity" v="bench"/>'
                   '<tag k="backrest" v="no"/></node></modify>',
                   "bob-token")
    set_value(points, bench, name="New bench")
    save(checks, points, "joined with another's edit")
    node = village.element("node", 1)
    checks.equal((node.version, node.tags, node.place),
                 (5, {"amenity": "bench", "name": "New bench", "backrest": "no"}, (9.52, 47.1403)), "both edits")
    feature = by(points, "name", "New bench")
    checks.that(feature and '"backrest"=>"no"' in feature["other_tags"] and feature["osm_version"] == 5,
                "the user sees the other's edit")
    village.upload('<modify><way id="10" version="4" changeset="C"><nd ref="101"/><nd ref="102"/><nd ref="103"/>'
                   '<tag k="highway" v="residential"/><tag k="name" v="Bobs Strasse"/></way></modify>', "bob-token")
    set_value(lines, street, name="Hauptstrasse")
    text = refuses(checks, lines, ["Bobs Strasse", "Hauptstrasse", "name"], "a collision")
    kept_change(checks, text, "Hauptstrasse")
    checks.equal(village.element("way", 10).tags["name"], "Bobs Strasse", "the other's edit stays")
    set_value(lines, street, name="Bobs Strasse")
    save(checks, lines, "the user agrees with the other")
    checks.equal(by(lines, "name", "Bobs Strasse").id(), street, "and sees it")
    deleted_by_others(checks, village, points)


def deleted_by_others(checks, village, points):
    tree = fid(points, 3)
    village.upload('<delete><node id="3" version="1" changeset="C" lat="47.1405" lon="9.522"/></delete>', "bob-token")
    set_value(points, tree, name="Linde")
    refuses(checks, points, ["node 3", "deleted"], "an edit of what is deleted")
    points.rollBack(False)
    points.deleteFeature(tree)
    save(checks, points, "deleting what is deleted")
    checks.that(tree not in [feature.id() for feature in points.getFeatures()], "the tree is gone")


@in_village()
def refusals(checks, village):
    """What cannot be saved is said in a sentence, and nothing of it is sent."""
    points, lines, areas = editable("points", "lines", "multipolygons")
    bench, street, house = fid(points, 1), fid(lines, 10), fid(areas, 20)
    cases = [(points, bench, dict(name="x" * 256), None, ["points", str(bench), "255"]),
             (points, bench, dict(osm_version=7), None, ["osm_version"]),
             (points, bench, {}, geometry("POINT(9.9 47.14)"), ["bbox"]),
             (lines, street, None, None, ["way 10", "relation 31"]),
             (lines, street, dict(other_tags="no tags"), None, ["lines", "no tags"]),
             (areas, house, {}, geometry(f"MULTIPOLYGON(({ring((0, 0), (9, 9), (9, 0), (0, 9))}))"),
              ["not valid", "9.5204500"])]
    for layer, number, values, shape, words in cases:
        layer.startEditing()
        if values is None:
            layer.deleteFeature(number)
        else:
            set_value(layer, number, **values)
        if shape:
            layer.changeGeometry(number, shape)
        refuses(checks, layer, words, f"{values or words}")
        layer.rollBack()
    checks.that(not village.requests("upload"), "nothing was uploaded")
    set_value_and_save(checks, village, points, bench)


def set_value_and_save(checks, village, points, bench):
    points.startEditing()
    set_value(points, bench, name="Good bench")
    save(checks, points, "after all that")
    checks.equal(village.element("node", 1).tags["name"], "Good bench", "the bench")


@in_village()
def splitting_and_copying(checks, village):
    """QGIS gives the new part of what was split, and a copy, all columns of the old one, with its ids."""
    village.upload('<create><node id="-1" changeset="C" lat="47.143" lon="9.521"/><way id="-1" changeset="C">'
                   '<nd ref="-1"/><nd ref="102"/><tag k="highway" v="service"/></way></create>', "bob-token")
    lines, areas = editable("lines", "multipolygons")
    lines.startEditing()
    areas.startEditing()
    cut = core.Qgis.GeometryOperationResult.Success
    checks.equal(lines.splitFeatures([core.QgsPointXY(*place(5, 15)), core.QgsPointXY(*place(5, 25))]), cut, "a cut")
    checks.equal(areas.splitFeatures([core.QgsPointXY(*place(35, -5)), core.QgsPointXY(*place(35, 15))]), cut, "a cut")
    save(checks, lines, "a street in two")
    save(checks, areas, "a house in two")
    first, second = sorted(village.elements("way", ("highway", "residential")), key=lambda way: way.id)
    houses = village.elements("way", ("building", "house"))
    checks.equal((first.id, first.version, second.version, second.tags), (10, 5, 1, WAYS[10][2]), "two streets")
    checks.equal((first.refs[-1], second.refs[1]), (second.refs[0], 102), "they share the node at the cut")
    checks.equal([village.element("node", number).version for number in (102, 202, 203)], [1, 1, 1],
                 "a crossing street and the neighbour stay as they are")
    checks.equal([(len(way.refs), way.tags) for way in houses], [(5, WAYS[20][2])] * 2, "two houses")
    checks.equal(len(set(houses[0].refs) & set(houses[1].refs)), 2, "they share the nodes of the cut")
    checks.equal(areas.featureCount(), 4, "areas")
    checks.equal(areas.splitFeatures([core.QgsPointXY(*place(75, -5)), core.QgsPointXY(*place(75, 35))]), cut, "a cut")
    save(checks, areas, "a forest with a hole in two")
    checks.equal(len([area for area in areas.getFeatures() if area["landuse"] == "forest"]), 2, "two forests")
    garage = next(areas.getFeatures(core.QgsFeatureRequest(fid(areas, 21))))
    shape = garage.geometry()
    shape.translate(0, 0.003)
    columns = dict(enumerate(garage.attributes()))
    areas.addFeature(core.QgsVectorLayerUtils.createFeature(areas, shape, columns))
    refuses(checks, areas, ["osm_way_id 21", "leave the column empty"], "a copy of the garage")
    (copy,) = [feature for feature in areas.getFeatures() if feature.id() < 0]
    set_value(areas, copy.id(), osm_way_id=None)
    save(checks, areas, "a copy without the id")
    checks.equal(sorted(way.id == 21 for way in village.elements("way", ("building", "garage"))), [False, True],
                 "two garages")


@in_village()
def two_connections(checks, village):
    """Layers with other options are another dataset for QGIS; what one saves the other must know."""
    (plain,), (wide,) = editable("lines"), editable("lines", more=UPLOAD + "|option:COLUMNS=surface")
    street = fid(plain, 10)
    for number in range(3):
        for layer, values in ((plain, dict(name=f"Name {number}")), (wide, dict(surface=f"surface {number}"))):
            layer.startEditing()
            set_value(layer, street, **values)
            save(checks, layer, f"round {number}")
    way = village.element("way", 10)
    checks.equal((way.version, way.tags["name"], way.tags["surface"]), (10, "Name 2", "surface 2"), "six saves")
    checks.equal((len(village.changesets()), qgis_map_calls(village)), (2, 1), "a changeset each, one map call")
    checks.equal(by(wide, "name", "Name 2")["surface"], "surface 2", "both show both")


@in_village()
def drawing_while_saving(checks, village):
    """Threads that draw have datasets of their own and see what was saved before or after, never something between."""
    layers = editable("points", "lines", "multipolygons")
    points, lines, _ = layers
    points.startEditing()
    lines.startEditing()
    bench, street, jobs = fid(points, 1), fid(lines, 10), []
    for number in range(8):
        jobs += [start_rendering(layers, SCREEN) for _ in range(2)]
        set_value(points, bench, name=f"Bench {number}")
        lines.moveVertex(*place(number, 21), street, 1)
        points.addFeatures([new_feature(points, point(5 + number, 5), man_made="water_well")])
        jobs += [start_rendering(layers, SCREEN)]
        save(checks, points, f"round {number}")
        save(checks, lines, f"round {number}")
    checks.that(all(drawn_pixels(job) > 100 for job in jobs), "everything was drawn")
    checks.equal([error.message for job in jobs for error in job.errors()], [], "without errors")
    checks.equal((village.element("node", 1).version, village.element("node", 102).version), (11, 9), "eight versions")
    checks.equal((len(village.changesets()), qgis_map_calls(village)), (1, 1), "changesets, map calls")
    checks.equal(len(village.elements("node", ("man_made", "water_well"))), 8, "eight wells")


@in_village()
def raw_layers(checks, village):
    """The layers that show elements as they are."""
    (nodes, ways) = editable("nodes", "ways", more=UPLOAD + "|option:LAYERS=nodes,ways")
    checks.that(nodes.isValid() and nodes.startEditing() and ways.startEditing(), "raw layers can be edited")
    corner, house = fid(nodes, 203), fid(ways, 20)
    nodes.changeGeometry(corner, point(41, 11))
    set_value(nodes, corner, tags='{"entrance":"yes"}')
    set_value(ways, house, tags='{"building":"barn"}')
    save(checks, nodes, "a node")
    save(checks, ways, "a way")
    node = village.element("node", 203)
    checks.equal((node.place, node.tags), (place(41, 11), {"entrance": "yes"}), "the node")
    checks.equal(village.element("way", 20).tags, {"building": "barn"}, "the way")


@in_village()
def notes(checks, village):
    """Each edit of a note is a call of its own; there is no changeset."""
    layer = core.QgsVectorLayer(f"{connection(path='notes')}|layername=notes|option:UPLOAD=YES", "notes", "ogr")
    checks.that(layer.isValid() and layer.startEditing(), "notes can be edited")
    layer.addFeatures([new_feature(layer, point(5, 5), text="The bench is broken")])
    save(checks, layer, "a note")
    found = village.call("GET", "/api/0.6/notes.json?bbox=" + ",".join(map(str, BBOX))).decode()
    checks.that("The bench is broken" in found, f"the note is there: {found[:300]}")
    checks.equal((layer.featureCount(), len(village.changesets())), (1, 0), "one note, no changeset")


def read_only(checks):
    """Where edits go is not said: layers can be seen, but not edited, and the log says why."""
    cases = {"": "OSC=file.osc", "|option:UPLOAD=YES": "UPLOAD=YES needs COMMENT=",
             f"{UPLOAD}|option:OSC=/tmp/x.osc": "exclude each other", f"{UPLOAD}|option:CONFLICT=MAYBE": "MERGE"}
    for more, words in cases.items():
        with Village() as village, Messages() as messages:
            (points,) = editable("points", more=more)
            checks.that(not points.startEditing(), f"[{more}]: editing does not start")
            checks.that(messages.have(words), f"[{more}]: [{words}] is not in {messages.texts}")
            checks.that(not village.requests("PUT"), f"[{more}]: nothing is sent")
            if "MAYBE" not in more:
                checks.equal(points.featureCount(), 3, f"[{more}]: features")


@in_village(OSMAPI_TOKEN=None)
def no_token(checks, village):
    (points,) = editable("points")
    points.startEditing()
    set_value(points, fid(points, 1), name="New bench")
    refuses(checks, points, ["OSMAPI_TOKEN", "osmflow login"], "no token")
    gdal.SetConfigOption("OSMAPI_TOKEN", "bob-token")
    save(checks, points, "with a token")
    checks.equal(village.element("node", 1).version, 4, "once")


def main():
    application = core.QgsApplication([], True)
    application.initQgis()
    checks = Checks("qgis_edit")
    tests = [four_steps, all_layers, areas_with_holes, file_of_changes, server_away, lost_answers, conflicts, refusals,
             splitting_and_copying, two_connections, drawing_while_saving, raw_layers, notes, read_only, no_token]
    wanted = sys.argv[2:]
    try:
        checks.run(*[test for test in tests if not wanted or test.__name__ in wanted])
    finally:
        core.QgsProject.instance().clear()
    sys.stdout.flush()
    checks.close()


if __name__ == "__main__":
    main()
