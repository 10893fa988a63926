#include "osm/journal_plan.h"

#include "base/crc32.h"
#include "journal_unit.h"

#define HEAD "{\"osmflow-plan\":1,\"items\":1}"
#define DRAFT "\"draft\":{\"type\":\"node\",\"id\":-1}"

static size_t add_line(char *text, size_t size, const char *json) {
  return size + (size_t)sprintf(text + size, "%08x %s\n", (unsigned)osmflow_crc32(osmflow_text(json)), json);
}

static enum osmflow_status read_lines(const char *first, const char *second, struct osmflow_change *change,
                                      size_t *line, struct osmflow_error *error) {
  char text[4096];
  size_t size = add_line(text, 0, first);
  if (second)
    size = add_line(text, size, second);
  osmflow_change_init(change);
  return osmflow_journal_plan_read((struct osmflow_text){text, size}, change, line, error);
}

static void refuses_wrong_plans(void) {
  static const struct {
    const char *first, *second, *expected;
    size_t line;
  } cases[] = {
      {"[]", NULL, "no JSON object", 1},
      {"{}", NULL, "no plan", 1},
      {"{\"osmflow-plan\":2,\"items\":0}", NULL, "newer osmflow", 1},
      {"{\"osmflow-plan\":1}", NULL, "items", 1},
      {"{\"osmflow-plan\":1,\"items\":-1}", NULL, "items", 1},
      {HEAD, NULL, "0 items, and there should be 1", 2},
      {"{\"osmflow-plan\":1,\"items\":0}", "{\"action\":\"create\"," DRAFT "}", "1 items", 3},
      {HEAD, "{}", "action", 2},
      {HEAD, "{\"action\":\"none\"," DRAFT "}", "action", 2},
      {HEAD, "{\"action\":\"destroy\"," DRAFT "}", "action", 2},
      {HEAD, "{\"action\":\"create\"}", "draft", 2},
      {HEAD, "{\"action\":\"create\",\"draft\":[]}", "draft", 2},
      {HEAD, "{\"action\":\"create\",\"draft\":{\"id\":-1}}", "type", 2},
      {HEAD, "{\"action\":\"create\",\"draft\":{\"type\":\"node\"}}", "id", 2},
      {HEAD, "{\"action\":\"create\",\"draft\":{\"type\":\"node\",\"id\":1000000000000000000}}", "id", 2},
      {HEAD, "{\"action\":\"create\",\"draft\":{\"type\":\"node\",\"id\":1,\"version\":4294967296}}", "version", 2},
      {HEAD, "{\"action\":\"create\",\"draft\":{\"type\":\"node\",\"id\":1,\"lon\":2147483648}}", "lon", 2},
      {HEAD, "{\"action\":\"create\",\"draft\":{\"type\":\"node\",\"id\":1,\"lat\":1.5}}", "lat", 2},
      {HEAD, "{\"action\":\"create\",\"draft\":{\"type\":\"node\",\"id\":1,\"deleted\":2}}", "deleted", 2},
      {HEAD, "{\"action\":\"create\",\"draft\":{\"type\":\"node\",\"id\":1,\"tags\":[\"a\"]}}", "tags", 2},
      {HEAD, "{\"action\":\"create\",\"draft\":{\"type\":\"node\",\"id\":1,\"tags\":[\"a\",1]}}", "tags", 2},
      {HEAD, "{\"action\":\"create\",\"draft\":{\"type\":\"way\",\"id\":1,\"refs\":[1,\"2\"]}}", "refs", 2},
      {HEAD, "{\"action\":\"create\",\"draft\":{\"type\":\"way\",\"id\":1,\"refs\":7}}", "refs", 2},
      {HEAD, "{\"action\":\"create\",\"draft\":{\"type\":\"relation\",\"id\":1,\"members\":[0,1]}}", "members", 2},
      {HEAD, "{\"action\":\"create\",\"draft\":{\"type\":\"relation\",\"id\":1,\"members\":[3,1,\"\"]}}", "members", 2},
      {HEAD, "{\"action\":\"create\",\"draft\":{\"type\":\"node\",\"id\":1,\"label\":1}}", "label", 2},
      {HEAD, "{\"action\":\"create\"," DRAFT ",\"base\":{}}", "type", 2},
      {HEAD, "{\"action\":\"create\"," DRAFT ",\"if-unused\":true}", "if-unused", 2},
      {HEAD, "{\"action\":\"create\"," DRAFT ",\"outcome\":\"fine\"}", "outcome", 2},
      {HEAD, "{\"action\":\"create\"," DRAFT ",\"new-id\":\"5\"}", "new-id", 2},
      {HEAD, "{\"action\":\"create\"," DRAFT ",\"reason\":[]}", "reason", 2}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_change change;
    struct osmflow_error error = {.message = ""};
    size_t line = 0;
    CU_ASSERT_EQUAL(read_lines(cases[i].first, cases[i].second, &change, &line, &error), OSMFLOW_BAD_DATA);
    CU_ASSERT_EQUAL(line, cases[i].line);
    CU_ASSERT_EQUAL(change.count, 0);
    if (!strstr(error.message, cases[i].expected))
      UNIT_SAME(error.message, cases[i].expected, cases[i].second ? cases[i].second : cases[i].first);
  }
}

