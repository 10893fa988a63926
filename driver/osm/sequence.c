/* The longest common subsequence, row by row with 64 columns at a time (Hyyrö), in the memory of two rows by dividing
 * (Hirschberg). What the lists have alike at their ends and what only one of them has is put aside first, so that lists
 * that are nearly the same cost next to nothing. Beyond WORK_CEILING, far above 32,000 by 32,000, the items that are
 * there once on both sides are matched, and around them what is alike. */
#include "osm/sequence.h"

#include <stdlib.h>
#include <string.h>

enum { WORD_BITS = 64, MOST_ITEMS = 1 << 28 };
static const uint64_t WORK_CEILING = UINT64_C(1) << 28; /* words looked at: less than a second */

struct entry {
  int64_t value;
  uint32_t index;
};

/* Equal items have the same number. */
struct numbered {
  uint32_t *items;
  uint32_t *indexes; /* where they are in the caller's list */
  size_t count;
};

struct matcher {
  struct numbered left, right;
  uint32_t *starts,
      *places; /* places[starts[item]] to places[starts[item + 1] - 1]: where the item is in right.items */
  uint64_t *row, *mask;
  uint64_t *shared_masks; /* of the items that are in right.items so often that making a mask takes long */
  uint32_t *shared_of;    /* per item: which of them, + 1 */
  uint32_t shared_items[WORD_BITS];
  size_t shared_count;
  uint32_t *lengths[2]; /* of the longest common subsequence with each beginning, and each end, of the right list */
  uint64_t work;
  size_t *match;
};

struct range {
  size_t left, left_end, right, right_end;
};

static int compare_entries(const void *one, const void *other) {
  const struct entry *left = one, *right = other;
  if (left->value != right->value)
    return left->value < right->value ? -1 : 1;
  return (left->index > right->index) - (left->index < right->index);
}

static void pair(const struct matcher *matcher, size_t left, size_t right) {
  matcher->match[matcher->right.indexes[right]] = matcher->left.indexes[left];
}

static void match_ends(const struct matcher *matcher, struct range *range) {
  const uint32_t *left = matcher->left.items, *right = matcher->right.items;
  while (range->left < range->left_end && range->right < range->right_end && left[range->left] == right[range->right])
    pair(matcher, range->left++, range->right++);
  while (range->left < range->left_end && range->right < range->right_end &&
         left[range->left_end - 1] == right[range->right_end - 1])
    pair(matcher, --range->left_end, --range->right_end);
}

