#!/usr/bin/env python3
"""Writes a sample town as OpenStreetMap XML: make_town.py [--scale N] [--seed S] > town.osm

Musterstadt lies around 9.52, 47.14 and does not exist. It has N districts, all of one size, and once, whatever the
scale, a collection of everything that makes OSM data awkward. The same arguments give the same bytes."""
import argparse
import math
import random
import shutil
import sys
import tempfile
import time

DEGREE = 10_000_000
ORIGIN_LON, ORIGIN_LAT = 95_200_000, 471_400_000  # south-west corner of the first district
CELL_LON, CELL_LAT = 100_000, 68_000  # a district is about 750 m wide and high
STREETS = 6  # in each direction of a district
FIRST_DAY = 1_577_836_800  # 2020-01-01T00:00:00Z

ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\t": "&#9;", "\r": "&#13;"}
AUTHORS = [(101, "alice"), (102, "bob"), (1234567, 'Jürgen "<&>" Müller'), (7, "地図 🗺")]
ANONYMOUS_CHANGESET = 13
STREET_NAMES = ["Ahornweg", "Birkenallee", "Castellgasse", "Dorfstrasse", "Eschenring", "Feldweg", "Gerbergasse",
                "Hinterdorf", "Im Äuele", "Kirchstrasse", "Lindenplatz", "Mühlebach", "Neugasse", "Obere Au",
                "Pfarrgasse", "Quellenweg", "Rue de l’Île", "Schulstrasse", "Torkelgasse", "Unterdorf"]
POIS = [("amenity", "restaurant", "Gasthof Löwen"), ("amenity", "bench", ""), ("shop", "bakery", "Bäckerei Korn"),
        ("amenity", "post_box", ""), ("amenity", "pharmacy", "Apotheke zum Stern"), ("natural", "tree", ""),
        ("highway", "street_lamp", ""), ("tourism", "information", "Infotafel"), ("shop", "kiosk", "Kiosk & Co."),
        ("amenity", "drinking_water", ""), ("man_made", "surveillance", ""), ("leisure", "playground", "Spielplatz")]
BUILDINGS = ["house", "house", "house", "apartments", "garage", "yes", "retail", "shed"]


def escape(text):
    return "".join(ESCAPES.get(sign, sign) for sign in text)


def degrees(value):
    return "%s%d.%07d" % ("-" if value < 0 else "", abs(value) // DEGREE, abs(value) % DEGREE)


class Town:
    """Hands out ids and writes elements. Nodes go straight to the output; ways and relations wait in files, because a
    document has all nodes first. So memory does not grow with the scale."""

    def __init__(self, output, seed):
        self.output = output
        self.random = random.Random(seed)
        self.ways = tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n")
        self.relations = tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n")
        self.next_id = {"node": 1001, "way": 5001, "relation": 301}

    def start(self, bounds):
        self.output.write('<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6" generator="make_town.py">\n')
        self.output.write(' <bounds minlat="%s" minlon="%s" maxlat="%s" maxlon="%s"/>\n' % tuple(map(degrees, bounds)))

    def finish(self):
        for part in self.ways, self.relations:
            part.seek(0)
            shutil.copyfileobj(part, self.output)
            part.close()
        self.output.write("</osm>\n")

    def jitter(self, most):
        return self.random.randint(-most, most)

    def take_id(self, kind):
        number = self.next_id[kind]
        self.next_id[kind] = number + 1
        return number

    def head(self, kind, number, anonymous):
        """The attributes that every element has. A changeset has one author; that of one of them is not known."""
        changeset = ANONYMOUS_CHANGESET if anonymous else 1 + number % 89
        uid, name = (None, None) if changeset == ANONYMOUS_CHANGESET else AUTHORS[changeset % len(AUTHORS)]
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(FIRST_DAY + number % 100_000 * 601))
        who = '' if uid is None else ' user="%s" uid="%d"' % (escape(name), uid)
        return '<%s id="%d" visible="true" version="%d" changeset="%d" timestamp="%s"%s' % (
            kind, number, 1 + number % 5, changeset, stamp, who)

    def write(self, part, kind, head, children, tags):
        lines = children + ['  <tag k="%s" v="%s"/>' % (escape(key), escape(value))
                            for key, value in sorted(tags.items())]
        if lines:
            part.write(" %s>\n%s\n </%s>\n" % (head, "\n".join(lines), kind))
        else:
            part.write(" %s/>\n" % head)

    def node(self, lon, lat, tags=None, anonymous=False):
        number = self.take_id("node")
        head = '%s lat="%s" lon="%s"' % (self.head("node", number, anonymous), degrees(lat), degrees(lon))
        self.write(self.output, "node", head, [], tags or {})
        return number

    def way(self, nodes, tags=None, anonymous=False):
        number = self.take_id("way")
        children = ['  <nd ref="%d"/>' % node for node in nodes]
        self.write(self.ways, "way", self.head("way", number, anonymous), children, tags or {})
        return number

    def relation(self, members, tags=None, anonymous=False):
        """Members are (type, id, role)."""
        number = self.take_id("relation")
        children = ['  <member type="%s" ref="%d" role="%s"/>' % (kind, ref, escape(role))
                    for kind, ref, role in members]
        self.write(self.relations, "relation", self.head("relation", number, anonymous), children, tags or {})
        return number

    def nodes(self, places):
        return [self.node(lon, lat) for lon, lat in places]

    def area(self, places, tags=None, anonymous=False):
        """A closed way with nodes of its own."""
        nodes = self.nodes(places)
        return self.way(nodes + nodes[:1], tags, anonymous)

    def multipolygon(self, outers, inners, tags):
        members = [("way", way, "outer") for way in outers] + [("way", way, "inner") for way in inners]
        return self.relation(members, dict(tags, type="multipolygon"))


