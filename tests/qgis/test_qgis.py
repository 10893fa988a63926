#!/usr/bin/env python3
"""The plugin inside QGIS, without a display: what QGIS opens, counts and draws, and how often the server is asked.

usage: test_qgis.py BUILD_DIR
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import xml.etree.ElementTree

os.environ["QT_QPA_PLATFORM"] = "offscreen"
HOME = tempfile.TemporaryDirectory(prefix="osmflow-qgis-")
os.chmod(HOME.name, 0o700)
for folder in ("HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
    os.environ[folder] = HOME.name

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "driver"))
try:
    from qgis import core, gui
    from qgis.PyQt import QtCore, QtGui, QtWidgets
except ImportError:
    print("SKIPPED: QGIS for Python is not installed (package python3-qgis)\nqgis: 0 passed, 0 failed, 1 skipped")
    sys.exit(0)
from support import ROOT, Checks, Sandbox, gdal, open_vector  # noqa: E402

NAMES = ["points", "lines", "multilinestrings", "multipolygons", "other_relations"]
TYPES = dict(zip(NAMES, [core.QgsWkbTypes.Point, core.QgsWkbTypes.LineString, core.QgsWkbTypes.MultiLineString,
                         core.QgsWkbTypes.MultiPolygon, core.QgsWkbTypes.GeometryCollection]))
BBOX = (9.50, 47.12, 9.55, 47.16)
FORM_TYPES = {"boolean", "string-select", "string", "int", "integer", "float"}


def connection(bbox=BBOX, path="map"):
    return f"OSMAPI:{path}?bbox=" + ",".join(map(str, bbox))


def add_layer(name, source=None, options=""):
    return core.QgsVectorLayer(f"{source or connection()}|layername={name}{options}", name, "ogr")


def add_layers(source=None, options=""):
    return [add_layer(name, source, options) for name in NAMES]


def map_settings(layers, extent):
    settings = core.QgsMapSettings()
    settings.setLayers(layers)
    settings.setDestinationCrs(core.QgsCoordinateReferenceSystem("EPSG:3857"))
    transform = core.QgsCoordinateTransform(core.QgsCoordinateReferenceSystem("EPSG:4326"), settings.destinationCrs(),
                                            core.QgsProject.instance())
    settings.setExtent(transform.transformBoundingBox(core.QgsRectangle(*extent)))
    settings.setOutputSize(QtCore.QSize(400, 400))
    settings.setBackgroundColor(QtGui.QColor("white"))
    return settings


def start_rendering(layers, extent=BBOX):
    job = core.QgsMapRendererParallelJob(map_settings(layers, extent))
    job.start()
    return job


def drawn_pixels(job):
    job.waitForFinished()
    image = job.renderedImage().convertToFormat(QtGui.QImage.Format_RGB32)
    pixels = image.constBits().asstring(image.sizeInBytes())
    white = b"\xff\xff\xff\xff"
    return sum(pixels[i:i + 4] != white for i in range(0, len(pixels), 4))


def fids(layer, request=None):
    return [feature.id() for feature in layer.getFeatures(request or core.QgsFeatureRequest())]


def map_calls(sandbox):
    return len(sandbox.requests("GET /api/0.6/map"))


class Town(Sandbox):
    """A sandbox with the sample town that QGIS reads from while it runs."""

    def __init__(self, *options):
        path = pathlib.Path(HOME.name) / "town.osm"
        if not path.exists():
            with path.open("wb") as file:
                subprocess.run([sys.executable, ROOT / "data" / "make_town.py"], stdout=file, check=True)
        super().__init__("--load", path, *options)
        gdal.SetConfigOption("OSMAPI_URL", self.url)

    def __exit__(self, *arguments):
        gdal.SetConfigOption("OSMAPI_URL", None)
        super().__exit__(*arguments)


def true_counts(sandbox):
    """What ogrinfo counts, in another process: it has a download of its own, which is taken off the log again."""
    script = ("import sys; from osgeo import ogr; source = ogr.Open(sys.argv[1]); "
              "print(*(layer.GetFeatureCount() for layer in source))")
    environment = dict(os.environ, OSMAPI_URL=sandbox.url)
    answer = subprocess.run([sys.executable, "-c", script, connection()], env=environment, check=True,
                            capture_output=True, text=True).stdout
    sandbox.call("PUT", "/sandbox/log/reset")
    return dict(zip(NAMES, map(int, answer.split())))


def adding_and_rendering(checks):
    with Town() as town:
        counts = true_counts(town)
        layers = add_layers()
        checks.equal([layer.isValid() for layer in layers], [True] * 5, "five layers are valid")
        checks.equal(town.requests(), [], "nothing is downloaded before something is drawn or counted")
        jobs = [start_rendering(layers) for _ in range(4)]
        checks.that(all(drawn_pixels(job) > 500 for job in jobs), "four jobs at once draw something")
        checks.equal([error.message for job in jobs for error in job.errors()], [], "drawing has no errors")
        checks.equal({layer.name(): layer.wkbType() for layer in layers}, TYPES, "geometry types")
        checks.equal({layer.name(): layer.featureCount() for layer in layers}, counts, "feature counts")
        checks.equal({layer.name(): len(fids(layer)) for layer in layers}, counts, "features that a scan gives")
        for layer in layers:
            extent = layer.extent()
            ids = fids(layer)
            checks.that(len(set(ids)) == len(ids) and min(ids) >= 0, f"{layer.name()}: ids are unique and not negative")
            if layer.isSpatial():  # for QGIS a layer of geometry collections is a table
                checks.that(extent.intersects(core.QgsRectangle(*BBOX)) and layer.crs().authid() == "EPSG:4326",
                            f"{layer.name()}: extent {extent.toString()} and CRS {layer.crs().authid()}")
                checks.that(drawn_pixels(start_rendering([layer])) > 0, f"{layer.name()} is drawn alone")
        checks.equal([layer.name() for layer in layers if not layer.isSpatial()], NAMES[4:], "layers without a map")
        for width in (0.02, 0.005, 0.001):
            zoomed = (9.52 - width, 47.14 - width, 9.52 + width, 47.14 + width)
            checks.that(drawn_pixels(start_rendering(layers, zoomed)) > 100, f"zoomed to {width} degrees")
        checks.equal(map_calls(town), 1, "map calls of four jobs, scans, counts and zooms")


def canvas_and_table(checks):
    """A map canvas draws neighbouring tiles ahead; the attribute table reads everything without a filter."""
    with Town() as town:
        layers = add_layers()
        canvas = gui.QgsMapCanvas()
        canvas.setPreviewJobsEnabled(True)
        canvas.setDestinationCrs(core.QgsCoordinateReferenceSystem("EPSG:4326"))
        canvas.setLayers(layers)
        canvas.resize(300, 300)
        canvas.show()
        for extent in (BBOX, (9.515, 47.135, 9.525, 47.145)):
            canvas.setExtent(core.QgsRectangle(*extent))
            canvas.refresh()
            canvas.waitWhileRendering()
            for _ in range(20):
                QtWidgets.QApplication.processEvents(QtCore.QEventLoop.AllEvents, 10)
        for layer in layers:
            cache = core.QgsVectorLayerCache(layer, 100000)
            table = gui.QgsAttributeTableModel(cache)
            table.loadLayer()
            checks.equal(table.rowCount(), layer.featureCount(), f"{layer.name()}: rows of the attribute table")
        canvas.hide()
        canvas.stopRendering()
        checks.equal(map_calls(town), 1, "map calls of a canvas, its previews and five attribute tables")


def filters(checks):
    with Town() as town:
        layer = add_layer("multipolygons")
        everything = len(fids(layer))
        buildings = [feature.id() for feature in layer.getFeatures() if feature["building"] == "house"]
        checks.that(0 < len(buildings) < everything, f"some are houses: {len(buildings)} of {everything}")
        expression = core.QgsFeatureRequest().setFilterExpression("\"building\" = 'house'")
        checks.equal(fids(layer, expression), buildings, "filter by an expression")
        checks.that(layer.setSubsetString("\"building\" = 'house'"), "a subset string is taken")
        checks.equal((layer.featureCount(), fids(layer)), (len(buildings), buildings), "subset")
        checks.that(drawn_pixels(start_rendering([layer])) > 0, "a subset is drawn")
        checks.that(layer.setSubsetString(""), "a subset string is taken back")
        checks.equal(len(fids(layer)), everything, "without subset again")
        first = next(layer.getFeatures())
        by_id = [feature.attributes() for feature in layer.getFeatures(core.QgsFeatureRequest(first.id()))]
        checks.equal(by_id, [first.attributes()], "one feature by its id")
        box = core.QgsRectangle(9.52, 47.14, 9.522, 47.142)
        inside = [feature.id() for feature in layer.getFeatures() if feature.geometry().intersects(box)]
        request = core.QgsFeatureRequest().setFilterRect(box).setFlags(core.QgsFeatureRequest.ExactIntersect)
        checks.that(0 < len(inside) < everything, f"some are inside: {len(inside)} of {everything}")
        checks.equal(fids(layer, request), inside, "features in a rectangle")
        only = core.QgsFeatureRequest().setFlags(core.QgsFeatureRequest.NoGeometry).setSubsetOfAttributes([1])
        checks.equal([bool(feature.hasGeometry()) for feature in layer.getFeatures(only)][:1], [False], "no geometry")
        checks.equal(map_calls(town), 1, "map calls of all filters")


def many_threads(checks):
    """Threads that find no download yet, each with datasets of its own, as QGIS's pool has them."""
    with Town() as town:
        seen, lock = [], threading.Lock()

        def read(number):
            name = NAMES[number % len(NAMES)]
            dataset = open_vector(connection())
            count = sum(1 for _ in dataset.GetLayerByName(name))
            with lock:
                seen.append((name, count))

        layers = add_layers()
        threads = [threading.Thread(target=read, args=(number,)) for number in range(20)]
        for thread in threads:
            thread.start()
        jobs = [start_rendering(layers) for _ in range(2)]
        for thread in threads:
            thread.join()
        checks.that(all(drawn_pixels(job) > 500 for job in jobs), "drawn while twenty threads read")
        checks.equal(len(seen), 20, "threads that read to the end")
        checks.equal({count for name, count in seen if name == "lines"}, {len(fids(layers[1]))}, "all read the same")
        checks.equal(map_calls(town), 1, "map calls of twenty threads and two jobs")


