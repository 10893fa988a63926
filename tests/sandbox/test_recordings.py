#!/usr/bin/env python3
"""Replays the recorded exchanges of a real OSM API server (cgimap 2.1.0) against osmflow-sandbox and compares.

usage: test_recordings.py SANDBOX RECORDINGS LIECHTENSTEIN

The recorded server held Liechtenstein and a few hand-made elements. These are put together again from the recordings
themselves into a seed file, so nothing of them is copied here. Same status, same kind of headers, same body: names of
processes, times after the seed and the number of seconds to wait are evened out first. Bodies of which a recording
keeps only the two ends are compared there, in their size, and, where no time in them is new, by their SHA-1.
"""
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.sax.saxutils

from recording import Recording, exchange, pack, sha1

SEED_CHANGESETS = range(175000001, 175000012)
ALICE = "alice-token-" + "A" * 31
BOB = "bob-token-" + "B" * 33

# Each session of the recorded server began with a fresh database; what the server was told beforehand stands here.
SESSIONS = [
    (1, 166, ""), (200, 367, ""), (400, 402, "limit-changes-per-hour=1000"), (403, 403, "limit-box=5"),
    (404, 410, "limit-debt=1048576&debt-rate=1"), (411, 411, "read-only=1"),
    (412, 415, "limit-changeset=100&limit-idle=5"), (416, 420, ""), (421, 422, ""), (423, 428, ""), (429, 433, ""),
    (440, 458, ""),
]

# A way to fail that was done to the recorded server's processes, as a fault of the sandbox.
LOST = "Could+not+obtain+client+encoding:+not+connected."
FAULTS = {
    419: f"status=500&body={LOST}", 458: f"status=500&body={LOST}", 421: "error=1", 422: "error=1",
    423: "status=502", 424: "status=502", 429: "status=502",
    425: "end=875491", 426: "end=834570", 427: "end=73463", 428: "end=73462",
}
CUT = range(425, 429)

# What is known to be different, and why that is so.
BROTLI = "the sandbox has no Brotli"
EXPLAINED = {
    1: "capabilities were a static page there: other framing, and Cache-Control in another order",
    136: BROTLI, 139: BROTLI, 142: BROTLI, 253: BROTLI,
    155: "single elements are written here, as openstreetmap.org's other half does",
}
NOT_SERVED = {
    457: "changeset queries are answered here, as openstreetmap.org's other half does",
}


def numbered_nodes(changeset, count):
    nodes = "".join(f'<node id="-{i}" changeset="{changeset}" lat="{47.3 + i * 1e-6:.7f}" lon="9.3"/>\n'
                    for i in range(1, count + 1))
    return change(f"<create>\n{nodes}</create>\n")


def change(text):
    return ('<?xml version="1.0" encoding="UTF-8"?>\n<osmChange version="0.6" generator="GDAL/OGR">\n'
            f"{text}</osmChange>\n").encode()


def create_node(changeset, content):
    return change(f'<create>\n<node id="-1" changeset="{changeset}" {content}\n</create>\n')


def two_nodes_and(changeset, text):
    return change(f'<create>\n<node id="-1" changeset="{changeset}" lat="47.3" lon="9.3"/>\n'
                  f'<node id="-2" changeset="{changeset}" lat="47.3" lon="9.31"/>\n{text}</create>\n')


def way_of(changeset, count):
    refs = "".join(f'<nd ref="{-1 - i % 2}"/>' for i in range(count))
    return two_nodes_and(changeset, f'<way id="-1" changeset="{changeset}">{refs}</way>\n')


def relation_of(changeset, count):
    members = '<member type="node" ref="-1" role=""/>' * count
    return change(f'<create>\n<node id="-1" changeset="{changeset}" lat="47.3" lon="9.3"/>\n'
                  f'<relation id="-1" changeset="{changeset}">{members}</relation>\n</create>\n')


