#!/usr/bin/env python3
"""The objects of Mapflow in QGIS, without a display: tables, footprints, search by the canvas, and what edits do.

usage: test_qgis_mapflow_tables.py BUILD_DIR
"""
import functools
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from test_qgis_mapflow import (KIND, Site, add, around, box, canvas_with, core, drawn_pixels, field_types, fids,  # noqa: E402
                               start_rendering, table_rows, type_name)
from mapflow_support import ARCHIVE, IMAGE, MOSAIC, NOBODY, URBAN, processing  # noqa: E402
from support import ROOT, Checks  # noqa: E402

PROCESSINGS = f"projects/{URBAN}/processings"
IMAGES = f"rasters/mosaic/{MOSAIC}/image"
AREA = "MULTIPOLYGON(((7.07 49.31,7.08 49.31,7.08 49.32,7.07 49.32,7.07 49.31)))"
SEARCH = (7.07, 49.31, 7.09, 49.33)


def on_site(**more):
    """For a test with a sandbox of its own."""
    def decorate(test):
        @functools.wraps(test)
        def run(checks):
            with Site(**more) as site:
                test(checks, site)
        return run
    return decorate


def by(layer, field, value):
    """The one feature whose field has a value; None: there is none."""
    found = [feature for feature in layer.getFeatures() if feature[field] == value]
    return found[0] if len(found) == 1 else None


def set_value(layer, feature, **values):
    for name, value in values.items():
        if not layer.changeAttributeValue(feature.id(), layer.fields().lookupField(name), value):
            raise RuntimeError(f"QGIS does not take {name}={value}")


def new_feature(layer, wkt=None, **values):
    feature = core.QgsFeature(layer.fields())
    for name, value in values.items():
        feature[name] = value
    if wkt:
        feature.setGeometry(core.QgsGeometry.fromWkt(wkt))
    return feature


def save(checks, layer, what):
    checks.that(layer.commitChanges(False), f"{what}: {layer.commitErrors()}")


def refuses(checks, layer, words, what):
    """A save that must fail: its sentences, and the edits are still there."""
    good, text = layer.commitChanges(False), "\n".join(layer.commitErrors())
    checks.that(not good and layer.isEditable() and layer.isModified(), f"{what}: it is not saved, the edits are kept")
    missing = [word for word in words if word not in text]
    checks.that(not missing and "anna-token" not in text, f"{what}: {missing} is not in [{text}]")


@on_site()
def tables(checks, site):
    cases = [("projects", "projects", 41), ("projects/default", "project", 1), (PROCESSINGS, "processings", 16),
             (f"projects/{ARCHIVE}/processings", "processings", 65), ("processings", "processings", 81),
             (f"processings/{processing('a6')}", "processing", 1), ("rasters/memory", "memory", 1),
             ("user/status", "account", 1), ("user/status", "models", None), ("processings/stats", "stats", None),
             (f"rasters/mosaic/{MOSAIC}/status", "status", 1), ("version", "version", 1)]
    for path, name, count in cases:
        layer = add(path, name)
        if not checks.that(layer.isValid(), f"{path} {name} is valid: {site.texts[-1:]}"):
            continue
        checks.that(not layer.isSpatial(), f"{path} {name} is a table: {type_name(layer)}")
        numbers = (layer.featureCount(), len(fids(layer)), table_rows(layer))
        checks.that(len(set(numbers)) == 1 and count in (None, numbers[0]), f"{path} {name}: rows {numbers}")
    checks.that(site.count() < 30, f"{site.count()} requests for {len(cases)} tables")
    types = field_types(add(PROCESSINGS))
    checks.equal((types["created"], types["params"], types["cost"], types["percent_completed"]),
                 (KIND.DateTime, KIND.Map, KIND.Double, KIND.Int), "types of columns")
    downtown = by(add(PROCESSINGS), "name", "Downtown Buildings")
    checks.equal(downtown["params"]["sourceParams"]["dataProvider"]["zoom"], 19, "nested values are a map")
    texts = json.dumps([str(feature.attributes()) for feature in add(PROCESSINGS).getFeatures()])
    checks.that("s3cret" not in texts, "logins and passwords of imagery are not shown")
    status = core.QgsFeatureRequest().setFilterExpression("\"status\" = 'OK'")
    checks.equal(len(fids(add(PROCESSINGS), status)), 9, "filter by status")
    checks.equal(site.texts, [], "no errors")