def sublayers(checks):
    """What the dialog 'Select Items to Add' and the browser ask before anything is added."""
    with Town() as town:
        for flag in (core.Qgis.SublayerQueryFlag.FastScan, core.Qgis.SublayerQueryFlag.ResolveGeometryType, None):
            flags = core.Qgis.SublayerQueryFlags(flag) if flag is not None else core.Qgis.SublayerQueryFlags()
            raster, details = (core.QgsProviderRegistry.instance().providerMetadata(provider)
                               .querySublayers(connection(), flags) for provider in ("gdal", "ogr"))
            checks.equal([(detail.name(), detail.wkbType()) for detail in details], list(TYPES.items()),
                         f"sublayers, flags {int(flags)}")
            checks.equal([detail.name() for detail in raster], [], "sublayers that are rasters")
        options = core.QgsProviderSublayerDetails.LayerOptions(core.QgsCoordinateTransformContext())
        checks.equal([detail.toLayer(options).isValid() for detail in details], [True] * 5, "sublayers become layers")
        checks.that(map_calls(town) <= 1, f"map calls of three sublayer queries: {map_calls(town)}")


def options_of_a_layer(checks):
    """Open options inside a layer's source, as QGIS saves them in a project: other columns, the same download."""
    with Town() as town:
        options = "|option:COLUMNS=addr:street,addr:housenumber|option:TAGS=JSON"
        layer = add_layer("multipolygons", options=options)
        names = layer.fields().names()
        checks.that(layer.isValid() and {"addr:street", "addr:housenumber"} <= set(names), f"tag columns: {names}")
        checks.that(any(feature["addr:street"] for feature in layer.getFeatures()), "a tag column has values")
        checks.equal(layer.fields().field("other_tags").type(), QtCore.QVariant.Map, "tags are a map")
        maps = [feature["other_tags"] for feature in layer.getFeatures() if feature["other_tags"]]
        checks.that(maps and all(isinstance(tags, dict) for tags in maps), "tags as Python dictionaries")
        moment = layer.fields().field("osm_timestamp").type()
        checks.equal(moment, QtCore.QVariant.DateTime, "time of the last change")
        checks.equal("osm_version" in add_layer("points", options="|option:SCHEMA=GDAL").fields().names(), False,
                     "SCHEMA=GDAL leaves our columns out")
        checks.that(add_layer("ways", options="|option:LAYERS=ways").featureCount() > 0, "a raw layer")
        checks.equal(map_calls(town), 1, "map calls of four layers with different options")
        checks.that(not add_layer("points", options="|option:LAYERS=streets").isValid(), "a bad option is refused")