def box(lon, lat, width, height):
    return [(lon, lat), (lon + width, lat), (lon + width, lat + height), (lon, lat + height)]


def circle(lon, lat, radius, count):
    return [(lon + round(radius * 1.47 * math.cos(2 * math.pi * i / count)),
             lat + round(radius * math.sin(2 * math.pi * i / count))) for i in range(count)]


# One district ------------------------------------------------------------------------------------------------------

def crossing_tags(town, row, column):
    if (row, column) == (2, 2):
        return {"highway": "traffic_signals", "traffic_signals": "signal"}
    return {"highway": "crossing", "crossing": "zebra"} if town.random.random() < 0.1 else {}


def make_crossings(town, lon, lat):
    step_lon, step_lat = CELL_LON // STREETS, CELL_LAT // STREETS
    places = [[(lon + column * step_lon + town.jitter(600), lat + row * step_lat + town.jitter(400))
               for column in range(STREETS)] for row in range(STREETS)]
    nodes = [[town.node(*places[row][column], crossing_tags(town, row, column)) for column in range(STREETS)]
             for row in range(STREETS)]
    return places, nodes


def street_tags(name, number):
    if number == 2:
        return {"highway": "primary", "name": "Hauptstrasse", "ref": "L 1", "maxspeed": "50", "surface": "asphalt",
                "lanes": "2"}
    if number == 4:
        return {"highway": "footway", "bicycle": "yes", "width": "1,5"}
    return {"highway": "residential", "name": name, "maxspeed": "30", "oneway": "yes" if number == 5 else "no"}


