#!/usr/bin/env python3
"""Draws a city model as a picture: what the driver CITYLOADER reads, seen from the south-west and from above, without any
3D program: facets from the farthest to the nearest.

usage: city_picture.py BUILD_DIR OUT.png [CONNECTION [OPTION=VALUE ...]]

Without a connection it starts the sandbox on the sample town and makes an export there. Needs the packages python3-gdal,
python3-numpy and python3-pil.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy
    from PIL import Image, ImageDraw
except ImportError as missing:
    sys.exit(f"SKIPPED: {missing}; it is in the packages python3-numpy and python3-pil")

ROOT = pathlib.Path(__file__).resolve().parents[1]
BOX = "9.5212,47.1404,9.5266,47.1440"
WIDTH, HEIGHT, FINER = 1200, 640, 2
TURN, TILT = numpy.radians(-32), numpy.radians(34)
LIGHT = numpy.array([-0.45, -0.6, 0.75]) / numpy.linalg.norm([-0.45, -0.6, 0.75])
GROUND, WALL, ROOF, SKY = (148, 178, 116), (236, 226, 208), (190, 84, 62), (238, 243, 248)
STREET = (232, 230, 224)
STRETCH = 1.6  # of heights, so that they are seen


def triangles(layer):
    """Of a layer of TINs: an array of N x 3 corners x 3, and the middle of the body of each."""
    found, middles = [], []
    for feature in layer:
        surface = feature.GetGeometryRef()
        body = [surface.GetGeometryRef(i).GetGeometryRef(0).GetPoints()[:3] for i in range(surface.GetGeometryCount())]
        found += body
        middles += [numpy.array(body).reshape(-1, 3).mean(axis=0) * [1, 1, 0]] * len(body)
    return numpy.array(found).reshape(-1, 3, 3), numpy.array(middles)


def project(points, middle):
    """Corners as seen: right, up, and how near they are."""
    moved = (points - middle) * [1, 1, STRETCH]
    right = moved[..., 0] * numpy.cos(TURN) - moved[..., 1] * numpy.sin(TURN)
    away = moved[..., 0] * numpy.sin(TURN) + moved[..., 1] * numpy.cos(TURN)
    up = away * numpy.sin(TILT) + moved[..., 2] * numpy.cos(TILT)
    return numpy.stack([right, up, -away * numpy.cos(TILT) + moved[..., 2] * numpy.sin(TILT)], axis=-1)


def streets(name, area, crs):
    """Lines of the map in the model's CRS, a point at least every 4 m."""
    from osgeo import gdal, ogr, osr
    degrees = osr.SpatialReference()
    degrees.ImportFromEPSG(4326)
    degrees.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    into = osr.CoordinateTransformation(degrees, crs)
    west, south, east, north = map(float, area.split(","))
    frame = ogr.CreateGeometryFromWkt(f"POLYGON (({west} {south},{east} {south},{east} {north},{west} {north},{west} {south}))")
    found = []
    dataset = gdal.OpenEx(name)
    for feature in dataset.GetLayerByName("lines"):
        inside = feature.GetGeometryRef().Intersection(frame) if feature["highway"] else None
        for part in range(inside.GetGeometryCount() or 1) if inside and not inside.IsEmpty() else ():
            line = (inside.GetGeometryRef(part) if inside.GetGeometryCount() else inside).Clone()
            line.Transform(into)
            line.Segmentize(4)
            found.append(numpy.array([point[:2] for point in line.GetPoints()]))
    return found


def draped(line, terrain):
    """On the ground: as high as the nearest corner of it."""
    ground = terrain.reshape(-1, 3)
    return numpy.array([[x, y, ground[numpy.argmin((ground[:, 0] - x) ** 2 + (ground[:, 1] - y) ** 2), 2]] for x, y in line])


def colors(corners, is_ground):
    normal = numpy.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= numpy.linalg.norm(normal, axis=1, keepdims=True) + 1e-12
    base = numpy.where((normal[:, 2] > 0.5)[:, None], ROOF, WALL)
    base = numpy.where(is_ground[:, None], GROUND, base)
    shade = 0.52 + 0.48 * numpy.clip(normal @ LIGHT, 0, 1)
    return (base * shade[:, None]).astype(int)


