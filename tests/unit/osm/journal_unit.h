/* What the tests of journals share: a folder of their own, a change that uses every feature, changes compared. */
#ifndef OSMFLOW_UNIT_JOURNAL_H
#define OSMFLOW_UNIT_JOURNAL_H

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/fake.h"
#include "osm/journal.h"
#include "unit.h"

struct journal_unit {
  struct fake fake;
  char folder[64];
};

static inline void journal_unit_init(struct journal_unit *unit) {
  fake_init(&unit->fake);
  memcpy(unit->folder, "/tmp/osmflow-unit-XXXXXX", 25);
  CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(unit->folder));
}

/* Counts the files in the folder whose names end so, and removes all when told to. */
static inline size_t journal_unit_files(const struct journal_unit *unit, const char *ending, bool remove) {
  size_t count = 0;
  DIR *stream = opendir(unit->folder);
  const struct dirent *entry;
  CU_ASSERT_PTR_NOT_NULL(stream);
  while (stream && (entry = readdir(stream)) != NULL) {
    const size_t size = strlen(entry->d_name);
    const size_t ending_size = strlen(ending);
    if (entry->d_name[0] == '.')
      continue;
    count += size >= ending_size && strcmp(entry->d_name + size - ending_size, ending) == 0;
    if (remove)
      unlinkat(dirfd(stream), entry->d_name, 0);
  }
  if (stream)
    closedir(stream);
  return count;
}

static inline void journal_unit_clear(struct journal_unit *unit) {
  journal_unit_files(unit, "", true);
  CU_ASSERT_EQUAL(rmdir(unit->folder), 0);
}

/* The caller frees it; *size may be NULL. */
static inline char *journal_unit_read(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  CU_ASSERT_PTR_NOT_NULL_FATAL(file);
  char *text = malloc(1 << 20);
  CU_ASSERT_PTR_NOT_NULL_FATAL(text);
  const size_t read = fread(text, 1, (1 << 20) - 1, file);
  text[read] = '\0';
  fclose(file);
  if (size)
    *size = read;
  return text;
}

static inline void journal_unit_write(const char *path, const char *text, size_t size) {
  FILE *file = fopen(path, "wb");
  CU_ASSERT_PTR_NOT_NULL_FATAL(file);
  CU_ASSERT_EQUAL(fwrite(text, 1, size, file), size);
  CU_ASSERT_EQUAL(fclose(file), 0);
  chmod(path, 0600);
}

static inline void journal_unit_add(struct osmflow_change *change, enum osmflow_element_action action, bool if_unused,
                                    const struct osmflow_draft *draft, const struct osmflow_draft *base) {
  CU_ASSERT_EQUAL_FATAL(osmflow_change_add(change, action, if_unused, draft, base, NULL), OSMFLOW_OK);
}

#define JOURNAL_TEXT(string) \
  { string, sizeof string - 1 }

/* Creates, modifies and deletes of every type, with everything that an item can hold. */
static inline void journal_unit_change(struct osmflow_change *change) {
  static const struct osmflow_tag_view tags[] = {
      {JOURNAL_TEXT("name"), JOURNAL_TEXT("Caf\xC3\xA9 \"\xE6\x9D\xB1\" \\ <&>\t\n\r")},
      {JOURNAL_TEXT("note"), JOURNAL_TEXT("\xF0\x9F\x9A\x82")},
      {JOURNAL_TEXT(""), JOURNAL_TEXT("")}};
  static const int64_t refs[] = {-1, 5, OSMFLOW_MOST_ID, -1};
  static const struct osmflow_draft_member members[] = {{OSMFLOW_WAY, -2, JOURNAL_TEXT("outer")},
                                                        {OSMFLOW_NODE, -1, JOURNAL_TEXT("")},
                                                        {OSMFLOW_RELATION, 77, JOURNAL_TEXT("\"\n\"")}};
  const struct osmflow_draft node = {
      OSMFLOW_NODE, -1, 0, true, -1800000000, 900000000, tags, 3, NULL, 0, NULL, 0, JOURNAL_TEXT("points 1")};
  const struct osmflow_draft way = {
      OSMFLOW_WAY, -2, 0,    true, OSMFLOW_NO_POSITION,           OSMFLOW_NO_POSITION, tags, 1,
      refs,        4,  NULL, 0,    JOURNAL_TEXT("lines \xC3\xA9")};
  const struct osmflow_draft relation = {OSMFLOW_RELATION, 9, 4, true, 0, 0, NULL, 0, NULL, 0, members, 3,
                                         JOURNAL_TEXT("")};
  const struct osmflow_draft old_relation = {OSMFLOW_RELATION, 9, 4, true, 0, 0, tags, 2, NULL, 0, members, 1,
                                             JOURNAL_TEXT("")};
  const struct osmflow_draft old_node = {
      OSMFLOW_NODE, OSMFLOW_MOST_ID, UINT32_MAX, true, 1, -1, tags, 1, NULL, 0, NULL, 0, JOURNAL_TEXT("")};
  const struct osmflow_draft gone = {OSMFLOW_NODE,
                                     OSMFLOW_MOST_ID,
                                     UINT32_MAX,
                                     false,
                                     OSMFLOW_NO_POSITION,
                                     OSMFLOW_NO_POSITION,
                                     NULL,
                                     0,
                                     NULL,
                                     0,
                                     NULL,
                                     0,
                                     JOURNAL_TEXT("points 2")};
  osmflow_change_init(change);
  journal_unit_add(change, OSMFLOW_ACTION_CREATE, false, &node, NULL);
  journal_unit_add(change, OSMFLOW_ACTION_CREATE, false, &way, NULL);
  journal_unit_add(change, OSMFLOW_ACTION_MODIFY, false, &relation, &old_relation);
  journal_unit_add(change, OSMFLOW_ACTION_DELETE, true, &gone, &old_node);
  journal_unit_add(change, OSMFLOW_ACTION_DELETE, false, &gone, NULL);
}