@on_site()
def footprints(checks, site):
    places = [("rasters/mosaic", "mosaics", "MultiPolygon", "", "footprints"), (IMAGES, "images", "Polygon", "", "footprints"),
              (PROCESSINGS, "processings", "MultiPolygon", "|option:AOI=YES", "processings"),
              (f"processings/{processing('16')}/aois", "aois", None, "", "footprints")]
    for path, name, kind, more, style in places:
        layer = add(path, name, more)
        if not checks.that(layer.isValid() and layer.isSpatial(), f"{name}: valid, with geometry {site.texts[-1:]}"):
            continue
        checks.that(kind in (None, type_name(layer)), f"{name} are {type_name(layer)}")
        checks.that(layer.featureCount() > 0 and not layer.extent().isEmpty(), f"{name}: {box(layer)}")
        checks.that(layer.loadNamedStyle(str(ROOT / "data" / "styles" / f"{style}.qml"))[1], f"{name}: style {style}")
        extent = layer.extent().buffered(0.001)
        checks.that(drawn_pixels(start_rendering([layer], around(extent))) > 20, f"{name} are drawn")
        inside = core.QgsFeatureRequest().setFilterRect(extent)
        checks.equal(len(fids(layer, inside)), layer.featureCount(), f"{name} in their extent")
        outside = core.QgsFeatureRequest().setFilterRect(core.QgsRectangle(100, 10, 101, 11))
        checks.equal(fids(layer, outside), [], f"{name} elsewhere")
    image = next(add(IMAGES).getFeatures())
    checks.equal((image["id"], str(image["gdal_preview_s"])[:9]), (IMAGE, "/vsicurl/"), "a preview for GDAL")
    checks.equal(site.texts, [], "no errors")


@on_site()
def search_by_canvas(checks, site):
    """catalog/meta answers for an area: that of the canvas."""
    layer = add("catalog/meta")
    checks.that(layer.isValid() and layer.isSpatial(), f"the catalog is valid: {site.texts[-1:]}")
    request = core.QgsFeatureRequest().setFilterRect(core.QgsRectangle(*SEARCH))
    found = list(layer.getFeatures(request))
    checks.that(found and all(feature.hasGeometry() for feature in found), "scenes in a rectangle")
    with canvas_with([layer], SEARCH) as canvas:
        checks.equal(len(fids(layer, core.QgsFeatureRequest().setFilterRect(canvas.extent()))) > 0, True, "as the canvas is")
    checks.that(drawn_pixels(start_rendering([layer], SEARCH)) > 20, "scenes are drawn")
    clouds = core.QgsFeatureRequest(request).setFilterExpression("\"cloud_cover\" < 10")
    clear = list(layer.getFeatures(clouds))
    checks.that(0 < len(clear) < len(found) and all(scene["cloud_cover"] < 10 for scene in clear), "clear ones")
    site.texts.clear()
    checks.equal(fids(layer), [], "without an area there is nothing")
    checks.that(site.said("area"), f"and it says why: {site.texts}")
    site.texts.clear()
    drawn_pixels(start_rendering([layer], (-170, -80, 170, 80)))
    checks.equal(fids(layer, core.QgsFeatureRequest().setFilterRect(core.QgsRectangle(-170, -80, 170, 80))), [],
                 "the whole earth is more than the server searches")
    checks.that(site.said("larger"), f"in its words: {site.texts}")
    boxed = add("catalog/meta?bbox=" + ",".join(map(str, SEARCH)))
    checks.that(boxed.featureCount() > 0 and not boxed.extent().isEmpty(), "with a box of its own it is a layer like others")


