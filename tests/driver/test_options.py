#!/usr/bin/env python3
"""Open options, configuration options, special statements, and what is said about wrong ones.

usage: test_options.py BUILD_DIR
"""
import json
import os
import subprocess
import sys
import time

from support import (Checks, Sandbox, by_id, features, folder, gdal, layer_names, layer_of, layers, ogr, open_vector,
                     options, rows, write_town)

FIVE = ["points", "lines", "multilinestrings", "multipolygons", "other_relations"]
MAP = "map?bbox=9.51,47.13,9.53,47.15"
EXTENDED = ["osm_version", "osm_timestamp", "osm_uid", "osm_user", "osm_changeset", "complete"]
DEAD = "OSMAPI_URL=http://127.0.0.1:9"
# A process of its own: opens a connection with options, reads it all, says how many features.
READER = """
import sys
from osgeo import gdal, ogr
gdal.UseExceptions(); ogr.UseExceptions()
dataset = gdal.OpenEx(sys.argv[1], gdal.OF_VECTOR, open_options=sys.argv[2:])
print(sum(dataset.GetLayer(i).GetFeatureCount() for i in range(dataset.GetLayerCount())))
"""


def in_another_process(connection, *settings, **environment):
    return subprocess.run([sys.executable, "-c", READER, connection, *settings], text=True, capture_output=True,
                          env=dict(os.environ, **environment), check=False)


def columns(layer):
    definition = layer.GetLayerDefn()
    return [definition.GetFieldDefn(i).GetName() for i in range(definition.GetFieldCount())]


def schema(sandbox):
    def test(checks):
        extended, strict = sandbox.open(MAP), sandbox.open(MAP, "SCHEMA=GDAL")
        for name in FIVE:
            ours, theirs = columns(extended.GetLayerByName(name)), columns(strict.GetLayerByName(name))
            checks.equal(ours, theirs + EXTENDED, f"{name}: ours come behind GDAL's")
            checks.equal(theirs[-1], "other_tags", f"{name}: GDAL's end with other_tags")
        with options(OSMAPI_SCHEMA="GDAL"):
            dataset = sandbox.open(MAP)
            checks.equal(columns(dataset.GetLayerByName("points"))[-1], "other_tags", "OSMAPI_SCHEMA does the same")
            dataset = sandbox.open(MAP, "SCHEMA=EXTENDED")
            checks.equal(columns(dataset.GetLayerByName("points"))[-1], "complete", "the open option goes first")
        points = rows(extended.GetLayerByName("points"))
        checks.equal([fields["osm_id"] for _, fields, _ in rows(strict.GetLayerByName("points"))],
                     [fields["osm_id"] for _, fields, _ in points], "the same features in both")
        checks.equal(len(sandbox.requests("/map")), 1, "one download for both")
    return test


def tag_columns(sandbox):
    def test(checks):
        plain = by_id(sandbox.layer(MAP, "multipolygons", "TAGS=JSON"), "osm_way_id")
        layer = sandbox.layer(MAP, "multipolygons", "COLUMNS=addr:street,building:levels,name", "TAGS=JSON")
        wide = by_id(layer, "osm_way_id")
        names = columns(layer)
        checks.that("addr:street" in names and "building:levels" in names and names.count("name") == 1,
                    f"COLUMNS: true names, none twice: {names}")
        seen = 0
        for key, fields in wide.items():
            expected = dict(plain[key])
            rest = json.loads(expected["other_tags"] or "{}")
            for name in "addr:street", "building:levels":
                expected[name] = rest.pop(name, None)
                seen += expected[name] is not None
            expected["other_tags"], found = rest or None, dict(fields)
            found["other_tags"] = json.loads(found["other_tags"] or "{}") or None
            checks.that(found == expected, f"COLUMNS: way {key}: {found} instead of {expected}")
        checks.that(seen > 100, f"COLUMNS: {seen} values")
        strict = columns(sandbox.layer(MAP, "points", "SCHEMA=GDAL", "COLUMNS=addr:street"))
        checks.that("addr:street" in strict, "COLUMNS goes with SCHEMA=GDAL")
    return test


def read_hstore(text):
    """Pairs of an hstore text, unescaped."""
    pairs, at = {}, 0
    def word(at):
        taken = ""
        at += 1
        while text[at] != '"':
            at += text[at] == "\\"
            taken += text[at]
            at += 1
        return taken, at + 1
    while at < len(text):
        key, at = word(at)
        pairs[key], at = word(at + 2)
        at += 1
    return pairs


