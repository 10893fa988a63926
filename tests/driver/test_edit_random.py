#!/usr/bin/env python3
"""Random edit scripts through OGR against the sandbox: after each commit the server holds what the user meant.

usage: test_edit_random.py BUILD_DIR [SEED [alone]]
       SEED runs this script after those that it follows on the same server, "alone" on a fresh one; both tell what it did
"""
import collections
import random
import sys
import tempfile
import time

from edit_bench import KINDS, canonical, leaves
from edit_script import REACH, User
from osm_state import DEGREE, State, brief, read_elements
from support import Checks, Sandbox, features, folder, gdal, options, write_town

SCRIPTS, BATCH = 1000, 25  # so many scripts share one server's state
BOX = (9.5, 47.13, 9.55, 47.16)
LAYERS = ["points", "lines", "multilinestrings", "multipolygons", "other_relations"]


def get_map(sandbox, box):
    return State(read_elements(sandbox.call("GET", "/api/0.6/map?bbox=%.7f,%.7f,%.7f,%.7f" % box)))


class Wrong(AssertionError):
    """The server does not hold what was meant."""


# What the server should hold ---------------------------------------------------------------------------------------

def map_of(state, box):
    """The keys of the map call's answer, from the model."""
    west, south, east, north = box
    nodes = {element.key for element in state.items.values() if element.kind == "node" and
             west <= element.place[0] <= east and south <= element.place[1] <= north}
    ways = {way for node in nodes for way in state.users_of(*node, ("way",))}
    nodes |= {used for way in ways for used in state.items[way].uses() if used in state.items}
    relations = {user for key in nodes | ways for user in state.users_of(*key, ("relation",))}
    relations |= {user for key in relations for user in state.users_of(*key, ("relation",))}
    return nodes | ways | relations


class Server:
    """A model of the server, a sandbox to compare it with, and the datasets of its users."""

    def __init__(self, sandbox, journal, shared):
        self.sandbox, self.shared = sandbox, shared
        self.options = [f"OSMAPI_URL={sandbox.url}", "UPLOAD=YES", "COMMENT=Random", "TAGS=JSON", f"JOURNAL={journal}",
                        "LAYERS=nodes,ways,relations", f"SHARED_NODES={shared}"]
        sandbox.call("PUT", "/sandbox/reset")
        self.state = get_map(sandbox, BOX)
        self.first = set(self.state.items)
        self.datasets = [self.open(), self.open()]
        ways = [element for element in self.state.items.values() if element.kind == "way" and len(element.refs) < 200]
        self.places = sorted({self.state.get("node", ref).place for way in ways for ref in way.refs})
        self.known = {}
        for name in LAYERS:
            for feature in features(self.datasets[0].GetLayerByName(name)):
                kind = "way" if name == "multipolygons" and feature.GetField("osm_way_id") else KINDS.get(name, "relation")
                number = feature.GetField("osm_way_id" if kind == "way" and name == "multipolygons" else "osm_id")
                if (kind, int(number)) in self.state.items:
                    self.known[name, feature.GetFID()] = kind, int(number)

    def open(self):
        return gdal.OpenEx("OSMAPI:map?bbox=%s,%s,%s,%s" % BOX, gdal.OF_VECTOR | gdal.OF_UPDATE,
                           open_options=self.options)

    def committed(self, user):
        """Takes over what the user meant, after comparing it with the server; new elements get the ids they have there."""
        expected = self.expect(user.meant)
        box = tuple(value / DEGREE for value in user.region)
        actual = get_map(self.sandbox, box)
        ids = self.name_new(expected, actual)
        for number, real in ids.items():
            element = expected.items[number]
            expected.forget(number)
            expected.put(element.but(id=real, version=1))
        for key in list(expected.touched & expected.items.keys()):
            element = expected.items[key]
            if ids and element.refs:
                expected.put(element.but(refs=[real_ref(element.kind, ref, ids) for ref in element.refs]))
        compare(expected, map_of(expected, user.region), actual)
        expected.touched = set()
        self.state = expected
        self.known = {where: (key[0], ids.get(key, key[1])) for where, key in user.known.items()}
        user.server, user.known, user.meant = expected, dict(self.known), expected.fork()

    def expect(self, meant):
        """Versions go up by one where something changed."""
        expected = meant.mark()
        for key in meant.touched:
            old, element = self.state.items.get(key), meant.items.get(key)
            if element and old and not element.same(old):
                expected.put(element.but(version=old.version + 1))
            elif element and old:
                expected.put(old)
        return expected

    def name_new(self, expected, actual):
        """Which elements of the server the new ones became, by what they are."""
        there, ids = collections.defaultdict(list), {}
        actual.is_new = lambda kind, number: (kind, number) not in self.state.items
        for element in actual.items.values():
            if element.key not in self.state.items:
                there[element.kind, actual.content(element)].append(element.id)
        for key in sorted(key for key in expected.touched & expected.items.keys() if key[1] < 0):
            found = there.get((key[0], expected.content(expected.items[key])))
            if not found:
                raise Wrong(f"is not on the server: {expected.items[key]}; there are {brief(dict(there))}")
            ids[key] = found.pop()
        left = [number for numbers in there.values() for number in numbers]
        if left:
            raise Wrong(f"nobody meant to make these: {brief(there)}")
        return ids

    def compare_all(self):
        compare(self.state, map_of(self.state, tuple(round(value * DEGREE) for value in BOX)),
                get_map(self.sandbox, BOX))


