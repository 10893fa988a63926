#!/usr/bin/env python3
"""Every GET call of the OSM API v0.6 as a dataset: layers, columns, rows, both spellings, filters, pages, batches.

usage: test_calls.py BUILD_DIR
"""
import json
import urllib.parse

from support import (Checks, Sandbox, by_id, features, folder, layer_names, layer_of, layers, ogr, open_vector, options, rows,
                     wkt, write_town)

BOX = "9.51,47.13,9.53,47.15"
FIVE = ["points", "lines", "multilinestrings", "multipolygons", "other_relations"]
RAW = ["nodes", "ways", "relations", "members"]
ALICE, BOB, MOD = "alice-token", "bob-token", "mod-token"

# Layers and columns of every call: "name geometry: column=type ...". The five layers are compared with GDAL's own in
# test_elements.py.
ELEMENT = ("osm_id=Integer64 osm_version=Integer osm_timestamp=DateTime osm_uid=Integer64 osm_user=String "
           "osm_changeset=Integer64 visible=Boolean action=String tags=JSON")
RAW_LAYERS = [f"nodes Point: {ELEMENT}",
              f"ways Line String: {ELEMENT} nodes=JSON complete=Boolean",
              f"relations None: {ELEMENT} members=JSON",
              "members None: relation_id=Integer64 relation_version=Integer sequence=Integer type=String ref=Integer64 "
              "role=String"]
CHANGESETS = ("changesets Polygon: id=Integer64 created_at=DateTime closed_at=DateTime open=Boolean user=String "
              "uid=Integer64 comments_count=Integer changes_count=Integer comment=String created_by=String source=String "
              "tags=JSON")
COMMENTS = ("comments None: changeset_id=Integer64 id=Integer64 date=DateTime uid=Integer64 user=String "
            "visible=Boolean text=String")
NOTES = ["notes Point: id=Integer64 status=String date_created=DateTime date_closed=DateTime url=String text=String "
         "user=String uid=Integer64 comments_count=Integer comments=JSON",
         "note_comments Point: note_id=Integer64 number=Integer date=DateTime uid=Integer64 user=String action=String "
         "text=String html=String"]
TRACKS = ["tracks Multi Line String: name=String desc=String url=String segments=Integer points=Integer "
          "start_time=DateTime end_time=DateTime",
          "track_points Point: track=Integer64 segment=Integer point=Integer time=DateTime ele=Real"]
WAYPOINTS = ("waypoints Point: name=String desc=String cmt=String sym=String type=String url=String time=DateTime "
             "ele=Real")
GPX_FILES = ("gpx_files Point: id=Integer64 name=String uid=Integer64 user=String visibility=String pending=Boolean "
             "timestamp=DateTime description=String tags=JSON")
USERS = ("users Point: id=Integer64 display_name=String account_created=DateTime description=String "
         "contributor_terms_agreed=Boolean contributor_terms_pd=Boolean img=String roles=JSON changesets_count=Integer "
         "traces_count=Integer blocks_received_count=Integer blocks_received_active=Integer blocks_issued_count=Integer "
         "blocks_issued_active=Integer home_zoom=Integer languages=JSON messages_received_count=Integer "
         "messages_received_unread=Integer messages_sent_count=Integer")
CAPABILITIES = ["capabilities None: name=String value=String unit=String description=String",
                "imagery_blacklist None: regex=String"]
PREFERENCES = "preferences None: key=String value=String"
TABLES = {
    "versions": ["versions None: version=String"],
    "capabilities": CAPABILITIES,
    "api/capabilities": CAPABILITIES,
    "permissions": ["permissions None: name=String granted=Boolean description=String"],
    "changeset/1": [CHANGESETS + " discussion=JSON", COMMENTS],
    "changesets": [CHANGESETS],
    "changeset/1/download": RAW_LAYERS,
    "node/1/history": RAW_LAYERS,
    "way/1/2": RAW_LAYERS,
    "nodes?nodes=1,1v2": RAW_LAYERS,
    "trackpoints?bbox=" + BOX: TRACKS,
    "gpx/1": [GPX_FILES],
    "gpx/1/details": [GPX_FILES],
    "gpx/1/data": TRACKS + [WAYPOINTS],
    "user/gpx_files": [GPX_FILES],
    "user/101": [USERS],
    "users?users=101": [USERS],
    "user/details": [USERS],
    "user/preferences": [PREFERENCES],
    "user/preferences/key": [PREFERENCES],
    "notes?bbox=" + BOX: NOTES,
    "notes/1": NOTES,
    "notes/search?q=x": NOTES,
    "notes/feed?bbox=" + BOX: ["notes_feed Point: title=String link=String guid=String author=String "
                               "description=String published=DateTime"],
}
BOTH = ["node/1001", "relation/301", "nodes?nodes=1001", "ways?ways=5001", "relations?relations=301",
        "node/1001/relations", "way/5001/relations", "node/1001/ways"]


def describe(layer):
    definition = layer.GetLayerDefn()
    fields = [definition.GetFieldDefn(i) for i in range(definition.GetFieldCount())]
    types = [ogr.GetFieldSubTypeName(field.GetSubType()) if field.GetSubType() else field.GetTypeName()
             for field in fields]
    columns = " ".join(f"{field.GetName()}={kind}" for field, kind in zip(fields, types))
    return f"{layer.GetName()} {ogr.GeometryTypeToName(layer.GetGeomType())}: {columns}"


