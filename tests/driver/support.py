"""What the tests that go through GDAL share: checks with counts, a sandbox to talk to, shared test data."""
import os
import pathlib
import subprocess
import sys
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = pathlib.Path(os.environ.get("OSMFLOW_SHARED", ROOT.parent / "shared"))
BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build").resolve()
os.environ.setdefault("GDAL_DRIVER_PATH", str(BUILD / "gdalplugins"))
for name in ("OSMAPI_URL", "OSMAPI_TOKEN", "OSM_CONFIG_FILE", "http_proxy", "HTTP_PROXY"):
    os.environ.pop(name, None)
os.environ["OSMFLOW_CREDENTIALS"] = os.devnull + ".none"

from osgeo import gdal, ogr  # noqa: E402  (the plugin's folder must be known before GDAL is loaded)

gdal.UseExceptions()
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
            return self.that(not missing and "-token" not in message, f"{what}: {missing} is not in [{message}]")
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
        sys.exit(1 if self.failed or not self.passed else 0)


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

    def requests(self, word=""):
        """Lines of the request log that hold a word; the sandbox's own controls aside."""
        lines = self.call("GET", "/sandbox/log").decode().splitlines()
        return [line for line in lines if word in line and "/sandbox/" not in line]

    def open(self, path, *options):
        return open_vector("OSMAPI:" + path, f"OSMAPI_URL={self.url}", *options)


def open_vector(name, *options):
    return gdal.OpenEx(str(name), gdal.OF_VECTOR, open_options=list(options))


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
    import tempfile
    source = SHARED / "testdata" / "liechtenstein.osm.gz"
    if not source.exists():
        checks.skip(f"{source.name} is not there")
        return None
    target = pathlib.Path(tempfile.gettempdir()) / f"osmflow-test-{os.getpid()}-liechtenstein.osm"
    with gzip.open(source, "rb") as packed:
        target.write_bytes(packed.read())
    return target
