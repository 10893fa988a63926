/* What a processing is asked to do, checked as the real server checks it, and what that costs. */
#include <math.h>

#include "mapflow.h"

enum { LARGEST_AREA = 25000000, MOST_AOIS = 10 };

/* The model by "wdId" or, where a call takes it, by "wdName". */
static bool take_model(struct mapflow_request *request, bool by_name, struct mapflow_order *order) {
  const char *id, *name = NULL;
  if (!mapflow_take_text(request, "wdId", &id) || (by_name && !mapflow_take_text(request, "wdName", &name)))
    return false;
  if (!id && !name)
    return mapflow_need_text(request, "wdId", &id);
  if (id && !mapflow_is_id(id)) {
    mapflow_refuse_body(request, "Got value '\"%.80s\"' with wrong type, expecting UUID at 'wdId'", id);
    return false;
  }
  order->model = mapflow_model(request->mapflow, id ? id : name);
  if (!order->model)
    mapflow_refuse(request, 400, "BAD_REQUEST", NULL, "Workflow definition %s not found", id ? id : name);
  return order->model != NULL;
}

static struct json_object *find_by_name(const struct json_object *array, const char *name) {
  for (size_t i = 0; i < json_object_array_length(array); i++)
    if (strcmp(mapflow_text(json_object_array_get_idx(array, i), "name"), name) == 0)
      return json_object_array_get_idx(array, i);
  return NULL;
}

/* Blocks of the request become blocks of the processing, and their prices count. */
static bool take_blocks(struct mapflow_request *request, struct mapflow_order *order) {
  struct json_object *wished;
  if (!mapflow_take_type(request, "blocks", json_type_array, &wished))
    return false;
  order->blocks = json_object_new_array();
  for (size_t i = 0; wished && i < json_object_array_length(wished); i++) {
    const struct json_object *item = json_object_array_get_idx(wished, i);
    const char *name = mapflow_text(item, "name");
    if (!*name || !json_object_is_type(mapflow_get(item, "enabled"), json_type_boolean)) {
      mapflow_refuse_body(request, "Attempt to decode value on failed cursor at 'blocks[%zu].%s'", i,
                          *name ? "enabled" : "name");
      return false;
    }
    const struct json_object *block = find_by_name(mapflow_get(order->model, "blocks"), name);
    if (!block) {
      mapflow_refuse(request, 400, "BAD_REQUEST", NULL, "Block %s is not found in workflow definition", name);
      return false;
    }
    const bool enabled = json_object_get_boolean(mapflow_get(item, "enabled"));
    order->price += enabled ? mapflow_real(block, "price", 0) : 0;
    struct json_object *shown = json_object_new_object();
    mapflow_set_text(shown, "name", name);
    mapflow_set(shown, "enabled", json_object_new_boolean(enabled));
    mapflow_set_text(shown, "displayName", mapflow_text(block, "displayName"));
    json_object_array_add(order->blocks, shown);
  }
  return true;
}

/* The price of the zoom level, else of the provider's first one. */
static double provider_price(const struct json_object *provider, double zoom) {
  const struct json_object *prices = mapflow_get(provider, "price");
  const size_t count = json_object_array_length(prices);
  for (size_t i = 0; i < count; i++)
    if (mapflow_real(json_object_array_get_idx(prices, i), "zoom", -1) == zoom)
      return mapflow_real(json_object_array_get_idx(prices, i), "priceSqKm", 0);
  return count ? mapflow_real(json_object_array_get_idx(prices, 0), "priceSqKm", 0) : 0;
}

static bool take_provider(struct mapflow_request *request, const struct json_object *source,
                          struct mapflow_order *order) {
  const char *name = mapflow_text(source, "providerName");
  struct json_object *user = mapflow_user_document();
  const struct json_object *provider = find_by_name(mapflow_get(user, "dataProviders"), name);
  const double least = provider ? mapflow_real(provider, "minAreaSqkm", 0) : 0, area = order->area / 1e6;
  bool good = false;
  if (!*name)
    mapflow_refuse_body(request, "Attempt to decode value on failed cursor at 'params.sourceParams.providerName'");
  else if (!provider)
    mapflow_refuse(request, 400, "BAD_REQUEST", NULL, "Data provider %s not found", name);
  else if (area < least) {
    struct json_object *params = json_object_new_object();
    char text[32];
    snprintf(text, sizeof text, "%g", area);
    mapflow_set_text(params, "aoiArea", text);
    mapflow_set_text(params, "providerName", name);
    snprintf(text, sizeof text, "%g", least);
    mapflow_set_text(params, "providerMinArea", text);
    mapflow_refuse(request, 400, "ProviderMinAreaError", params,
                   "AOI area %g sq.km is smaller than minimal area %g sq.km of %s", area, least, name);
  } else {
    order->price += provider_price(provider, mapflow_real(source, "zoom", mapflow_real(provider, "nominalZoom", 0)));
    good = true;
  }
  json_object_put(user);
  return good;
}