def tag_forms(sandbox):
    def test(checks):
        world = "map?bbox=9.50,47.13,9.54,47.15"
        for name in FIVE:
            as_json = sandbox.layer(world, name, "TAGS=JSON")
            field = as_json.GetLayerDefn().GetFieldDefn(columns(as_json).index("other_tags"))
            checks.equal(ogr.GetFieldSubTypeName(field.GetSubType()), "JSON", f"{name}: other_tags is JSON")
            other = [json.loads(fields["other_tags"] or "{}") for _, fields, _ in rows(as_json)]
            for form in "TAGS=HSTORE", "TAGS_FORMAT=HSTORE":
                as_hstore = [read_hstore(fields["other_tags"] or "")
                             for _, fields, _ in rows(sandbox.layer(world, name, form))]
                checks.that(as_hstore == other, f"{name}: {form} says the same as JSON")
        checks.raises(lambda: sandbox.open(MAP, "TAGS=XML"), ["TAGS=XML", "HSTORE", "JSON"], "TAGS=XML")
        checks.raises(lambda: sandbox.open(MAP, "SCHEMA=OGR"), ["SCHEMA=OGR", "EXTENDED", "GDAL"], "SCHEMA=OGR")
    return test


def raw_layers(sandbox):
    def test(checks):
        dataset = sandbox.open(MAP, "LAYERS=nodes, ways,RELATIONS,members")
        checks.equal(layer_names(dataset), FIVE + ["nodes", "ways", "relations", "members"], "LAYERS")
        checks.equal(layer_names(sandbox.open(MAP, "LAYERS=ways")), FIVE + ["ways"], "LAYERS: those only")
        nodes = {fields["osm_id"]: place for _, fields, place in rows(dataset.GetLayerByName("nodes"))}
        complete = 0
        for _, fields, place in rows(dataset.GetLayerByName("ways")):
            refs = json.loads(fields["nodes"])
            expected = [nodes.get(ref) for ref in refs]
            good = all(expected) and len(refs) > 1
            if fields["complete"]:
                points = ",".join(p[len("POINT ("):-1] for p in expected)
                checks.that(place == f"LINESTRING ({points})" or len(refs) < 2, f"way {fields['osm_id']}: line by nodes")
                complete += good
            else:
                checks.that(not all(expected) and place is None, f"way {fields['osm_id']}: incomplete, no line")
        checks.that(complete > 300, f"{complete} ways are complete")
        listed = [(fields["osm_id"], i, member["type"], member["ref"], member["role"])
                  for _, fields, _ in rows(dataset.GetLayerByName("relations"))
                  for i, member in enumerate(json.loads(fields["members"]))]
        table = [(fields["relation_id"], fields["sequence"], fields["type"], fields["ref"], fields["role"])
                 for _, fields, _ in rows(dataset.GetLayerByName("members"))]
        checks.that(table and table == listed, "members: the same as JSON and as rows")
        tags = [json.loads(fields["tags"]) for _, fields, _ in rows(dataset.GetLayerByName("nodes")) if fields["tags"]]
        checks.that(len(tags) > 100, "tags are JSON")
        checks.raises(lambda: sandbox.open(MAP, "LAYERS=nodes,edges"), ["edges", "nodes, ways, relations and members"],
                      "LAYERS=edges")
    return test


INI = """
closed_ways_are_polygons=building
report_all_nodes=no
[points]
osm_id=yes
osm_version=no
attributes=highway,traffic_signals
other_tags=no
[lines]
osm_id=yes
attributes=highway,surface
unsignificant=oneway
[multilinestrings]
osm_id=no
attributes=route
[multipolygons]
osm_id=yes
attributes=building
[other_relations]
osm_id=yes
attributes=restriction
"""


