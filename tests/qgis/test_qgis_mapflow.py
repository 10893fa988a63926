#!/usr/bin/env python3
"""Results of Mapflow in QGIS, without a display: what is opened, shown, found and counted, and what is asked for it.

usage: test_qgis_mapflow.py BUILD_DIR
"""
import contextlib
import gc
import pathlib
import sys
import time
import xml.etree.ElementTree
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from test_qgis import (FORM_TYPES, HOME, QtCore, QtWidgets, core, drawn_pixels, fids, gdal, gui,  # noqa: E402
                       start_rendering)
from mapflow_support import NOBODY, TOKEN, URBAN, Mapflow, processing, refresh  # noqa: E402
from support import ROOT, Checks, options  # noqa: E402

DOWNTOWN, FOREST, ROADS, OPEN_DATA, MIXED, EMPTY = (processing(tail) for tail in ("a6", "08", "09", "10", "11", "12"))
BIG, OTHER_BIG = processing("13"), processing("14")
TOWN_HALL = (7.0770, 49.3199, 7.0784, 49.3203)
KIND = QtCore.QVariant


class Site(Mapflow):
    """A sandbox, and the options of GDAL that lead there; with what QGIS and GDAL say meanwhile."""

    def __init__(self, *arguments, **more):
        super().__init__(*arguments)
        self.options = options(**{"MAPFLOW_URL": self.url + "/rest", "MAPFLOW_TOKEN": TOKEN, **more})
        self.texts, self.logged = [], []
        self.log = core.QgsApplication.messageLog()

    def __enter__(self):
        self.options.__enter__()
        self.log.messageReceived[str, str, core.Qgis.MessageLevel].connect(self.note_log)
        gdal.PushErrorHandler(lambda _kind, _number, text: self.note(text))
        return super().__enter__()

    def __exit__(self, *arguments):
        gc.collect()
        gdal.PopErrorHandler()
        self.log.messageReceived[str, str, core.Qgis.MessageLevel].disconnect(self.note_log)
        self.options.__exit__(*arguments)
        super().__exit__(*arguments)

    def note(self, text, *_):
        if not text.endswith("nothing in it can be edited"):  # QGIS tries that first with everything, and does not show it
            self.texts.append(text)

    def note_log(self, text, *_):
        self.logged.append(text)
        self.note(text)

    def said(self, *words):
        return any(all(word in text for word in words) for text in self.texts)

    def downloads(self):
        return self.count("GET /processings/*/result")

    def make(self, identifier, features, kind="buildings"):
        self.wish(result=identifier, features=features, kind=kind)


def add(path, layer="", more=""):
    return core.QgsVectorLayer(f"MAPFLOW:{path}" + (f"|layername={layer}" if layer else "") + more, layer or path, "ogr")


def result(identifier, layer="result", more=""):
    return add(f"processings/{identifier}/result", layer, more)


def type_name(layer):
    return core.QgsWkbTypes.displayString(layer.wkbType())


def field_types(layer):
    return {field.name(): field.type() for field in layer.fields()}


def table_rows(layer):
    """What the attribute table has."""
    cache = core.QgsVectorLayerCache(layer, 10000)  # the table does not hold it
    table = gui.QgsAttributeTableModel(cache)
    table.loadLayer()
    return table.rowCount()


def box(layer):
    extent = layer.extent()
    return tuple(round(side, 4) for side in (extent.xMinimum(), extent.yMinimum(), extent.xMaximum(), extent.yMaximum()))


def around(extent):
    return extent.xMinimum(), extent.yMinimum(), extent.xMaximum(), extent.yMaximum()


@contextlib.contextmanager
def canvas_with(layers, extent):
    canvas = gui.QgsMapCanvas()
    canvas.setDestinationCrs(core.QgsCoordinateReferenceSystem("EPSG:4326"))
    canvas.setLayers(layers)
    canvas.resize(300, 300)
    canvas.show()
    canvas.setExtent(core.QgsRectangle(*extent))
    canvas.refresh()
    canvas.waitWhileRendering()
    for _ in range(20):
        QtWidgets.QApplication.processEvents(QtCore.QEventLoop.AllEvents, 10)
    try:
        yield canvas
    finally:
        canvas.hide()
        canvas.stopRendering()


