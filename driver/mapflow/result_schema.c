#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "mapflow/result_parts.h"

enum { LONGEST_FACT = 64 * 1024, MOST_FACTS = 64, LONGEST_NAME = 1024, ADDED_COLUMNS = 6 };

/* Properties that Mapflow's models write. Their types hold whatever comes after what was looked at; where a value that
 * was looked at does not fit, the column is text. */
static const struct {
  const char *name;
  enum osmflow_field_type type;
  unsigned accepted;
} known[] = {
    {"id", OSMFLOW_FIELD_INTEGER64, OSMFLOW_RESULT_IS_INTEGER | OSMFLOW_RESULT_IS_LARGE},
    {"area", OSMFLOW_FIELD_REAL, OSMFLOW_RESULT_IS_INTEGER | OSMFLOW_RESULT_IS_REAL},
    {"object_type", OSMFLOW_FIELD_STRING, ~0U},
    {"class_id", OSMFLOW_FIELD_STRING, ~0U},
    {"shape_type", OSMFLOW_FIELD_STRING, ~0U},
    {"simplification_confidence_score", OSMFLOW_FIELD_REAL, OSMFLOW_RESULT_IS_INTEGER | OSMFLOW_RESULT_IS_REAL},
    {"GAN", OSMFLOW_FIELD_STRING, ~0U},
    {"building_height", OSMFLOW_FIELD_REAL, OSMFLOW_RESULT_IS_INTEGER | OSMFLOW_RESULT_IS_REAL},
    {"built_year", OSMFLOW_FIELD_STRING, ~0U},
    {"max_height", OSMFLOW_FIELD_REAL, OSMFLOW_RESULT_IS_INTEGER | OSMFLOW_RESULT_IS_REAL},
    {"radius", OSMFLOW_FIELD_REAL, OSMFLOW_RESULT_IS_INTEGER | OSMFLOW_RESULT_IS_REAL},
    {"processing_date", OSMFLOW_FIELD_DATE, OSMFLOW_RESULT_IS_DATE},
    {"subtype", OSMFLOW_FIELD_STRING, ~0U},
    {"bbox", OSMFLOW_FIELD_JSON, OSMFLOW_RESULT_IS_JSON},
};

static enum osmflow_field_type type_of_mask(unsigned mask) {
  static const struct {
    unsigned mask;
    enum osmflow_field_type type;
  } types[] = {{OSMFLOW_RESULT_IS_INTEGER, OSMFLOW_FIELD_INTEGER64},
               {OSMFLOW_RESULT_IS_INTEGER | OSMFLOW_RESULT_IS_LARGE, OSMFLOW_FIELD_INTEGER64},
               {OSMFLOW_RESULT_IS_REAL, OSMFLOW_FIELD_REAL},
               {OSMFLOW_RESULT_IS_INTEGER | OSMFLOW_RESULT_IS_REAL, OSMFLOW_FIELD_REAL},
               {OSMFLOW_RESULT_IS_BOOLEAN, OSMFLOW_FIELD_BOOLEAN},
               {OSMFLOW_RESULT_IS_DATE, OSMFLOW_FIELD_DATE},
               {OSMFLOW_RESULT_IS_TIME, OSMFLOW_FIELD_DATETIME},
               {OSMFLOW_RESULT_IS_JSON, OSMFLOW_FIELD_JSON}};
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
    if (types[i].mask == mask)
      return types[i].type;
  return OSMFLOW_FIELD_STRING;
}

static enum osmflow_field_type type_of(struct osmflow_text name, unsigned mask) {
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
    if (osmflow_text_is(name, known[i].name))
      return (mask & ~known[i].accepted) == 0 ? known[i].type : OSMFLOW_FIELD_STRING;
  return type_of_mask(mask);
}

/* A column name in lower case, to find those that GeoPackage takes for the same. */
static enum osmflow_status fold(struct osmflow_pool *taken, const char *name, bool *is_new,
                                struct osmflow_error *error) {
  char folded[LONGEST_NAME];
  uint32_t number = 0;
  const size_t before = taken->count;
  const size_t size = strlen(name);
  for (size_t i = 0; i < size; i++)
    folded[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i]);
  const enum osmflow_status status = osmflow_pool_add(taken, (struct osmflow_text){folded, size}, &number, error);
  *is_new = taken->count > before;
  return status;
}

/* Cut at a character, so that a number still fits behind it. */
static size_t fitting(struct osmflow_text name) {
  enum { NUMBER = 24 };
  size_t size = name.size;
  if (size > LONGEST_NAME - NUMBER)
    for (size = LONGEST_NAME - NUMBER; size > 0 && ((unsigned char)name.data[size] & 0xC0) == 0x80;)
      size--;
  return size;
}

/* "Area" and then "area_2"; "fid" is GeoPackage's own. */
static enum osmflow_status add_column(struct osmflow_result_set *set, struct osmflow_pool *taken,
                                      struct osmflow_text name, enum osmflow_field_type type, int *column,
                                      struct osmflow_error *error) {
  char made[LONGEST_NAME];
  bool is_new = false;
  enum osmflow_status status = OSMFLOW_OK;
  const bool is_fid = osmflow_text_is_ignoring_case(name, "fid");
  if (name.size == 0)
    name = osmflow_text("unnamed");
  const int size = (int)fitting(name);
  for (unsigned i = 1; status == OSMFLOW_OK && !is_new; i++) {
    if (i == 1)
      snprintf(made, sizeof made, "%.*s%s", size, name.data, is_fid ? "_" : "");
    else
      snprintf(made, sizeof made, "%.*s%s_%u", size, name.data, is_fid ? "_" : "", i);
    status = fold(taken, made, &is_new, error);
  }
  char *copy = status == OSMFLOW_OK ? strdup(made) : NULL;
  if (status == OSMFLOW_OK && !copy)
    status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for the columns of a result");
  if (status == OSMFLOW_OK) {
    *column = (int)set->schema.column_count;
    set->column_names[*column] = copy;
    set->columns[*column] = (struct osmflow_result_column){copy, type};
    set->schema.column_count++;
  }
  return status;
}