def real_ref(kind, ref, ids):
    if kind == "way":
        return ids.get(("node", ref), ref)
    return ref[0], ids.get(ref[:2], ref[1]), ref[2]


def compare(expected, keys, actual):
    """Elements by id: version, tags, place, node list, members."""
    wrong = [f"deleted, but there: {actual.items[key]}" for key in sorted(actual.items.keys() - keys)]
    wrong += [f"gone, but meant: {expected.items[key]}" for key in sorted(keys - actual.items.keys())]
    for key in sorted(keys & actual.items.keys()):
        meant, is_there = expected.items[key], actual.items[key]
        if not meant.same(is_there) or meant.version != is_there.version:
            wrong.append(f"meant {brief(meant)},\n   there {brief(is_there)}")
    if wrong:
        raise Wrong("\n  ".join(wrong[:12]))


# Scripts -----------------------------------------------------------------------------------------------------------

def commit(user, chance, in_transaction):
    how = "CommitTransaction" if in_transaction else chance.choice(["SyncToDisk", "FlushCache"])
    user.say(how)
    if how == "CommitTransaction":
        user.dataset.CommitTransaction()
    elif how == "SyncToDisk":
        user.dataset.GetLayer(chance.randrange(5)).SyncToDisk()
    else:
        user.dataset.FlushCache()


def roll_back(user, chance, in_transaction, before, first):
    """A transaction goes back to where it began; ROLLBACK takes back all that is not saved."""
    how = "RollbackTransaction" if in_transaction and chance.random() < 0.6 else "ROLLBACK"
    user.say(how)
    if how == "RollbackTransaction":
        user.dataset.RollbackTransaction()
        user.back_to(before)
        return
    user.dataset.ExecuteSQL("ROLLBACK")
    user.back_to(first)


def read_again(server, user, chance):
    """What was changed is read back, by this handle or the other one."""
    dataset = chance.choice(server.datasets)
    for (name, fid), key in chance.sample(sorted(user.known.items()), 3):
        element, feature = user.meant.items[key], dataset.GetLayerByName(name).GetFeature(fid)
        if feature is None or name == "multipolygons" and feature.GetGeometryRef() is None:
            continue  # a ring may have become invalid with a node it shares
        column = "osm_way_id" if name == "multipolygons" and element.kind == "way" else "osm_id"
        if int(feature.GetField(column)) != element.id or feature.GetField("osm_version") != element.version:
            raise Wrong(f"{name} {fid} is read as {feature.GetField(column)} v{feature.GetField('osm_version')}, "
                        f"it is {element}")
        if element.kind == "node" and leaves(feature.GetGeometryRef()) != [[element.place]]:
            raise Wrong(f"{name} {fid} is read at {canonical(feature.GetGeometryRef())}, it is {element}")


