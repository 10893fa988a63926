#!/usr/bin/env python3
"""Writes N copies of an OSM file side by side into one document, for measuring growth.

    multiply.py FILE.osm[.gz] N > large.osm

Copy k has its ids raised by k times the largest id of its type, rounded up to the next million, and lies k * 0.25
degrees further east, so every element stays itself and the order (nodes, ways, relations, ascending ids) is kept.
The file must have one element per line group, as osmium and OSM servers write it.
"""
import gzip
import re
import sys

STEP = {"node": 10_000_000, "way": 10_000_000, "relation": 10_000_000}
LONGITUDE_STEP = 0.25
ID = re.compile(rb'<(node|way|relation) id="(\d+)"')
REFERENCE = re.compile(rb'<nd ref="(\d+)"')
MEMBER = re.compile(rb'<member type="(node|way|relation)" ref="(\d+)"')
LONGITUDE = re.compile(rb' lon="([-0-9.]+)"')


def shifted(line: bytes, copy: int) -> bytes:
    def element(match):
        kind = match.group(1)
        return b'<%s id="%d"' % (kind, int(match.group(2)) + copy * STEP[kind.decode()])

    def member(match):
        kind = match.group(1)
        return b'<member type="%s" ref="%d"' % (kind, int(match.group(2)) + copy * STEP[kind.decode()])

    line = ID.sub(element, line)
    line = REFERENCE.sub(lambda match: b'<nd ref="%d"' % (int(match.group(1)) + copy * STEP["node"]), line)
    line = MEMBER.sub(member, line)
    return LONGITUDE.sub(lambda match: b' lon="%.7f"' % (float(match.group(1)) + copy * LONGITUDE_STEP), line)


def main() -> None:
    name, copies = sys.argv[1], int(sys.argv[2])
    opener = gzip.open if name.endswith(".gz") else open
    with opener(name, "rb") as source:
        lines = source.read().splitlines(keepends=True)
    body = {"node": [], "way": [], "relation": []}
    head, kind = [], None
    for line in lines:
        text = line.strip()
        start = re.match(rb"<(node|way|relation) ", text)
        if start:
            kind = start.group(1).decode()
        if kind:
            body[kind].append(line)
            if text.startswith((b"</node>", b"</way>", b"</relation>")) or (start and text.endswith(b"/>")):
                kind = None
        elif not text.startswith(b"</osm>"):
            head.append(line)
    out = sys.stdout.buffer
    out.writelines(head)
    for kind in ("node", "way", "relation"):
        for copy in range(copies):
            out.writelines(shifted(line, copy) for line in body[kind])
    out.write(b"</osm>\n")


if __name__ == "__main__":
    main()