def config_file(sandbox):
    def test(checks):
        with folder() as place:
            ini = place / "my conf.ini"
            ini.write_text(INI)
            dataset = sandbox.open(MAP, f"CONFIG_FILE={ini}", "SCHEMA=GDAL")
            checks.equal(columns(dataset.GetLayerByName("points")), ["osm_id", "highway", "traffic_signals"], "points")
            checks.equal(columns(dataset.GetLayerByName("multilinestrings"))[0], "route", "multilinestrings")
            signals = {fields["traffic_signals"] for _, fields, _ in rows(dataset.GetLayerByName("points"))}
            checks.equal(signals, {None, "signal"}, "the file's columns are filled")
            areas = [fields for _, fields, _ in rows(dataset.GetLayerByName("multipolygons")) if fields["osm_way_id"]]
            other = [fields for fields in areas if not fields["building"]]
            checks.that(len(areas) > 100 and all('"area"=>"yes"' in fields["other_tags"] for fields in other),
                        f"closed ways are areas with building, or with area=yes: {other}")
            with options(OSM_CONFIG_FILE=str(ini)):
                by_option = sandbox.open(MAP, "SCHEMA=GDAL")
                checks.equal(columns(by_option.GetLayerByName("points")), ["osm_id", "highway", "traffic_signals"],
                             "OSM_CONFIG_FILE, the option of GDAL's driver")
            shown = dataset.ExecuteSQL("SHOW config_file_path")
            checks.equal(shown.GetNextFeature().GetField(0), str(ini), "SHOW config_file_path")
            dataset.ReleaseResultSet(shown)
            checks.raises(lambda: sandbox.open(MAP, f"CONFIG_FILE={place}/none.ini"), ["CONFIG_FILE", "none.ini"],
                          "a file that is not there")
            ini.write_text(INI.replace("osm_id=yes", "osm_id=perhaps"))
            checks.raises(lambda: sandbox.open(MAP, f"CONFIG_FILE={ini}"), ["my conf.ini", "osm_id", "perhaps"],
                          "a file with a wrong value")
            checks.raises(lambda: sandbox.open(MAP, f"CONFIG_FILE={place}"), [str(place)], "a folder")
    return test


def cache(town):
    def test(checks):
        with Sandbox("--load", town) as sandbox, folder() as place:
            name = f"OSMAPI:{sandbox.url}/api/0.6/{MAP}"
            first = in_another_process(name, f"CACHE={place}")
            asked = len(sandbox.requests())
            checks.that(asked >= 1 and first.stdout.strip().isdigit(), f"first process asks: {first}")
            second = in_another_process(name, f"CACHE={place}")
            checks.equal((second.stdout, len(sandbox.requests())), (first.stdout, asked), "second process asks nothing")
            by_option = in_another_process(name, OSMAPI_CACHE=str(place), OSMAPI_CACHE_TTL="3600")
            checks.equal((by_option.stdout, len(sandbox.requests())), (first.stdout, asked), "by configuration options")
            time.sleep(2.1)  # whole seconds are what the cache counts
            third = in_another_process(name, f"CACHE={place}", "CACHE_TTL=1")
            checks.equal((third.stdout, len(sandbox.requests())), (first.stdout, asked + 1), "after CACHE_TTL it is asked")
            without = in_another_process(name)
            checks.equal((without.stdout, len(sandbox.requests())), (first.stdout, asked + 2), "no cache unless wished")
            for entry in place.iterdir():
                content = entry.read_bytes()
                entry.write_bytes(content[:-100] + b"x" * 100)
            damaged = in_another_process(name, f"CACHE={place}")
            checks.equal((damaged.stdout, len(sandbox.requests())), (first.stdout, asked + 3), "a damaged entry is not used")
            sandbox.fault(path="*/map", cut=5000, count=-1)
            other = f"OSMAPI:{sandbox.url}/api/0.6/map?bbox=9.51,47.13,9.53,47.16"
            cut = in_another_process(other, f"CACHE={place}", GDAL_HTTP_MAX_RETRY="0")
            sandbox.end_faults()
            again = in_another_process(other, f"CACHE={place}")
            checks.that(cut.returncode != 0 and again.stdout.strip().isdigit(), "an answer that was cut off is not kept")
            before = {entry.name for entry in place.iterdir()}
            mine = in_another_process(f"OSMAPI:{sandbox.url}/api/0.6/user/details", f"CACHE={place}",
                                      OSMAPI_TOKEN="alice-token")
            checks.equal((mine.stdout, {entry.name for entry in place.iterdir()}), ("1\n", before),
                         "what belongs to one user is not kept")
            kept = b"".join(entry.read_bytes() for entry in place.iterdir())
            checks.that(b"alice-token" not in kept, "no token on disk")
    return test


