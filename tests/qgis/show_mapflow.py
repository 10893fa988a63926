"""What show.py shows of Mapflow, over the streets of the town in OpenStreetMap.

OSMFLOW_SHOW_PROCESSING and OSMFLOW_SHOW_MOSAIC: ids of what show_data.py has put there.
"""
import os

from qgis import core
from qgis.PyQt import QtGui

STYLES = os.path.join(os.getcwd(), "data", "styles")
GROUND = [("Water", "\"natural\" = 'water'", "#bcdaee", "#9cc3de"),
          ("Green", "\"natural\" IN ('wood', 'scrub') OR \"landuse\" IN ('forest', 'grass') OR \"leisure\" IS NOT NULL",
           "#dcebd0", "#bcd4ab"),
          ("Other area", "ELSE", "#f3ede2", "#e0d6c6")]
BARE_GROUND = "\"building\" IS NULL AND \"boundary\" IS NULL"
STREETS = "\"highway\" IN ('residential', 'primary', 'secondary', 'service', 'footway', 'pedestrian')"


def draw_streets(layer):
    symbol = core.QgsLineSymbol.createSimple({"color": "#ffffff", "width": "1.3", "capstyle": "round"})
    symbol.insertSymbolLayer(0, core.QgsSimpleLineSymbolLayer(QtGui.QColor("#b5a99a"), 1.7))
    layer.setRenderer(core.QgsSingleSymbolRenderer(symbol))
    layer.setSubsetString(STREETS)
    label(layer, "name", 7, "#6b6258", core.QgsPalLayerSettings.Line)


def draw_ground(layer):
    root = core.QgsRuleBasedRenderer.Rule(None)
    for name, condition, fill, outline in GROUND:
        symbol = core.QgsFillSymbol.createSimple({"color": fill, "outline_color": outline, "outline_width": "0.2"})
        root.appendChild(core.QgsRuleBasedRenderer.Rule(symbol, filterExp=condition, label=name))
    renderer = core.QgsRuleBasedRenderer(root)
    renderer.setOrderBy(core.QgsFeatureRequest.OrderBy([core.QgsFeatureRequest.OrderByClause("$area", False)]))
    renderer.setOrderByEnabled(True)
    layer.setRenderer(renderer)
    layer.setSubsetString(BARE_GROUND)


def label(layer, text, size, color, placement=None):
    settings = core.QgsPalLayerSettings()
    settings.fieldName = text
    settings.isExpression = not text.isidentifier()
    if placement is not None:
        settings.placement = placement
    look = core.QgsTextFormat()
    look.setSize(size)
    look.setColor(QtGui.QColor(color))
    look.buffer().setEnabled(True)
    look.buffer().setSize(0.9)
    settings.setFormat(look)
    layer.setLabeling(core.QgsVectorLayerSimpleLabeling(settings))
    layer.setLabelsEnabled(True)


def our_style(name, then=None):
    def draw(layer):
        message, good = layer.loadNamedStyle(os.path.join(STYLES, name + ".qml"))
        if not good:
            raise RuntimeError(message)
        if then:
            then(layer)
    return draw


def name_images(layer):
    label(layer, "\"filename\" || '\\n' || \"width\" || ' × ' || \"height\" || ' px of ' || \"pixel_size_x\" || ' m'", 9, "#1c4f93")


def name_mosaics(layer):
    symbol = core.QgsFillSymbol.createSimple({"color": "40,110,200,28", "outline_style": "no"})
    layer.setRenderer(core.QgsSingleSymbolRenderer(symbol))
    layer.setSubsetString("\"name\" LIKE 'Town%'")


def show(add, what):
    town = os.environ["OSMFLOW_SHOW"]
    houses = f"MAPFLOW:processings/{os.environ['OSMFLOW_SHOW_PROCESSING']}/result"
    images = f"MAPFLOW:rasters/mosaic/{os.environ['OSMFLOW_SHOW_MOSAIC']}/image"
    if what == "footprints":
        add(images, "Images (Mapflow)", our_style("footprints", name_images))
        add("MAPFLOW:rasters/mosaic", "Mosaics (Mapflow)", name_mosaics)
    add(houses, "Buildings (Mapflow)", our_style("buildings-class"), what == "result")
    add(f"{town}|layername=lines", "Streets (OSM)", draw_streets, False)
    add(f"{town}|layername=multipolygons", "Areas (OSM)", draw_ground, what == "result", False)
