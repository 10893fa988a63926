#include "osm/capabilities.h"

#include "unit.h"

static enum osmflow_status read_document(const char *document, struct osmflow_capabilities *capabilities,
                                         struct osmflow_error *error) {
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *root = NULL;
  enum osmflow_status status = osmflow_tree_new(OSMFLOW_TREE_XML, &tree, error);
  if (status == OSMFLOW_OK)
    status = osmflow_tree_feed(tree, document, strlen(document), error);
  if (status == OSMFLOW_OK)
    status = osmflow_tree_finish(tree, &root, error);
  if (status == OSMFLOW_OK)
    status = osmflow_capabilities_read(root, capabilities, error);
  osmflow_tree_free(tree);
  return status;
}

static void reads_what_the_server_tells(void) {
  struct osmflow_capabilities capabilities = {0};
  CU_ASSERT_EQUAL(
      read_document("<osm><api><version minimum='0.6' maximum='0.6'/><area maximum='0.5'/><note_area maximum='2'/>"
                    "<tracepoints per_page='100'/><waynodes maximum='200'/><relationmembers maximum='300'/><changesets "
                    "maximum_elements='400' default_query_limit='5' maximum_query_limit='6'/><notes "
                    "default_query_limit='7' maximum_query_limit='8'/><timeout seconds='300'/><status "
                    "database='online' api='readonly' gpx='offline'/></api></osm>",
                    &capabilities, NULL),
      OSMFLOW_OK);
  CU_ASSERT_DOUBLE_EQUAL(capabilities.map_area, 0.5, 0);
  CU_ASSERT_DOUBLE_EQUAL(capabilities.note_area, 2, 0);
  CU_ASSERT_EQUAL(capabilities.trackpoints_page, 100);
  CU_ASSERT_EQUAL(capabilities.way_nodes, 200);
  CU_ASSERT_EQUAL(capabilities.relation_members, 300);
  CU_ASSERT_EQUAL(capabilities.changeset_elements, 400);
  CU_ASSERT_EQUAL(capabilities.changesets_limit, 6);
  CU_ASSERT_EQUAL(capabilities.notes_limit, 8);
  UNIT_SAME(capabilities.database_status, "online", "database");
  UNIT_SAME(capabilities.api_status, "readonly", "api");
  UNIT_SAME(capabilities.gpx_status, "offline", "gpx");
}

static void takes_the_usual_values_for_what_is_not_told(void) {
  struct osmflow_capabilities capabilities = {0};
  CU_ASSERT_EQUAL(
      read_document("<osm><api><status api='a state with a far too long name'/></api></osm>", &capabilities, NULL),
      OSMFLOW_OK);
  CU_ASSERT_DOUBLE_EQUAL(capabilities.map_area, 0.25, 0);
  CU_ASSERT_EQUAL(capabilities.trackpoints_page, 5000);
  CU_ASSERT_EQUAL(capabilities.changesets_limit, 100);
  UNIT_SAME(capabilities.database_status, "", "database");
  UNIT_SAME(capabilities.api_status, "a state with a ", "cut, not overrun");
}

static void refuses_numbers_that_make_no_sense(void) {
  static const char *const documents[] = {
      "<osm/>",
      "<html><body/></html>",
      "<osm><api><area maximum='0'/></api></osm>",
      "<osm><api><area maximum='-1'/></api></osm>",
      "<osm><api><area maximum='nan'/></api></osm>",
      "<osm><api><tracepoints per_page='0'/></api></osm>",
      "<osm><api><waynodes maximum='2,000'/></api></osm>",
      "<osm><api><changesets maximum_elements='99999999999999999999'/></api></osm>",
  };
  for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
    struct osmflow_capabilities capabilities = {0};
    struct osmflow_error error = {0};
    CU_ASSERT_EQUAL(read_document(documents[i], &capabilities, &error), OSMFLOW_BAD_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "capabilities"));
  }
}

OSMFLOW_UNIT_MAIN("osm/capabilities", UNIT(refuses_numbers_that_make_no_sense), UNIT(reads_what_the_server_tells),
                  UNIT(takes_the_usual_values_for_what_is_not_told))
