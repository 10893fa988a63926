/* What of an attribute filter can be told to a server: the comparisons that every row must meet.
 *
 * Only a WHERE text that is a row of "column operator literal" joined by AND is taken apart (parentheses and double
 * quotes around are fine, as QGIS writes them); of anything else nothing is pushed. The full filter is evaluated
 * again on the rows that come, so pushing too little is never wrong. */
#ifndef OSMFLOW_BASE_FILTER_H
#define OSMFLOW_BASE_FILTER_H

#include <osmflow/status.h>
#include <stdbool.h>
#include <stddef.h>

enum osmflow_comparison {
  OSMFLOW_EQUAL,
  OSMFLOW_LESS,
  OSMFLOW_LESS_EQUAL,
  OSMFLOW_MORE,
  OSMFLOW_MORE_EQUAL,
  OSMFLOW_LIKE /* also ILIKE; the value is the pattern */
};

enum { OSMFLOW_FILTER_CONDITIONS = 16, OSMFLOW_FILTER_TEXT = 256 };

struct osmflow_condition {
  char column[64];
  enum osmflow_comparison comparison;
  char value[OSMFLOW_FILTER_TEXT]; /* without quotes */
};

struct osmflow_filter {
  struct osmflow_condition conditions[OSMFLOW_FILTER_CONDITIONS];
  size_t count;
};

/* `where` may be NULL. */
void osmflow_filter_parse(const char *where, struct osmflow_filter *filter);

#endif
