"""A server between programs and the sandbox, which writes down what is asked, and may answer by itself or change what the
sandbox answers; and programs as a user runs them, whose every word is kept and searched for secrets."""
import base64
import http.client
import http.server
import json
import os
import subprocess
import threading
import time
import urllib.parse

from support import BUILD

PAIRS = ("anna@example.com:anna-token", "ben@example.com:ben-token")
SECRETS = ("anna-token", "ben-token", "alice-token", "s3cret-login", "s3cret-password",
           *(base64.b64encode(pair.encode()).decode().rstrip("=") for pair in PAIRS))


class Request:
    def __init__(self, handler, body):
        parts = urllib.parse.urlsplit(handler.path)
        self.method, self.path, self.query, self.body = handler.command, parts.path, parts.query, body
        self.call = f"{self.method} {parts.path.removeprefix('/rest')}"
        self.headers, self.authorization = handler.headers, handler.headers.get("Authorization")

    def json(self):
        return json.loads(self.body)


class Answer:
    """What the relay says instead of the sandbox. `end`: the connection is closed after so many bytes of the body."""

    def __init__(self, status=200, body="", kind="application/json", end=None, wait=0, **headers):
        self.status, self.kind, self.end, self.wait = status, kind, end, wait
        self.body = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.headers = [(name.replace("_", "-"), str(value)) for name, value in headers.items()]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def take_body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def relay(self):
        request = Request(self, self.take_body())
        self.server.requests.append(request)
        answer = self.server.answer(request) if self.server.answer else None
        if not answer:
            answer = self.forward(request.body)
            answer = self.server.change(request, answer) if self.server.change else answer
        self.put(answer)

    def forward(self, body):
        inner = http.client.HTTPConnection(self.server.target, timeout=60)
        headers = {name: value for name, value in self.headers.items()
                   if name.lower() not in ("transfer-encoding", "content-length", "connection", "expect")}
        inner.request(self.command, self.path, body if body or self.command in ("POST", "PUT") else None, headers)
        got = inner.getresponse()
        answer = Answer(got.status, got.read(), got.getheader("Content-Type"))
        inner.close()
        return answer

    def put(self, answer):
        time.sleep(answer.wait)
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind or "text/plain")
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body[:answer.end])
        self.close_connection = self.close_connection or answer.end is not None

    do_GET = do_POST = do_PUT = do_DELETE = relay

    def log_message(self, *_):
        pass


class Relay(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, sandbox):
        super().__init__(("127.0.0.1", 0), Handler)
        self.target, self.url = sandbox.url.removeprefix("http://"), f"http://127.0.0.1:{self.server_port}"
        self.requests, self.answer, self.change = [], None, None
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        """Who hangs up on an answer that is cut is no news."""


class Done:
    def __init__(self, words, done):
        self.words, self.code, self.out, self.err = words, done.returncode, done.stdout.decode(), done.stderr.decode()

    def __str__(self):
        return f"{' '.join(self.words)}: {self.code} [{self.out[:300]}] [{self.err[:600]}]"


class Programs:
    """Runs programs on one server, and remembers what they said."""

    def __init__(self, url, folder):
        self.url, self.folder, self.said = url, folder, []

    def run(self, *words, stdin=b"", **settings):
        words = [str(word) for word in words]
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith(("MAPFLOW_", "OSMAPI_", "XDG_", "GDAL_HTTP_"))}
        environment.update({"HOME": str(self.folder), "MAPFLOW_URL": self.url + "/rest", "MAPFLOW_TOKEN": PAIRS[0],
                            "MAPFLOW_MAX_WAIT": "10", "MAPFLOW_POLL": "0.05", "NO_PROXY": "127.0.0.1"}, **settings)
        environment = {name: value for name, value in environment.items() if value is not None}
        program = [str(BUILD / "bin" / "osmflow")] if words[0] == "osmflow" else [words[0]]
        if words[0] == "osmflow":
            environment.pop("LD_PRELOAD", None)
        done = Done(words, subprocess.run(program + words[1:], env=environment, input=stdin, capture_output=True, timeout=120,
                                          check=False))
        self.said.append(done)
        return done

    def tell_no_secrets(self, checks):
        for secret in SECRETS:
            checks.equal([" ".join(done.words) for done in self.said if secret in done.out + done.err], [],
                         f"a secret is shown ({secret[:3]}...)")
