/* What was asked for and paid is remembered in exports.json beside the credentials:
 *
 *   {"https://v2.3dcityloader.com/api": [{"account": "...", "request": "{...}", "id": "9b1d...", "created":
 * 1700000000}]} */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "cityloader/export_parts.h"
#include "net/credentials.h"
#include "net/file.h"

enum { FILE_CEILING = 16 * 1024 * 1024 };

static enum osmflow_status find_path(const struct osmflow_environment *environment, struct osmflow_bytes *path,
                                     struct osmflow_error *error) {
  char *credentials = NULL;
  enum osmflow_status status = osmflow_credentials_path(environment, &credentials, error);
  if (status == OSMFLOW_OK) {
    const char *slash = strrchr(credentials, '/');
    const struct osmflow_text folder = {credentials, slash ? (size_t)(slash - credentials) + 1 : 0};
    status = osmflow_bytes_add_text(path, folder, error);
  }
  free(credentials);
  return status == OSMFLOW_OK ? osmflow_bytes_add_string(path, "exports.json", error) : status;
}

enum osmflow_status osmflow_export_lock_file(const struct osmflow_environment *environment, int descriptor,
                                             const char *what, struct osmflow_error *error) {
  enum { PAUSE_MS = 100 };
  while (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR)
      return osmflow_error_set(error, OSMFLOW_IO, "%s cannot be locked: %s; choose a folder on a local disk", what,
                               strerror(errno));
    if (!osmflow_wait(environment, PAUSE_MS))
      return osmflow_error_set(error, OSMFLOW_CANCELLED, "stopped while another program was busy with %s", what);
  }
  return OSMFLOW_OK;
}

static enum osmflow_status make_folder_of(const char *path, struct osmflow_error *error) {
  const char *slash = strrchr(path, '/');
  char *folder = slash && slash != path ? strndup(path, (size_t)(slash - path)) : NULL;
  const enum osmflow_status status = folder ? osmflow_folder_make(folder, error) : OSMFLOW_OK;
  free(folder);
  return status;
}

