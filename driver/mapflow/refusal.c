#include "mapflow/refusal.h"

#include <stdio.h>

#include "base/number.h"
#include "mapflow/refusal_codes.h"
#include "mapflow/secret.h"
#include "net/url.h"

enum { MOST_BODY = 64 * 1024, MOST_WORDS = 400, MOST_VALUE = 300, WORKING = 1024 * 1024, MOST_FIELDS = 5 };

/* Adds a stranger's text: cut, in one line, without what a terminal would obey. */
static enum osmflow_status add_words(struct osmflow_bytes *text, struct osmflow_text words, size_t most,
                                     struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  const char *at = words.data;
  for (size_t left = words.size, step = 1; status == OSMFLOW_OK && left > 0; at += step, left -= step) {
    const unsigned char first = (unsigned char)*at;
    step = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (words.size - left + step > most)
      return osmflow_bytes_add_string(text, "...", error);
    const bool is_good = step <= left && osmflow_text_is_utf8((struct osmflow_text){at, step});
    const bool is_control = first < ' ' || first == 0x7F || (first == 0xC2 && is_good && (unsigned char)at[1] < 0xA0);
    step = is_good ? step : 1;
    if (is_control)
      status = osmflow_bytes_add(text, " ", 1, error);
    else
      status = osmflow_bytes_add(text, is_good ? at : "?", is_good ? step : 1, error);
  }
  return status;
}

static bool is_there(const struct osmflow_tree_node *node) {
  return node && node->kind != OSMFLOW_TREE_NULL && (node->text.size > 0 || node->first);
}

/* A number put nicely; false: it is none. */
static bool format_number(struct osmflow_text text, struct osmflow_text format, char shown[64]) {
  static const struct {
    double least, unit;
    const char *name;
  } sizes[] = {{1099511627776.0, 1099511627776.0, "TiB"},
               {1073741824.0, 1073741824.0, "GiB"},
               {1048576.0, 1048576.0, "MiB"},
               {0, 1, "bytes"}};
  double number = 0;
  size_t i = 0;
  if (format.size == 0 || !osmflow_parse_real(osmflow_text_trim(text), &number) || !(number >= 0 && number < 1e18))
    return false;
  if (osmflow_text_is(format, "square_km"))
    number *= 1e6;
  if (!osmflow_text_is(format, "bytes")) {
    snprintf(shown, 64, number < 1e4 ? "%.0f m²" : "%.2f km²", number < 1e4 ? number : number / 1e6);
    return true;
  }
  while (number < sizes[i].least)
    i++;
  snprintf(shown, 64, sizes[i].unit > 1 ? "%.2f %s" : "%.0f %s", number / sizes[i].unit, sizes[i].name);
  return true;
}

static enum osmflow_status print_value(const struct osmflow_tree_node *node, struct osmflow_text format,
                                       struct osmflow_bytes *text, struct osmflow_error *error) {
  struct osmflow_bytes plain;
  char shown[64];
  enum osmflow_status status = OSMFLOW_OK;
  if (format_number(node->text, format, shown))
    return osmflow_bytes_add_string(text, shown, error);
  osmflow_bytes_init(&plain, WORKING);
  if (node->kind == OSMFLOW_TREE_ARRAY) {
    for (const struct osmflow_tree_node *item = node->first; status == OSMFLOW_OK && item; item = item->next) {
      status = osmflow_bytes_add_string(&plain, item == node->first ? "" : ", ", error);
      if (status == OSMFLOW_OK)
        status = item->first ? osmflow_mapflow_print_json(item, &plain, error)
                             : osmflow_mapflow_print_words(item->text, &plain, error);
    }
  } else {
    status = node->kind == OSMFLOW_TREE_OBJECT ? osmflow_mapflow_print_json(node, &plain, error)
                                               : osmflow_mapflow_print_words(node->text, &plain, error);
  }
  if (status == OSMFLOW_OK)
    status = add_words(text, osmflow_bytes_view(&plain), MOST_VALUE, error);
  osmflow_bytes_clear(&plain);
  return status;
}

/* The parameter of a "{name:format}" whose '{' is before `place`; *size: up to behind the '}'. */
static const struct osmflow_tree_node *find_parameter(const char *place, const struct osmflow_tree_node *parameters,
                                                      struct osmflow_text *format, size_t *size) {
  const size_t inner = strcspn(place, "}"), named = strcspn(place, ":}");
  char name[64];
  snprintf(name, sizeof name, "%.*s", (int)named, place);
  *format = named < inner ? (struct osmflow_text){place + named + 1, inner - named - 1} : osmflow_text("");
  *size = inner + 1;
  const struct osmflow_tree_node *found = osmflow_tree_child(parameters, name);
  return is_there(found) ? found : NULL;
}

