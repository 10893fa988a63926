#include "format/tree.h"

#include <stdlib.h>

#include "unit.h"

enum { JSON_SIZE = 1 << 24 };

static enum osmflow_status build(const char *document, size_t step, struct osmflow_tree **tree,
                                 const struct osmflow_tree_node **root, struct osmflow_error *error) {
  const size_t size = strlen(document);
  *root = NULL;
  enum osmflow_status status = osmflow_tree_new(document[0] == '<' ? OSMFLOW_TREE_XML : OSMFLOW_TREE_JSON, tree, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < size; i += step)
    status = osmflow_tree_feed(*tree, document + i, size - i < step ? size - i : step, error);
  return status == OSMFLOW_OK ? osmflow_tree_finish(*tree, root, error) : status;
}

static const char note[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<osm version=\"0.6\">\n <note lon=\"0.1\" lat=\"51\">\n"
    "  <id>16659</id>\n  <comments>\n   <comment><text>This &amp; that\nK&#246;ln</text><html/></comment>\n"
    "   <comment><text> </text></comment>\n  </comments>\n </note>\n</osm>\n";

static const char *text_at(const struct osmflow_tree_node *root, const char *path) {
  const struct osmflow_tree_node *node = osmflow_tree_at(root, path);
  return node ? node->text.data : "(missing)";
}

static void reads_xml_with_attributes_before_children(void) {
  static const size_t steps[] = {1, 5, 10000};
  for (size_t i = 0; i < 3; i++) {
    struct osmflow_tree *tree = NULL;
    const struct osmflow_tree_node *root;
    CU_ASSERT_EQUAL_FATAL(build(note, steps[i], &tree, &root, NULL), OSMFLOW_OK);
    UNIT_SAME(root->name.data, "osm", "root");
    UNIT_SAME(text_at(root, "version"), "0.6", "attribute of the root");
    UNIT_SAME(text_at(root, "note/lon"), "0.1", "attribute");
    UNIT_SAME(text_at(root, "note/id"), "16659", "element");
    UNIT_SAME(text_at(root, "note/comments/comment/text"), "This & that\nKöln", "text with entities");
    UNIT_SAME(text_at(root, "note/comments/comment/html"), "", "empty element");
    UNIT_SAME(text_at(root, "note/comments/remark"), "(missing)", "no such element");
    UNIT_SAME(text_at(root, "note/comments"), "", "white space between elements is no text");
    const struct osmflow_tree_node *comments = osmflow_tree_at(root, "note/comments");
    UNIT_SAME(comments->last->first->text.data, " ", "a text that is a blank");
    CU_ASSERT_PTR_EQUAL(comments->first->next, comments->last);
    CU_ASSERT_PTR_EQUAL(comments->parent, osmflow_tree_child(root, "note"));
    CU_ASSERT_PTR_NULL(osmflow_tree_child(NULL, "x"));
    osmflow_tree_free(tree);
  }
}

static void reads_json_with_items_named_nothing(void) {
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *root;
  CU_ASSERT_EQUAL_FATAL(
      build("{\"a\":{\"b\":[10,{\"c\":true}]},\"d\":null,\"\":\"empty name\"}", 3, &tree, &root, NULL), OSMFLOW_OK);
  UNIT_SAME(text_at(root, "a/b/"), "10", "first item");
  CU_ASSERT_EQUAL(osmflow_tree_at(root, "a/b/")->kind, OSMFLOW_TREE_NUMBER);
  UNIT_SAME(osmflow_tree_at(root, "a/b")->last->first->text.data, "true", "in the last item");
  CU_ASSERT_EQUAL(osmflow_tree_child(root, "d")->kind, OSMFLOW_TREE_NULL);
  UNIT_SAME(text_at(root, ""), "empty name", "the name \"\"");
  osmflow_tree_free(tree);
}

static void refuses_documents_that_are_not_whole(void) {
  static const char *const documents[] = {"<osm><note></osm>", "<osm><note/>", "<osm/><osm/>",
                                          "{\"a\":",           "[1]]",         "<osm a=\"1\" a=\"2\"/>"};
  for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
    struct osmflow_tree *tree = NULL;
    const struct osmflow_tree_node *root;
    struct osmflow_error error = {0};
    CU_ASSERT_EQUAL(build(documents[i], 4, &tree, &root, &error), OSMFLOW_BAD_DATA);
    CU_ASSERT(strlen(error.message) > 10);
    osmflow_tree_free(tree);
  }
  osmflow_tree_free(NULL);
}

