/* Documents with every member that the recorded answers have, values made up: what new objects begin as. */
#include "mapflow.h"

static const char user[] =
    "{\"id\":\"\",\"email\":\"\",\"processedArea\":11237452813,\"remainingArea\":0,\"remainingCredits\":0,"
    "\"areaLimit\":25000000,\"templateAreaLimit\":125000000,\"searchAreaLimit\":10000000000,"
    "\"maxAoisPerProcessing\":10,\"memoryLimit\":10737418240,\"billingType\":\"CREDITS\",\"models\":[],"
    "\"teams\":[{\"teamId\":\"a6000000-0000-4000-8000-000000000006\",\"name\":\"My Team\",\"role\":\"OWNER\","
    "\"activeUntil\":null,\"creditsLimit\":null}],\"dataProviders\":["
    "{\"id\":\"5d000000-0000-4000-8000-000000000005\",\"name\":\"Mapbox\",\"displayName\":\"🌎 Mapbox Satellite\","
    "\"previewUrl\":\"https://example.com/tiles/{z}/{x}/{y}.png\",\"previewUrlMaxZoom\":19,\"webPreviewUrl\":null,"
    "\"webPreviewUrlMaxZoom\":null,\"price\":[{\"zoom\":18,\"priceSqKm\":1.2}],\"sourceType\":\"xyz\","
    "\"description\":null,\"minAreaSqkm\":null,\"nominalZoom\":18,\"connectionLimit\":null},"
    "{\"id\":\"5d000000-0000-4000-8000-000000000006\",\"name\":\"arcgis_world_imagery\",\"displayName\":\"ArcGIS\","
    "\"previewUrl\":null,\"previewUrlMaxZoom\":null,\"webPreviewUrl\":null,\"webPreviewUrlMaxZoom\":null,\"price\":[],"
    "\"sourceType\":\"xyz\",\"description\":\"World imagery\",\"minAreaSqkm\":null,\"nominalZoom\":18,"
    "\"connectionLimit\":null},"
    "{\"id\":\"5d000000-0000-4000-8000-000000000007\",\"name\":\"Pleiades\",\"displayName\":\"Pleiades 0.5 m\","
    "\"previewUrl\":null,\"previewUrlMaxZoom\":null,\"webPreviewUrl\":null,\"webPreviewUrlMaxZoom\":null,\"price\":["
    "{\"zoom\":17,\"priceSqKm\":8.25},{\"zoom\":18,\"priceSqKm\":12.5}],\"sourceType\":\"tms\",\"description\":null,"
    "\"minAreaSqkm\":5.0,\"nominalZoom\":18,\"connectionLimit\":4}],"
    "\"searchDataProviders\":[{\"id\":\"5d000000-0000-4000-8000-000000000008\",\"name\":\"Roscosmos\","
    "\"displayName\":\"Roscosmos\",\"previewUrl\":null,\"previewUrlMaxZoom\":null,\"webPreviewUrl\":null,"
    "\"webPreviewUrlMaxZoom\":null,\"price\":[],\"sourceType\":\"local\",\"description\":null,\"minAreaSqkm\":1.0,"
    "\"nominalZoom\":null,\"connectionLimit\":null}],\"reviewWorkflowEnabled\":false,\"isAdmin\":false,"
    "\"isCustomer\":true,\"teamBalance\":null,\"personalBalance\":0,\"emailNotificationsEnabled\":true,\"invites\":[],"
    "\"sentInvites\":[],\"minGsdMeters\":null,\"allowedServices\":[{\"id\":\"s1\",\"name\":\"imagery-search\","
    "\"enabled\":true}]}";

