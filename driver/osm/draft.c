#include "osm/draft.h"

#include <stdio.h>
#include <stdlib.h>

/* Far more than any server takes for one element; what is larger comes from a broken or hostile document. */
static const size_t most_bytes = (size_t)256 << 20;

/* A block that is being filled: the draft, its arrays and the place where the next text goes. */
struct block {
  struct osmflow_draft *draft;
  struct osmflow_tag_view *tags;
  int64_t *refs;
  struct osmflow_draft_member *members;
  char *text;
};

/* What of `part` has the counts; `text_size` counts the NULs, too. */
static enum osmflow_status allocate(const struct osmflow_draft *part, size_t text_size, struct block *block,
                                    struct osmflow_error *error) {
  char name[OSMFLOW_DRAFT_NAME_SIZE];
  const size_t tags_size = part->tag_count * sizeof *block->tags, refs_size = part->ref_count * sizeof *block->refs,
               members_size = part->member_count * sizeof *block->members,
               size = sizeof *block->draft + tags_size + refs_size + members_size + text_size;
  *block = (struct block){0};
  if (size > most_bytes)
    return osmflow_error_set(error, OSMFLOW_TOO_LARGE, "%s takes %zu bytes, %zu are the limit",
                             osmflow_draft_name(part, name), size, most_bytes);
  char *memory = malloc(size);
  if (!memory)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %s: %zu bytes", osmflow_draft_name(part, name),
                             size);
  block->draft = (struct osmflow_draft *)memory;
  block->tags = (struct osmflow_tag_view *)(memory + sizeof *block->draft);
  block->refs = (int64_t *)((char *)block->tags + tags_size);
  block->members = (struct osmflow_draft_member *)((char *)block->refs + refs_size);
  block->text = (char *)block->members + members_size;
  *block->draft = *part;
  block->draft->tags = part->tag_count > 0 ? block->tags : NULL;
  block->draft->refs = part->ref_count > 0 ? block->refs : NULL;
  block->draft->members = part->member_count > 0 ? block->members : NULL;
  return OSMFLOW_OK;
}

static struct osmflow_text add_text(struct block *block, struct osmflow_text text) {
  const struct osmflow_text added = {block->text, text.size};
  if (text.size > 0)
    memcpy(block->text, text.data, text.size);
  block->text[text.size] = '\0';
  block->text += text.size + 1;
  return added;
}

enum osmflow_status osmflow_draft_copy(const struct osmflow_draft *draft, struct osmflow_draft **copy,
                                       struct osmflow_error *error) {
  struct block block;
  size_t text_size = draft->label.size + 1;
  *copy = NULL;
  for (size_t i = 0; i < draft->tag_count; i++)
    text_size += draft->tags[i].key.size + draft->tags[i].value.size + 2;
  for (size_t i = 0; i < draft->member_count; i++)
    text_size += draft->members[i].role.size + 1;
  const enum osmflow_status status = allocate(draft, text_size, &block, error);
  if (status == OSMFLOW_OK) {
    for (size_t i = 0; i < draft->tag_count; i++) {
      block.tags[i].key = add_text(&block, draft->tags[i].key);
      block.tags[i].value = add_text(&block, draft->tags[i].value);
    }
    if (draft->ref_count > 0)
      memcpy(block.refs, draft->refs, draft->ref_count * sizeof *block.refs);
    for (size_t i = 0; i < draft->member_count; i++) {
      block.members[i] = draft->members[i];
      block.members[i].role = add_text(&block, draft->members[i].role);
    }
    block.draft->label = add_text(&block, draft->label);
    *copy = block.draft;
  }
  return status;
}

/* A document may repeat a key; the first one counts, as everywhere here. */
static bool is_repeated(const struct osmflow_store *store, const struct osmflow_element *element, size_t tag) {
  const struct osmflow_tag *tags = &store->tags[element->first_tag];
  size_t first = 0;
  while (tags[first].key != tags[tag].key)
    first++;
  return first < tag;
}

static size_t store_text_size(const struct osmflow_store *store, const struct osmflow_element *element,
                              const struct osmflow_relation *relation) {
  size_t size = 1;
  for (size_t i = 0; i < element->tag_count; i++) {
    const struct osmflow_tag tag = store->tags[element->first_tag + i];
    size += osmflow_pool_text(&store->keys, tag.key).size + osmflow_pool_text(&store->values, tag.value).size + 2;
  }
  for (size_t i = 0; relation && i < relation->member_count; i++)
    size += osmflow_pool_text(&store->values, store->members[relation->first_member + i].role).size + 1;
  return size;
}

static void copy_from_store(const struct osmflow_store *store, const struct osmflow_element *element,
                            const struct osmflow_way *way, const struct osmflow_relation *relation,
                            struct block *block) {
  size_t tag_count = 0;
  for (size_t i = 0; i < element->tag_count; i++)
    if (!is_repeated(store, element, i)) {
      const struct osmflow_tag tag = store->tags[element->first_tag + i];
      block->tags[tag_count].key = add_text(block, osmflow_pool_text(&store->keys, tag.key));
      block->tags[tag_count++].value = add_text(block, osmflow_pool_text(&store->values, tag.value));
    }
  block->draft->tag_count = tag_count;
  if (way && way->ref_count > 0)
    memcpy(block->refs, &store->refs[way->first_ref], way->ref_count * sizeof *block->refs);
  for (size_t i = 0; relation && i < relation->member_count; i++) {
    const struct osmflow_member *member = &store->members[relation->first_member + i];
    block->members[i] = (struct osmflow_draft_member){(enum osmflow_element_type)member->type, member->ref,
                                                      add_text(block, osmflow_pool_text(&store->values, member->role))};
  }
  block->draft->label = add_text(block, (struct osmflow_text){NULL, 0});
}

