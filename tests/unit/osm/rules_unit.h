/* What the tests of the tag rules share. */
#ifndef OSMFLOW_UNIT_RULES_H
#define OSMFLOW_UNIT_RULES_H

#include "osm/rules.h"
#include "unit.h"

enum { MOST_TAGS = 12 };

/* "k=v;k=v" into views; the first '=' parts. */
static inline size_t read_tags(const char *string, struct osmflow_tag_view tags[MOST_TAGS]) {
  struct osmflow_text rest = osmflow_text(string), part;
  size_t count = 0;
  while (count < MOST_TAGS && osmflow_text_next(&rest, ';', &part))
    if (part.size > 0) {
      tags[count].value = part;
      CU_ASSERT_TRUE(osmflow_text_next(&tags[count].value, '=', &tags[count].key));
      count++;
    }
  return count;
}

#endif
