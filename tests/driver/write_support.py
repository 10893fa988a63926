"""What the tests of large and of contested saves share: streets and trees to write, and what a server has of them."""
import collections
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as tree
from typing import NamedTuple

from support import Sandbox, gdal

gdal.SetConfigOption("OSMAPI_TOKEN", "alice-token")
gdal.SetConfigOption("OSMAPI_KEEP", "0")
DEGREE = 10_000_000
BOX = "9.5,47.1,9.6,47.2"
CORNER = 95_100_000, 471_200_000
MAP = "map?bbox=" + BOX
# A process counts the memory of the one that started it as its own, so a small one stands between.
LAUNCHER = """import json, resource, subprocess, sys
run = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([run.returncode, run.stdout.decode(errors="replace"), usage.ru_maxrss / 1000,
                  usage.ru_utime + usage.ru_stime]))"""


class Run(NamedTuple):
    """Of one command: its end, its words, MB of memory at most, seconds of processor time."""
    status: int
    output: str
    peak: float
    cpu: float


def run(command, **settings):
    words = [sys.executable, "-S", "-E", "-c", LAUNCHER, *map(str, command)]
    done = subprocess.run(words, env={**os.environ, **settings}, stdout=subprocess.PIPE, check=True)
    return Run(*json.loads(done.stdout))


def measures_memory():
    return "libasan" not in os.environ.get("LD_PRELOAD", "")


class Node(NamedTuple):
    place: tuple
    tags: dict
    version: int
    changeset: int


class Way(NamedTuple):
    refs: tuple
    tags: dict
    version: int
    changeset: int


class State:
    """The nodes and ways of a server, by their ids."""

    def __init__(self, document):
        self.nodes, self.ways = {}, {}
        for item in tree.fromstring(document):
            tags = {tag.get("k"): tag.get("v") for tag in item.iterfind("tag")}
            known = tags, int(item.get("version") or 0), int(item.get("changeset") or 0)
            if item.tag == "node":
                self.nodes[int(item.get("id"))] = Node((units(item.get("lon")), units(item.get("lat"))), *known)
            elif item.tag == "way":
                refs = tuple(int(nd.get("ref")) for nd in item.iterfind("nd"))
                self.ways[int(item.get("id"))] = Way(refs, *known)

    def places(self, way):
        return tuple(self.nodes[ref].place for ref in way.refs)

    def content(self):
        """Nodes by place and tags, ways by places and tags, each as often as it is there."""
        nodes = ((node.place, key(node.tags)) for node in self.nodes.values())
        ways = ((self.places(way), key(way.tags)) for way in self.ways.values())
        return collections.Counter(nodes) + collections.Counter(ways)


def units(degrees):
    return round(float(degrees) * DEGREE)


def key(tags):
    return tuple(sorted(tags.items()))


def state(sandbox):
    return State(sandbox.call("GET", "/api/0.6/" + MAP))


def grid(rows, trees):
    """Streets that cross each other, rows * rows nodes in 2 * rows ways, and trees: (places, tags) each."""
    def place(column, row):
        return CORNER[0] + column * 3000, CORNER[1] + row * 3000
    made = []
    for i in range(rows):
        made.append((tuple(place(k, i) for k in range(rows)), {"highway": "residential", "name": f"Zeile {i}"}))
        made.append((tuple(place(i, k) for k in range(rows)), {"highway": "service", "name": f"Spalte {i}"}))
    for i in range(trees):
        made.append((((CORNER[0] + 400_000 + i % 200 * 1000, CORNER[1] + i // 200 * 1000),),
                     {"natural": "tree", "ref": str(i)}))
    return made


def content(features):
    """What a server has when these are on it: a node for each place, whatever uses it."""
    nodes, ways = {}, collections.Counter()
    for places, tags in features:
        if len(places) == 1:
            nodes[places[0]] = key(tags)
        else:
            ways[places, key(tags)] += 1
            nodes.update((place, ()) for place in places if place not in nodes)
    return collections.Counter(nodes.items()) + ways


def write_geojson(path, features):
    def feature(places, tags):
        points = [[lon / DEGREE, lat / DEGREE] for lon, lat in places]
        one = len(points) == 1
        geometry = {"type": "Point" if one else "LineString", "coordinates": points[0] if one else points}
        return {"type": "Feature", "properties": tags, "geometry": geometry}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature(*item) for item in features]}))
    return path


def upload_options(url, folder, *more):
    """`folder` takes the journals."""
    return [f"OSMAPI_URL={url}", "UPLOAD=YES", "COMMENT=Tests", f"JOURNAL={folder}", *more]


def append(sandbox, path, folder, *more):
    """ogr2ogr -append of a file into the map."""
    words = [word for option in upload_options(sandbox.url, folder, *more) for word in ("-doo", option)]
    return run(["ogr2ogr", "-append", "OSMAPI:" + MAP, path, "-nln", "import", *words], OSMAPI_TOKEN="alice-token")


def edit(url, folder, *more):
    """The map, open for edits; they are saved as alice."""
    return gdal.OpenEx("OSMAPI:" + MAP, gdal.OF_VECTOR | gdal.OF_UPDATE,
                       open_options=upload_options(url, folder, *more))


def seeded(folder, features, *limits):
    """A sandbox that has these features already: in changesets by alice, nodes first."""
    nodes, ways, numbers = [], [], {}
    for places, tags in features:
        for place in places:
            own = tags if len(places) == 1 else {}
            if place not in numbers:
                numbers[place] = len(numbers) + 1
                nodes.append(f'<node id="{numbers[place]}" version="1" changeset="1" user="alice" uid="101" '
                             f'timestamp="2026-01-01T00:00:00Z" lon="{place[0] / DEGREE:.7f}" '
                             f'lat="{place[1] / DEGREE:.7f}">{written(own)}</node>')
        if len(places) > 1:
            refs = "".join(f'<nd ref="{numbers[place]}"/>' for place in places)
            ways.append(f'<way id="{len(ways) + 1}" version="1" changeset="1" user="alice" uid="101" '
                        f'timestamp="2026-01-01T00:00:00Z">{refs}{written(tags)}</way>')
    path = folder / "seed.osm"
    path.write_text(f'<osm version="0.6">\n{chr(10).join(nodes + ways)}\n</osm>\n')
    return Sandbox("--load", path, *limits)


def written(tags):
    return "".join(f'<tag k="{name}" v="{value}"/>' for name, value in tags.items())
