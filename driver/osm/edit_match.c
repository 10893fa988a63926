#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/idmap.h"
#include "osm/edit_parts.h"
#include "osm/sequence.h"

/* Gaps whose pairing would cost more are paired by order. */
enum { MOST_PAIR_COST = 16000000 };
/* How many common vertices a ring may be turned to, to see which of them fits best. */
enum { MOST_ANCHORS = 8 };
/* Rings that have no vertex in common any more are turned step by step up to this size. */
enum { MOST_TURNS = 4000 };
/* In units: how near to a vertex a position is no place of its own, and how far beside a segment rounding may put it.
 */
static const double at_end = 10, beside_most = 0.75;

/* Where each place is first. */
static enum osmflow_status index_places(struct osmflow_idmap *map, const struct osmflow_position *positions,
                                        size_t count, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  if (count >= OSMFLOW_IDMAP_NONE)
    return osmflow_error_set(error, OSMFLOW_TOO_LARGE, "a geometry of %zu vertices", count);
  for (size_t i = 0; status == OSMFLOW_OK && i < count; i++) {
    uint32_t *place;
    status = osmflow_idmap_place(map, osmflow_edit_pack(positions[i]), &place, error);
    if (status == OSMFLOW_OK && *place == OSMFLOW_IDMAP_NONE)
      *place = (uint32_t)i;
  }
  return status;
}

/* One line or ring as it is looked at, and what of it is in the other one as well: only that can correspond exactly,
 * and it makes the search short. */
struct look {
  const struct osmflow_position *positions;
  size_t count, first;
  bool reversed;
  int64_t *common; /* packed */
  size_t *common_index;
  size_t common_count;
};

static size_t look_index(const struct look *look, size_t index) {
  return look->reversed ? (look->first + look->count - index) % look->count : (look->first + index) % look->count;
}

static struct osmflow_position look_at(const struct look *look, size_t index) {
  return look->positions[look_index(look, index)];
}

static enum osmflow_status look_start(struct look *look, const struct osmflow_position *positions, size_t count,
                                      struct osmflow_error *error) {
  *look = (struct look){.positions = positions, .count = count};
  look->common = malloc((count + 1) * sizeof *look->common);
  look->common_index = malloc((count + 1) * sizeof *look->common_index);
  return look->common && look->common_index
             ? OSMFLOW_OK
             : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %zu vertices", count);
}

static void look_end(struct look *look) {
  free(look->common);
  free(look->common_index);
}

static void look_for_common(struct look *look, const struct osmflow_idmap *other) {
  look->common_count = 0;
  for (size_t i = 0; i < look->count; i++) {
    const int64_t place = osmflow_edit_pack(look_at(look, i));
    if (osmflow_idmap_find(other, place) != OSMFLOW_IDMAP_NONE) {
      look->common[look->common_count] = place;
      look->common_index[look->common_count++] = i;
    }
  }
}

struct matcher {
  bool is_ring;
  struct look shown, wanted;
  struct osmflow_idmap shown_places, wanted_places;
  struct osmflow_idmap
      taken;           /* places of `shown` that `wanted` has in another order: no vertex moved away from there */
  size_t *found;       /* of wanted.common in shown.common */
  size_t *olds, *news; /* of one gap: those that may be pairs */
};

static enum osmflow_status matcher_start(struct matcher *matcher, const struct osmflow_position *shown,
                                         size_t shown_count, const struct osmflow_position *wanted, size_t wanted_count,
                                         struct osmflow_error *error) {
  memset(matcher, 0, sizeof *matcher);
  osmflow_idmap_init(&matcher->shown_places);
  osmflow_idmap_init(&matcher->wanted_places);
  osmflow_idmap_init(&matcher->taken);
  matcher->found = malloc((wanted_count + 1) * sizeof *matcher->found);
  matcher->olds = malloc((shown_count + 1) * sizeof *matcher->olds);
  matcher->news = malloc((wanted_count + 1) * sizeof *matcher->news);
  if (!matcher->found || !matcher->olds || !matcher->news)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %zu vertices", shown_count + wanted_count);
  enum osmflow_status status = look_start(&matcher->shown, shown, shown_count, error);
  if (status == OSMFLOW_OK)
    status = look_start(&matcher->wanted, wanted, wanted_count, error);
  if (status == OSMFLOW_OK)
    status = index_places(&matcher->shown_places, shown, shown_count, error);
  if (status == OSMFLOW_OK)
    status = index_places(&matcher->wanted_places, wanted, wanted_count, error);
  return status;
}

