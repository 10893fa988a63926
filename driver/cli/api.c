/* `osmflow api`: any call of a service, as it is. */
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/service.h"

enum { SERVICE, METHOD, PATH };
enum { BODY, CONTENT_TYPE, ACCEPT, OUTPUT, INCLUDE, ANONYMOUS, SERVER };

enum { METHOD_SIZE = 24, BODY_CEILING = 512 * 1024 * 1024, URL_CEILING = 1024 * 1024 };

struct call {
  const struct osmflow_service *service;
  char method[METHOD_SIZE];
  char *root;
  struct osmflow_bytes url, body;
  struct osmflow_http *http;
  struct osmflow_http_response response;
  struct osmflow_output output;
};

/* "get" is meant as GET. */
static enum osmflow_status read_method(const char *word, char method[METHOD_SIZE], struct osmflow_error *error) {
  const size_t size = strlen(word);
  bool good = size > 0 && size < METHOD_SIZE;
  for (size_t i = 0; good && i < size; i++) {
    const bool lower = word[i] >= 'a' && word[i] <= 'z';
    good = lower || (word[i] >= 'A' && word[i] <= 'Z');
    method[i] = (char)(lower ? word[i] - 'a' + 'A' : word[i]);
    method[i + 1] = '\0';
  }
  return good ? OSMFLOW_OK
              : osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                                  "the second word is the method: GET, HEAD, POST, PUT or DELETE");
}

/* What a body is when the user does not say: most of the API takes XML; the rest takes forms, and preferences take
 * plain text. */
static const char *guess_type(const struct call *call) {
  const struct osmflow_text body = osmflow_text_trim(osmflow_bytes_view(&call->body));
  if (body.size == 0)
    return NULL;
  if (body.data[0] == '<')
    return "text/xml";
  if (body.data[0] == '{' || body.data[0] == '[')
    return "application/json";
  return strcmp(call->method, "POST") == 0 ? "application/x-www-form-urlencoded" : "text/plain";
}

/* What reads may be asked for twice and go without a token; what writes needs one, unless the user says otherwise. */
static struct osmflow_http_request make_request(struct call *call, const struct osmflow_arguments *arguments) {
  const bool reads = strcmp(call->method, "GET") == 0 || strcmp(call->method, "HEAD") == 0;
  struct osmflow_http_request request = {.method = call->method,
                                         .url = osmflow_bytes_string(&call->url),
                                         .accept = arguments->options[ACCEPT],
                                         .content_type = arguments->options[CONTENT_TYPE],
                                         .body = osmflow_bytes_view(&call->body),
                                         .repeatable = reads,
                                         .authorization = reads ? OSMFLOW_HTTP_IF_ANY : OSMFLOW_HTTP_REQUIRED,
                                         .sink = osmflow_output_sink(&call->output)};
  if (!request.content_type)
    request.content_type = guess_type(call);
  if (arguments->options[ANONYMOUS])
    request.authorization = OSMFLOW_HTTP_ANONYMOUS;
  return request;
}

static enum osmflow_status prepare(struct call *call, const struct osmflow_environment *environment,
                                   const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  enum osmflow_status status = osmflow_service_find(arguments->words[SERVICE], &call->service, error);
  if (status == OSMFLOW_OK)
    status = read_method(arguments->words[METHOD], call->method, error);
  if (status == OSMFLOW_OK)
    status = osmflow_service_root(call->service, environment, arguments->options[SERVER], &call->root, error);
  if (status == OSMFLOW_OK)
    status = osmflow_service_url(call->service, call->root, arguments->words[PATH], &call->url, error);
  if (status == OSMFLOW_OK) {
    const bool shows_head = arguments->options[INCLUDE] || strcmp(call->method, "HEAD") == 0;
    status = osmflow_output_init(&call->output, arguments->options[OUTPUT], shows_head, error);
  }
  if (status == OSMFLOW_OK)
    status = osmflow_service_http(call->service, environment, call->root, NULL, &call->http, error);
  if (status == OSMFLOW_OK && arguments->options[BODY])
    status = osmflow_input_read(environment, arguments->options[BODY], &call->body, error);
  if (status == OSMFLOW_OK && call->body.size > 0 && strcmp(call->method, "HEAD") == 0)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a HEAD request has no body");
  return status;
}

