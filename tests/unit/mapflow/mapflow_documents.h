/* Documents as the real servers give them (made up values), and as the specification shows them. */
#ifndef OSMFLOW_UNIT_MAPFLOW_DOCUMENTS_H
#define OSMFLOW_UNIT_MAPFLOW_DOCUMENTS_H

#include "mapflow_server.h"

#define MODEL_ID "8cb13006-a299-4df6-b47d-91bd63de947f"

static const char user_recorded[] =
    "{\"id\":\"a1000000-0000-4000-8000-000000000001\",\"email\":\"anna@example.com\",\"processedArea\":11237452813,"
    "\"remainingArea\":0,\"remainingCredits\":2450,\"areaLimit\":25000000,\"maxAoisPerProcessing\":10,\"memoryLimit\":"
    "10737418240,\"billingType\":\"CREDITS\",\"models\":[{\"id\":\"" MODEL_ID
    "\",\"name\":\"\xF0\x9F\x8F\xA0 Buildings\",\"displayName\":\"\xF0\x9F\x8F\xA0 Buildings\",\"description\":null,"
    "\"created\":\"2023-02-01T08:17:03.871690Z\",\"pricePerSqKm\":10.0,\"blocks\":[{\"name\":\"Segmentation\","
    "\"displayName\":\"Segmentation\",\"optional\":false,\"price\":0.0,\"description\":null,\"defaultEnabled\":true},"
    "{\"name\":\"Heights\",\"displayName\":\"Height estimation\",\"optional\":true,\"price\":10.0,\"defaultEnabled\":"
    "false}],\"requirements\":{\"sources\":{\"xyz\":{\"required\":{\"min_zoom\":17}},\"local\":{\"required\":{"
    "\"max_res\":1.5,\"min_res\":0.07,\"nchannels\":[1,3,4]}}}},\"styleName\":null}],\"teams\":[{\"teamId\":"
    "\"a6000000-0000-4000-8000-000000000006\",\"name\":\"My Team\",\"role\":\"OWNER\",\"activeUntil\":null,"
    "\"creditsLimit\":null}],\"dataProviders\":[{\"id\":\"5d000000-0000-4000-8000-000000000005\",\"name\":\"Mapbox\","
    "\"displayName\":\"Mapbox "
    "Satellite\",\"previewUrl\":\"https://example.com/tiles/{z}/{x}/{y}.png?a=1&b=2\",\"price\":"
    "[{\"zoom\":18,\"priceSqKm\":1.2},{\"zoom\":19,\"priceSqKm\":2}],\"sourceType\":\"xyz\",\"nominalZoom\":18}],"
    "\"searchDataProviders\":[],\"isAdmin\":false,\"teamBalance\":null}";
static const char user_spec[] =
    "{\"user\":{\"id\":\"a1000000-0000-4000-8000-000000000001\",\"email\":\"user@example.com\",\"credits\":5000},"
    "\"models\":[{\"id\":\"" MODEL_ID "\",\"name\":\"Buildings\",\"pricePerSqKm\":15.0,\"blocks\":[\"OSM\"]}]}";

#define PROJECT_RECORDED                                                                                           \
  "{\"id\":\"" PROJECT                                                                                             \
  "\",\"name\":\"Urban Analysis\",\"description\":null,\"progress\":{\"status\":\"OK\","                           \
  "\"percentCompleted\":100,\"details\":[],\"completionDate\":\"2026-02-20T08:14:38.882673Z\"},\"aoiCount\":1,"    \
  "\"aoiArea\":836643,\"area\":836643,\"user\":{\"email\":\"anna@example.com\",\"aoiAreaLimit\":25000000},"        \
  "\"shareProject\":{\"owners\":[],\"users\":[]},\"isDefault\":false,\"created\":\"2026-02-10T11:40:36.979799Z\"," \
  "\"updated\":\"2026-02-20T11:40:37.174455Z\",\"workflowDefs\":[{\"name\":\"Roads\"}],\"processingCounts\":{"     \
  "\"total\":3,\"succeeded\":2,\"failed\":1,\"refunded\":0,\"canceled\":0},\"templatesCount\":0,\"starred\":false}"

