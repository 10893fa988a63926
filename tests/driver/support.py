"""What the tests that go through GDAL share: checks with counts, a sandbox to talk to, shared test data."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = pathlib.Path(os.environ.get("OSMFLOW_SHARED", ROOT.parent / "shared"))
BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build").resolve()
os.environ.setdefault("GDAL_DRIVER_PATH", str(BUILD / "gdalplugins"))
for name in ("OSMAPI_URL", "OSMAPI_TOKEN", "OSM_CONFIG_FILE", "http_proxy", "HTTP_PROXY"):
    os.environ.pop(name, None)
os.environ["OSMFLOW_CREDENTIALS"] = os.devnull + ".none"

from osgeo import gdal, ogr, osr  # noqa: E402  (the plugin's folder must be known before GDAL is loaded)

gdal.UseExceptions()
ogr.UseExceptions()
osr.UseExceptions()
MEM = "MEM" if int(gdal.VersionInfo()) >= 3110000 else "Memory"


class Checks:
    """Counts what passed, says what did not, prints the closing line."""

    def __init__(self, name):
        self.name, self.passed, self.failed, self.skipped = name, 0, 0, 0

    def that(self, good, what):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED: {what}")
        return good

    def equal(self, got, expected, what):
        return self.that(got == expected, f"{what}: got {got!r}, expected {expected!r}")

    def raises(self, call, words, what):
        """A call must fail with all these words in its message, and without any token."""
        try:
            result = call()
        except Exception as error:  # noqa: BLE001  (GDAL raises RuntimeError)
            message = str(error)
            missing = [word for word in words if word not in message]
            return self.that(not missing and "-token" not in message.replace("/api-tokens", ""), f"{what}: {missing} is not in [{message}]")
        return self.that(False, f"{what}: no error, got {result!r}")

    def skip(self, why):
        self.skipped += 1
        print(f"SKIPPED: {why}")

    def run(self, *tests):
        for test in tests:
            try:
                test(self)
            except Exception as error:  # noqa: BLE001
                self.failed += 1
                print(f"FAILED: {test.__name__}: {type(error).__name__}: {error}")

    def close(self):
        print(f"{self.name}: {self.passed} passed, {self.failed} failed, {self.skipped} skipped")
        sys.exit(1 if self.failed or not self.passed + self.skipped else 0)


class Sandbox:
    """A running osmflow-sandbox."""

    def __init__(self, *options):
        self.process = subprocess.Popen([str(BUILD / "bin" / "osmflow-sandbox"), "--exit-with-stdin", *map(str, options)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        if not self.url.startswith("http://127.0.0.1:"):
            raise RuntimeError("the sandbox did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(30)

    def call(self, method, path, body=None, token=None):
        request = urllib.request.Request(self.url + path, data=body, method=method)
        if token:
            request.add_header("Authorization", "Bearer " + token)
        with urllib.request.urlopen(request) as answer:
            return answer.read()

    def fault(self, **wishes):
        self.call("PUT", "/sandbox/fault?" + urllib.parse.urlencode(wishes))

    def end_faults(self):
        self.call("PUT", "/sandbox/fault/reset")

    def limits(self, **limits):
        self.call("PUT", "/sandbox/limits?" + urllib.parse.urlencode({k.replace("_", "-"): v for k, v in limits.items()}))

    def forget_requests(self):
        self.settle()
        self.call("PUT", "/sandbox/log/reset")

    def stats(self):
        return json.loads(self.call("GET", "/sandbox/stats"))

    def settle(self):
        """A request is logged when its last byte is sent, which its client may know before the log does."""
        while self.stats()["in_flight"] > 0:
            time.sleep(0.001)

    def asked(self, word=""):
        """The paths and queries that were asked for, as they were written."""
        return [line.split()[3] for line in self.requests(word)]

    def create_changeset(self, token="alice-token", **tags):
        body = "<osm><changeset>%s</changeset></osm>" % "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items())
        return int(self.call("PUT", "/api/0.6/changeset/create", body.encode(), token))

    def upload(self, changes, token="alice-token", changeset=None, **tags):
        """Uploads an osmChange whose elements say changeset="C"; what came out, by old id, and the changeset."""
        made = changeset or self.create_changeset(token, **tags)
        body = "<osmChange version='0.6'>%s</osmChange>" % changes.replace('changeset="C"', f'changeset="{made}"')
        answer = self.call("POST", f"/api/0.6/changeset/{made}/upload", body.encode(), token).decode()
        if not changeset:
            self.call("PUT", f"/api/0.6/changeset/{made}/close", b"", token)
        results = re.findall(r'<(\w+) old_id="(-?\d+)" new_id="(\d+)"', answer)
        return {(kind, int(old)): int(new) for kind, old, new in results}, made

    def requests(self, word=""):
        """Lines of the request log that hold a word, as the requests came; the sandbox's own controls aside."""
        return sorted(self.answers(word), key=lambda line: int(line.split()[0]))

    def answers(self, word=""):
        """The same lines in the order in which the answers had been sent."""
        self.settle()
        lines = self.call("GET", "/sandbox/log").decode().splitlines()
        return [line for line in lines if word in line and "/sandbox/" not in line]

    def open(self, path, *options):
        return open_vector("OSMAPI:" + path, f"OSMAPI_URL={self.url}", *options)

    def layer(self, path, layer=0, *options):
        """One layer of a dataset, which lives as long as the layer does."""
        return layer_of(self.open(path, *options), layer)