static enum osmflow_status run_api(const struct osmflow_environment *environment,
                                   const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  struct call call = {.output = {.draft = {-1, NULL, NULL}}};
  osmflow_bytes_init(&call.url, URL_CEILING);
  osmflow_bytes_init(&call.body, BODY_CEILING);
  osmflow_http_response_init(&call.response);
  enum osmflow_status status = prepare(&call, environment, arguments, error);
  if (status == OSMFLOW_OK) {
    const struct osmflow_http_request request = make_request(&call, arguments);
    status = osmflow_http_perform(call.http, &request, &call.response, error);
    const enum osmflow_status shown =
        osmflow_output_head(&call.output, &call.response, status == OSMFLOW_OK ? error : NULL);
    if (status == OSMFLOW_OK)
      status = shown;
    if (status == OSMFLOW_OK)
      status = osmflow_output_commit(&call.output, error);
  }
  osmflow_output_clear(&call.output);
  osmflow_http_response_clear(&call.response);
  osmflow_http_free(call.http);
  osmflow_bytes_clear(&call.url);
  osmflow_bytes_clear(&call.body);
  free(call.root);
  return status;
}

static const struct osmflow_option options[] = {
    [BODY] = {"body", 'd', "FILE", "what to send; - is standard input"},
    [CONTENT_TYPE] = {"content-type", '\0', "TYPE", "what the body is, see below"},
    [ACCEPT] = {"accept", '\0', "TYPE", "the form of the answer, for example application/json"},
    [OUTPUT] = {"output", 'o', "FILE", "where the answer goes; the file appears when the answer is whole"},
    [INCLUDE] = {"include", 'i', NULL, "status and the known headers before the answer"},
    [ANONYMOUS] = {"anonymous", '\0', NULL, "send no token"},
    [SERVER] = {"server", '\0', "URL", "another server's root, instead of OSMAPI_URL or MAPFLOW_URL"},
    {NULL, '\0', NULL, NULL}};

const struct osmflow_command osmflow_command_api = {
    .name = "api",
    .summary = "Sends one request to a service's API and prints the answer.",
    .words = "SERVICE METHOD PATH",
    .least_words = 3,
    .most_words = 3,
    .options = options,
    .details =
        "SERVICE is osm or mapflow. PATH is a call as the API's documentation has it, without osm's /api/0.6/; with a\n"
        "slash in front it stands below the server's root.\n"
        "\n"
        "  osmflow api osm GET user/details\n"
        "  osmflow api osm GET 'map?bbox=9.52,47.13,9.53,47.14' -o vaduz.osm\n"
        "  osmflow api osm PUT changeset/create --body changeset.xml\n"
        "  osmflow api mapflow GET projects/default\n"
        "  printf text=Thanks | osmflow api osm POST changeset/7/comment --body -\n"
        "\n"
        "The answer goes to standard output as it comes. When the server answers with an error, its words go to "
        "standard\n"
        "error and the exit code is 1; also when an answer of XML or JSON is not whole, or ends with an <error>.\n"
        "GET and HEAD are tried again after a failure. Everything else is sent once: it is repeated only where the\n"
        "server has told that nothing was done (429 and 503 with Retry-After) or could not be reached.\n"
        "GET and HEAD send a token if there is one; everything else needs one, unless --anonymous is given.\n"
        "A body that begins with < is sent as text/xml, with { or [ as application/json, any other as\n"
        "application/x-www-form-urlencoded with POST and as text/plain otherwise.\n",
    .run = run_api,
};
