/* Against a plain quadratic search, and merges against what a reader would write down. */
#include "osm/sequence.h"

#include <stdlib.h>

#include "base/number.h"
#include "base/text.h"
#include "unit.h"

enum { MOST_ITEMS = 140000, LISTED = 64, TEXT_SIZE = 1024 };

static uint64_t chance_state;

static uint32_t chance(uint32_t below) {
  chance_state = chance_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)(chance_state >> 33) % below;
}

/* "1 2 3" */
static size_t read_list(const char *words, int64_t *items) {
  struct osmflow_text rest = osmflow_text(words), word;
  size_t count = 0;
  while (osmflow_text_next(&rest, ' ', &word))
    if (word.size > 0 && (count == LISTED || !osmflow_parse_int(word, INT64_MIN, INT64_MAX, &items[count++])))
      abort();
  return count;
}

static void write_list(const int64_t *items, size_t count, char text[TEXT_SIZE]) {
  size_t length = 0;
  text[0] = '\0';
  for (size_t i = 0; i < count; i++)
    length += (size_t)snprintf(text + length, TEXT_SIZE - length, "%s%lld", i == 0 ? "" : " ", (long long)items[i]);
}

/* Whether it is a common subsequence; its length. */
static bool is_common(const int64_t *left, size_t left_count, const int64_t *right, size_t right_count,
                      const size_t *match, size_t length) {
  size_t next = 0, found = 0;
  for (size_t i = 0; i < right_count; i++) {
    if (match[i] == OSMFLOW_SEQUENCE_NONE)
      continue;
    if (match[i] < next || match[i] >= left_count || left[match[i]] != right[i])
      return false;
    next = match[i] + 1;
    found++;
  }
  return found == length;
}

static size_t longest(const int64_t *left, size_t left_count, const int64_t *right, size_t right_count) {
  size_t *row = calloc(right_count + 1, sizeof *row);
  if (!row)
    abort();
  for (size_t i = 0; i < left_count; i++)
    for (size_t j = 1, before = 0; j <= right_count; j++) {
      const size_t above = row[j];
      row[j] = left[i] == right[j - 1] ? before + 1 : above > row[j - 1] ? above : row[j - 1];
      before = above;
    }
  const size_t length = row[right_count];
  free(row);
  return length;
}

static int64_t left_items[MOST_ITEMS], right_items[MOST_ITEMS];
static size_t match[MOST_ITEMS];

static size_t match_lists(size_t left_count, size_t right_count) {
  size_t length = SIZE_MAX;
  CU_ASSERT_EQUAL(osmflow_sequence_match(left_items, left_count, right_items, right_count, match, &length, NULL),
                  OSMFLOW_OK);
  CU_ASSERT(is_common(left_items, left_count, right_items, right_count, match, length));
  return length;
}

static void matches_short_lists(void) {
  static const struct {
    const char *left, *right;
    size_t length;
  } cases[] = {{"", "", 0},
               {"1", "", 0},
               {"", "1", 0},
               {"1", "2", 0},
               {"1 2 3", "1 2 3", 3},
               {"1 2 3", "3 2 1", 1},
               {"1 2 3 4", "2 3", 2},
               {"1 1 1 1", "1 1", 2},
               {"1 2 1 2 1", "2 1 2", 3},
               {"-9223372036854775808 0", "0 -9223372036854775808 9223372036854775807", 1},
               {"1 2 3 4 5 6", "9 1 8 3 7 5 6", 4}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const size_t left = read_list(cases[i].left, left_items), right = read_list(cases[i].right, right_items);
    CU_ASSERT_EQUAL(match_lists(left, right), cases[i].length);
  }
}

static void finds_a_longest_one(void) {
  chance_state = 1;
  for (size_t round = 0; round < 4000; round++) {
    const size_t left = chance(150), right = chance(150);
    const uint32_t kinds = 1 + chance(round % 2 == 0 ? 4 : 200);
    for (size_t i = 0; i < left; i++)
      left_items[i] = chance(kinds) - (int64_t)kinds / 2;
    for (size_t i = 0; i < right; i++)
      right_items[i] = chance(kinds) - (int64_t)kinds / 2;
    CU_ASSERT_EQUAL(match_lists(left, right), longest(left_items, left, right_items, right));
  }
}

static void finds_a_longest_one_of_2000(void) {
  static const uint32_t kinds[] = {2, 30, 900, 4000};
  chance_state = 2;
  for (size_t round = 0; round < sizeof kinds / sizeof kinds[0]; round++) {
    for (size_t i = 0; i < 2000; i++) {
      left_items[i] = chance(kinds[round]);
      right_items[i] = chance(kinds[round]);
    }
    CU_ASSERT_EQUAL(match_lists(2000, 2000), longest(left_items, 2000, right_items, 2000));
  }
}

static void edits_of_a_long_list_stay_small(void) {
  size_t count = 0;
  for (size_t i = 0; i < 32000; i++) {
    left_items[i] = (int64_t)i;
    if (i % 1000 != 7)
      right_items[count++] = (int64_t)i;
    if (i % 1000 == 500)
      right_items[count++] = (int64_t)(100000 + i);
  }
  CU_ASSERT_EQUAL(match_lists(32000, count), 32000 - 32);
}