static inline bool journal_unit_same_draft(const struct osmflow_draft *left, const struct osmflow_draft *right) {
  if (!left || !right)
    return left == right;
  bool same = left->type == right->type && left->id == right->id && left->version == right->version &&
              left->visible == right->visible && left->lon == right->lon && left->lat == right->lat &&
              left->tag_count == right->tag_count && left->ref_count == right->ref_count &&
              left->member_count == right->member_count && osmflow_text_equal(left->label, right->label);
  for (size_t i = 0; same && i < left->tag_count; i++)
    same = osmflow_text_equal(left->tags[i].key, right->tags[i].key) &&
           osmflow_text_equal(left->tags[i].value, right->tags[i].value);
  for (size_t i = 0; same && i < left->ref_count; i++)
    same = left->refs[i] == right->refs[i];
  for (size_t i = 0; same && i < left->member_count; i++)
    same = left->members[i].type == right->members[i].type && left->members[i].ref == right->members[i].ref &&
           osmflow_text_equal(left->members[i].role, right->members[i].role);
  return same;
}

static inline bool journal_unit_same(const struct osmflow_change *left, const struct osmflow_change *right) {
  bool same = left->count == right->count;
  for (size_t i = 0; same && i < left->count; i++) {
    const struct osmflow_change_item *one = &left->items[i];
    const struct osmflow_change_item *other = &right->items[i];
    same = one->action == other->action && one->if_unused == other->if_unused && one->outcome == other->outcome &&
           one->new_id == other->new_id && one->new_version == other->new_version &&
           (one->reason && other->reason ? strcmp(one->reason, other->reason) == 0 : one->reason == other->reason) &&
           journal_unit_same_draft(one->draft, other->draft) && journal_unit_same_draft(one->base, other->base);
  }
  return same;
}

/* What a visitor was told, as lines: "send 7 0+2 abc text". */
struct journal_unit_log {
  char text[16 * 1024];
  size_t size, records;
};

static inline enum osmflow_status journal_unit_visit(void *self, const struct osmflow_journal_record *record,
                                                     struct osmflow_error *error) {
  struct journal_unit_log *log = self;
  (void)error;
  log->records++;
  log->size += (size_t)snprintf(log->text + log->size, sizeof log->text - log->size, "%d %lld %zu+%zu [%s] [%s]",
                                (int)record->kind, (long long)record->changeset, record->first, record->count,
                                record->text, record->digest);
  for (size_t i = 0; record->rows && i < record->count; i++)
    log->size += (size_t)snprintf(log->text + log->size, sizeof log->text - log->size, " %d:%lld>%lld.%u",
                                  (int)record->rows[i].type, (long long)record->rows[i].old_id,
                                  (long long)record->rows[i].new_id, record->rows[i].new_version);
  log->size += (size_t)snprintf(log->text + log->size, sizeof log->text - log->size, "\n");
  return OSMFLOW_OK;
}

#endif