def schemas(checks):
    """All that can be said without asking anybody: nothing listens at this address."""
    for path, expected in TABLES.items():
        dataset = open_vector("OSMAPI:" + path, "OSMAPI_URL=http://127.0.0.1:9")
        checks.equal([describe(layer) for layer in layers(dataset)], expected, path)
        for layer in layers(dataset):
            has_place = layer.GetGeomType() != ogr.wkbNone
            srs = layer.GetSpatialRef()
            checks.equal(srs.GetAuthorityCode(None) if srs else None, "4326" if has_place else None,
                         f"{path} {layer.GetName()}: coordinate system")
    for path in "map?bbox=" + BOX, "way/1/full", "relation/1/full":
        checks.equal(layer_names(open_vector("OSMAPI:" + path)), FIVE, path)
    for path in BOTH:
        checks.equal(layer_names(open_vector("OSMAPI:" + path)), FIVE + RAW, path)


def everything(dataset):
    return {layer.GetName(): rows(layer) for layer in layers(dataset)}


def no_urls(answer):
    """Without the notes' own addresses, which name the form they were asked in."""
    for table in answer.values():
        for _, fields, _ in table:
            fields.pop("url", None)
    return answer


def spellings(sandbox):
    def test(checks):
        for path in ["node/1001", "node/1001/history", "node/1001/2", "way/5001/full", "relation/301/full",
                     "nodes?nodes=1001,1002", "ways?ways=5001", "relations?relations=301,302", "node/1001/ways",
                     "way/5339/relations", "map?bbox=" + BOX, "changeset/90", "changesets?user=101", "versions",
                     "capabilities", "permissions", "user/101", "users?users=101,102", "user/details",
                     "user/preferences", "notes?bbox=" + BOX, "notes/2", "notes/search?q=path"]:
            words = path.split("?")
            other = "?".join([words[0] + ".json"] + words[1:])
            plain, as_json = everything(sandbox.open(path)), everything(sandbox.open(other))
            checks.equal(no_urls(as_json), no_urls(plain), f"{other} has the rows of {path}")
            checks.that(any(plain.values()), f"{path} has rows")
            checks.that(any(f"/{words[0]}.json" in line for line in sandbox.requests()), f"{other} is asked for")
    return test


def versions_and_capabilities(sandbox):
    def test(checks):
        checks.equal([row["version"] for row in map(dict, by_id(sandbox.layer("versions"), "version").values())],
                     ["0.6"], "versions")
        for path in "capabilities", "api/capabilities":
            dataset = sandbox.open(path)
            values = {name: row["value"] for name, row in by_id(dataset.GetLayer(0), "name").items()}
            expected = {"version.minimum": "0.6", "version.maximum": "0.6", "area.maximum": "0.25",
                        "note_area.maximum": "25", "tracepoints.per_page": "5000", "waynodes.maximum": "2000",
                        "relationmembers.maximum": "32000", "changesets.maximum_elements": "10000",
                        "changesets.default_query_limit": "100", "changesets.maximum_query_limit": "100",
                        "notes.default_query_limit": "100", "notes.maximum_query_limit": "10000",
                        "timeout.seconds": "300", "status.database": "online", "status.api": "online",
                        "status.gpx": "online"}
            checks.equal(values, expected, path)
            regexes = list(by_id(dataset.GetLayer(1), "regex"))
            checks.that("http://xdworld\\.vworld\\.kr:8080/.*" in regexes, f"{path}: imagery_blacklist {regexes}")
        checks.equal(sandbox.asked("capabilities")[-2:], ["/api/0.6/capabilities", "/api/capabilities"],
                     "the path is the documentation's")
    return test


def permissions(sandbox):
    def test(checks):
        table = by_id(sandbox.layer("permissions"), "name")
        checks.equal(set(table), {"allow_" + scope for scope in (
            "read_prefs", "write_prefs", "write_diary", "write_api", "write_redactions", "read_gpx", "write_gpx",
            "write_notes")}, "permissions of alice")
        granted = {name for name, row in table.items() if row["granted"]}
        checks.equal(set(table) - granted, {"allow_write_redactions"}, "what alice may not, for she is no moderator")
        checks.that(all(row["description"] for row in table.values()), "what they are for")
        for path in "permissions", "permissions.json":
            with options(OSMAPI_TOKEN=None):
                checks.equal({row["granted"] for _, row, _ in rows(sandbox.layer(path))}, {False}, f"{path} of nobody")
    return test


