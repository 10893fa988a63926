#include <stdlib.h>

#include "base/bytes.h"
#include "mapflow/result_parts.h"

enum { GUESSES = 64, OTHER_CEILING = 64 * 1024 * 1024 };

struct osmflow_result_reader {
  struct osmflow_result_set *set;
  struct osmflow_result_interest interest;
  size_t document; /* that is read; document_count: the end */
  struct osmflow_geojson_reader *geojson;
  int64_t number;   /* of the next feature */
  bool is_counting; /* everything from the first feature on went by here */
  struct osmflow_result_tally tally;
  uint32_t guesses[GUESSES]; /* which name the n-th property had in the last feature: mostly the same again */
  char date[10];             /* the last one, and what it is */
  int64_t date_seconds;
  struct osmflow_value *values;
  struct osmflow_bytes other;
  struct osmflow_result_feature feature;
};

enum osmflow_status osmflow_result_reader_new(struct osmflow_result_set *set,
                                              const struct osmflow_result_interest *interest,
                                              struct osmflow_result_reader **reader, struct osmflow_error *error) {
  const struct osmflow_result_schema *schema = NULL;
  *reader = NULL;
  const enum osmflow_status status = osmflow_result_set_schema(set, &schema, error);
  if (status != OSMFLOW_OK)
    return status;
  struct osmflow_result_reader *made = calloc(1, sizeof *made);
  struct osmflow_value *values = calloc(schema->column_count + 1, sizeof *values);
  if (!made || !values) {
    free(made);
    free(values);
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory to read a result");
  }
  made->set = set;
  made->values = values;
  made->interest = interest ? *interest : (struct osmflow_result_interest){.columns = NULL};
  made->is_counting = true;
  osmflow_result_tally_init(&made->tally);
  osmflow_bytes_init(&made->other, OTHER_CEILING);
  pthread_mutex_lock(&set->lock);
  set->reader_count++;
  pthread_mutex_unlock(&set->lock);
  *reader = made;
  return OSMFLOW_OK;
}

void osmflow_result_reader_free(struct osmflow_result_reader *reader) {
  if (!reader)
    return;
  pthread_mutex_lock(&reader->set->lock);
  reader->set->reader_count--;
  pthread_mutex_unlock(&reader->set->lock);
  osmflow_geojson_reader_free(reader->geojson);
  osmflow_bytes_clear(&reader->other);
  free(reader->values);
  free(reader);
}

static bool is_wanted(const struct osmflow_result_reader *reader, int column) {
  return column >= 0 && (!reader->interest.columns || reader->interest.columns[column]);
}

static void show_processing(struct osmflow_result_reader *reader) {
  const struct osmflow_result_document *document = &reader->set->documents[reader->document];
  const int first = reader->set->special.processing;
  const char *const texts[] = {document->id, document->name, document->model};
  enum { CREATED = 3 };
  if (first < 0)
    return;
  for (int i = 0; i < CREATED; i++) {
    reader->values[first + i].text = osmflow_text(texts[i] ? texts[i] : "");
    reader->values[first + i].is_null = !texts[i] || !is_wanted(reader, first + i);
  }
  reader->values[first + CREATED].integer = document->created_seconds;
  reader->values[first + CREATED].real = document->created_fraction;
  reader->values[first + CREATED].is_null = !document->has_created || !is_wanted(reader, first + CREATED);
}

static void show_class(struct osmflow_result_reader *reader) {
  const struct osmflow_result_special *special = &reader->set->special;
  if (!is_wanted(reader, special->class_name) || reader->values[special->class_id].is_null)
    return;
  const char *name = osmflow_result_class_name(reader->values[special->class_id].text);
  reader->values[special->class_name].text = osmflow_text(name ? name : "");
  reader->values[special->class_name].is_null = !name;
}