static void matcher_end(struct matcher *matcher) {
  osmflow_idmap_clear(&matcher->shown_places);
  osmflow_idmap_clear(&matcher->wanted_places);
  osmflow_idmap_clear(&matcher->taken);
  look_end(&matcher->shown);
  look_end(&matcher->wanted);
  free(matcher->found);
  free(matcher->olds);
  free(matcher->news);
}

static enum osmflow_status find_common(struct matcher *matcher, size_t *length, struct osmflow_error *error) {
  look_for_common(&matcher->shown, &matcher->wanted_places);
  look_for_common(&matcher->wanted, &matcher->shown_places);
  return osmflow_sequence_match(matcher->shown.common, matcher->shown.common_count, matcher->wanted.common,
                                matcher->wanted.common_count, matcher->found, length, error);
}

static double distance(struct osmflow_position left, struct osmflow_position right) {
  return hypot((double)left.lon - right.lon, (double)left.lat - right.lat);
}

/* The places of `few` and `many` of one pairing, whichever of them is the older. */
struct pairing {
  const struct look *few_look, *many_look;
  const size_t *few, *many;
  size_t few_count, many_count;
  size_t *chosen; /* for each of `few`: the index into `many` */
};

/* costs[k]: the least sum of distances when the first i + 1 of `few` are paired with some of the first i + k + 1 of
 * `many`; takes[] tells whether the last two are a pair then. */
static enum osmflow_status pair_nearest(struct pairing *pairing, struct osmflow_error *error) {
  const size_t width = pairing->many_count - pairing->few_count + 1;
  double *costs = calloc(width, sizeof *costs);
  bool *takes = malloc(pairing->few_count * width * sizeof *takes);
  enum osmflow_status status = OSMFLOW_OK;
  if (!costs || !takes)
    status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %zu vertices", pairing->many_count);
  for (size_t i = 0; status == OSMFLOW_OK && i < pairing->few_count; i++)
    for (size_t k = 0; k < width; k++) {
      const double cost = costs[k] + distance(look_at(pairing->few_look, pairing->few[i]),
                                              look_at(pairing->many_look, pairing->many[i + k]));
      takes[i * width + k] = k == 0 || cost < costs[k - 1];
      costs[k] = takes[i * width + k] ? cost : costs[k - 1];
    }
  for (size_t i = pairing->few_count, k = width - 1; status == OSMFLOW_OK && i > 0; i--) {
    while (!takes[(i - 1) * width + k])
      k--;
    pairing->chosen[i - 1] = i - 1 + k;
  }
  free(costs);
  free(takes);
  return status;
}