def elements(sandbox):
    def test(checks):
        node = by_id(sandbox.layer("node/1001", "nodes"), "osm_id")[1001]
        checks.equal((node["osm_version"], node["osm_user"], node["osm_uid"], node["visible"], node["action"]),
                     (2, "地図 🗺", 7, True, None), "node/1001")
        dataset = sandbox.open("way/5001")
        way = by_id(dataset.GetLayerByName("ways"), "osm_id")[5001]
        checks.equal(json.loads(way["nodes"])[:3], [1001, 1037, 1038], "way/5001: its nodes")
        checks.equal(json.loads(way["tags"]), {"highway": "residential", "maxspeed": "30", "name": "Ahornweg",
                                               "oneway": "no"}, "way/5001: its tags")
        checks.equal((way["complete"], rows(dataset.GetLayerByName("ways"))[0][2]), (False, None),
                     "way/5001: a way without its nodes has no geometry and says so")
        dataset = sandbox.open("relation/301")
        relation = by_id(dataset.GetLayerByName("relations"), "osm_id")[301]
        members = [{"type": "way", "ref": 5339, "role": "outer"}, {"type": "way", "ref": 5340, "role": "inner"}]
        checks.equal(json.loads(relation["members"]), members, "relation/301: its members as JSON")
        checks.equal([{key: row[key] for key in ("type", "ref", "role")} | {"at": (row["relation_id"], row["sequence"])}
                      for _, row, _ in rows(dataset.GetLayerByName("members"))],
                     [member | {"at": (301, i)} for i, member in enumerate(members)], "relation/301: its members as rows")
        lines = sandbox.layer("way/5001/full", "lines")
        way = next(features(lines))
        checks.equal((way.GetField("name"), way.GetField("complete"), way.GetGeometryRef().GetPointCount()),
                     ("Ahornweg", True, 16), "way/5001/full")
        areas = sandbox.layer("relation/301/full", "multipolygons")
        school = next(features(areas))
        checks.equal((school.GetField("osm_id"), school.GetField("building"), areas.GetFeatureCount(),
                      school.GetGeometryRef().GetGeometryRef(0).GetGeometryCount()), ("301", "school", 1, 2),
                     "relation/301/full: an area with a hole")
        ways = by_id(sandbox.layer("node/1001/ways", "ways"), "osm_id")
        checks.equal(sorted(ways), [5001, 5002], "node/1001/ways")
        relations = by_id(sandbox.layer("way/5339/relations", "relations"), "osm_id")
        checks.equal(sorted(relations), [301], "way/5339/relations")
        checks.equal(sum(layer.GetFeatureCount() for layer in layers(sandbox.open("node/999999/ways"))), 0,
                     "ways of a node that is not there: none, as the API says")
        unknown = {"node/999999": ["node 999999", "does not exist"], "way/999999/full": ["way 999999", "does not exist"],
                   "relation/999999/history": ["relation 999999", "does not exist"],
                   "node/1001/9": ["version 9 of node 1001", "does not exist"],
                   "changeset/999999/download": ["changeset 999999", "does not exist"]}
        for path, words in unknown.items():
            dataset = sandbox.open(path)
            for layer in layers(dataset):
                checks.raises(lambda: layer.GetNextFeature(), words, f"{path} {layer.GetName()}")
                checks.raises(lambda: layer.GetFeatureCount(), words, f"{path} {layer.GetName()}: count")
    return test


HISTORY = """
<create><node id="-1" changeset="C" lat="47.2" lon="9.6"><tag k="amenity" v="bench"/></node>
 <node id="-2" changeset="C" lat="47.2" lon="9.601"/><node id="-3" changeset="C" lat="47.201" lon="9.601"/>
 <way id="-1" changeset="C"><nd ref="-1"/><nd ref="-2"/><nd ref="-3"/><tag k="highway" v="path"/></way>
 <relation id="-1" changeset="C"><member type="way" ref="-1" role="forward"/><member type="node" ref="-1" role="a &amp; b"/>
  <tag k="type" v="route"/></relation></create>"""