/* Whether all parameters of an optional part are there; *size: up to behind its ']'. */
static bool is_whole(const char *part, const struct osmflow_tree_node *parameters, size_t *size) {
  struct osmflow_text format;
  size_t inner = 0;
  bool whole = true;
  *size = strcspn(part, "]") + 1;
  for (const char *at = part; at < part + *size; at++)
    if (*at == '{')
      whole = find_parameter(at + 1, parameters, &format, &inner) && whole;
  return whole;
}

static enum osmflow_status fill(const char *sentence, const struct osmflow_tree_node *parameters,
                                struct osmflow_bytes *text, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  struct osmflow_text format;
  size_t size = 1;
  for (; status == OSMFLOW_OK && *sentence; sentence += size) {
    const struct osmflow_tree_node *node = NULL;
    size = 1;
    if (*sentence == '[') {
      size_t part = 0;
      size += is_whole(sentence + 1, parameters, &part) ? 0 : part;
    } else if (*sentence == '{' && sentence[1] == '{') {
      size = strcspn(sentence, "}") + 2;
      status = osmflow_bytes_add(text, sentence + 1, size - 2, error);
    } else if (*sentence == '{') {
      node = find_parameter(sentence + 1, parameters, &format, &size);
      size++;
      status = node ? print_value(node, format, text, error) : osmflow_bytes_add(text, "?", 1, error);
    } else if (*sentence != ']') {
      status = osmflow_bytes_add(text, sentence, 1, error);
    }
  }
  return status;
}

static const struct osmflow_tree_node *parameters_of(const struct osmflow_tree_node *node) {
  const struct osmflow_tree_node *parameters = osmflow_tree_child(node, "parameters");
  parameters = parameters ? parameters : osmflow_tree_child(node, "params");
  return parameters && parameters->kind == OSMFLOW_TREE_OBJECT ? parameters : NULL;
}

/* What is unknown, as it is: "(a: 1, b: 2)". */
static enum osmflow_status print_parameters(const struct osmflow_tree_node *parameters, struct osmflow_bytes *text,
                                            struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  size_t count = 0;
  for (const struct osmflow_tree_node *node = parameters ? parameters->first : NULL; status == OSMFLOW_OK && node;
       node = node->next) {
    if (!is_there(node) || osmflow_mapflow_is_secret(node->name))
      continue;
    status = osmflow_bytes_add_string(text, count++ == 0 ? " (" : ", ", error);
    if (status == OSMFLOW_OK)
      status = add_words(text, node->name, MOST_VALUE, error);
    if (status == OSMFLOW_OK)
      status = osmflow_bytes_add_string(text, ": ", error);
    if (status == OSMFLOW_OK)
      status = print_value(node, osmflow_text(""), text, error);
  }
  return status == OSMFLOW_OK && count > 0 ? osmflow_bytes_add_string(text, ")", error) : status;
}

/* What was found in a body. Views of the body or of its tree. */
struct findings {
  struct osmflow_text code;
  struct osmflow_text message;
  const struct osmflow_tree_node *parameters;
  const struct osmflow_tree_node *fields; /* a list of what is wrong with which field */
};

static struct osmflow_text text_of(const struct osmflow_tree_node *node, const char *const *names) {
  struct osmflow_text found = osmflow_text("");
  for (; found.size == 0 && *names; names++) {
    const struct osmflow_tree_node *child = osmflow_tree_child(node, *names);
    if (is_there(child) && (child->kind == OSMFLOW_TREE_STRING || child->kind == OSMFLOW_TREE_NUMBER))
      found = child->text;
  }
  return found;
}

static void find_words(const struct osmflow_tree_node *node, struct findings *findings) {
  static const char *const code_names[] = {"code", NULL};
  static const char *const message_names[] = {"message", "error_description", "msg", "error", "detail", "title", NULL};
  if (node->kind == OSMFLOW_TREE_STRING)
    findings->message = node->text;
  if (node->kind == OSMFLOW_TREE_ARRAY)
    findings->fields = node;
  if (node->kind != OSMFLOW_TREE_OBJECT)
    return;
  findings->code = text_of(node, code_names);
  findings->message = text_of(node, message_names);
  findings->parameters = parameters_of(node);
}

static bool looks_like_page(struct osmflow_text text) {
  return text.size > 0 && text.data[0] == '<';
}

