/* Others edit the same elements at the same time. */
#include "upload_unit.h"

#define BOB_RENAMES                                                                                               \
  "<modify><node id=\"1\" version=\"1\" changeset=\"C\" lat=\"1\" lon=\"1\"><tag k=\"name\" v=\"bob's\"/></node>" \
  "</modify>"
#define BOB_ADDS_A_TAG                                                                                        \
  "<modify><node id=\"1\" version=\"1\" changeset=\"C\" lat=\"1\" lon=\"1\"><tag k=\"name\" v=\"one\"/><tag " \
  "k=\"bob\" v=\"yes\"/></node></modify>"
#define BOB_DELETES(node) "<delete><node id=\"" node "\" version=\"1\" changeset=\"C\"/></delete>"

static const struct osmflow_tag_view original[] = {{{"name", 4}, {"one", 3}}};
static const struct osmflow_tag_view renamed[] = {{{"name", 4}, {"mine", 4}}};

/* Node 1 gets the name "mine", and there is a new node beside it. */
static void rename_node(struct osmflow_change *change, bool base_is_known) {
  struct osmflow_draft base = node(1, 1, 1, 1), draft = base, fresh = node(-1, 0, 1.1, 1.1);
  osmflow_change_init(change);
  base.tags = original;
  draft.tags = renamed;
  base.tag_count = draft.tag_count = 1;
  draft.label = osmflow_text("points 12");
  add(change, OSMFLOW_ACTION_CREATE, &fresh, NULL);
  add(change, OSMFLOW_ACTION_MODIFY, &draft, base_is_known ? &base : NULL);
  CU_ASSERT_EQUAL(osmflow_change_order(change, NULL), OSMFLOW_OK);
}

static const struct osmflow_change_item *item_of(const struct osmflow_change *change, enum osmflow_element_type type,
                                                 int64_t id) {
  for (size_t i = 0; i < change->count; i++)
    if (change->items[i].draft->type == type && change->items[i].draft->id == id)
      return &change->items[i];
  CU_FAIL_FATAL("no such item");
  return NULL;
}

static const char *outcome(const struct osmflow_change *change, enum osmflow_element_type type, int64_t id) {
  return osmflow_outcome_names[item_of(change, type, id)->outcome];
}

/* Sends it with these options; the words, separated by '|', must all be in the error. */
static void expect_sent(struct osmflow_change *change, const struct osmflow_upload_options *options,
                        const char *words) {
  struct osmflow_error error;
  struct osmflow_uploader *uploader = uploader_of(options);
  bool is_uncertain = true;
  const enum osmflow_status status = send(uploader, change, &is_uncertain, &error);
  struct osmflow_text rest = osmflow_text(words), word;
  if ((status == OSMFLOW_OK) != (words == NULL))
    fprintf(stderr, "\n%d: %s\n", status, error.message);
  CU_ASSERT_EQUAL(status == OSMFLOW_OK, words == NULL);
  CU_ASSERT_FALSE(is_uncertain);
  while (words && osmflow_text_next(&rest, '|', &word)) {
    char text[128];
    snprintf(text, sizeof text, "%.*s", OSMFLOW_TEXT_ARGUMENTS(word));
    if (!strstr(error.message, text))
      fprintf(stderr, "\n[%s] is not in [%s]\n", text, error.message);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, text));
  }
  CU_ASSERT_EQUAL(files(".journal", NULL), 0);
  CU_ASSERT_EQUAL(files(".osc", NULL), words ? 1 : 0);
  sweep();
  CU_ASSERT_EQUAL(osmflow_uploader_close(uploader, &error), OSMFLOW_OK);
  osmflow_uploader_free(uploader);
}

static void edits_that_do_not_collide_are_joined(void) {
  for (int base_is_known = 0; base_is_known < 2; base_is_known++) {
    const struct osmflow_upload_options options = usual_options();
    struct osmflow_change change;
    begin();
    others_do(BOB_ADDS_A_TAG);
    rename_node(&change, base_is_known);
    expect_sent(&change, &options, NULL);
    UNIT_SAME(outcome(&change, OSMFLOW_NODE, 1), "merged", "node 1");
    UNIT_SAME(outcome(&change, OSMFLOW_NODE, -1), "done", "new node");
    CU_ASSERT_EQUAL(item_of(&change, OSMFLOW_NODE, 1)->new_version, 3);
    CU_ASSERT_EQUAL(item_of(&change, OSMFLOW_NODE, 1)->draft->tag_count, 2);
    UNIT_SAME(tag_now(OSMFLOW_NODE, 1, "name"), "mine", "ours");
    UNIT_SAME(tag_now(OSMFLOW_NODE, 1, "bob"), "yes", "theirs");
    CU_ASSERT_EQUAL(version_now(OSMFLOW_NODE, item_of(&change, OSMFLOW_NODE, -1)->new_id), 1);
    CU_ASSERT_EQUAL(version_now(OSMFLOW_NODE, 1), 3);
    osmflow_change_clear(&change);
  }
}

