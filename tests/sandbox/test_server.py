#!/usr/bin/env python3
"""What the recordings cannot show: faults on demand, the log, lost clients, single elements, limits of writing.

usage: test_server.py SANDBOX
"""
import json
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from recording import exchange, pack

ALICE = [("Authorization", "Bearer alice-token")]
BOB = [("Authorization", "Bearer bob-token")]
MODERATOR = [("Authorization", "Bearer mod-token")]
MAP = "/api/0.6/map?bbox=9,47,10,47.2"
TOWN = """<osm version="0.6">
 <node id="1" version="3" changeset="7" timestamp="2020-01-01T00:00:00Z" uid="5" user="a &amp; b" lat="47.1" lon="9.1"/>
 <node id="2" version="1" changeset="7" timestamp="2020-01-01T00:00:00Z" uid="5" user="a &amp; b" lat="47.1" lon="9.2"/>
 <node id="3" version="1" changeset="8" timestamp="2020-01-02T00:00:00Z" uid="6" user="c" lat="48" lon="9.2"/>
 <node id="4" version="1" changeset="8" timestamp="2020-01-02T00:00:00Z" uid="6" user="c" lat="0" lon="0"/>
 <way id="1" version="1" changeset="8" timestamp="2020-01-02T00:00:00Z" uid="6" user="c">
  <nd ref="2"/><nd ref="3"/><tag k="highway" v="path"/></way>
 <relation id="1" version="1" changeset="8" timestamp="2020-01-02T00:00:00Z" uid="6" user="c">
  <member type="way" ref="1" role="x"/><tag k="type" v="route"/></relation>
</osm>"""