enum osmflow_status osmflow_draft_from_store(const struct osmflow_store *store, enum osmflow_element_type type,
                                             size_t index, struct osmflow_draft **draft, struct osmflow_error *error) {
  const struct osmflow_element *element = osmflow_store_element(store, type, index);
  const struct osmflow_way *way = type == OSMFLOW_WAY ? &store->ways[index] : NULL;
  const struct osmflow_relation *relation = type == OSMFLOW_RELATION ? &store->relations[index] : NULL;
  const struct osmflow_draft part = {.type = type,
                                     .id = element->id,
                                     .version = element->version,
                                     .visible = element->visible,
                                     .lon = type == OSMFLOW_NODE ? store->nodes[index].lon : OSMFLOW_NO_POSITION,
                                     .lat = type == OSMFLOW_NODE ? store->nodes[index].lat : OSMFLOW_NO_POSITION,
                                     .tag_count = element->tag_count,
                                     .ref_count = way ? way->ref_count : 0,
                                     .member_count = relation ? relation->member_count : 0};
  struct block block;
  *draft = NULL;
  const enum osmflow_status status = allocate(&part, store_text_size(store, element, relation), &block, error);
  if (status == OSMFLOW_OK) {
    copy_from_store(store, element, way, relation, &block);
    *draft = block.draft;
  }
  return status;
}

enum osmflow_status osmflow_draft_to_store(const struct osmflow_draft *draft,
                                           const struct osmflow_draft_particulars *particulars,
                                           struct osmflow_store *store, struct osmflow_error *error) {
  const struct osmflow_element element = {.id = draft->id,
                                          .changeset = (uint64_t)particulars->changeset & OSMFLOW_MOST_CHANGESETS,
                                          .timestamp = particulars->timestamp,
                                          .version = draft->version,
                                          .visible = draft->visible};
  enum osmflow_status status = osmflow_store_begin(store, draft->type, &element, particulars->uid, particulars->user,
                                                   draft->lon, draft->lat, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < draft->tag_count; i++)
    status = osmflow_store_add_tag(store, draft->tags[i].key, draft->tags[i].value, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < draft->ref_count; i++)
    status = osmflow_store_add_ref(store, draft->refs[i], error);
  for (size_t i = 0; status == OSMFLOW_OK && i < draft->member_count; i++)
    status =
        osmflow_store_add_member(store, draft->members[i].type, draft->members[i].ref, draft->members[i].role, error);
  osmflow_store_end(store);
  return status;
}

void osmflow_draft_free(struct osmflow_draft *draft) {
  free(draft);
}

/* The tag of a key. Lists that are compared mostly have the same order: the search begins at `start`. */
static const struct osmflow_tag_view *find_tag(const struct osmflow_draft *draft, struct osmflow_text key,
                                               size_t start) {
  const struct osmflow_tag_view *found = NULL;
  for (size_t i = 0; !found && i < draft->tag_count; i++) {
    const struct osmflow_tag_view *tag = &draft->tags[(start + i) % draft->tag_count];
    if (osmflow_text_equal(tag->key, key))
      found = tag;
  }
  return found;
}

struct osmflow_text osmflow_draft_tag(const struct osmflow_draft *draft, const char *key) {
  const struct osmflow_tag_view *tag = find_tag(draft, osmflow_text(key), 0);
  if (!tag)
    return (struct osmflow_text){NULL, 0};
  return tag->value.data ? tag->value : osmflow_text("");
}

bool osmflow_draft_same_tags(const struct osmflow_draft *left, const struct osmflow_draft *right) {
  bool same = left->tag_count == right->tag_count;
  for (size_t i = 0; same && i < left->tag_count; i++) {
    const struct osmflow_tag_view *tag = find_tag(right, left->tags[i].key, i);
    same = tag && osmflow_text_equal(tag->value, left->tags[i].value);
  }
  return same;
}

static bool same_members(const struct osmflow_draft *left, const struct osmflow_draft *right) {
  bool same = left->member_count == right->member_count;
  for (size_t i = 0; same && i < left->member_count; i++) {
    const struct osmflow_draft_member *one = &left->members[i], *other = &right->members[i];
    same = one->type == other->type && one->ref == other->ref && osmflow_text_equal(one->role, other->role);
  }
  return same;
}

static bool same_refs(const struct osmflow_draft *left, const struct osmflow_draft *right) {
  return left->ref_count == right->ref_count &&
         (left->ref_count == 0 || memcmp(left->refs, right->refs, left->ref_count * sizeof *left->refs) == 0);
}

bool osmflow_draft_equal(const struct osmflow_draft *left, const struct osmflow_draft *right) {
  if (left->type != right->type || left->visible != right->visible)
    return false;
  if (!left->visible)
    return true;
  if (left->type == OSMFLOW_NODE && (left->lon != right->lon || left->lat != right->lat))
    return false;
  if (left->type == OSMFLOW_WAY && !same_refs(left, right))
    return false;
  if (left->type == OSMFLOW_RELATION && !same_members(left, right))
    return false;
  return osmflow_draft_same_tags(left, right);
}

const char *osmflow_draft_name(const struct osmflow_draft *draft, char buffer[OSMFLOW_DRAFT_NAME_SIZE]) {
  const char *type = osmflow_element_type_names[draft->type];
  if (draft->id == 0)
    snprintf(buffer, OSMFLOW_DRAFT_NAME_SIZE, "new %s", type);
  else
    snprintf(buffer, OSMFLOW_DRAFT_NAME_SIZE, "%s%s %lld", draft->id < 0 ? "new " : "", type, (long long)draft->id);
  return buffer;
}