def run_part(server, user, chance):
    """Some edits, with a commit or a rollback at their end."""
    first = user.mark()
    for _ in range(chance.choice([0, 0, 0, 1, 2])):
        user.do_something()
    in_transaction = chance.random() < 0.6
    before = user.mark()
    if in_transaction:
        user.say("StartTransaction")
        user.dataset.StartTransaction()
    for _ in range(chance.randint(1, 6)):
        user.do_something()
    if chance.random() < 0.2:
        roll_back(user, chance, in_transaction, before, first)
        in_transaction = False
        for _ in range(chance.randint(0, 2)):
            user.do_something()
    commit(user, chance, in_transaction)
    server.committed(user)
    read_again(server, user, chance)


def run_script(server, seed, log):
    chance = random.Random(seed)
    place = chance.choice(server.places)
    region = place[0] - REACH, place[1] - REACH, place[0] + REACH, place[1] + REACH
    user = User(chance, server.state, server.known, region, server.shared, server.first)
    user.log = log
    for _ in range(chance.randint(1, 4)):
        which = chance.randrange(2)
        if chance.random() < 0.1:
            user.say("another handle")
            server.datasets[which] = None
            server.datasets[which] = server.open()
        user.dataset = server.datasets[which]
        user.say(f"with handle {which}")
        run_part(server, user, chance)


def run_batch(checks, sandbox, journal, seeds, told=()):
    """Scripts one after the other on one server; where one fails, the rest goes on with a fresh server."""
    server, edits = None, 0
    shared = ["MOVE", "SPLIT", "MOVE", "REFUSE"][(seeds[0] - 1) // BATCH % 4]
    for seed in seeds:
        server, log = server or Server(sandbox, journal, shared), []
        try:
            run_script(server, seed, log)
            checks.that(True, "")
        except Exception as error:  # noqa: BLE001
            steps = "\n  ".join(brief(line, 1200) for line in log)
            checks.that(False, f"seed {seed} (first on this server: {seeds[0]}): {type(error).__name__}: {error}\n"
                               f"  {steps}")
            server = None
        if seed in told:
            print("\n".join(log))
        edits += len(log)
    if server:
        try:
            server.compare_all()
        except Wrong as error:
            checks.that(False, f"after seeds {seeds[0]} to {seeds[-1]}, elsewhere: {error}")
    return edits


def random_scripts(checks):
    wanted = int(sys.argv[2]) if len(sys.argv) > 2 else None
    began, edits = time.monotonic(), 0
    with folder() as directory, options(OSMAPI_TOKEN="alice-token", OSMAPI_KEEP="0"), \
            Sandbox("--load", write_town(directory / "town.osm")) as sandbox, tempfile.TemporaryDirectory() as journal:
        for first in range(1, SCRIPTS + 1, BATCH):
            seeds = list(range(first, min(first + BATCH, SCRIPTS + 1)))
            if wanted and "alone" in sys.argv:
                return run_batch(checks, sandbox, journal, [wanted], [wanted])
            if wanted is None or wanted in seeds:
                edits += run_batch(checks, sandbox, journal, [seed for seed in seeds if not wanted or seed <= wanted],
                                   [wanted])
    print(f"{edits} steps in {time.monotonic() - began:.0f} s")
    return None


gdal.PushErrorHandler("CPLQuietErrorHandler")
checks = Checks("edit_random")
checks.run(random_scripts)
checks.close()