/* These would take minutes, or gigabytes, without care. */
static void long_lists_stay_fast(void) {
  enum { COUNT = 32000 };
  for (size_t i = 0; i < COUNT; i++) {
    left_items[i] = (int64_t)i;
    right_items[i] = (int64_t)(COUNT + i);
  }
  CU_ASSERT_EQUAL(match_lists(COUNT, COUNT), 0);
  for (size_t i = 0; i < COUNT; i++)
    right_items[i] = (int64_t)(COUNT - 1 - i);
  CU_ASSERT_EQUAL(match_lists(COUNT, COUNT), 1);
  for (size_t i = 0; i < COUNT; i++) {
    left_items[i] = (int64_t)(i % 2);
    right_items[i] = (int64_t)(i % 3 % 2);
  }
  CU_ASSERT(match_lists(COUNT, COUNT) > COUNT / 2);
  chance_state = 3;
  for (size_t i = 0; i < COUNT; i++) {
    left_items[i] = chance(2000);
    right_items[i] = chance(2000);
  }
  CU_ASSERT(match_lists(COUNT, COUNT) > 500);
}

/* Too long for an exact answer: still what is plainly alike is found. */
static void very_long_lists_are_matched_where_they_are_alike(void) {
  for (size_t i = 0; i < MOST_ITEMS; i++) {
    left_items[i] = i % 10 == 0 ? -(int64_t)(i % 7) : (int64_t)i;
    right_items[i] = i % 1000 == 5 ? (int64_t)(i + 1000) % MOST_ITEMS : left_items[i];
  }
  right_items[0] = left_items[1];
  right_items[MOST_ITEMS - 1] = left_items[MOST_ITEMS - 2];
  CU_ASSERT(match_lists(MOST_ITEMS, MOST_ITEMS) > MOST_ITEMS * 99 / 100);
  for (size_t i = 0; i < MOST_ITEMS; i++) {
    left_items[i] = (int64_t)(i % 1000);
    right_items[i] = (int64_t)(i * 7 % 999 + 1);
  }
  match_lists(MOST_ITEMS, MOST_ITEMS);
}

/* The merged list, or "collides". */
static const char *merge(const int64_t *base, size_t base_count, const int64_t *mine, size_t mine_count,
                         const int64_t *theirs, size_t theirs_count, char text[TEXT_SIZE]) {
  int64_t *merged = NULL;
  size_t count = 0;
  bool collides = false;
  CU_ASSERT_EQUAL(osmflow_sequence_merge(base, base_count, mine, mine_count, theirs, theirs_count, &merged, &count,
                                         &collides, NULL),
                  OSMFLOW_OK);
  CU_ASSERT_EQUAL(merged == NULL, collides);
  if (merged)
    write_list(merged, count, text);
  else
    snprintf(text, TEXT_SIZE, "collides");
  free(merged);
  return text;
}

static void merges(void) {
  static const char *const cases[][4] = {{"", "", "", ""},
                                         {"1 2 3", "1 2 3", "1 2 3", "1 2 3"},
                                         {"1 2 3", "", "1 2 3", ""},
                                         {"1 2 3", "", "1 3", ""},
                                         {"1 2 3", "", "1 2 9 3", "collides"},
                                         {"", "1", "1", "1"},
                                         {"", "1", "2", "collides"},
                                         {"", "1", "1 2", "collides"},
                                         {"1 2 3", "1 9 2 3", "1 2 8 3", "1 9 2 8 3"},
                                         {"1 2 3", "9 1 2 3", "1 2 3 8", "9 1 2 3 8"},
                                         {"1 2 3", "1 9 2 3", "1 9 2 3", "1 9 2 3"},
                                         {"1 2 3", "1 9 2 3", "1 8 2 3", "collides"},
                                         /* neighbours */
                                         {"1 2 3 4", "1 3 4", "1 2 4", "1 4"},
                                         {"1 2 3 4", "1 9 3 4", "1 2 8 4", "1 9 8 4"},
                                         {"1 2 3 4", "1 9 2 3 4", "1 8 3 4", "1 9 8 3 4"},
                                         {"1 2 3 4", "1 8 3 4", "1 9 2 3 4", "1 9 8 3 4"},
                                         {"1 2 3 4", "1 8 3 4", "1 2 9 3 4", "1 8 9 3 4"},
                                         {"1 2 3 4", "1 3 4", "1 9 2 3 4", "1 9 3 4"},
                                         /* the same item */
                                         {"1 2 3 4", "1 9 3 4", "1 3 4", "collides"},
                                         {"1 2 3 4", "1 9 3 4", "1 8 3 4", "collides"},
                                         {"1 2 3 4", "1 9 3 4", "1 9 3 4", "1 9 3 4"},
                                         {"1 2 3 4", "1 4", "1 2 9 3 4", "collides"},
                                         {"1 2 3 4 5", "1 4 5", "1 2 5", "1 5"},
                                         /* an item that moves */
                                         {"1 2 3 4", "2 3 1 4", "1 2 3 4 5", "2 3 1 4 5"},
                                         {"1 2 3 4 5 6", "1 3 4 2 5 6", "1 3 4 5 2 6", "collides"},
                                         {"1 2 3 4 5 6", "1 3 4 2 5 6", "1 3 4 5 6", "collides"},
                                         {"1 2 3", "1 9 2 3", "1 9 3", "collides"},
                                         {"1 2 3 4", "1 9 2 3 4", "1 2 3 9 4", "collides"},
                                         /* a node that comes twice */
                                         {"1 2 3 1", "1 2 9 3 1", "1 2 3 8 1", "1 2 9 3 8 1"}};
  int64_t base[LISTED], mine[LISTED], theirs[LISTED];
  char text[TEXT_SIZE];
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const size_t base_count = read_list(cases[i][0], base), mine_count = read_list(cases[i][1], mine);
    const size_t theirs_count = read_list(cases[i][2], theirs);
    UNIT_SAME(merge(base, base_count, mine, mine_count, theirs, theirs_count, text), cases[i][3], cases[i][1]);
  }
}