def histories(sandbox):
    def test(checks):
        made, first = sandbox.upload(HISTORY, comment="First")
        node, other, last = (made["node", -i] for i in (1, 2, 3))
        way, relation = made["way", -1], made["relation", -1]
        _, second = sandbox.upload(f"""<modify>
            <node id="{node}" version="1" changeset="C" lat="47.2005" lon="9.6"><tag k="amenity" v="café"/></node>
            <way id="{way}" version="1" changeset="C"><nd ref="{other}"/><nd ref="{last}"/><tag k="highway" v="track"/></way>
            <relation id="{relation}" version="1" changeset="C"><tag k="type" v="route"/></relation></modify>
            <delete><node id="{node}" version="2" changeset="C" lat="47.2005" lon="9.6"/></delete>""",
                                  token=BOB, comment="Second")
        nodes = [row for _, row, _ in rows(sandbox.layer(f"node/{node}/history", "nodes"))]
        checks.equal([(row["osm_version"], row["visible"], row["tags"], row["osm_changeset"], row["osm_user"])
                      for row in nodes],
                     [(1, True, '{"amenity":"bench"}', first, "alice"), (2, True, '{"amenity":"café"}', second, "bob"),
                      (3, False, None, second, "bob")], "every version of a node, the deletion too")
        places = [place for *_, place in rows(sandbox.layer(f"node/{node}/history", "nodes"))]
        checks.equal(places, ["POINT (9.6 47.2)", "POINT (9.6 47.2005)", None], "where it was")
        ways = [row for _, row, _ in rows(sandbox.layer(f"way/{way}/history", "ways"))]
        checks.equal([json.loads(row["nodes"]) for row in ways], [[node, other, last], [other, last]],
                     "nodes of every version of a way")
        dataset = sandbox.open(f"relation/{relation}/history")
        checks.equal([len(json.loads(row["members"])) for _, row, _ in rows(dataset.GetLayerByName("relations"))], [2, 0],
                     "members of every version of a relation")
        checks.equal([(row["relation_version"], row["ref"], row["role"])
                      for _, row, _ in rows(dataset.GetLayerByName("members"))],
                     [(1, way, "forward"), (1, node, "a & b")], "members as rows")
        one = [row for _, row, _ in rows(sandbox.layer(f"node/{node}/2", "nodes"))]
        checks.equal([(row["osm_version"], row["tags"]) for row in one], [(2, '{"amenity":"café"}')], "one version")
        checks.raises(lambda: rows(sandbox.layer(f"node/{node}", "nodes")),
                      [f"node {node}", "deleted", f"node/{node}/history"], "a deleted node names where its versions are")

        dataset = sandbox.open(f"nodes?nodes={node},{other}")
        checks.equal([(row["osm_id"], row["visible"]) for _, row, _ in rows(dataset.GetLayerByName("nodes"))],
                     [(node, False), (other, True)], "multi fetch: deleted elements are there and say so")
        checks.equal(dataset.GetLayerByName("points").GetFeatureCount(), 0, "what is deleted is no point")
        dataset = sandbox.open(f"nodes?nodes={node}v1,{node}v2,{other}")
        checks.equal([(row["osm_id"], row["osm_version"]) for _, row, _ in rows(dataset.GetLayerByName("nodes"))],
                     [(node, 1), (node, 2), (other, 1)], "multi fetch of versions")
        for spelling in "nodes", "nodes.json":
            fids = [fid for fid, *_ in rows(sandbox.layer(f"{spelling}?nodes={node}v1,{node}v2"))]
            checks.that(len(set(fids)) == 2 and min(fids) >= 0, f"{spelling} of versions: ids {fids}")
        ways = [row for _, row, _ in rows(sandbox.layer(f"ways?ways={way}v1", "ways"))]
        checks.equal([(row["osm_version"], row["tags"]) for row in ways], [(1, '{"highway":"path"}')], "a way's version")

        dataset = sandbox.open(f"changeset/{second}/download")
        actions = [(row["action"], row["osm_id"], row["osm_version"], row["visible"])
                   for name in RAW[:3] for _, row, _ in rows(dataset.GetLayerByName(name))]
        checks.equal(actions, [("modify", node, 2, True), ("delete", node, 3, False), ("modify", way, 2, True),
                               ("modify", relation, 2, True)], "changeset download: what was done to what")
        created = sandbox.open(f"changeset/{first}/download")
        checks.equal({row["action"] for name in RAW[:3] for _, row, _ in rows(created.GetLayerByName(name))}, {"create"},
                     "changeset download: created")
    return test


def many_ids(checks):
    """5000 ids with eleven digits are 60 kB: far above what a URL can be. One in ten is a deleted node."""
    count, first = 5000, 13_000_000_001
    ids = list(range(first, first + count))
    with folder() as place:
        seed = place / "many.osm"
        with open(seed, "w", encoding="utf-8") as output:
            output.write('<osm version="0.6">')
            for i, number in enumerate(ids):
                where = 'visible="false"' if i % 10 == 0 else f'lat="{1 + i / 10000:.4f}" lon="2"'
                output.write(f'<node id="{number}" version="1" changeset="1" uid="101" '
                             f'timestamp="2020-01-01T00:00:00Z" {where}><tag k="ref" v="{i}"/></node>')
            output.write("</osm>")
        with Sandbox("--load", seed) as sandbox:
            text = ",".join(map(str, reversed(ids)))
            dataset = sandbox.open("nodes?nodes=" + text)
            nodes = by_id(dataset.GetLayerByName("nodes"), "osm_id")
            checks.equal((len(nodes), dataset.GetLayerByName("nodes").GetFeatureCount()), (count, count),
                         "every id once")
            checks.equal([row["visible"] for _, row in sorted(nodes.items())], [i % 10 != 0 for i in range(count)],
                         "deleted ones are told apart")
            asked = sandbox.asked("/nodes")
            checks.that(7 <= len(asked) <= 10, f"batches by the length of the URL: {len(asked)}")
            unknown = [5, 17, 13_000_009_999]
            broken = sandbox.open("nodes?nodes=" + text + "," + ",".join(map(str, unknown)))
            checks.raises(lambda: rows(broken.GetLayerByName("nodes")), ["3 of the 5003", *map(str, unknown)],
                          "unknown ids are named")
            checks.raises(lambda: rows(broken.GetLayerByName("points")), [*map(str, unknown)], "in every layer")


