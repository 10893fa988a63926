/* Documents: heads and ends, and the pieces that elements and changesets have in common. */
#include <stdio.h>
#include <unistd.h>

#include "internal.h"

#define COPYRIGHT "OpenStreetMap and contributors"
#define ATTRIBUTION "http://www.openstreetmap.org/copyright"
#define LICENSE "http://opendatacommons.org/licenses/odbl/1-0/"

static void print_generator(struct sandbox_response *response) {
  static char host[64];
  if (!*host && gethostname(host, sizeof host - 1) != 0)
    snprintf(host, sizeof host, "localhost");
  sandbox_print(response, "openstreetmap-cgimap 2.1.0 (%ld %s)", (long)getpid(), host);
}

void sandbox_open_document(struct sandbox_response *response, enum sandbox_format format, const char *root) {
  if (format == SANDBOX_JSON) {
    sandbox_print(response, "{\"version\":\"0.6\",\"generator\":\"");
    print_generator(response);
    sandbox_print(response,
                  "\",\"copyright\":\"" COPYRIGHT "\",\"attribution\":\"" ATTRIBUTION "\",\"license\":\"" LICENSE "\"");
    return;
  }
  sandbox_print(response, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<%s version=\"0.6\" generator=\"", root);
  print_generator(response);
  sandbox_print(response, "\" copyright=\"" COPYRIGHT "\" attribution=\"" ATTRIBUTION "\" license=\"" LICENSE "\">\n");
}

void sandbox_close_document(struct sandbox_response *response, enum sandbox_format format, const char *root) {
  static const char end_of_head[] = LICENSE "\">\n";
  struct osmflow_bytes *body = &response->body;
  size_t size = sizeof end_of_head - 1;
  if (format == SANDBOX_JSON) {
    sandbox_print(response, "}");
  } else if (body->size >= size && memcmp(body->data + body->size - size, end_of_head, size) == 0) {
    body->size -= 2; /* nothing came: the root element closes itself */
    sandbox_print(response, "/>\n");
  } else {
    sandbox_print(response, "</%s>\n", root);
  }
}