# Request bodies of which the recording holds a part, or that are binary.
BODIES = {
    248: lambda: pack(create_node(175000023, 'lat="47.34" lon="9.34"/>')),
    249: lambda: __import__("zlib").compress(create_node(175000023, 'lat="47.34" lon="9.34"/>')),
    250: lambda: b"no brot",
    251: lambda: b"not gzip at all!",
    339: lambda: way_of(175000097, 2001),
    340: lambda: way_of(175000098, 2000),
    341: lambda: relation_of(175000099, 32001),
    347: lambda: create_node(175000105, 'lat="1" lon="1"/>').decode().replace("UTF-8", "UTF-16").encode("utf-16"),
    348: lambda: numbered_nodes(175000106, 10001),
    350: lambda: numbered_nodes(175000106, 10000),
    354: lambda: create_node(175000107, 'lat="47.3" lon="9.3"/>') + b"<!-- " + b"x" * 50000000 + b" -->",
    355: lambda: pack(create_node(175000107, 'lat="47.3" lon="9.3"/>') + b"<!-- " + b"x" * 50000000 + b" -->"),
    400: lambda: numbered_nodes(175000012, 1001),
    401: lambda: numbered_nodes(175000013, 1000),
    412: lambda: numbered_nodes(175000012, 101),
}

# Changesets that were made between the recordings, other than by alice or other than open.
MADE_BY_BOB = {175000032}
MADE_CLOSED = {175000031}


def collect_seed(recordings, path, private_uid):
    """The hand-made elements, changesets and users of the recorded server, from what it said of them."""
    elements, changesets = {}, {}
    redacted = {("node", "13000000005", "1")}
    for recording in recordings:
        text = recording.answer_body.decode("utf-8", "replace")
        for match in re.finditer(r'<(node|way|relation) id="(\d+)" visible="\w+" version="(\d+)" changeset="(\d+)"'
                                 r"[^>]*?(?:/>|>.*?</\1>)", text, re.S):
            if int(match[4]) in SEED_CHANGESETS:
                elements[match[1], match[2], match[3]] = match[0]
        for match in re.finditer(r'<changeset id="(\d+)"[^>]*?(?:/>|>.*?</changeset>)', text, re.S):
            if int(match[1]) in SEED_CHANGESETS and len(match[0]) > len(changesets.get(match[1], "")):
                changesets[match[1]] = match[0]
    lines = ["<osm>"]
    users = [("alice", 101, ""), ("bob", 102, ""), ("carol", 201, ' blocked="true"'), ("dave", 202, ' moderator="true"'),
             ("eve", 203, ' inactive="true"')]
    for name, uid, more in users:
        lines.append(f'<user id="{uid}" name="{name}"{more}/>')
    lines.append(f'<user id="{private_uid}" name="" private="true"/>')
    tokens = {value[7:] for recording in recordings for key, value in recording.headers
              if key == "Authorization" and value.startswith("Bearer ")}
    for token in sorted(tokens):
        uid = next((uid for name, uid, _ in users if token.startswith(name + "-")), None)
        if uid is None:
            continue
        state = next((f' state="{word}"' for word in ("expired", "revoked") if f"-{word}-" in token), "")
        scopes = "read_prefs" if "-readonly-" in token else "all"
        lines.append(f'<token user="{uid}" text="{token}" scopes="{scopes}"{state}/>')
    for text in changesets.values():
        text = re.sub(r"</?discussion>", "", text)
        text = re.sub(r"<comment (.*?)>\s*<text>(.*?)</text>\s*</comment>",
                      lambda m: f"<comment {m[1]} text={xml.sax.saxutils.quoteattr(m[2]).replace('&amp;', '&')}/>",
                      text, flags=re.S)
        lines.append(text)
    for key in sorted(elements, key=lambda key: (key[0] != "node", key[0] != "way", int(key[1]), int(key[2]))):
        text = elements[key]
        lines.append(text.replace(" ", ' redaction="1" ', 1) if key in redacted else text)
    lines.append(missing_elements())
    lines.append('<next node="13000002029" way="1450000011" relation="19500008" changeset="175000012" comment="3"/>')
    lines.append("</osm>")
    path.write_text("\n".join(lines), encoding="utf-8")


def missing_elements():
    """What no recording shows whole: the way of 2000 nodes, and the multipolygon of two outer ways."""
    author = 'changeset="175000009" timestamp="2026-11-20T21:10:39Z" user="alice" uid="101"'
    nodes = "".join(f'<node id="{id}" version="1" {author} lat="{47.57 + (id - 13000000027) * 5e-6:.7f}" lon="10.02"/>'
                    for id in range(13000000027, 13000002027))
    refs = "".join(f'<nd ref="{id}"/>' for id in range(13000000027, 13000002027))
    return (f'{nodes}<way id="1450000007" version="1" {author}>{refs}<tag k="note" v="2000 nodes"/></way>'
            f'<relation id="19500003" version="1" {author}><member type="way" ref="1450000004" role="outer"/>'
            '<member type="way" ref="1450000005" role="outer"/><tag k="landuse" v="meadow"/>'
            '<tag k="type" v="multipolygon"/></relation>')