def changesets(sandbox):
    def test(checks):
        dataset = sandbox.open("changeset/90")
        row, = [row for _, row, _ in rows(dataset.GetLayer(0))]
        checks.equal((row["comment"], row["created_by"], row["comments_count"], row["changes_count"], row["open"]),
                     ("Street names of the old town", "osmflow sandbox", 2, 3, False), "changeset/90")
        checks.equal((row["created_at"], row["closed_at"]), ("2026/01/01 10:00:00+00", "2026/01/01 10:10:00+00"), "times")
        checks.equal(rows(dataset.GetLayer(0))[0][2],
                     "POLYGON ((9.515 47.135,9.525 47.135,9.525 47.145,9.515 47.145,9.515 47.135))", "its bbox")
        comments = [row for _, row, _ in rows(dataset.GetLayerByName("comments"))]
        said = [(c["changeset_id"], c["user"], c["date"], c["text"]) for c in comments]
        checks.equal(said, [(90, "bob", "2026/01/02 10:00:00+00", "Did you verify those street names?"),
                            (90, "alice", "2026/01/03 10:00:00+00", "Sure, by survey.\nSee my trace.")], "discussion")
        talk = [(c["user"], c["text"]) for c in json.loads(row["discussion"])]
        checks.equal(talk, [(c["user"], c["text"]) for c in comments], "the discussion as JSON")
        quiet = sandbox.open("changeset/90?include_discussion=")
        checks.equal(quiet.GetLayerByName("comments").GetFeatureCount(), 0, "without discussion when so asked")
        empty = sandbox.create_changeset()
        layer = sandbox.layer(f"changeset/{empty}")
        (fid, row, place), = rows(layer)
        checks.equal((fid, row["open"], row["closed_at"], place), (empty, True, None, None),
                     "an open changeset without changes has neither end nor geometry")
        sandbox.call("PUT", f"/api/0.6/changeset/{empty}/close", b"", ALICE)
        checks.raises(lambda: rows(sandbox.layer("changeset/999999")), ["404", "changeset/999999"],
                      "unknown changeset")
    return test


def filtered(layer, where=None, box=None):
    layer.SetAttributeFilter(where)
    if box:
        layer.SetSpatialFilterRect(*box)
    else:
        layer.SetSpatialFilter(None)
    found = sorted(feature.GetFID() for feature in features(layer))
    count = layer.GetFeatureCount()
    layer.SetAttributeFilter(None)
    layer.SetSpatialFilter(None)
    return found, count


def parameters(path):
    return {name: value for name, value in urllib.parse.parse_qsl(urllib.parse.urlsplit(path).query)
            if name not in ("limit", "include_discussion")}


