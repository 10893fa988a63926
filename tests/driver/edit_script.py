"""Random edit scripts: what a user does through OGR, and beside it what he means by it, told to a model."""
import json

from edit_bench import canonical, insert_vertex, leaves, mean_delete, middle, other_tags, tagged_of, with_leaves
from osm_state import DEGREE
from support import ogr

REACH = 8_000  # a script works within this distance of a place, so that little has to be compared
AREA_KEYS = {"aeroway", "amenity", "boundary", "building", "craft", "geological", "historic", "landuse", "leisure",
             "military", "natural", "office", "place", "shop", "sport", "tourism"}
WORDS = ["Gasse", "Äuele", "a & b", "<i>", 'say "so"', "back\\slash", "a=>b", "tab\there", "🏔", "x" * 255, "0", "ja;nein"]
MOST_NODES = 1990  # longer ways are cut, which test_edit_rules.py looks at


class Skip(Exception):
    """This edit is not possible here, or the rules leave open what becomes of it."""


class User:
    """One user with a dataset, what he means (`meant`), and where the features are that he knows: (layer, fid) to the
    key of the element."""

    def __init__(self, chance, server, known, region, shared, first):
        self.chance, self.server, self.region, self.shared = chance, server, region, shared
        self.meant, self.known = server.fork(), dict(known)
        self.dataset, self.log = None, []
        near = {("node", node) for place, nodes in server.nodes_at.items() if self.within(place) for node in nodes}
        near |= {user for key in near for user in server.users[key]}
        near |= {user for key in near for user in server.users[key]}
        near = {key for key in near if self.is_near(server.items[key])}
        self.far = {where for where, key in known.items() if key not in near}
        self.first = sorted(near & first)

    def mark(self):
        return self.meant.mark(), dict(self.known)

    def back_to(self, mark):
        self.meant, self.known = mark[0].mark(), dict(mark[1])

    # What is around -------------------------------------------------------------------------------------------------

    def within(self, place):
        west, south, east, north = self.region
        return west < place[0] < east and south < place[1] < north

    def places(self, element):
        """Of all its nodes, members' included; None where some are not here."""
        if element.kind == "node":
            return [element.place]
        found = []
        for kind, ref in element.uses():
            used = self.meant.get(kind, ref)
            if not used or kind == "relation" or (kind == "way" and self.places(used) is None):
                return None
            found += self.places(used)
        return found

    def is_near(self, element):
        places = self.places(element) if len(element.refs) < MOST_NODES else None
        return bool(places) and all(map(self.within, places))

    def pick(self, *layers):
        """A feature of one of these layers that is near, as it is read now."""
        choices = sorted((where, key) for where, key in self.known.items() if where[0] in layers and
                         where not in self.far and self.is_near(self.meant.items[key]))
        if not choices:
            raise Skip("nothing is near")
        (name, fid), key = self.chance.choice(choices)
        element = self.meant.items[key]
        layer = self.dataset.GetLayerByName(name)
        feature = layer.GetFeature(fid)
        self.check_reading(name, fid, element, feature)
        return name, layer, feature, element

    def check_reading(self, name, fid, element, feature):
        """What the user reads is what he means by now."""
        if feature is None or feature.GetGeometryRef() is None:
            raise Skip(f"{name} {fid} has no valid geometry by now")
        shown = canonical(feature.GetGeometryRef())
        if element.kind == "way":
            path = self.meant.path(element.id)
            ring = canonical(ogr.CreateGeometryFromWkt(wkt("POLYGON", [path]))) if name == "multipolygons" else None
            expected = [ring] if ring else [path]
            if shown != expected and name == "lines":
                raise AssertionError(f"{name} {fid} reads {shown}, not {expected}")
            if shown != expected:
                raise Skip("a ring that touches itself")
        elif element.kind == "node" and shown != [[element.place]]:
            raise AssertionError(f"{name} {fid} reads {shown}, not {element.place}")
        if feature.GetField("name") != tagged_of(self.meant, element).tags.get("name"):
            raise AssertionError(f"{name} {fid} reads name {feature.GetField('name')!r}, not {element}")

    def new_place(self):
        west, south, east, north = self.region
        while True:
            place = self.chance.randint(west + 2, east - 2), self.chance.randint(south + 2, north - 2)
            if not self.meant.nodes_at.get(place):
                return place

    def near(self, place, most=400):
        for _ in range(20):
            found = tuple(at + self.chance.randint(-most, most) for at in place)
            if self.within(found) and not self.meant.nodes_at.get(found):
                return found
        raise Skip("no room")

    def known_place(self):
        """Where just one node is."""
        choices = [place for place, nodes in self.meant.nodes_at.items() if len(nodes) == 1 and self.within(place)]
        if not choices:
            raise Skip("no node is near")
        return self.chance.choice(sorted(choices))

    def some_place(self):
        return self.known_place() if self.chance.random() < 0.3 else self.new_place()

    def words(self):
        return self.chance.choice(WORDS)

    def unique(self, what):
        return f"{what} {self.chance.randrange(10 ** 12)}"

    def say(self, text):
        self.log.append(text)

    # New features ---------------------------------------------------------------------------------------------------

    def create(self, name, kind, places, tags):
        layer = self.dataset.GetLayerByName(name)
        feature = ogr.Feature(layer.GetLayerDefn())
        rest = {}
        for key, value in tags.items():
            if layer.GetLayerDefn().GetFieldIndex(key) >= 0:
                feature[key] = value
            else:
                rest[key] = value
        if rest:
            feature["other_tags"] = json.dumps(rest)
        feature.SetGeometry(ogr.CreateGeometryFromWkt(wkt(kind, places)))
        self.say(f"create {name} {kind} {places} {tags}")
        layer.CreateFeature(feature)
        return name, feature.GetFID()

    def create_point(self):
        place, tags = self.some_place(), {"name": self.unique("Punkt"), "amenity": "bench"}
        there = [node for node in self.meant.nodes_at.get(place, ()) if not self.meant.get("node", node).tags]
        made = self.create("points", "POINT", place, tags)
        if there:
            self.meant.set_tags(("node", there[0]), tags)
        number = there[0] if there else self.meant.create("node", tags, place=place)
        self.known[made] = "node", number

    def create_line(self):
        places = [self.some_place() for _ in range(self.chance.randint(2, 7))]
        if self.chance.random() < 0.2:
            places.insert(1, places[0])
        different = [place for i, place in enumerate(places) if i == 0 or place != places[i - 1]]
        if len(different) < 2:
            raise Skip("one place")
        tags = {"highway": "path", "name": self.unique("Weg"), "surface": self.words()}
        made = self.create("lines", "LINESTRING", places, tags)
        self.known[made] = "way", self.meant.create("way", tags, self.meant.nodes_for(different))

    def ring(self, centre, size):
        lon, lat = centre
        ring = [(lon - size, lat - size), (lon + size, lat - size), (lon + size, lat), (lon + size, lat + size),
                (lon, lat + size // 2), (lon - size, lat + size)]
        ring = [(x + self.chance.randint(-9, 9), y + self.chance.randint(-9, 9)) for x, y in ring]
        if not all(map(self.within, ring)):
            raise Skip("no room")
        return ring + ring[:1]

    def create_polygon(self):
        ring = self.ring(self.new_place(), 300)
        if self.chance.random() < 0.4:
            ring[2] = self.known_place()
        if not valid([ring]):
            raise Skip("not valid")
        tags = self.chance.choice([{"building": "yes"}, {"landuse": "grass"}, {"highway": "pedestrian"}, {}])
        tags = {**tags, "name": self.unique("Fläche")}
        made = self.create("multipolygons", "POLYGON", [ring], tags)
        if not AREA_KEYS & tags.keys():
            tags = {**tags, "area": "yes"}
        nodes = self.meant.nodes_for(ring[:-1])
        self.known[made] = "way", self.meant.create("way", tags, nodes + nodes[:1])

    def create_polygon_with_holes(self):
        centre = self.new_place()
        rings = [self.ring(centre, 900)] + [self.ring((centre[0] + i * 300, centre[1] - 400), 100)
                                            for i in range(-1, self.chance.randint(0, 2))]
        tags = {"natural": "water", "name": self.unique("See")}
        made = self.create("multipolygons", "POLYGON", rings, tags)
        members = []
        for i, ring in enumerate(rings):
            members.append(("way", self.new_ring(ring), "inner" if i else "outer"))
        self.known[made] = "relation", self.meant.create("relation", {**tags, "type": "multipolygon"}, members)

    def new_ring(self, ring):
        nodes = self.meant.nodes_for(ring[:-1])
        return self.meant.create("way", {}, nodes + nodes[:1])

    # Tags -----------------------------------------------------------------------------------------------------------

    def retag(self, name, layer, feature, element, tags):
        layer.SetFeature(feature)
        tagged = tagged_of(self.meant, element)
        if name == "multipolygons" and tagged.kind == "way" and element is tagged and not AREA_KEYS & tags.keys() and \
                tags.get("highway") != "platform" and tags.get("public_transport") != "platform":
            tags = {**tags, "area": "yes"}
        self.meant.set_tags(tagged.key, tags)

    def set_name(self):
        name, layer, feature, element = self.pick("points", "lines", "multipolygons", "multilinestrings")
        value = self.words()
        self.say(f"{name} {feature.GetFID()}: name = {value!r}")
        feature["name"] = value
        self.retag(name, layer, feature, element, {**tagged_of(self.meant, element).tags, "name": value})

    def remove_column(self):
        """Not the last tag, which would take the feature from its layer."""
        name, layer, feature, element = self.pick("points", "lines", "multipolygons")
        tags = tagged_of(self.meant, element).tags
        keys = [key for key in sorted(tags) if layer.GetLayerDefn().GetFieldIndex(key) >= 0 and key != "type"]
        if not keys or len(tags.keys() - {"type", "area", "note", "source", "created_by", "fixme", "ele"}) < 3:
            raise Skip("too few tags")
        key = self.chance.choice(keys)
        if name == "lines" and key == "highway":
            raise Skip("it may become an area")
        self.say(f"{name} {feature.GetFID()}: {key} goes")
        feature[key] = self.chance.choice([None, ""])
        self.retag(name, layer, feature, element, {other: value for other, value in tags.items() if other != key})

    def set_other_tags(self):
        name, layer, feature, element = self.pick("points", "lines", "multipolygons")
        shown, tags = other_tags(feature), dict(tagged_of(self.meant, element).tags)
        if shown and self.chance.random() < 0.4 and len(tags) > 3:
            key = self.chance.choice(sorted(shown))
            if key in ("highway", "public_transport"):
                raise Skip("it may become an area, or none")
            del shown[key], tags[key]
        else:
            key, value = self.chance.choice(["surface", "height", "neu:key", "e=q", 'q"uote']), self.words()
            shown[key] = tags[key] = value
        self.say(f"{name} {feature.GetFID()}: other_tags {shown}")
        feature["other_tags"] = json.dumps(shown) if shown else None
        self.retag(name, layer, feature, element, tags)

    # Geometries -----------------------------------------------------------------------------------------------------

    def refused(self, layer, feature, *words):
        """An edit that must not be done, and of which nothing must be left."""
        self.say("which is refused")
        try:
            layer.SetFeature(feature)
        except RuntimeError as error:
            if any(word in str(error) for word in words):
                return
            raise
        raise AssertionError(f"feature {feature.GetFID()} was changed")

    def move_point(self):
        _, layer, feature, element = self.pick("points")
        place = self.new_place() if self.shared == "SPLIT" else self.some_place()
        self.say(f"points {feature.GetFID()} moves to {place}")
        feature.SetGeometry(with_leaves(feature.GetGeometryRef(), [[place]]))
        is_shared = self.shared != "MOVE" and self.meant.users_of(*element.key, ("way",))
        if is_shared and (self.shared == "REFUSE" or self.meant.users_of(*element.key, ("relation",))):
            return self.refused(layer, feature, "SHARED_NODES", "is a member of")
        layer.SetFeature(feature)
        if not is_shared:
            return self.meant.move(element.id, place)
        self.meant.set_tags(element.key, {})
        self.meant.create("node", element.tags, place=place)
        del self.known["points", feature.GetFID()]  # it has another id now
        return None

    def reshape(self):
        """Up to three vertices of a line or ring, far enough from each other that each can only mean one thing."""
        name, layer, feature, element = self.pick("lines", "multipolygons")
        if element.kind == "relation":
            return self.reshape_area(layer, feature, element)
        refs = list(element.refs)
        is_ring = name == "multipolygons"
        path = self.meant.path(element.id)
        core = refs[:-1] if is_ring else refs
        if len(set(core)) != len(core) or len(set(path)) != len(core):
            raise Skip("a node or a place comes twice")
        edits = self.choose_edits(core, is_ring)
        snaps = len(edits) == 1 and self.chance.random() < 0.25
        draft, wanted, dropped, stuck = self.meant.mark(), path[:-1] if is_ring else path, [], False
        for index, action in sorted(edits, reverse=True):
            node, old = core[index], wanted[index]
            new = self.known_place() if snaps else self.near(old)
            target = draft.node_for(new) if snaps or action == "insert" else None
            if target in core or (snaps and new in wanted):
                raise Skip("it is a part of it already")
            if action == "remove":
                dropped.append(core.pop(index))
                wanted.pop(index)
            elif action == "insert":
                core.insert(index + 1, target)
                wanted.insert(index + 1, new)
            elif snaps:
                core[index], wanted[index] = target, new
                dropped.append(node)
            else:
                wanted[index] = new
                if self.shared != "MOVE" and draft.users["node", node] - {element.key}:
                    stuck = self.shared == "REFUSE"
                    core[index] = draft.create("node", {}, place=new)
                else:
                    draft.move(node, new)
        if len(core) < 2 + is_ring or (is_ring and not valid([wanted + wanted[:1]])):
            raise Skip("too little is left, or not valid")
        self.say(f"{name} {feature.GetFID()} becomes {wanted} {edits}")
        draft.set_refs(element.key, core + core[:1] if is_ring else core)
        draft.drop_nodes(dropped)
        feature.SetGeometry(with_leaves(feature.GetGeometryRef(), [self.turned(wanted) if is_ring else wanted]))
        if stuck:
            return self.refused(layer, feature, "SHARED_NODES")
        layer.SetFeature(feature)
        self.meant = draft
        return None

    def choose_edits(self, core, is_ring):
        edits, last = {}, len(core) - 1
        for _ in range(self.chance.randint(1, 3)):
            index, action = self.chance.randint(0, last), self.chance.choice(["move", "insert", "remove"])
            apart = [min(abs(index - other), len(core) - abs(index - other) if is_ring else len(core)) for other in edits]
            if all(gap > 2 for gap in apart):
                edits[index] = action
        return list(edits.items())

    def turned(self, ring):
        start = self.chance.randrange(len(ring))
        ring = ring[start:] + ring[:start]
        if self.chance.random() < 0.5:
            ring.reverse()
        return ring + ring[:1]

    def reshape_area(self, layer, feature, element):
        """One vertex of a relation's ring."""
        lists = leaves(feature.GetGeometryRef())
        ways = sorted({ref for kind, ref, _ in element.refs if kind == "way"})
        leaf = self.chance.randrange(len(lists))
        ring, rest = lists[leaf], [place for places in lists for place in places[:-1]]
        index = self.chance.randrange(len(ring) - 1)
        old, draft = ring[index], self.meant.mark()
        nodes = {ref for way in ways for ref in self.meant.get("way", way).refs
                 if self.meant.get("node", ref).place == old}
        if len(nodes) != 1 or rest.count(old) != 1:
            raise Skip("rings touch there")
        node, action, stuck = nodes.pop(), self.chance.choice(["move", "insert", "remove"]), False
        users = [way for way in ways if node in self.meant.get("way", way).refs]
        if action == "move":
            new = self.near(old)
            made = [new if place == old else place for place in ring]
            if self.shared != "MOVE" and draft.users["node", node] - {("way", way) for way in ways}:
                stuck = self.shared == "REFUSE"
                own = draft.create("node", {}, place=new)
                for way in users:
                    draft.set_refs(("way", way), [own if ref == node else ref for ref in draft.get("way", way).refs])
            else:
                draft.move(node, new)
        elif action == "insert":
            new = self.near(middle(old, ring[index + 1]), 50)
            made = insert_vertex(ring, index, new)
            self.insert_into(draft, ways, old, ring[index + 1], new)
        else:
            refs = self.meant.get("way", users[0]).refs
            if len(users) != 1 or len(ring) < 5 or (refs[0] != refs[-1] and node in (refs[0], refs[-1])):
                raise Skip("a joint")
            made = [place for place in ring[:-1] if place != old]
            made.append(made[0])
            core = [ref for ref in refs if ref != node]
            draft.set_refs(("way", users[0]), core + core[:1] if refs[0] == refs[-1] == node else core)
            draft.drop_nodes([node])
        geometry = with_leaves(feature.GetGeometryRef(), lists[:leaf] + [made] + lists[leaf + 1:])
        if not geometry.IsValid():
            raise Skip("not valid")
        self.say(f"multipolygons {feature.GetFID()}: {action} at {old}: {geometry}")
        feature.SetGeometry(geometry)
        if stuck:
            return self.refused(layer, feature, "SHARED_NODES")
        layer.SetFeature(feature)
        self.meant = draft
        return None

    def insert_into(self, draft, ways, one, other, new):
        found = []
        for way in ways:
            path = draft.path(way)
            found += [(way, i) for i in range(len(path) - 1) if {path[i], path[i + 1]} == {one, other}]
        if len(found) != 1:
            raise Skip("no single way runs there")
        way, behind = found[0]
        refs = draft.get("way", way).refs
        draft.set_refs(("way", way), refs[:behind + 1] + (draft.node_for(new),) + refs[behind + 1:])

    def add_hole(self):
        name, layer, feature, element = self.pick("multipolygons")
        if self.meant.users[element.key] or len(leaves(feature.GetGeometryRef())) > 1 or \
                tagged_of(self.meant, element) is not element:
            raise Skip("not a simple one")
        outer = leaves(feature.GetGeometryRef())[0]
        hole = self.ring(tuple(sum(place[i] for place in outer[:-1]) // (len(outer) - 1) for i in (0, 1)), 25)
        geometry = ogr.ForceToMultiPolygon(ogr.CreateGeometryFromWkt(wkt("POLYGON", [outer, hole])))
        if not geometry.IsValid():
            raise Skip("no room")
        self.say(f"multipolygons {feature.GetFID()} gets a hole: {geometry}")
        feature.SetGeometry(geometry)
        layer.SetFeature(feature)
        inner = "way", self.new_ring(hole), "inner"
        if element.kind == "relation":
            return self.meant.set_refs(element.key, element.refs + (inner,))
        tags = {key: value for key, value in element.tags.items() if key != "area"}
        self.meant.set_tags(element.key, {})
        made = self.meant.create("relation", {**tags, "type": "multipolygon"}, [element.key + ("outer",), inner])
        self.known[name, feature.GetFID()] = "relation", made
        return None

    def remove_hole(self):
        name, layer, feature, element = self.pick("multipolygons")
        geometry = feature.GetGeometryRef().Clone()
        polygon = geometry.GetGeometryRef(0)
        rings = leaves(geometry)
        places = [place for ring in rings for place in ring[:-1]]
        if element.kind != "relation" or geometry.GetGeometryCount() > 1 or len(rings) < 2 or \
                len(places) != len(set(places)):
            raise Skip("it has no holes of its own")
        last = polygon.GetGeometryCount() - 1
        ways = [ref for _, ref, role in element.refs if role == "inner" and
                set(self.meant.path(ref)) <= set(rings[last])]
        if len(ways) != 1:
            raise Skip("a hole of several ways")
        polygon.RemoveGeometry(last)
        self.say(f"multipolygons {feature.GetFID()} loses a hole: {geometry}")
        feature.SetGeometry(geometry)
        layer.SetFeature(feature)
        self.meant.set_refs(element.key, [member for member in element.refs if member[:2] != ("way", ways[0])])
        if not self.meant.get("way", ways[0]).tags and not self.meant.users["way", ways[0]]:
            self.meant.drop_way(ways[0])

    # Deleting -------------------------------------------------------------------------------------------------------

    def delete(self):
        name, layer, feature, element = self.pick("points", "lines", "multipolygons")
        fid = feature.GetFID()
        self.say(f"delete {name} {fid}")
        if self.meant.users_of(*element.key, ("relation",)):
            try:
                layer.DeleteFeature(fid)
            except RuntimeError as error:
                if "is a member of" not in str(error):
                    raise
                return
            raise AssertionError(f"{name} {fid} is a member of a relation and was deleted")
        layer.DeleteFeature(fid)
        mean_delete(self.meant, name, element)
        if layer.GetFeature(fid) is not None:
            raise AssertionError(f"{name} {fid} is still there")
        self.known = {where: key for where, key in self.known.items() if where != (name, fid) and key in self.meant.items}

    # Elements as they are -------------------------------------------------------------------------------------------

    def pick_element(self, *kinds):
        """One that was there at first, so that its id is its feature id."""
        choices = [key for key in self.first if key[0] in kinds and key in self.meant.items and
                   self.is_near(self.meant.items[key])]
        if not choices:
            raise Skip("nothing is near")
        element = self.meant.items[self.chance.choice(choices)]
        layer = self.dataset.GetLayerByName(element.kind + "s")
        feature = layer.GetFeature(element.id)
        if feature is None or json.loads(feature.GetField("tags") or "{}") != element.tags:
            raise AssertionError(f"{element} reads {feature and feature.GetField('tags')}")
        if element.kind == "way" and json.loads(feature.GetField("nodes")) != list(element.refs) and \
                all(ref > 0 for ref in element.refs):
            raise AssertionError(f"{element} reads {feature.GetField('nodes')}")
        return layer, feature, element

    def raw_tags(self):
        layer, feature, element = self.pick_element("node", "way", "relation")
        tags = {**element.tags, "neu": self.words()}
        self.say(f"{element.kind} {element.id}: tags {tags}")
        feature["tags"] = json.dumps(tags)
        layer.SetFeature(feature)
        self.meant.set_tags(element.key, tags)

    def raw_turn(self):
        """The nodes of a way in the other order."""
        layer, feature, element = self.pick_element("way")
        self.say(f"way {element.id} is turned")
        feature["nodes"] = json.dumps(json.loads(feature.GetField("nodes"))[::-1])
        layer.SetFeature(feature)
        self.meant.set_refs(element.key, element.refs[::-1])

    def raw_delete(self):
        layer, _, element = self.pick_element("node", "way")
        self.say(f"delete {element.kind} {element.id}")
        try:
            layer.DeleteFeature(element.id)
        except RuntimeError as error:
            if "is used by" in str(error) and self.meant.users[element.key]:
                return
            raise
        if self.meant.users[element.key]:
            raise AssertionError(f"{element} is used and was deleted")
        self.meant.forget(element.key)
        self.known = {where: key for where, key in self.known.items() if key != element.key}

    OPERATIONS = (create_point, create_line, create_polygon, create_polygon_with_holes, set_name, remove_column,
                  set_other_tags, move_point, reshape, reshape, reshape, add_hole, remove_hole, delete, raw_tags,
                  raw_turn, raw_delete)

    def do_something(self):
        """One edit; tries until one is possible."""
        for _ in range(30):
            operation = self.chance.choice(self.OPERATIONS)
            before = len(self.log)
            try:
                operation(self)
                return
            except Skip:
                del self.log[before:]
        self.say("nothing was possible")


def wkt(kind, places):
    def coordinates(part):
        return ", ".join(f"{lon / DEGREE:.7f} {lat / DEGREE:.7f}" for lon, lat in part)
    if kind == "POINT":
        return f"POINT ({coordinates([places])})"
    if kind == "LINESTRING":
        return f"LINESTRING ({coordinates(places)})"
    return "POLYGON (" + ", ".join(f"({coordinates(ring)})" for ring in places) + ")"


def valid(rings):
    return ogr.CreateGeometryFromWkt(wkt("POLYGON", rings)).IsValid()