def kinds_of_results(checks):
    cases = [(DOWNTOWN, "", "MultiPolygon", 3, TOWN_HALL), (ROADS, "", "Polygon", 1, None),
             (OPEN_DATA, "", "LineString", 1, None), (EMPTY, "", None, 0, None),
             (MIXED, "result_points", "Point", 1, None), (MIXED, "result_lines", "MultiLineString", 2, None),
             (MIXED, "result_areas", "MultiPolygon", 3, None), (FOREST, "result_points", "Point", 1, None),
             (FOREST, "result_areas", "Polygon", 1, None)]
    with Site() as site:
        for identifier, name, kind, count, extent in cases:
            what = f"{identifier[-2:]} {name}"
            layer = result(identifier, name or "result", "|option:LAYERS=SPLIT" if name else "")
            if not checks.that(layer.isValid(), f"{what} is valid: {site.texts[-1:]}"):
                continue
            checks.that(kind is None or type_name(layer) == kind, f"{what} is of {type_name(layer)}")
            checks.equal((layer.featureCount(), len(fids(layer)), table_rows(layer)), (count,) * 3, f"{what}: features")
            if count:
                checks.equal(layer.crs().authid(), "EPSG:4326", f"{what}: CRS")
                checks.that(drawn_pixels(start_rendering([layer], around(layer.extent().buffered(0.001)))) > 0,
                            f"{what} is drawn")
            checks.that(layer.featureCount() == 0 or extent is None or layer.extent().intersects(core.QgsRectangle(*extent)),
                        f"{what}: extent {layer.extent().toString()}")
            checks.that(not layer.startEditing(), f"{what}: results cannot be edited")
        checks.equal(site.texts, [], "no errors")


def values_of_fields(checks):
    with Site() as site:
        layer = result(DOWNTOWN)
        types = field_types(layer)
        expected = {"id": (KIND.Int, KIND.LongLong), "class_id": (KIND.String,), "class_name": (KIND.String,),
                    "building_height": (KIND.Double,), "processing_date": (KIND.Date,)}
        for name, kinds in expected.items():
            checks.that(types.get(name) in kinds, f"{name} is of type {types.get(name)}")
        features = list(layer.getFeatures())
        checks.equal([feature["id"] for feature in features], [256899, 256900, 256901], "ids are attributes")
        checks.equal([feature.hasGeometry() for feature in features], [True, True, False], "one has no geometry")
        checks.equal(features[0]["processing_date"], QtCore.QDate(2026, 2, 10), "a date")
        open_data = result(OPEN_DATA)
        checks.equal(field_types(open_data)["bbox"], KIND.Map, "nested values are a map")
        checks.equal(next(open_data.getFeatures())["bbox"]["ymax"], 45.05, "whose members can be had")
        expression = core.QgsFeatureRequest().setFilterExpression("map_get(\"bbox\", 'ymax') > 45")
        checks.equal(len(fids(open_data, expression)), 1, "by expressions, too")
        mapped = result(DOWNTOWN, more="|option:TAG_MAPPING=YES")
        checks.that("building" in field_types(mapped) and mapped.featureCount() == 2, "as tags of OpenStreetMap")
        checks.that(site.downloads() <= 2, f"{site.downloads()} downloads of two results")


def sublayers(checks):
    """What the dialog 'Select Items to Add' shows: also kinds of geometry inside one layer."""
    resolve = core.Qgis.SublayerQueryFlags(core.Qgis.SublayerQueryFlag.ResolveGeometryType)
    with Site() as site:
        def query(path, provider="ogr"):
            return core.QgsProviderRegistry.instance().providerMetadata(provider).querySublayers("MAPFLOW:" + path, resolve)

        found = query(f"processings/{FOREST}/result")
        kinds = sorted(core.QgsWkbTypes.displayString(detail.wkbType()) for detail in found)
        checks.equal(kinds, ["Point", "Polygon"], "kinds of a forest")
        layer_options = core.QgsProviderSublayerDetails.LayerOptions(core.QgsCoordinateTransformContext())
        layers = [detail.toLayer(layer_options) for detail in found]
        checks.equal([layer.isValid() and len(fids(layer)) for layer in layers], [1, 1], "each has its features")
        checks.equal([detail.name() for detail in query(f"processings/{DOWNTOWN}/result")], ["result"], "buildings")
        checks.equal([detail.name() for detail in query(f"processings/{DOWNTOWN}/result", "gdal")], [], "no rasters")
        names = [detail.name() for detail in query("user/status")]
        checks.that({"account", "models"} <= set(names), f"tables of the account: {names}")
        checks.equal(site.downloads(), 2, "downloads")