/* The first of an item's places that is not before `index`. */
static size_t find_place(const struct matcher *matcher, uint32_t item, size_t index) {
  size_t low = matcher->starts[item], high = matcher->starts[item + 1];
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (matcher->places[middle] < index)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static size_t column_of(const struct range *range, size_t place, bool is_backwards) {
  return is_backwards ? range->right_end - 1 - place : place - range->right;
}

static void set_places(const struct matcher *matcher, const struct range *range, bool is_backwards, size_t first,
                       size_t end, uint64_t *mask) {
  for (size_t i = first; i < end; i++) {
    const size_t column = column_of(range, matcher->places[i], is_backwards);
    mask[column / WORD_BITS] ^= UINT64_C(1) << column % WORD_BITS;
  }
}

static const uint64_t *shared_mask(struct matcher *matcher, const struct range *range, bool is_backwards, uint32_t item,
                                   size_t first, size_t end, size_t words) {
  const bool is_new = matcher->shared_of[item] == 0;
  if (is_new) {
    matcher->shared_items[matcher->shared_count++] = item;
    matcher->shared_of[item] = (uint32_t)matcher->shared_count;
  }
  uint64_t *mask = matcher->shared_masks + (matcher->shared_of[item] - 1) * words;
  if (is_new) {
    memset(mask, 0, words * sizeof *mask);
    set_places(matcher, range, is_backwards, first, end, mask);
  }
  return mask;
}

/* In a row a 0 stands where the length grows by one. */
static void next_row(uint64_t *row, const uint64_t *mask, size_t words) {
  bool carry = false;
  for (size_t i = 0; i < words; i++) {
    uint64_t sum = 0;
    const bool first = __builtin_add_overflow(row[i], row[i] & mask[i], &sum);
    const bool second = __builtin_add_overflow(sum, (uint64_t)carry, &sum);
    row[i] = sum | (row[i] & ~mask[i]);
    carry = first || second;
  }
}

static void add_item(struct matcher *matcher, const struct range *range, bool is_backwards, uint32_t item,
                     size_t words) {
  const size_t first = find_place(matcher, item, range->right), end = find_place(matcher, item, range->right_end);
  if (first == end)
    return;
  /* Fewer than WORD_BITS items can be there this often. */
  if (end - first > words) {
    next_row(matcher->row, shared_mask(matcher, range, is_backwards, item, first, end, words), words);
    return;
  }
  const size_t least =
      column_of(range, is_backwards ? matcher->places[end - 1] : matcher->places[first], is_backwards) / WORD_BITS;
  set_places(matcher, range, is_backwards, first, end, matcher->mask);
  next_row(matcher->row + least, matcher->mask + least, words - least);
  set_places(matcher, range, is_backwards, first, end, matcher->mask);
}

/* lengths[j]: of the range's left part and the first (last) j items of its right part. */
static void measure(struct matcher *matcher, const struct range *range, bool is_backwards) {
  const size_t columns = range->right_end - range->right, words = (columns + WORD_BITS - 1) / WORD_BITS;
  const size_t rows = range->left_end - range->left;
  uint32_t *lengths = matcher->lengths[is_backwards];
  memset(matcher->row, 0xFF, words * sizeof *matcher->row);
  for (size_t i = 0; i < rows; i++)
    add_item(matcher, range, is_backwards,
             matcher->left.items[is_backwards ? range->left_end - 1 - i : range->left + i], words);
  lengths[0] = 0;
  for (size_t i = 0; i < columns; i++)
    lengths[i + 1] = lengths[i] + (matcher->row[i / WORD_BITS] >> i % WORD_BITS & 1 ? 0U : 1U);
  while (matcher->shared_count > 0)
    matcher->shared_of[matcher->shared_items[--matcher->shared_count]] = 0;
}

static bool has_work_left(const struct matcher *matcher, const struct range *range) {
  const uint64_t words = (range->right_end - range->right) / WORD_BITS + 1;
  return words * (range->left_end - range->left) <= WORK_CEILING - matcher->work;
}

/* Calls itself at most as often in a row as the left part can be halved. */
static void match_range(struct matcher *matcher, struct range range) {
  match_ends(matcher, &range);
  const size_t rows = range.left_end - range.left, columns = range.right_end - range.right;
  if (rows == 0 || columns == 0 || !has_work_left(matcher, &range))
    return;
  if (rows == 1) {
    const uint32_t item = matcher->left.items[range.left];
    const size_t place = find_place(matcher, item, range.right);
    if (place < matcher->starts[item + 1] && matcher->places[place] < range.right_end)
      pair(matcher, range.left, matcher->places[place]);
    return;
  }
  struct range first = range, second = range;
  first.left_end = second.left = range.left + rows / 2;
  matcher->work += (columns / WORD_BITS + 1) * rows;
  measure(matcher, &first, false);
  measure(matcher, &second, true);
  size_t best = 0;
  for (size_t i = 1; i <= columns; i++)
    if (matcher->lengths[0][i] + matcher->lengths[1][columns - i] >
        matcher->lengths[0][best] + matcher->lengths[1][columns - best])
      best = i;
  first.right_end = second.right = range.right + best;
  match_range(matcher, first);
  match_range(matcher, second);
}

/* anchors[right] = left + 1 for items that are there once on both sides. */
static void find_anchors(const struct matcher *matcher, uint32_t *anchors, uint32_t *counts) {
  for (size_t i = 0; i < matcher->left.count; i++)
    counts[matcher->left.items[i]]++;
  for (size_t i = 0; i < matcher->left.count; i++) {
    const uint32_t item = matcher->left.items[i];
    if (counts[item] == 1 && matcher->starts[item + 1] - matcher->starts[item] == 1)
      anchors[matcher->places[matcher->starts[item]]] = (uint32_t)i + 1;
  }
}

/* Keeps the longest ascending part of the anchors. tails[k]: the place + 1 of the smallest anchor that ends an
 * ascending part of k + 1 anchors. */
static void keep_ascending(uint32_t *anchors, size_t count, uint32_t *tails, uint32_t *previous) {
  size_t length = 0;
  for (size_t i = 0; i < count; i++) {
    size_t low = 0, high = length;
    if (anchors[i] == 0)
      continue;
    while (low < high) {
      const size_t middle = low + (high - low) / 2;
      if (anchors[tails[middle] - 1] < anchors[i])
        low = middle + 1;
      else
        high = middle;
    }
    previous[i] = low > 0 ? tails[low - 1] : 0;
    tails[low] = (uint32_t)i + 1;
    length = low == length ? length + 1 : length;
  }
  uint32_t kept = length > 0 ? tails[length - 1] : 0;
  for (size_t i = count; i-- > 0;)
    if (kept == i + 1)
      kept = previous[i];
    else
      anchors[i] = 0;
}

static enum osmflow_status match_at_anchors(struct matcher *matcher, struct osmflow_error *error) {
  const size_t most = matcher->left.count + matcher->right.count + 1;
  uint32_t *anchors = calloc(most, sizeof *anchors), *counts = calloc(most, sizeof *counts);
  uint32_t *previous = calloc(most, sizeof *previous);
  enum osmflow_status status = OSMFLOW_OK;
  if (anchors && counts && previous) {
    struct range range = {0};
    find_anchors(matcher, anchors, counts);
    memset(counts, 0, most * sizeof *counts);
    keep_ascending(anchors, matcher->right.count, counts, previous);
    for (size_t i = 0; i < matcher->right.count; i++)
      if (anchors[i] > 0) {
        range.left_end = anchors[i];
        range.right_end = i + 1;
        match_range(matcher, range);
        range.left = range.left_end;
        range.right = range.right_end;
      }
    range.left_end = matcher->left.count;
    range.right_end = matcher->right.count;
    match_range(matcher, range);
  } else {
    status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory to compare two lists");
  }
  free(anchors);
  free(counts);
  free(previous);
  return status;
}

static void free_matcher(struct matcher *matcher) {
  free(matcher->left.items);
  free(matcher->left.indexes);
  free(matcher->right.items);
  free(matcher->right.indexes);
  free(matcher->starts);
  free(matcher->places);
  free(matcher->row);
  free(matcher->mask);
  free(matcher->shared_masks);
  free(matcher->shared_of);
  free(matcher->lengths[0]);
  free(matcher->lengths[1]);
}

static enum osmflow_status reserve(struct matcher *matcher, size_t left, size_t right, struct osmflow_error *error) {
  const size_t words = right / WORD_BITS + 1;
  matcher->left.items = calloc(left, sizeof(uint32_t));
  matcher->left.indexes = calloc(left, sizeof(uint32_t));
  matcher->right.items = calloc(right, sizeof(uint32_t));
  matcher->right.indexes = calloc(right, sizeof(uint32_t));
  matcher->starts = calloc(right + 2, sizeof(uint32_t));
  matcher->places = calloc(right, sizeof(uint32_t));
  matcher->row = calloc(words, sizeof(uint64_t));
  matcher->mask = calloc(words, sizeof(uint64_t));
  matcher->shared_masks = calloc(words * WORD_BITS, sizeof(uint64_t));
  matcher->shared_of = calloc(right + 1, sizeof(uint32_t));
  matcher->lengths[0] = calloc(right + 1, sizeof(uint32_t));
  matcher->lengths[1] = calloc(right + 1, sizeof(uint32_t));
  const bool is_enough = matcher->left.items && matcher->left.indexes && matcher->right.items &&
                         matcher->right.indexes && matcher->starts && matcher->places && matcher->row &&
                         matcher->mask && matcher->shared_masks && matcher->shared_of && matcher->lengths[0] &&
                         matcher->lengths[1];
  return is_enough ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory to compare two lists");
}

/* The number of an item of the left list, or SIZE_MAX. */
static size_t find_number(const struct entry *entries, const uint32_t *numbers, size_t count, int64_t value) {
  size_t low = 0, high = count;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (entries[middle].value < value)
      low = middle + 1;
    else
      high = middle;
  }
  return low < count && entries[low].value == value ? numbers[low] : SIZE_MAX;
}

