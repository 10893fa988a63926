"""Reading the recorded exchanges of a real OSM API server, and exchanging bytes with a server as plainly as they were."""
import gzip
import hashlib
import re
import socket
import zlib


class Recording:
    """One file: what was asked, what came back, and how much of either was cut out of the file."""

    def __init__(self, path):
        self.name = path.stem
        self.number = int(self.name[:3])
        raw = path.read_bytes()
        head, _, answer = raw.partition(b"# --- answer; ")
        framing, _, answer = answer.partition(b"\n")
        self.framing = framing.decode()
        lines = [line[2:] if line.startswith(b"# ") else line[1:] for line in head.split(b"\n")[:-1]]
        if lines and lines[0].startswith(b"NOTE "):
            lines.pop(0)
        self.method, self.url = lines[0].decode().split()[:2]
        blank = lines.index(b"") if b"" in lines else len(lines)
        self.headers = [tuple(line.decode().split(": ", 1)) if b": " in line else (line.decode().rstrip(":"), "")
                        for line in lines[1:blank]]
        # The body was written line by line behind "# "; a line more stands there when it did not end with one.
        self.body = b"\n".join(lines[blank + 1:]) if blank < len(lines) else None
        if answer.startswith(b"HTTP/1.1 100 "):
            answer = answer.partition(b"\r\n\r\n")[2]
        top, _, self.answer_body = answer.partition(b"\r\n\r\n")
        top_lines = top.decode("utf-8", "replace").split("\r\n")
        self.status = int(top_lines[0].split()[1])
        self.answer_headers = [tuple(line.split(": ", 1)) if ": " in line else (line.rstrip(":"), "")
                               for line in top_lines[1:]]
        self.sha1 = re.search(r"sha1 of the decoded body (\w+)", self.framing).group(1)

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def answer_header(self, name):
        return next((value for key, value in self.answer_headers if key.lower() == name.lower()), None)

    def parts(self):
        """(head, tail, size): the answer's body, or its two ends and whole size when the file holds only these."""
        match = re.search(rb"\n\[\.\.\. body truncated, (\d+) bytes in all, it ends with:\]\n", self.answer_body)
        if not match:
            return self.answer_body, None, len(self.answer_body)
        return self.answer_body[:match.start()], self.answer_body[match.end():], int(match.group(1))


class Answer:
    def __init__(self, status, headers, body, chunked, whole):
        self.status, self.headers, self.body, self.chunked, self.whole = status, headers, body, chunked, whole

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


def dechunk(raw):
    """(body, whether the last chunk came)"""
    body = b""
    while True:
        line, found, rest = raw.partition(b"\r\n")
        if not found:
            return body, False
        size = int(line, 16)
        if size == 0:
            return body, True
        if len(rest) < size:
            return body + rest, False
        body += rest[:size]
        raw = rest[size + 2:]


def decode(body, coding):
    if coding == "gzip":
        return zlib.decompressobj(31).decompress(body)
    if coding == "deflate":
        return zlib.decompressobj(15).decompress(body)
    return body


def exchange(port, method, url, headers=(), body=None):
    """One request on a connection of its own; nothing is added but Host, Connection and, for a body, its length."""
    lines = [f"{method} {url} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: close"]
    chunked = any(key.lower() == "transfer-encoding" for key, _ in headers)
    for key, value in headers:
        if key.lower() not in ("host", "connection", "content-length", "expect"):
            lines.append(f"{key}: {value}")
    if body is not None and not chunked:
        lines.append(f"Content-Length: {len(body)}")
    if body is not None and chunked:
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b""))
        raw = b""
        pieces = []
        while piece := connection.recv(1 << 20):
            pieces.append(piece)
        raw = b"".join(pieces)
    top, found, content = raw.partition(b"\r\n\r\n")
    if not found:
        return Answer(0, [], b"", False, False)
    top_lines = top.decode("latin-1").split("\r\n")
    answer_headers = [tuple(line.split(": ", 1)) if ": " in line else (line.rstrip(":"), "") for line in top_lines[1:]]
    answer = Answer(int(top_lines[0].split()[1]), answer_headers, content, False, True)
    answer.chunked = answer.header("Transfer-Encoding") == "chunked"
    if answer.chunked and method != "HEAD":
        answer.body, answer.whole = dechunk(content)
    answer.body = decode(answer.body, answer.header("Content-Encoding"))
    return answer


def sha1(data):
    return hashlib.sha1(data).hexdigest()


def pack(data):
    return gzip.compress(data, mtime=0)