static void limits_the_depth(void) {
  char document[600] = "";
  for (size_t depth = 64; depth <= 65; depth++) {
    struct osmflow_tree *tree = NULL;
    const struct osmflow_tree_node *root;
    size_t size = 0;
    for (size_t i = 0; i < depth; i++)
      size += (size_t)snprintf(document + size, sizeof document - size, "<a>");
    for (size_t i = 0; i < depth; i++)
      size += (size_t)snprintf(document + size, sizeof document - size, "</a>");
    CU_ASSERT_EQUAL(build(document, 7, &tree, &root, NULL), depth == 64 ? OSMFLOW_OK : OSMFLOW_TOO_LARGE);
    osmflow_tree_free(tree);
  }
}

/* Quadratic copying would take minutes here. */
static void gathers_text_between_many_children_in_linear_time(void) {
  enum { CHILDREN = 400000 };
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *root = NULL;
  enum osmflow_status status = osmflow_tree_new(OSMFLOW_TREE_XML, &tree, NULL);
  if (status == OSMFLOW_OK)
    status = osmflow_tree_feed(tree, "<r>", 3, NULL);
  for (size_t i = 0; status == OSMFLOW_OK && i < CHILDREN; i++)
    status = osmflow_tree_feed(tree, "text<b/>", 8, NULL);
  if (status == OSMFLOW_OK)
    status = osmflow_tree_feed(tree, "</r>", 4, NULL);
  if (status == OSMFLOW_OK)
    status = osmflow_tree_finish(tree, &root, NULL);
  CU_ASSERT_EQUAL(status, OSMFLOW_OK);
  CU_ASSERT(root && root->text.size == 4 * (size_t)CHILDREN);
  osmflow_tree_free(tree);
}

static void prints_itself_as_json(void) {
  static const struct {
    const char *document, *path, *json;
  } cases[] = {
      {"{\"a\" : [ 1.50 , \"x\\ty\", true , null, {} , [] ] }", NULL, "{\"a\":[1.50,\"x\\ty\",true,null,{},[]]}"},
      {"\"Vaduz\"", NULL, "\"Vaduz\""},
      {"<r><lang>de</lang><lang>en</lang></r>", NULL, "{\"lang\":[\"de\",\"en\"]}"},
      {"<r><a/><b k=\"1\"/><a x=\"&quot;\"/></r>", NULL, "{\"a\":[\"\",{\"x\":\"\\\"\"}],\"b\":{\"k\":\"1\"}}"},
      {"<r v=\"1\">text</r>", NULL, "{\"v\":\"1\",\"#text\":\"text\"}"},
      {"<r>text</r>", NULL, "\"text\""},
      {"<r><blocks><received count=\"0\" active=\"2\"/></blocks></r>", "blocks",
       "{\"received\":{\"count\":\"0\",\"active\":\"2\"}}"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_tree *tree = NULL;
    const struct osmflow_tree_node *root;
    struct osmflow_bytes json;
    osmflow_bytes_init(&json, JSON_SIZE);
    CU_ASSERT_EQUAL_FATAL(build(cases[i].document, 6, &tree, &root, NULL), OSMFLOW_OK);
    if (cases[i].path)
      root = osmflow_tree_at(root, cases[i].path);
    CU_ASSERT_EQUAL(osmflow_tree_print_json(root, &json, NULL), OSMFLOW_OK);
    UNIT_SAME(osmflow_bytes_string(&json), cases[i].json, cases[i].document);
    osmflow_bytes_clear(&json);
    osmflow_tree_free(tree);
  }
}

/* Looking for earlier children of the same name one by one would take minutes here. */
static void prints_an_element_of_many_names(void) {
  enum { NAMES = 100000 };
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *root = NULL;
  struct osmflow_bytes document;
  osmflow_bytes_init(&document, JSON_SIZE);
  enum osmflow_status status = osmflow_bytes_add_string(&document, "<r>", NULL);
  for (int i = 0; status == OSMFLOW_OK && i < NAMES; i++)
    status = osmflow_bytes_print(&document, NULL, "<n%d/>", i);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(&document, "</r>", NULL);
  CU_ASSERT_EQUAL_FATAL(status, OSMFLOW_OK);
  CU_ASSERT_EQUAL_FATAL(build(osmflow_bytes_string(&document), document.size, &tree, &root, NULL), OSMFLOW_OK);
  osmflow_bytes_reset(&document);
  CU_ASSERT_EQUAL(osmflow_tree_print_json(root, &document, NULL), OSMFLOW_OK);
  CU_ASSERT(strncmp(osmflow_bytes_string(&document), "{\"n0\":\"\",\"n1\":\"\",", 16) == 0);
  osmflow_bytes_clear(&document);
  osmflow_tree_free(tree);
}

OSMFLOW_UNIT_MAIN("format/tree", UNIT(reads_xml_with_attributes_before_children),
                  UNIT(reads_json_with_items_named_nothing), UNIT(refuses_documents_that_are_not_whole),
                  UNIT(limits_the_depth), UNIT(gathers_text_between_many_children_in_linear_time),
                  UNIT(prints_itself_as_json), UNIT(prints_an_element_of_many_names))