static enum osmflow_status pair(struct matcher *matcher, size_t old_count, size_t new_count, size_t *match,
                                struct osmflow_error *error) {
  const bool few_new = new_count < old_count;
  struct pairing pairing = {.few_look = few_new ? &matcher->wanted : &matcher->shown,
                            .many_look = few_new ? &matcher->shown : &matcher->wanted,
                            .few = few_new ? matcher->news : matcher->olds,
                            .many = few_new ? matcher->olds : matcher->news,
                            .few_count = few_new ? new_count : old_count,
                            .many_count = few_new ? old_count : new_count};
  enum osmflow_status status = OSMFLOW_OK;
  if (pairing.few_count == 0)
    return OSMFLOW_OK;
  pairing.chosen = malloc(pairing.few_count * sizeof *pairing.chosen);
  if (!pairing.chosen)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %zu vertices", pairing.few_count);
  if (pairing.many_count > pairing.few_count &&
      pairing.many_count - pairing.few_count < MOST_PAIR_COST / pairing.few_count)
    status = pair_nearest(&pairing, error);
  else
    for (size_t i = 0; i < pairing.few_count; i++)
      pairing.chosen[i] = i;
  for (size_t i = 0; status == OSMFLOW_OK && i < pairing.few_count; i++) {
    if (few_new)
      match[pairing.few[i]] = pairing.many[pairing.chosen[i]];
    else
      match[pairing.many[pairing.chosen[i]]] = pairing.few[i];
  }
  free(pairing.chosen);
  return status;
}

/* Whether a position is on the segment, but at neither of its ends. */
static bool is_on_segment(struct osmflow_position position, struct osmflow_position from, struct osmflow_position to) {
  const double length = distance(from, to);
  const double along_lon = (double)to.lon - from.lon, along_lat = (double)to.lat - from.lat;
  const double lon = (double)position.lon - from.lon, lat = (double)position.lat - from.lat;
  const double along = along_lon * lon + along_lat * lat, beside = along_lon * lat - along_lat * lon;
  return along > at_end * length && along < (length - at_end) * length && fabs(beside) <= beside_most * length;
}

/* Whoever cuts a line or a ring leaves one side of the cut as it was and puts a vertex onto it; the vertices behind did
 * not move there, and others may still need them where they are. */
static bool is_cut(const struct matcher *matcher, size_t shown_begin, size_t shown_end,
                   struct osmflow_position position) {
  const struct look *shown = &matcher->shown;
  bool found = false;
  for (size_t i = shown_begin > 0 ? shown_begin - 1 : 0; !found && i < shown_end; i++)
    if (i + 1 < shown->count || matcher->is_ring)
      found = is_on_segment(position, look_at(shown, i), look_at(shown, (i + 1) % shown->count));
  return found;
}

/* Pairs what is left between two exact matches. */
static enum osmflow_status pair_gap(struct matcher *matcher, size_t shown_begin, size_t shown_end, size_t wanted_begin,
                                    size_t wanted_end, size_t *match, struct osmflow_error *error) {
  const bool is_whole = shown_end - shown_begin == matcher->shown.count;
  const bool may_be_cut = !is_whole && shown_end - shown_begin < MOST_PAIR_COST / (wanted_end - wanted_begin + 1);
  size_t old_count = 0, new_count = 0;
  for (size_t i = shown_begin; i < shown_end; i++)
    if (osmflow_idmap_find(&matcher->taken, osmflow_edit_pack(look_at(&matcher->shown, i))) == OSMFLOW_IDMAP_NONE)
      matcher->olds[old_count++] = i;
  for (size_t j = wanted_begin; j < wanted_end; j++)
    if (osmflow_idmap_find(&matcher->shown_places, osmflow_edit_pack(look_at(&matcher->wanted, j))) ==
            OSMFLOW_IDMAP_NONE &&
        !(may_be_cut && is_cut(matcher, shown_begin, shown_end, look_at(&matcher->wanted, j))))
      matcher->news[new_count++] = j;
  return pair(matcher, old_count, new_count, match, error);
}

