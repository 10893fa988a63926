#!/usr/bin/env python3
"""An edit changes exactly the elements that it has to change, and no edit changes nothing.

usage: test_edit_counts.py BUILD_DIR [SEED]
"""
import json
import random
import sys

from edit_bench import (Bench, element_of, insert_vertex, leaf_names, leaves, mean_delete, middle, move_vertex,
                        other_tags, remove_vertex, tagged_of, with_leaves)
from osm_state import read_change
from support import Checks, features, folder, gdal, liechtenstein, open_vector, write_town

SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 1
LAYERS = ["points", "lines", "multilinestrings", "multipolygons", "other_relations"]
RAW = ["nodes", "ways", "relations", "members"]
MOST_FEATURES = 60  # of a layer, for each kind of edit of its geometry


# Nothing changed ---------------------------------------------------------------------------------------------------

def turned(rings, chance):
    """Polygons whose rings begin elsewhere and run the other way round are the same polygons."""
    made = []
    for places in rings:
        start = chance.randrange(len(places) - 1)
        places = places[start:-1] + places[:start + 1]
        made.append(places[::-1] if chance.random() < 0.5 else places)
    return made


def as_read(feature, _):
    return feature


def with_cloned_geometry(feature, chance):
    geometry = feature.GetGeometryRef()
    if geometry and geometry.GetGeometryName() in ("POLYGON", "MULTIPOLYGON"):
        geometry = with_leaves(geometry, turned(leaves(geometry), chance))
    if geometry:
        feature.SetGeometry(geometry.Clone())
    return feature


def write_back(checks, bench, dataset, names, change, what):
    chance = random.Random(SEED)
    count = 0
    for name in names:
        target = bench.layer(name)
        for feature in features(dataset.GetLayerByName(name)):
            target.SetFeature(change(feature, chance))
            count += 1
    checks.equal(read_change(bench.changes()), [], f"{what}: {count} features written back")
    checks.that(count > 0, f"{what}: there are features")


def unchanged(checks, document, directory):
    bench = Bench(document, directory, "LAYERS=nodes,ways,relations,members")
    reader = open_vector(f"OSMAPI:{document}", "LAYERS=nodes,ways,relations,members")
    write_back(checks, bench, bench.dataset, LAYERS + RAW, as_read, f"{document.name}, as read")
    write_back(checks, bench, bench.dataset, LAYERS + RAW, with_cloned_geometry, f"{document.name}, other rings")
    write_back(checks, bench, reader, LAYERS + RAW, as_read, f"{document.name}, from another handle")
    bench.dataset.FlushCache()
    checks.that(not bench.osc.exists() or read_change(bench.osc.read_bytes()) == [], "no change, no file of changes")


def nothing_changes_in_liechtenstein(checks):
    document = liechtenstein(checks)
    if document:
        try:
            with folder() as directory:
                unchanged(checks, document, directory)
        finally:
            document.unlink()


def nothing_changes_in_the_town(checks):
    with folder() as directory:
        unchanged(checks, write_town(directory / "town.osm"), directory)


# Tags --------------------------------------------------------------------------------------------------------------

def set_name(layer, feature, value):
    changed = feature.Clone()
    changed["name"] = value
    return lambda: layer.SetFeature(changed)


def set_other_tags(layer, feature, tags):
    changed = feature.Clone()
    changed["other_tags"] = json.dumps(tags) if tags else None
    return lambda: layer.SetFeature(changed)


def one_attribute(checks):
    """Each feature of each layer: its element alone is modified, and what no column shows stays."""
    with folder() as directory:
        bench = Bench(write_town(directory / "town.osm"), directory, "TAGS=JSON")
        for name in LAYERS:
            layer = bench.layer(name)
            for feature in list(features(layer)):
                element = tagged_of(bench.before, element_of(bench.before, name, feature))
                what = f"{name} {feature.GetFID()} ({element.kind} {element.id})"

                def retagged(tags, key=element.key):
                    return lambda meant: meant.set_tags(key, tags)
                bench.expect(checks, f"{what}: name", set_name(layer, feature, "Neu <&>"),
                             retagged({**element.tags, "name": "Neu <&>"}))
                if len(element.tags) > 2 and element.tags.get("name"):
                    rest = {key: value for key, value in element.tags.items() if key != "name"}
                    bench.expect(checks, f"{what}: no name", set_name(layer, feature, None), retagged(rest))
                shown = other_tags(feature)
                bench.expect(checks, f"{what}: one more in other_tags",
                             set_other_tags(layer, feature, {**shown, "neu": "ja"}),
                             retagged({**element.tags, "neu": "ja"}))
                for key in sorted(shown)[:2]:
                    rest = {other: value for other, value in element.tags.items() if other != key}
                    left = {other: value for other, value in shown.items() if other != key}
                    bench.expect(checks, f"{what}: {key!r} goes", set_other_tags(layer, feature, left), retagged(rest))


