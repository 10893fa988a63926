/* Elements as a few words: "n;47.1,9.5;name=a;ref=b", "w;1,2,3;highway=path", "r;w5 outer,n1;type=route"; "-" stands
 * for no list or position, "xn" is a deleted node, "?" an unknown base. */
#include "osm/merge.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/number.h"
#include "unit.h"

enum { MOST_ITEMS = 2048, SHOWN_SIZE = 1 << 16, CONFLICT_SIZE = 1 << 16 };

struct element {
  struct osmflow_tag_view tags[MOST_ITEMS];
  int64_t refs[MOST_ITEMS];
  struct osmflow_draft_member members[MOST_ITEMS];
  struct osmflow_draft draft;
};

static void require(bool is_so, const char *words) {
  if (!is_so) {
    fprintf(stderr, "\nnot an element: [%s]\n", words);
    abort();
  }
}

static enum osmflow_element_type type_of(char letter) {
  return letter == 'n' ? OSMFLOW_NODE : letter == 'w' ? OSMFLOW_WAY : OSMFLOW_RELATION;
}

static void read_item(struct element *element, struct osmflow_text item, const char *words) {
  struct osmflow_draft *draft = &element->draft;
  if (draft->type == OSMFLOW_NODE) {
    require(osmflow_parse_degrees(item, draft->lat == OSMFLOW_NO_POSITION ? &draft->lat : &draft->lon), words);
  } else if (draft->type == OSMFLOW_WAY) {
    require(osmflow_parse_int(item, INT64_MIN, INT64_MAX, &element->refs[draft->ref_count++]), words);
  } else {
    struct osmflow_draft_member *member = &element->members[draft->member_count++];
    struct osmflow_text ref;
    require(osmflow_text_next(&item, ' ', &ref) && ref.size > 1, words);
    *member = (struct osmflow_draft_member){type_of(ref.data[0]), 0, item};
    const struct osmflow_text number = {ref.data + 1, ref.size - 1};
    require(osmflow_parse_int(number, INT64_MIN, INT64_MAX, &member->ref), words);
  }
}

/* Borrows the words. */
static const struct osmflow_draft *read_element(struct element *element, const char *words, uint32_t version) {
  const bool is_visible = words[0] != 'x';
  struct osmflow_text rest = osmflow_text(words), part, item;
  if (words[0] == '?')
    return NULL;
  element->draft = (struct osmflow_draft){.type = type_of(words[is_visible ? 0 : 1]),
                                          .id = 7,
                                          .version = version,
                                          .visible = is_visible,
                                          .lon = OSMFLOW_NO_POSITION,
                                          .lat = OSMFLOW_NO_POSITION,
                                          .tags = element->tags,
                                          .refs = element->refs,
                                          .members = element->members,
                                          .label = {NULL, 0}};
  for (size_t field = 0; osmflow_text_next(&rest, ';', &part); field++) {
    if (field > 1) {
      struct osmflow_tag_view *tag = &element->tags[element->draft.tag_count++];
      tag->value = part;
      require(osmflow_text_next(&tag->value, '=', &tag->key), words);
    }
    while (field == 1 && !osmflow_text_is(part, "-") && osmflow_text_next(&part, ',', &item))
      read_item(element, item, words);
  }
  return &element->draft;
}

static void add(char shown[SHOWN_SIZE], const char *format, ...) OSMFLOW_PRINTF(2, 3);
static void add(char shown[SHOWN_SIZE], const char *format, ...) {
  const size_t length = strlen(shown);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(shown + length, SHOWN_SIZE - length, format, arguments);
  va_end(arguments);
}

/* Tags in the order of their keys, which a merge has. */
static void show(const struct osmflow_draft *draft, char shown[SHOWN_SIZE]) {
  const char letter = osmflow_element_type_names[draft->type][0];
  snprintf(shown, SHOWN_SIZE, "%s%c", draft->visible ? "" : "x", letter);
  if (!draft->visible)
    return;
  add(shown, ";%s", draft->ref_count + draft->member_count == 0 && draft->lat == OSMFLOW_NO_POSITION ? "-" : "");
  if (draft->type == OSMFLOW_NODE && draft->lat != OSMFLOW_NO_POSITION)
    add(shown, "%.8g,%.8g", draft->lat / 1e7, draft->lon / 1e7);
  for (size_t i = 0; i < draft->ref_count; i++)
    add(shown, "%s%" PRId64, i == 0 ? "" : ",", draft->refs[i]);
  for (size_t i = 0; i < draft->member_count; i++)
    add(shown, "%s%c%" PRId64 "%s%.*s", i == 0 ? "" : ",", osmflow_element_type_names[draft->members[i].type][0],
        draft->members[i].ref, draft->members[i].role.size > 0 ? " " : "",
        OSMFLOW_TEXT_ARGUMENTS(draft->members[i].role));
  for (size_t i = 0; i < draft->tag_count; i++)
    add(shown, ";%.*s=%.*s", OSMFLOW_TEXT_ARGUMENTS(draft->tags[i].key), OSMFLOW_TEXT_ARGUMENTS(draft->tags[i].value));
}