/* `match` counts as the two are looked at: from their first vertex on, in their direction. */
static enum osmflow_status match_looks(struct matcher *matcher, size_t *match, struct osmflow_error *error) {
  const size_t wanted_count = matcher->wanted.count;
  size_t length = 0, shown_begin = 0, wanted_begin = 0;
  enum osmflow_status status = find_common(matcher, &length, error);
  for (size_t j = 0; j < wanted_count; j++)
    match[j] = OSMFLOW_SEQUENCE_NONE;
  for (size_t c = 0; status == OSMFLOW_OK && c < matcher->wanted.common_count; c++)
    if (matcher->found[c] == OSMFLOW_SEQUENCE_NONE)
      status = osmflow_idmap_set(&matcher->taken, matcher->wanted.common[c], 1, error);
    else
      match[matcher->wanted.common_index[c]] = matcher->shown.common_index[matcher->found[c]];
  for (size_t j = 0; status == OSMFLOW_OK && j <= wanted_count; j++) {
    const bool is_end = j == wanted_count;
    if (!is_end && match[j] == OSMFLOW_SEQUENCE_NONE)
      continue;
    const size_t shown_end = is_end ? matcher->shown.count : match[j];
    status = pair_gap(matcher, shown_begin, shown_end, wanted_begin, j, match, error);
    shown_begin = shown_end + 1;
    wanted_begin = j + 1;
  }
  return status;
}

enum osmflow_status osmflow_edit_match(const struct osmflow_position *shown, size_t shown_count,
                                       const struct osmflow_position *wanted, size_t wanted_count, size_t *match,
                                       struct osmflow_error *error) {
  struct matcher matcher;
  enum osmflow_status status = matcher_start(&matcher, shown, shown_count, wanted, wanted_count, error);
  if (status == OSMFLOW_OK)
    status = match_looks(&matcher, match, error);
  matcher_end(&matcher);
  return status;
}

/* Turns the two to begin with a vertex they have in common, in the direction in which most of the others correspond.
 * *is_found false: they have none. */
static enum osmflow_status turn_to_common(struct matcher *matcher, bool *is_found, struct osmflow_error *error) {
  struct look *shown = &matcher->shown, *wanted = &matcher->wanted;
  look_for_common(shown, &matcher->wanted_places);
  const size_t common_count = shown->common_count;
  const size_t tries = common_count < MOST_ANCHORS ? common_count : MOST_ANCHORS;
  size_t best = 0, best_shown = 0, best_wanted = 0, length;
  bool best_reversed = false;
  enum osmflow_status status = OSMFLOW_OK;
  memcpy(matcher->olds, shown->common_index, common_count * sizeof *matcher->olds);
  for (size_t i = 0; status == OSMFLOW_OK && i < 2 * tries && best < common_count; i++) {
    shown->first = matcher->olds[i / 2 * common_count / tries];
    wanted->first = osmflow_idmap_find(&matcher->wanted_places, osmflow_edit_pack(shown->positions[shown->first]));
    wanted->reversed = i % 2 == 1;
    status = find_common(matcher, &length, error);
    if (status == OSMFLOW_OK && length > best) {
      best = length;
      best_shown = shown->first;
      best_wanted = wanted->first;
      best_reversed = wanted->reversed;
    }
  }
  shown->first = best_shown;
  wanted->first = best_wanted;
  wanted->reversed = best_reversed;
  *is_found = best > 0;
  return status;
}

struct centre {
  double lon, lat;
};

static struct centre centre_of(const struct look *look) {
  struct centre centre = {0, 0};
  for (size_t i = 0; i < look->count; i++) {
    centre.lon += (double)look->positions[i].lon / (double)look->count;
    centre.lat += (double)look->positions[i].lat / (double)look->count;
  }
  return centre;
}

static double squared_distance(struct osmflow_position left, struct centre left_centre, struct osmflow_position right,
                               struct centre right_centre) {
  const double lon = left.lon - left_centre.lon - (right.lon - right_centre.lon);
  const double lat = left.lat - left_centre.lat - (right.lat - right_centre.lat);
  return lon * lon + lat * lat;
}

static bool is_clockwise(const struct look *look, struct centre centre) {
  double area = 0;
  for (size_t i = 0; i < look->count; i++) {
    const struct osmflow_position one = look->positions[i], next = look->positions[(i + 1) % look->count];
    area += (one.lon - centre.lon) * (next.lat - centre.lat) - (next.lon - centre.lon) * (one.lat - centre.lat);
  }
  return area < 0;
}