static bool take_own_imagery(struct mapflow_request *request, const struct json_object *source,
                             struct mapflow_order *order) {
  (void)order;
  const struct json_object *ids = mapflow_get(source, "imageIds");
  const char *mosaic = mapflow_text(source, "mosaicId");
  const size_t count = json_object_is_type(ids, json_type_array) ? json_object_array_length(ids) : 0;
  if (count == 0 && !*mosaic) {
    mapflow_refuse_body(request, "Attempt to decode value on failed cursor at 'params.sourceParams.imageIds'");
    return false;
  }
  if (*mosaic && !mapflow_take(request, &request->mapflow->mosaics, "mosaic", mosaic))
    return false;
  for (size_t i = 0; i < count; i++) {
    const char *id = json_object_get_string(json_object_array_get_idx(ids, i));
    const struct mapflow_object *image = mapflow_take(request, &request->mapflow->images, "image", id);
    if (!image)
      return false;
    if (strcmp(mapflow_text(image->document, "state"), "READY") != 0) {
      mapflow_refuse(request, 400, "BAD_REQUEST", NULL, "Image %s is not ready", id);
      return false;
    }
  }
  return true;
}

static bool take_search(struct mapflow_request *request, const struct json_object *source,
                        struct mapflow_order *order) {
  (void)order;
  const struct json_object *ids = mapflow_get(source, "imageIds");
  const bool named = *mapflow_text(source, "dataProvider");
  if (named && json_object_is_type(ids, json_type_array) && json_object_array_length(ids) > 0)
    return true;
  mapflow_refuse_body(request, "Attempt to decode value on failed cursor at 'params.sourceParams.%s'",
                      named ? "imageIds" : "dataProvider");
  return false;
}

static bool take_tiles(struct mapflow_request *request, const struct json_object *source, struct mapflow_order *order) {
  static const char *const types[] = {"XYZ", "TMS", "QUADKEY", "SENTINEL_L2A", "LOCAL"};
  (void)order;
  const char *type = mapflow_text(source, "sourceType");
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
    if (strcmp(type, types[i]) == 0 && *mapflow_text(source, "url"))
      return true;
  if (!*type || (*type && !*mapflow_text(source, "url")))
    mapflow_refuse_body(request, "Attempt to decode value on failed cursor at 'params.sourceParams.%s'",
                        *type ? "url" : "sourceType");
  else
    mapflow_refuse_body(request, "Enum value '%s' is unknown at 'params.sourceParams.sourceType'", type);
  return false;
}

/* Of the four kinds of sources there must be one. */
static bool take_source(struct mapflow_request *request, bool is_needed, struct mapflow_order *order) {
  static const struct {
    const char *name;
    bool (*take)(struct mapflow_request *, const struct json_object *, struct mapflow_order *);
  } kinds[] = {{"imagerySearch", take_search},
               {"myImagery", take_own_imagery},
               {"dataProvider", take_provider},
               {"userDefined", take_tiles}};
  struct json_object *params, *shown = json_object_new_object();
  if (!mapflow_take_type(request, "params", json_type_object, &params)) {
    json_object_put(shown);
    return false;
  }
  const struct json_object *sources = mapflow_get(params, "sourceParams");
  size_t count = 0, chosen = 0;
  for (size_t i = 0; i < 4; i++) {
    struct json_object *source = mapflow_get(sources, kinds[i].name);
    mapflow_set(shown, kinds[i].name, json_object_get(source));
    chosen = source ? i : chosen;
    count += source != NULL;
  }
  order->params = json_object_new_object();
  mapflow_set(order->params, "sourceParams", shown);
  mapflow_set(order->params, "inferenceParams", json_object_get(mapflow_get(params, "inferenceParams")));
  if (count == 1)
    return kinds[chosen].take(request, mapflow_get(sources, kinds[chosen].name), order);
  if (count == 0 && !is_needed)
    return true;
  if (!sources)
    mapflow_refuse_body(request, "Attempt to decode value on failed cursor at '%s'",
                        params ? "params.sourceParams" : "params");
  else
    mapflow_refuse(request, 400, "BAD_REQUEST", NULL, "Exactly one of the source params should be specified");
  return false;
}