struct merge_case {
  const char *base, *mine, *theirs, *result; /* an element, or the lines of a conflict */
};

static struct element base_element, mine_element, theirs_element;

/* What comes out of versions 3 (base and mine) and 5 (theirs). */
static const char *merge_words(const struct merge_case *words, bool undelete, char shown[SHOWN_SIZE]) {
  const struct osmflow_merge_options options = {undelete};
  const struct osmflow_draft *base = read_element(&base_element, words->base, 3);
  const struct osmflow_draft *mine = read_element(&mine_element, words->mine, 3);
  const struct osmflow_draft *theirs = read_element(&theirs_element, words->theirs, 5);
  struct osmflow_draft *merged = NULL;
  struct osmflow_bytes conflict;
  osmflow_bytes_init(&conflict, CONFLICT_SIZE);
  mine_element.draft.label = osmflow_text("lines 7");
  CU_ASSERT_EQUAL(osmflow_merge(base, mine, theirs, &options, &merged, &conflict, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(merged == NULL, conflict.size > 0);
  if (merged) {
    show(merged, shown);
    CU_ASSERT_EQUAL(merged->version, 5);
    CU_ASSERT_EQUAL(merged->id, 7);
    CU_ASSERT_EQUAL(merged->type, theirs->type);
    CU_ASSERT(osmflow_text_is(merged->label, "lines 7"));
  } else {
    snprintf(shown, SHOWN_SIZE, "%s", osmflow_bytes_string(&conflict));
  }
  osmflow_draft_free(merged);
  osmflow_bytes_clear(&conflict);
  return shown;
}

static void try_cases(const struct merge_case *cases, size_t count) {
  char shown[SHOWN_SIZE];
  for (size_t i = 0; i < count; i++)
    UNIT_SAME(merge_words(&cases[i], false, shown), cases[i].result, cases[i].mine);
}

static void shows_what_collides(void) {
  static const struct merge_case cases[] = {
      {"n;1,1;name=a", "n;1,1;name=b", "n;1,1;name=c", "tag name: was \"a\", you wrote \"b\", the server has \"c\"\n"},
      {"n;1,1;name=a", "n;1,1", "n;1,1;name=c", "tag name: was \"a\", you wrote nothing, the server has \"c\"\n"},
      {"n;1,1;name=a", "n;1,1;name=", "n;1,1", "tag name: was \"a\", you wrote \"\", the server has nothing\n"},
      {"n;1,1", "n;1,1;name=b", "n;1,1;name=c", "tag name: was nothing, you wrote \"b\", the server has \"c\"\n"},
      {"n;1,1;b=1;a=1", "n;1,1;a=2;b=2", "n;1,1;a=3;b=3",
       "tag a: was \"1\", you wrote \"2\", the server has \"3\"\ntag b: was \"1\", you wrote \"2\", the server has "
       "\"3\"\n"},
      {"n;47.1,9.5", "n;47.2,9.5", "n;-47.1234567,9",
       "position: was 47.1 9.5, you wrote 47.2 9.5, the server has "
       "-47.1234567 9.0\n"},
      {"xn", "n;1,2", "n;1,3", "position: was nothing, you wrote 1.0 2.0, the server has 1.0 3.0\n"},
      {"w;1,2,3", "w;1,9,2,3", "w;1,8,2,3",
       "nodes: both lists changed at the same place (you: added 9, server: added 8)\n"},
      {"w;1,2,3", "w;1,9,3", "w;1,3",
       "nodes: both lists changed at the same place (you: removed 2 added 9, server: removed 2)\n"},
      {"w;1,2", "w;1,11,12,13,14,15,16,17,2", "w;1,-8,2",
       "nodes: both lists changed at the same place (you: added 11 12 13 14 15 and 2 more, server: added -8)\n"},
      {"w;1,2", "w;1", "w;2", "nodes: together the two edits leave too few (you: removed 2, server: removed 1)\n"},
      {"w;1,2,3,4,5,1", "w;1,2,3,1", "w;3,4,5,3",
       "nodes: together the two edits leave too few (you: removed 4 5, server: removed 1 2)\n"},
      {"r;w5 outer,n1", "r;w5 inner,n1", "r;w5,n1",
       "members: both lists changed at the same place (you: removed way 5 \"outer\" added way 5 \"inner\", server: "
       "removed way 5 \"outer\" added way 5)\n"},
      {"n;1,1", "xn", "n;1,2", "deleted by you, changed on the server (version 3 -> 5)\n"},
      {"n;1,1", "n;1,2", "xn", "changed by you, deleted on the server (version 3 -> 5)\n"},
      {"w;1,2;a=1;b=1", "w;1,3;a=2;b=2", "w;1,4;a=3;b=1",
       "tag a: was \"1\", you wrote \"2\", the server has \"3\"\nnodes: both lists changed at the same place (you: "
       "removed 2 added 3, server: removed 2 added 4)\n"},
  };
  try_cases(cases, sizeof cases / sizeof cases[0]);
}

static void an_unknown_base_allows_only_what_is_alike(void) {
  static const struct merge_case cases[] = {
      {"?", "n;1,1;a=1", "n;1,1;a=1", "n;1,1;a=1"},
      {"?", "w;1,2", "w;1,2", "w;1,2"},
      {"?", "r;w1 a,n2", "r;w1 a,n2", "r;w1 a,n2"},
      {"?", "xn", "xn", "xn"},
      {"?", "n;1,1;a=1", "n;1,1", "tag a: you wrote \"1\", the server has nothing\n"},
      {"?", "n;1,1", "n;1,1;a=1", "tag a: you wrote nothing, the server has \"1\"\n"},
      {"?", "n;1,1", "n;1,2", "position: you wrote 1.0 1.0, the server has 1.0 2.0\n"},
      {"?", "w;1,2", "w;1,2,3", "nodes: you wrote a list of 2, the server has another one of 3\n"},
      {"?", "r;w1 a", "r;w1 b", "members: you wrote a list of 1, the server has another one of 1\n"},
      {"?", "xn", "n;1,1", "deleted by you, changed on the server (version 3 -> 5)\n"},
      {"?", "n;1,1", "xn", "changed by you, deleted on the server (version 3 -> 5)\n"},
  };
  try_cases(cases, sizeof cases / sizeof cases[0]);
}

/* Made from the very version that the server has: there is nothing to be merged. */
static void an_unknown_base_of_the_same_version_is_theirs(void) {
  const struct osmflow_merge_options options = {false};
  const struct osmflow_draft *mine = read_element(&mine_element, "w;1,2,4;a=2", 5);
  const struct osmflow_draft *theirs = read_element(&theirs_element, "w;1,2,3;a=1;b=1", 5);
  struct osmflow_draft *merged = NULL;
  struct osmflow_bytes conflict;
  osmflow_bytes_init(&conflict, CONFLICT_SIZE);
  CU_ASSERT_EQUAL(osmflow_merge(NULL, mine, theirs, &options, &merged, &conflict, NULL), OSMFLOW_OK);
  CU_ASSERT(merged && osmflow_draft_equal(merged, mine));
  osmflow_draft_free(merged);
  osmflow_bytes_clear(&conflict);
}

static void joins_what_does_not_collide(void) {
  static const struct merge_case cases[] = {
      {"n;1,1;a=1;b=1;c=1;d=1", "n;1,1;a=2;b=1;d=1;e=2", "n;1,1;a=1;b=3;c=1;f=3", "n;1,1;a=2;b=3;e=2;f=3"},
      {"n;1,1;a=1", "n;1,1;a=2", "n;1,1;a=2", "n;1,1;a=2"},
      {"n;1,1;a=1", "n;1,1", "n;1,1", "n;1,1"},
      {"n;1,1;a=1", "n;1,2;a=1", "n;1,1;a=3", "n;1,2;a=3"},
      {"n;1,1", "n;1,2", "n;1,2", "n;1,2"},
      {"n;1,1", "n;1,1", "n;3,3", "n;3,3"},
      {"n;1,1", "n;1,2", "n;1,1", "n;1,2"},
      {"w;1,2,3;a=1", "w;1,9,2,3;a=1", "w;1,2,8,3;a=2", "w;1,9,2,8,3;a=2"},
      {"w;1,2,3", "w;1,2,3", "w;4", "w;4"},
      {"w;1,2,3", "w;3,2,1", "w;1,2,3;a=1", "w;3,2,1;a=1"},
      {"r;w1 a,w2 a,w3 a", "r;w1 b,w2 a,w3 a", "r;w1 a,w2 a,n3,w3 a", "r;w1 b,w2 a,n3,w3 a"},
      {"r;w1 a,n1 a,w1", "r;n1 a,w1", "r;w1 a,n1 a,w1,r1", "r;n1 a,w1,r1"},
      {"r;w1,w2", "r;-", "r;w1,w2;a=1", "r;-;a=1"},
  };
  try_cases(cases, sizeof cases / sizeof cases[0]);
}

static void rings_stay_rings(void) {
  static const struct merge_case cases[] = {
      {"w;1,2,3,4,1", "w;1,9,2,3,4,1", "w;1,2,3,8,4,1", "w;1,9,2,3,8,4,1"},
      {"w;1,2,3,4,1", "w;1,2,3,4,9,1", "w;2,3,4,2", "w;2,3,4,9,2"},
      {"w;1,2,3,4,1", "w;3,4,1,2,3", "w;1,2,8,3,4,1", "w;3,4,1,2,8,3"},
      {"w;1,2,3,4,1", "w;9,2,3,4,9", "w;1,2,8,3,4,1", "w;9,2,8,3,4,9"},
      /* before the first and behind the last is the same place of a ring */
      {"w;1,2,3,4,1", "w;9,1,2,3,4,9", "w;1,2,3,4,8,1",
       "nodes: both lists changed at the same place (you: added 9, server: added 8)\n"},
      /* opened by one */
      {"w;1,2,3,4,1", "w;1,2,3,4", "w;1,2,8,3,4,1", "w;1,2,8,3,4"},
      {"w;1,2,3,4", "w;1,2,3,4,1", "w;1,2,8,3,4", "w;1,2,8,3,4,1"},
  };
  try_cases(cases, sizeof cases / sizeof cases[0]);
}

static void deletions(void) {
  static const struct merge_case cases[] = {
      {"n;1,1", "xn", "xn", "xn"},    {"n;1,1;a=1", "xn", "n;1,1;a=1", "xn"}, /* a new version of the same */
      {"n;1,1", "n;1,1", "xn", "xn"}, {"xn", "n;1,2", "xn", "n;1,2"},
      {"xn", "xn", "n;1,2", "n;1,2"}, {"xn", "n;1,2;a=1", "n;1,2;b=1", "n;1,2;a=1;b=1"},
  };
  static const struct merge_case undeletions[] = {
      {"n;1,1", "n;1,2", "xn", "n;1,2"},
      {"?", "w;1,2;a=1", "xw", "w;1,2;a=1"},
      {"n;1,1", "xn", "n;1,2", "deleted by you, changed on the server (version 3 -> 5)\n"},
      {"n;1,1", "xn", "xn", "xn"},
  };
  char shown[SHOWN_SIZE];
  try_cases(cases, sizeof cases / sizeof cases[0]);
  for (size_t i = 0; i < sizeof undeletions / sizeof undeletions[0]; i++)
    UNIT_SAME(merge_words(&undeletions[i], true, shown), undeletions[i].result, undeletions[i].mine);
}

/* Long values are cut between characters, and no value breaks a line. */
static void conflicts_are_short(void) {
  static char mine[2000], shown[SHOWN_SIZE];
  size_t length = (size_t)snprintf(mine, sizeof mine, "n;1,1;name=1\n2\t");
  for (size_t i = 0; i < 200; i++)
    length += (size_t)snprintf(mine + length, sizeof mine - length, "\xC3\xA4");
  merge_words(&(struct merge_case){"n;1,1", mine, "n;1,1;name=c", ""}, false, shown);
  const char *wrote = strstr(shown, "you wrote \"1 2 \xC3\xA4"), *end = strstr(shown, "\xC3\xA4...\", the server has");
  CU_ASSERT(wrote && end && strlen(shown) < 300);
  CU_ASSERT(osmflow_text_is_utf8(osmflow_text(shown)));
  CU_ASSERT_PTR_EQUAL(strchr(shown, '\n'), shown + strlen(shown) - 1);
}

static void many_collisions_are_counted(void) {
  static char mine[4000], theirs[4000], shown[SHOWN_SIZE];
  size_t length = (size_t)snprintf(mine, sizeof mine, "n;1,1");
  snprintf(theirs, sizeof theirs, "n;1,1");
  for (int i = 0; i < 100; i++) {
    snprintf(mine + length, sizeof mine - length, ";k%d=1", i);
    length += (size_t)snprintf(theirs + length, sizeof theirs - length, ";k%d=2", i);
  }
  merge_words(&(struct merge_case){"n;1,1", mine, theirs, ""}, false, shown);
  CU_ASSERT_PTR_NOT_NULL(strstr(shown, "\nand 80 more collisions\n"));
}

static uint64_t chance_state;

static uint32_t chance(uint32_t below) {
  chance_state = chance_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)(chance_state >> 33) % below;
}

/* A way as somebody made it of the base (who 0): every other place and each tag is edited by nobody, mine (1), theirs
 * (2) or both (3), as the owners say. */
static void edit_way(char words[SHOWN_SIZE], const uint32_t *owners, const uint32_t *kinds, size_t count, uint32_t who,
                     bool is_ring) {
  snprintf(words, SHOWN_SIZE, "w;");
  for (size_t i = 0; i < count; i++) {
    const bool is_edited = i % 2 == 1 && (owners[i] & who) != 0;
    if (is_edited && kinds[i] != 0)
      add(words, "%s%zu", words[2] == '\0' ? "" : ",", 1000 + i);
    if (!is_edited || kinds[i] == 1)
      add(words, "%s%zu", words[2] == '\0' ? "" : ",", 1 + i);
  }
  if (is_ring)
    add(words, ",1");
  for (size_t i = 10; i < count + 10 && i < 20; i++) {
    const bool is_edited = (owners[i - 10] & who) != 0;
    if (!is_edited || kinds[i - 10] != 0)
      add(words, ";k%zu=%s", i, is_edited ? "new" : "old");
  }
}

static void edits_that_do_not_meet_are_joined(void) {
  enum { PLACES = 25 };
  static char base[SHOWN_SIZE], mine[SHOWN_SIZE], theirs[SHOWN_SIZE], both[SHOWN_SIZE], shown[SHOWN_SIZE];
  chance_state = 6;
  for (size_t round = 0; round < 2000; round++) {
    uint32_t owners[PLACES], kinds[PLACES];
    const bool is_ring = round % 2 == 0;
    for (size_t i = 0; i < PLACES; i++) {
      owners[i] = chance(4);
      kinds[i] = chance(3);
    }
    edit_way(base, owners, kinds, PLACES, 0, is_ring);
    edit_way(mine, owners, kinds, PLACES, 1, is_ring);
    edit_way(theirs, owners, kinds, PLACES, 2, is_ring);
    edit_way(both, owners, kinds, PLACES, 3, is_ring);
    UNIT_SAME(merge_words(&(struct merge_case){base, mine, theirs, NULL}, false, shown), both, "joined");
    UNIT_SAME(merge_words(&(struct merge_case){base, theirs, mine, NULL}, false, shown), both, "the other way round");
    UNIT_SAME(merge_words(&(struct merge_case){base, both, theirs, NULL}, false, shown), both, "once more");
    UNIT_SAME(merge_words(&(struct merge_case){theirs, both, both, NULL}, false, shown), both, "already there");
  }
}

static void a_ceiling_of_the_conflict_is_an_error(void) {
  const struct osmflow_merge_options options = {false};
  struct osmflow_draft *merged = NULL;
  struct osmflow_bytes conflict;
  osmflow_bytes_init(&conflict, 10);
  CU_ASSERT_EQUAL(osmflow_merge(NULL, read_element(&mine_element, "n;1,1", 3),
                                read_element(&theirs_element, "n;1,2", 5), &options, &merged, &conflict, NULL),
                  OSMFLOW_TOO_LARGE);
  CU_ASSERT_PTR_NULL(merged);
  osmflow_bytes_clear(&conflict);
}

OSMFLOW_UNIT_MAIN("osm/merge", UNIT(shows_what_collides), UNIT(an_unknown_base_allows_only_what_is_alike),
                  UNIT(an_unknown_base_of_the_same_version_is_theirs), UNIT(joins_what_does_not_collide),
                  UNIT(rings_stay_rings), UNIT(deletions), UNIT(conflicts_are_short), UNIT(many_collisions_are_counted),
                  UNIT(edits_that_do_not_meet_are_joined), UNIT(a_ceiling_of_the_conflict_is_an_error))