/* For rings that have no vertex in common any more, as after moving the whole: turns `wanted` to where its vertices
 * fit best when both are laid on each other. */
static void turn_to_fit(struct matcher *matcher) {
  struct look *shown = &matcher->shown, *wanted = &matcher->wanted;
  const struct centre here = centre_of(shown), there = centre_of(wanted);
  const size_t compared = shown->count == wanted->count && shown->count <= MOST_TURNS ? shown->count : 1;
  double best = HUGE_VAL;
  size_t best_first = 0;
  shown->first = 0;
  wanted->reversed = is_clockwise(shown, here) != is_clockwise(wanted, there);
  for (size_t first = 0; first < wanted->count; first++) {
    double sum = 0;
    wanted->first = first;
    for (size_t i = 0; i < compared && sum < best; i++)
      sum += squared_distance(shown->positions[i], here, look_at(wanted, i), there);
    if (sum < best) {
      best = sum;
      best_first = first;
    }
  }
  wanted->first = best_first;
}

/* One or two vertices in common fit either direction: right is the one in which both rings run the same way round,
 * unless it is a triangle that one vertex turned inside out. */
static enum osmflow_status choose_direction(struct matcher *matcher, size_t *match, struct osmflow_error *error) {
  const struct look *shown = &matcher->shown;
  struct look *wanted = &matcher->wanted;
  enum osmflow_status status = OSMFLOW_OK;
  wanted->reversed = is_clockwise(shown, centre_of(shown)) != is_clockwise(wanted, centre_of(wanted));
  if (shown->count != 3 || wanted->count != 3 || shown->common_count != 2)
    return status;
  status = match_looks(matcher, match, error);
  osmflow_idmap_clear(&matcher->taken);
  for (size_t j = 0; status == OSMFLOW_OK && j < wanted->count; j++)
    if (match[j] == OSMFLOW_SEQUENCE_NONE) {
      wanted->reversed = !wanted->reversed;
      break;
    }
  return status;
}

enum osmflow_status osmflow_edit_match_ring(const struct osmflow_position *shown, size_t shown_count,
                                            const struct osmflow_position *wanted, size_t wanted_count,
                                            struct osmflow_position *turned, size_t *match,
                                            struct osmflow_error *error) {
  struct matcher matcher;
  bool is_found = false;
  size_t *looked = calloc(wanted_count, sizeof *looked), begin = 0, least = OSMFLOW_SEQUENCE_NONE;
  enum osmflow_status status = matcher_start(&matcher, shown, shown_count, wanted, wanted_count, error);
  matcher.is_ring = true;
  if (status == OSMFLOW_OK && !looked)
    status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %zu vertices", wanted_count);
  if (status == OSMFLOW_OK)
    status = turn_to_common(&matcher, &is_found, error);
  if (status == OSMFLOW_OK && !is_found)
    turn_to_fit(&matcher);
  else if (status == OSMFLOW_OK && matcher.shown.common_count <= 2)
    status = choose_direction(&matcher, looked, error);
  if (status == OSMFLOW_OK)
    status = match_looks(&matcher, looked, error);
  for (size_t j = 0; status == OSMFLOW_OK && j < wanted_count; j++)
    if (looked[j] != OSMFLOW_SEQUENCE_NONE && look_index(&matcher.shown, looked[j]) < least) {
      least = look_index(&matcher.shown, looked[j]);
      begin = j;
    }
  for (size_t j = 0; status == OSMFLOW_OK && j < wanted_count; j++) {
    const size_t from = (begin + j) % wanted_count;
    turned[j] = look_at(&matcher.wanted, from);
    match[j] = looked[from] == OSMFLOW_SEQUENCE_NONE ? OSMFLOW_SEQUENCE_NONE : look_index(&matcher.shown, looked[from]);
  }
  matcher_end(&matcher);
  free(looked);
  return status;
}