def draw(terrain, buildings, bodies, lines):
    corners = numpy.concatenate([terrain, buildings])
    is_ground = numpy.arange(len(corners)) < len(terrain)
    paint, middle = colors(corners, is_ground), corners.reshape(-1, 3).mean(axis=0)
    seen = project(corners, middle)
    low, high = seen[..., :2].reshape(-1, 2).min(axis=0), seen[..., :2].reshape(-1, 2).max(axis=0)
    scale = FINER * min(WIDTH * 0.97 / (high[0] - low[0]), HEIGHT * 0.94 / (high[1] - low[1]))
    picture = Image.new("RGB", (WIDTH * FINER, HEIGHT * FINER), SKY)
    pen = ImageDraw.Draw(picture)

    def on_paper(points):
        shift = numpy.array([WIDTH * FINER / 2, HEIGHT * FINER / 2])
        return [tuple(point) for point in shift + (points[..., :2] - (low + high) / 2) * scale * [1, -1]]

    def facets(wanted):
        one, other = seen[:, 1, :2] - seen[:, 0, :2], seen[:, 2, :2] - seen[:, 0, :2]
        faces_us = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0] > 0
        # House by house, so that a wall is not hidden by the roof behind it.
        order = numpy.concatenate([numpy.zeros(len(terrain)), project(bodies, middle)[:, 2]])
        for i in numpy.lexsort((seen[..., 2].mean(axis=1), order)):
            if wanted[i] and faces_us[i]:
                pen.polygon(on_paper(seen[i]), fill=tuple(paint[i]), outline=tuple(paint[i]))

    facets(is_ground)
    for line in lines:
        pen.line(on_paper(project(draped(line, terrain), middle)), fill=STREET, width=int(5 * scale), joint="curve")
    facets(~is_ground)
    return picture.resize((WIDTH, HEIGHT), Image.LANCZOS)


def paint(name, options, out, area=None):
    from osgeo import gdal
    gdal.UseExceptions()
    dataset = gdal.OpenEx(name, gdal.OF_VECTOR, open_options=options)
    terrain, _ = triangles(dataset.GetLayerByName("terrain"))
    buildings, bodies = triangles(dataset.GetLayerByName("buildings"))
    lines = streets(f"OSMAPI:map?bbox={area}", area, dataset.GetLayerByName("terrain").GetSpatialRef()) if area else []
    draw(terrain, buildings, bodies, lines).quantize(128).save(out, optimize=True)
    print(f"{out}: {len(terrain)} facets of the ground, {len(buildings)} of buildings, {os.path.getsize(out)} bytes")


def main(build, out, *words):
    os.environ.setdefault("GDAL_DRIVER_PATH", str(pathlib.Path(build).resolve() / "gdalplugins"))
    if words:
        paint(words[0], list(words[1:]), out)
        return
    with tempfile.TemporaryDirectory(prefix="osmflow-city-") as folder:
        town = pathlib.Path(folder, "town.osm")
        with town.open("wb") as file:
            subprocess.run([sys.executable, str(ROOT / "data" / "make_town.py")], stdout=file, check=True)
        server = subprocess.Popen([str(pathlib.Path(build, "bin", "osmflow-sandbox")), "--exit-with-stdin", "--load", str(town)],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        url = server.stdout.readline().strip()
        os.environ.update(OSMAPI_URL=url, CITYLOADER_URL=url + "/city/api", CITYLOADER_TOKEN="alice-token",
                          CITYLOADER_POLL="0.05", CITYLOADER_CACHE=folder, OSMFLOW_CREDENTIALS=folder + "/credentials.json")
        paint(f"CITYLOADER:export/simple?bbox={BOX}&format=obj&include=terrain,buildings", ["CREATE=YES"], out, BOX)
        server.stdin.close()
        server.wait(30)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
