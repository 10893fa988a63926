#!/usr/bin/env python3
"""The bars of uploading rasters, measured: see upload.sh."""
import datetime
import os
import pathlib
import subprocess
import sys
import tempfile

from measure import BUILD, FOLDER, Table, gdal_version, measure, middle

RUNS = 5
SIDES = {"200 MB": 8165, "2 GB": 25820}
TOKEN = "bench@example.com:nobody"
THROUGHPUT = 0.95  # of curl's
GROWTH_BAR = 1.1
MAKER = """
import os, sys
from osgeo import gdal, osr
gdal.UseExceptions()
path, side, tile = sys.argv[1], int(sys.argv[2]), 1024
options = ["TILED=YES", "BLOCKXSIZE=1024", "BLOCKYSIZE=1024", "INTERLEAVE=PIXEL", "PHOTOMETRIC=RGB", "BIGTIFF=IF_SAFER"]
raster = gdal.GetDriverByName("GTiff").Create(path, side, side, 3, gdal.GDT_Byte, options)
crs = osr.SpatialReference()
crs.ImportFromEPSG(32631)
raster.SetProjection(crs.ExportToWkt())
raster.SetGeoTransform((500000, 0.5, 0, 4649776, 0, -0.5))
noise = os.urandom(8 << 20)
for number, (y, x) in enumerate((y, x) for y in range(0, side, tile) for x in range(0, side, tile)):
    width, height = min(tile, side - x), min(tile, side - y)
    size = 3 * width * height
    start = number * 7919 % (len(noise) - size)
    raster.WriteRaster(x, y, width, height, noise[start:start + size], band_list=[1, 2, 3])
"""


class Server:
    """Runs upload_server.py in a process of its own, so that this one stays small."""

    def __enter__(self):
        script = pathlib.Path(__file__).with_name("upload_server.py")
        self.process = subprocess.Popen([sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        self.root = self.process.stdout.readline().strip()
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()

    def seconds(self):
        """How long the body of the last image took on the wire."""
        return float(self.process.stdout.readline().split()[1])


def upload(server, path):
    usage = measure([BUILD / "bin" / "osmflow", "upload", "--name", "bench", path], MAPFLOW_URL=server.root,
                    MAPFLOW_TOKEN=TOKEN)
    return usage._replace(wall=server.seconds())


def curl(server, path):
    usage = measure(["curl", "-sSf", "-o", os.devnull, "-F", f"file=@{path}", server.root + "/rasters/mosaic/x/image"])
    return usage._replace(wall=server.seconds())


def make(folder, name, side):
    path = pathlib.Path(folder, name.replace(" ", "") + ".tif")
    subprocess.run([sys.executable, "-c", MAKER, path, str(side)], check=True)
    return path


def compare(table, folder):
    paths = {name: make(folder, name, side) for name, side in SIDES.items()}
    ours, theirs = {name: [] for name in SIDES}, []
    with Server() as server:
        for name, path in paths.items():
            curl(server, path)  # from now on the file is in memory
        for _ in range(RUNS):
            for name, path in paths.items():
                ours[name].append(upload(server, path))
            theirs.append(curl(server, path))
    megabytes = path.stat().st_size / 1e6
    ours, theirs = {name: middle(usages) for name, usages in ours.items()}, middle(theirs)
    table.say(f"\nA GeoTIFF of {megabytes:,.0f} MB over loopback, middle of {RUNS} alternating runs")
    for who, usage in (("osmflow upload", ours["2 GB"]), ("curl -F", theirs)):
        table.say(f"  {who:<{table.width}}{megabytes / usage.wall:>10,.0f} MB/s {usage.cpu:>6.2f} s CPU "
                  f"{usage.peak:>8.1f} MB")
    # A bar is something not to exceed, so the ratio stands upside down.
    table.bar(f"time on the wire, osmflow : curl (throughput {THROUGHPUT})", ours["2 GB"].wall / theirs.wall,
              round(1 / THROUGHPUT, 3))
    table.bar("peak memory, 2 GB : 200 MB", ours["2 GB"].peak / ours["200 MB"].peak, GROWTH_BAR)


def main():
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        sys.exit("usage: upload.sh [--check]")
    if not (BUILD / "bin" / "osmflow").exists():
        sys.exit(f"{BUILD} has no osmflow yet: cmake -S . -B build && cmake --build build")
    table = Table(58)
    version = ".".join(map(str, gdal_version()))
    table.say(f"GDAL {version}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, {datetime.date.today()}")
    with tempfile.TemporaryDirectory(prefix="osmflow-bench-") as folder:
        compare(table, folder)
    table.say("\nAll bars reached." if not table.missed else "\nMissed: " + "; ".join(table.missed))
    FOLDER.mkdir(parents=True, exist_ok=True)
    pathlib.Path(FOLDER / "upload.txt").write_text("\n".join(table.lines) + "\n", encoding="utf-8")
    sys.exit(1 if check and table.missed else 0)


if __name__ == "__main__":
    main()
