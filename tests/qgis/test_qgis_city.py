#!/usr/bin/env python3
"""City models inside QGIS, without a display: layers load, lie over the map, are counted, drawn and listed; nothing is made
by looking, and everything comes from one export and one download.

usage: test_qgis_city.py BUILD_DIR
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ["QT_QPA_PLATFORM"] = "offscreen"
HOME = tempfile.TemporaryDirectory(prefix="osmflow-qgis-city-")
os.chmod(HOME.name, 0o700)
for name in ("HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
    os.environ[name] = HOME.name

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "driver"))
try:
    from qgis import core
    from qgis.PyQt import QtCore, QtGui
except ImportError:
    print("SKIPPED: QGIS for Python is not installed (package python3-qgis)\nqgis_city: 0 passed, 0 failed, 1 skipped")
    sys.exit(0)
from support import Checks, Sandbox, gdal, write_town  # noqa: E402

BOX = "9.522,47.1405,9.5265,47.1435"
NAME = f"CITYLOADER:export/simple?bbox={BOX}&format=obj&include=terrain,buildings"
MAP = f"OSMAPI:map?bbox={BOX}"


def add(layer, *wishes, source=NAME):
    options = "".join(f"|option:{wish}" for wish in wishes)
    return core.QgsVectorLayer(f"{source}|layername={layer}{options}", layer, "ogr")


def told(sandbox):
    return json.loads(sandbox.call("GET", "/sandbox/cityloader"))


def into_degrees(layer):
    return core.QgsCoordinateTransform(layer.crs(), core.QgsCoordinateReferenceSystem("EPSG:4326"), core.QgsProject.instance())


def nothing_is_made_by_looking(checks):
    layer = add("buildings")
    checks.equal(layer.featureCount() > 0, False, "without CREATE=YES there is nothing")
    checks.equal(told(SANDBOX)["created"], 0, "and nothing was made")


def layers_lie_on_the_map(checks):
    layers = {name: add(name, "CREATE=YES", "GEOMETRY=FOOTPRINT") for name in ("terrain", "buildings")}
    checks.equal([layer.isValid() for layer in layers.values()], [True, True], "layers are valid")
    checks.equal(layers["terrain"].featureCount(), 1, "one ground")
    houses = layers["buildings"]
    checks.that(houses.featureCount() > 30, f"{houses.featureCount()} houses")
    checks.equal(core.QgsWkbTypes.displayString(houses.wkbType()), "MultiPolygon", "outlines are areas")
    checks.equal(told(SANDBOX)["created"], 1, "one export for all of them")
    west, south, east, north = map(float, BOX.split(","))
    box = into_degrees(layers["terrain"]).transformBoundingBox(layers["terrain"].extent())
    checks.that(abs(box.xMinimum() - west) < 1e-5 and abs(box.yMaximum() - north) < 1e-5 and
                abs(box.xMaximum() - east) < 1e-5 and abs(box.yMinimum() - south) < 1e-5, f"the ground is where it was asked for: {box}")
    mapped = add("multipolygons", source=MAP)
    mapped.setSubsetString("building IS NOT NULL")
    middles = [feature.geometry().centroid().asPoint() for feature in mapped.getFeatures()]
    turn, hits = into_degrees(houses), 0
    for feature in houses.getFeatures():
        outline = core.QgsGeometry(feature.geometry())
        outline.transform(turn)
        hits += any(outline.contains(middle) for middle in middles)
    checks.equal(hits, houses.featureCount(), "every outline has the middle of a building of the map within it")


def attributes_are_listed(checks):
    houses = add("buildings", "GEOMETRY=FOOTPRINT")
    names = houses.fields().names()
    checks.that({"name", "material", "color", "height", "base_height", "top_height", "footprint_area"} <= set(names), f"{names}")
    heights = [feature["height"] for feature in houses.getFeatures()]
    checks.that(min(heights) > 3 and max(heights) < 60, f"heights from {min(heights)} to {max(heights)}")
    houses.setSubsetString("height > 10")
    checks.equal(houses.featureCount(), sum(height > 10 for height in heights), "filtered by height")
    checks.equal(houses.isEditable() or houses.startEditing(), False, "nothing can be edited")


def surfaces_are_drawn(checks):
    for form in "TIN", "POLYHEDRAL":
        layers = [add(name, f"GEOMETRY={form}") for name in ("buildings", "terrain")]
        checks.equal([layer.isValid() for layer in layers], [True, True], f"{form} is valid")
        kind = core.QgsWkbTypes.displayString(layers[0].wkbType())
        checks.that(core.QgsWkbTypes.hasZ(layers[0].wkbType()) and
                    core.QgsWkbTypes.geometryType(layers[0].wkbType()) == core.QgsWkbTypes.PolygonGeometry, f"{form}: {kind}")
        house = next(layers[0].getFeatures())
        parts = list(house.geometry().constParts())
        checks.that(len(parts) >= 5, f"{form}: a house of {len(parts)} facets")
        heights = {vertex.z() for vertex in house.geometry().vertices()}
        checks.that(abs(max(heights) - min(heights) - house["height"]) < 1e-6, f"{form}: its heights")
        settings = core.QgsMapSettings()
        settings.setLayers(layers)
        settings.setDestinationCrs(layers[0].crs())
        settings.setExtent(layers[1].extent())
        settings.setOutputSize(QtCore.QSize(200, 200))
        settings.setBackgroundColor(QtGui.QColor("white"))
        job = core.QgsMapRendererParallelJob(settings)
        job.start()
        job.waitForFinished()
        image = job.renderedImage().convertToFormat(QtGui.QImage.Format_RGB32)
        pixels = image.constBits().asstring(image.sizeInBytes())
        drawn = sum(pixels[i:i + 3] != b"\xff\xff\xff" for i in range(0, len(pixels), 4))
        checks.that(drawn > 20000, f"{form}: {drawn} pixels are drawn")
    checks.equal(told(SANDBOX)["downloads"], 1, "one download for everything")
    checks.equal(told(SANDBOX)["created"], 1, "one export for everything")


if __name__ == "__main__":
    application = core.QgsApplication([], False)
    application.initQgis()
    CHECKS = Checks("qgis_city")
    with Sandbox("--load", write_town(pathlib.Path(HOME.name) / "town.osm")) as SANDBOX:
        for option, value in (("OSMAPI_URL", SANDBOX.url), ("CITYLOADER_URL", SANDBOX.url + "/city/api"),
                              ("CITYLOADER_TOKEN", "alice-token"), ("CITYLOADER_CACHE", HOME.name), ("CITYLOADER_POLL", "0.02"),
                              ("OSMFLOW_CREDENTIALS", HOME.name + "/credentials.json")):
            gdal.SetConfigOption(option, value)
        CHECKS.run(nothing_is_made_by_looking, layers_lie_on_the_map, attributes_are_listed, surfaces_are_drawn)
    CHECKS.close()