# Geometries --------------------------------------------------------------------------------------------------------

class Shape:
    """A feature and the ways and nodes it is made of."""

    def __init__(self, state, name, feature):
        self.state, self.name, self.feature = state, name, feature
        self.element = element_of(state, name, feature)
        self.geometry = feature.GetGeometryRef().Clone() if feature.GetGeometryRef() else None
        self.lists = leaves(self.geometry) if self.geometry else []
        self.kinds = leaf_names(self.geometry) if self.geometry else []
        members = self.element.refs if self.element.kind == "relation" else [self.element.key + ("",)]
        self.members = [(kind, ref) for kind, ref, _ in members if kind != "relation" and state.get(kind, ref)]
        self.ways = sorted({ref for kind, ref in self.members if kind == "way"})

    def nodes_at(self, place):
        found = {ref for way in self.ways for ref in self.state.get("way", way).refs
                 if self.state.get("node", ref) and self.state.get("node", ref).place == place}
        return found | {ref for kind, ref in self.members
                        if kind == "node" and self.state.get("node", ref).place == place}

    def count(self, place):
        """How often a vertex lies there; what closes a ring is none."""
        return sum(places[:len(places) - (kind == "LINEARRING")].count(place)
                   for places, kind in zip(self.lists, self.kinds))

    def free(self, place):
        while self.state.nodes_at.get(place):
            place = place[0] + 3, place[1] + 1
        return place

    def changed(self, leaf, places):
        return with_leaves(self.geometry, self.lists[:leaf] + [places] + self.lists[leaf + 1:])

    def writer(self, layer, leaf, places):
        changed = self.feature.Clone()
        changed.SetGeometry(self.changed(leaf, places))
        return lambda: layer.SetFeature(changed)

    def can_be(self, leaf, places):
        geometry = self.changed(leaf, places)
        return self.name != "multipolygons" or (geometry.IsValid() and self.geometry.IsValid())

    def segment(self, one, other):
        """The only way that runs from one place to another, and the place in its list behind which."""
        found = []
        for way in self.ways:
            path = self.state.path(way)
            found += [(way, i) for i in range(len(path) - 1) if {path[i], path[i + 1]} == {one, other}]
        return found[0] if len(found) == 1 and one != other else None

    def is_twin(self, places):
        """Whether it is drawn more than once because a member comes more than once."""
        return self.element.kind == "relation" and self.lists.count(places) > 1


def sample(bench, name):
    found = list(features(bench.layer(name)))
    return random.Random(SEED).sample(found, min(len(found), MOST_FEATURES))


def shapes(bench, name):
    return [shape for shape in (Shape(bench.before, name, feature) for feature in sample(bench, name)) if shape.lists]


def move_one(checks, bench, shape, leaf, index):
    layer, places, ring = bench.layer(shape.name), shape.lists[leaf], shape.kinds[leaf] == "LINEARRING"
    old = places[index]
    aside = -1 if old[0] > 0 else 1  # there is one at the end of the world
    new = shape.free((old[0] + 7 * aside, old[1] + 5 * aside))
    wanted = move_vertex(places, index, new, ring)
    nodes = shape.nodes_at(old)
    what = f"{shape.name} {shape.feature.GetFID()}: vertex {leaf}.{index} moves"
    if shape.is_twin(places):
        return checks.raises(lambda: bench.trial(shape.writer(layer, leaf, wanted)), ["more than once"], what)
    if shape.count(old) > 1 and shape.name == "lines" and len(nodes) == 1:
        def mean(meant):
            refs = list(shape.element.refs)
            refs[index] = meant.create("node", {}, place=new)
            meant.set_refs(shape.element.key, refs)
        return bench.expect(checks, what + " away from the others", shape.writer(layer, leaf, wanted), mean)
    touches_itself = shape.count(old) if shape.name == "multipolygons" else places[:len(places) - ring].count(old)
    if len(nodes) != 1 or touches_itself > 1 or not shape.can_be(leaf, wanted):
        return None
    return bench.expect(checks, what, shape.writer(layer, leaf, wanted),
                        lambda meant: [meant.move(node, new) for node in nodes])


