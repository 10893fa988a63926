#include <osmflow/osm.h>

#include "source_unit.h"

struct seen {
  char text[1024];
  size_t used, most;
  size_t count;
};

static bool visit(void *self, const struct osmflow_osm_element *element) {
  static const char letters[] = "nwr";
  struct seen *seen = self;
  seen->used +=
      (size_t)snprintf(seen->text + seen->used, sizeof seen->text - seen->used, "%s%c%lld v%u", seen->used ? "; " : "",
                       letters[element->type], (long long)element->id, element->version);
  if (element->has_position)
    seen->used +=
        (size_t)snprintf(seen->text + seen->used, sizeof seen->text - seen->used, " %g %g", element->lon, element->lat);
  for (size_t i = 0; i < element->tag_count; i++)
    seen->used += (size_t)snprintf(seen->text + seen->used, sizeof seen->text - seen->used, " %s=%s",
                                   element->tags[i].key, element->tags[i].value);
  for (size_t i = 0; i < element->node_count; i++)
    seen->used += (size_t)snprintf(seen->text + seen->used, sizeof seen->text - seen->used, " %lld",
                                   (long long)element->nodes[i]);
  for (size_t i = 0; i < element->member_count; i++)
    seen->used += (size_t)snprintf(seen->text + seen->used, sizeof seen->text - seen->used, " %c%lld(%s)",
                                   letters[element->members[i].type], (long long)element->members[i].ref,
                                   element->members[i].role);
  return ++seen->count < seen->most;
}

static void visits_what_there_is(void) {
  static const struct {
    const char *document, *expected;
    size_t most;
  } cases[] = {
      {"<osm><relation id='5' version='2'><member type='node' ref='1' role='stop'/><member type='way' ref='2' role=''/>"
       "</relation><way id='2'><nd ref='1'/><nd ref='9'/><tag k='a' v='b'/></way><node id='1' lat='47' lon='9.5'>"
       "<tag k='k' v='v'/></node></osm>",
       "n1 v0 9.5 47 k=v; w2 v0 a=b 1 9; r5 v2 n1(stop) w2()", 9},
      {"<osm><node id='1' lat='0' lon='0'/><node id='2' lat='0' lon='0'/><way id='1'/></osm>", "n1 v0 0 0", 1},
      {"<osm></osm>", "", 9},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct seen seen = {.most = cases[i].most};
    struct osmflow_error error = {0};
    unit_make_file(cases[i].document);
    CU_ASSERT_EQUAL(osmflow_osm_read(fake_environment(), unit_connection, NULL, visit, &seen, &error), OSMFLOW_OK);
    UNIT_SAME(seen.text, cases[i].expected, cases[i].document);
    unit_remove_file();
  }
}

static void shows_nothing_of_half_an_answer(void) {
  struct seen seen = {.most = 9};
  struct osmflow_error error = {0};
  unit_make_file("<osm><node id='1' lat='0' lon='0'/>");
  CU_ASSERT_EQUAL(osmflow_osm_read(fake_environment(), unit_connection, NULL, visit, &seen, &error), OSMFLOW_BAD_DATA);
  CU_ASSERT_EQUAL(seen.count, 0);
  unit_remove_file();
  CU_ASSERT_EQUAL(osmflow_osm_read(fake_environment(), "OSMAPI:changesets?user=5", NULL, visit, &seen, &error),
                  OSMFLOW_BAD_ARGUMENT);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "table"));
  CU_ASSERT_STRING_NOT_EQUAL(osmflow_version(), "");
}

/* What the first reader's environment was is nobody's business after it. */
static void every_reader_has_an_environment_of_its_own(void) {
  struct seen seen = {.most = 9};
  struct osmflow_error error = {0};
  unit_make_file("<osm><node id='1' lat='0' lon='0'/></osm>");
  for (int i = 0; i < 2; i++) {
    struct osmflow_environment *own = malloc(sizeof *own);
    *own = *fake_environment();
    CU_ASSERT_EQUAL(osmflow_osm_read(own, unit_connection, NULL, visit, &seen, &error), OSMFLOW_OK);
    free(own);
  }
  CU_ASSERT_EQUAL(seen.count, 2);
  unit_remove_file();
}

OSMFLOW_UNIT_MAIN("source/osm", UNIT(visits_what_there_is), UNIT(shows_nothing_of_half_an_answer),
                  UNIT(every_reader_has_an_environment_of_its_own))
