"""Runs inside QGIS (`qgis --code show.py`): the five layers of one connection, drawn as a town map.

OSMFLOW_SHOW: the connection string; OSMFLOW_SHOW_EXTENT: west,south,east,north; OSMFLOW_SHOW_READY: a file that is
written as soon as everything is drawn. OSMFLOW_SHOW_MAPFLOW=result|footprints shows Mapflow's layers over the town's
streets instead (show_mapflow.py).
"""
import os
import sys

from qgis import core, utils
from qgis.PyQt import QtCore, QtGui, QtWidgets

NAMES = ["points", "lines", "multilinestrings", "multipolygons", "other_relations"]  # as drawn: the first on top
AREAS = [("Building", "\"building\" IS NOT NULL", "#c9b8a8", "#8f7b6a"),
         ("Water", "\"natural\" = 'water'", "#a9cfe8", "#6fa6cc"),
         ("Green", "\"natural\" IN ('wood', 'scrub') OR \"landuse\" IN ('forest', 'grass') OR \"leisure\" IS NOT NULL",
          "#cfe5bd", "#a3c48a"),
         ("Boundary", "\"boundary\" IS NOT NULL", "#00000000", "#b070b0"),
         ("Other area", "ELSE", "#efe6d8", "#c8bda8")]
POINTS = [("Named place", "\"name\" IS NOT NULL", "#2f6fb3", 2.4), ("Other point", "ELSE", "#7fa05f", 1.2)]
LINES = [("Street", "\"highway\" IN ('residential', 'primary', 'secondary', 'service')", "#ffffff", 1.5),
         ("Path", "\"highway\" IN ('footway', 'path', 'steps', 'cycleway', 'track', 'pedestrian')", "#d8897a", 0.5),
         ("Stream", "\"waterway\" IS NOT NULL", "#6fa6cc", 0.7),
         ("Other line", "ELSE", "#a89f94", 0.3)]


def rules(symbols):
    root = core.QgsRuleBasedRenderer.Rule(None)
    for label, condition, symbol in symbols:
        root.appendChild(core.QgsRuleBasedRenderer.Rule(symbol, filterExp=condition, label=label))
    renderer = core.QgsRuleBasedRenderer(root)
    # Small things above large ones: houses above the land they stand on.
    renderer.setOrderBy(core.QgsFeatureRequest.OrderBy([core.QgsFeatureRequest.OrderByClause("$area", False)]))
    renderer.setOrderByEnabled(True)
    return renderer


def area_symbol(fill, outline):
    return core.QgsFillSymbol.createSimple({"color": fill, "outline_color": outline, "outline_width": "0.2"})


def line_symbol(color, width):
    symbol = core.QgsLineSymbol.createSimple({"color": color, "width": str(width), "capstyle": "round"})
    if color == "#ffffff":  # a casing, so that white streets are seen
        symbol.insertSymbolLayer(0, core.QgsSimpleLineSymbolLayer(QtGui.QColor("#b5a99a"), width + 0.5))
    return symbol


def point_symbol(color, size):
    return core.QgsMarkerSymbol.createSimple({"color": color, "size": str(size), "outline_color": "#ffffff"})


def style(layer):
    if layer.name() == "multipolygons":
        layer.setRenderer(rules([(label, condition, area_symbol(*colors)) for label, condition, *colors in AREAS]))
    elif layer.name() == "lines":
        layer.setRenderer(rules([(label, condition, line_symbol(*look)) for label, condition, *look in LINES]))
    elif layer.name() == "multilinestrings":
        layer.renderer().setSymbol(core.QgsLineSymbol.createSimple({"color": "#d24b4b", "width": "3"}))
    elif layer.name() == "points":
        layer.setRenderer(rules([(label, condition, point_symbol(*look)) for label, condition, *look in POINTS]))
    if layer.name() in ("points", "lines"):
        label = core.QgsPalLayerSettings()
        label.fieldName = "name"
        label.placement = core.QgsPalLayerSettings.Line if layer.name() == "lines" else label.placement
        text = core.QgsTextFormat()
        text.setSize(7.5)
        text.buffer().setEnabled(True)
        text.buffer().setSize(0.8)
        label.setFormat(text)
        layer.setLabeling(core.QgsVectorLayerSimpleLabeling(label))
        layer.setLabelsEnabled(True)


def arrange(window):
    for dock in window.findChildren(QtWidgets.QDockWidget):
        dock.setVisible(dock.objectName() == "Layers")
    for toolbar in window.findChildren(QtWidgets.QToolBar):
        toolbar.setVisible(toolbar.objectName() in ("mFileToolBar", "mMapNavToolBar", "mAttributesToolBar"))
    window.setGeometry(0, 0, 1280, 800)
    window.resizeDocks([window.findChild(QtWidgets.QDockWidget, "Layers")], [270], QtCore.Qt.Horizontal)
    utils.iface.messageBar().clearWidgets()


def ready():
    # The window is drawn by the event loop, a little after the map.
    QtCore.QTimer.singleShot(1500, lambda: open(os.environ["OSMFLOW_SHOW_READY"], "w").close())


def add(source, name, style_it, is_expanded=True, counts=True):
    project = core.QgsProject.instance()
    layer = core.QgsVectorLayer(source, name, "ogr")
    if not layer.isValid():
        raise RuntimeError(f"{name} is not valid: {layer.dataProvider().error().message()}")
    style_it(layer)
    project.addMapLayer(layer, False)
    node = project.layerTreeRoot().addLayer(layer)
    node.setCustomProperty("showFeatureCount", counts)
    node.setExpanded(is_expanded)


def show():
    project = core.QgsProject.instance()
    project.setBackgroundColor(QtGui.QColor("#f7f3ec"))
    utils.iface.mapCanvas().setCanvasColor(project.backgroundColor())
    if os.environ.get("OSMFLOW_SHOW_MAPFLOW"):
        sys.path.insert(0, os.path.join(os.getcwd(), "tests", "qgis"))
        import show_mapflow
        show_mapflow.show(add, os.environ["OSMFLOW_SHOW_MAPFLOW"])
    else:
        for name in NAMES:
            add(f"{os.environ['OSMFLOW_SHOW']}|layername={name}", name, style, name in ("points", "lines", "multipolygons"))
    arrange(utils.iface.mainWindow())
    # QGIS takes the first layer's extent and CRS when it comes round to it; ours are wanted after that.
    QtCore.QTimer.singleShot(1500, zoom)


def zoom():
    project, canvas = core.QgsProject.instance(), utils.iface.mapCanvas()
    project.setCrs(core.QgsCoordinateReferenceSystem("EPSG:3857"))
    extent = core.QgsRectangle(*map(float, os.environ["OSMFLOW_SHOW_EXTENT"].split(",")))
    transform = core.QgsCoordinateTransform(core.QgsCoordinateReferenceSystem("EPSG:4326"), project.crs(), project)
    canvas.setExtent(transform.transformBoundingBox(extent))
    canvas.mapCanvasRefreshed.connect(ready)
    canvas.refresh()


QtCore.QTimer.singleShot(2000, show)