/* Gives the items numbers and drops those that only one side has. `entries` are the right list's, sorted; `numbers` and
 * `is_used` are room for as many. */
static void number_items(struct matcher *matcher, const int64_t *left, const int64_t *right, const struct range *range,
                         const struct entry *entries, uint32_t *numbers, bool *is_used) {
  const size_t count = range->right_end - range->right;
  struct numbered *kept_left = &matcher->left, *kept_right = &matcher->right;
  for (size_t i = 0; i < count; i++)
    numbers[i] = i == 0 ? 0 : numbers[i - 1] + (entries[i].value != entries[i - 1].value ? 1U : 0U);
  for (size_t i = range->left; i < range->left_end; i++) {
    const size_t number = find_number(entries, numbers, count, left[i]);
    if (number == SIZE_MAX)
      continue;
    is_used[number] = true;
    kept_left->items[kept_left->count] = (uint32_t)number;
    kept_left->indexes[kept_left->count++] = (uint32_t)i;
  }
  for (size_t i = range->right; i < range->right_end; i++) {
    const size_t number = find_number(entries, numbers, count, right[i]);
    if (!is_used[number])
      continue;
    kept_right->items[kept_right->count] = (uint32_t)number;
    kept_right->indexes[kept_right->count++] = (uint32_t)i;
    matcher->starts[number + 2]++;
  }
  /* starts[n + 1] is where item n begins, and moves to where it ends while its places are filled in. */
  for (size_t i = 2; i <= count + 1; i++)
    matcher->starts[i] += matcher->starts[i - 1];
  for (size_t i = 0; i < kept_right->count; i++)
    matcher->places[matcher->starts[kept_right->items[i] + 1]++] = (uint32_t)i;
}

