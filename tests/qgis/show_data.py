#!/usr/bin/env python3
"""Fills a sandbox for pictures: the sample town's houses as a result of Mapflow, flights over the town as a mosaic.

usage: show_data.py SANDBOX_URL TOWN.osm        prints the ids of the processing and of the mosaic
"""
import base64
import json
import random
import sys
import urllib.request

from osgeo import gdal, ogr, osr

gdal.UseExceptions()
ogr.UseExceptions()
PROCESSING = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
CLASSES = {"apartments": "101", "house": "102", "yes": "103", "retail": "104"}  # all others: 105
HEIGHTS = {"101": 14.5, "102": 7.5, "103": 9.0, "104": 6.0, "105": 3.2}
TOKEN = base64.b64encode(b"anna@example.com:anna-token").decode()
# Name, west and south in metres from the town's corner, width and height in metres.
FLIGHTS = [("north-1.tif", 20, 500, 470, 280), ("north-2.tif", 440, 510, 470, 280), ("middle-1.tif", 0, 255, 470, 280),
           ("middle-2.tif", 420, 265, 470, 280), ("south-1.tif", 25, 10, 470, 280), ("south-2.tif", 445, 20, 470, 280)]
CORNER = (9.5186, 47.1396)
PIXEL = 0.25


def ask(url, method, body=None, **headers):
    request = urllib.request.Request(url, data=body, method=method, headers={"Authorization": "Basic " + TOKEN, **headers})
    with urllib.request.urlopen(request) as answer:
        return answer.read()


def houses(path):
    """A result as the server gives it. Numbers are drawn by lot, the same ones each time."""
    lot, found, town = random.Random(1), [], gdal.OpenEx(path)
    for feature in town.GetLayerByName("multipolygons"):
        if feature["building"]:
            kind = CLASSES.get(feature["building"], "105")
            found.append({"type": "Feature", "geometry": json.loads(feature.GetGeometryRef().ExportToJson()), "properties": {
                "id": 100000 + len(found), "object_type": "building", "class_id": kind, "shape_type": "RECTANGLE",
                "building_height": round(HEIGHTS[kind] + lot.uniform(-1, 2), 1), "processing_date": "2026-02-10"}})
    return json.dumps({"type": "FeatureCollection", "features": found}).encode()


def image(west, south, width, height):
    """A GeoTIFF at a place in the town."""
    utm, degrees = osr.SpatialReference(), osr.SpatialReference()
    utm.ImportFromEPSG(32632)
    degrees.ImportFromEPSG(4326)
    degrees.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    left, bottom, _ = osr.CoordinateTransformation(degrees, utm).TransformPoint(*CORNER)
    sparse = ["SPARSE_OK=TRUE", "COMPRESS=DEFLATE", "TILED=YES"]  # nothing is in it
    raster = gdal.GetDriverByName("GTiff").Create("/vsimem/flight.tif", int(width / PIXEL), int(height / PIXEL), 3,
                                                  options=sparse)
    raster.SetProjection(utm.ExportToWkt())
    raster.SetGeoTransform((left + west, PIXEL, 0, bottom + south + height, 0, -PIXEL))
    del raster
    file = gdal.VSIFOpenL("/vsimem/flight.tif", "rb")
    content = gdal.VSIFReadL(1, gdal.VSIStatL("/vsimem/flight.tif").size, file)
    gdal.VSIFCloseL(file)
    gdal.Unlink("/vsimem/flight.tif")
    return bytes(content)


def upload(root, mosaic, name, content):
    edge = "----edge"
    body = (f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: image/tiff\r\n\r\n'
            ).encode() + content + f"\r\n--{edge}--\r\n".encode()
    ask(f"{root}/rasters/mosaic/{mosaic}/image", "POST", body, **{"Content-Type": f"multipart/form-data; boundary={edge}"})


def main(url, town):
    root = url + "/rest"
    json_body = {"Content-Type": "application/json"}
    gdal.PushErrorHandler("CPLQuietErrorHandler")  # the town has rings that are not closed, on purpose
    ask(f"{url}/sandbox/mapflow?result={PROCESSING}", "PUT", houses(town), **json_body)
    gdal.PopErrorHandler()
    ask(f"{url}/sandbox/mapflow?looks_until_ready=0", "PUT")
    made = ask(f"{root}/rasters/mosaic", "POST", json.dumps({"name": "Town, drone flights", "tags": ["town"]}).encode(),
               **json_body)
    mosaic = json.loads(made)
    mosaic = mosaic.get("id") or mosaic["mosaic_id"]
    for name, *place in FLIGHTS:
        upload(root, mosaic, name, image(*place))
    print(PROCESSING, mosaic)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
