/* Three-way merge: each side's changes as pieces of the base that were replaced. Two pieces collide when they share an
 * item of the base, or put different things at the same place. */
#include <stdlib.h>
#include <string.h>

#include "osm/sequence.h"

/* base[first .. end - 1] became side[from .. to - 1]. */
struct piece {
  size_t first, end, from, to;
};

struct side {
  const int64_t *items;
  size_t count;
  size_t *match; /* to the base */
  struct piece *pieces;
  size_t piece_count;
};

static enum osmflow_status find_pieces(const int64_t *base, size_t base_count, struct side *side,
                                       struct osmflow_error *error) {
  size_t length = 0;
  struct piece piece = {0};
  side->match = calloc(side->count + 1, sizeof *side->match);
  side->pieces = calloc((side->count < base_count ? side->count : base_count) + 1, sizeof *side->pieces);
  if (!side->match || !side->pieces)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory to merge two lists");
  const enum osmflow_status status =
      osmflow_sequence_match(base, base_count, side->items, side->count, side->match, &length, error);
  for (size_t i = 0; status == OSMFLOW_OK && i <= side->count; i++) {
    if (i < side->count && side->match[i] == OSMFLOW_SEQUENCE_NONE)
      continue;
    piece.to = i;
    piece.end = i < side->count ? side->match[i] : base_count;
    if (piece.first < piece.end || piece.from < piece.to)
      side->pieces[side->piece_count++] = piece;
    piece.first = piece.end + 1;
    piece.from = i + 1;
  }
  return status;
}

static size_t inserted(const struct piece *piece) {
  return piece->to - piece->from;
}

static bool is_insertion(const struct piece *piece) {
  return piece->first == piece->end;
}

static bool are_same(const struct side *mine, const struct piece *one, const struct side *theirs,
                     const struct piece *other) {
  return one->first == other->first && one->end == other->end && inserted(one) == inserted(other) &&
         (inserted(one) == 0 ||
          memcmp(mine->items + one->from, theirs->items + other->from, inserted(one) * sizeof *mine->items) == 0);
}

static bool do_collide(const struct side *mine, const struct piece *one, const struct side *theirs,
                       const struct piece *other) {
  if (are_same(mine, one, theirs, other) || (inserted(one) == 0 && inserted(other) == 0))
    return false;
  if (is_insertion(one) && is_insertion(other))
    return one->first == other->first;
  if (is_insertion(one))
    return other->first < one->first && one->first < other->end;
  if (is_insertion(other))
    return one->first < other->first && other->first < one->end;
  return one->first < other->end && other->first < one->end;
}

/* Pieces of one side never touch each other, so each is compared only with those it may meet. */
static bool any_collide(const struct side *mine, const struct side *theirs) {
  size_t i = 0, j = 0;
  while (i < mine->piece_count && j < theirs->piece_count) {
    const struct piece *one = &mine->pieces[i], *other = &theirs->pieces[j];
    if (do_collide(mine, one, theirs, other))
      return true;
    i += one->end <= other->end ? 1 : 0;
    j += other->end <= one->end ? 1 : 0;
  }
  return false;
}

struct output {
  int64_t *items;
  size_t count;
};

static void put_inserted(const struct side *side, const struct piece *piece, struct output *output) {
  if (inserted(piece) > 0)
    memcpy(output->items + output->count, side->items + piece->from, inserted(piece) * sizeof *side->items);
  output->count += inserted(piece);
}

/* The piece that begins at base[place], or NULL. `next` goes along with growing places. */
static const struct piece *piece_at(const struct side *side, size_t *next, size_t place) {
  while (*next < side->piece_count && side->pieces[*next].first < place)
    ++*next;
  return *next < side->piece_count && side->pieces[*next].first == place ? &side->pieces[*next] : NULL;
}

static void write(const int64_t *base, size_t base_count, const struct side *mine, const struct side *theirs,
                  struct output *output) {
  size_t next_mine = 0, next_theirs = 0, gone_until = 0;
  for (size_t i = 0; i <= base_count; i++) {
    const struct piece *one = piece_at(mine, &next_mine, i), *other = piece_at(theirs, &next_theirs, i);
    /* Something put before an item stays before what the other side put in the item's place. */
    const bool is_other_first = other && is_insertion(other);
    if (one && other && are_same(mine, one, theirs, other))
      other = NULL;
    if (other && is_other_first)
      put_inserted(theirs, other, output);
    if (one)
      put_inserted(mine, one, output);
    if (other && !is_other_first)
      put_inserted(theirs, other, output);
    if (one && one->end > gone_until)
      gone_until = one->end;
    if (other && other->end > gone_until)
      gone_until = other->end;
    if (i < base_count && i >= gone_until)
      output->items[output->count++] = base[i];
  }
}

