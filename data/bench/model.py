"""Measures city models: see model.sh. With a word it is one of the processes that are measured."""
import os
import struct
import subprocess
import sys
import time

from measure import FOLDER, Table, environment

FACETS = 1_000_000
RUNS = 5
OPTIONS = ["LAYERS=MODEL", "MODEL_CRS=EPSG:25832"]


def write(path, facets):
    """Rolling ground: two triangles a square, as terrain is exported."""
    side = int((facets / 2) ** 0.5)
    heights = [[(i * 7 + j * 13) % 50 / 10 for j in range(side + 1)] for i in range(side + 1)]
    pack = struct.Struct("<12f2x").pack
    with path.open("wb") as file:
        file.write(b"bench".ljust(80, b"\0") + struct.pack("<I", 2 * side * side))
        for i in range(side):
            row = []
            for j in range(side):
                a, b = (i, j, heights[i][j]), (i + 1, j, heights[i + 1][j])
                c, d = (i + 1, j + 1, heights[i + 1][j + 1]), (i, j + 1, heights[i][j + 1])
                row += [pack(0, 0, 0, *a, *b, *c), pack(0, 0, 0, *a, *c, *d)]
            file.write(b"".join(row))
    return 2 * side * side


def peak():
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def layer_of(path, *ignored):
    from osgeo import gdal
    gdal.UseExceptions()
    dataset = gdal.OpenEx(f"CITYLOADER:{path}", open_options=OPTIONS)
    layer = dataset.GetLayer(0)
    layer.SetIgnoredFields(["footprint_area", *ignored])
    return dataset, layer


def read(path, *ignored):
    """Seconds of processor time, and bytes of memory above those of the process before."""
    from osgeo import ogr
    ogr.GetDriverCount()  # loads GDAL and the plugin
    before, start = peak(), time.process_time()
    dataset, layer = layer_of(path, *ignored)
    feature = layer.GetNextFeature()
    facets = feature["facet_count"]
    feature = None
    print(time.process_time() - start, peak() - before, facets)
    del layer, dataset


def build(path):
    """The bytes of the file, and the feature made by OGR out of its WKB."""
    from osgeo import ogr
    dataset, layer = layer_of(path)
    feature = layer.GetNextFeature()
    wkb, definition, srs = bytes(feature.GetGeometryRef().ExportToWkb()), layer.GetLayerDefn(), layer.GetSpatialRef()
    feature = None
    start = time.process_time()
    with open(path, "rb") as file:
        file.read()
    feature = ogr.Feature(definition)
    feature.SetGeometryDirectly(ogr.CreateGeometryFromWkb(wkb, srs))
    feature = None
    print(time.process_time() - start, 0, 0)
    del layer, dataset


def child(*words):
    """The best of several processes: less is always the other load of the machine."""
    results = []
    for _ in range(RUNS):
        done = subprocess.run([sys.executable, __file__, *words], env=environment(MAPFLOW_KEEP="0"), check=True,
                              stdout=subprocess.PIPE, text=True)
        results.append([float(word) for word in done.stdout.split()])
    return min(results)


def main():
    table = Table(62)
    path = FOLDER / "model.stl"
    FOLDER.mkdir(parents=True, exist_ok=True)
    facets = write(path, FACETS)
    base = child("build", str(path))[0]
    cpu = child("read", str(path))[0]
    plain, memory, counted = child("read", str(path), "OGR_GEOMETRY")
    double = FOLDER / "model-2.stl"
    twice = write(double, 2 * FACETS)
    double_memory = child("read", str(double), "OGR_GEOMETRY")[1]
    table.say(f"A binary STL of {facets} facets, {path.stat().st_size / 1e6:.0f} MB; processor time, best of {RUNS} runs")
    table.say(f"  bytes read and feature built by OGR {base:.2f} s, through the driver {cpu:.2f} s, without geometry {plain:.2f} s")
    table.bar("bytes and OGR alone / through the driver, inverted (2 = half speed)", cpu / base, 2)
    table.bar("memory of the model, bytes a facet", memory / facets, 200)
    table.bar("the same at two million facets", double_memory / twice, 200)
    table.must("every facet is there", counted == facets)
    (FOLDER / "model.txt").write_text("\n".join(table.lines) + "\n", encoding="utf-8")
    path.unlink()
    double.unlink()
    if "--check" in sys.argv and table.missed:
        sys.exit(1)


if len(sys.argv) > 2:
    os.environ["CPL_DEBUG"] = "OFF"
    {"read": read, "build": build}[sys.argv[1]](*sys.argv[2:])
else:
    main()
