/* The sentences for Mapflow's codes, statuses and phrases: const tables.
 *
 * A sentence holds {name} where the parameter of that name goes; {name:area} (square metres), {name:square_km} and
 * {name:bytes} put a number nicely. What stands between [ and ] is left out when one of its parameters is missing.
 * Source: facts 1.1. */
#ifndef OSMFLOW_MAPFLOW_REFUSAL_CODES_H
#define OSMFLOW_MAPFLOW_REFUSAL_CODES_H

#include "mapflow/refusal.h"

struct osmflow_mapflow_code {
  const char *code;
  enum osmflow_mapflow_refusal_kind kind;
  const char *sentence;
};
/* NULL: an unknown one. Of codes with a family ("dataloader.X"), unknown members ending in internalError are known. */
const struct osmflow_mapflow_code *osmflow_mapflow_code_find(struct osmflow_text code);
/* By words that stand in the server's message; NULL: none fits. `code` is the part that was found. */
const struct osmflow_mapflow_code *osmflow_mapflow_phrase_find(struct osmflow_text message);

struct osmflow_mapflow_answer_status {
  int from, to; /* HTTP statuses */
  enum osmflow_mapflow_refusal_kind kind;
  const char *sentence;
};
/* Never NULL. */
const struct osmflow_mapflow_answer_status *osmflow_mapflow_answer_status(int status);

#endif
