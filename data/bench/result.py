#!/usr/bin/env python3
"""The bars of Mapflow results, measured: see result.sh."""
import argparse
import datetime
import http.client
import http.server
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time
import urllib.parse
from typing import NamedTuple

from measure import BLOCK, BUILD, FOLDER, Table, environment, gdal_version, made, measure, middle

HERE = pathlib.Path(__file__).resolve().parent
PROCESSING = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
TOKEN = "anna@example.com:anna-token"
SOURCE = f"MAPFLOW:processings/{PROCESSING}/result"
DOWNLOAD_SECONDS = 15
MEMORY_BAR, CPU_BAR, FIRST_BAR = 64, 1 / 3, 0.1
LOOKED_AT = 32 * 1024 * 1024  # what decides on the columns must have come first


class Reading(NamedTuple):
    features: int
    cpu: float
    memory: float
    first: float


class Service(http.server.BaseHTTPRequestHandler):
    """A Mapflow that has one processing. Its class attributes are the file, the bytes a second (0: any), what was sent."""
    protocol_version = "HTTP/1.1"
    path_of_file, rate, sent = None, 0, 0

    def do_GET(self):
        if self.path.endswith("/v2"):
            self.answer(json.dumps({
                "id": PROCESSING, "name": "Downtown Buildings", "status": "OK", "percentCompleted": 100, "messages": [],
                "workflowDef": {"name": "Buildings"}, "currentRevision": 0, "created": "2026-02-10T10:30:00Z",
                "updated": "2026-02-10T10:45:00Z"}).encode())
        elif self.path == "/sent":
            self.answer(str(Service.sent).encode())
        else:
            self.send_file()

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def send_file(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(os.path.getsize(self.path_of_file)))
        self.end_headers()
        start, Service.sent = time.monotonic(), 0
        with open(self.path_of_file, "rb") as file:
            while block := file.read(BLOCK // 4):
                self.wfile.write(block)
                Service.sent += len(block)
                if self.rate:
                    time.sleep(max(0.0, start + Service.sent / self.rate - time.monotonic()))

    def log_message(self, *_):
        pass


def serve(path, rate):
    Service.path_of_file, Service.rate = path, rate
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()


class Server:
    """The service in a process of its own."""

    def __init__(self, path, rate=0):
        self.process = subprocess.Popen([sys.executable, __file__, "--serve", str(path), "--rate", str(int(rate))],
                                        stdout=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def sent(self):
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(self.url).netloc)
        connection.request("GET", "/sent")
        return int(connection.getresponse().read())

    def settings(self):
        return {"MAPFLOW_URL": self.url, "MAPFLOW_TOKEN": TOKEN, "MAPFLOW_AUTH": "BASIC"}


def program():
    """read_layer.c, compiled where it was not yet."""
    source, target = HERE / "read_layer.c", FOLDER / "read_layer"
    if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
        flags = [subprocess.run(["gdal-config", flag], check=True, capture_output=True, text=True).stdout.split()
                 for flag in ("--cflags", "--libs")]
        target.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cc", "-O2", *flags[0], "-o", target, source, *flags[1]], check=True)
    return target


def read(source, server=None):
    """Reads a layer to nothing; with a server the share of the bytes that were sent when the first feature came."""
    settings = server.settings() if server else {}
    process = subprocess.Popen([program(), str(source)], env=environment(**settings), stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    first = server.sent() if server else 0
    words = process.stdout.read().split()
    process.stdout.close()
    if process.wait() != 0 or not words:
        raise RuntimeError(f"{source} cannot be read")
    return Reading(int(words[0]), float(words[1]), float(words[2]), first)


def middle_of(readings):
    return Reading(*(statistics.median(values) for values in zip(*readings)))


def to_nothing(table, path, runs):
    table.say(f"\nTo nothing: each feature, its values and its geometry; middle of {runs} alternating runs")
    ours, theirs = [], []
    with Server(path) as server:
        for _ in range(runs):
            ours.append(read(SOURCE, server))
            theirs.append(read(path))
    ours, theirs = middle_of(ours), middle_of(theirs)
    for what, reading in (("MAPFLOW, download from this machine included", ours), ("GDAL's GeoJSON, the file", theirs)):
        table.say(f"  {what:<50}{reading.cpu:>8.2f} s CPU {reading.memory:>9.1f} MB above its start")
    table.must(f"the same features: {ours.features:,}", ours.features == theirs.features)
    table.bar("CPU, MAPFLOW : GeoJSON", ours.cpu / theirs.cpu, CPU_BAR)
    table.bar("peak memory above the start", ours.memory, MEMORY_BAR, " MB")


def to_geopackage(table, path, runs):
    table.say(f"\nTo GeoPackage with ogr2ogr; middle of {runs} alternating runs")
    targets = FOLDER / "result-ours.gpkg", FOLDER / "result-theirs.gpkg"
    empty = FOLDER / "result-empty.geojson"
    empty.write_text('{"type":"FeatureCollection","features":[]}', encoding="utf-8")

    def write(target, source, settings):
        target.unlink(missing_ok=True)
        return measure(["ogr2ogr", "-q", "-f", "GPKG", target, source, "-nln", "result", "-lco", "SPATIAL_INDEX=NO"],
                       **settings)
    with Server(empty) as server:
        start = write(targets[0], SOURCE, server.settings())
    ours, theirs = [], []
    with Server(path) as server:
        for _ in range(runs):
            ours.append(write(targets[0], SOURCE, server.settings()))
            theirs.append(write(targets[1], path, {}))
    ours, theirs = middle(ours), middle(theirs)
    for target in targets:
        target.unlink()
    for what, usage in (("MAPFLOW", ours), ("GDAL's GeoJSON", theirs)):
        table.say(f"  {what:<50}{usage.cpu:>8.2f} s CPU {usage.peak - start.peak:>9.1f} MB above an empty result's")
    table.bar("peak memory above the start", ours.peak - start.peak, MEMORY_BAR, " MB")


def first_feature(table, path):
    size = path.stat().st_size
    table.say(f"\nThe first feature, over a link of {size / DOWNLOAD_SECONDS / 1e6:.0f} MB/s")
    with Server(path, size / DOWNLOAD_SECONDS) as server:
        share = read(SOURCE, server).first / size
    if size * FIRST_BAR > 1.5 * LOOKED_AT:
        table.bar("share of the bytes that had come", share, FIRST_BAR)
    else:
        table.say(f"  {share:.3f} of the bytes had come; the bar of {FIRST_BAR} is for more, for which 32 MiB are little")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--rate", type=int, default=0, help=argparse.SUPPRESS)
    wishes = parser.parse_args()
    if wishes.serve:
        serve(wishes.serve, wishes.rate)
        return
    if not (BUILD / "gdalplugins" / "ogr_osmflow.so").exists():
        sys.exit(f"{BUILD} has no plugin yet: cmake -S . -B build && cmake --build build")
    table = Table(50)
    path = made(FOLDER / f"result-{wishes.megabytes}.geojson", HERE / "make_result.py", wishes.megabytes)
    version = ".".join(map(str, gdal_version()))
    table.say(f"GDAL {version}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, {datetime.date.today()}")
    table.say(f"A result of {path.stat().st_size / 1e6:,.0f} MB")
    to_nothing(table, path, wishes.runs)
    to_geopackage(table, path, wishes.runs)
    first_feature(table, path)
    table.say("\nAll bars reached." if not table.missed else "\nMissed: " + "; ".join(table.missed))
    (FOLDER / "result.txt").write_text("\n".join(table.lines) + "\n", encoding="utf-8")
    sys.exit(1 if wishes.check and table.missed else 0)


if __name__ == "__main__":
    main()