static enum osmflow_status prepare(struct matcher *matcher, const int64_t *left, const int64_t *right,
                                   const struct range *range, struct osmflow_error *error) {
  const size_t count = range->right_end - range->right;
  struct entry *entries = calloc(count, sizeof *entries);
  uint32_t *numbers = calloc(count, sizeof *numbers);
  bool *is_used = calloc(count, sizeof *is_used);
  enum osmflow_status status = reserve(matcher, range->left_end - range->left, count, error);
  if (status == OSMFLOW_OK && !(entries && numbers && is_used))
    status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory to compare two lists");
  if (status == OSMFLOW_OK) {
    for (size_t i = 0; i < count; i++)
      entries[i] = (struct entry){right[range->right + i], (uint32_t)i};
    qsort(entries, count, sizeof *entries, compare_entries);
    number_items(matcher, left, right, range, entries, numbers, is_used);
  }
  free(entries);
  free(numbers);
  free(is_used);
  return status;
}

static enum osmflow_status match_middle(const int64_t *left, const int64_t *right, const struct range *range,
                                        size_t *match, struct osmflow_error *error) {
  struct matcher matcher = {.match = match};
  enum osmflow_status status = prepare(&matcher, left, right, range, error);
  if (status == OSMFLOW_OK) {
    const struct range whole = {0, matcher.left.count, 0, matcher.right.count};
    const uint64_t words = whole.right_end / WORD_BITS + 1;
    /* Each halving costs half as much as the one before, but for parts of words. */
    if (3 * words * whole.left_end <= WORK_CEILING)
      match_range(&matcher, whole);
    else
      status = match_at_anchors(&matcher, error);
  }
  free_matcher(&matcher);
  return status;
}

enum osmflow_status osmflow_sequence_match(const int64_t *left, size_t left_count, const int64_t *right,
                                           size_t right_count, size_t *match, size_t *length,
                                           struct osmflow_error *error) {
  struct range range = {0, left_count, 0, right_count};
  enum osmflow_status status = OSMFLOW_OK;
  if (left_count > MOST_ITEMS || right_count > MOST_ITEMS)
    return osmflow_error_set(error, OSMFLOW_TOO_LARGE, "lists of %zu and %zu items are too long to be compared",
                             left_count, right_count);
  for (size_t i = 0; i < right_count; i++)
    match[i] = OSMFLOW_SEQUENCE_NONE;
  while (range.left < range.left_end && range.right < range.right_end && left[range.left] == right[range.right])
    match[range.right++] = range.left++;
  while (range.left < range.left_end && range.right < range.right_end &&
         left[range.left_end - 1] == right[range.right_end - 1])
    match[--range.right_end] = --range.left_end;
  if (range.left < range.left_end && range.right < range.right_end)
    status = match_middle(left, right, &range, match, error);
  *length = 0;
  for (size_t i = 0; i < right_count; i++)
    *length += match[i] != OSMFLOW_SEQUENCE_NONE ? 1 : 0;
  return status;
}