def project(checks):
    with Town() as town:
        path = str(pathlib.Path(HOME.name) / "town.qgz")
        saved, loaded = core.QgsProject(), core.QgsProject()
        layers = add_layers()
        saved.addMapLayers(layers)
        checks.that(saved.write(path), "a project is saved")
        checks.that(loaded.read(path), "a project is read")
        checks.equal(sorted((layer.name(), layer.isValid()) for layer in loaded.mapLayers().values()),
                     sorted((name, True) for name in NAMES), "layers of the project")
        checks.that(all(len(fids(layer)) > 0 for layer in loaded.mapLayers().values()), "they have features")
        checks.equal(map_calls(town), 1, "map calls of a saved and a loaded project")


def option_form(checks):
    driver = gdal.GetDriverByName("OSMAPI")
    checks.equal(driver.GetMetadataItem("DMD_CONNECTION_PREFIX"), "OSMAPI:", "connection prefix")
    options = xml.etree.ElementTree.fromstring(driver.GetMetadataItem("DMD_OPENOPTIONLIST"))
    checks.equal(options.tag, "OpenOptionList", "root of the option list")
    names = [option.get("name") for option in options]
    checks.that(len(names) == len(set(names)), f"each option once: {names}")
    for option in options:
        name = option.get("name")
        checks.that(option.get("type") in FORM_TYPES, f"{name}: QGIS does not know the type {option.get('type')}")
        checks.that(option.get("description"), f"{name}: no description, which QGIS shows as a tool tip")
        values = [value.text for value in option.findall("Value")]
        checks.equal(bool(values), option.get("type") == "string-select", f"{name}: values to choose from: {values}")
        default = option.get("default")
        checks.that(not values or default in (None, *values), f"{name}: the default {default} is not among {values}")
    checks.that(not [name for name in names if "TOKEN" in name], "no token: QGIS saves options in clear text")
    checks.that(not (driver.GetMetadataItem("DMD_HELPTOPIC") or "").startswith("http"),
                "QGIS puts https://gdal.org/ in front of the help topic")