def find_and_draw(checks):
    """20,000 buildings: drawn, identified, filtered, listed; one download of them."""
    with Site() as site:
        site.make(BIG, 20000)
        layer = result(BIG)
        everything = list(layer.getFeatures())
        checks.equal((len(everything), layer.featureCount(), table_rows(layer)), (20000,) * 3, "all of them")
        part = everything[700].geometry().boundingBox().buffered(0.0004)
        checks.that(drawn_pixels(start_rendering([layer], around(part))) > 1000, "they are drawn")
        inside = [feature.id() for feature in everything if feature.geometry().intersects(part)]
        request = core.QgsFeatureRequest().setFilterRect(part).setFlags(core.QgsFeatureRequest.ExactIntersect)
        checks.that(1 < len(inside) < 200, f"some are inside: {len(inside)}")
        checks.equal(fids(layer, request), inside, "features in a rectangle")
        with canvas_with([layer], around(part)) as canvas:
            tool = gui.QgsMapToolIdentify(canvas)
            found = tool.identify(core.QgsGeometry.fromRect(part), gui.QgsMapToolIdentify.ActiveLayer, [layer],
                                  gui.QgsMapToolIdentify.VectorLayer)
            checks.equal(sorted(one.mFeature.id() for one in found), inside, "identify by rectangle")
        high = [feature.id() for feature in everything if feature["building_height"] > 30 and feature["class_id"] == "101"]
        expression = core.QgsFeatureRequest().setFilterExpression("\"building_height\" > 30 AND \"class_id\" = '101'")
        checks.equal(fids(layer, expression), high, "an expression")
        checks.that(layer.setSubsetString("\"building_height\" > 30 AND \"class_id\" = '101'"), "a subset is taken")
        checks.equal((layer.featureCount(), fids(layer), table_rows(layer)), (len(high), high, len(high)), "subset")
        checks.that(layer.setSubsetString(""), "and taken back")
        by_id = [feature.attributes() for feature in layer.getFeatures(core.QgsFeatureRequest(15000))]
        checks.equal(by_id, [everything[15000].attributes()], "by id")
        wanted = core.QgsFeatureRequest().setFilterFids([19999, 3, 12000])
        checks.equal(sorted(fids(layer, wanted)), [3, 12000, 19999], "by some ids, as selections are")
        layer.selectByExpression("\"id\" = 100000007")
        checks.equal([feature["id"] for feature in layer.selectedFeatures()], [100000007], "select by expression")
        checks.equal(layer.uniqueValues(layer.fields().lookupField("class_id")), {"101", "102", "103", "104", "105"},
                     "values to classify by")
        layer.loadNamedStyle(str(ROOT / "data" / "styles" / "buildings-class.qml"))
        checks.that(drawn_pixels(start_rendering([layer], around(part))) > 1000, "drawn by class")
        checks.equal(site.downloads(), 1, "downloads")
        checks.equal(site.texts, [], "no errors")


def one_download(checks):
    """Layers of one result, with different options, in threads, in a project that is saved and read again."""
    with Site() as site:
        site.make(BIG, 5000, "mixed")
        layers = [result(BIG, name, "|option:LAYERS=SPLIT") for name in ("result_points", "result_lines", "result_areas")]
        checks.equal([layer.isValid() for layer in layers], [True] * 3, "three layers are valid")
        extent = layers[2].extent()
        jobs = [start_rendering(layers, around(extent)) for _ in range(4)]
        checks.that(all(drawn_pixels(job) > 100 for job in jobs), "four jobs at once draw something")
        checks.equal([error.message for job in jobs for error in job.errors()], [], "drawing has no errors")
        counts = [layer.featureCount() for layer in layers]
        checks.equal((sum(counts), [len(fids(layer)) for layer in layers]), (5000, counts), "all are shown once")
        checks.equal(result(BIG).featureCount(), 5000, "opened again as one layer")
        path = str(pathlib.Path(HOME.name) / "result.qgz")
        saved, loaded = core.QgsProject(), core.QgsProject()
        saved.addMapLayers(layers)
        checks.that(saved.write(path) and loaded.read(path), "a project is saved and read")
        checks.equal(sorted(layer.featureCount() for layer in loaded.mapLayers().values() if layer.isValid()), sorted(counts),
                     "its layers")
        checks.that(all(table_rows(layer) == layer.featureCount() for layer in loaded.mapLayers().values()), "their tables")
        with zipfile.ZipFile(path) as file:
            checks.that(not any(TOKEN.encode() in file.read(name) for name in file.namelist()), "it holds no token")
        checks.equal(site.downloads(), 1, "downloads of everything")
        site.wish(forget=1)
        layer = result(BIG, "result_areas", "|option:LAYERS=SPLIT")
        layer.dataProvider().reloadData()
        checks.that(len(fids(layer)) == counts[2] and site.downloads() <= 1, f"reload: {site.downloads()} downloads")


