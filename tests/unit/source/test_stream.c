#include "source/stream.h"

#include <stdlib.h>

#include "unit.h"

/* A stream of numbers that breaks off, or whose definition fails, when the test wants it. */
static int next_number, defined, breaks_at;
static bool fails_to_define;

static enum osmflow_status define(struct osmflow_stream_layer *layer, OGRFeatureDefnH *definition,
                                  struct osmflow_error *error) {
  defined++;
  if (fails_to_define)
    return osmflow_error_set(error, OSMFLOW_NETWORK, "no answer");
  *definition = osmflow_feature_definition_new(layer->name, OSMFLOW_GEOMETRY_POINT, NULL);
  osmflow_feature_definition_add(*definition, "number", OSMFLOW_FIELD_INTEGER);
  return OSMFLOW_OK;
}

static void rewind_numbers(struct osmflow_stream_layer *layer) {
  (void)layer;
  next_number = 0;
}

static enum osmflow_status next(struct osmflow_stream_layer *layer, OGRFeatureH *feature, struct osmflow_error *error) {
  if (next_number == breaks_at)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "it breaks off");
  if (next_number < 3) {
    *feature = OGR_F_Create(layer->definition);
    OGR_F_SetFID(*feature, next_number++);
  }
  return OSMFLOW_OK;
}

static enum osmflow_status find(struct osmflow_stream_layer *layer, int64_t fid, OGRFeatureH *feature,
                                struct osmflow_error *error) {
  (void)error;
  if (fid < 3) {
    *feature = OGR_F_Create(layer->definition);
    OGR_F_SetFID(*feature, fid);
  }
  return OSMFLOW_OK;
}

static enum osmflow_status count(struct osmflow_stream_layer *layer, bool only_if_known, int64_t *number,
                                 struct osmflow_error *error) {
  (void)layer;
  (void)only_if_known;
  (void)error;
  *number = 3;
  return OSMFLOW_OK;
}

static enum osmflow_status insert(struct osmflow_stream_layer *layer, OGRFeatureH feature,
                                  struct osmflow_error *error) {
  CU_ASSERT_TRUE(osmflow_stream_layer_wants_field(layer, 0));
  (void)feature;
  return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "not this one");
}

static void release(struct osmflow_stream_layer *layer) {
  free(layer);
}

static const struct osmflow_stream_layer_class layer_class = {.define = define,
                                                              .rewind = rewind_numbers,
                                                              .next = next,
                                                              .feature = find,
                                                              .count = count,
                                                              .insert = insert,
                                                              .release = release};

static void release_dataset(struct osmflow_stream_dataset *dataset) {
  dataset->layer_count = 0;
}

static enum osmflow_status refresh(struct osmflow_stream_dataset *dataset, struct osmflow_error *error) {
  (void)dataset;
  (void)error;
  return OSMFLOW_OK;
}

static const struct osmflow_stream_dataset_class dataset_class = {.refresh = refresh, .release = release_dataset};

static struct osmflow_stream_layer *open_dataset(struct osmflow_stream_dataset *dataset) {
  struct osmflow_stream_layer *layer = calloc(1, sizeof *layer);
  CU_ASSERT_PTR_NOT_NULL_FATAL(layer);
  CU_ASSERT_EQUAL_FATAL(osmflow_stream_layer_init(layer, &layer_class, "numbers", NULL), OSMFLOW_OK);
  *dataset = (struct osmflow_stream_dataset){.dataset_class = &dataset_class, .layers = {layer}, .layer_count = 1};
  next_number = defined = 0;
  breaks_at = -1;
  fails_to_define = false;
  return layer;
}

/* How many come before the end or the error. */
static int read_all(struct osmflow_stream_layer *layer, struct osmflow_error *error) {
  OGRFeatureH feature = NULL;
  int number = 0;
  while (osmflow_stream_layer_next(layer, &feature, error) == OSMFLOW_OK && feature) {
    OGR_F_Destroy(feature);
    number++;
  }
  return number;
}