def server_address(sandbox):
    def test(checks):
        for root in sandbox.url, sandbox.url + "/", sandbox.url + "/api/0.6/":
            layer = layer_of(open_vector("OSMAPI:node/1001", f"OSMAPI_URL={root}"), "nodes")
            checks.equal(layer.GetFeatureCount(), 1, f"OSMAPI_URL={root}")
        with options(OSMAPI_URL=sandbox.url):
            checks.equal(layer_of(open_vector("OSMAPI:node/1002"), "nodes").GetFeatureCount(), 1, "configuration option")
            box = layer_of(open_vector("OSMAPI:9.51,47.13,9.53,47.15"))
            checks.that(box.GetFeatureCount() > 100, "the short form of the map call")
        full = layer_of(open_vector(f"OSMAPI:{sandbox.url}/api/0.6/node/1003"), "nodes")
        checks.equal(full.GetFeatureCount(), 1, "a full URL")
        other = layer_of(open_vector(f"osmapi:{sandbox.url}/node/1004", DEAD), "nodes")
        checks.equal(other.GetFeatureCount(), 1, "a full URL goes before OSMAPI_URL; the prefix in small letters")
    return test


def waiting(sandbox):
    def test(checks):
        for status in 503, 429, 509:
            sandbox.fault(path="*/map", status=status, retry_after=1000, count=-1)
            began = time.monotonic()
            patient = sandbox.layer(f"map?bbox=9.51,47.13,9.53,47.{status}", "points")
            layer = sandbox.layer(f"map?bbox=9.51,47.13,9.53,47.{status}", "points", "MAX_WAIT=1")
            checks.raises(lambda: layer.GetNextFeature(), ["1000 s", "OSMAPI_MAX_WAIT"], f"{status}: patience is limited")
            checks.that(time.monotonic() - began < 0.9, f"{status}: said at once")
            del patient
            sandbox.end_faults()
        sandbox.fault(path="*/map", status=503, retry_after=1, count=1)
        with options(OSMAPI_MAX_WAIT="10"):
            layer = sandbox.layer("map?bbox=9.51,47.13,9.53,47.1502", "points")
            checks.that(layer.GetFeatureCount() > 100, "within OSMAPI_MAX_WAIT it is tried again")
        checks.equal(len(sandbox.requests("47.1502")), 2, "two requests")
    return test


def wrong_values(checks):
    wrong = {"MAX_WAIT=-1": ["MAX_WAIT=-1", "0"], "MAX_WAIT=soon": ["MAX_WAIT=soon"], "MAX_WAIT=1.5": ["MAX_WAIT=1.5"],
             "PARALLEL=0": ["PARALLEL=0", "1", "2"], "PARALLEL=3": ["PARALLEL=3", "1", "2"],
             "CACHE_TTL=never": ["CACHE_TTL=never"], "CACHE_TTL=-1": ["CACHE_TTL=-1"],
             "OSMAPI_URL=ftp://host": ["OSMAPI_URL", "https://"], "OSMAPI_URL=localhost": ["OSMAPI_URL", "https://"],
             "OSMAPI_URL=https://": ["no server"], "LAYERS=": None, "COLUMNS=": None, "TAGS_FORMAT=CSV": ["TAGS_FORMAT=CSV"]}
    for option, words in wrong.items():
        if words:
            checks.raises(lambda: open_vector("OSMAPI:" + MAP, option), words, option)
        else:
            checks.that(open_vector("OSMAPI:" + MAP, option), f"{option} is as good as none")
    for name in "USE_CUSTOM_INDEXING", "COMPRESS_NODES", "INTERLEAVED_READING", "MAX_TMPFILE_SIZE":
        checks.that(open_vector("OSMAPI:" + MAP, f"{name}=YES"), f"{name} of GDAL's driver is accepted")
    with options(GDAL_HTTP_TIMEOUT="a while"):
        layer = layer_of(open_vector("OSMAPI:" + MAP, DEAD))
        checks.raises(lambda: layer.GetNextFeature(), ["GDAL_HTTP_TIMEOUT", "a while"], "GDAL_HTTP_TIMEOUT")