def insert_one(checks, bench, shape, leaf, index):
    layer, places = bench.layer(shape.name), shape.lists[leaf]
    new = shape.free(middle(places[index], places[index + 1]))
    wanted = insert_vertex(places, index, new)
    found = shape.segment(places[index], places[index + 1])
    if not found or shape.is_twin(places) or not shape.can_be(leaf, wanted):
        return None
    way, behind = found
    if len(shape.state.get("way", way).refs) >= 2000:
        return None

    def mean(meant):
        refs = list(meant.get("way", way).refs)
        meant.set_refs(("way", way), refs[:behind + 1] + [meant.create("node", {}, place=new)] + refs[behind + 1:])
    return bench.expect(checks, f"{shape.name} {shape.feature.GetFID()}: a vertex behind {leaf}.{index}",
                        shape.writer(layer, leaf, wanted), mean)


def remove_one(checks, bench, shape, leaf, index):
    layer, places, ring = bench.layer(shape.name), shape.lists[leaf], shape.kinds[leaf] == "LINEARRING"
    old, nodes = places[index], shape.nodes_at(places[index])
    wanted = remove_vertex(places, index, ring)
    ways = [way for way in shape.ways if nodes & set(shape.state.get("way", way).refs)]
    if len(nodes) != 1 or len(ways) != 1 or shape.is_twin(places) or len(set(wanted)) < 2 + ring or \
            not shape.can_be(leaf, wanted) or shape.count(old) > 1:
        return None
    refs = list(shape.state.get("way", ways[0]).refs)
    node = nodes.pop()
    if ring and node not in refs[1:-1] and refs[0] != refs[-1]:
        return None

    def mean(meant):
        meant.set_refs(("way", ways[0]), remove_vertex(refs, refs.index(node), ring))
        meant.drop_nodes([node])
    return bench.expect(checks, f"{shape.name} {shape.feature.GetFID()}: vertex {leaf}.{index} goes",
                        shape.writer(layer, leaf, wanted), mean)


def one_vertex(checks):
    """A vertex that moves moves its node; a new one makes a node; one that goes takes its node along if it may."""
    chance = random.Random(SEED)
    with folder() as directory:
        bench = Bench(write_town(directory / "town.osm"), directory)
        done = {}
        for name in LAYERS:
            found = shapes(bench, name)
            for shape in found * (1 + 12 // len(found)):
                for edit in move_one, insert_one, remove_one:
                    leaf = chance.randrange(len(shape.lists))
                    last = len(shape.lists[leaf]) - 1
                    if last == 0 and edit is not move_one:
                        continue
                    index = chance.randint(0, last - (edit is insert_one))
                    if edit(checks, bench, shape, leaf, index) is not None:
                        done[name, edit.__name__] = done.get((name, edit.__name__), 0) + 1
        for name in LAYERS:
            for edit in "move_one", "insert_one", "remove_one":
                if name != "points" or edit == "move_one":
                    checks.that(done.get((name, edit), 0) > 0, f"{edit} of {name} was tried: {done}")


# Deleting ----------------------------------------------------------------------------------------------------------

def whole_features(checks):
    """A feature that is deleted takes what nothing else needs along; a member of a relation stays."""
    with folder() as directory:
        bench = Bench(write_town(directory / "town.osm"), directory)
        for name in LAYERS:
            layer = bench.layer(name)
            for feature in list(features(layer)):
                element, fid = element_of(bench.before, name, feature), feature.GetFID()
                what = f"{name} {fid} ({element.kind} {element.id}) goes"
                if bench.before.users_of(*element.key, ("relation",)):
                    checks.raises(lambda: bench.trial(lambda: layer.DeleteFeature(fid)), ["is a member of", name], what)
                else:
                    bench.expect(checks, what, lambda: layer.DeleteFeature(fid),
                                 lambda meant: mean_delete(meant, name, element))
        for _, element, if_unused in read_change(bench.trial(lambda: bench.layer("lines").DeleteFeature(
                next(features(bench.layer("lines"))).GetFID()))):
            checks.that(if_unused or element.kind != "node", "nodes are deleted if they are unused")


checks = Checks("edit_counts")
checks.run(nothing_changes_in_liechtenstein, nothing_changes_in_the_town, one_attribute, one_vertex, whole_features)
checks.close()