def results_of_a_project(checks):
    with Site() as site:
        kinds = {"results_points": "Point", "results_lines": "MultiLineString", "results_areas": "MultiPolygon"}
        layers = [add(f"projects/{URBAN}/results", name, "|option:LAYERS=SPLIT") for name in kinds]
        checks.equal([type_name(layer) for layer in layers], list(kinds.values()), "kinds of geometry")
        counts = [layer.featureCount() for layer in layers]
        checks.equal(([len(fids(layer)) for layer in layers], min(counts) > 0), (counts, True), "features")
        names = layers[2].uniqueValues(layers[2].fields().lookupField("processing_name"))
        checks.that({"Downtown Buildings", "City Forest"} <= names and "Old Town" not in names, f"of those finished: {names}")
        checks.that(site.said("Old Town", "IN_PROGRESS"), "the others are named")
        checks.equal(site.downloads(), 9, "each result once")


def broken_result(checks, site, what, words):
    """A layer of a result that cannot be had whole: nothing of it may be shown as if it were all."""
    site.texts.clear()
    site.logged.clear()
    layer = result(BIG)
    valid = layer.isValid()
    checks.that(valid or any(BIG in text for text in site.logged), f"{what}: QGIS's log has no word of it {site.texts}")
    extent = layer.extent() if valid else core.QgsRectangle()
    checks.that(extent.isNull() or extent.isEmpty(), f"{what}: extent {extent.toString()}")
    drawn = drawn_pixels(start_rendering([layer], (7, 40, 7.4, 60))) if valid else 0
    checks.equal((drawn, len(fids(layer)) if valid else 0), (0, 0), f"{what}: no shorter layer")
    checks.that(layer.featureCount() <= 0, f"{what}: count {layer.featureCount()}")
    checks.that(site.said(*words), f"{what}: {words} is not in {site.texts}")
    checks.that(not site.said("anna-token") and not site.said(TOKEN), f"{what}: the token is shown")
    return layer


def cut_results(checks):
    cases = [({"cut": 10}, []), ({"cut": 5000}, []), ({"cut": 3000000}, []), ({"end": 3000000}, []),
             ({"status": 503}, ["503"]), ({"status": 502}, ["502"]), ({"html": 1}, [])]
    with Site(MAPFLOW_MAX_WAIT="0", MAPFLOW_KEEP="0", GDAL_HTTP_MAX_RETRY="1") as site:
        site.make(BIG, 20000)
        for wishes, words in cases:
            site.fault(path=f"/rest/processings/{BIG}/result", count=-1, **wishes)
            layer = broken_result(checks, site, wishes, [BIG, *words] if words else [])
            checks.that(not layer.isValid(), f"{wishes}: an empty layer instead of none")
            checks.that(site.texts, f"{wishes}: it says why")
            site.end_faults()
            refresh(site)
            checks.equal(result(BIG).featureCount(), 20000, f"{wishes}: whole as soon as the server is well")
            refresh(site)
        site.fault(path=f"/rest/processings/{BIG}/result", count=-1, cut=5000)
        checks.that(not result(BIG).isValid(), "broken once more")
        site.end_faults()
        time.sleep(5.1)  # so long a failure is the answer
        checks.equal(result(BIG).featureCount(), 20000, "a second try, five seconds later")


def cut_large_results(checks):
    """Beyond the 32 MB that the columns are made of, a result is read while it comes. The first to read may be the one
    who draws, in a project that is opened, or a table: QGIS takes an error in the middle for the end."""
    firsts = [("the extent", lambda layer: layer.extent().isNull() or layer.extent().isEmpty()),
              ("drawing", lambda layer: drawn_pixels(start_rendering([layer], (7, 40, 7.4, 60))) == 0),
              ("a scan", lambda layer: fids(layer) == []),
              ("a filter", lambda layer: fids(layer, core.QgsFeatureRequest().setFilterExpression("\"area\" > 0")) == [])]
    with Site(MAPFLOW_MAX_WAIT="0", MAPFLOW_KEEP="0", GDAL_HTTP_MAX_RETRY="1") as site:
        site.make(BIG, 100000)
        for what, is_nothing in firsts:
            site.fault(path=f"/rest/processings/{BIG}/result", count=-1, cut=43000000, rate=20000000)
            layer = result(BIG)
            checks.that(layer.isValid(), f"{what}: the columns have come")
            checks.that(is_nothing(layer), f"{what} comes first, and shows a shorter layer")
            layer.extent()  # what is said in threads that draw is not heard; whoever asks next hears it, too
            checks.that(site.said(BIG, "not whole"), f"{what}: {site.texts}")
            site.end_faults()
            refresh(site)
            site.texts.clear()
        layer = result(BIG)
        checks.equal((layer.featureCount(), len(fids(layer))), (100000,) * 2, "whole afterwards")


