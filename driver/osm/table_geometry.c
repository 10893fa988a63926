/* Positions and dates in the forms that answers have them in. */
#include <stdio.h>

#include "base/number.h"
#include "osm/table_path.h"
#include "osm/table_rows.h"
#include "osm/table_value.h"

static enum osmflow_status refuse(const struct osmflow_table_source *source, const char *path, struct osmflow_text text,
                                  struct osmflow_error *error) {
  const int size = (int)(text.size < 80 ? text.size : 80);
  return osmflow_error_set(error, OSMFLOW_BAD_DATA, "%s: %s is \"%.*s\", which is not a position in degrees",
                           source->layers[source->layer].schema.layer, path, size, text.data);
}

/* The degrees at one place; *found is false when nothing is there. Places with an odd number are latitudes. */
static enum osmflow_status read_degrees(const struct osmflow_table_source *source, size_t number, bool *found,
                                        int32_t *degrees, struct osmflow_error *error) {
  const struct osmflow_table_place *place = &source->layers[source->layer].places[number];
  const char *path = source->is_json && place->json ? place->json : place->xml;
  const struct osmflow_tree_node *node = osmflow_table_find(source->node, path);
  const int32_t most = (number % 2 ? 90 : 180) * OSMFLOW_DEGREE;
  *found = node && node->kind != OSMFLOW_TREE_NULL;
  if (!*found)
    return OSMFLOW_OK;
  if (!osmflow_parse_degrees(osmflow_text_trim(node->text), degrees) || *degrees > most || *degrees < -most)
    return refuse(source, path, node->text, error);
  return OSMFLOW_OK;
}

/* "51.0 0.1": latitude first, as GeoRSS has it. */
static enum osmflow_status read_pair(const struct osmflow_table_source *source, bool *found,
                                     struct osmflow_position *position, struct osmflow_error *error) {
  const char *path = source->layers[source->layer].places[2].xml;
  const struct osmflow_tree_node *node = osmflow_table_find(source->node, path);
  struct osmflow_text rest, lat;
  *found = node;
  if (!node)
    return OSMFLOW_OK;
  rest = osmflow_text_trim(node->text);
  if (!osmflow_text_next(&rest, ' ', &lat) || !osmflow_parse_degrees(lat, &position->lat) ||
      !osmflow_parse_degrees(osmflow_text_trim(rest), &position->lon) || position->lat > 90 * OSMFLOW_DEGREE ||
      position->lat < -90 * OSMFLOW_DEGREE)
    return refuse(source, path, node->text, error);
  return OSMFLOW_OK;
}

static enum osmflow_status read_point(struct osmflow_table *table, const struct osmflow_table_source *source,
                                      struct osmflow_error *error) {
  struct osmflow_position position = {0, 0};
  bool has_lon = false, has_lat = false, found = false;
  enum osmflow_status status = read_degrees(source, 0, &has_lon, &position.lon, error);
  if (status == OSMFLOW_OK)
    status = read_degrees(source, 1, &has_lat, &position.lat, error);
  found = has_lon && has_lat;
  if (status == OSMFLOW_OK && !found && source->layers[source->layer].position == OSMFLOW_TABLE_LAT_LON)
    status = read_pair(source, &found, &position, error);
  return status == OSMFLOW_OK && found ? osmflow_table_set_point(&table->layers[source->layer], position, error)
                                       : status;
}

static enum osmflow_status read_bounds(struct osmflow_table *table, const struct osmflow_table_source *source,
                                       struct osmflow_error *error) {
  struct osmflow_table_rows *rows = &table->layers[source->layer];
  int32_t degrees[4] = {0, 0, 0, 0};
  bool found = true;
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && found && i < 4; i++)
    status = read_degrees(source, i, &found, &degrees[i], error);
  if (status != OSMFLOW_OK || !found)
    return status;
  const struct osmflow_position corners[] = {{degrees[0], degrees[1]},
                                             {degrees[2], degrees[1]},
                                             {degrees[2], degrees[3]},
                                             {degrees[0], degrees[3]},
                                             {degrees[0], degrees[1]}};
  status = osmflow_table_add_part(rows, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < sizeof corners / sizeof corners[0]; i++)
    status = osmflow_table_add_position(rows, corners[i], error);
  return status;
}

enum osmflow_status osmflow_table_read_geometry(struct osmflow_table *table, const struct osmflow_table_source *source,
                                                struct osmflow_error *error) {
  switch (source->layers[source->layer].position) {
    case OSMFLOW_TABLE_NOWHERE:
      break;
    case OSMFLOW_TABLE_LON_LAT:
    case OSMFLOW_TABLE_LAT_LON:
      return read_point(table, source, error);
    case OSMFLOW_TABLE_BOUNDS:
      return read_bounds(table, source, error);
  }
  return OSMFLOW_OK;
}

bool osmflow_table_parse_feed_time(struct osmflow_text text, int64_t *seconds) {
  static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  struct osmflow_text part[5], rest = text;
  size_t count = 0;
  while (count < 5 && osmflow_text_next(&rest, ' ', &part[count]))
    if (part[count].size > 0 && part[count].data[part[count].size - 1] != ',')
      count++;
  if (count != 5 || rest.data || part[0].size > 2 || part[1].size != 3 || part[2].size != 4 || part[3].size != 8 ||
      part[4].size > 5)
    return false;
  size_t month = 0;
  while (month < 12 && memcmp(months + 3 * month, part[1].data, 3) != 0)
    month++;
  const bool is_utc = osmflow_text_is(part[4], "GMT") || osmflow_text_is(part[4], "UTC");
  char iso[64];
  const int size =
      snprintf(iso, sizeof iso, "%.*s-%02zu-%s%.*sT%.*s%.*s", OSMFLOW_TEXT_ARGUMENTS(part[2]), month + 1,
               part[0].size == 1 ? "0" : "", OSMFLOW_TEXT_ARGUMENTS(part[0]), OSMFLOW_TEXT_ARGUMENTS(part[3]),
               is_utc ? 1 : (int)part[4].size, is_utc ? "Z" : part[4].data);
  return osmflow_parse_time((struct osmflow_text){iso, (size_t)size}, seconds);
}
