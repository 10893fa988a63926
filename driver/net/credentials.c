#include "net/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/json_flags.h"
#include "net/file.h"

enum { FILE_CEILING = 1024 * 1024, PATH_CEILING = 16 * 1024, DEPTH = 8 };

void osmflow_credentials_wipe(char *token) {
  if (token) {
    volatile char *byte = token;
    while (*byte)
      *byte++ = '\0';
    free(token);
  }
}

static void wipe_bytes(struct osmflow_bytes *bytes) {
  volatile char *byte = bytes->data;
  for (size_t i = 0; i < bytes->size; i++)
    byte[i] = '\0';
  osmflow_bytes_clear(bytes);
}

/* The first option that is set, with what comes behind it. */
enum osmflow_status osmflow_credentials_path(const struct osmflow_environment *environment, char **path,
                                             struct osmflow_error *error) {
  static const struct {
    const char *option, *rest;
  } places[] = {{"OSMFLOW_CREDENTIALS", ""},
                {"XDG_CONFIG_HOME", "/osmflow/credentials.json"},
                {"HOME", "/.config/osmflow/credentials.json"}};
  struct osmflow_bytes text;
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_bytes_init(&text, PATH_CEILING);
  *path = NULL;
  for (size_t i = 0; status == OSMFLOW_OK && text.size == 0 && i < sizeof places / sizeof places[0]; i++) {
    const char *value = environment->option(environment->self, places[i].option);
    if (value && *value)
      status = osmflow_bytes_print(&text, error, "%s%s", value, places[i].rest);
  }
  if (status == OSMFLOW_OK && text.size == 0)
    status = osmflow_error_set(error, OSMFLOW_NOT_FOUND,
                               "there is no place for the credentials file: set OSMFLOW_CREDENTIALS or HOME");
  if (status == OSMFLOW_OK)
    *path = osmflow_bytes_take(&text);
  osmflow_bytes_clear(&text);
  return status;
}

static enum osmflow_status check_file(int descriptor, const char *path, struct osmflow_error *error) {
  struct stat facts;
  if (fstat(descriptor, &facts) != 0)
    return osmflow_error_set(error, OSMFLOW_IO, "the credentials file %s cannot be read: %s", path, strerror(errno));
  if (!S_ISREG(facts.st_mode))
    return osmflow_error_set(error, OSMFLOW_IO, "the credentials file %s is not a plain file", path);
  if (facts.st_uid != geteuid())
    return osmflow_error_set(error, OSMFLOW_IO, "the credentials file %s belongs to another user", path);
  if (facts.st_mode & (S_IRWXG | S_IRWXO))
    return osmflow_error_set(error, OSMFLOW_IO,
                             "others can read the credentials file %s, so it is not used: chmod 600 '%s'", path, path);
  return OSMFLOW_OK;
}

/* Leaves *bytes empty when there is no such file. */
static enum osmflow_status read_file(const char *path, struct osmflow_bytes *bytes, struct osmflow_error *error) {
  char block[4096];
  ssize_t size = 0;
  const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0 && (errno == ENOENT || errno == ENOTDIR))
    return OSMFLOW_OK;
  if (descriptor < 0)
    return osmflow_error_set(error, OSMFLOW_IO, "the credentials file %s cannot be read: %s", path, strerror(errno));
  enum osmflow_status status = check_file(descriptor, path, error);
  while (status == OSMFLOW_OK && (size = read(descriptor, block, sizeof block)) > 0)
    status = osmflow_bytes_add(bytes, block, (size_t)size, error);
  if (size < 0)
    status = osmflow_error_set(error, OSMFLOW_IO, "the credentials file %s cannot be read: %s", path, strerror(errno));
  close(descriptor);
  return status;
}

/* The file's object; an empty one when there is no file. */
static enum osmflow_status load(const char *path, struct json_object **entries, struct osmflow_error *error) {
  struct osmflow_bytes bytes;
  osmflow_bytes_init(&bytes, FILE_CEILING);
  enum osmflow_status status = read_file(path, &bytes, error);
  struct json_tokener *tokener = json_tokener_new_ex(DEPTH);
  *entries = NULL;
  if (status == OSMFLOW_OK && !tokener) {
    status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for the credentials file");
  } else if (status == OSMFLOW_OK && bytes.size == 0) {
    *entries = json_object_new_object();
  } else if (status == OSMFLOW_OK) {
    json_tokener_set_flags(tokener, osmflow_json_flags(bytes.data, bytes.size));
    *entries = json_tokener_parse_ex(tokener, bytes.data, (int)bytes.size + 1);
    if (json_tokener_get_error(tokener) != json_tokener_success || !json_object_is_type(*entries, json_type_object))
      status = osmflow_error_set(error, OSMFLOW_BAD_DATA,
                                 "the credentials file %s is damaged; remove it and run `osmflow login` again", path);
  }
  if (tokener)
    json_tokener_free(tokener);
  if (status != OSMFLOW_OK) {
    json_object_put(*entries);
    *entries = NULL;
  }
  wipe_bytes(&bytes);
  return status;
}

