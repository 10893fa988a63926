/* Any body with any status is a sentence that can be shown; the first byte chooses the status. As a list of messages it
 * is words, too. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mapflow/refusal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const int statuses[] = {400, 401, 403, 404, 409, 413, 422, 429, 500, 502, 302, 0};

static void require(bool is_so) {
  if (!is_so)
    abort();
}

static void require_readable(const char *text) {
  require(osmflow_text_is_utf8(osmflow_text(text)));
  for (; *text; text++)
    require((unsigned char)*text >= ' ' && *text != 0x7F);
}

static void print_messages(struct osmflow_text body) {
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  struct osmflow_bytes text;
  osmflow_bytes_init(&text, 1 << 26);
  if (osmflow_tree_new(OSMFLOW_TREE_JSON, &tree, NULL) == OSMFLOW_OK &&
      osmflow_tree_feed(tree, body.data, body.size, NULL) == OSMFLOW_OK &&
      osmflow_tree_finish(tree, &top, NULL) == OSMFLOW_OK)
    require(osmflow_mapflow_messages_print(top, &text, NULL) == OSMFLOW_OK);
  require_readable(osmflow_bytes_string(&text));
  osmflow_bytes_clear(&text);
  osmflow_tree_free(tree);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct osmflow_mapflow_refusal refusal;
  if (size == 0)
    return 0;
  const struct osmflow_text body = {(const char *)data + 1, size - 1};
  osmflow_mapflow_refusal_read(statuses[data[0] % (sizeof statuses / sizeof statuses[0])], body, &refusal);
  require(refusal.sentence[0] != '\0' && refusal.kind <= OSMFLOW_MAPFLOW_REFUSED_LATER);
  require(memchr(refusal.sentence, '\0', sizeof refusal.sentence) && memchr(refusal.code, '\0', sizeof refusal.code));
  require_readable(refusal.sentence);
  require_readable(refusal.code);
  print_messages(body);
  return 0;
}
