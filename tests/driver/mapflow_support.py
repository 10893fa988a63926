"""What the tests of the driver MAPFLOW share: the sandbox's Mapflow half, its fixed ids, and programs of GDAL."""
import base64
import contextlib
import json
import os
import subprocess
import urllib.parse

for name in ("MAPFLOW_URL", "MAPFLOW_TOKEN", "MAPFLOW_AUTH", "MAPFLOW_CACHE", "MAPFLOW_KEEP"):
    os.environ.pop(name, None)

from support import Sandbox, gdal, open_vector, options  # noqa: E402,F401

TOKEN = base64.b64encode(b"anna@example.com:anna-token").decode()
OTHER_TOKEN = base64.b64encode(b"ben@example.com:ben-token").decode()
URBAN = "546d148f-19a1-40d8-8f16-d1e6dabfd204"
ARCHIVE = "546d148f-19a1-40d8-8f16-d1e6dabfd205"
MOSAIC = "6ee95ae6-f26e-41bd-8cb1-39bea545119f"
IMAGE = "6ae7f9e9-da2d-41e0-b16f-83396003af57"
NOBODY = "00000000-0000-4000-8000-000000000000"


def processing(tail):
    """The id of one of the sandbox's fixed processings: "a6" is Downtown Buildings."""
    return "3fa85f64-5717-4562-b3fc-2c963f66af" + tail


class Mapflow(Sandbox):
    """A sandbox that is asked through the driver MAPFLOW."""

    def wish(self, **wishes):
        self.call("PUT", "/sandbox/mapflow?" + urllib.parse.urlencode(wishes))

    def told(self):
        return json.loads(self.call("GET", "/sandbox/mapflow"))

    def forget(self):
        """What was counted so far, and what the driver knows so far."""
        self.wish(forget=1)
        self.forget_requests()
        refresh(self)

    def count(self, word=""):
        """How many requests came whose method and path hold a word."""
        self.settle()
        return sum(number for call, number in self.told()["requests"].items() if word in call)

    def open(self, path, *open_options, update=False):
        flags = gdal.OF_VECTOR | (gdal.OF_UPDATE if update else 0)
        return gdal.OpenEx("MAPFLOW:" + path, flags, open_options=[f"MAPFLOW_URL={self.url}/rest", *open_options])

    @contextlib.contextmanager
    def shape(self, shape):
        self.wish(shape=shape)
        refresh(self)
        try:
            yield
        finally:
            self.wish(shape="recorded")
            refresh(self)

    def run(self, program, *arguments, token=TOKEN, **more):
        """A program of GDAL on this server: its exit code, output and errors."""
        environment = dict(os.environ, MAPFLOW_URL=self.url + "/rest", MAPFLOW_TOKEN=token, **more)
        done = subprocess.run([program, *map(str, arguments)], env=environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr


def refresh(sandbox):
    """What datasets share in this process is asked for again."""
    dataset = sandbox.open("version")
    dataset.ExecuteSQL("REFRESH")


@contextlib.contextmanager
def mapflow(*arguments):
    """A sandbox and the token for it."""
    with Mapflow(*arguments) as sandbox, options(MAPFLOW_TOKEN=TOKEN):
        yield sandbox