static void reads_the_least(void) {
  struct osmflow_change change;
  size_t line;
  CU_ASSERT_EQUAL(read_lines(HEAD, "{\"action\":\"modify\"," DRAFT "}", &change, &line, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL_FATAL(change.count, 1);
  const struct osmflow_draft *draft = change.items[0].draft;
  CU_ASSERT(draft->visible && draft->id == -1 && draft->version == 0 && draft->lon == OSMFLOW_NO_POSITION);
  CU_ASSERT(!change.items[0].base && !change.items[0].reason && !change.items[0].if_unused);
  osmflow_change_clear(&change);
  CU_ASSERT_EQUAL(read_lines("{\"osmflow-plan\":1,\"items\":0}", NULL, &change, &line, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(change.count, 0);
}

/* A relation as large as the server allows, and many items. */
static void comes_back_when_it_is_large(void) {
  enum { MEMBERS = 32000, ITEMS = 20000 };
  struct osmflow_change change;
  struct osmflow_change again;
  struct osmflow_bytes text;
  size_t line;
  static struct osmflow_draft_member members[MEMBERS];
  for (int i = 0; i < MEMBERS; i++)
    members[i] = (struct osmflow_draft_member){OSMFLOW_WAY, OSMFLOW_MOST_ID - i, JOURNAL_TEXT("a role of some length")};
  const struct osmflow_draft relation = {OSMFLOW_RELATION, 5, 2, true, 0, 0, NULL, 0, NULL, 0, members, MEMBERS,
                                         JOURNAL_TEXT("")};
  osmflow_change_init(&change);
  osmflow_change_init(&again);
  journal_unit_add(&change, OSMFLOW_ACTION_MODIFY, false, &relation, &relation);
  for (int i = 0; i < ITEMS; i++) {
    const struct osmflow_draft node = {OSMFLOW_NODE,          -1 - i, 0, true, i, -i, NULL, 0, NULL, 0, NULL, 0,
                                       JOURNAL_TEXT("points")};
    journal_unit_add(&change, OSMFLOW_ACTION_CREATE, false, &node, NULL);
  }
  osmflow_bytes_init(&text, OSMFLOW_JOURNAL_CEILING);
  CU_ASSERT_EQUAL(osmflow_journal_plan_write(&change, &text, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_journal_plan_read(osmflow_bytes_view(&text), &again, &line, NULL), OSMFLOW_OK);
  CU_ASSERT(journal_unit_same(&change, &again));
  osmflow_bytes_clear(&text);
  osmflow_change_clear(&again);
  osmflow_change_clear(&change);
}

OSMFLOW_UNIT_MAIN("osm/journal_plan", UNIT(refuses_wrong_plans), UNIT(reads_the_least),
                  UNIT(comes_back_when_it_is_large))