class SandboxTest(unittest.TestCase):
    arguments = []

    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        town = pathlib.Path(cls.scratch.name) / "town.osm.gz"
        town.write_bytes(pack(TOWN.encode()))
        cls.process = subprocess.Popen([PROGRAM, "--load", town, "--exit-with-stdin", "--log",
                                        str(town.with_suffix(".log"))] + cls.arguments,
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        cls.log_path = town.with_suffix(".log")
        cls.port = int(cls.process.stdout.readline().rsplit(":", 1)[1])

    @classmethod
    def tearDownClass(cls):
        if not cls.process.stdin.closed:
            cls.process.stdin.close()
        code = cls.process.wait(timeout=30)
        cls.process.stdout.close()
        cls.scratch.cleanup()
        if code != 0:
            raise AssertionError(f"the sandbox ended with {code}")

    def setUp(self):
        self.ask("PUT", "/sandbox/reset", body=b"")

    def ask(self, method, url, headers=(), body=None):
        return exchange(self.port, method, url, headers, body)

    def fault(self, wish):
        answer = self.ask("PUT", f"/sandbox/fault?{wish}", body=b"")
        self.assertEqual(answer.status, 200, answer.body)

    def changeset(self, headers=ALICE):
        return int(self.ask("PUT", "/api/0.6/changeset/create", headers, b"<osm><changeset/></osm>").body)

    def upload(self, changeset, text, headers=ALICE):
        body = f"<osmChange>{text}</osmChange>".replace("CS", f'changeset="{changeset}"').encode()
        return self.ask("POST", f"/api/0.6/changeset/{changeset}/upload", headers, body)

    def count(self, changeset):
        text = self.ask("GET", f"/api/0.6/changeset/{changeset}").body.decode()
        return int(re.search(r'changes_count="(\d+)"', text).group(1))


class Faults(SandboxTest):
    def test_cut_breaks_the_body_off(self):
        whole = self.ask("GET", MAP)
        self.fault("cut=100&path=/api/0.6/map*")
        cut = self.ask("GET", MAP)
        self.assertEqual((whole.whole, cut.whole), (True, False))
        self.assertEqual(cut.body, whole.body[:100])
        self.assertEqual(self.ask("GET", MAP).body, whole.body, "a fault is for one request unless more is wished")

    def test_end_is_a_proper_end_of_half_a_document(self):
        self.fault("end=100")
        answer = self.ask("GET", MAP)
        self.assertTrue(answer.whole)
        self.assertEqual(len(answer.body), 100)

    def test_truncated_gzip_is_well_framed(self):
        whole = self.ask("GET", MAP, [("Accept-Encoding", "gzip")])
        self.fault("truncate_gzip=1")
        answer = self.ask("GET", MAP, [("Accept-Encoding", "gzip")])
        self.assertTrue(answer.whole)
        self.assertLess(len(answer.body), len(whole.body))

    def test_drop_before_does_nothing_and_drop_after_does_all(self):
        changeset = self.changeset()
        self.fault("drop=before&method=POST")
        create = '<create><node id="-1" CS lat="1" lon="1"/></create>'
        self.assertEqual(self.upload(changeset, create).status, 0)
        self.assertEqual(self.count(changeset), 0)
        self.fault("drop=after&method=POST")
        self.assertEqual(self.upload(changeset, create).status, 0)
        self.assertEqual(self.count(changeset), 1)

    def test_status_with_words_and_retry_after(self):
        self.fault("status=503&retry_after=7&body=later&count=2&skip=1&path=/api/0.6/node/1")
        answers = [self.ask("GET", "/api/0.6/node/1") for _ in range(4)]
        self.assertEqual([answer.status for answer in answers], [200, 503, 503, 200])
        self.assertEqual((answers[1].header("Retry-After"), answers[1].body), ("7", b"later"))

    def test_status_after_processing(self):
        changeset = self.changeset()
        self.fault("status=502&after=1&method=POST")
        answer = self.upload(changeset, '<create><node id="-1" CS lat="1" lon="1"/></create>')
        self.assertEqual((answer.status, self.count(changeset)), (502, 1))

    def test_error_at_the_end(self):
        self.fault("error=1&count=2")
        document = self.ask("GET", MAP).body.decode()
        self.assertTrue(document.endswith("<error>Could not obtain client encoding: not connected.</error>\n</osm>\n"))
        self.assertNotIn("<way", document)
        elements = json.loads(self.ask("GET", MAP.replace("map", "map.json")).body)["elements"]
        self.assertEqual([list(element)[0] for element in elements], ["type"] * (len(elements) - 1) + ["error"])

    def test_html_instead_of_data(self):
        self.fault("html=1")
        answer = self.ask("GET", MAP)
        self.assertEqual((answer.status, answer.header("Content-Type")), (200, "text/html"))

    def test_delay_and_rate(self):
        size = len(self.ask("GET", MAP).body)
        self.fault(f"delay=100&rate={size * 4}")
        start = time.monotonic()
        self.assertEqual(len(self.ask("GET", MAP).body), size)
        self.assertGreater(time.monotonic() - start, 0.3)

    def test_unknown_wishes_are_told(self):
        self.assertEqual(self.ask("PUT", "/sandbox/fault?cute=5", body=b"").status, 400)
        self.assertEqual(self.ask("PUT", "/sandbox/fault?cut=five", body=b"").status, 400)


class Ending(SandboxTest):
    def test_a_long_delay_does_not_keep_the_server_alive(self):
        self.fault("delay=3600000")
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(b"GET /api/0.6/node/1 HTTP/1.1\r\nHost: x\r\n\r\n")
            for _ in range(500):
                if json.loads(self.ask("GET", "/sandbox/stats").body)["in_flight"] == 1:
                    break
                time.sleep(0.01)
            self.process.stdin.close()
            self.assertEqual(self.process.wait(timeout=20), 0)


class LostClients(SandboxTest):
    def send(self, text):
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(text)

    def head(self, changeset, length):
        return (f"POST /api/0.6/changeset/{changeset}/upload HTTP/1.1\r\nHost: x\r\n"
                f"Authorization: Bearer alice-token\r\nContent-Length: {length}\r\n\r\n").encode()

    def test_a_body_that_is_not_whole_is_never_applied(self):
        changeset = self.changeset()
        body = f'<osmChange><create><node id="-1" changeset="{changeset}" lat="1" lon="1"/></create></osmChange>'.encode()
        for sent, length in ((body[:-1], len(body)), (body[:20], len(body)), (body, len(body) + 10)):
            self.send(self.head(changeset, length) + sent)
        self.wait_for_the_end_of(4)
        self.assertEqual(self.count(changeset), 0)

    def test_a_whole_body_is_applied_without_anybody_waiting_for_the_answer(self):
        changeset = self.changeset()
        body = f'<osmChange><create><node id="-1" changeset="{changeset}" lat="1" lon="1"/></create></osmChange>'.encode()
        self.send(self.head(changeset, len(body)) + body)
        self.wait_for_the_end_of(2)
        self.assertEqual(self.count(changeset), 1)

    def wait_for_the_end_of(self, requests):
        for _ in range(500):
            stats = json.loads(self.ask("GET", "/sandbox/stats").body)
            if stats["requests"] == requests and stats["in_flight"] == 0:
                return
            time.sleep(0.01)
        self.fail("requests do not end")

    def test_an_orphan_holds_the_changeset_until_it_is_done(self):
        changeset = self.changeset()
        self.fault("orphan=300&method=POST")
        create = '<create><node id="-1" CS lat="1" lon="1"/></create>'
        self.assertEqual(self.upload(changeset, create).status, 0)
        close = f"/api/0.6/changeset/{changeset}/close"
        locked = self.ask("PUT", close, ALICE, b"")
        self.assertEqual((locked.status, self.count(changeset)), (409, 0))
        self.assertIn(b"currently locked by another process", locked.body)
        for _ in range(500):
            answer = self.ask("PUT", close, ALICE, b"")
            if answer.status != 409:
                break
            time.sleep(0.01)
        self.assertEqual((answer.status, self.count(changeset)), (200, 1))


class Log(SandboxTest):
    def test_one_line_per_request(self):
        self.ask("GET", "/api/0.6/node/1?a=b")
        self.ask("GET", "/api/0.6/node/99")
        lines = self.ask("GET", "/sandbox/log").body.decode().splitlines()
        self.assertEqual([re.sub(r"\d{4}-\S+Z", "T", line) for line in lines],
                         [f"1 T GET /api/0.6/node/1?a=b 200 {len(self.ask('GET', '/api/0.6/node/1').body)} 1 1",
                          "2 T GET /api/0.6/node/99 404 0 1 1"])
        self.assertIn(lines[0], self.log_path.read_text())

    def test_in_flight_is_counted(self):
        self.fault("delay=200&count=2")
        threads = [threading.Thread(target=self.ask, args=("GET", "/api/0.6/node/1")) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        stats = json.loads(self.ask("GET", "/sandbox/stats").body)
        self.assertEqual((stats["requests"], stats["most_in_flight"]), (2, 2))


class Reads(SandboxTest):
    def ids(self, url):
        return re.findall(r"<(node|way|relation) id=\"(\d+)\"", self.ask("GET", url).body.decode())

    def test_map_holds_nodes_of_ways_and_relations_of_them(self):
        self.assertEqual(self.ids(MAP), [("node", "1"), ("node", "2"), ("node", "3"), ("way", "1"), ("relation", "1")])
        self.assertEqual(self.ids("/api/0.6/map?bbox=0,0,0,0"), [("node", "4")])

    def test_map_is_made_anew_after_an_edit(self):
        before = self.ids(MAP)
        changeset = self.changeset()
        self.upload(changeset, '<create><node id="-1" CS lat="47.1" lon="9.1"/></create>')
        self.assertEqual(len(self.ids(MAP)), len(before) + 1)

    def test_users_are_escaped(self):
        self.assertIn(b'user="a &amp; b" uid="5"', self.ask("GET", "/api/0.6/node/1").body)

    def test_changesets_of_a_file_are_known(self):
        self.assertIn(b'uid="6" min_lat="0.0000000"', self.ask("GET", "/api/0.6/changeset/8").body)


class Single(SandboxTest):
    def put(self, url, text, method="PUT", headers=ALICE):
        answer = self.ask(method, f"/api/0.6/{url}", headers, text.encode())
        return answer.status, answer.body.decode()

    def test_create_update_delete(self):
        changeset = self.changeset()
        node = f'<osm><node changeset="{changeset}" ID lat="1" lon="2"><tag k="a" v="b"/></node></osm>'
        self.assertEqual(self.put("node/create", node.replace("ID", "")), (200, "5"))
        self.assertEqual(self.put("node/5", node.replace("ID", 'id="5" version="1"')), (200, "2"))
        status, text = self.put("node/5", node.replace("ID", 'id="5" version="1"'))
        self.assertEqual((status, text), (409, "Version mismatch: Provided 1, server had: 2 of Node 5"))
        self.assertEqual(self.put("node/5", node.replace("ID", 'id="5" version="2"'), "DELETE"), (200, "3"))
        status, text = self.put("node/5", node.replace("ID", 'id="5" version="3"'), "DELETE")
        self.assertEqual((status, text), (410, "The node with the id 5 has already been deleted"))

    def test_refusals(self):
        changeset = self.changeset()
        node = f'<osm><node changeset="{changeset}" id="2" version="1" lat="1" lon="2"/></osm>'
        self.assertEqual(self.put("node/2", node, headers=())[0], 401)
        self.assertEqual(self.put("node/2", node, headers=BOB), (409, "The user doesn't own that changeset"))
        self.assertEqual(self.put("node/3", node)[0], 400)
        self.assertEqual(self.put("node/2", node, "DELETE"),
                         (412, "Precondition failed: Node 2 is still used by ways 1."))
        self.assertEqual(self.put("node/2", node.replace(f'"{changeset}"', '"99999"')),
                         (409, "You need to supply a changeset to be able to make a change"))
        way = f'<osm><way changeset="{changeset}"><nd ref="77"/></way></osm>'
        self.assertIn("requires the nodes with id in (77), which", self.put("way/create", way)[1])
        self.assertEqual(self.put("node/2", node.replace("lat=\"1\"", "lat=\"91\"")),
                         (400, "The node is outside this world"))

    def test_redaction_hides_an_old_version(self):
        changeset = self.changeset()
        node = f'<osm><node changeset="{changeset}" id="2" version="1" lat="1" lon="2"/></osm>'
        self.put("node/2", node)
        self.assertEqual(self.put("node/2/1/redact?redaction=1", "", "POST", ALICE)[0], 401)
        self.assertEqual(self.put("node/2/2/redact?redaction=1", "", "POST", MODERATOR)[0], 400)
        self.assertEqual(self.put("node/2/1/redact?redaction=1", "", "POST", MODERATOR)[0], 200)
        self.assertEqual(self.ask("GET", "/api/0.6/node/2/1").status, 404)
        self.assertEqual(self.put("node/2/1/redact", "", "POST", MODERATOR)[0], 200)
        self.assertEqual(self.ask("GET", "/api/0.6/node/2/1").status, 200)


class Uploads(SandboxTest):
    def test_a_failure_leaves_nothing_behind(self):
        changeset = self.changeset()
        before = self.ask("GET", MAP).body
        answer = self.upload(changeset, '<create><node id="-1" CS lat="47.1" lon="9.1"/></create>'
                                        '<modify><node id="1" CS version="3" lat="47.15" lon="9.1"/></modify>'
                                        '<delete><relation id="1" CS version="1"/></delete>'
                                        '<delete><node id="2" CS version="1"/></delete>')
        self.assertEqual((answer.status, answer.body),
                         (412, b"Precondition failed: Node 2 is still used by ways 1."))
        self.assertEqual(self.ask("GET", MAP).body, before)
        self.assertEqual(self.count(changeset), 0)

    def test_relations_that_use_each_other_go_in_order(self):
        changeset = self.changeset()
        self.upload(changeset, '<create><relation id="-1" CS><member type="relation" ref="1"/></relation></create>')
        child_first = ('<delete><relation id="1" CS version="1"/><relation id="2" CS version="1"/></delete>')
        parent_first = ('<delete><relation id="2" CS version="1"/><relation id="1" CS version="1"/></delete>')
        self.assertEqual(self.upload(changeset, child_first).body,
                         b"Precondition failed: The relation 1 is used in relations 2.")
        self.assertEqual(self.upload(changeset, parent_first).status, 200)

    def test_clock_closes_a_changeset_that_lies_idle(self):
        changeset = self.changeset()
        self.ask("PUT", "/sandbox/clock?add=3601", body=b"")
        answer = self.upload(changeset, '<create><node id="-1" CS lat="1" lon="1"/></create>')
        self.assertEqual(answer.status, 409)
        self.assertIn(b"was closed at", answer.body)

    def test_ten_thousand_changes_and_their_deletion(self):
        changeset = self.changeset()
        nodes = "".join(f'<node id="-{i}" CS lat="1" lon="1"/>' for i in range(1, 5001))
        self.assertEqual(self.upload(changeset, f"<create>{nodes}</create>").status, 200)
        gone = "".join(f'<node id="{i}" CS version="1"/>' for i in range(5, 5005))
        self.assertEqual(self.upload(changeset, f"<delete>{gone}</delete>").status, 200)
        self.assertEqual(self.count(changeset), 10000)


class ServedFile(SandboxTest):
    @classmethod
    def setUpClass(cls):
        file = tempfile.NamedTemporaryFile(suffix=".osm")
        file.write(b"<osm>" + b"x" * 200000 + b"</osm>")
        file.flush()
        cls.file, cls.arguments = file, ["--serve-file", file.name]
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.file.close()

    def test_map_calls_get_the_file(self):
        content = pathlib.Path(self.file.name).read_bytes()
        plain, packed = self.ask("GET", MAP), self.ask("GET", MAP, [("Accept-Encoding", "gzip")])
        self.assertEqual((plain.body == content, packed.body == content), (True, True))
        self.assertEqual((plain.header("Content-Encoding"), packed.header("Content-Encoding")), ("identity", "gzip"))
        self.assertEqual((plain.chunked, plain.header("Content-Type")), (True, "application/xml; charset=utf-8"))


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
