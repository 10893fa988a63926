"""What the tests of edits share: a dataset whose edits go to a file, and geometries as lists of places."""
import json
import random

from osm_state import DEGREE, State, apply_change, difference, explain, read_elements, units
from support import gdal, layer_of

KINDS = {"points": "node", "lines": "way", "multilinestrings": "relation", "other_relations": "relation"}


class Bench:
    """A document opened for edits, and the same as Python reads it."""

    def __init__(self, document, folder, *options):
        self.osc = folder / f"changes-{random.getrandbits(60)}.osc"
        self.dataset = gdal.OpenEx(f"OSMAPI:{document}", gdal.OF_VECTOR | gdal.OF_UPDATE,
                                   open_options=[f"OSC={self.osc}", *options])
        self.before = State(read_elements(document.read_bytes()))

    def layer(self, name):
        return layer_of(self.dataset, name)

    def changes(self):
        answer = self.dataset.ExecuteSQL("SHOW CHANGES")
        text = answer.GetNextFeature().GetField(0)
        self.dataset.ReleaseResultSet(answer)
        return text

    def trial(self, edit):
        """The osmChange of one edit, which is taken back."""
        self.dataset.StartTransaction()
        try:
            edit()
            return self.changes()
        finally:
            self.dataset.RollbackTransaction()

    def expect(self, checks, what, edit, mean):
        """An edit changes just what is meant."""
        meant = self.before.fork()
        mean(meant)
        try:
            document = self.trial(edit)
        except RuntimeError as error:
            return checks.that(False, f"{what}: {error}")
        _, got, wrong = apply_change(self.before, document)
        expected = difference(self.before, meant)
        return checks.that(not wrong and got == expected, f"{what}: {wrong}\n{explain(got, expected)}")


def element_of(state, layer, feature):
    """The element that a feature is."""
    if layer == "multipolygons" and feature.GetField("osm_way_id"):
        return state.get("way", int(feature.GetField("osm_way_id")))
    return state.get(KINDS.get(layer, "relation"), int(feature.GetField("osm_id")))


def tagged_of(state, element):
    """The element that has the tags of a feature: of old multipolygons it is the first outer way that has some."""
    if element.kind == "relation" and element.tags.keys() == {"type"} and element.tags["type"] == "multipolygon":
        for kind, ref, role in element.refs:
            way = state.get(kind, ref)
            if kind == "way" and role == "outer" and way and way.tags:
                return way
    return element


def mean_delete(meant, name, element):
    """What goes with a feature."""
    if name == "points" and meant.users[element.key]:
        meant.set_tags(element.key, {})
        return
    tagged = tagged_of(meant, element)
    meant.forget(element.key)
    if element.kind == "way":
        meant.drop_nodes(element.refs)
    if name == "multipolygons" and element.kind == "relation":
        if tagged is not element:
            meant.set_tags(tagged.key, {})
        for kind, ref, _ in element.refs:
            way = meant.get(kind, ref) if kind == "way" else None
            if way and not way.tags and not meant.users[way.key]:
                meant.drop_way(ref)


def leaves(geometry):
    """The points, lines and rings of a geometry as lists of places."""
    if geometry.GetGeometryCount():
        return [leaf for i in range(geometry.GetGeometryCount()) for leaf in leaves(geometry.GetGeometryRef(i))]
    if geometry.GetGeometryName() in ("POINT", "LINESTRING", "LINEARRING"):
        return [[(units(point[0]), units(point[1])) for point in geometry.GetPoints()]]
    return []


def leaf_names(geometry):
    if geometry.GetGeometryCount():
        return [name for i in range(geometry.GetGeometryCount()) for name in leaf_names(geometry.GetGeometryRef(i))]
    return [geometry.GetGeometryName()] if leaves(geometry) else []


def fill(geometry, lists):
    """Puts places into the points, lines and rings of a geometry, in order."""
    if geometry.GetGeometryCount():
        for i in range(geometry.GetGeometryCount()):
            fill(geometry.GetGeometryRef(i), lists)
    elif geometry.GetGeometryName() in ("POINT", "LINESTRING", "LINEARRING"):
        geometry.Empty()
        for lon, lat in lists.pop(0):
            geometry.AddPoint_2D(lon / DEGREE, lat / DEGREE)


def with_leaves(geometry, lists):
    made = geometry.Clone()
    fill(made, list(lists))
    return made


def canonical_ring(places):
    """The same list whatever vertex a ring begins with and which way it runs."""
    ring = places[:-1]
    start = ring.index(min(ring))
    forward = ring[start:] + ring[:start]
    return min(forward, forward[:1] + forward[:0:-1])


def canonical(geometry):
    """Polygons by their rings, everything else by its vertices in order."""
    if geometry.GetGeometryName() == "MULTIPOLYGON":
        return sorted(canonical(geometry.GetGeometryRef(i)) for i in range(geometry.GetGeometryCount()))
    if geometry.GetGeometryName() == "POLYGON":
        rings = [canonical_ring(places) for places in leaves(geometry)]
        return [rings[0], sorted(rings[1:])]
    return leaves(geometry)


def move_vertex(places, index, place, ring):
    made = list(places)
    made[index] = place
    if ring and index in (0, len(made) - 1):
        made[0] = made[-1] = place
    return made


def insert_vertex(places, index, place):
    """Behind the vertex of this index."""
    return places[:index + 1] + [place] + places[index + 1:]


def remove_vertex(places, index, ring):
    if ring and index in (0, len(places) - 1):
        return places[1:-1] + places[1:2]
    return places[:index] + places[index + 1:]


def middle(one, other):
    return (one[0] + other[0]) // 2, (one[1] + other[1]) // 2


def other_tags(feature):
    text = feature.GetField("other_tags")
    return json.loads(text) if text else {}