def statements(sandbox):
    def answer(dataset, statement):
        result = dataset.ExecuteSQL(statement)
        value = result.GetNextFeature().GetField(0) if result else None
        if result:
            checks_rows = result.GetFeatureCount()
            dataset.ReleaseResultSet(result)
            assert checks_rows == 1
        return value

    def test(checks):
        path = "map?bbox=9.51,47.13,9.53,47.1501"
        dataset = sandbox.open(path)
        checks.equal(answer(dataset, "GetBytesRead()"), "0", "nothing read yet")
        checks.equal(answer(dataset, "SET interest_layers = points, lines"), None, "SET interest_layers is accepted")
        checks.equal(answer(dataset, "SHOW config_file_path"), "(built-in)", "SHOW config_file_path")
        before = dataset.GetLayerByName("points").GetFeatureCount()
        size = len(sandbox.call("GET", "/api/0.6/" + path))
        checks.equal(answer(dataset, "getbytesread()"), str(size), "GetBytesRead() is what came over the wire")
        sandbox.upload('<create><node id="-1" changeset="C" lat="47.14" lon="9.52"><tag k="amenity" v="bench"/></node>'
                       "</create>")
        checks.equal(dataset.GetLayerByName("points").GetFeatureCount(), before, "the answer is kept")
        asked = len(sandbox.requests("/map"))
        answer(dataset, "REFRESH")
        checks.equal((dataset.GetLayerByName("points").GetFeatureCount(), len(sandbox.requests("/map"))),
                     (before + 1, asked + 1), "REFRESH asks again")
        result = dataset.ExecuteSQL("SELECT COUNT(*) FROM points WHERE highway = 'crossing'")
        crossings = result.GetNextFeature().GetField(0)
        dataset.ReleaseResultSet(result)
        expected = sum(fields["highway"] == "crossing" for _, fields, _ in rows(dataset.GetLayerByName("points")))
        checks.equal(crossings, expected, "OGR SQL")
        result = dataset.ExecuteSQL("SELECT osm_id, ST_Length(geometry) FROM lines ORDER BY 1 LIMIT 3", dialect="SQLITE")
        checks.equal(len(list(features(result))), 3, "SQLite's dialect")
        dataset.ReleaseResultSet(result)
        checks.raises(lambda: dataset.ExecuteSQL("SELECT * FROM streets"), ["streets"], "a layer that does not exist")
        dead = open_vector("OSMAPI:map?bbox=1,2,1.1,2.1", DEAD, "MAX_WAIT=0")
        checks.raises(lambda: dead.ExecuteSQL("REFRESH"), ["127.0.0.1:9"], "REFRESH from a dead server")
    return test


def bad_input(checks):
    """What is wrong with a connection is said when it is opened, without asking anybody."""
    for name, words in {
            "OSMAPI:mpa?bbox=1,2,3,4": ['did you mean "map"'],
            "OSMAPI:way/1/ful": ["way/1/full"], "OSMAPI:changsets": ["changesets"], "OSMAPI:notes/serch?q=x": ["notes/search"],
            "OSMAPI:user/preferencs": ["user/preferences"], "OSMAPI:waterways": ["The calls are:", "map", "trackpoints"],
            "OSMAPI:node/abc": ["abc", "node|way|relation"], "OSMAPI:node/0": ["0"], "OSMAPI:way/-3": ["-3"],
            "OSMAPI:": [], "OSMAPI:changeset/create": ["writes", "osmflow api osm PUT changeset/create"],
            "OSMAPI:map": ["bbox"], "OSMAPI:map?box=1,2,3,4": ['did you mean "bbox"'], "OSMAPI:map?bbox=": ["bbox"],
            "OSMAPI:map?bbox=9.53,47.13,9.52,47.14": ["min_lon", "larger"],
            "OSMAPI:map?bbox=9.52,47.14,9.53,47.13": ["min_lat", "larger"],
            "OSMAPI:47.13,9.52,47.14,95": ["max_lat is 95"], "OSMAPI:181,0,182,1": ["min_lon is 181"],
            "OSMAPI:map?bbox=a,0,1,1": ["not a number"], "OSMAPI:map?bbox=1,2,3": ["too few"],
            "OSMAPI:9,52,47,13,9,53,47,14": ["point"], "OSMAPI:map?bbox=9.5,nan,9.6,48": ["nan"],
            "OSMAPI:map?bbox=1,2,3,4,5": ["bbox"], "OSMAPI:notes?bbox=1,2,3,x": ["x"],
            "OSMAPI:trackpoints?bbox=1,2,0,3": ["min_lon"], "OSMAPI:nodes": ["nodes"], "OSMAPI:nodes?nodes=1,x": ["x"],
            "OSMAPI:changesets?open=perhaps": ["perhaps", "open=true"],
            "OSMAPI:changesets?user=1&display_name=x": ["display_name"], "OSMAPI:changesets?limit=0": ["limit", "0"],
            "OSMAPI:notes?bbox=1,2,3,4&limit=many": ["limit", "many"],
            "OSMAPI:https://user:secret@host/api/0.6/node/1": [], "OSMAPI:town.osm.pbf": ["pbf"],
            "OSMAPI:/no/such/file.osm": ["/no/such/file.osm"], "OSMAPI:nothing.osc.gz": ["nothing.osc.gz"]}.items():
        checks.raises(lambda: open_vector(name), words, name)
    message = ""
    try:
        open_vector("OSMAPI:https://user:secret@host/api/0.6/node/1")
    except RuntimeError as error:
        message = str(error)
    checks.that("secret" not in message, f"a password in a URL is not repeated: {message}")