enum osmflow_status osmflow_export_lock(const struct osmflow_environment *environment, int *descriptor,
                                        struct osmflow_error *error) {
  struct osmflow_bytes path;
  osmflow_bytes_init(&path, FILE_CEILING);
  *descriptor = -1;
  enum osmflow_status status = find_path(environment, &path, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(&path, ".lock", error);
  if (status == OSMFLOW_OK)
    status = make_folder_of(osmflow_bytes_string(&path), error);
  if (status == OSMFLOW_OK) {
    *descriptor = open(osmflow_bytes_string(&path), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    status = *descriptor >= 0 ? osmflow_export_lock_file(environment, *descriptor, osmflow_bytes_string(&path), error)
                              : osmflow_error_set(error, OSMFLOW_IO, "%s cannot be written: %s",
                                                  osmflow_bytes_string(&path), strerror(errno));
  }
  if (status != OSMFLOW_OK) {
    osmflow_export_unlock(*descriptor);
    *descriptor = -1;
  }
  osmflow_bytes_clear(&path);
  return status;
}

void osmflow_export_unlock(int descriptor) {
  if (descriptor >= 0)
    close(descriptor);
}

/* A file that is there and cannot be read is an error: it may say what was paid for. */
static enum osmflow_status read_all(const char *path, struct osmflow_bytes *bytes, struct osmflow_error *error) {
  char piece[4096];
  size_t taken = 1;
  FILE *file = fopen(path, "rbe");
  enum osmflow_status status = OSMFLOW_OK;
  if (!file)
    return errno == ENOENT ? OSMFLOW_OK
                           : osmflow_error_set(error, OSMFLOW_IO, "%s cannot be read: %s", path, strerror(errno));
  while (status == OSMFLOW_OK && (taken = fread(piece, 1, sizeof piece, file)) > 0)
    status = osmflow_bytes_add(bytes, piece, taken, error);
  if (status == OSMFLOW_OK && ferror(file))
    status = osmflow_error_set(error, OSMFLOW_IO, "%s cannot be read: %s", path, strerror(errno));
  fclose(file);
  return status;
}

/* A file that is damaged is not overwritten: it may say what was paid for. */
static enum osmflow_status load(const struct osmflow_environment *environment, struct osmflow_bytes *path,
                                struct json_object **roots, struct osmflow_error *error) {
  struct osmflow_bytes text;
  osmflow_bytes_init(&text, FILE_CEILING);
  enum osmflow_status status = find_path(environment, path, error);
  if (status == OSMFLOW_OK)
    status = read_all(osmflow_bytes_string(path), &text, error);
  *roots = NULL;
  if (status == OSMFLOW_OK)
    *roots = text.size > 0 ? json_tokener_parse(osmflow_bytes_string(&text)) : json_object_new_object();
  if (status == OSMFLOW_OK && !json_object_is_type(*roots, json_type_object)) {
    json_object_put(*roots);
    *roots = NULL;
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA,
                               "%s, which remembers your exports, is damaged: mend it or move it away",
                               osmflow_bytes_string(path));
  }
  osmflow_bytes_clear(&text);
  return status;
}

static enum osmflow_status save(const char *path, struct json_object *roots, struct osmflow_error *error) {
  struct osmflow_file_draft draft = {-1, NULL, NULL};
  const char *text = json_object_to_json_string_ext(roots, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
  enum osmflow_status status = make_folder_of(path, error);
  if (status == OSMFLOW_OK)
    status = osmflow_file_draft_open(&draft, path, error);
  if (status == OSMFLOW_OK)
    status = osmflow_file_draft_write(&draft, text, strlen(text), error);
  if (status == OSMFLOW_OK)
    status = osmflow_file_draft_commit(&draft, error);
  osmflow_file_draft_discard(&draft);
  return status;
}

static const char *text_of(struct json_object *entry, const char *name) {
  struct json_object *value = NULL;
  json_object_object_get_ex(entry, name, &value);
  return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

static int64_t number_of(struct json_object *entry, const char *name) {
  struct json_object *value = NULL;
  json_object_object_get_ex(entry, name, &value);
  return json_object_is_type(value, json_type_int) ? json_object_get_int64(value) : 0;
}

static struct json_object *list_of(struct json_object *roots, const char *root) {
  struct json_object *list = NULL;
  json_object_object_get_ex(roots, root, &list);
  return json_object_is_type(list, json_type_array) ? list : NULL;
}

static bool is_of(struct json_object *entry, const char *account, const char *request, bool of_others) {
  return strcmp(text_of(entry, "request"), request) == 0 &&
         (strcmp(text_of(entry, "account"), account) != 0) == of_others;
}

enum osmflow_status osmflow_export_recall(const struct osmflow_cityloader *cityloader, const char *request,
                                          bool of_others, size_t place, bool *is_known, char id[64],
                                          struct osmflow_error *error) {
  struct json_object *roots = NULL;
  struct osmflow_bytes path;
  osmflow_bytes_init(&path, FILE_CEILING);
  const enum osmflow_status status = load(cityloader->environment, &path, &roots, error);
  struct json_object *list = status == OSMFLOW_OK ? list_of(roots, cityloader->root) : NULL;
  *is_known = false;
  for (size_t i = list ? json_object_array_length(list) : 0; !*is_known && i > 0; i--) {
    struct json_object *entry = json_object_array_get_idx(list, i - 1);
    if (!is_of(entry, cityloader->account, request, of_others) || place-- > 0)
      continue;
    *is_known = true;
    snprintf(id, 64, "%s", text_of(entry, "id"));
  }
  json_object_put(roots);
  osmflow_bytes_clear(&path);
  return status;
}

static struct json_object *make_entry(const struct osmflow_cityloader *cityloader, const char *request,
                                      const char *id) {
  struct json_object *entry = json_object_new_object();
  json_object_object_add(entry, "account", json_object_new_string(cityloader->account));
  json_object_object_add(entry, "request", json_object_new_string(request));
  json_object_object_add(entry, "id", json_object_new_string(id));
  json_object_object_add(entry, "created",
                         json_object_new_int64(cityloader->environment->unix_seconds(cityloader->environment->self)));
  return entry;
}

/* `id` NULL: there is no entry any more, with `also_others` of nobody. */
static enum osmflow_status store(const struct osmflow_cityloader *cityloader, const char *request, const char *id,
                                 bool also_others, struct osmflow_error *error) {
  struct json_object *roots = NULL;
  struct osmflow_bytes path;
  osmflow_bytes_init(&path, FILE_CEILING);
  enum osmflow_status status = load(cityloader->environment, &path, &roots, error);
  if (status == OSMFLOW_OK) {
    struct json_object *list = list_of(roots, cityloader->root);
    if (!list) {
      list = json_object_new_array();
      json_object_object_add(roots, cityloader->root, list);
    }
    for (size_t i = json_object_array_length(list); i > 0; i--) {
      struct json_object *entry = json_object_array_get_idx(list, i - 1);
      if (is_of(entry, cityloader->account, request, false) ||
          (also_others && is_of(entry, cityloader->account, request, true)))
        json_object_array_del_idx(list, i - 1, 1);
    }
    if (id)
      json_object_array_add(list, make_entry(cityloader, request, id));
    status = save(osmflow_bytes_string(&path), roots, error);
  }
  json_object_put(roots);
  osmflow_bytes_clear(&path);
  return status;
}

enum osmflow_status osmflow_export_remember(const struct osmflow_cityloader *cityloader, const char *request,
                                            const char *id, struct osmflow_error *error) {
  return store(cityloader, request, id, false, error);
}

enum osmflow_status osmflow_export_forget(const struct osmflow_cityloader *cityloader,
                                          const struct osmflow_export_request *request, struct osmflow_error *error) {
  struct osmflow_bytes json;
  int lock = -1;
  osmflow_bytes_init(&json, OSMFLOW_EXPORT_REQUEST_CEILING);
  enum osmflow_status status = osmflow_export_request_print(request, &json, error);
  if (status == OSMFLOW_OK)
    status = osmflow_export_lock(cityloader->environment, &lock, error);
  if (status == OSMFLOW_OK)
    status = store(cityloader, osmflow_bytes_string(&json), NULL, true, error);
  osmflow_export_unlock(lock);
  osmflow_bytes_clear(&json);
  return status;
}

enum osmflow_status osmflow_export_list(const struct osmflow_environment *environment, const char *root,
                                        bool (*visit)(void *self, const struct osmflow_export_memory *item), void *self,
                                        struct osmflow_error *error) {
  struct json_object *roots = NULL;
  struct osmflow_bytes path;
  osmflow_bytes_init(&path, FILE_CEILING);
  const enum osmflow_status status = load(environment, &path, &roots, error);
  struct json_object *list = status == OSMFLOW_OK ? list_of(roots, root) : NULL;
  bool goes_on = true;
  for (size_t i = list ? json_object_array_length(list) : 0; goes_on && i > 0; i--) {
    struct json_object *entry = json_object_array_get_idx(list, i - 1);
    const struct osmflow_export_memory item = {text_of(entry, "id"), text_of(entry, "request"),
                                               number_of(entry, "created")};
    goes_on = visit(self, &item);
  }
  json_object_put(roots);
  osmflow_bytes_clear(&path);
  return status;
}

/* An id and where its request goes. */
struct wanted {
  const char *id;
  struct osmflow_bytes *json;
  enum osmflow_status status;
};

static bool take_request(void *self, const struct osmflow_export_memory *item) {
  struct wanted *wanted = self;
  const bool is_it = strcmp(item->id, wanted->id) == 0;
  if (is_it)
    wanted->status = osmflow_bytes_add_string(wanted->json, item->request, NULL);
  return !is_it;
}

enum osmflow_status osmflow_export_request_of(const struct osmflow_environment *environment, const char *root,
                                              const char *id, struct osmflow_bytes *json, struct osmflow_error *error) {
  struct wanted wanted = {id, json, OSMFLOW_OK};
  const enum osmflow_status status = osmflow_export_list(environment, root, take_request, &wanted, error);
  return status == OSMFLOW_OK && wanted.status != OSMFLOW_OK
             ? osmflow_error_set(error, wanted.status, "no memory for the request of an export")
             : status;
}