static void gives_the_error_of_the_definition_at_every_read(void) {
  struct osmflow_stream_dataset dataset;
  struct osmflow_stream_layer *layer = open_dataset(&dataset);
  struct osmflow_error error = {0};
  OGRFeatureH feature = NULL;
  int64_t number = 0;
  fails_to_define = true;
  OGRFeatureDefnH definition = osmflow_stream_layer_definition(layer, &error);
  CU_ASSERT_PTR_NOT_NULL_FATAL(definition);
  CU_ASSERT_EQUAL(OGR_FD_GetFieldCount(definition), 0);
  UNIT_SAME(error.message, "no answer", "the first question");
  error = (struct osmflow_error){0};
  CU_ASSERT_PTR_EQUAL(osmflow_stream_layer_definition(layer, &error), definition);
  CU_ASSERT_EQUAL(error.status, OSMFLOW_OK);
  fails_to_define = false;
  for (int i = 0; i < 2; i++) {
    CU_ASSERT_EQUAL(osmflow_stream_layer_next(layer, &feature, &error), OSMFLOW_NETWORK);
    UNIT_SAME(error.message, "no answer", "a read");
    osmflow_stream_layer_rewind(layer);
  }
  CU_ASSERT_EQUAL(osmflow_stream_layer_feature(layer, 1, &feature, &error), OSMFLOW_NETWORK);
  CU_ASSERT_EQUAL(osmflow_stream_layer_count(layer, false, &number, &error), OSMFLOW_NETWORK);
  CU_ASSERT_EQUAL(defined, 1);
  osmflow_stream_dataset_close(&dataset);
  osmflow_stream_dataset_close(NULL);
}

