"""A world of cells that are all alike, one for each case of a test, so that thousands of cases share one server and
none of them sees another: what is in a cell is compared with what is in the cell of the case where nothing went wrong.
"""
import http.client
import urllib.parse
import xml.etree.ElementTree

UNIT = 10_000_000  # of a coordinate: 1e-7 degrees
ROW = 200  # cells
STEP = 100_000  # from cell to cell
IDS = 100  # per cell
BEHIND = 10_000_000  # the ids that the server gives are larger

# Ids within a cell, places in 1e-7 degrees from its corner.
NODES = {1: ((1000, 1000), {"amenity": "bench", "note": "stays"}), 2: ((2000, 1000), {"amenity": "bench"}),
         3: ((3000, 1000), {"amenity": "bench"}), 4: ((1000, 3000), {}), 5: ((2000, 3000), {}), 6: ((3000, 3000), {}),
         7: ((3000, 4000), {}), 8: ((3000, 5000), {}), 9: ((5000, 1000), {"barrier": "gate"})}
WAYS = {1: ([4, 5, 6], {"highway": "path"}), 2: ([6, 7, 8], {"highway": "track"})}
RELATIONS = {1: ([("way", 1, "")], {"type": "route", "route": "hiking", "name": "Walk"})}


class Cell:
    def __init__(self, number):
        self.number, self.first_id = number, 1 + number * IDS
        self.lon, self.lat = UNIT + number % ROW * STEP, UNIT + number // ROW * STEP

    def place(self, x, y):
        """Degrees."""
        return (self.lon + x) / UNIT, (self.lat + y) / UNIT

    def id(self, number):
        return self.first_id + number

    def bbox(self):
        low, high = self.place(-100, -100), self.place(20_000, 20_000)
        return ",".join(f"{value:.7f}" for value in (*low, *high))


def tag_text(tags):
    return "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items())


def write_world(path, cells):
    """Elements of all cells, as a file for the sandbox."""
    head = 'version="1" changeset="1" timestamp="2020-01-01T00:00:00Z" uid="1" user="somebody" visible="true"'
    parts = {"node": [], "way": [], "relation": []}
    for cell in map(Cell, range(cells)):
        for number, (place, tags) in NODES.items():
            lon, lat = cell.place(*place)
            where = f'lon="{lon:.7f}" lat="{lat:.7f}"'
            parts["node"].append(f'<node id="{cell.id(number)}" {head} {where}>{tag_text(tags)}</node>')
        for number, (nodes, tags) in WAYS.items():
            refs = "".join(f'<nd ref="{cell.id(node)}"/>' for node in nodes)
            parts["way"].append(f'<way id="{cell.id(number)}" {head}>{refs}{tag_text(tags)}</way>')
        for number, (members, tags) in RELATIONS.items():
            refs = "".join(f'<member type="{kind}" ref="{cell.id(ref)}" role="{role}"/>' for kind, ref, role in members)
            parts["relation"].append(f'<relation id="{cell.id(number)}" {head}>{refs}{tag_text(tags)}</relation>')
    parts["node"].append(f'<node id="{BEHIND}" {head} lon="-10" lat="-10"/>')
    parts["way"].append(f'<way id="{BEHIND}" {head}><nd ref="{BEHIND}"/></way>')
    parts["relation"].append(f'<relation id="{BEHIND}" {head}/>')
    with open(path, "w", encoding="utf-8") as output:
        output.write('<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6">\n')
        output.writelines(line + "\n" for kind in parts.values() for line in kind)
        output.write("</osm>\n")


class Eye:
    """Looks at cells, over one connection that stays."""

    def __init__(self, url):
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=60)

    def ask(self, path, method="GET", body=None):
        self.connection.request(method, path, body=body, headers={"Authorization": "Bearer bob-token"})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {text[:200]}")
        return text

    def look(self, cell):
        """What is in a cell, in words that are the same for all cells: every element once, in order. New elements have
        no number; nodes have places, ways the places of their nodes, relations their members in the same words."""
        document = xml.etree.ElementTree.fromstring(self.ask("/api/0.6/map?bbox=" + cell.bbox()))
        words = {"node": {}, "way": {}, "relation": {}}
        for element in document:
            if element.tag in words:
                key = int(element.get("id"))
                words[element.tag][key] = describe(cell, element, words)
        return sorted(text for kind in words.values() for text in kind.values())


def describe(cell, element, words):
    key, version = int(element.get("id")), element.get("version")
    name = f"{element.tag} {'new' if key > BEHIND else key - cell.first_id} v{version}"
    tags = ",".join(sorted(f"{tag.get('k')}={tag.get('v')}" for tag in element.iter("tag")))
    if element.tag == "node":
        place = [round(float(element.get(name)) * UNIT) for name in ("lon", "lat")]
        content = f"{place[0] - cell.lon} {place[1] - cell.lat}"
    elif element.tag == "way":
        content = " ".join(words["node"].get(int(nd.get("ref")), "?").split("(")[-1] for nd in element.iter("nd"))
    else:
        members = [(member.get("role"), words[member.get("type")], int(member.get("ref")))
                   for member in element.iter("member")]
        content = "; ".join(f"{role}:{known.get(ref, '?')}" for role, known, ref in members)
    return f"{name} [{tags}] ({content})"


def differences(found, expected):
    """What one look misses of another, and what it has too much; the first of each."""
    problems = []
    for what, left, right in ("missing", expected, found), ("too much", found, expected):
        rest = list(right)
        problems += [f"{what}: {text}" for text in left if text not in rest or rest.remove(text)][:3]
    return problems
