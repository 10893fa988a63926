#include "base/bytes.h"
#include "mapflow/result_parts.h"

/* Deciding on columns takes names and kinds of values, in any order; so it is done on all that is looked at at once,
 * document by document. */

enum { MOST_NAMES = 1000 /* SQLite takes 2000 columns, and each name may need two */ };

static enum osmflow_status note_property(struct osmflow_result_set *set,
                                         const struct osmflow_geojson_property *property, struct osmflow_error *error) {
  uint32_t number = osmflow_pool_find(&set->names, property->name);
  if (number == OSMFLOW_POOL_NONE) {
    if (set->names.count >= MOST_NAMES) {
      set->has_too_many = true;
      return OSMFLOW_OK;
    }
    void *masks = set->masks;
    enum osmflow_status status = osmflow_array_reserve(&masks, &set->mask_capacity, set->names.count + 1,
                                                       sizeof *set->masks, MOST_NAMES + 1, error);
    set->masks = masks;
    if (status == OSMFLOW_OK)
      status = osmflow_pool_add(&set->names, property->name, &number, error);
    if (status != OSMFLOW_OK)
      return status;
    set->masks[number] = 0;
  }
  set->masks[number] = (uint8_t)(set->masks[number] | osmflow_result_mask_of(property));
  return OSMFLOW_OK;
}

/* What is found out on the way. */
struct look {
  struct osmflow_result_set *set;
  unsigned kinds;
  bool is_whole;  /* so far */
  int64_t number; /* of the next feature, while is_whole */
  struct osmflow_result_tally tally;
};

static enum osmflow_status note_feature(struct look *look, const struct osmflow_geojson_feature *feature,
                                        struct osmflow_error *error) {
  const unsigned kind = osmflow_result_kind_of(feature->type);
  enum osmflow_status status = OSMFLOW_OK;
  look->kinds |= kind;
  osmflow_result_tally_add(&look->tally, kind, feature);
  look->number++;
  for (size_t i = 0; status == OSMFLOW_OK && i < feature->property_count; i++)
    status = note_property(look->set, &feature->properties[i], error);
  return status;
}

/* To the end, or as far as the rule says: which feature is the last depends on its place alone. */
static enum osmflow_status look_at(struct look *look, size_t index, struct osmflow_error *error) {
  struct osmflow_result_set *set = look->set;
  const int64_t most = set->look == OSMFLOW_RESULT_EXACT ? INT64_MAX : OSMFLOW_RESULT_LOOK;
  struct osmflow_geojson_reader *reader = NULL;
  const struct osmflow_geojson_feature *feature = NULL;
  enum osmflow_status status = osmflow_geojson_reader_new(&set->documents[index].source, &reader, error);
  bool goes_on = true;
  while (status == OSMFLOW_OK && goes_on) {
    if (look->is_whole)
      osmflow_result_leave_mark(set, look->number, index, osmflow_geojson_reader_mark(reader));
    status = osmflow_geojson_reader_next(reader, &feature, error);
    goes_on = status == OSMFLOW_OK && feature && feature->end <= most;
    if (goes_on)
      status = note_feature(look, feature, error);
  }
  if (feature)
    look->is_whole = false;
  osmflow_geojson_reader_free(reader);
  return status;
}

enum osmflow_status osmflow_result_look_at_all(struct osmflow_result_set *set, unsigned *kinds, bool *is_whole,
                                               struct osmflow_error *error) {
  struct look look = {.set = set, .is_whole = true};
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_result_tally_init(&look.tally);
  for (size_t i = 0; status == OSMFLOW_OK && i < set->document_count; i++) {
    struct osmflow_spool *before = i >= 2 ? set->documents[i - 2].spool : NULL;
    int64_t size = 0;
    if (before) /* two downloads at a time */
      status = osmflow_spool_wait(before, &size, error);
    if (status == OSMFLOW_OK)
      status = osmflow_result_document_open(&set->documents[i], error);
    if (status == OSMFLOW_OK)
      status = look_at(&look, i, error);
    if (status != OSMFLOW_OK)
      osmflow_result_document_blame(&set->documents[i], error);
  }
  if (status == OSMFLOW_OK && look.is_whole)
    osmflow_result_publish(set, &look.tally);
  *kinds = look.kinds;
  *is_whole = look.is_whole;
  return status;
}