/* Both sides edit places of their own, told by the wish for each place: keep, delete, replace, put something before. */
static void edits_at_different_places_always_merge(void) {
  enum { PLACES = 40 };
  static int64_t base[PLACES], mine[3 * PLACES], theirs[3 * PLACES], both[3 * PLACES];
  char text[TEXT_SIZE], expected[TEXT_SIZE];
  chance_state = 4;
  for (size_t round = 0; round < 3000; round++) {
    size_t counts[3] = {0};
    int64_t *const lists[3] = {mine, theirs, both};
    for (size_t i = 0; i < PLACES; i++) {
      const uint32_t what = i % 2 == 0 ? 3 : chance(4), whose = chance(2);
      base[i] = (int64_t)i;
      for (uint32_t list = 0; list < 3; list++) {
        const bool is_edited = list == 2 || list == whose;
        if (is_edited && (what == 1 || what == 2))
          lists[list][counts[list]++] = (int64_t)(100 + i);
        if (!is_edited || what == 2 || what == 3)
          lists[list][counts[list]++] = (int64_t)i;
      }
    }
    write_list(both, counts[2], expected);
    UNIT_SAME(merge(base, PLACES, mine, counts[0], theirs, counts[1], text), expected, "mine and theirs");
    UNIT_SAME(merge(base, PLACES, theirs, counts[1], mine, counts[0], text), expected, "theirs and mine");
    UNIT_SAME(merge(theirs, counts[1], both, counts[2], theirs, counts[1], text), expected, "once more");
  }
}

/* Whatever the lists: both orders collide or give the same items, and one side unchanged gives the other. */
static void any_lists_merge_alike_both_ways(void) {
  static int64_t lists[3][24];
  char text[TEXT_SIZE], other[TEXT_SIZE], expected[TEXT_SIZE];
  chance_state = 5;
  for (size_t round = 0; round < 20000; round++) {
    size_t counts[3];
    for (size_t list = 0; list < 3; list++) {
      counts[list] = chance(24);
      for (size_t i = 0; i < counts[list]; i++)
        lists[list][i] = round % 2 == 0 ? chance(30) : chance(3);
    }
    UNIT_SAME(merge(lists[0], counts[0], lists[1], counts[1], lists[2], counts[2], text),
              merge(lists[0], counts[0], lists[2], counts[2], lists[1], counts[1], other), "mine and theirs exchanged");
    write_list(lists[1], counts[1], expected);
    UNIT_SAME(merge(lists[0], counts[0], lists[1], counts[1], lists[0], counts[0], text), expected, "only mine");
    UNIT_SAME(merge(lists[0], counts[0], lists[0], counts[0], lists[1], counts[1], text), expected, "only theirs");
    UNIT_SAME(merge(lists[0], counts[0], lists[1], counts[1], lists[1], counts[1], text), expected, "both the same");
  }
}

static void refuses_what_no_memory_holds(void) {
  struct osmflow_error error = {0};
  size_t length = 0;
  CU_ASSERT_EQUAL(osmflow_sequence_match(left_items, SIZE_MAX / 8, right_items, 1, match, &length, &error),
                  OSMFLOW_TOO_LARGE);
  CU_ASSERT(strstr(error.message, "too long") != NULL);
}

OSMFLOW_UNIT_MAIN("osm/sequence", UNIT(refuses_what_no_memory_holds), UNIT(matches_short_lists),
                  UNIT(finds_a_longest_one), UNIT(finds_a_longest_one_of_2000), UNIT(edits_of_a_long_list_stay_small),
                  UNIT(long_lists_stay_fast), UNIT(very_long_lists_are_matched_where_they_are_alike), UNIT(merges),
                  UNIT(edits_at_different_places_always_merge), UNIT(any_lists_merge_alike_both_ways))