def tokens(sandbox):
    """A token is on the way to its server and nowhere else."""
    def spoken(connection, **environment):
        answer = in_another_process(connection, "MAX_WAIT=0", CPL_DEBUG="ON", OSMAPI_TOKEN="alice-token",
                                    GDAL_HTTP_MAX_RETRY="0", CPL_CURL_VERBOSE="YES", **environment)
        return answer.stdout + answer.stderr

    def test(checks):
        base = f"OSMAPI:{sandbox.url}/api/0.6/"
        good = spoken(base + "user/details")
        checks.that("OSMAPI" in good and "user/details" in good, f"debug messages tell what is asked: {good[-500:]}")
        said = good
        sandbox.fault(path="*/user/details", status=401, body="bad token alice-token", count=-1)
        said += spoken(base + "user/details")
        sandbox.end_faults()
        sandbox.fault(path="*/user/details", status=500, body="Bearer alice-token is broken", count=-1)
        refused = spoken(base + "user/details")
        checks.that("500" in refused, "the server's own words are shown")
        sandbox.end_faults()
        said += refused + spoken(base + "node/999999") + spoken("OSMAPI:user/details", OSMAPI_URL="http://127.0.0.1:9")
        plain = spoken("OSMAPI:http://localhost.example.invalid/api/0.6/user/details")
        checks.that("http" in plain and "token" in plain.lower(), f"no token over plain http to another host: {plain[-600:]}")
        checks.that("alice-token" not in said + plain, "no token in any message")
        wrong = in_another_process(base + "user/details", OSMAPI_TOKEN="nonsense-token")
        checks.that("401" in wrong.stderr and "OSMAPI_TOKEN" in wrong.stderr and "nonsense-token" not in wrong.stderr,
                    f"a token that is refused: {wrong.stderr[-500:]}")
    return test


def metadata(checks):
    driver = gdal.GetDriverByName("OSMAPI")
    checks.equal((driver.GetMetadataItem("DMD_CONNECTION_PREFIX"), driver.GetMetadataItem("DCAP_VECTOR"),
                  driver.GetMetadataItem("DCAP_RASTER")), ("OSMAPI:", "YES", None), "the driver")
    listed = driver.GetMetadataItem("DMD_OPENOPTIONLIST")
    for name in ("SCHEMA", "COLUMNS", "TAGS", "LAYERS", "CONFIG_FILE", "OSMAPI_URL", "MAX_WAIT", "PARALLEL", "CACHE",
                 "CACHE_TTL"):
        checks.that(f"name='{name}'" in listed, f"{name} is in the list of open options")
    gdal.ErrorReset()
    open_vector("OSMAPI:" + MAP, "SCHEMA=GDAL", "MAX_WAIT=1", "LAYERS=nodes")
    checks.equal(gdal.GetLastErrorMsg(), "", "GDAL warns of no option")


def main():
    checks = Checks("options")
    with folder() as place:
        town = write_town(place / "town.osm")
        with Sandbox("--load", town) as sandbox:
            tests = [make(sandbox) for make in (schema, tag_columns, tag_forms, raw_layers, config_file, server_address,
                                                waiting, statements, tokens)]
            checks.run(metadata, wrong_values, bad_input, *tests, cache(town))
    checks.close()


main()