static enum osmflow_status add_other(struct osmflow_result_reader *reader,
                                     const struct osmflow_geojson_property *property, struct osmflow_error *error) {
  const bool is_first = reader->other.size == 0;
  if (reader->set->special.other < 0)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA,
                             "the result is not what it was when its columns were made: \"%.*s\" of feature %lld is "
                             "new; please open it again",
                             OSMFLOW_TEXT_ARGUMENTS(property->name), (long long)reader->number);
  if (property->kind == OSMFLOW_GEOJSON_NULL || !is_wanted(reader, reader->set->special.other))
    return OSMFLOW_OK;
  enum osmflow_status status = osmflow_bytes_add_string(&reader->other, is_first ? "{" : ",", error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_json(&reader->other, property->name, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(&reader->other, ":", error);
  if (status == OSMFLOW_OK)
    status = property->kind == OSMFLOW_GEOJSON_STRING ? osmflow_bytes_add_json(&reader->other, property->text, error)
                                                      : osmflow_bytes_add_text(&reader->other, property->text, error);
  return status;
}

static enum osmflow_status end_other(struct osmflow_result_reader *reader, struct osmflow_error *error) {
  if (reader->other.size == 0)
    return OSMFLOW_OK;
  const enum osmflow_status status = osmflow_bytes_add_string(&reader->other, "}", error);
  struct osmflow_value *value = &reader->values[reader->set->special.other];
  value->text = osmflow_bytes_view(&reader->other);
  value->is_null = false;
  return status;
}

/* The number of a property's name: that of the last feature's, or found by its text. */
static uint32_t number_of(struct osmflow_result_reader *reader, size_t place, struct osmflow_text name) {
  const struct osmflow_pool *names = &reader->set->names;
  if (place >= GUESSES)
    return osmflow_pool_find(names, name);
  const uint32_t guess = reader->guesses[place];
  if (guess < names->count && osmflow_text_equal(osmflow_pool_text(names, guess), name))
    return guess;
  const uint32_t found = osmflow_pool_find(names, name);
  reader->guesses[place] = found;
  return found;
}

/* Whole files have one date, which is a text to be taken apart in each feature. */
static bool read_value(struct osmflow_result_reader *reader, enum osmflow_field_type type,
                       const struct osmflow_geojson_property *property, struct osmflow_value *value) {
  const bool is_date = type == OSMFLOW_FIELD_DATE && property->kind == OSMFLOW_GEOJSON_STRING &&
                       property->text.size == sizeof reader->date;
  if (is_date && memcmp(property->text.data, reader->date, sizeof reader->date) == 0) {
    value->integer = reader->date_seconds;
    value->is_null = false;
    return true;
  }
  const bool fits = osmflow_result_value_read(type, property, value);
  if (is_date && fits) {
    memcpy(reader->date, property->text.data, sizeof reader->date);
    reader->date_seconds = value->integer;
  }
  return fits;
}

static enum osmflow_status show_values(struct osmflow_result_reader *reader,
                                       const struct osmflow_geojson_feature *feature, struct osmflow_error *error) {
  const struct osmflow_result_set *set = reader->set;
  const int class_id = set->special.class_name < 0 ? -1 : set->special.class_id;
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; i < set->schema.column_count; i++)
    reader->values[i].is_null = true;
  osmflow_bytes_reset(&reader->other);
  for (size_t i = 0; status == OSMFLOW_OK && i < feature->property_count; i++) {
    const struct osmflow_geojson_property *property = &feature->properties[i];
    const uint32_t number = number_of(reader, i, property->name);
    const int column = number == OSMFLOW_POOL_NONE ? -1 : set->column_of[number];
    const bool is_needed = is_wanted(reader, column) || (column >= 0 && column == class_id);
    const bool fits =
        column >= 0 && (!is_needed || read_value(reader, set->columns[column].type, property, &reader->values[column]));
    if (!fits)
      status = add_other(reader, property, error);
  }
  if (status == OSMFLOW_OK)
    status = end_other(reader, error);
  show_class(reader);
  show_processing(reader);
  if (class_id >= 0 && !is_wanted(reader, class_id))
    reader->values[class_id].is_null = true;
  return status;
}

static bool is_passed_over(const struct osmflow_result_interest *interest, unsigned kind,
                           const struct osmflow_geojson_feature *feature) {
  const unsigned many = OSMFLOW_RESULT_MULTIPLE;
  if ((interest->kinds & ~many) != 0 && !(interest->kinds & kind & ~many))
    return true;
  return interest->has_box &&
         (!feature->has_box || feature->min_x > interest->max_x || feature->max_x < interest->min_x ||
          feature->min_y > interest->max_y || feature->max_y < interest->min_y);
}

static enum osmflow_status show_feature(struct osmflow_result_reader *reader, unsigned kind,
                                        const struct osmflow_geojson_feature *feature, struct osmflow_error *error) {
  const bool with_geometry = !reader->interest.without_geometry;
  reader->feature = (struct osmflow_result_feature){.number = reader->number,
                                                    .kind = kind,
                                                    .wkb = with_geometry ? feature->wkb : NULL,
                                                    .wkb_size = with_geometry ? feature->wkb_size : 0,
                                                    .values = reader->values};
  if (feature->has_box) {
    reader->feature.min_x = feature->min_x;
    reader->feature.min_y = feature->min_y;
    reader->feature.max_x = feature->max_x;
    reader->feature.max_y = feature->max_y;
  }
  return show_values(reader, feature, error);
}

