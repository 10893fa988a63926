/* Changesets as text. */
#include "base/number.h"
#include "internal.h"

struct texts {
  char created[OSMFLOW_NUMBER_SIZE], closed[OSMFLOW_NUMBER_SIZE];
  char min_lat[OSMFLOW_NUMBER_SIZE], min_lon[OSMFLOW_NUMBER_SIZE];
  char max_lat[OSMFLOW_NUMBER_SIZE], max_lon[OSMFLOW_NUMBER_SIZE];
  const struct sandbox_user *user; /* NULL: nobody to be named */
  bool open;
  size_t comments;
};

static struct texts texts_of(const struct sandbox *sandbox, const struct sandbox_changeset *changeset) {
  struct texts texts = {.open = sandbox_changeset_is_open(sandbox, changeset)};
  const struct sandbox_account *account = sandbox_find_account(sandbox, changeset->uid);
  osmflow_format_time(texts.created, changeset->created);
  osmflow_format_time(texts.closed, changeset->closes);
  osmflow_format_degrees(texts.min_lat, changeset->box.min_lat);
  osmflow_format_degrees(texts.min_lon, changeset->box.min_lon);
  osmflow_format_degrees(texts.max_lat, changeset->box.max_lat);
  osmflow_format_degrees(texts.max_lon, changeset->box.max_lon);
  texts.user = account && account->known.data_public ? &account->known : NULL;
  for (size_t i = 0; i < changeset->comment_count; i++)
    texts.comments += changeset->comments[i].visible;
  return texts;
}

static void print_comments_xml(struct sandbox_response *response, const struct sandbox *sandbox,
                               const struct sandbox_changeset *changeset) {
  sandbox_print(response, changeset->comment_count > 0 ? "  <discussion>\n" : "  <discussion/>\n");
  for (size_t i = 0; i < changeset->comment_count; i++) {
    const struct sandbox_comment *comment = &changeset->comments[i];
    const struct sandbox_account *author = sandbox_find_account(sandbox, comment->uid);
    char date[OSMFLOW_NUMBER_SIZE];
    osmflow_format_time(date, comment->created);
    if (!comment->visible)
      continue;
    sandbox_print(response, "   <comment id=\"%lld\" date=\"%s\"", (long long)comment->id, date);
    if (author && author->known.data_public) {
      sandbox_print(response, " uid=\"%lld\" user=\"", (long long)author->known.uid);
      sandbox_print_xml(response, author->known.name);
      sandbox_print(response, "\"");
    }
    sandbox_print(response, ">\n    <text>");
    sandbox_print_xml(response, comment->text);
    sandbox_print(response, "</text>\n   </comment>\n");
  }
  if (changeset->comment_count > 0)
    sandbox_print(response, "  </discussion>\n");
}

static void print_xml(struct sandbox_response *response, const struct sandbox *sandbox,
                      const struct sandbox_changeset *changeset, bool discussion) {
  struct texts texts = texts_of(sandbox, changeset);
  sandbox_print(response, " <changeset id=\"%lld\" created_at=\"%s\"", (long long)changeset->id, texts.created);
  if (!texts.open)
    sandbox_print(response, " closed_at=\"%s\"", texts.closed);
  sandbox_print(response, " open=\"%s\"", texts.open ? "true" : "false");
  if (texts.user) {
    sandbox_print(response, " user=\"");
    sandbox_print_xml(response, texts.user->name);
    sandbox_print(response, "\" uid=\"%lld\"", (long long)texts.user->uid);
  }
  if (changeset->has_box)
    sandbox_print(response, " min_lat=\"%s\" min_lon=\"%s\" max_lat=\"%s\" max_lon=\"%s\"", texts.min_lat,
                  texts.min_lon, texts.max_lat, texts.max_lon);
  sandbox_print(response, " comments_count=\"%zu\" changes_count=\"%lld\"", texts.comments,
                (long long)changeset->changes_count);
  if (changeset->tag_count == 0 && !discussion) {
    sandbox_print(response, "/>\n");
    return;
  }
  sandbox_print(response, ">\n");
  for (size_t i = 0; i < changeset->tag_count; i++) {
    sandbox_print(response, "  <tag k=\"");
    sandbox_print_xml(response, changeset->tags[i].key);
    sandbox_print(response, "\" v=\"");
    sandbox_print_xml(response, changeset->tags[i].value);
    sandbox_print(response, "\"/>\n");
  }
  if (discussion)
    print_comments_xml(response, sandbox, changeset);
  sandbox_print(response, " </changeset>\n");
}

static void print_comments_json(struct sandbox_response *response, const struct sandbox *sandbox,
                                const struct sandbox_changeset *changeset) {
  sandbox_print(response, ",\"comments\":[");
  const char *separator = "";
  for (size_t i = 0; i < changeset->comment_count; i++) {
    const struct sandbox_comment *comment = &changeset->comments[i];
    const struct sandbox_account *author = sandbox_find_account(sandbox, comment->uid);
    char date[OSMFLOW_NUMBER_SIZE];
    osmflow_format_time(date, comment->created);
    if (!comment->visible)
      continue;
    sandbox_print(response, "%s{\"id\":%lld,\"visible\":true,\"date\":\"%s\"", separator, (long long)comment->id, date);
    if (author && author->known.data_public) {
      sandbox_print(response, ",\"uid\":%lld,\"user\":", (long long)author->known.uid);
      sandbox_print_json(response, author->known.name);
    }
    sandbox_print(response, ",\"text\":");
    sandbox_print_json(response, comment->text);
    sandbox_print(response, "}");
    separator = ",";
  }
  sandbox_print(response, "]");
}

static void print_json(struct sandbox_response *response, const struct sandbox *sandbox,
                       const struct sandbox_changeset *changeset, bool discussion) {
  struct texts texts = texts_of(sandbox, changeset);
  sandbox_print(response,
                "{\"id\":%lld,\"created_at\":\"%s\",\"open\":%s,\"comments_count\":%zu,\"changes_count\":%lld",
                (long long)changeset->id, texts.created, texts.open ? "true" : "false", texts.comments,
                (long long)changeset->changes_count);
  if (!texts.open)
    sandbox_print(response, ",\"closed_at\":\"%s\"", texts.closed);
  if (changeset->has_box)
    sandbox_print(response, ",\"min_lat\":%s,\"min_lon\":%s,\"max_lat\":%s,\"max_lon\":%s", texts.min_lat,
                  texts.min_lon, texts.max_lat, texts.max_lon);
  if (texts.user) {
    sandbox_print(response, ",\"uid\":%lld,\"user\":", (long long)texts.user->uid);
    sandbox_print_json(response, texts.user->name);
  }
  for (size_t i = 0; i < changeset->tag_count; i++) {
    sandbox_print(response, i == 0 ? ",\"tags\":{" : ",");
    sandbox_print_json(response, changeset->tags[i].key);
    sandbox_print(response, ":");
    sandbox_print_json(response, changeset->tags[i].value);
  }
  if (changeset->tag_count > 0)
    sandbox_print(response, "}");
  if (discussion)
    print_comments_json(response, sandbox, changeset);
  sandbox_print(response, "}");
}

void sandbox_print_changeset(struct sandbox_response *response, const struct sandbox *sandbox,
                             const struct sandbox_changeset *changeset, enum sandbox_format format, bool discussion) {
  if (format == SANDBOX_JSON)
    print_json(response, sandbox, changeset, discussion);
  else
    print_xml(response, sandbox, changeset, discussion);
}