@on_site(MAPFLOW_KEEP="60")
def one_listing(checks, site):
    layers = [add("projects") for _ in range(4)]
    checks.equal(site.count("projects"), 0, "opening asks nothing")
    checks.equal([(layer.featureCount(), len(fids(layer)), table_rows(layer)) for layer in layers], [(41, 41, 41)] * 4, "rows")
    checks.that(1 <= site.count("projects") <= 3, f"{site.count('projects')} requests for four tables")


@on_site()
def renaming(checks, site):
    projects = add("projects")
    checks.that(projects.startEditing(), "projects can be edited")
    feature = by(projects, "name", "Urban Analysis")
    set_value(projects, feature, name="Town Analysis", description="described in QGIS")
    checks.equal(site.told()["requests"].get("PUT /projects/*"), None, "nothing is sent before saving")
    save(checks, projects, "a project")
    feature = by(projects, "id", URBAN)
    checks.equal((feature["name"], feature["description"]), ("Town Analysis", "described in QGIS"), "it has another name")
    checks.equal(by(add("projects/" + URBAN), "id", URBAN)["name"], "Town Analysis", "for other layers, too")
    projects.addFeatures([new_feature(projects, name="Made in QGIS")])
    save(checks, projects, "a new project")
    checks.equal((site.told()["created"]["projects"], projects.featureCount()), (1, 42), "one more")
    made = by(projects, "name", "Made in QGIS")
    set_value(projects, made, description="again")
    save(checks, projects, "what is new can be changed")

    processings = add(PROCESSINGS)
    checks.that(processings.startEditing(), "processings can be edited")
    set_value(processings, by(processings, "name", "Ring Road"), name="Ring Road 2", description="checked")
    save(checks, processings, "a processing")
    feature = by(processings, "name", "Ring Road 2")
    checks.equal(feature and feature["description"], "checked", "it has another name and a description")

    mosaics = add("rasters/mosaic")
    checks.that(mosaics.startEditing(), "mosaics can be edited")
    set_value(mosaics, by(mosaics, "id", MOSAIC), name="Aerial Survey 2026")
    save(checks, mosaics, "a mosaic")
    checks.equal(by(mosaics, "id", MOSAIC)["name"], "Aerial Survey 2026", "it has another name")

    images = add(IMAGES)
    checks.that(images.startEditing(), "images can be edited")
    set_value(images, by(images, "id", IMAGE), filename="renamed.tif")
    save(checks, images, "an image")
    checks.equal(by(images, "id", IMAGE)["filename"], "renamed.tif", "it has another name")
    checks.equal(site.texts, [], "no errors")


@on_site()
def refused_edits(checks, site):
    projects = add("projects")
    projects.startEditing()
    feature = by(projects, "id", URBAN)
    set_value(projects, feature, cost_spent=5.0) if projects.fields().lookupField("cost_spent") >= 0 else None
    set_value(projects, feature, created=core.QgsExpression("make_datetime(2000,1,1,0,0,0)").evaluate())
    refuses(checks, projects, ["created", "server"], "a column of the server's")
    projects.rollBack()
    projects.startEditing()
    site.fault(path="/rest/projects/*", method="PUT", status=503, count=-1, body="Down for maintenance")
    set_value(projects, by(projects, "id", URBAN), name="Lost")
    refuses(checks, projects, ["503"], "the server is not there")
    checks.equal(by(projects, "id", URBAN)["name"], "Lost", "the edit is still shown")
    site.end_faults()
    save(checks, projects, "the server is back")
    checks.equal(by(add("projects"), "id", URBAN)["name"], "Lost", "it was saved then")
    mosaics = add("rasters/mosaic")
    mosaics.startEditing()
    set_value(mosaics, by(mosaics, "id", MOSAIC), name="")
    refuses(checks, mosaics, ["name"], "an empty name")