static struct osmflow_tree *read_body(struct osmflow_text body, struct findings *findings) {
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  if (osmflow_tree_parse(OSMFLOW_TREE_JSON, body, &tree, &top, NULL) == OSMFLOW_OK) {
    const struct osmflow_tree_node *detail = osmflow_tree_child(top, "detail");
    find_words(is_there(detail) ? detail : top, findings);
  } else if (!looks_like_page(body) && osmflow_text_is_utf8(body)) {
    findings->message = body;
  }
  return tree;
}

/* [{"loc":["body","file"],"msg":"field required"}] */
static enum osmflow_status print_fields(const struct osmflow_tree_node *fields, struct osmflow_bytes *text,
                                        struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  size_t count = 0;
  for (const struct osmflow_tree_node *field = fields->first; status == OSMFLOW_OK && field && count < MOST_FIELDS;
       field = field->next, count++) {
    const struct osmflow_tree_node *place = osmflow_tree_child(field, "loc");
    const struct osmflow_tree_node *words = osmflow_tree_child(field, "msg");
    status = osmflow_bytes_add_string(text, count == 0 ? ": " : "; ", error);
    for (const struct osmflow_tree_node *step = place ? place->first : NULL; status == OSMFLOW_OK && step;
         step = step->next) {
      status = add_words(text, step->text, MOST_VALUE, error);
      if (status == OSMFLOW_OK)
        status = osmflow_bytes_add_string(text, step->next ? "/" : " ", error);
    }
    if (status == OSMFLOW_OK)
      status = print_value(is_there(words) ? words : field, osmflow_text(""), text, error);
  }
  return status;
}

/* Words that only say the status again are no news. */
static bool is_reason(struct osmflow_text words) {
  static const char *const reasons[] = {"Unauthorized", "Not authenticated",     "Forbidden",          "Not Found",
                                        "Bad Request",  "Internal Server Error", "Method Not Allowed", "Gone",
                                        "null"};
  bool found = words.size == 0;
  for (size_t i = 0; !found && i < sizeof reasons / sizeof reasons[0]; i++)
    found = osmflow_text_is_ignoring_case(words, reasons[i]);
  return found;
}