static enum osmflow_status open_document(struct osmflow_result_reader *reader, struct osmflow_error *error) {
  struct osmflow_result_document *document = &reader->set->documents[reader->document];
  const enum osmflow_status status = osmflow_result_document_open(document, error);
  return status == OSMFLOW_OK ? osmflow_geojson_reader_new(&document->source, &reader->geojson, error) : status;
}

static void leave_document(struct osmflow_result_reader *reader) {
  osmflow_geojson_reader_free(reader->geojson);
  reader->geojson = NULL;
}

/* The next feature as it stands in the documents; NULL: the end of all. Each 1024th leaves a mark, and a chance to
 * stop. */
static enum osmflow_status next_raw(struct osmflow_result_reader *reader,
                                    const struct osmflow_geojson_feature **feature, struct osmflow_error *error) {
  const struct osmflow_environment *environment = reader->set->environment;
  enum osmflow_status status = OSMFLOW_OK;
  *feature = NULL;
  while (status == OSMFLOW_OK && !*feature && reader->document < reader->set->document_count) {
    if (!reader->geojson)
      status = open_document(reader, error);
    if (status == OSMFLOW_OK && reader->number % OSMFLOW_RESULT_MARK_STEP == 0) {
      osmflow_result_leave_mark(reader->set, reader->number, reader->document,
                                osmflow_geojson_reader_mark(reader->geojson));
      if (environment->cancelled(environment->self))
        status = osmflow_error_set(error, OSMFLOW_CANCELLED, "stopped while a result was read");
    }
    if (status == OSMFLOW_OK)
      status = osmflow_geojson_reader_next(reader->geojson, feature, error);
    if (status == OSMFLOW_OK && !*feature) {
      leave_document(reader);
      reader->document++;
    } else if (status != OSMFLOW_OK) {
      osmflow_result_document_blame(&reader->set->documents[reader->document], error);
    }
  }
  return status;
}

enum osmflow_status osmflow_result_reader_next(struct osmflow_result_reader *reader,
                                               const struct osmflow_result_feature **feature,
                                               struct osmflow_error *error) {
  const struct osmflow_geojson_feature *raw = NULL;
  enum osmflow_status status = OSMFLOW_OK;
  *feature = NULL;
  while (status == OSMFLOW_OK && !*feature) {
    status = next_raw(reader, &raw, error);
    if (status != OSMFLOW_OK || !raw)
      break;
    const unsigned kind = osmflow_result_kind_of(raw->type);
    if (reader->is_counting)
      osmflow_result_tally_add(&reader->tally, kind, raw);
    if (!is_passed_over(&reader->interest, kind, raw)) {
      status = show_feature(reader, kind, raw, error);
      *feature = status == OSMFLOW_OK ? &reader->feature : NULL;
    }
    reader->number++;
  }
  if (status == OSMFLOW_OK && !raw && reader->is_counting) {
    osmflow_result_publish(reader->set, &reader->tally);
    reader->is_counting = false;
  }
  return status;
}

/* Stands at the last mark before the number, unless the reader is nearer. */
static enum osmflow_status go_to_mark(struct osmflow_result_reader *reader, int64_t number,
                                      struct osmflow_error *error) {
  struct osmflow_result_set *set = reader->set;
  struct osmflow_result_mark mark = {0, {0, 0, 0}};
  size_t index = (size_t)(number / OSMFLOW_RESULT_MARK_STEP);
  pthread_mutex_lock(&set->lock);
  if (index >= set->mark_count)
    index = set->mark_count > 0 ? set->mark_count - 1 : 0;
  if (index < set->mark_count)
    mark = set->marks[index];
  pthread_mutex_unlock(&set->lock);
  const int64_t marked = (int64_t)index * OSMFLOW_RESULT_MARK_STEP;
  if (reader->number <= number && reader->number >= marked)
    return OSMFLOW_OK;
  leave_document(reader);
  reader->number = marked;
  reader->document = mark.document;
  if (mark.document >= set->document_count)
    return OSMFLOW_OK;
  const enum osmflow_status status = open_document(reader, error);
  if (status == OSMFLOW_OK)
    osmflow_geojson_reader_go(reader->geojson, &mark.place);
  return status;
}

enum osmflow_status osmflow_result_reader_seek(struct osmflow_result_reader *reader, int64_t number,
                                               struct osmflow_error *error) {
  const struct osmflow_geojson_feature *raw = NULL;
  enum osmflow_status status = OSMFLOW_OK;
  if (number < 0)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "there is no feature before the first");
  if (number == reader->number)
    return OSMFLOW_OK;
  reader->is_counting = false;
  status = go_to_mark(reader, number, error);
  bool is_end = false;
  while (status == OSMFLOW_OK && !is_end && reader->number < number) {
    status = next_raw(reader, &raw, error);
    is_end = !raw;
    reader->number += raw != NULL;
  }
  return status;
}