/* The sum of the areas is limited, and so is the box around each of them. */
static bool take_area(struct mapflow_request *request, struct mapflow_order *order) {
  double largest = order->area;
  for (size_t i = 0; order->geometry && i < mapflow_polygon_count(order->geometry); i++) {
    const struct mapflow_box box = mapflow_polygon_box(mapflow_polygon(order->geometry, i));
    largest = fmax(largest, mapflow_box_area(&box));
  }
  if (largest > LARGEST_AREA) {
    struct json_object *params = json_object_new_object();
    char text[32];
    snprintf(text, sizeof text, "%.0f", largest);
    mapflow_set_text(params, "area", text);
    snprintf(text, sizeof text, "%d", LARGEST_AREA);
    mapflow_set_text(params, "aoiAreaLimit", text);
    mapflow_refuse(request, 400, "TOO_LARGE_PROCESSING", params,
                   "Processings larger than %d sq.m. are prohibited. Area: %.0f", LARGEST_AREA, largest);
    return false;
  }
  if (order->geometry && mapflow_polygon_count(order->geometry) > MOST_AOIS) {
    mapflow_refuse(request, 400, "BAD_REQUEST", NULL, "Number of AOIs should not be greater than %d", MOST_AOIS);
    return false;
  }
  return true;
}

static bool take_ground(struct mapflow_request *request, bool by_area, struct mapflow_order *order) {
  struct json_object *geometry;
  double square_km = 0;
  if (!mapflow_take_type(request, "geometry", json_type_object, &geometry) ||
      (by_area && !mapflow_take_number(request, "areaSqKm", &square_km)))
    return false;
  if (!geometry && !(by_area && mapflow_get(request->body, "areaSqKm"))) {
    mapflow_refuse_body(request, "Attempt to decode value on failed cursor at 'geometry'");
    return false;
  }
  const char *problem = geometry ? mapflow_geometry_problem(geometry) : NULL;
  if (problem) {
    mapflow_refuse(request, 400, "BAD_REQUEST", NULL, "Invalid geometry: %s", problem);
    return false;
  }
  order->geometry = geometry;
  order->area = geometry ? mapflow_geometry_area(geometry) : square_km * 1e6;
  if (order->area > 0)
    return take_area(request, order);
  mapflow_refuse(request, 400, "BAD_REQUEST", NULL, "Area should be greater than 0");
  return false;
}

bool mapflow_take_order(struct mapflow_request *request, bool starts, struct mapflow_order *order) {
  *order = (struct mapflow_order){0};
  if (!take_model(request, starts, order))
    return false;
  order->price = mapflow_real(order->model, "pricePerSqKm", 0);
  if (!take_ground(request, !starts, order) || !take_blocks(request, order) || !take_source(request, starts, order))
    return false;
  order->cost = ceil(order->area / 1e6) * order->price;
  return true;
}

void mapflow_order_clear(struct mapflow_order *order) {
  json_object_put(order->model);
  json_object_put(order->blocks);
  json_object_put(order->params);
}

/* A bare number. The guide's are whole. */
static void calculate(struct mapflow_request *request) {
  struct mapflow_order order;
  if (mapflow_take_order(request, false, &order)) {
    const bool whole = request->mapflow->wishes.shape == MAPFLOW_SPEC;
    sandbox_print(request->response, "%.10g", whole ? ceil(order.cost) : order.cost);
  }
  mapflow_order_clear(&order);
}

struct mapflow_routes mapflow_cost_routes(void) {
  static const struct mapflow_route routes[] = {
      {"POST", "/processing/cost/v2", calculate, MAPFLOW_JSON},
  };
  return (struct mapflow_routes){routes, sizeof routes / sizeof routes[0]};
}
