"""What benchmarks share: a command's time and memory, a local server, sample files."""
import http.client
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time
import urllib.parse
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parents[2]
MARGIN = 1.15  # one run differs from another by less
BUILD = pathlib.Path(os.environ.get("OSMFLOW_BUILD", ROOT / "build")).resolve()
SHARED = pathlib.Path(os.environ.get("OSMFLOW_SHARED", ROOT.parent / "shared"))
FOLDER = BUILD / "bench"
ELEMENT = re.compile(rb'<(node|way|relation) id="(\d+)"')
BLOCK = 1 << 20


class Usage(NamedTuple):
    """Of one command: seconds of processor time, seconds on the wall, peak memory in MB."""
    cpu: float
    wall: float
    peak: float


def environment(**settings):
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("OSMAPI_", "OSM_", "CPL_"))}
    return dict(plain, GDAL_DRIVER_PATH=str(BUILD / "gdalplugins"), NO_PROXY="127.0.0.1", LC_ALL="C.UTF-8", **settings)


def measure(command, **settings):
    """Runs a command. A new process counts the memory of the one that starts it as its own, so that one stays small."""
    start = time.monotonic()
    process = subprocess.Popen([str(word) for word in command], env=environment(**settings),
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = process.stdout.read().decode(errors="replace")
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    if process.returncode != 0 or "ERROR" in output:
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {process.returncode}:\n{output[-2000:]}")
    return Usage(usage.ru_utime + usage.ru_stime, time.monotonic() - start, usage.ru_maxrss / 1000)


def middle(usages):
    return Usage(*(statistics.median(values) for values in zip(*usages)))


class Sandbox:
    """A running osmflow-sandbox; `url` is its root."""

    def __init__(self, *options):
        command = [str(BUILD / "bin" / "osmflow-sandbox"), "--exit-with-stdin", *map(str, options)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        if not self.url:
            raise RuntimeError("the sandbox did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()

    def blocks(self, path):
        """The bytes of an answer, as they come."""
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(self.url).netloc)
        connection.request("GET", path)
        answer = connection.getresponse()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {answer.read(500).decode(errors='replace')}")
        while block := answer.read(BLOCK):
            yield block
        connection.close()

    def put(self, path):
        """What benchmarks ask of the sandbox itself."""
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(self.url).netloc)
        connection.request("PUT", path)
        answer = connection.getresponse()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {answer.read(500).decode(errors='replace')}")
        connection.close()


class Table:
    """The lines of the result, and whether each bar was reached."""

    def __init__(self, width):
        self.width, self.lines, self.missed = width, [], []

    def say(self, line=""):
        print(line, flush=True)
        self.lines.append(line)

    def bar(self, what, value, limit, unit=""):
        if value > limit * MARGIN:
            self.missed.append(what)
        verdict = "reached" if value <= limit else "missed narrowly" if value <= limit * MARGIN else "MISSED"
        self.say(f"  {what:<{self.width}}{value:>10.2f}{unit:<3} bar {limit:g}{unit}: {verdict}")

    def must(self, what, good):
        if not good:
            self.missed.append(what)
        self.say(f"  {what:<{self.width + 13}} {'yes' if good else 'NO'}")


def gdal_version():
    words = subprocess.run(["ogr2ogr", "--version"], env=environment(), check=True, capture_output=True, text=True)
    return tuple(int(number) for number in re.search(r"(\d+)\.(\d+)\.(\d+)", words.stdout).groups())


def made(target, script, *arguments):
    """A file that a script of ours writes to its standard output; made again when the script is newer."""
    if not target.exists() or target.stat().st_mtime < script.stat().st_mtime:
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_suffix(".part")
        with unfinished.open("wb") as file:
            subprocess.run([sys.executable, script, *map(str, arguments)], stdout=file, check=True)
        unfinished.rename(target)
    return target


def town(scale):
    return made(FOLDER / f"town-{scale}.osm", ROOT / "data" / "make_town.py", "--scale", scale)


def count_elements(path):
    count, rest = 0, b""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            whole, _, rest = (rest + block).rpartition(b"\n")
            count += sum(1 for _ in ELEMENT.finditer(whole))
    return count + sum(1 for _ in ELEMENT.finditer(rest))
