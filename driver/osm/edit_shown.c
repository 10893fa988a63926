#include "osm/edit_shown.h"

#include <stdlib.h>
#include <string.h>

#include "osm/sequence.h"

static void path_clear(struct osmflow_edit_path *path) {
  free(path->ids);
  free(path->positions);
  *path = (struct osmflow_edit_path){0};
}

void osmflow_edit_shown_clear(struct osmflow_edit_shown *shown) {
  path_clear(&shown->present);
  path_clear(&shown->shown);
}

static enum osmflow_status path_start(struct osmflow_edit_path *path, size_t count, struct osmflow_error *error) {
  path->ids = calloc(count + 1, sizeof *path->ids);
  path->positions = calloc(count + 1, sizeof *path->positions);
  path->count = count;
  return path->ids && path->positions ? OSMFLOW_OK
                                      : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %zu nodes", count);
}

typedef enum osmflow_status (*get_draft)(struct osmflow_drafts *, enum osmflow_element_type, int64_t,
                                         const struct osmflow_draft **, struct osmflow_error *);

/* OSMFLOW_BAD_ARGUMENT: the way is incomplete. */
static enum osmflow_status path_load(struct osmflow_drafts *drafts, get_draft get, const struct osmflow_draft *way,
                                     bool is_ring, struct osmflow_edit_path *path, struct osmflow_error *error) {
  char name[OSMFLOW_DRAFT_NAME_SIZE];
  enum osmflow_status status = path_start(path, way->ref_count - is_ring, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < path->count; i++) {
    const struct osmflow_draft *node = NULL;
    status = get(drafts, OSMFLOW_NODE, way->refs[i], &node, error);
    if (status == OSMFLOW_OK && (!node || node->lon == OSMFLOW_NO_POSITION))
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                               "%s is incomplete here, so its geometry cannot be changed: node %lld was not downloaded",
                               osmflow_draft_name(way, name), (long long)way->refs[i]);
    if (status == OSMFLOW_OK) {
      path->ids[i] = way->refs[i];
      path->positions[i] = (struct osmflow_position){node->lon, node->lat};
    }
  }
  return status;
}

enum osmflow_status osmflow_edit_match_path(bool is_ring, const struct osmflow_position *from, size_t from_count,
                                            const struct osmflow_position *to, size_t to_count,
                                            struct osmflow_position *turned, size_t *match, size_t *kept,
                                            struct osmflow_error *error) {
  enum osmflow_status status;
  *kept = 0;
  if (is_ring)
    status = osmflow_edit_match_ring(from, from_count, to, to_count, turned, match, error);
  else {
    if (to_count > 0)
      memcpy(turned, to, to_count * sizeof *turned);
    status = osmflow_edit_match(from, from_count, to, to_count, match, error);
  }
  for (size_t i = 0; status == OSMFLOW_OK && i < to_count; i++)
    *kept += match[i] != OSMFLOW_SEQUENCE_NONE && osmflow_edit_same_place(turned[i], from[match[i]]);
  return status;
}

/* Names the nodes of what was shown after a path that it may be the picture of. Takes the place of what was found
 * before when more vertices are exactly there (*best). */
static enum osmflow_status identify(bool is_ring, const struct osmflow_edit_path *path,
                                    const struct osmflow_position *positions, size_t count,
                                    struct osmflow_edit_path *shown, size_t *best, struct osmflow_error *error) {
  struct osmflow_edit_path named = {0};
  size_t kept = 0, *match = malloc((count + 1) * sizeof *match);
  enum osmflow_status status = path_start(&named, count, error);
  if (status == OSMFLOW_OK && !match)
    status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %zu vertices", count);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_match_path(is_ring, path->positions, path->count, positions, count, named.positions, match,
                                     &kept, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < count; i++)
    named.ids[i] = match[i] == OSMFLOW_SEQUENCE_NONE ? OSMFLOW_EDIT_NO_NODE : path->ids[match[i]];
  if (status == OSMFLOW_OK && (!shown->ids || kept > *best)) {
    const struct osmflow_edit_path before = *shown;
    *shown = named;
    named = before;
    *best = kept;
  }
  path_clear(&named);
  free(match);
  return status;
}

enum osmflow_status osmflow_edit_shown_load(const struct osmflow_edit_options *options, int64_t way, bool is_ring,
                                            const struct osmflow_position *positions, size_t count,
                                            struct osmflow_edit_shown *shown, struct osmflow_error *error) {
  const struct osmflow_draft *present = NULL, *original = NULL;
  struct osmflow_edit_path before = {0};
  size_t best = 0;
  enum osmflow_status status = osmflow_edit_find(options, OSMFLOW_WAY, way, &present, error);
  if (status == OSMFLOW_OK)
    status = path_load(options->drafts, osmflow_drafts_get, present, is_ring, &shown->present, error);
  if (status == OSMFLOW_OK)
    status = identify(is_ring, &shown->present, positions, count, &shown->shown, &best, error);
  if (status != OSMFLOW_OK || (best == count && count == shown->present.count))
    return status;
  /* It does not look like that any more: the user may have read it before other features were changed. */
  status = osmflow_drafts_original(options->drafts, OSMFLOW_WAY, way, &original, error);
  if (status != OSMFLOW_OK || !original || original->ref_count < 2 ||
      (is_ring && original->refs[0] != original->refs[original->ref_count - 1]))
    return status;
  status = path_load(options->drafts, osmflow_drafts_original, original, is_ring, &before, error);
  if (status == OSMFLOW_OK)
    status = identify(is_ring, &before, positions, count, &shown->shown, &best, error);
  else if (status == OSMFLOW_BAD_ARGUMENT)
    status = OSMFLOW_OK;
  path_clear(&before);
  return status;
}