static enum osmflow_status add_processing_columns(struct osmflow_result_set *set, struct osmflow_pool *taken,
                                                  struct osmflow_error *error) {
  static const struct osmflow_result_column columns[] = {{"processing_id", OSMFLOW_FIELD_STRING},
                                                         {"processing_name", OSMFLOW_FIELD_STRING},
                                                         {"model", OSMFLOW_FIELD_STRING},
                                                         {"processing_created", OSMFLOW_FIELD_DATETIME}};
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && set->is_project && i < sizeof columns / sizeof columns[0]; i++) {
    int column = 0;
    status = add_column(set, taken, osmflow_text(columns[i].name), columns[i].type, &column, error);
    set->special.processing = 0;
  }
  return status;
}

static enum osmflow_status add_properties(struct osmflow_result_set *set, struct osmflow_pool *taken,
                                          struct osmflow_error *error) {
  const bool adds_class = osmflow_pool_find(&set->names, osmflow_text("class_name")) == OSMFLOW_POOL_NONE;
  enum osmflow_status status = OSMFLOW_OK;
  for (uint32_t i = 0; status == OSMFLOW_OK && i < set->names.count; i++) {
    const struct osmflow_text name = osmflow_pool_text(&set->names, i);
    status = add_column(set, taken, name, type_of(name, set->masks[i]), &set->column_of[i], error);
    if (status == OSMFLOW_OK && adds_class && osmflow_text_is(name, "class_id")) {
      set->special.class_id = set->column_of[i];
      status =
          add_column(set, taken, osmflow_text("class_name"), OSMFLOW_FIELD_STRING, &set->special.class_name, error);
    }
  }
  return status;
}

enum osmflow_status osmflow_result_schema_make(struct osmflow_result_set *set, unsigned kinds, bool is_whole,
                                               struct osmflow_error *error) {
  const size_t most = set->names.count + ADDED_COLUMNS;
  struct osmflow_pool taken;
  osmflow_pool_init(&taken);
  set->special = (struct osmflow_result_special){-1, -1, -1, -1};
  set->columns = calloc(most, sizeof *set->columns);
  set->column_names = calloc(most, sizeof *set->column_names);
  set->column_of = calloc(set->names.count + 1, sizeof *set->column_of);
  enum osmflow_status status = set->columns && set->column_names && set->column_of
                                   ? OSMFLOW_OK
                                   : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for the columns");
  set->schema = (struct osmflow_result_schema){.kinds = kinds, .is_exact = is_whole};
  if (status == OSMFLOW_OK)
    status = add_processing_columns(set, &taken, error);
  if (status == OSMFLOW_OK)
    status = add_properties(set, &taken, error);
  if (status == OSMFLOW_OK && (!is_whole || set->has_too_many))
    status = add_column(set, &taken, osmflow_text("other_properties"), OSMFLOW_FIELD_JSON, &set->special.other, error);
  if (status == OSMFLOW_OK)
    status = osmflow_result_fact_add(set, NULL, NULL, error);
  set->schema.columns = set->columns;
  set->schema.facts = (const char *const *)set->facts;
  osmflow_pool_clear(&taken);
  return status;
}

/* The list always ends with a NULL; a name of NULL only makes sure of it. */
enum osmflow_status osmflow_result_fact_add(struct osmflow_result_set *set, const char *name, const char *value,
                                            struct osmflow_error *error) {
  struct osmflow_bytes fact;
  osmflow_bytes_init(&fact, LONGEST_FACT);
  if (!set->facts)
    set->facts = calloc(MOST_FACTS + 1, sizeof *set->facts);
  enum osmflow_status status =
      set->facts ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for what is known of a result");
  if (status == OSMFLOW_OK && name && value && *value && set->fact_count < MOST_FACTS) {
    status = osmflow_bytes_print(&fact, error, "%s=%s", name, value);
    if (status == OSMFLOW_OK)
      set->facts[set->fact_count++] = osmflow_bytes_take(&fact);
  }
  osmflow_bytes_clear(&fact);
  return status;
}

void osmflow_result_schema_clear(struct osmflow_result_set *set) {
  for (size_t i = 0; i < set->schema.column_count; i++)
    free(set->column_names[i]);
  for (size_t i = 0; i < set->fact_count; i++)
    free(set->facts[i]);
  free(set->column_names);
  free(set->columns);
  free(set->column_of);
  free(set->masks);
  free(set->facts);
  osmflow_pool_clear(&set->names);
  set->column_names = set->facts = NULL;
  set->columns = NULL;
  set->column_of = NULL;
  set->masks = NULL;
  set->mask_capacity = set->fact_count = 0;
  set->has_too_many = false;
  set->schema = (struct osmflow_result_schema){.columns = NULL};
}