def changeset_filters(sandbox):
    """What the API has a parameter for is asked for; everything else is filtered here. Both give the same rows."""
    def test(checks):
        opened = sandbox.create_changeset(comment="Still open")
        whole = {fid: (row, place) for fid, row, place in rows(sandbox.layer("changesets"))}
        checks.that(len(whole) > 90, f"changesets: {len(whole)} of the world")

        def those(condition):
            return sorted(fid for fid, (row, place) in whole.items() if condition(row, place))

        def inside(place):
            shape = ogr.CreateGeometryFromWkt(place) if place else None
            return shape is not None and shape.Intersects(ogr.CreateGeometryFromWkt(
                "POLYGON ((9.515 47.1465,9.516 47.1465,9.516 47.147,9.515 47.147,9.515 47.1465))"))

        noon, one = "2020/01/08 12:00:00+00", "2020/01/08 13:00:00+00"
        cases = [
            ("uid = 102", None, {"user": "102"}, lambda row, _: row["uid"] == 102),
            ("\"user\" = 'alice'", None, {"display_name": "alice"}, lambda row, _: row["user"] == "alice"),
            ("user = 'Jürgen \"<&>\" Müller'", None, {"display_name": 'Jürgen "<&>" Müller'},
             lambda row, _: row["uid"] == 1234567),
            ("id = 20", None, {"changesets": "20"}, lambda row, _: row["id"] == 20),
            ("open = 1", None, {"open": "true"}, lambda row, _: row["open"]),
            ("open = 0 AND uid = 101", None, {"closed": "true", "user": "101"},
             lambda row, _: not row["open"] and row["uid"] == 101),
            (f"created_at >= '{noon}' AND created_at < '{one}'", None,
             {"from": "2020-01-08T12:00:00Z", "to": "2020-01-08T13:00:00Z"},
             lambda row, _: noon <= row["created_at"] < one),
            (f"created_at > '{one}'", None, {"from": "2020-01-08T13:00:00Z"}, lambda row, _: row["created_at"] > one),
            (None, (9.515, 47.1465, 9.516, 47.147), {"bbox": "9.515,47.1465,9.516,47.147"}, lambda _, place: inside(place)),
            ("uid = 101", (9.515, 47.1465, 9.516, 47.147), {"bbox": "9.515,47.1465,9.516,47.147", "user": "101"},
             lambda row, place: row["uid"] == 101 and inside(place)),
        ]
        layer = sandbox.layer("changesets")
        for where, box, expected, condition in cases:
            sandbox.forget_requests()
            found, count = filtered(layer, where, box)
            checks.equal((found, count), (those(condition), len(found)), f"{where} {box}: rows")
            checks.that(found, f"{where} {box}: finds something")
            checks.equal([parameters(path) for path in sandbox.asked("/changesets")], [expected], f"{where} {box}: asked")
        for where, condition in [
                ("uid = 101 OR uid = 102", lambda row, _: row["uid"] in (101, 102)),
                ("NOT (id = 20)", lambda row, _: row["id"] != 20),
                ("comment LIKE '%old town%'", lambda row, _: "old town" in (row["comment"] or "")),
                ("uid IN (101, 7)", lambda row, _: row["uid"] in (101, 7)),
                ("changes_count > 45", lambda row, _: row["changes_count"] > 45),
                (f"created_at <= '{noon}'", lambda row, _: row["created_at"] <= noon),
                ("closed_at IS NULL", lambda row, _: row["closed_at"] is None),
                (f"created_at BETWEEN '{noon}' AND '{one}'", lambda row, _: noon <= row["created_at"] <= one)]:
            sandbox.forget_requests()
            found, count = filtered(layer, where)
            checks.equal((found, count), (those(condition), len(found)), f"{where}: rows")
            checks.equal([parameters(path) for path in sandbox.asked("/changesets")][1:], [], f"{where}: not pushed")
        checks.equal(filtered(layer, "user = 'nobody at all'"), ([], 0), "a user who does not exist made no changesets")
        checks.equal(filtered(layer, "user = 'ALICE'")[0], those(lambda row, _: row["user"] == "alice"),
                     "OGR does not tell capitals apart, the server does")
        checks.equal(filtered(layer, "uid = 101 AND user = 'bob'")[0], [], "the API takes one of them only")
        checks.equal(filtered(layer, "uid = 102 AND user = 'bob'")[0], those(lambda row, _: row["uid"] == 102), "both fit")
        checks.equal(filtered(layer, "uid = -5"), ([], 0), "what no user can be")
        checks.equal(filtered(layer, None, (500, 500, 501, 501)), ([], 0), "beyond the world")
        far = filtered(layer, None, (-1000, -1000, 1000, 1000))[0]
        checks.equal(far, those(lambda _, place: place), "more than the world: all with a geometry")
        half = "created_at >= '2020/01/08 12:27:49' AND created_at < '2020/01/08 12:27:49.5'"
        second = those(lambda row, _: row["created_at"] == "2020/01/08 12:27:49+00")
        checks.equal(filtered(layer, half)[0], second, "half a second")
        own = sandbox.layer("changesets?user=102")
        sandbox.forget_requests()
        checks.equal(filtered(own, "uid = 101")[0], [], "a filter does not overrule the connection")
        checks.equal([parameters(path)["user"] for path in sandbox.asked("/changesets")], ["102"], "user=102 stays")
        checks.equal(len(rows(layer)), len(whole), "without filters everything is back")
        for path, condition in {
                "changesets?user=101": lambda row, _: row["uid"] == 101,
                "changesets?display_name=bob&closed=true": lambda row, _: row["user"] == "bob" and not row["open"],
                "changesets?open=true": lambda row, _: row["open"],
                "changesets?changesets=3,1,2": lambda row, _: row["id"] in (1, 2, 3),
                "changesets?from=2020-01-08T12:00:00Z&to=2020-01-08T13:00:00Z&order=oldest":
                    lambda row, _: noon <= row["created_at"] < one}.items():
            checks.equal(sorted(fid for fid, *_ in rows(sandbox.layer(path))), those(condition), path)
        newest = [row["created_at"] for _, row, _ in rows(sandbox.layer("changesets?limit=7"))]
        checks.equal((len(newest), newest), (7, sorted(newest, reverse=True)), "limit=7: the newest first")
        checks.raises(lambda: rows(sandbox.layer("changesets?user=424242")), ["404"], "unknown user")
        sandbox.call("PUT", f"/api/0.6/changeset/{opened}/close", b"", ALICE)
    return test


def changeset_pages(checks):
    """250 changesets of one user, three of them in each second."""
    with folder() as place, options(OSMAPI_TOKEN=None):
        seed = place / "changesets.osm"
        seed.write_text("<osm>" + "".join(
            f'<changeset id="{i}" uid="101" created_at="2020-01-01T00:{i // 3 // 60:02}:{i // 3 % 60:02}Z" '
            f'closed_at="2020-01-01T01:00:00Z"/>' for i in range(1, 251)) + "</osm>")
        with Sandbox("--load", seed) as sandbox:
            for order in "", "&order=oldest":
                sandbox.forget_requests()
                found = [fid for fid, *_ in rows(sandbox.layer("changesets?user=101" + order))]
                checks.equal((len(found), sorted(found)), (250, list(range(1, 251))), f"all pages, each once {order}")
                checks.that(3 <= len(sandbox.requests("/changesets")) <= 4, f"three pages {order}")
            limited = [fid for fid, *_ in rows(sandbox.layer("changesets?user=101&limit=150"))]
            checks.equal(len(limited), 150, "limit=150")