#define PROCESSING_RECORDED                                                                                           \
  "{\"id\":\"" PROCESSING "\",\"name\":\"Downtown Buildings\",\"description\":null,\"projectId\":\"" PROJECT          \
  "\",\"vectorLayer\":{\"id\":\"33333333-0000-4000-8000-000000000120\",\"tileJsonUrl\":"                              \
  "\"https://app.mapflow.ai/api/layers/1.json\",\"tileUrl\":"                                                         \
  "\"https://app.mapflow.ai/api/layers/1/tiles/{z}/{x}/{y}.vector.pbf\"},\"currentRevision\":0,\"rasterLayer\":{"     \
  "\"tileJsonUrl\":\"https://app.mapflow.ai/tiles.json?uri=s3%3A%2F%2Fabc\",\"tileUrl\":"                             \
  "\"https://app.mapflow.ai/tiles/{z}/{x}/{y}.png?uri=s3%3A%2F%2Fabc\"},\"resultRasterLayer\":null,\"workflowDef\":{" \
  "\"id\":\"" MODEL_ID                                                                                                \
  "\",\"name\":\"Buildings\",\"blocks\":[]},\"aoiCount\":1,\"aoiArea\":270295,\"area\":270295,"                       \
  "\"cost\":28.5,\"status\":\"OK\",\"reviewStatus\":null,\"rating\":{\"rating\":5,\"feedback\":\"good\"},"            \
  "\"percentCompleted\":100,\"params\":{\"sourceParams\":{\"imagerySearch\":null,\"myImagery\":null,\"dataProvider\"" \
  ":{\"providerName\":\"Mapbox\",\"zoom\":19},\"userDefined\":null},\"inferenceParams\":null},\"blocks\":[{\"name\":" \
  "\"Heights\",\"enabled\":true}],\"meta\":{\"source-app\":\"web\"},\"messages\":[],\"created\":"                     \
  "\"2026-02-10T10:30:00.781909Z\",\"updated\":\"2026-02-10T10:45:00.248063Z\"}"

/* With credentials in it, as the server echoes them. */
#define PROCESSING_OWN                                                                                                \
  "{\"id\":\"3fa85f64-5717-4562-b3fc-2c963f66afa7\",\"name\":\"Own\",\"status\":\"FAILED\",\"percentCompleted\":0,"   \
  "\"messages\":[{\"code\":\"source-validator.PixelSizeTooLow\",\"parameters\":{\"min_res\":\"0.07\",\"actual_res\":" \
  "\"0.0054\"}}],\"reviewStatus\":{\"reviewStatus\":\"IN_REVIEW\",\"inReviewUntil\":\"2026-03-01T00:00:00Z\"},"       \
  "\"params\":{\"sourceParams\":{\"userDefined\":{\"sourceType\":\"XYZ\",\"url\":"                                    \
  "\"https://example.com/{z}/{x}/{y}.png\",\"zoom\":18,\"crs\":\"EPSG:3857\",\"rasterLogin\":\"hush\","               \
  "\"rasterPassword\":\"hush\"}}},\"meta\":{\"raster_password\":\"hush\",\"link\":\"https://u:hush@example.com/\"}}"
#define PROCESSING_V1                                                                                            \
  "{\"id\":\"3fa85f64-5717-4562-b3fc-2c963f66afa8\",\"name\":\"Old\",\"status\":\"PAUSED\",\"params\":{\"url\":" \
  "\"https://example.com/{z}/{x}/{y}.png\",\"zoom\":\"18\",\"source_type\":\"xyz\",\"raster_login\":\"hush\","   \
  "\"raster_password\":\"hush\"}}"

