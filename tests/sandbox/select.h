/* What an answer is made of: versions of elements, collected in any order, printed as the real server orders them. */
#ifndef OSMFLOW_SANDBOX_SELECT_H
#define OSMFLOW_SANDBOX_SELECT_H

#include "internal.h"

struct sandbox_choice {
  int64_t id;
  uint32_t element, version; /* indexes */
};

struct sandbox_selection {
  struct {
    struct sandbox_choice *items;
    size_t count, capacity;
  } types[SANDBOX_TYPES];
};

void sandbox_selection_free(struct sandbox_selection *selection);
void sandbox_select_version(struct sandbox_selection *selection, const struct sandbox *sandbox, enum sandbox_type type,
                            uint32_t element, uint32_t version);
/* The present version of an element, unless it does not exist or is deleted. */
void sandbox_select_present(struct sandbox_selection *selection, const struct sandbox *sandbox, enum sandbox_type type,
                            int64_t id);
/* Sorts by id and version and drops what was chosen twice. */
void sandbox_selection_sort(struct sandbox_selection *selection);
/* The elements that refer to this one. */
void sandbox_select_parents(struct sandbox_selection *selection, const struct sandbox *sandbox,
                            enum sandbox_type parent, enum sandbox_type child, int64_t id);
/* The whole document; `bounds` may be NULL. */
void sandbox_print_selection(struct sandbox_response *response, const struct sandbox *sandbox,
                             struct sandbox_selection *selection, enum sandbox_format format,
                             const struct osmflow_bbox *bounds);
/* One version as XML, indented by so many blanks. */
void sandbox_print_version_xml(struct sandbox_response *response, const struct sandbox *sandbox, enum sandbox_type type,
                               int64_t id, const struct sandbox_version *version, int indent);

#endif