def users(sandbox):
    def test(checks):
        me = next(features(sandbox.layer("user/details")))
        checks.equal((me.GetFID(), me.GetField("display_name"), json.loads(me.GetField("languages")), wkt(me),
                      me.GetField("messages_received_count"), me.GetField("home_zoom")),
                     (101, "alice", ["de-DE", "en"], "POINT (9.52 47.14)", 1, 3), "user/details")
        table = by_id(sandbox.layer("users?users=101,102,103,424242"), "id")
        checks.equal({key: row["display_name"] for key, row in table.items()}, {101: "alice", 102: "bob", 103: "mod"},
                     "users: those who do not exist are left out, as the API does")
        checks.equal((table[103]["roles"], table[102]["roles"], table[102]["messages_sent_count"]),
                     ('["moderator"]', "[]", None), "roles, and nothing private of others")
        bob, = rows(sandbox.layer("user/102"))
        checks.equal((bob[0], bob[1]["contributor_terms_agreed"], bob[2]), (102, True, None), "user/102")
        checks.raises(lambda: rows(sandbox.layer("user/424242")), ["404", "user/424242"], "unknown user")

        values = {"josm.key": "one", "a&b <c>": 'quotes " and ünïcödé 🗺', "empty": ""}
        for key, value in values.items():
            sandbox.call("PUT", "/api/0.6/user/preferences/" + urllib.parse.quote(key, safe=""), value.encode(), ALICE)
        table = by_id(sandbox.layer("user/preferences"), "key")
        checks.equal({key: row["value"] for key, row in table.items()}, values, "user/preferences")
        for key, value in values.items():
            row, = rows(sandbox.layer("user/preferences/" + urllib.parse.quote(key, safe="")))
            checks.equal((row[1]["key"], row[1]["value"] or ""), (key, value), f"the preference {key}")
        checks.raises(lambda: rows(sandbox.layer("user/preferences/none")), ["404"], "unknown preference")
    return test


def notes(sandbox):
    def test(checks):
        dataset = sandbox.open("notes?bbox=" + BOX)
        table = by_id(dataset.GetLayer(0), "id")
        checks.equal({key: (row["status"], row["user"], row["comments_count"]) for key, row in table.items()},
                     {1: ("open", None, 1), 2: ("open", "alice", 2), 4: ("open", "alice", 3)}, "open notes in the bbox")
        said = [(row["note_id"], row["number"], row["action"], row["user"], place)
                for _, row, place in rows(dataset.GetLayer(1))]
        checks.that((4, 2, "closed", "bob", "POINT (9.519 47.142)") in said and len(said) == 6, f"their comments {said}")
        everything_there = by_id(sandbox.layer(f"notes?bbox={BOX}&closed=-1"), "id")
        checks.equal((sorted(everything_there), everything_there[3]["status"], everything_there[3]["date_closed"]),
                     ([1, 2, 3, 4], "closed", "2026/01/03 11:00:00+00"), "closed=-1: closed ones too, hidden ones not")
        (fid, row, place), = rows(sandbox.layer("notes/2"))
        checks.equal((fid, row["text"], place),
                     (2, "Is this path open to bicycles?\n\nThere is a sign, but I could not read it.",
                      "POINT (9.5215 47.141)"), "notes/2")
        checks.equal([comment["text"] for comment in json.loads(row["comments"])][1],
                     'It says "Fahrräder frei" <seen last week> & I will map it', "its comments as JSON")
        for gone, status in (5, "410"), (424242, "404"):
            checks.raises(lambda: rows(sandbox.layer(f"notes/{gone}")), [status, f"notes/{gone}"], "no note")
        found = [fid for fid, *_ in rows(sandbox.layer("notes/search?q=bakery"))]
        checks.equal(found, [1], "notes/search?q=")
        ordered = sandbox.layer("notes/search?closed=-1&sort=created_at&order=oldest&limit=3")
        checks.equal([fid for fid, *_ in rows(ordered)], [1, 2, 3], "sort, order and limit are the server's")
        feed = [(row["author"], row["published"], place)
                for _, row, place in rows(sandbox.layer("notes/feed?bbox=" + BOX))]
        checks.that(("bob", "2026/01/04 11:00:00+00", "POINT (9.519 47.142)") in feed, f"notes/feed {feed}")
        checks.that(len(rows(sandbox.layer("notes/feed"))) > len(feed), "notes/feed of the world")
    return test


def note_filters(sandbox):
    def test(checks):
        with options(OSMAPI_TOKEN=None):
            for path in "notes/search?closed=-1", "notes/search", f"notes?bbox={BOX}&closed=-1", f"notes?bbox={BOX}":
                whole = {fid: (row, place) for fid, row, place in rows(sandbox.layer(path))}
                layer = sandbox.layer(path)
                for where, condition in {"status = 'open'": lambda row: row["status"] == "open",
                                         "uid = 101": lambda row: row["uid"] == 101,
                                         "user = 'bob'": lambda row: row["user"] == "bob",
                                         "date_created >= '2026/01/03 00:00:00+00'":
                                             lambda row: row["date_created"] >= "2026/01/03",
                                         "comments_count > 2": lambda row: row["comments_count"] > 2}.items():
                    expected = sorted(fid for fid, (row, _) in whole.items() if condition(row))
                    checks.equal(filtered(layer, where), (expected, len(expected)), f"{path}: {where}")
                found, _ = filtered(layer, None, (9.5185, 47.1385, 9.5205, 47.1425))
                checks.equal(found, [fid for fid in (1, 3, 4) if fid in whole], f"{path}: spatial filter")
            layer = sandbox.layer("notes/search?closed=-1")
            sandbox.forget_requests()
            filtered(layer, "uid = 101", (9.5, 47.1, 9.6, 47.2))
            checks.equal([parameters(path) for path in sandbox.asked("/notes")],
                         [{"closed": "-1", "user": "101", "bbox": "9.5,47.1,9.6,47.2"}], "notes/search: pushed down")
            feed = sandbox.layer("notes/feed")
            sandbox.forget_requests()
            found, count = filtered(feed, None, (9.5185, 47.1415, 9.5195, 47.1425))
            checks.equal((len(found), count, [parameters(path) for path in sandbox.asked("/notes")]),
                         (3, 3, [{"bbox": "9.5185,47.1415,9.5195,47.1425"}]), "notes/feed: the box is the server's")
    return test


