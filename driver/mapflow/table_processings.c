/* Projects, processings, their AOIs, history, version. Source: spec; facts 2.2, 2.3, 7.2 to 7.4, 7.6. */
#include "mapflow/table_columns.h"

#define SOURCE "params/sourceParams/"

static const struct osmflow_mapflow_column project_columns[] = {
    TEXT("id", "id"),
    TEXT_CHANGES("name", "name"),
    TEXT_CHANGES("description", "description"),
    BOOLEAN("is_default", "isDefault"),
    TEXT("status", "progress/status"),
    INTEGER("percent_completed", "progress/percentCompleted"),
    TIME("completed", "progress/completionDate"),
    REAL("area", "area"),
    REAL("aoi_area", "aoiArea"),
    INTEGER("aoi_count", "aoiCount"),
    INTEGER("processings", "processingCounts/total"),
    INTEGER("processings_succeeded", "processingCounts/succeeded"),
    INTEGER("processings_failed", "processingCounts/failed"),
    INTEGER("processings_refunded", "processingCounts/refunded"),
    INTEGER("processings_cancelled", "processingCounts/canceled|processingCounts/cancelled"),
    INTEGER("templates", "templatesCount"),
    BOOLEAN("starred", "starred"),
    TEXT("owner", "user/email|shareProject/owners/0/email"),
    REAL("aoi_area_limit", "user/aoiAreaLimit"),
    JSON("shared_with", "shareProject/users"),
    TEXT("team_id", "teamId"),
    JSON("models", ":names workflowDefs"),
    JSON("progress", "progress/details"),
    TIME("created", "created"),
    TIME("updated", "updated"),
};

static const struct osmflow_mapflow_push project_pushes[] = {
    {OSMFLOW_MAPFLOW_PUSH_LIKE, "name", "filter"},
    {OSMFLOW_MAPFLOW_PUSH_SORT, "name", "NAME"},
    {OSMFLOW_MAPFLOW_PUSH_SORT, "created", "CREATED"},
    {OSMFLOW_MAPFLOW_PUSH_SORT, "updated", "UPDATED"},
};

static const struct osmflow_mapflow_schema projects[] = {{.layer = "projects",
                                                          .rows = "results|projects",
                                                          .id_place = "id",
                                                          COLUMNS(project_columns),
                                                          PUSHES(project_pushes),
                                                          .kind = "project"}};
static const struct osmflow_mapflow_schema project[] = {
    {.layer = "project", .rows = "", .id_place = "id", COLUMNS(project_columns), .kind = "project"}};

static const struct osmflow_mapflow_column processing_columns[] = {
    TEXT("id", "id"),
    TEXT_CHANGES("name", "name"),
    TEXT_CHANGES("description", "description"),
    TEXT("status", "status"),
    INTEGER("percent_completed", "percentCompleted"),
    REAL("area", "area"),
    REAL("aoi_area", "aoiArea"),
    INTEGER("aoi_count", "aoiCount"),
    REAL("cost", "cost"),
    TEXT_CHANGES("project_id", "projectId"),
    TEXT_CREATES("model_id", "workflowDef/id|wdId"),
    TEXT_CREATES("model", "workflowDef/displayName|workflowDef/name|wdName|scenario"),
    TEXT("source", ":source"),
    TEXT_CREATES("provider", SOURCE "dataProvider/providerName|" SOURCE
                                    "imagerySearch/dataProvider|params/dataProvider/providerName|params/data_provider"),
    INTEGER_CREATES("zoom", SOURCE "dataProvider/zoom|" SOURCE "imagerySearch/zoom|" SOURCE "userDefined/zoom|params/"
                                   "dataProvider/zoom|params/zoom"),
    TEXT_CREATES("mosaic_id", SOURCE "myImagery/mosaicId|params/myImagery/mosaicId"),
    JSON_CREATES("image_ids", SOURCE "myImagery/imageIds|" SOURCE "imagerySearch/imageIds|params/myImagery/imageIds"),
    TEXT_CREATES("source_type", SOURCE "userDefined/sourceType|params/userDefined/sourceType|params/source_type"),
    TEXT_CREATES("source_url", SOURCE "userDefined/url|params/userDefined/url|params/url"),
    TEXT_CREATES("source_crs", SOURCE "userDefined/crs|params/userDefined/crs|params/crs|params/projection"),
    JSON("params", "params"),
    JSON_CREATES("blocks", "blocks"),
    JSON("messages", "messages"),
    TEXT("messages_text", ":messages messages"),
    INTEGER("rating", "rating/rating|rating"),
    TEXT("feedback", "rating/feedback"),
    TEXT("review_status", "reviewStatus/reviewStatus|:text reviewStatus"),
    TIME("in_review_until", "reviewStatus/inReviewUntil"),
    INTEGER("revision", "currentRevision"),
    TEXT("tile_url", "vectorLayer/tileUrl"),
    TEXT("tilejson_url", "vectorLayer/tileJsonUrl"),
    TEXT("raster_tile_url", "rasterLayer/tileUrl"),
    TEXT("raster_tilejson_url", "rasterLayer/tileJsonUrl"),
    TEXT("result_raster_tile_url", "resultRasterLayer/tileUrl"),
    TEXT("gdal_raster", ":tiles rasterLayer/tileUrl"),
    TEXT("gdal_result_raster", ":tiles resultRasterLayer/tileUrl"),
    TEXT("gdal_result", ":result"),
    TIME("created", "created"),
    TIME("updated", "updated"),
    JSON_CREATES("meta", "meta"),
};