def even_out(data):
    data = re.sub(rb"cgimap 2\.1\.0 \(\d+ [^)]*\)", b"cgimap 2.1.0 (PID HOST)", data)
    data = re.sub(rb"2026-11-2\d[T ]\d\d:\d\d:\d\d(Z| UTC)", b"TIME", data)
    return re.sub(rb"try again in \d+ seconds", b"try again in N seconds", data)


def generator_of(data):
    match = re.search(rb"cgimap 2\.1\.0 \((\d+ [^)]*)\)", data)
    return match.group(1) if match else b""


COMPARED_HEADERS = ["Content-Type", "Error", "Content-Encoding", "WWW-Authenticate", "Allow", "Content-Disposition",
                    "Cache-Control", "Accept-Encoding", "Access-Control-Allow-Origin", "Access-Control-Allow-Methods",
                    "Access-Control-Allow-Headers", "Access-Control-Max-Age"]


def compare_headers(recording, answer):
    for name in COMPARED_HEADERS:
        recorded, given = recording.answer_header(name), answer.header(name)
        if recorded is not None:
            recorded = even_out(recorded.encode()).decode().strip()
        if given is not None:
            given = even_out(given.encode("latin-1")).decode("utf-8").strip()
        if recorded != given:
            yield f"{name}: {recorded!r} recorded, {given!r} given"
    if (recording.answer_header("Retry-After") is None) != (answer.header("Retry-After") is None):
        yield "Retry-After: only one of them has it"
    if recording.method != "HEAD" and ("chunked" in recording.framing) != answer.chunked:
        yield f"framing: {recording.framing.split(';')[0]} recorded, {'chunked' if answer.chunked else 'length'} given"


def compare_bodies(recording, answer):
    if recording.method == "HEAD":
        return
    head, tail, size = recording.parts()
    given = answer.body
    if recording.number in CUT:
        if even_out(given)[:3000] != even_out(head)[:3000]:
            yield "the beginning differs"
        return
    if tail is None:
        if even_out(head) != even_out(given):
            yield first_difference(even_out(head), even_out(given))
        return
    same_names = given.replace(generator_of(given), generator_of(head), 1)
    if recording.number < 200 and sha1(same_names) != recording.sha1:
        yield f"SHA-1 differs ({len(same_names)} bytes given, {size} recorded)"
    if len(same_names) != size:
        yield f"{size} bytes recorded, {len(same_names)} given"
    if not even_out(given).startswith(even_out(head)[:-40]):
        yield first_difference(even_out(head)[:-40], even_out(given))
    if not even_out(given).endswith(even_out(tail)[40:]):
        yield "the end differs"


def first_difference(recorded, given):
    at = next((i for i, (left, right) in enumerate(zip(recorded, given)) if left != right),
              min(len(recorded), len(given)))
    return f"at byte {at}: {recorded[max(0, at - 30):at + 60]!r} recorded, {given[max(0, at - 30):at + 60]!r} given"


