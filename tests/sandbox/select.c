/* Choosing elements for an answer. */
#include "select.h"

#include <stdlib.h>

void sandbox_selection_free(struct sandbox_selection *selection) {
  for (int type = 0; type < SANDBOX_TYPES; type++)
    free(selection->types[type].items);
  *selection = (struct sandbox_selection){0};
}

void sandbox_select_version(struct sandbox_selection *selection, const struct sandbox *sandbox, enum sandbox_type type,
                            uint32_t element, uint32_t version) {
  sandbox_reserve((void **)&selection->types[type].items, &selection->types[type].capacity,
                  selection->types[type].count + 1, sizeof(struct sandbox_choice));
  selection->types[type].items[selection->types[type].count++] =
      (struct sandbox_choice){sandbox->elements[type].items[element].id, element, version};
}

void sandbox_select_present(struct sandbox_selection *selection, const struct sandbox *sandbox, enum sandbox_type type,
                            int64_t id) {
  const struct sandbox_element *element = sandbox_find_element(sandbox, type, id);
  const struct sandbox_version *version = sandbox_present(element);
  if (version && version->visible)
    sandbox_select_version(selection, sandbox, type, (uint32_t)(element - sandbox->elements[type].items),
                           element->version_count - 1);
}

static int compare_choices(const void *left, const void *right) {
  const struct sandbox_choice *a = left, *b = right;
  if (a->id != b->id)
    return a->id < b->id ? -1 : 1;
  return a->version < b->version ? -1 : a->version > b->version;
}

void sandbox_selection_sort(struct sandbox_selection *selection) {
  for (int type = 0; type < SANDBOX_TYPES; type++) {
    struct sandbox_choice *items = selection->types[type].items;
    size_t count = selection->types[type].count, kept = 0;
    bool sorted = true;
    for (size_t i = 1; sorted && i < count; i++)
      sorted = compare_choices(&items[i - 1], &items[i]) < 0;
    if (sorted)
      continue;
    qsort(items, count, sizeof *items, compare_choices);
    for (size_t i = 0; i < count; i++)
      if (i == 0 || compare_choices(&items[i], &items[kept - 1]) != 0)
        items[kept++] = items[i];
    selection->types[type].count = kept;
  }
}

static bool refers_to(const struct sandbox_version *version, enum sandbox_type parent, enum sandbox_type child,
                      int64_t id) {
  for (uint32_t i = 0; i < version->ref_count; i++)
    if (parent == SANDBOX_WAY ? version->nodes[i] == id
                              : version->members[i].type == child && version->members[i].id == id)
      return true;
  return false;
}

void sandbox_select_parents(struct sandbox_selection *selection, const struct sandbox *sandbox,
                            enum sandbox_type parent, enum sandbox_type child, int64_t id) {
  const struct sandbox_elements *parents = &sandbox->elements[parent];
  for (size_t i = 0; i < parents->count; i++) {
    const struct sandbox_version *version = sandbox_present(&parents->items[i]);
    if (version && version->visible && refers_to(version, parent, child, id))
      sandbox_select_version(selection, sandbox, parent, (uint32_t)i, parents->items[i].version_count - 1);
  }
}