static const struct osmflow_mapflow_push processing_pushes[] = {
    {OSMFLOW_MAPFLOW_PUSH_LIKE, "name", "terms"},        {OSMFLOW_MAPFLOW_PUSH_SORT, "model", "SCENARIO"},
    {OSMFLOW_MAPFLOW_PUSH_SORT, "name", "NAME"},         {OSMFLOW_MAPFLOW_PUSH_SORT, "created", "CREATED"},
    {OSMFLOW_MAPFLOW_PUSH_SORT, "status", "STATUS"},     {OSMFLOW_MAPFLOW_PUSH_SORT, "percent_completed", "PROGRESS"},
    {OSMFLOW_MAPFLOW_PUSH_SORT, "cost", "COST"},         {OSMFLOW_MAPFLOW_PUSH_SORT, "area", "AREA"},
    {OSMFLOW_MAPFLOW_PUSH_SORT, "provider", "PROVIDER"},
};

#define PROCESSING_PARTS                                                                     \
  .geometry = OSMFLOW_GEOMETRY_MULTIPOLYGON, .geometry_place = "geometry", .id_place = "id", \
  COLUMNS(processing_columns), .kind = "processing"

static const struct osmflow_mapflow_schema project_processings[] = {
    {.layer = "processings", .rows = "results|processings", PROCESSING_PARTS, PUSHES(processing_pushes)}};
static const struct osmflow_mapflow_schema processings[] = {
    {.layer = "processings", .rows = "results|processings", PROCESSING_PARTS}};
static const struct osmflow_mapflow_schema processing[] = {{.layer = "processing", .rows = "", PROCESSING_PARTS}};

static const struct osmflow_mapflow_column aoi_columns[] = {
    TEXT("id", "id"),     TEXT("status", "status"),     INTEGER("percent_completed", "percentCompleted"),
    REAL("area", "area"), JSON("messages", "messages"), TEXT("messages_text", ":messages messages"),
};

static const struct osmflow_mapflow_schema aois[] = {{.layer = "aois",
                                                      .rows = "results|aois",
                                                      .geometry = OSMFLOW_GEOMETRY_MULTIPOLYGON,
                                                      .geometry_place = "geometry",
                                                      .id_place = "id",
                                                      COLUMNS(aoi_columns)}};

static const struct osmflow_mapflow_column stats_columns[] = {
    TEXT("processing_id", "id|processingId|:last linkToMap"),
    TEXT("name", "name"),
    TEXT("project_name", "projectName"),
    TEXT("project_id", "projectId|:behind projects linkToMap"),
    TEXT("email", "email"),
    TEXT("status", "status"),
    INTEGER("percent_completed", "percentCompleted"),
    REAL("area", "area"),
    REAL("cost", "cost"),
    TEXT("model", "scenario"),
    TEXT("provider", "dataProvider"),
    BOOLEAN("archived", "archived"),
    TIME("created", "created"),
    TIME("completed", "completionDate"),
    TEXT("link_to_map", "linkToMap"),
    JSON("other", "other"),
};

static const struct osmflow_mapflow_push stats_pushes[] = {
    {OSMFLOW_MAPFLOW_PUSH_EQUAL, "status", "status"},
    {OSMFLOW_MAPFLOW_PUSH_SORT, "created", "created"},
};

static const struct osmflow_mapflow_schema stats[] = {
    {.layer = "stats", .rows = "results", COLUMNS(stats_columns), PUSHES(stats_pushes)}};

static const struct osmflow_mapflow_column version_columns[] = {TEXT("version", "version")};
static const struct osmflow_mapflow_schema version[] = {{.layer = "version", .rows = "", COLUMNS(version_columns)}};

static const struct osmflow_mapflow_table_class classes[] = {
    {.call = "version", .asking = OSMFLOW_MAPFLOW_ASK_WORD, .path = "version", .is_single = true, SCHEMAS(version)},
    {.call = "projects",
     .asking = OSMFLOW_MAPFLOW_ASK_PAGES,
     .path = "projects",
     .page_path = "projects/page",
     .search = "filter",
     SCHEMAS(projects)},
    {.call = "projects/default", .path = "projects/default", .is_single = true, SCHEMAS(project)},
    {.call = "projects/{id}", .path = "projects/*", .is_single = true, SCHEMAS(project)},
    {.call = "projects/{id}/processings",
     .asking = OSMFLOW_MAPFLOW_ASK_PAGES,
     .path = "projects/*/processings/v2",
     .page_path = "projects/*/processings/v2/page",
     .search = "terms",
     SCHEMAS(project_processings)},
    {.call = "processings", .path = "processings/v2", SCHEMAS(processings)},
    {.call = "processings/{id}", .path = "processings/*", .is_single = true, SCHEMAS(processing)},
    {.call = "processings/{id}/v2", .path = "processings/*/v2", .is_single = true, SCHEMAS(processing)},
    {.call = "processings/{id}/aois", .path = "processings/*/aois", SCHEMAS(aois)},
    {.call = "processings/stats",
     .asking = OSMFLOW_MAPFLOW_ASK_STATS,
     .page_path = "processings/stats",
     SCHEMAS(stats)},
};

const struct osmflow_mapflow_table_class *osmflow_mapflow_table_processings(size_t *count) {
  *count = COUNT_OF(classes);
  return classes;
}
