/* The one kind of SQL statement whose order and limit can be told to a server: the first rows of a layer. */
#ifndef OSMFLOW_SOURCE_STATEMENT_H
#define OSMFLOW_SOURCE_STATEMENT_H

#include <stdbool.h>
#include <stdint.h>

enum { OSMFLOW_STATEMENT_WORD = 64 };

/* SELECT columns FROM layer [ORDER BY column [ASC|DESC]] LIMIT n: nothing in it looks at more rows than the first n. */
struct osmflow_statement {
  char layer[OSMFLOW_STATEMENT_WORD];
  char order_by[OSMFLOW_STATEMENT_WORD]; /* "": none */
  bool is_descending;
  int64_t limit;
};

/* False: it is another one. Then nothing is told. */
bool osmflow_statement_parse(const char *text, struct osmflow_statement *statement);

#endif
