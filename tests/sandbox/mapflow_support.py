"""What the tests of the Mapflow half share: a sandbox, its accounts and fixed ids, TIFF files without a library."""
import base64
import json
import pathlib
import struct
import subprocess
import unittest

from recording import exchange

ANNA = [("Authorization", "Basic " + base64.b64encode(b"anna@example.com:anna-token").decode())]
BEN = [("Authorization", "Basic " + base64.b64encode(b"ben@example.com:ben-token").decode())]
LOGGED_IN = [("Authorization", "Bearer alice-token")]
JSON = [("Content-Type", "application/json")]
PROJECT = "546d148f-19a1-40d8-8f16-d1e6dabfd204"
DOWNTOWN = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
NOBODY = "3fa85f64-5717-4562-b3fc-000000000000"
MOSAIC = "6ee95ae6-f26e-41bd-8cb1-39bea545119f"
IMAGE = "6ae7f9e9-da2d-41e0-b16f-83396003af57"
BUILDINGS = "8cb13006-a299-4df6-b47d-91bd63de947f"
EXAMPLES = json.loads((pathlib.Path(__file__).parent / "mapflow_examples.json").read_text(encoding="utf-8"))


def fixed(number):
    return f"3fa85f64-5717-4562-b3fc-2c963f66af{number:02d}"


def square(side=0.008, west=7.0765, south=49.3181):
    return {"type": "Polygon", "coordinates": [[[west, south], [west + side, south], [west + side, south + side],
                                                [west, south + side], [west, south]]]}


def order(**changes):
    """What starts a processing."""
    body = {"name": "Run", "projectId": PROJECT, "wdId": BUILDINGS, "geometry": square(),
            "params": {"sourceParams": {"dataProvider": {"providerName": "Mapbox", "zoom": 18}}}}
    body.update(changes)
    return {key: value for key, value in body.items() if value is not None}


def tiff(width=10, height=8, bands=3, bits=8, epsg=32631, pixel=0.3, corner=(423700.0, 5402300.0), sign="<", big=False,
         last=False, sample_format=1):
    """A GeoTIFF; `last`: its directory stands at the end of the file."""
    pixels = bytes(i % 251 for i in range(width * height * bands * bits // 8))
    geographic = epsg == 4326
    keys = [1, 1, 0, 2, 1024, 0, 1, 2 if geographic else 1, 2048 if geographic else 3072, 0, 1, epsg]
    tags = [(256, "I", [width]), (257, "I", [height]), (258, "H", [bits] * bands), (259, "H", [1]), (262, "H", [2]),
            (273, "I", [0]), (277, "H", [bands]), (278, "I", [height]), (279, "I", [len(pixels)]),
            (339, "H", [sample_format] * bands)]
    if pixel:
        tags += [(33550, "d", [pixel, pixel, 0.0]), (33922, "d", [0.0, 0.0, 0.0, corner[0], corner[1], 0.0])]
    if epsg:
        tags += [(34735, "H", keys)]
    types = {"H": 3, "I": 4, "d": 12}
    head_size, word, count_form, entry_size = (16, 8, "Q", 20) if big else (8, 4, "H", 12)
    start = head_size + len(pixels) if last else head_size
    behind = start + struct.calcsize("=" + count_form) + len(tags) * entry_size + word
    entries, values = b"", b""
    size_of_values = sum(len(v) * struct.calcsize(f) for _, f, v in tags if len(v) * struct.calcsize(f) > word)
    for tag, form, numbers in tags:
        if tag == 273:
            numbers = [head_size if last else behind + size_of_values]
        data = struct.pack(f"{sign}{len(numbers)}{form}", *numbers)
        entries += struct.pack(sign + "HH" + ("Q" if big else "I"), tag, types[form], len(numbers))
        if len(data) <= word:
            entries += data.ljust(word, b"\0")
        else:
            entries += struct.pack(sign + ("Q" if big else "I"), behind + len(values))
            values += data
    mark = b"II" if sign == "<" else b"MM"
    head = mark + (struct.pack(sign + "HHHQ", 43, 8, 0, start) if big else struct.pack(sign + "HI", 42, start))
    directory = struct.pack(sign + count_form, len(tags)) + entries + bytes(word) + values
    return head + (pixels + directory if last else directory + pixels)


def form(content, filename="a.tif", field="file", boundary="----edge", before=b""):
    head = (f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"; filename="{filename}"\r\n'
            "Content-Type: image/tiff\r\n\r\n").encode()
    return before + head + content + f"\r\n--{boundary}--\r\n".encode()


FORM = [("Content-Type", "multipart/form-data; boundary=----edge")]


class MapflowTest(unittest.TestCase):
    program = None  # set by the test program

    @classmethod
    def setUpClass(cls):
        cls.process = subprocess.Popen([MapflowTest.program, "--exit-with-stdin"], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, text=True)
        cls.port = int(cls.process.stdout.readline().rsplit(":", 1)[1])

    @classmethod
    def tearDownClass(cls):
        cls.process.stdin.close()
        code = cls.process.wait(timeout=60)
        cls.process.stdout.close()
        if code != 0:
            raise AssertionError(f"the sandbox ended with {code}")

    def setUp(self):
        self.assertEqual(exchange(self.port, "PUT", "/sandbox/reset", (), b"").status, 200)

    def ask(self, method, path, body=None, login=ANNA, headers=None):
        if headers is None:
            headers = JSON
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is None and method != "GET":
            body = b""
        return exchange(self.port, method, path if path.startswith("/s") else "/rest" + path, login + headers, body)

    def get(self, path, login=ANNA):
        answer = self.ask("GET", path, login=login)
        self.assertEqual(answer.status, 200, answer.body[:300])
        return json.loads(answer.body)

    def post(self, path, body, login=ANNA):
        answer = self.ask("POST", path, body, login)
        self.assertEqual(answer.status, 200, answer.body[:300])
        return json.loads(answer.body)

    def wish(self, wishes):
        answer = exchange(self.port, "PUT", "/sandbox/mapflow?" + wishes, (), b"")
        self.assertEqual(answer.status, 200, answer.body)

    def fault(self, wishes):
        answer = exchange(self.port, "PUT", "/sandbox/fault?" + wishes, (), b"")
        self.assertEqual(answer.status, 200, answer.body)

    def told(self):
        return json.loads(exchange(self.port, "GET", "/sandbox/mapflow").body)

    def upload(self, content, filename="a.tif", mosaic=None, headers=FORM, body=None):
        mosaic = mosaic or self.post("/rasters/mosaic", {"name": "M"})["id"]
        return self.ask("POST", f"/rasters/mosaic/{mosaic}/image", body or form(content, filename), headers=headers)

    def images(self, mosaic):
        return self.get(f"/rasters/mosaic/{mosaic}/image")

    def same_form(self, got, example, where=""):
        """The same members of the same types, at any depth; null fits everything, and so does an empty list."""
        if got is None or example is None:
            return
        number = (int, float)
        if isinstance(example, bool) or not isinstance(example, number):
            self.assertIs(type(got), type(example), where)
        else:
            self.assertIsInstance(got, number, where)
        if isinstance(example, dict):
            self.assertEqual(list(got), list(example), where)
            for name in example:
                self.same_form(got[name], example[name], f"{where}.{name}")
        if isinstance(example, list) and example:
            for item in got:
                self.same_form(item, example[0], where + "[]")