def not_finished_ones(checks):
    cases = [("02", ["progress"]), ("03", ["0.0054"]), ("04", ["wait"]), ("05", ["cancel"]), ("06", ["refund"]),
             ("07", ["archiving"]), ("15", ["unprocessed"])]
    with Site() as site:
        for tail, words in cases:
            site.logged.clear()
            checks.that(not result(processing(tail)).isValid(), f"{tail}: it is no layer")
            text = " ".join(site.logged).lower()
            checks.that(all(word in text for word in words), f"{tail}: {words} is not in QGIS's log: {site.logged}")
        checks.that(not result(NOBODY).isValid(), "an unknown id")
        checks.that(site.said("404"), f"says so: {site.texts[-2:]}")
        checks.equal(site.downloads(), 0, "no result is asked for")
        with options(MAPFLOW_TOKEN=None):
            checks.that(not result(DOWNTOWN).isValid() and site.said("MAPFLOW_TOKEN"), f"no token: {site.texts[-1:]}")
        with options(MAPFLOW_URL="http://127.0.0.1:9/rest", MAPFLOW_MAX_WAIT="0"):
            waited, layer = seconds(lambda: result(DOWNTOWN))
            checks.that(not layer.isValid() and site.said("127.0.0.1:9"), f"no server: {site.texts[-1:]}")
            checks.that(waited < 10, f"it takes {waited:.0f} s to hear that")


def option_form(checks):
    document = gdal.GetDriverByName("MAPFLOW").GetMetadataItem("DMD_OPENOPTIONLIST")
    form = xml.etree.ElementTree.fromstring(document)
    for option in form:
        checks.that(option.get("type") in FORM_TYPES and option.get("description"), f"{option.get('name')}: no form for it")
    checks.that(not [option for option in form if option.get("name").endswith("TOKEN")], "QGIS saves no token")
    with Site() as site:
        dialog = gui.QgsGui.sourceSelectProviderRegistry().providerByName("ogr").createDataSourceWidget(None)
        dialog.findChildren(gui.QgsFileWidget)[0].setFilePath(f"MAPFLOW:processings/{DOWNTOWN}/result")
        widgets = {widget.objectName() for widget in dialog.findChildren(QtWidgets.QWidget)}
        checks.equal({option.get("name") for option in form} - widgets, set(), "options without a widget")
        checks.equal(site.count(), 0, "typing a connection asks no server")
        dialog.deleteLater()


def seconds(call):
    begin = time.monotonic()
    answer = call()
    return time.monotonic() - begin, answer


def long_results(checks):
    """What the main thread waits for: opening, extent (asked for when a layer is added), count (attribute table)."""
    with Site() as site:
        site.make(OTHER_BIG, 300000)
        opened, layer = seconds(lambda: result(OTHER_BIG))
        extent, _ = seconds(layer.extent)
        count, number = seconds(layer.featureCount)
        part = next(layer.getFeatures()).geometry().boundingBox().buffered(0.003)
        drawn, _ = seconds(lambda: drawn_pixels(start_rendering([layer], around(part))))
        checks.equal(number, 300000, "features")
        print(f"300,000 features (150 MB): opened in {opened:.1f} s, extent in {extent:.1f} s, count in {count:.2f} s, "
              f"one corner drawn in {drawn:.1f} s")
        checks.that(opened < 20 and extent < 20 and count < 1, "nobody waits for long")
        checks.equal(site.downloads(), 1, "downloads")


def main():
    application = core.QgsApplication([], True)
    application.initQgis()
    checks = Checks("qgis-mapflow")
    try:
        checks.run(kinds_of_results, values_of_fields, sublayers, find_and_draw, one_download, results_of_a_project,
                   cut_results, cut_large_results, not_finished_ones, option_form, long_results)
    finally:
        core.QgsProject.instance().clear()
    sys.stdout.flush()
    checks.close()


if __name__ == "__main__":
    main()