static void reads_from_the_first_feature_on(void) {
  struct osmflow_stream_dataset dataset;
  struct osmflow_stream_layer *layer = open_dataset(&dataset);
  struct osmflow_error error = {0};
  int64_t number = 0;
  OGRFeatureH feature = NULL;
  CU_ASSERT_EQUAL(osmflow_stream_layer_count(layer, true, &number, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL(number, -1); /* asking would have meant to make the definition */
  CU_ASSERT_EQUAL(read_all(layer, &error), 3);
  CU_ASSERT_EQUAL(error.status, OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_stream_layer_count(layer, true, &number, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL(number, 3);
  CU_ASSERT_EQUAL(osmflow_stream_dataset_refresh(&dataset, &error), OSMFLOW_OK);
  breaks_at = 2;
  CU_ASSERT_EQUAL(read_all(layer, &error), 2);
  UNIT_SAME(error.message, "it breaks off", "never a shorter layer");
  CU_ASSERT_EQUAL(osmflow_stream_layer_feature(layer, -5, &feature, &error), OSMFLOW_OK);
  CU_ASSERT_PTR_NULL(feature);
  osmflow_stream_dataset_close(&dataset);
}

static void needs_the_geometry_for_its_filter(void) {
  struct osmflow_stream_dataset dataset;
  struct osmflow_stream_layer *layer = open_dataset(&dataset);
  OGRFeatureDefnH definition = osmflow_stream_layer_definition(layer, NULL);
  OGRGeometryH point = OGR_G_CreateGeometry(wkbPoint);
  OGR_G_SetPoint_2D(point, 0, 7, 49);
  CU_ASSERT_TRUE(osmflow_stream_layer_wants_geometry(layer));
  OGR_FD_SetGeometryIgnored(definition, TRUE);
  OGR_Fld_SetIgnored(OGR_FD_GetFieldDefn(definition, 0), TRUE);
  CU_ASSERT_FALSE(osmflow_stream_layer_wants_geometry(layer));
  CU_ASSERT_FALSE(osmflow_stream_layer_wants_field(layer, 0));
  next_number = 2;
  CU_ASSERT_EQUAL(osmflow_stream_layer_filter(layer, "number > 1", point, NULL), OSMFLOW_OK);
  OGR_G_DestroyGeometry(point);
  CU_ASSERT_EQUAL(next_number, 0);
  CU_ASSERT_TRUE(osmflow_stream_layer_wants_geometry(layer));
  CU_ASSERT_EQUAL(layer->envelope.MaxX, 7);
  UNIT_SAME(layer->where, "number > 1", "the text");
  CU_ASSERT_EQUAL(osmflow_stream_layer_filter(layer, NULL, NULL, NULL), OSMFLOW_OK);
  CU_ASSERT_PTR_NULL(layer->where);
  CU_ASSERT_FALSE(osmflow_stream_layer_wants_geometry(layer));
  osmflow_stream_dataset_close(&dataset);
}

static void says_which_edit_failed(void) {
  struct osmflow_stream_dataset dataset;
  struct osmflow_stream_layer *layer = open_dataset(&dataset);
  const struct osmflow_feature_update update = {.is_whole = true};
  struct osmflow_error error = {0};
  OGRFeatureH feature = OGR_F_Create(osmflow_stream_layer_definition(layer, NULL));
  OGR_F_SetFID(feature, 7);
  CU_ASSERT_EQUAL(osmflow_stream_layer_insert(layer, feature, &error), OSMFLOW_UNSUPPORTED);
  UNIT_SAME(error.message, "numbers, new feature: it was opened for reading only", "read only");
  layer->is_editable = true;
  OGR_Fld_SetIgnored(OGR_FD_GetFieldDefn(layer->definition, 0), TRUE);
  CU_ASSERT_EQUAL(osmflow_stream_layer_insert(layer, feature, &error), OSMFLOW_BAD_ARGUMENT);
  UNIT_SAME(error.message, "numbers, new feature: not this one", "refused");
  CU_ASSERT_EQUAL(osmflow_stream_layer_update(layer, feature, &update, &error), OSMFLOW_UNSUPPORTED);
  UNIT_SAME(error.message, "numbers, feature 7: the API has no such edit for these features", "no such edit");
  CU_ASSERT_EQUAL(osmflow_stream_layer_remove(layer, 8, &error), OSMFLOW_UNSUPPORTED);
  OGR_F_Destroy(feature);
  osmflow_stream_dataset_close(&dataset);
}

static void sets_times_with_their_fraction(void) {
  OGRFeatureDefnH definition = osmflow_feature_definition_new("times", OSMFLOW_GEOMETRY_NONE, NULL);
  osmflow_feature_definition_add(definition, "time", OSMFLOW_FIELD_DATETIME);
  osmflow_feature_definition_add(definition, "day", OSMFLOW_FIELD_DATE);
  osmflow_feature_definition_add(definition, "nothing", OSMFLOW_FIELD_STRING);
  OGRFeatureH feature = OGR_F_Create(definition);
  const struct osmflow_value time = {.integer = 1771488878, .real = 0.882673}, day = {.integer = 1771459200},
                             nothing = {.is_null = true};
  osmflow_feature_set_value(feature, 0, OSMFLOW_FIELD_DATETIME, &time);
  osmflow_feature_set_value(feature, 1, OSMFLOW_FIELD_DATE, &day);
  osmflow_feature_set_value(feature, 2, OSMFLOW_FIELD_STRING, &nothing);
  UNIT_SAME(osmflow_feature_column(feature, "time"), "2026/02/19 08:14:38.883+00", "a time");
  UNIT_SAME(osmflow_feature_column(feature, "day"), "2026/02/19", "a day");
  CU_ASSERT_FALSE(OGR_F_IsFieldSet(feature, 2));
  CU_ASSERT_PTR_NULL(osmflow_feature_column(feature, "other"));
  OGR_F_Destroy(feature);
  OGR_FD_Release(definition);
}

OSMFLOW_UNIT_MAIN("source/stream", UNIT(gives_the_error_of_the_definition_at_every_read),
                  UNIT(reads_from_the_first_feature_on), UNIT(needs_the_geometry_for_its_filter),
                  UNIT(says_which_edit_failed), UNIT(sets_times_with_their_fraction))