/* "https://host/" and "https://host" are one root. */
static char *root_key(const char *root) {
  size_t size = strlen(root);
  while (size > 0 && root[size - 1] == '/')
    size--;
  return strndup(root, size);
}

static enum osmflow_status copy_token(const char *value, char **token, struct osmflow_error *error) {
  *token = strdup(value);
  return *token ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a token");
}

static enum osmflow_status find_in_file(const struct osmflow_environment *environment, const char *root, char **token,
                                        struct osmflow_error *error) {
  struct json_object *entries = NULL;
  struct json_object *entry = NULL;
  struct json_object *value = NULL;
  char *path = NULL;
  char *key = root_key(root);
  if (!key)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for an address");
  enum osmflow_status status = OSMFLOW_OK;
  /* A service without a home has no file, and that is fine for reading. */
  if (osmflow_credentials_path(environment, &path, NULL) == OSMFLOW_OK)
    status = load(path, &entries, error);
  if (status == OSMFLOW_OK && json_object_object_get_ex(entries, key, &entry) &&
      json_object_object_get_ex(entry, "token", &value) && json_object_is_type(value, json_type_string) &&
      json_object_get_string_len(value) > 0)
    status = copy_token(json_object_get_string(value), token, error);
  json_object_put(entries);
  free(path);
  free(key);
  return status;
}

enum osmflow_status osmflow_credentials_find(const struct osmflow_environment *environment, const char *option_name,
                                             const char *root, char **token, struct osmflow_error *error) {
  const char *value = environment->option(environment->self, option_name);
  *token = NULL;
  if (value && *value)
    return copy_token(value, token, error);
  return find_in_file(environment, root, token, error);
}

static enum osmflow_status save(const char *path, struct json_object *entries, struct osmflow_error *error) {
  struct osmflow_file_draft draft = {-1, NULL, NULL};
  enum osmflow_status status = OSMFLOW_OK;
  const char *slash = strrchr(path, '/');
  char *folder = slash && slash != path ? strndup(path, (size_t)(slash - path)) : NULL;
  const char *text = json_object_to_json_string_ext(entries, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
  if (folder)
    status = osmflow_folder_make(folder, error);
  free(folder);
  if (status == OSMFLOW_OK && !text)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for the credentials file");
  if (status == OSMFLOW_OK)
    status = osmflow_file_draft_open(&draft, path, error);
  if (status == OSMFLOW_OK)
    status = osmflow_file_draft_write(&draft, text, strlen(text), error);
  if (status == OSMFLOW_OK)
    status = osmflow_file_draft_write(&draft, "\n", 1, error);
  if (status == OSMFLOW_OK)
    status = osmflow_file_draft_commit(&draft, error);
  osmflow_file_draft_discard(&draft);
  return status;
}

static enum osmflow_status set_entry(struct json_object *entries, const char *key, const char *token,
                                     struct osmflow_error *error) {
  struct json_object *entry = json_object_new_object();
  struct json_object *value = json_object_new_string(token);
  if (entry && value && json_object_object_add(entry, "token", value) == 0) {
    value = NULL;
    if (json_object_object_add(entries, key, entry) == 0)
      return OSMFLOW_OK;
  }
  json_object_put(value);
  json_object_put(entry);
  return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a token");
}

enum osmflow_status osmflow_credentials_store(const struct osmflow_environment *environment, const char *root,
                                              const char *token, struct osmflow_error *error) {
  struct json_object *entries = NULL;
  char *path = NULL;
  char *key = root_key(root);
  if (!key)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for an address");
  enum osmflow_status status = osmflow_credentials_path(environment, &path, error);
  if (status == OSMFLOW_OK)
    status = load(path, &entries, error);
  if (status == OSMFLOW_OK && !token)
    json_object_object_del(entries, key);
  if (status == OSMFLOW_OK && token)
    status = set_entry(entries, key, token, error);
  if (status == OSMFLOW_OK)
    status = save(path, entries, error);
  json_object_put(entries);
  free(path);
  free(key);
  return status;
}
