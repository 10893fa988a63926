/* user/status: the account and the lists that hang on it. Source: spec "Get user status"; facts 2.1, 7.1. */
#include "mapflow/table_columns.h"

static const struct osmflow_mapflow_column account_columns[] = {
    TEXT("id", "id|user/id"),
    TEXT("email", "email|user/email"),
    REAL("credits", "remainingCredits|user/remainingCredits|user/credits|credits"),
    TEXT("billing_type", "billingType|user/billingType"),
    REAL("processed_area", "processedArea|user/processedArea"),
    REAL("remaining_area", "remainingArea|user/remainingArea"),
    REAL("area_limit", "areaLimit|user/areaLimit"),
    REAL("template_area_limit", "templateAreaLimit|user/templateAreaLimit"),
    REAL("search_area_limit", "searchAreaLimit|user/searchAreaLimit"),
    INTEGER("max_aois_per_processing", "maxAoisPerProcessing|user/maxAoisPerProcessing"),
    BIG("storage_limit", "memoryLimit|user/memoryLimit"),
    REAL("team_balance", "teamBalance|user/teamBalance"),
    REAL("personal_balance", "personalBalance|user/personalBalance"),
    BOOLEAN("review_workflow", "reviewWorkflowEnabled|user/reviewWorkflowEnabled"),
    BOOLEAN("is_admin", "isAdmin|user/isAdmin"),
    BOOLEAN("is_customer", "isCustomer|user/isCustomer"),
    BOOLEAN("email_notifications", "emailNotificationsEnabled|user/emailNotificationsEnabled"),
    REAL("min_gsd", "minGsdMeters|user/minGsdMeters"),
    JSON("services", "allowedServices|user/allowedServices"),
    JSON("invites", "invites|user/invites"),
    JSON("sent_invites", "sentInvites|user/sentInvites"),
};

#define LOCAL "requirements/sources/local/required/"
#define XYZ "requirements/sources/xyz/required/"

static const struct osmflow_mapflow_column model_columns[] = {
    TEXT("id", "id"),
    TEXT("name", "name"),
    TEXT("display_name", "displayName|name"),
    TEXT("description", "description"),
    REAL("price_per_sq_km", "pricePerSqKm"),
    REAL("min_resolution", LOCAL "min_res"),
    REAL("max_resolution", LOCAL "max_res"),
    JSON("bands", LOCAL "nchannels"),
    INTEGER("min_zoom", XYZ "min_zoom"),
    INTEGER("max_zoom", XYZ "max_zoom"),
    JSON("optional_blocks", ":optional blocks"),
    JSON("blocks", "blocks"),
    JSON("requirements", "requirements"),
    TEXT("style", "styleName"),
    TIME("created", "created"),
    TIME("updated", "updated"),
};

static const struct osmflow_mapflow_column block_columns[] = {
    TEXT("model_id", "../../id"),    TEXT("model", "../../displayName|../../name"),
    TEXT("name", "name|:self"),      TEXT("display_name", "displayName|name|:self"),
    BOOLEAN("optional", "optional"), BOOLEAN("default_enabled", "defaultEnabled|enabled"),
    REAL("price", "price"),          TEXT("description", "description"),
};

static const struct osmflow_mapflow_column provider_columns[] = {
    TEXT("id", "id"),
    TEXT("name", "name"),
    TEXT("display_name", "displayName|name"),
    TEXT("description", "description"),
    TEXT("source_type", "sourceType"),
    INTEGER("nominal_zoom", "nominalZoom"),
    REAL("min_area_sq_km", "minAreaSqkm"),
    INTEGER("connection_limit", "connectionLimit"),
    TEXT("preview_url", "previewUrl"),
    INTEGER("preview_max_zoom", "previewUrlMaxZoom"),
    TEXT("web_preview_url", "webPreviewUrl"),
    INTEGER("web_preview_max_zoom", "webPreviewUrlMaxZoom"),
    TEXT("gdal_preview", ":tiles previewUrl"),
    JSON("prices", "price"),
};

static const struct osmflow_mapflow_column price_columns[] = {
    TEXT("provider_id", "../../id"), TEXT("provider", "../../displayName|../../name"), INTEGER("zoom", "zoom"),
    REAL("price_per_sq_km", "priceSqKm|pricePerSqKm")};

static const struct osmflow_mapflow_column team_columns[] = {
    TEXT("id", "teamId|id"),
    TEXT("name", "name"),
    TEXT("role", "role"),
    TIME("active_until", "activeUntil"),
    REAL("credits_limit", "creditsLimit"),
};

static const struct osmflow_mapflow_schema layers[] = {
    {.layer = "account", .rows = "", .id_place = "id|user/id", COLUMNS(account_columns)},
    {.layer = "models", .rows = "models|user/models", .id_place = "id", COLUMNS(model_columns)},
    {.layer = "blocks", .rows = "models/blocks|user/models/blocks", COLUMNS(block_columns)},
    {.layer = "data_providers",
     .rows = "dataProviders|user/dataProviders",
     .id_place = "id",
     COLUMNS(provider_columns)},
    {.layer = "provider_prices", .rows = "dataProviders/price|user/dataProviders/price", COLUMNS(price_columns)},
    {.layer = "search_data_providers",
     .rows = "searchDataProviders|user/searchDataProviders",
     .id_place = "id",
     COLUMNS(provider_columns)},
    {.layer = "teams", .rows = "teams|user/teams", .id_place = "teamId|id", COLUMNS(team_columns)},
};

static const struct osmflow_mapflow_table_class classes[] = {
    {.call = "user/status", .path = "user/status", .is_single = true, SCHEMAS(layers)}};

const struct osmflow_mapflow_table_class *osmflow_mapflow_table_account(size_t *count) {
  *count = COUNT_OF(classes);
  return classes;
}