static void a_collision_stops_before_anything_is_sent(void) {
  const struct osmflow_upload_options options = usual_options();
  struct osmflow_change change;
  begin();
  others_do(BOB_RENAMES);
  rename_node(&change, true);
  expect_sent(&change, &options, "points 12 (node 1)|was \"one\"|mine|bob's|Nothing was sent|.osc|CONFLICT=SKIP");
  UNIT_SAME(outcome(&change, OSMFLOW_NODE, 1), "pending", "node 1");
  UNIT_SAME(outcome(&change, OSMFLOW_NODE, -1), "pending", "new node");
  CU_ASSERT_EQUAL(version_now(OSMFLOW_NODE, 1), 2);
  osmflow_change_clear(&change);
}

static void what_collides_is_left_out_when_asked(void) {
  struct osmflow_upload_options options = usual_options();
  struct osmflow_change change;
  begin();
  others_do(BOB_RENAMES);
  rename_node(&change, true);
  options.conflict = OSMFLOW_CONFLICT_SKIP;
  expect_sent(&change, &options, NULL);
  UNIT_SAME(outcome(&change, OSMFLOW_NODE, 1), "conflict", "node 1");
  UNIT_SAME(outcome(&change, OSMFLOW_NODE, -1), "done", "new node");
  CU_ASSERT_PTR_NOT_NULL(strstr(item_of(&change, OSMFLOW_NODE, 1)->reason, "bob's"));
  UNIT_SAME(tag_now(OSMFLOW_NODE, 1, "name"), "bob's", "theirs stays");
  osmflow_change_clear(&change);
}

static void any_difference_fails_when_asked(void) {
  struct osmflow_upload_options options = usual_options();
  struct osmflow_change change;
  begin();
  others_do(BOB_ADDS_A_TAG);
  rename_node(&change, true);
  options.conflict = OSMFLOW_CONFLICT_FAIL;
  expect_sent(&change, &options, "points 12|version 1|version 2|bob");
  CU_ASSERT_EQUAL(version_now(OSMFLOW_NODE, 1), 2);
  osmflow_change_clear(&change);
}

static void the_same_edit_is_not_made_twice(void) {
  const struct osmflow_upload_options options = usual_options();
  struct osmflow_change change;
  begin();
  others_do(
      "<modify><node id=\"1\" version=\"1\" changeset=\"C\" lat=\"1\" lon=\"1\"><tag k=\"name\" v=\"mine\"/>"
      "</node></modify>");
  rename_node(&change, true);
  expect_sent(&change, &options, NULL);
  UNIT_SAME(outcome(&change, OSMFLOW_NODE, 1), "not needed", "node 1");
  CU_ASSERT_EQUAL(item_of(&change, OSMFLOW_NODE, 1)->new_version, 2);
  CU_ASSERT_EQUAL(version_now(OSMFLOW_NODE, 1), 2);
  osmflow_change_clear(&change);
}

static void deletions_of_deleted_and_used_elements(void) {
  for (int if_unused = 0; if_unused < 2; if_unused++) {
    const struct osmflow_upload_options options = usual_options();
    struct osmflow_change change;
    const struct osmflow_draft gone = node(3, 1, 1.002, 1), used = node(2, 1, 1.001, 1);
    begin();
    others_do(BOB_DELETES("3"));
    osmflow_change_init(&change);
    CU_ASSERT_EQUAL(osmflow_change_add(&change, OSMFLOW_ACTION_DELETE, if_unused, &gone, &gone, NULL), OSMFLOW_OK);
    CU_ASSERT_EQUAL(osmflow_change_add(&change, OSMFLOW_ACTION_DELETE, if_unused, &used, &used, NULL), OSMFLOW_OK);
    expect_sent(&change, &options, NULL);
    UNIT_SAME(outcome(&change, OSMFLOW_NODE, 3), "not needed", "node 3");
    UNIT_SAME(outcome(&change, OSMFLOW_NODE, 2), "kept", "node 2");
    CU_ASSERT_EQUAL(version_now(OSMFLOW_NODE, 2), 1);
    osmflow_change_clear(&change);
  }
}