static int compare_items(const void *one, const void *other) {
  const int64_t left = *(const int64_t *)one, right = *(const int64_t *)other;
  return (left > right) - (left < right);
}

static size_t count_item(const int64_t *items, size_t count, size_t *next, int64_t item) {
  size_t found = 0;
  while (*next < count && items[*next] < item)
    ++*next;
  for (; *next < count && items[*next] == item; found++)
    ++*next;
  return found;
}

enum { LISTS = 4 }; /* base, mine, theirs, merged */

static void copy_sorted(const int64_t *items, size_t count, int64_t *sorted) {
  if (count > 0)
    memcpy(sorted, items, count * sizeof *items);
  qsort(sorted, count, sizeof *sorted, compare_items);
}

/* Places that do not collide are not enough where an item was moved: moved by both to different places it would be
 * there twice, and moved by one and deleted by the other it would stay. So each item must be there as often as a merge
 * of the mere numbers says. */
static bool are_numbers_right(int64_t *const sorted[LISTS], const size_t counts[LISTS]) {
  size_t next[LISTS] = {0};
  for (;;) {
    int64_t item = INT64_MAX;
    bool is_any = false;
    size_t found[LISTS];
    for (size_t i = 0; i < LISTS; i++)
      if (next[i] < counts[i]) {
        item = sorted[i][next[i]] < item ? sorted[i][next[i]] : item;
        is_any = true;
      }
    if (!is_any)
      return true;
    for (size_t i = 0; i < LISTS; i++)
      found[i] = count_item(sorted[i], counts[i], &next[i], item);
    const size_t base = found[0], mine = found[1], theirs = found[2], merged = found[3];
    if ((mine == base && merged != theirs) || (theirs == base && merged != mine) || (mine == theirs && merged != mine))
      return false;
  }
}

static enum osmflow_status check_numbers(const int64_t *const lists[LISTS], const size_t counts[LISTS], bool *are_right,
                                         struct osmflow_error *error) {
  int64_t *sorted[LISTS];
  bool is_enough = true;
  for (size_t i = 0; i < LISTS; i++) {
    sorted[i] = calloc(counts[i] + 1, sizeof **sorted);
    is_enough = is_enough && sorted[i];
  }
  for (size_t i = 0; is_enough && i < LISTS; i++)
    copy_sorted(lists[i], counts[i], sorted[i]);
  *are_right = is_enough && are_numbers_right(sorted, counts);
  for (size_t i = 0; i < LISTS; i++)
    free(sorted[i]);
  return is_enough ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory to merge two lists");
}

enum osmflow_status osmflow_sequence_merge(const int64_t *base, size_t base_count, const int64_t *mine,
                                           size_t mine_count, const int64_t *theirs, size_t theirs_count,
                                           int64_t **merged, size_t *count, bool *collides,
                                           struct osmflow_error *error) {
  struct side one = {.items = mine, .count = mine_count}, other = {.items = theirs, .count = theirs_count};
  struct output output = {0};
  bool is_fine = false;
  *merged = NULL;
  *count = 0;
  *collides = false;
  enum osmflow_status status = find_pieces(base, base_count, &one, error);
  if (status == OSMFLOW_OK)
    status = find_pieces(base, base_count, &other, error);
  if (status == OSMFLOW_OK && !any_collide(&one, &other)) {
    output.items = calloc(base_count + mine_count + theirs_count + 1, sizeof *output.items);
    if (!output.items)
      status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory to merge two lists");
    if (status == OSMFLOW_OK) {
      write(base, base_count, &one, &other, &output);
      status =
          check_numbers((const int64_t *const[LISTS]){base, mine, theirs, output.items},
                        (const size_t[LISTS]){base_count, mine_count, theirs_count, output.count}, &is_fine, error);
    }
  }
  if (status == OSMFLOW_OK && is_fine) {
    *merged = output.items;
    *count = output.count;
    output.items = NULL;
  }
  *collides = status == OSMFLOW_OK && !is_fine;
  free(output.items);
  free(one.match);
  free(one.pieces);
  free(other.match);
  free(other.pieces);
  return status;
}
