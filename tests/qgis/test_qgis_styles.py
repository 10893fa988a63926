#!/usr/bin/env python3
"""The styles of data/styles in QGIS: each one loads, fits its kind of layer, and gives each feature the symbol it is for.

usage: test_qgis_styles.py BUILD_DIR
"""
import os
import pathlib
import sys
import tempfile

os.environ["QT_QPA_PLATFORM"] = "offscreen"
HOME = tempfile.TemporaryDirectory(prefix="osmflow-qgis-")
os.chmod(HOME.name, 0o700)
for folder in ("HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
    os.environ[folder] = HOME.name

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "driver"))
try:
    from qgis import core
    from qgis.PyQt import QtCore, QtGui
except ImportError:
    print("SKIPPED: QGIS for Python is not installed (package python3-qgis)\nqgis-styles: 0 passed, 0 failed, 1 skipped")
    sys.exit(0)
from support import ROOT, Checks  # noqa: E402

STYLES = ROOT / "data" / "styles"
SQUARE = "POLYGON((0 0, 1 0, 1 1, 0 1, 0 0))"
PLACES = {"Polygon": SQUARE, "LineString": "LINESTRING(0 0.5, 1 0.5)", "Point": "POINT(0.5 0.5)"}

# Style, geometry, columns, and pairs: the values of a feature, the label of the rule that it is drawn by.
CASES = [
    ("buildings-class", "Polygon", "class_id:string", [
        (("101",), "Apartments"), (("102",), "House"), (("103",), "Industrial"), (("104",), "Commercial"),
        (("105",), "Other, not for living"), (("7",), "Building"), ((None,), "Building")]),
    ("buildings-class", "Polygon", "class_id:integer", [((101,), "Apartments"), ((105,), "Other, not for living")]),
    ("buildings-height", "Polygon", "building_height:double", [
        ((3.0,), "up to 3 m"), ((7.5,), "6 to 10 m"), ((20.0,), "10 to 20 m"), ((21.0,), "20 to 40 m"),
        ((80.0,), "above 40 m"), ((None,), "no height")]),
    ("forest", "Polygon", "class_id:string", [
        (("00m-04m",), "below 4 m"), (("04m-10m",), "4 to 10 m"), (("10m-99m",), "above 10 m"), ((None,), "Forest")]),
    ("crowns", "Point", "max_height:double", [
        ((3.0,), "up to 4 m"), ((11.2,), "above 10 m"), ((5.0,), "4 to 10 m"), ((None,), "Tree")]),
    ("roads", "Polygon", "object_type:string", [(("roads",), "Road"), ((None,), "Road")]),
    ("roads-lines", "LineString", "subtype:string", [(("road",), "Road"), (("rail",), "Railway"), ((None,), "Road")]),
    ("objects", "Polygon", "object_type:string", [
        (("building",), "Building"), (("buildings",), "Building"), (("roads",), "Road"), (("forest",), "Forest"),
        (("crown",), "Crown"), (("waterbodies",), "Water"), (("landuse",), "Land use"), (("pool",), "Other")]),
    ("footprints", "Polygon", "name:string", [(("a",), "Footprint")]),
    ("processings", "Polygon", "status:string", [
        (("OK",), "Done"), (("IN_PROGRESS",), "Running"), (("AWAITING",), "Waiting"), (("UNPROCESSED",), "Waiting"),
        (("FAILED",), "Failed"), (("REFUNDED",), "Cancelled or refunded"), (("CANCELLED",), "Cancelled or refunded"),
        (("SOMETHING_NEW",), "Other")]),
]


def make_layer(geometry, columns, features):
    layer = core.QgsVectorLayer(f"{geometry}?crs=EPSG:4326&field={columns}", "layer", "memory")
    made = []
    for values, _ in features:
        feature = core.QgsFeature(layer.fields())
        feature.setGeometry(core.QgsGeometry.fromWkt(PLACES[geometry]))
        feature.setAttributes(list(values))
        made.append(feature)
    layer.dataProvider().addFeatures(made)
    return layer


def draw(layer):
    """The picture of a layer, to be sure that it shows anything at all."""
    settings = core.QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(layer.crs())
    settings.setExtent(core.QgsRectangle(-0.2, -0.2, 1.2, 1.2))
    settings.setOutputSize(QtCore.QSize(100, 100))
    settings.setBackgroundColor(QtGui.QColor("white"))
    job = core.QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    return job.renderedImage()


def labels_of(layer, features):
    """The labels of the rules that draw each feature."""
    context = core.QgsRenderContext()
    context.setExpressionContext(core.QgsExpressionContext(core.QgsExpressionContextUtils.globalProjectLayerScopes(layer)))
    renderer = layer.renderer().clone()
    renderer.startRender(context, layer.fields())
    rules = {rule.ruleKey(): rule.label() for rule in renderer.rootRule().children()}
    found = []
    for feature in layer.getFeatures():
        context.expressionContext().setFeature(feature)
        found.append([rules[key] for key in renderer.legendKeysForFeature(feature, context) if key in rules])
    renderer.stopRender(context)
    return found


def check_case(checks, name, geometry, columns, features):
    layer = make_layer(geometry, columns, features)
    message, good = layer.loadNamedStyle(str(STYLES / f"{name}.qml"))
    if not checks.that(good, f"{name}: {message}"):
        return
    checks.equal(layer.renderer().type(), "RuleRenderer", f"{name}: its renderer is in force")
    checks.equal(labels_of(layer, features), [[label] for _, label in features], f"{name} ({columns})")
    image = draw(layer)
    checks.that(any(image.pixelColor(x, y) != QtGui.QColor("white") for x in range(0, 100, 2) for y in range(0, 100, 2)),
                f"{name}: something is drawn")


def check_all(checks):
    for case in CASES:
        check_case(checks, *case)
    checks.equal({path.stem for path in STYLES.glob("*.qml")}, {case[0] for case in CASES}, "every style is tested")


def main():
    application = core.QgsApplication([], True)
    application.initQgis()
    checks = Checks("qgis-styles")
    checks.run(check_all)
    sys.stdout.flush()
    checks.close()


if __name__ == "__main__":
    main()