def traces(sandbox):
    def test(checks):
        table = by_id(sandbox.layer("user/gpx_files"), "id")
        checks.equal({key: (row["name"], row["visibility"], row["pending"], json.loads(row["tags"]))
                      for key, row in table.items()},
                     {1: ("private.gpx", "private", False, ["walk"]), 2: ("public.gpx", "public", False, ["walk", "castle"])},
                     "user/gpx_files: one's own, and no others")
        for path in "gpx/4", "gpx/4/details":
            (fid, row, place), = rows(sandbox.layer(path))
            checks.equal((fid, row["user"], row["description"], place),
                         (4, "bob", "Survey of Äulestrasse", "POINT (9.522 47.142)"), path)
        dataset = sandbox.open("gpx/1/data")
        (_, track, _), = rows(dataset.GetLayerByName("tracks"))
        checks.equal((track["name"], track["segments"], track["points"], track["start_time"], track["end_time"]),
                     ("Walk", 2, 20, "2026/01/01 09:00:00+00", "2026/01/01 09:03:10+00"), "gpx/1/data: the track")
        points = rows(dataset.GetLayerByName("track_points"))
        checks.equal([(row["segment"], row["point"]) for _, row, _ in points],
                     [(segment, point) for segment in (1, 2) for point in range(1, 11)], "gpx/1/data: its points")
        checks.equal((points[1][1]["ele"], points[1][1]["time"], points[1][2]),
                     (451.0, "2026/01/01 09:00:10+00", "POINT (9.51502 47.13503)"), "gpx/1/data: a point")
        line = dataset.GetLayerByName("tracks").GetFeature(0)
        checks.equal(line.GetGeometryRef().GetGeometryCount(), 2, "segments are lines of their own")
        with options(OSMAPI_TOKEN=BOB):
            checks.raises(lambda: rows(layer_of(open_vector(f"OSMAPI:{sandbox.url}/api/0.6/gpx/1/details"))),
                          ["403", "gpx/1/details"], "somebody else's private trace")
    return test


def track_pages(checks):
    """The points of one bbox over several pages, also when the last one is full."""
    with Sandbox("--limit-trackpoints", 7) as sandbox, options(OSMAPI_TOKEN=None):
        sandbox.call("POST", "/sandbox/seed")
        for per_page, expected in (7, 21), (12, 12), (140, 2), (5000, 1):
            sandbox.limits(limit_trackpoints=per_page)
            sandbox.forget_requests()
            dataset = open_vector(f"OSMAPI:trackpoints?bbox=9.51,47.13,9.53,{47.15 + per_page / 1e6}",
                                  f"OSMAPI_URL={sandbox.url}")
            points = dataset.GetLayerByName("track_points")
            tracks = [row for _, row, _ in rows(dataset.GetLayerByName("tracks"))]
            checks.equal((points.GetFeatureCount(), sum(row["points"] for row in tracks)), (140, 140),
                         f"{per_page} points per page: every point, in its track")
            checks.equal(len({(place, row["time"]) for _, row, place in rows(points)}), 140, "each once")
            pages = [parameters(path)["page"] for path in sandbox.asked("/trackpoints")]
            checks.equal(pages, [str(i) for i in range(expected)], f"{per_page} points per page: pages")
        sandbox.limits(limit_trackpoints=7)
        one = sandbox.open("trackpoints?bbox=9.51,47.13,9.53,47.16&page=1")
        checks.equal(one.GetLayerByName("track_points").GetFeatureCount(), 7, "page=1 is that page")
        nothing = sandbox.open("trackpoints?bbox=1,2,1.1,2.1")
        checks.equal([layer.GetFeatureCount() for layer in layers(nothing)], [0, 0], "nobody was there")


def without_token(sandbox):
    def test(checks):
        with options(OSMAPI_TOKEN=None):
            for path in "user/details", "user/gpx_files", "user/preferences", "user/preferences/key":
                sandbox.forget_requests()
                layer = layer_of(open_vector(f"OSMAPI:{sandbox.url}/api/0.6/{path}", "MAX_WAIT=1"))
                checks.raises(lambda: layer.GetNextFeature(), ["OSMAPI_TOKEN", "osmflow login osm"], f"{path}, no token")
                checks.equal(sandbox.requests(), [], f"{path} is not even asked for")
    return test


def main():
    checks = Checks("calls")
    with folder() as place, options(OSMAPI_TOKEN=ALICE):
        town = write_town(place / "town.osm")
        with Sandbox("--load", town) as sandbox:
            sandbox.call("POST", "/sandbox/seed")
            tests = [make(sandbox) for make in (
                versions_and_capabilities, permissions, elements, changesets, users, notes, note_filters, traces,
                without_token, spellings, changeset_filters, histories)]
            checks.run(schemas, *tests, many_ids, changeset_pages, track_pages)
    checks.close()


main()