static void a_change_of_what_others_deleted(void) {
  struct osmflow_upload_options options = usual_options();
  struct osmflow_change change;
  struct osmflow_draft base = node(4, 1, 1.003, 1), draft = base;
  const int64_t refs[] = {4, -1};
  struct osmflow_draft fresh = node(-1, 0, 1.1, 1.1), line = way(-1, 0, refs, 2);
  draft.tags = renamed;
  draft.tag_count = line.tag_count = 1;
  line.tags = renamed;
  draft.label = osmflow_text("points 4");
  for (int undelete = 0; undelete < 2; undelete++) {
    begin();
    others_do(BOB_DELETES("4"));
    osmflow_change_init(&change);
    add(&change, OSMFLOW_ACTION_CREATE, &fresh, NULL);
    add(&change, OSMFLOW_ACTION_CREATE, &line, NULL);
    add(&change, OSMFLOW_ACTION_MODIFY, &draft, &base);
    CU_ASSERT_EQUAL(osmflow_change_order(&change, NULL), OSMFLOW_OK);
    options.undelete = undelete;
    expect_sent(&change, &options, undelete ? NULL : "points 4 (node 4)|deleted");
    if (undelete) {
      UNIT_SAME(outcome(&change, OSMFLOW_NODE, 4), "merged", "node 4");
      CU_ASSERT_EQUAL(version_now(OSMFLOW_NODE, 4), 3);
      CU_ASSERT_EQUAL(version_now(OSMFLOW_WAY, item_of(&change, OSMFLOW_WAY, -1)->new_id), 1);
    } else {
      CU_ASSERT_EQUAL(version_now(OSMFLOW_NODE, 4), -2);
    }
    osmflow_change_clear(&change);
  }
}

static void new_elements_of_what_others_deleted(void) {
  struct osmflow_upload_options options = usual_options();
  struct osmflow_change change;
  begin();
  others_do(BOB_DELETES("4"));
  small_change(&change);
  expect_sent(&change, &options, "new relation|others have deleted|4");
  UNIT_SAME(outcome(&change, OSMFLOW_NODE, -1), "pending", "new node");
  osmflow_change_clear(&change);
  small_change(&change);
  options.conflict = OSMFLOW_CONFLICT_SKIP;
  expect_sent(&change, &options, NULL);
  UNIT_SAME(outcome(&change, OSMFLOW_RELATION, -1), "conflict", "new relation");
  UNIT_SAME(outcome(&change, OSMFLOW_WAY, -1), "done", "new way");
  osmflow_change_clear(&change);
}

static void unknown_elements(void) {
  struct osmflow_upload_options options = usual_options();
  struct osmflow_change change;
  struct osmflow_draft draft = node(4711, 3, 1, 1);
  draft.label = osmflow_text("points 8");
  begin();
  rename_node(&change, true);
  add(&change, OSMFLOW_ACTION_MODIFY, &draft, NULL);
  expect_sent(&change, &options, "points 8 (node 4711)|does not know it");
  osmflow_change_clear(&change);
  rename_node(&change, true);
  add(&change, OSMFLOW_ACTION_MODIFY, &draft, NULL);
  options.conflict = OSMFLOW_CONFLICT_SKIP;
  expect_sent(&change, &options, NULL);
  UNIT_SAME(outcome(&change, OSMFLOW_NODE, 4711), "refused", "unknown");
  UNIT_SAME(outcome(&change, OSMFLOW_NODE, 1), "done", "known");
  osmflow_change_clear(&change);
}

/* A merge that is lost on the way is found again, too. */
static void a_merge_whose_answer_is_lost(void) {
  const struct osmflow_upload_options options = usual_options();
  struct osmflow_change change;
  begin();
  others_do(BOB_ADDS_A_TAG);
  rename_node(&change, true);
  fault("path=*/upload&skip=1&drop=after");
  expect_sent(&change, &options, NULL);
  UNIT_SAME(outcome(&change, OSMFLOW_NODE, 1), "merged", "node 1");
  CU_ASSERT_EQUAL(version_now(OSMFLOW_NODE, 1), 3);
  CU_ASSERT_EQUAL(version_now(OSMFLOW_NODE, item_of(&change, OSMFLOW_NODE, -1)->new_id), 1);
  osmflow_change_clear(&change);
}

int main(void) {
  static const struct unit_test tests[] = {
      UNIT(edits_that_do_not_collide_are_joined),
      UNIT(a_collision_stops_before_anything_is_sent),
      UNIT(what_collides_is_left_out_when_asked),
      UNIT(any_difference_fails_when_asked),
      UNIT(the_same_edit_is_not_made_twice),
      UNIT(deletions_of_deleted_and_used_elements),
      UNIT(a_change_of_what_others_deleted),
      UNIT(new_elements_of_what_others_deleted),
      UNIT(unknown_elements),
      UNIT(a_merge_whose_answer_is_lost),
  };
  return upload_main("osm/upload_conflict", tests, sizeof tests / sizeof tests[0]);
}