def open_vector(name, *options):
    return gdal.OpenEx(str(name), gdal.OF_VECTOR, open_options=list(options))


def layer_of(dataset, layer=0):
    """Python's layers do not hold their dataset before GDAL 3.8, and crash when it is gone."""
    found = dataset.GetLayer(layer) if isinstance(layer, int) else dataset.GetLayerByName(layer)
    found.dataset_that_must_live = dataset
    return found


def rows(layer):
    """Every feature: its id, its fields, its geometry as WKT."""
    return [(feature.GetFID(), feature.items(), wkt(feature)) for feature in features(layer)]


def wkt(feature):
    geometry = feature.GetGeometryRef()
    return geometry.ExportToWkt() if geometry else None


def by_id(layer, field):
    """The fields of every feature by the value of one of them."""
    return {feature.GetField(field): feature.items() for feature in features(layer)}


def layer_names(dataset):
    return [dataset.GetLayer(i).GetName() for i in range(dataset.GetLayerCount())]


def layers(dataset):
    return [layer_of(dataset, i) for i in range(dataset.GetLayerCount())]


@contextlib.contextmanager
def options(**values):
    """GDAL configuration options for as long as the block runs."""
    before = {name: gdal.GetConfigOption(name) for name in values}
    for name, value in values.items():
        gdal.SetConfigOption(name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            gdal.SetConfigOption(name, value)


@contextlib.contextmanager
def folder():
    """A folder that is gone afterwards."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="osmflow-test-"))
    try:
        yield path
    finally:
        shutil.rmtree(path)


def write_town(path, *arguments):
    """The sample town of data/make_town.py."""
    with open(path, "wb") as output:
        subprocess.run([sys.executable, str(ROOT / "data" / "make_town.py"), *map(str, arguments)], stdout=output, check=True)
    return path


def features(layer):
    layer.ResetReading()
    while True:
        feature = layer.GetNextFeature()
        if feature is None:
            return
        yield feature


def liechtenstein(checks):
    """The path of the unpacked extract, or None with a line that says so."""
    import gzip
    source = SHARED / "testdata" / "liechtenstein.osm.gz"
    if not source.exists():
        checks.skip(f"{source.name} is not there")
        return None
    target = pathlib.Path(tempfile.gettempdir()) / f"osmflow-test-{os.getpid()}-liechtenstein.osm"
    with gzip.open(source, "rb") as packed:
        target.write_bytes(packed.read())
    return target
