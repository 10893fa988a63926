#include "cli/conflate_kinds.h"

enum kind { BUILDING = 1, ROAD = 2, ROAD_AREA = 4, RAIL = 8, TREE = 16, WOOD = 32, WATER = 64, LAND = 128 };

/* `values`: NULL: any; else those, each between blanks. All rows of a key that fit count. */
static const struct {
  const char *key, *values;
  osmflow_kinds kinds;
} rows[] = {
    {"building", NULL, BUILDING},      {"highway", NULL, ROAD},
    {"area:highway", NULL, ROAD_AREA}, {"railway", NULL, RAIL},
    {"natural", " tree ", TREE},       {"natural", " wood scrub ", WOOD},
    {"natural", " water ", WATER},     {"waterway", NULL, WATER},
    {"landuse", " forest ", WOOD},     {"landuse", " reservoir basin ", WATER},
    {"landuse", NULL, LAND},           {"leisure", " park golf_course ", LAND},
    {"tourism", " camp_site ", LAND},
};
enum { ROWS = sizeof rows / sizeof rows[0] };
_Static_assert(sizeof rows / sizeof rows[0] <= (size_t)OSMFLOW_KIND_KEYS, "a column for each row");

static bool has_word(const char *list, struct osmflow_text word) {
  for (const char *place = list; (place = strchr(place, ' ')) && place[1]; place++)
    if (strncmp(place + 1, word.data, word.size) == 0 && place[1 + word.size] == ' ')
      return true;
  return false;
}

static osmflow_kinds kinds_of_row(size_t row, struct osmflow_text value) {
  if (value.size == 0 || osmflow_text_is(value, "no"))
    return 0;
  return !rows[row].values || has_word(rows[row].values, value) ? rows[row].kinds : 0;
}

osmflow_kinds osmflow_kinds_of(struct osmflow_text key, struct osmflow_text value) {
  osmflow_kinds kinds = 0;
  for (size_t i = 0; i < ROWS; i++)
    if (osmflow_text_is(key, rows[i].key))
      kinds |= kinds_of_row(i, value);
  return kinds;
}

void osmflow_kind_columns_init(struct osmflow_kind_columns *columns, OGRFeatureDefnH definition) {
  for (size_t i = 0; i < ROWS; i++)
    columns->keys[i] = OGR_FD_GetFieldIndex(definition, rows[i].key);
  columns->other_tags = OGR_FD_GetFieldIndex(definition, "other_tags");
  columns->all_tags = OGR_FD_GetFieldIndex(definition, "all_tags");
}

static enum osmflow_status add_many(OGRFeatureH feature, int column, osmflow_kinds *kinds,
                                    struct osmflow_error *error) {
  struct osmflow_tag_list tags;
  if (column < 0 || !OGR_F_IsFieldSetAndNotNull(feature, column))
    return OSMFLOW_OK;
  osmflow_tag_list_init(&tags);
  const enum osmflow_status status =
      osmflow_tag_list_parse(&tags, osmflow_text(OGR_F_GetFieldAsString(feature, column)), error);
  for (size_t i = 0; status == OSMFLOW_OK && i < tags.count; i++)
    *kinds |= osmflow_kinds_of(tags.items[i].key, tags.items[i].value);
  osmflow_tag_list_clear(&tags);
  return status;
}

enum osmflow_status osmflow_kinds_of_feature(const struct osmflow_kind_columns *columns, OGRFeatureH feature,
                                             osmflow_kinds *kinds, struct osmflow_error *error) {
  *kinds = 0;
  for (size_t i = 0; i < ROWS; i++)
    if (columns->keys[i] >= 0 && OGR_F_IsFieldSetAndNotNull(feature, columns->keys[i]))
      *kinds |= kinds_of_row(i, osmflow_text(OGR_F_GetFieldAsString(feature, columns->keys[i])));
  const enum osmflow_status status = add_many(feature, columns->other_tags, kinds, error);
  return status == OSMFLOW_OK ? add_many(feature, columns->all_tags, kinds, error) : status;
}