def option_form_in_the_dialog(checks):
    """The dialog 'Add Vector Layer' itself: the form appears as soon as the connection is typed."""
    provider = gui.QgsGui.sourceSelectProviderRegistry().providerByName("ogr")
    if not hasattr(provider, "createDataSourceWidget"):
        checks.skip("this QGIS does not hand out its dialogs")
        return
    with Town() as town:
        dialog = provider.createDataSourceWidget(None)
        names = [option.get("name") for option in
                 xml.etree.ElementTree.fromstring(gdal.GetDriverByName("OSMAPI").GetMetadataItem("DMD_OPENOPTIONLIST"))]
        dialog.findChildren(gui.QgsFileWidget)[0].setFilePath(connection())
        widgets = {widget.objectName(): widget for widget in dialog.findChildren(QtWidgets.QWidget)}
        checks.equal([name for name in names if name not in widgets], [], "options without a widget in the form")
        group = widgets.get("mOpenOptionsGroupBox")
        checks.that(group and group.isVisibleTo(dialog), "the form is shown")
        schema = widgets["SCHEMA"]
        checks.equal({schema.itemText(i) for i in range(schema.count())} - {"<Default>"}, {"EXTENDED", "GDAL"},
                     "choices of SCHEMA")
        checks.equal(town.requests(), [], "typing a connection asks no server")
        dialog.deleteLater()


def tables_and_notes(checks):
    with Town() as town:
        town.call("POST", "/api/0.6/notes?lat=47.14&lon=9.52&text=The%20bridge%20is%20closed", b"", "alice-token")
        notes = core.QgsVectorLayer(connection(path="notes"), "notes", "ogr")
        checks.that(notes.isValid() and notes.wkbType() == core.QgsWkbTypes.Point, "notes are points")
        checks.equal(notes.featureCount(), 1, "one note")
        table = core.QgsVectorLayer("OSMAPI:capabilities", "capabilities", "ogr")
        checks.that(table.isValid() and not table.isSpatial() and len(fids(table)) > 0, "capabilities are a table")