static const char aois_recorded[] =
    "[{\"id\":\"44444444-0000-4000-8000-000000000161\",\"status\":\"OK\",\"percentCompleted\":100,\"geometry\":{"
    "\"type\":\"Polygon\",\"coordinates\":[[[7.0765,49.3231],[7.0831,49.3231],[7.0831,49.3181],[7.0765,49.3231]]]},"
    "\"area\":270295,\"messages\":[]},{\"id\":\"44444444-0000-4000-8000-000000000162\",\"geometry\":{\"type\":"
    "\"MultiPolygon\",\"coordinates\":[[[[1,2],[3,2],[3,4],[1,2]]]]}},{\"geometry\":null}]";

#define MOSAIC_RECORDED                                                                                                \
  "{\"id\":\"" MOSAIC                                                                                                  \
  "\",\"rasterLayer\":{\"tileUrl\":\"https://app.mapflow.ai/c/{z}/{x}/{y}.png?uri=s3%3A%2F%2Fm\","                     \
  "\"tileJsonUrl\":\"https://app.mapflow.ai/c/tiles.json\"},\"tags\":[\"survey\",\"spring\"],\"name\":\"Aerial\","     \
  "\"created_at\":\"2026-03-15T10:30:00.226866Z\",\"footprint\":\"MULTIPOLYGON (((1 2, 3 2, 3 4, 1 2)))\","            \
  "\"sizeInBytes\":68417439,\"status_summary\":{\"total\":1,\"ready\":1,\"pending\":0,\"in_progress\":0,\"failed\":0," \
  "\"loading\":0}}"
static const char mosaic_spec[] = "{\"id\":\"" MOSAIC
                                  "\",\"name\":\"Aerial\",\"tags\":[],\"created_at\":\"2024-03-15T10:30:00Z\","
                                  "\"image_count\":15}";

#define IMAGE_RECORDED                                                                                                 \
  "{\"id\":\"" IMAGE "\",\"mosaic_id\":\"" MOSAIC                                                                      \
  "\",\"image_url\":\"s3://users-data/6ae7.tif\",\"preview_url_l\":"                                                   \
  "\"https://api.mapflow.ai/rest/rasters/image/1/preview/l\",\"preview_url_s\":"                                       \
  "\"https://api.mapflow.ai/rest/rasters/image/1/preview/s\",\"uploaded_at\":\"2026-03-15T10:35:00.122099Z\","         \
  "\"file_size\":68417439,\"footprint\":\"POLYGON ((1 2, 3 2, 3 4, 1 2))\",\"filename\":\"ortho.tif\",\"checksum\":"   \
  "\"9d2d9e9b\",\"meta_data\":{\"crs\":\"EPSG:32631\",\"count\":3,\"width\":5589,\"dtypes\":[\"uint8\",\"uint8\","     \
  "\"uint8\"],\"height\":4079,\"nodata\":null,\"pixel_size\":[0.3,0.4]},\"cog_link\":null,\"available_for_download\":" \
  "true,\"state\":\"READY\"}"

#define CATALOG_IMAGE                                                                                                 \
  "{\"id\":\"SCN_1\",\"satId\":\"SAT-5\",\"footprint\":{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[1,1],"    \
  "[0,0]]]},\"pixelResolution\":0.708,\"acquisitionDate\":\"2025-04-02T15:00:53Z\",\"productType\":\"OPTICAL\","      \
  "\"cloudCover\":12.5,\"offNadirAngle\":-3.91,\"previewType\":\"png\",\"previewUrl\":\"https://example.com/p.png\"," \
  "\"providerName\":\"Roscosmos\",\"zoom\":null,\"isNew\":null}"

static const char stats_recorded[] =
    "{\"results\":[{\"projectName\":\"Test\",\"name\":\"test_proc\",\"email\":\"anna@example.com\",\"area\":536680,"
    "\"cost\":0,\"created\":\"2025-02-24T13:34:34.640553Z\",\"completionDate\":\"2025-02-24T13:35:31.327948Z\","
    "\"status\":\"OK\",\"percentCompleted\":100,\"archived\":false,\"dataProvider\":null,\"linkToMap\":"
    "\"https://app.mapflow.ai/projects/" PROJECT "/processings/" PROCESSING
    "\",\"scenario\":\"Buildings\"}],\"total\":1,\"count\":1,\"totalCost\":0,\"totalArea\":536680}";

#endif