def make_street(town, places, nodes, tags):
    """A way along crossings, with two nodes of its own between each pair."""
    line = [nodes[0]]
    for i in range(1, len(nodes)):
        (lon, lat), (next_lon, next_lat) = places[i - 1], places[i]
        for third in 1, 2:
            line.append(town.node(lon + (next_lon - lon) * third // 3 + town.jitter(150),
                                  lat + (next_lat - lat) * third // 3 + town.jitter(150)))
        line.append(nodes[i])
    return town.way(line, tags)


def make_streets(town, places, nodes, district):
    rows, columns = [], []
    for i in range(STREETS):
        name = STREET_NAMES[(district * 7 + i) % len(STREET_NAMES)]
        rows.append(make_street(town, places[i], nodes[i], street_tags(name, i)))
        name = STREET_NAMES[(district * 7 + i + STREETS) % len(STREET_NAMES)]
        columns.append(make_street(town, [row[i] for row in places], [row[i] for row in nodes], street_tags(name, i)))
    return rows, columns


def building_tags(town, street, number):
    kind = town.random.choice(BUILDINGS)
    tags = {"building": kind}
    if kind not in ("garage", "shed"):
        tags.update({"addr:street": street, "addr:housenumber": "%d%s" % (number, town.random.choice(["", "", "a"])),
                     "addr:postcode": "9999", "addr:city": "Musterstadt", "building:levels": str(number % 4 + 1)})
    if kind == "apartments":
        tags.update({"roof:shape": "flat", "name": "Haus %d" % number, "height": "%.1f m" % (3 + number % 9)})
    return tags


def make_row_houses(town, lon, lat, street, first):
    """Three houses that share walls: neighbours have two nodes in common. One has an entrance in its wall."""
    width, depth = 1100 + town.random.randint(0, 200), 900 + town.random.randint(0, 200)
    south = [town.node(lon + i * width, lat) for i in range(4)]
    north = [town.node(lon + i * width, lat + depth) for i in range(4)]
    door = town.node(lon + width // 2, lat, {"entrance": "main", "addr:housenumber": str(first)})
    for i in range(3):
        corners = [south[i], south[i + 1], north[i + 1], north[i]]
        ring = corners[:1] + [door] + corners[1:] if i == 0 else corners
        town.way(ring + ring[:1], building_tags(town, street, first + i))
    return north


def make_block(town, places, row, column, street):
    lon, lat = places[row][column]
    lon, lat = lon + 2200, lat + 1600
    walls = []
    for house in range(3):
        walls += make_row_houses(town, lon + house * 4200, lat, street, 10 * column + 3 * house + 1)
    # A wall behind the houses that uses their corners.
    town.way(walls, {"barrier": "wall"} if row % 2 else {"barrier": "hedge", "height": "1.8"})
    for house in range(3):
        town.area(box(lon + house * 4200 + town.jitter(200), lat + 3600, 2100 + town.jitter(300), 1500),
                  building_tags(town, street, 10 * column + house + 40))


def make_pois(town, lon, lat, count):
    for i in range(count):
        key, value, name = town.random.choice(POIS)
        tags = {key: value}
        if name:
            tags.update({"name": name, "opening_hours": "Mo-Fr 08:00-18:00; Sa 08:00-12:00", "level": str(i % 3)})
        town.node(lon + town.random.randint(0, CELL_LON), lat + town.random.randint(0, CELL_LAT), tags)


def make_district_areas(town, lon, lat):
    """Landuse, a house with a courtyard, a park of two halves with a pond, a stream."""
    town.area(box(lon - 1000, lat - 1000, CELL_LON - 4000, CELL_LAT - 4000), {"landuse": "residential"})
    outer = town.area(box(lon + 86_000, lat + 4000, 5000, 4000))
    court = town.area(box(lon + 87_500, lat + 5200, 2000, 1600))
    town.multipolygon([outer], [court], {"building": "school", "name": "Schule Musterstadt"})
    ring = town.nodes([(lon + 86_000, lat + 20_000), (lon + 86_000, lat + 28_000), (lon + 90_000, lat + 30_000),
                       (lon + 94_000, lat + 28_000), (lon + 94_000, lat + 20_000), (lon + 90_000, lat + 18_000)])
    first, second = town.way(ring[:3]), town.way(ring[2:] + ring[:1])
    pond = town.area(circle(lon + 90_000, lat + 24_000, 1500, 16), {"natural": "water", "water": "pond"})
    town.multipolygon([first, second], [pond], {"leisure": "park", "name": "Stadtpark"})
    stream = [(lon + i * CELL_LON // 20, lat + 60_000 + round(1500 * math.sin(i / 2))) for i in range(20)]
    town.way(town.nodes(stream), {"waterway": "stream", "name": "Mühlebach"})


def make_district_relations(town, rows, columns, nodes, places, district):
    """A turn restriction and a bus route with stops. Returns the route."""
    town.relation([("way", rows[2], "from"), ("node", nodes[2][2], "via"), ("way", columns[3], "to")],
                  {"type": "restriction", "restriction": "no_left_turn"})
    stops = [town.node(lon + 900, lat + 300, {"highway": "bus_stop", "name": "Halt %d.%d" % (district, i),
                                              "public_transport": "platform"})
             for i, (lon, lat) in enumerate(places[2])]
    members = [("node", stop, "platform") for stop in stops]
    members += [("way", rows[2], "forward"), ("way", columns[5], ""), ("way", rows[2], "backward")]
    return town.relation(members, {"type": "route", "route": "bus", "ref": str(district + 1), "network": "Ortsbus",
                                   "name": "Bus %d: Bahnhof → Altstadt" % (district + 1)})


def make_district(town, lon, lat, district):
    places, nodes = make_crossings(town, lon, lat)
    rows, columns = make_streets(town, places, nodes, district)
    for row in range(STREETS - 1):
        for column in range(STREETS - 1):
            make_block(town, places, row, column, STREET_NAMES[(district * 7 + row) % len(STREET_NAMES)])
    make_pois(town, lon, lat, 60)
    make_district_areas(town, lon, lat)
    return make_district_relations(town, rows, columns, nodes, places, district)


# The awkward collection: in the west of the town -------------------------------------------------------------------

def make_nested_areas(town, lon, lat):
    """An island with a pond in a lake in a forest: each ring is an inner of one relation and an outer of the next."""
    rings = [town.area(circle(lon, lat, radius, count), tags) for radius, count, tags in (
        (8000, 60, {}), (6000, 48, {}), (4000, 36, {}), (2000, 24, {"natural": "water", "name": "Inselweiher"}))]
    town.multipolygon(rings[:1], rings[1:2], {"landuse": "forest", "name": "Seewald"})
    town.multipolygon(rings[1:2], rings[2:3], {"natural": "water", "water": "lake", "name": "Mustersee"})
    town.multipolygon(rings[2:3], rings[3:4], {"place": "islet", "name": "Ínsel «A»"})
    # The same nesting in one relation: outer, inner, outer in the inner.
    nested = [town.area(circle(lon + 30_000, lat, radius, 30)) for radius in (6000, 4000, 2000)]
    town.multipolygon([nested[0], nested[2]], nested[1:2], {"natural": "heath", "name": "Heide mit Lichtung"})


def make_touching_rings(town, lon, lat):
    """Inner rings that meet in a node, that share an edge, and that touch the outer ring."""
    outer = town.nodes(box(lon, lat, 12_000, 9000))
    touch = town.node(lon + 6000, lat + 4000)
    left = town.nodes([(lon + 4000, lat + 3000), (lon + 4000, lat + 5000)])
    right = town.nodes([(lon + 8000, lat + 5000), (lon + 8000, lat + 3000)])
    inners = [town.way([touch] + left + [touch]), town.way([touch] + right + [touch])]
    town.multipolygon([town.way(outer + outer[:1])], inners, {"landuse": "meadow", "name": "Zwei Inseln, ein Punkt"})
    shared = town.nodes([(lon + 20_000, lat + 3000), (lon + 20_000, lat + 6000)])
    west = town.nodes([(lon + 18_000, lat + 6000), (lon + 18_000, lat + 3000)])
    east = town.nodes([(lon + 22_000, lat + 6000), (lon + 22_000, lat + 3000)])
    edge = town.way(shared)
    inners = [town.way([shared[1]] + west + [shared[0]]), edge, town.way([shared[1]] + east + [shared[0]])]
    town.multipolygon([town.area(box(lon + 16_000, lat, 9000, 9000))], inners[:2],
                      {"landuse": "orchard", "name": "Halbe gemeinsame Kante"})
    town.multipolygon([town.area(box(lon + 16_000, lat + 12_000, 9000, 9000))], [inners[0], inners[2]],
                      {"landuse": "vineyard", "name": "Loch ausserhalb"})
    ring = town.nodes(box(lon + 30_000, lat, 9000, 9000))
    notch = town.way([ring[0]] + town.nodes([(lon + 33_000, lat + 2000), (lon + 32_000, lat + 4000)]) + [ring[0]])
    town.multipolygon([town.way(ring + ring[:1])], [notch], {"landuse": "farmyard", "name": "Loch am Rand"})


def make_odd_multipolygons(town, lon, lat):
    old = town.area(box(lon, lat, 5000, 4000), {"landuse": "farmland", "name": "Tags am Weg"})
    hole = town.area(box(lon + 1000, lat + 1000, 1000, 1000))
    town.multipolygon([old], [hole], {})
    fenced = town.area(box(lon + 8000, lat, 5000, 4000), {"barrier": "fence", "fence_type": "wood"})
    town.multipolygon([fenced], [], {"landuse": "allotments", "name": "Zaun mit eigenen Tags"})
    twice = town.area(box(lon + 16_000, lat, 5000, 4000), {"landuse": "grass"})
    town.multipolygon([twice], [], {"landuse": "grass", "name": "Gleiche Tags an beiden"})
    nodes = town.nodes(circle(lon + 26_000, lat + 2000, 2500, 12))
    parts = [town.way(nodes[0:4]), town.way(nodes[9:] + nodes[:1]), town.way(nodes[6:2:-1]), town.way(nodes[6:10])]
    town.relation([("way", way, "") for way in parts], {"type": "multipolygon", "natural": "wood", "name": "Ohne Rollen"})
    torn = [town.way(town.nodes(circle(lon + 34_000, lat + 2000, 2500, 12)[i:i + 5])) for i in (0, 6)]
    town.multipolygon(torn, [], {"natural": "scrub", "name": "Offener Ring"})
    town.multipolygon([town.area(box(lon + 40_000 + i * 6000, lat, 4000, 4000)) for i in range(3)], [],
                      {"landuse": "industrial", "name": "Drei Teile"})


def make_odd_ways(town, lon, lat):
    eight = town.nodes([(lon, lat), (lon + 2000, lat + 2000), (lon + 4000, lat + 2000), (lon + 4000, lat),
                        (lon, lat + 2000)])
    town.way([eight[0], eight[1], eight[2], eight[3], eight[1], eight[4], eight[0]],
             {"landuse": "grass", "name": "Ring, der sich berührt"})
    town.area([(lon + 8000, lat), (lon + 11_000, lat + 3000), (lon + 11_000, lat), (lon + 8000, lat + 3000)],
              {"landuse": "grass", "name": "Schleife, die sich schneidet"})
    town.area(circle(lon + 16_000, lat + 1500, 900, 16), {"highway": "residential", "junction": "roundabout"})
    town.area(box(lon + 20_000, lat, 3000, 3000), {"highway": "pedestrian", "area": "yes", "name": "Marktplatz"})
    town.area(box(lon + 25_000, lat, 3000, 3000), {"leisure": "track", "area": "no", "name": "Laufbahn"})
    town.area(box(lon + 30_000, lat, 3000, 3000), {"building": "yes", "area": "no"})
    town.area(box(lon + 35_000, lat, 3000, 3000), {"barrier": "fence"})
    town.area(box(lon + 40_000, lat, 3000, 3000), {"natural": "coastline"})
    town.area(box(lon + 45_000, lat, 3000, 3000))
    line = town.nodes([(lon, lat + 6000), (lon + 1000, lat + 6500), (lon + 2000, lat + 6000)])
    town.way([line[0], line[0], line[1], line[1], line[1], line[2]], {"highway": "track", "name": "Doppelte Knoten"})
    town.way([line[0], line[1], line[0], line[2]], {"highway": "path", "name": "Hin und her"})
    town.way([line[1]], {"highway": "steps", "name": "Nur ein Knoten"})
    town.way([line[2], line[2]], {"highway": "service", "name": "Zweimal derselbe"})
    stacked = [town.node(lon + 5000, lat + 6000), town.node(lon + 5000, lat + 6000)]
    town.way(stacked, {"power": "minor_line", "name": "Zwei Knoten, ein Ort"})


def make_long_way(town, lon, lat):
    """As many nodes as a way may have."""
    spiral = [(lon + round((20 + i / 50) * 147 * math.cos(i / 30)), lat + round((20 + i / 50) * 100 * math.sin(i / 30)))
              for i in range(2000)]
    town.way(town.nodes(spiral), {"highway": "cycleway", "name": "Zweitausend Knoten"})


def odd_tags():
    """Tag sets that break quoting, escaping, encoding and length assumptions."""
    return [{"amenity": "cafe", "name": text} for text in (
        'Quotes "double" and \'single\'', "<b>Fish & Chips</b> &amp; ]]>", "Line one\nline two\n", "Tab\there\\n\\t",
        "  blanks around  ", "Emoji 🏰🚲👩‍👩‍👧 flag 🇱🇮", "שלום עולם", "مرحبا ‏بالعالم", "e\u0301 combining, é composed", "ü" * 255,
        "🏔" * 255, "x" * 255, "a=>b, \"c\"=>\"d\"", "back\\slash\\", "%s %d %n", "{\"json\": [1, null]}", "'; DROP TABLE--",
        "no-break\u00a0space \u200b zero width", "NULL", "semi;colon;list")] + [
            {"name": "Empty value", "note": ""},
            {"name": "Odd keys", "key with blank": "1", "key=equals": "2", 'key"quote': "3", "schlüssel": "4",
             "a:b:c:d": "5", "UPPER": "6", "upper": "7", "k" * 255: "long key", "<&>": "8", "addr:street": "Im Tal"},
            {"name": "Numbers", "ele": "1.5e3", "width": "1,5", "height": "12 m", "population": "1'234", "layer": "-1",
             "maxspeed": "050"},
            {"natural": "peak"}, {"created_by": "JOSM"}, {"source": "survey", "fixme": "only uninteresting tags"}]


def make_odd_nodes(town, lon, lat):
    for i, tags in enumerate(odd_tags()):
        town.node(lon + i * 900, lat, tags)
    town.node(0, 0, {"name": "Null Island", "place": "locality"})
    town.node(-1, 1, {"name": "Just west of Null Island"})
    town.node(1800000000, 900000000, {"name": "North-east corner"})
    town.node(-1800000000, -900000000, {"name": "South-west corner"})
    town.node(lon, lat + 900, {"name": "By nobody", "amenity": "bench"}, anonymous=True)
    same = [town.node(lon + 900, lat + 900, {"name": "Same place %d" % i, "amenity": "clock"}) for i in range(2)]
    town.way([town.node(lon + 1800, lat + 900)] + same, {"highway": "path", "name": "By nobody"}, anonymous=True)
    town.area(box(lon + 4000, lat + 900, 900, 900), odd_tags()[1])


def make_odd_relations(town, lon, lat, routes):
    town.relation([("relation", route, "") for route in routes], {"type": "route_master", "route_master": "bus",
                                                                   "ref": "1-%d" % len(routes), "name": "Ortsbus"})
    node = town.node(lon, lat, {"tourism": "viewpoint", "name": "Aussicht"})
    way = town.way([node, town.node(lon + 2000, lat)], {"highway": "path"})
    house = town.area(box(lon, lat + 1000, 900, 900), {"building": "hut"})
    site = town.relation([("node", node, "entrance"), ("way", way, ""), ("way", house, 'odd "role" <&> ü'),
                          ("node", node, "entrance")], {"type": "site", "site": "lookout", "name": "Doppelter Member"})
    first = town.next_id["relation"]
    town.relation([("relation", first + 1, "child"), ("relation", site, "")], {"type": "collection", "name": "Kreis A"})
    town.relation([("relation", first, "child"), ("relation", first + 1, "self")], {"type": "collection", "name": "Kreis B"})
    town.relation([], {"type": "empty", "name": "Ohne Mitglieder"})
    town.relation([("node", node, "")])
    missing = town.area(box(lon, lat + 4000, 900, 900))
    town.relation([("way", missing, "outer"), ("way", 999_999_999, "outer"), ("node", 999_999_998, "label")],
                  {"type": "multipolygon", "landuse": "quarry", "name": "Fehlende Mitglieder"})
    town.relation([("way", 999_999_997, "outer"), ("relation", 999_999_996, "subarea")],
                  {"type": "boundary", "boundary": "protected_area", "name": "Nur Fehlendes"})


def make_boundaries(town, south, west, north, east):
    """The town's boundary of six ways, its two halves that share the middle one, an exclave and an enclave."""
    middle = (west + east) // 2
    sw, s, se, e, ne, n, nw, w = town.nodes([
        (west, south), (middle, south), (east, south), (east, (south + north) // 2), (east, north), (middle, north),
        (west, north), (west, (south + north) // 2)])
    bends = town.nodes([(middle + 3000, (2 * south + north) // 3), (middle - 3000, (south + 2 * north) // 3)])
    lines = {name: town.way(nodes, {"boundary": "administrative", "admin_level": "8"}) for name, nodes in (
        ("south west", [sw, s]), ("south east", [s, se]), ("east", [se, e, ne]), ("north east", [n, ne]),
        ("north west", [n, nw]), ("west", [nw, w, sw]))}
    divide = town.way([s] + bends + [n], {"boundary": "administrative", "admin_level": "9"})
    centre = town.node(ORIGIN_LON + 34_000, ORIGIN_LAT + 23_000, {"place": "town", "name": "Musterstadt",
                                                                  "population": "12345", "name:en": "Sampletown"})
    halves = []
    for name in "west", "east":
        members = [("way", lines[line], "outer") for line in ("north " + name, name, "south " + name)]
        halves.append(town.relation(members + [("way", divide, "outer")], {
            "type": "boundary", "boundary": "administrative", "admin_level": "9", "name": "Musterstadt %s" % name}))
    exclave = town.area(box(west - 20_000, south, 8000, 8000), {"boundary": "administrative", "admin_level": "8"})
    enclave = town.area(box(west + 2000, north - 8000, 4000, 4000), {"boundary": "administrative", "admin_level": "8"})
    members = [("way", way, "outer") for way in lines.values()] + [("way", exclave, "outer"), ("way", enclave, "inner")]
    members += [("node", centre, "admin_centre"), ("node", centre, "label")]
    members += [("relation", half, "subarea") for half in halves]
    town.relation(members, {"type": "boundary", "boundary": "administrative", "admin_level": "8", "name": "Musterstadt",
                            "wikidata": "Q0", "name:ar": "مدينة العيّنة"})


def make_large_ids(town, lon, lat):
    """Ids that do not fit into 32 bits, last because documents are sorted."""
    for kind in town.next_id:
        town.next_id[kind] = 2 ** 32 + 7
    house = town.area(box(lon, lat, 900, 900), {"building": "yes", "name": "Above 2^32"})
    town.multipolygon([house], [], {"amenity": "fountain", "name": "Relation above 2^32"})
    town.next_id["node"] = 13_000_000_001
    town.node(lon, lat + 2000, {"amenity": "bench", "name": "Id 13000000001"})


def make_town(output, scale, seed):
    town = Town(output, seed)
    columns = math.ceil(math.sqrt(scale))
    rows = math.ceil(scale / columns)
    south, west = ORIGIN_LAT - 80_000, ORIGIN_LON - 120_000
    north = ORIGIN_LAT + max(rows * CELL_LAT, 80_000) + 10_000
    east = ORIGIN_LON + columns * CELL_LON + 10_000
    town.start((south, west, north, east))
    routes = []
    for district in range(scale):
        row, column = divmod(district, columns)
        routes.append(make_district(town, ORIGIN_LON + column * CELL_LON, ORIGIN_LAT + row * CELL_LAT, district))
    lon = ORIGIN_LON - 100_000
    make_nested_areas(town, lon + 20_000, ORIGIN_LAT + 10_000)
    make_touching_rings(town, lon, ORIGIN_LAT + 30_000)
    make_odd_multipolygons(town, lon, ORIGIN_LAT - 10_000)
    make_odd_ways(town, lon, ORIGIN_LAT - 30_000)
    make_long_way(town, lon + 70_000, ORIGIN_LAT + 10_000)
    make_odd_nodes(town, lon, ORIGIN_LAT - 40_000)
    make_odd_relations(town, lon, ORIGIN_LAT - 55_000, routes[:1000])
    make_boundaries(town, south, west, north, east)
    make_large_ids(town, lon, ORIGIN_LAT - 60_000)
    town.finish()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=int, default=1, help="number of districts (default: 1)")
    parser.add_argument("--seed", type=int, default=1, help="another town of the same kind (default: 1)")
    arguments = parser.parse_args()
    if arguments.scale < 1:
        parser.error("--scale must be at least 1")
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    make_town(sys.stdout, arguments.scale, arguments.seed)


if __name__ == "__main__":
    main()