def read_only(checks):
    with Town() as town:
        for layer in add_layers():
            checks.that(not layer.startEditing() and not layer.isEditable(), f"{layer.name()}: editing cannot start")
            abilities = layer.dataProvider().capabilities()
            for name in ("AddFeatures", "DeleteFeatures", "ChangeAttributeValues", "ChangeGeometries", "AddAttributes"):
                checks.that(not abilities & getattr(core.QgsVectorDataProvider, name), f"{layer.name()}: no {name}")
            checks.that(layer.isValid() and len(fids(layer)) > 0, f"{layer.name()} can still be read")
        checks.equal(map_calls(town), 1, "map calls after editing was refused")
        checks.that(not town.requests("PUT") and not town.requests("POST"), "nothing is sent")


class Messages:
    """What GDAL says while a block runs, in any thread."""

    def __enter__(self):
        self.texts = []
        gdal.PushErrorHandler(lambda _kind, _number, text: self.texts.append(text))
        gdal.SetConfigOption("OSMAPI_MAX_WAIT", "0")
        return self

    def __exit__(self, *_):
        gdal.PopErrorHandler()
        gdal.SetConfigOption("OSMAPI_MAX_WAIT", None)

    def have(self, words):
        return any(words in text for text in self.texts)


def server_errors(checks):
    """QGIS takes an error while reading for the end of the layer: so there must be no features before it."""
    nodes = "You requested too many nodes (limit is 50000). Either request a smaller area, or use planet.osm"
    faults = [({"status": 400, "body": nodes}, nodes),
              ({"status": 503, "body": "Database offline for maintenance"}, "Database offline for maintenance"),
              ({"error": 1}, "Could not obtain client encoding"), ({"html": 1}, "web page"),
              ({"cut": 400000}, "not whole"), ({"end": 400000}, "cut off")]
    for wishes, words in faults:
        with Town() as town, Messages() as messages:
            town.fault(path="/api/0.6/map*", count=-1, **wishes)
            layers = add_layers()
            features = [len(fids(layer)) if layer.isValid() else 0 for layer in layers]
            checks.equal(features, [0] * 5, f"{wishes}: no partial layer")
            checks.that(all(layer.featureCount() <= 0 for layer in layers), f"{wishes}: no invented count")
            drawn_pixels(start_rendering(layers))
            checks.that(messages.have(words), f"{wishes}: [{words}] is not in {messages.texts}")
            checks.that(1 <= map_calls(town) < 50, f"{wishes}: five layers and a drawing cost {map_calls(town)} requests")


def unreachable_server(checks):
    with Messages() as messages:
        gdal.SetConfigOption("OSMAPI_URL", "http://127.0.0.1:9")
        layers = add_layers()
        features = [len(fids(layer)) if layer.isValid() else 0 for layer in layers]
        checks.equal(features, [0] * 5, "no server, no features")
        checks.that(messages.have("127.0.0.1"), f"the message names the server: {messages.texts}")
        gdal.SetConfigOption("OSMAPI_URL", None)
        layer = core.QgsVectorLayer("OSMAPI:mapp?bbox=1,2,3,4", "", "ogr")
        checks.that(not layer.isValid() and messages.have("map?bbox"), f"an unknown path: {messages.texts[-1:]}")
        layer = core.QgsVectorLayer("OSMAPI:map?bbox=9,47,8,48", "", "ogr")
        checks.that(not layer.isValid() and messages.have("bbox"), f"a bad bbox: {messages.texts[-1:]}")


def main():
    application = core.QgsApplication([], True)
    application.initQgis()
    checks = Checks("qgis")
    try:
        checks.run(adding_and_rendering, canvas_and_table, filters, many_threads, sublayers, options_of_a_layer,
                   project, option_form, option_form_in_the_dialog, tables_and_notes, read_only, server_errors,
                   unreachable_server)
    finally:
        core.QgsProject.instance().clear()
    sys.stdout.flush()
    checks.close()


if __name__ == "__main__":
    main()