static enum osmflow_status add_message(const struct findings *findings, const char *before, const char *after,
                                       struct osmflow_bytes *text, struct osmflow_error *error) {
  const struct osmflow_text words = osmflow_text_trim(findings->message);
  struct osmflow_bytes plain;
  if (is_reason(words))
    return OSMFLOW_OK;
  osmflow_bytes_init(&plain, WORKING);
  enum osmflow_status status = osmflow_mapflow_print_words(words, &plain, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(text, before, error);
  if (status == OSMFLOW_OK)
    status = add_words(text, osmflow_bytes_view(&plain), MOST_WORDS, error);
  osmflow_bytes_clear(&plain);
  return status == OSMFLOW_OK ? osmflow_bytes_add_string(text, after, error) : status;
}

static enum osmflow_status write_sentence(int status_code, const struct findings *findings,
                                          enum osmflow_mapflow_refusal_kind *kind, struct osmflow_bytes *text) {
  const struct osmflow_mapflow_code *code = osmflow_mapflow_code_find(findings->code);
  const struct osmflow_mapflow_code *phrase = code ? NULL : osmflow_mapflow_phrase_find(findings->message);
  const struct osmflow_mapflow_answer_status *by_status = osmflow_mapflow_answer_status(status_code);
  const bool is_token = by_status->kind == OSMFLOW_MAPFLOW_REFUSED_TOKEN; /* whatever a gateway says */
  enum osmflow_status status;
  *kind = is_token ? by_status->kind : code ? code->kind : phrase ? phrase->kind : by_status->kind;
  if (code && !is_token) {
    status = fill(code->sentence, findings->parameters, text, NULL);
    return status == OSMFLOW_OK && !findings->parameters ? add_message(findings, " (", ")", text, NULL) : status;
  }
  status = osmflow_bytes_add_string(text, phrase && !is_token ? phrase->sentence : by_status->sentence, NULL);
  if (status == OSMFLOW_OK && findings->fields)
    status = print_fields(findings->fields, text, NULL);
  if (status == OSMFLOW_OK)
    status = add_message(findings, "; the server says: ", "", text, NULL);
  return status == OSMFLOW_OK ? print_parameters(findings->parameters, text, NULL) : status;
}

/* Into a room of fixed size, cut at a character's boundary. */
static void copy_cut(char *target, size_t size, struct osmflow_text text) {
  size_t end = text.size < size ? text.size : size - 1;
  while (end > 0 && end < text.size && ((unsigned char)text.data[end] & 0xC0) == 0x80)
    end--;
  if (end > 0)
    memcpy(target, text.data, end);
  target[end] = '\0';
}

void osmflow_mapflow_refusal_read(int status, struct osmflow_text body, struct osmflow_mapflow_refusal *refusal) {
  struct findings findings = {.code = osmflow_text(""), .message = osmflow_text("")};
  struct osmflow_bytes text, code;
  body = osmflow_text_trim(body.data ? body : osmflow_text(""));
  body.size = body.size < MOST_BODY ? body.size : MOST_BODY;
  osmflow_bytes_init(&text, WORKING);
  osmflow_bytes_init(&code, WORKING);
  *refusal = (struct osmflow_mapflow_refusal){.kind = osmflow_mapflow_answer_status(status)->kind};
  struct osmflow_tree *tree = body.size > 0 ? read_body(body, &findings) : NULL;
  if (write_sentence(status, &findings, &refusal->kind, &text) != OSMFLOW_OK) {
    osmflow_bytes_reset(&text);
    copy_cut(refusal->sentence, sizeof refusal->sentence,
             osmflow_text(osmflow_mapflow_answer_status(status)->sentence));
  } else {
    copy_cut(refusal->sentence, sizeof refusal->sentence, osmflow_bytes_view(&text));
  }
  if (add_words(&code, findings.code, sizeof refusal->code - 4, NULL) == OSMFLOW_OK)
    copy_cut(refusal->code, sizeof refusal->code, osmflow_bytes_view(&code));
  osmflow_tree_free(tree);
  osmflow_bytes_clear(&code);
  osmflow_bytes_clear(&text);
}

enum osmflow_status osmflow_mapflow_refusal_explain(const char *method, const char *path,
                                                    const struct osmflow_http_response *response,
                                                    struct osmflow_error *error) {
  struct osmflow_mapflow_refusal refusal;
  char shown[OSMFLOW_URL_SHOWN_SIZE], more[160] = "";
  if (!error || error->http_status < 300)
    return error ? error->status : OSMFLOW_HTTP;
  const int status = error->http_status;
  osmflow_mapflow_refusal_read(status, osmflow_bytes_view(&response->error_body), &refusal);
  osmflow_url_show(path, shown);
  size_t used = 0;
  if (response->attempts > 1)
    used = (size_t)snprintf(more, sizeof more, "; tried %d times", response->attempts);
  if (response->retry_after_seconds > 0)
    snprintf(more + used, sizeof more - used,
             "; the server asks to wait %lld s, and MAPFLOW_MAX_WAIT limits the waiting",
             (long long)response->retry_after_seconds);
  osmflow_error_set(error, error->status, "%s %.300s: %s (HTTP %d%s%s%s)", method, shown, refusal.sentence, status,
                    *refusal.code ? " " : "", refusal.code, more);
  error->http_status = status;
  return error->status;
}

enum osmflow_status osmflow_mapflow_message_print(const struct osmflow_tree_node *message, struct osmflow_bytes *text,
                                                  struct osmflow_error *error) {
  struct findings findings = {.code = osmflow_text(""), .message = osmflow_text("")};
  if (!message || message->kind == OSMFLOW_TREE_NULL)
    return OSMFLOW_OK;
  find_words(message, &findings);
  const struct osmflow_mapflow_code *code = osmflow_mapflow_code_find(findings.code);
  if (code)
    return fill(code->sentence, findings.parameters, text, error);
  if (findings.code.size == 0 && is_reason(findings.message))
    return print_value(message, osmflow_text(""), text, error);
  enum osmflow_status status = add_words(text, findings.code, MOST_VALUE, error);
  if (status == OSMFLOW_OK)
    status = add_message(&findings, findings.code.size > 0 ? ": " : "", "", text, error);
  return status == OSMFLOW_OK ? print_parameters(findings.parameters, text, error) : status;
}

enum osmflow_status osmflow_mapflow_messages_print(const struct osmflow_tree_node *messages, struct osmflow_bytes *text,
                                                   struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  if (!messages || messages->kind != OSMFLOW_TREE_ARRAY)
    return messages ? osmflow_mapflow_message_print(messages, text, error) : OSMFLOW_OK;
  for (const struct osmflow_tree_node *item = messages->first; status == OSMFLOW_OK && item; item = item->next) {
    if (item != messages->first)
      status = osmflow_bytes_add_string(text, "; ", error);
    if (status == OSMFLOW_OK)
      status = osmflow_mapflow_message_print(item, text, error);
  }
  return status;
}