@on_site()
def deleting(checks, site):
    projects = add("projects")
    abilities = projects.dataProvider().capabilities()
    checks.that(not abilities & core.QgsVectorDataProvider.DeleteFeatures, "QGIS does not offer to delete")
    projects.startEditing()
    checks.that(not projects.deleteFeature(by(projects, "name", "Survey 38").id()) or not projects.commitChanges(False),
                "nothing is deleted without DELETE=YES")
    projects.rollBack()
    allowed = add("projects", more="|option:DELETE=YES")
    checks.that(allowed.dataProvider().capabilities() & core.QgsVectorDataProvider.DeleteFeatures, "with it, it does")
    allowed.startEditing()
    checks.that(allowed.deleteFeature(by(allowed, "name", "Survey 38").id()), "a project is deleted")
    checks.equal(site.count("DELETE"), 0, "not before it is saved")
    save(checks, allowed, "a deleted project")
    checks.equal((by(allowed, "name", "Survey 38"), allowed.featureCount()), (None, 40), "it is gone")
    images = add(IMAGES, more="|option:DELETE=YES")
    images.startEditing()
    images.deleteFeature(by(images, "id", IMAGE).id())
    save(checks, images, "a deleted image")
    checks.equal((images.featureCount(), site.count("DELETE /rasters/image")), (0, 1), "gone, by one call")


@on_site()
def nothing_is_started(checks, site):
    credits = site.told()["credits"]
    for more in ("", "|option:AOI=YES"):
        layer = add(PROCESSINGS, more=more)
        checks.that(not layer.dataProvider().capabilities() & core.QgsVectorDataProvider.AddFeatures,
                    f"QGIS does not offer to add {more}")
        layer.startEditing()
        new = new_feature(layer, AREA if more else None, name="By QGIS", model="buildings", provider="Mapbox", zoom=18)
        if layer.addFeature(new):
            good, text = layer.commitChanges(False), "\n".join(layer.commitErrors())
            checks.that(not good, f"it is not started: {text}")
        checks.that(layer.dataProvider().addFeatures([new])[0] is False, f"nor by the provider {more}")
        layer.rollBack()
    checks.that(site.said("RUN=YES", "MAX_COST"), f"the sentence says what it takes: {site.texts[-2:]}")
    checks.that(not add(PROCESSINGS, more="|option:RUN=YES").isValid(), "RUN=YES alone is refused")
    layer = add(PROCESSINGS, more="|option:RUN=YES|option:MAX_COST=1")
    layer.startEditing()
    layer.addFeature(new_feature(layer, AREA, name="By QGIS", model="buildings", provider="Mapbox", zoom=18))
    refuses(checks, layer, ["1"], "it costs more than was allowed")
    told = site.told()
    checks.equal((told["started"], told["spent"], told["credits"], told["created"]["processings"]), (0, 0, credits, 0),
                 "nothing was started, nothing was spent")


@on_site()
def started_as_allowed(checks, site):
    layer = add(PROCESSINGS, more="|option:RUN=YES|option:MAX_COST=50")
    checks.that(layer.startEditing() and type_name(layer) == "MultiPolygon", "new ones can be drawn")
    layer.addFeature(new_feature(layer, AREA, name="By QGIS", model="buildings", provider="Mapbox", zoom=18))
    checks.equal(site.told()["started"], 0, "drawing starts nothing")
    save(checks, layer, "it is started by saving")
    checks.equal(site.told()["started"], 1, "once")
    made = by(layer, "name", "By QGIS")
    checks.that(made and made["status"], "and listed")


@on_site()
def unknown_ones(checks, site):
    for path in (f"processings/{NOBODY}", f"rasters/mosaic/{NOBODY}"):
        site.texts.clear()
        layer = add(path)
        checks.that(layer.featureCount() <= 0 and not fids(layer), f"{path}: nothing")
        checks.that(site.said("404"), f"{path}: {site.texts}")
    layer = add("projcts")
    checks.that(not layer.isValid() and site.said("did you mean"), f"an unknown call: {site.texts[-1:]}")


def main():
    application = core.QgsApplication([], True)
    application.initQgis()
    checks = Checks("qgis-mapflow-tables")
    try:
        checks.run(tables, footprints, search_by_canvas, one_listing, renaming, refused_edits, deleting,
                   nothing_is_started, started_as_allowed, unknown_ones)
    finally:
        core.QgsProject.instance().clear()
    sys.stdout.flush()
    checks.close()


if __name__ == "__main__":
    main()
