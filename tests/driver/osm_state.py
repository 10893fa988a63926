"""Elements as the tests of edits see them: parsed by Python, changed by rules of their own. Nothing of the driver is
behind it, so that it can say what the driver should have done."""
import collections
import xml.etree.ElementTree as tree

DEGREE = 10_000_000


class Element:
    """A node, way or relation; never changed in place. `refs`: node ids, or (type, id, role) of members."""
    __slots__ = ("kind", "id", "version", "tags", "refs", "place")

    def __init__(self, kind, number, version, tags, refs=(), place=None):
        self.kind, self.id, self.version = kind, number, version
        self.tags, self.refs, self.place = tags, tuple(refs), place

    @property
    def key(self):
        return self.kind, self.id

    def but(self, **values):
        known = {name: values.pop(name, getattr(self, name)) for name in ("version", "tags", "refs", "place")}
        return Element(self.kind, values.pop("id", self.id), **known)

    def same(self, other):
        return self.tags == other.tags and self.refs == other.refs and self.place == other.place

    def uses(self):
        if self.kind == "way":
            return {("node", ref) for ref in self.refs}
        return {(kind, ref) for kind, ref, _ in self.refs}

    def __repr__(self):
        what = f"at {self.place}" if self.kind == "node" else list(self.refs)
        return f"{self.kind} {self.id} v{self.version} {self.tags} {what}"


def units(degrees):
    return round(float(degrees) * DEGREE)


def read_element(item):
    tags = {tag.get("k"): tag.get("v") for tag in item.iterfind("tag")}
    place, refs = None, ()
    if item.tag == "node" and item.get("lat") is not None:
        place = units(item.get("lon")), units(item.get("lat"))
    elif item.tag == "way":
        refs = [int(ref.get("ref")) for ref in item.iterfind("nd")]
    elif item.tag == "relation":
        refs = [(member.get("type"), int(member.get("ref")), member.get("role")) for member in item.iterfind("member")]
    return Element(item.tag, int(item.get("id")), int(item.get("version") or 0), tags, refs, place)


def read_elements(document):
    root = tree.fromstring(document)
    return [read_element(item) for item in root if item.tag in ("node", "way", "relation") and
            item.get("visible") != "false"]


def read_change(document):
    """(action, element, if-unused) in the order of the document."""
    return [(block.tag, read_element(item), block.get("if-unused") == "true")
            for block in tree.fromstring(document) for item in block]


class State:
    """What is on a server, or what a user means to have there."""

    def __init__(self, elements=()):
        self.items, self.users, self.nodes_at = {}, collections.defaultdict(frozenset), {}
        self.touched = set()
        self.next_new = -1
        for element in elements:
            self.put(element)

    def fork(self):
        """A copy, which knows what is touched in it."""
        made = State()
        made.items, made.nodes_at = dict(self.items), dict(self.nodes_at)
        made.users, made.next_new = self.users.copy(), self.next_new
        return made

    def mark(self):
        """A copy to come back to."""
        made = self.fork()
        made.touched = set(self.touched)
        return made

    def get(self, kind, number):
        return self.items.get((kind, number))

    def put(self, element):
        self.forget(element.key)
        self.items[element.key] = element
        for used in element.uses():
            self.users[used] |= {element.key}
        if element.place:
            self.nodes_at[element.place] = self.nodes_at.get(element.place, frozenset()) | {element.id}

    def forget(self, key):
        self.touched.add(key)
        old = self.items.pop(key, None)
        if old:
            for used in old.uses():
                self.users[used] -= {key}
            if old.place:
                self.nodes_at[old.place] -= {old.id}

    def users_of(self, kind, number, of=("way", "relation")):
        return {user for user in self.users[kind, number] if user[0] in of}

    def set_tags(self, key, tags):
        self.put(self.items[key].but(tags=tags))

    def move(self, node, place):
        self.put(self.get("node", node).but(place=place))

    def set_refs(self, key, refs):
        self.put(self.items[key].but(refs=tuple(refs)))

    def create(self, kind, tags, refs=(), place=None):
        number = self.next_new
        self.next_new -= 1
        self.put(Element(kind, number, 0, tags, refs, place))
        return number

    def node_for(self, place):
        """The node a new vertex takes: one that is there, rather one of a way; else a new one."""
        there = sorted(self.nodes_at.get(place, ()), key=lambda node: not self.users_of("node", node, ("way",)))
        return there[0] if there else self.create("node", {}, place=place)

    def nodes_for(self, places):
        return [self.node_for(place) for place in places]

    def drop_nodes(self, nodes):
        """Those without tags that nothing uses any more go."""
        for node in nodes:
            element = self.get("node", node)
            if element and not element.tags and not self.users["node", node]:
                self.forget(("node", node))

    def drop_way(self, number):
        nodes = self.get("way", number).refs
        self.forget(("way", number))
        self.drop_nodes(nodes)

    @staticmethod
    def is_new(_, number):
        return number < 0

    def name(self, kind, number):
        """The id; of a new element what it is, because nobody knows which placeholder it gets."""
        element = self.get(kind, number)
        if not element or not self.is_new(kind, number):
            return number
        return ("new",) + self.content(element)

    def content(self, element):
        if element.kind == "way":
            refs = tuple(self.name("node", ref) for ref in element.refs)
        else:
            refs = tuple((kind, self.name(kind, ref), role) for kind, ref, role in element.refs)
        return element.place, refs, tuple(sorted(element.tags.items()))

    def path(self, way):
        return [self.get("node", ref).place for ref in self.get("way", way).refs]


def difference(before, after):
    """What has to be sent to make the fork of a state of it: a bag of (action, type, id, content)."""
    found = collections.Counter()
    for key in after.touched:
        old, element = before.items.get(key), after.items.get(key)
        if element and not (old and old.same(element)):
            found["modify" if old else "create", key[0], key[1] if old else 0, after.content(element)] += 1
        elif old and not element:
            found["delete", key[0], key[1], None] += 1
    return found


def apply_change(before, document):
    """The state after an osmChange, and what is wrong with the document itself."""
    after, wrong = before.fork(), []
    for action, element, _ in read_change(document):
        old = before.items.get(element.key)
        if action == "create":
            if element.id >= 0:
                wrong.append(f"create {element}: its id is no placeholder")
            after.put(element)
        elif old is None or old.version != element.version:
            wrong.append(f"{action} {element}: it was {old}")
        elif action == "delete":
            after.forget(element.key)
        else:
            after.put(element)
    changes = difference(before, after)
    if sum(changes.values()) != len(read_change(document)):
        wrong.append("something is sent that changes nothing")
    return after, changes, wrong


def brief(thing, most=600):
    text = str(thing)
    return text if len(text) <= most else f"{text[:most // 2]} ... {text[-most // 2:]}"


def explain(got, expected):
    """What two bags of changes do not have in common, in lines."""
    lines = [f"  sent, but not meant: {brief(item)}" for item in (got - expected).elements()]
    return "\n".join(lines + [f"  meant, but not sent: {brief(item)}" for item in (expected - got).elements()])