class Sandbox:
    def __init__(self, program, liechtenstein, seed):
        self.process = subprocess.Popen([program, "--load", str(liechtenstein), "--load", str(seed),
                                         "--exit-with-stdin"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        url = self.process.stdout.readline()
        if not url:
            raise SystemExit("the sandbox did not start")
        self.port = int(url.rsplit(":", 1)[1])
        self.next_changeset = 0

    def control(self, call):
        answer = exchange(self.port, "PUT", f"/sandbox/{call}", body=b"")
        if answer.status != 200:
            raise SystemExit(f"{call}: {answer.status} {answer.body}")

    def begin(self, limits):
        self.control("reset")
        self.control("clock?run=0")  # downloads are sorted by seconds
        if limits:
            self.control(f"limits?{limits}")
        self.next_changeset = 175000012

    def make_changesets(self, wanted):
        """Changesets that were made between the recordings."""
        while self.next_changeset <= wanted:
            token = BOB if self.next_changeset in MADE_BY_BOB else ALICE
            headers = [("Authorization", f"Bearer {token}")]
            body = (b'<osm><changeset><tag k="created_by" v="GDAL/OGR"/><tag k="comment" v="recording"/>'
                    b"</changeset></osm>")
            exchange(self.port, "PUT", "/api/0.6/changeset/create", headers, body)
            if self.next_changeset in MADE_CLOSED:
                exchange(self.port, "PUT", f"/api/0.6/changeset/{self.next_changeset}/close", headers, b"")
            self.next_changeset += 1

    def prepare(self, recording):
        """What happened on the recorded server just before this exchange."""
        match = re.search(r"/changeset/(\d+)", recording.url)
        if match and int(match[1]) < 999999999 and recording.number >= 200:
            self.make_changesets(int(match[1]))
        if recording.number == 273:
            self.make_changesets(175000034)
        if recording.number in (413,):
            self.control("clock?add=6")
        if recording.number in (416, 431):
            self.control(f"lock?changeset={match[1]}")
        if recording.number == 418:
            self.control("lock?changeset=175000012&on=0")
        if recording.number == 432:
            self.finish_orphan()
        if recording.number in FAULTS:
            self.control(f"fault?{FAULTS[recording.number]}")

    def finish_orphan(self):
        """The upload whose client had gone: three nodes, after an upload that failed had used up three ids."""
        self.control("lock?changeset=175000013&on=0")
        nodes = "".join(f'<node id="-{i}" changeset="175000013" lat="47.30000{i}0" lon="9.3"><tag k="probe" v="x"/></node>'
                        for i in range(1, 4))
        missing = '<way id="-1" changeset="175000013"><nd ref="-7"/></way>'
        for text in (nodes + missing, nodes):
            exchange(self.port, "POST", "/api/0.6/changeset/175000013/upload", [("Authorization", f"Bearer {ALICE}")],
                     change(f"<create>{text}</create>"))

    def replay(self, recording):
        self.prepare(recording)
        body = BODIES[recording.number]() if recording.number in BODIES else recording.body
        answer = exchange(self.port, recording.method, recording.url, recording.headers, body)
        if recording.method == "PUT" and recording.url.endswith("/create") and answer.status in (200, 406):
            self.next_changeset += 1
        return answer

    def end(self):
        self.process.stdin.close()
        return self.process.wait(timeout=30)


def check(sandbox, recording):
    answer = sandbox.replay(recording)
    if answer.status != recording.status:
        return [f"{recording.status} recorded, {answer.status} given: {answer.body[:200]!r}"]
    return list(compare_headers(recording, answer)) + list(compare_bodies(recording, answer))


def private_user(liechtenstein):
    """The one author whose data the recorded server did not show: who wrote node 60337."""
    import gzip
    with gzip.open(liechtenstein, "rt", encoding="utf-8") as file:
        for line in file:
            if '<node id="60337"' in line:
                return re.search(r'uid="(\d+)"', line).group(1)
    return "0"


def main():
    program, folder, liechtenstein = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    if not folder.is_dir() or not liechtenstein.is_file():
        print(f"SKIPPED: no recordings in {folder} or no {liechtenstein}")
        return 77
    recordings = [Recording(path) for path in sorted(folder.glob("*.http"))]
    with tempfile.TemporaryDirectory() as scratch:
        seed = pathlib.Path(scratch) / "seed.osm"
        collect_seed(recordings, seed, private_user(liechtenstein))
        sandbox = Sandbox(program, liechtenstein, seed)
        matched, explained, unserved, different = [], [], [], []
        for first, last, limits in SESSIONS:
            sandbox.begin(limits)
            for recording in recordings:
                if not first <= recording.number <= last:
                    continue
                if recording.number in NOT_SERVED:
                    unserved.append((recording, NOT_SERVED[recording.number]))
                    continue
                problems = check(sandbox, recording)
                if not problems:
                    matched.append(recording)
                elif recording.number in EXPLAINED:
                    explained.append((recording, EXPLAINED[recording.number]))
                else:
                    different.append((recording, problems))
        code = sandbox.end()
    for recording, problems in different:
        print(f"DIFFERS {recording.name}")
        for problem in problems:
            print(f"    {problem}")
    for recording, reason in explained + unserved:
        print(f"explained: {recording.name}: {reason}")
    outside = sum(1 for recording in recordings
                  if not any(first <= recording.number <= last for first, last, _ in SESSIONS))
    print(f"\n{len(matched):4} recordings matched\n{len(different):4} differ\n{len(explained):4} differ, explained\n"
          f"{len(unserved):4} cannot be served\n{outside:4} not looked at (the same server behind Apache)")
    stale = [recording.name for recording in matched if recording.number in EXPLAINED]
    if stale:
        print("explained, but matched: " + ", ".join(stale))
    return 1 if different or stale or code != 0 else 0


if __name__ == "__main__":
    sys.exit(main())