static const char project[] =
    "{\"id\":\"\",\"name\":\"\",\"description\":null,\"progress\":{\"status\":\"UNPROCESSED\",\"percentCompleted\":0,"
    "\"details\":[],\"completionDate\":null,\"estimate\":null},\"aoiCount\":0,\"aoiArea\":0,\"area\":0,\"user\":{"
    "\"id\":\"\",\"email\":\"\",\"role\":\"USER\",\"areaLimit\":25000000,\"aoiAreaLimit\":25000000,"
    "\"templateAreaLimit\":125000000,\"processedArea\":11237452813,\"created\":\"2021-05-06T12:24:29.811317Z\","
    "\"updated\":\"2026-06-19T06:35:41.309916Z\",\"isPremium\":true,\"reviewWorkflowEnabled\":false,"
    "\"isCustomer\":true},\"shareProject\":{\"owners\":[],\"users\":[],\"isCustomer\":true},\"isDefault\":false,"
    "\"created\":\"2026-02-10T11:40:36.979799Z\",\"updated\":\"2026-02-20T11:40:37.174455Z\",\"workflowDefs\":[],"
    "\"displayProperties\":null,\"migratedFromMapflow\":false,\"teamId\":null,\"processingCounts\":{\"total\":0,"
    "\"succeeded\":0,\"failed\":0,\"refunded\":0,\"canceled\":0},\"templatesCount\":0,\"starred\":false}";

static const char processing[] =
    "{\"id\":\"\",\"name\":\"\",\"description\":null,\"projectId\":\"\",\"vectorLayer\":{\"id\":\"\",\"name\":\"\","
    "\"tileJsonUrl\":\"\",\"tileUrl\":\"\"},\"currentRevision\":null,\"rasterLayer\":{"
    "\"id\":\"22222222-0000-4000-8000-000000000122\",\"tileJsonUrl\":"
    "\"https://app.mapflow.ai/api/v0/cogs/tiles.json?uri=s3%3A%2F%2Fwhite-maps-rasters%2Fabc\",\"tileUrl\":"
    "\"https://app.mapflow.ai/api/v0/cogs/tiles/{z}/{x}/{y}.png?uri=s3%3A%2F%2Fwhite-maps-rasters%2Fabc\"},"
    "\"resultRasterLayer\":null,\"workflowDef\":{},\"aoiCount\":0,\"aoiArea\":0,\"area\":0,\"cost\":0,"
    "\"status\":\"UNPROCESSED\",\"reviewStatus\":null,\"rating\":null,\"percentCompleted\":0,\"params\":{"
    "\"sourceParams\":{\"imagerySearch\":null,\"myImagery\":null,\"dataProvider\":{\"providerName\":\"Mapbox\","
    "\"zoom\":19},\"userDefined\":null},\"inferenceParams\":null},\"blocks\":[],\"meta\":{},\"messages\":[],"
    "\"created\":\"2026-02-10T10:30:00.781909Z\",\"updated\":\"2026-02-10T10:45:00.248063Z\"}";

static const char image[] =
    "{\"id\":\"\",\"mosaic_id\":\"\",\"image_url\":\"\",\"preview_url_l\":\"\",\"preview_url_s\":\"\","
    "\"uploaded_at\":\"2026-03-15T10:35:00.122099Z\",\"file_size\":0,"
    "\"footprint\":\"POLYGON ((1.96 48.77, 1.99 48.77, 1.99 48.76, 1.96 48.76, 1.96 48.77))\",\"filename\":\"\","
    "\"checksum\":\"\",\"meta_data\":{\"crs\":\"EPSG:32631\",\"count\":3,\"width\":5589,"
    "\"dtypes\":[\"uint8\",\"uint8\",\"uint8\"],\"height\":4079,\"nodata\":null,"
    "\"pixel_size\":[0.3000000000000021,0.3000000000000457]},\"cog_link\":null,\"available_for_download\":true,"
    "\"state\":\"READY\"}";

struct json_object *mapflow_user_document(void) {
  return mapflow_parse(user);
}

struct json_object *mapflow_processing_document(void) {
  return mapflow_parse(processing);
}

struct json_object *mapflow_image_document(void) {
  return mapflow_parse(image);
}

struct json_object *mapflow_project_document(const struct sandbox_mapflow *mapflow, int owner) {
  const struct mapflow_account *account = &mapflow->accounts[owner];
  struct json_object *document = mapflow_parse(project), *share = json_object_new_object();
  mapflow_set_text(mapflow_get(document, "user"), "id", account->id);
  mapflow_set_text(mapflow_get(document, "user"), "email", account->email);
  mapflow_set_text(share, "projectId", "");
  mapflow_set_text(share, "role", "owner");
  mapflow_set_text(share, "userId", account->id);
  mapflow_set_text(share, "email", account->email);
  json_object_array_add(mapflow_get(mapflow_get(document, "shareProject"), "owners"), share);
  mapflow_set(document, "workflowDefs", json_object_get(mapflow->models));
  return document;
}
