/* The forms of notes: XML, JSON, RSS, GPX. */
#include <stdio.h>

#include "notes.h"

static const char *const events[NOTE_EVENTS] = {"opened", "commented", "closed", "reopened", "hidden"};
static const char *const statuses[] = {"open", "closed", "hidden"};

/* What one answer needs to know about its surroundings. */
struct printing {
  const struct sandbox *sandbox;
  const struct sandbox_request *request;
  struct sandbox_response *response;
  const char *suffix; /* of the addresses in the answer */
  char base[256];
};

static struct printing prepare(const struct sandbox *sandbox, const struct sandbox_request *request,
                               struct sandbox_response *response) {
  static const char *const suffixes[] = {
      [SANDBOX_XML] = "", [SANDBOX_JSON] = ".json", [SANDBOX_RSS] = ".rss", [SANDBOX_GPX] = ".gpx"};
  struct printing printing = {sandbox, request, response, suffixes[request->format], ""};
  rails_base_url(request, printing.base);
  return printing;
}

static const char *name_of(const struct printing *printing, int64_t uid) {
  const struct sandbox_account *account = uid ? sandbox_find_account(printing->sandbox, uid) : NULL;
  return account ? account->known.name : NULL;
}

/* The text as HTML: paragraphs at empty lines, breaks at ends of lines, nothing that could be a tag. */
static void make_html(const char *text, struct osmflow_bytes *html) {
  osmflow_bytes_init(html, 16 * strlen(text) + 64);
  (void)!osmflow_bytes_add_string(html, "<p>", NULL);
  for (; *text; text++) {
    char plain[2] = {*text, '\0'};
    const char *piece = *text == '&' ? "&amp;" : *text == '<' ? "&lt;" : *text == '>' ? "&gt;" : plain;
    if (text[0] == '\n' && text[1] == '\n') {
      piece = "</p>\n\n<p>";
      text++;
    } else if (*text == '\n') {
      piece = "\n<br />";
    }
    (void)!osmflow_bytes_add_string(html, piece, NULL);
  }
  (void)!osmflow_bytes_add_string(html, "</p>", NULL);
}

/* Calls of the note itself, in its order: reopen for closed ones, else comment and close. */
static void print_urls(const struct printing *printing, const struct note *note, int indent, bool json) {
  struct url {
    const char *name, *call;
    bool closed;
  };
  static const struct url urls[] = {
      {"reopen_url", "/reopen", true}, {"comment_url", "/comment", false}, {"close_url", "/close", false}};
  for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
    if (urls[i].closed != (note->status == NOTE_IS_CLOSED))
      continue;
    char url[400];
    snprintf(url, sizeof url, "%s/api/0.6/notes/%lld%s%s", printing->base, (long long)note->id, urls[i].call,
             printing->suffix);
    if (json)
      rails_print_member(printing->response, urls[i].name, url);
    else
      rails_print_element(printing->response, indent, urls[i].name, url);
  }
}

static void own_url(const struct printing *printing, const struct note *note, char url[400]) {
  snprintf(url, 400, "%s/api/0.6/notes/%lld%s", printing->base, (long long)note->id, printing->suffix);
}

static void print_xml_comment(const struct printing *printing, const struct note_comment *comment) {
  struct sandbox_response *response = printing->response;
  char when[RAILS_TIME_SIZE], user_url[1024];
  rails_format_utc(when, comment->created);
  sandbox_print(response, "      <comment>\n");
  rails_print_element(response, 8, "date", when);
  const char *name = name_of(printing, comment->uid);
  if (name) {
    sandbox_print(response, "        <uid>%lld</uid>\n", (long long)comment->uid);
    rails_print_element(response, 8, "user", name);
    rails_user_url(printing->request, name, user_url);
    rails_print_element(response, 8, "user_url", user_url);
  }
  rails_print_element(response, 8, "action", events[comment->event]);
  if (comment->text) {
    struct osmflow_bytes html;
    make_html(comment->text, &html);
    rails_print_element(response, 8, "text", comment->text);
    rails_print_element(response, 8, "html", osmflow_bytes_string(&html));
    osmflow_bytes_clear(&html);
  }
  sandbox_print(response, "      </comment>\n");
}

static void print_facts(const struct printing *printing, const struct note *note, int indent) {
  char url[400], when[RAILS_TIME_SIZE];
  struct sandbox_response *response = printing->response;
  sandbox_print(response, "%*s<id>%lld</id>\n", indent, "", (long long)note->id);
  own_url(printing, note, url);
  rails_print_element(response, indent, "url", url);
  print_urls(printing, note, indent, false);
  rails_format_utc(when, note->created);
  rails_print_element(response, indent, "date_created", when);
  rails_print_element(response, indent, "status", statuses[note->status]);
  if (note->status == NOTE_IS_CLOSED) {
    rails_format_utc(when, note->closed);
    rails_print_element(response, indent, "date_closed", when);
  }
}

static void print_xml(const struct printing *printing, const struct note *note) {
  char lon[OSMFLOW_NUMBER_SIZE], lat[OSMFLOW_NUMBER_SIZE];
  osmflow_format_degrees(lon, note->lon);
  osmflow_format_degrees(lat, note->lat);
  sandbox_print(printing->response, "  <note lon=\"%s\" lat=\"%s\">\n", lon, lat);
  print_facts(printing, note, 4);
  sandbox_print(printing->response, "    <comments>\n");
  for (size_t i = 0; i < note->comment_count; i++)
    print_xml_comment(printing, &note->comments[i]);
  sandbox_print(printing->response, "    </comments>\n  </note>\n");
}

static void print_json_comment(const struct printing *printing, const struct note_comment *comment) {
  struct sandbox_response *response = printing->response;
  char when[RAILS_TIME_SIZE], user_url[1024];
  rails_format_utc(when, comment->created);
  sandbox_print(response, "{\"date\":\"%s\"", when);
  const char *name = name_of(printing, comment->uid);
  if (name) {
    sandbox_print(response, ",\"uid\":%lld", (long long)comment->uid);
    rails_print_member(response, "user", name);
    rails_user_url(printing->request, name, user_url);
    rails_print_member(response, "user_url", user_url);
  }
  rails_print_member(response, "action", events[comment->event]);
  if (comment->text) {
    struct osmflow_bytes html;
    make_html(comment->text, &html);
    rails_print_member(response, "text", comment->text);
    rails_print_member(response, "html", osmflow_bytes_string(&html));
    osmflow_bytes_clear(&html);
  }
  sandbox_print(response, "}");
}

static void print_json(const struct printing *printing, const struct note *note) {
  struct sandbox_response *response = printing->response;
  char lon[OSMFLOW_NUMBER_SIZE], lat[OSMFLOW_NUMBER_SIZE], url[400], when[RAILS_TIME_SIZE];
  osmflow_format_degrees(lon, note->lon);
  osmflow_format_degrees(lat, note->lat);
  own_url(printing, note, url);
  sandbox_print(response,
                "{\"type\":\"Feature\",\"geometry\":{\"type\":\"Point\",\"coordinates\":[%s,%s]},\"properties\":"
                "{\"id\":%lld",
                lon, lat, (long long)note->id);
  rails_print_member(response, "url", url);
  print_urls(printing, note, 0, true);
  rails_format_utc(when, note->created);
  rails_print_member(response, "date_created", when);
  rails_print_member(response, "status", statuses[note->status]);
  if (note->status == NOTE_IS_CLOSED) {
    rails_format_utc(when, note->closed);
    rails_print_member(response, "closed_at", when);
  }
  sandbox_print(response, ",\"comments\":[");
  for (size_t i = 0; i < note->comment_count; i++) {
    sandbox_print(response, i ? "," : "");
    print_json_comment(printing, &note->comments[i]);
  }
  sandbox_print(response, "]}}");
}

/* One comment as the HTML that feeds and waypoints carry. */
static void add_entry(const struct printing *printing, const struct note_comment *comment, struct osmflow_bytes *html) {
  struct osmflow_bytes text;
  char when[RAILS_TIME_SIZE];
  const char *name = name_of(printing, comment->uid);
  rails_format_utc(when, comment->created);
  make_html(comment->text ? comment->text : "", &text);
  (void)!osmflow_bytes_print(html, NULL,
                             "<div class=\"note-comment\" style=\"margin-top: 5px\">\n  <div "
                             "class=\"note-comment-description\" style=\"font-size: smaller; color: "
                             "#999999\">%s",
                             events[comment->event]);
  if (name)
    (void)!osmflow_bytes_print(html, NULL, " by %s", name);
  (void)!osmflow_bytes_print(html, NULL, " on %s</div>\n  <div class=\"note-comment-text\">%s</div>\n</div>\n", when,
                             osmflow_bytes_string(&text));
  osmflow_bytes_clear(&text);
}

static void print_cdata(struct sandbox_response *response, const char *text) {
  sandbox_print(response, "<![CDATA[");
  for (const char *end; (end = strstr(text, "]]>")); text = end + 2)
    sandbox_print(response, "%.*s]]]]><![CDATA[", (int)(end - text), text);
  sandbox_print(response, "%s]]>", text);
}

static void make_description(const struct printing *printing, const struct note *note, struct osmflow_bytes *html) {
  osmflow_bytes_init(html, (size_t)1 << 26);
  for (size_t i = 0; i < note->comment_count; i++)
    add_entry(printing, &note->comments[i], html);
}

static void print_gpx(const struct printing *printing, const struct note *note) {
  struct sandbox_response *response = printing->response;
  char lon[OSMFLOW_NUMBER_SIZE], lat[OSMFLOW_NUMBER_SIZE], when[RAILS_TIME_SIZE];
  struct osmflow_bytes html;
  osmflow_format_degrees(lon, note->lon);
  osmflow_format_degrees(lat, note->lat);
  rails_format_iso8601(when, note->created);
  make_description(printing, note, &html);
  sandbox_print(response,
                "  <wpt lon=\"%s\" lat=\"%s\">\n    <time>%s</time>\n    <name>Note: %lld</name>\n    <desc>\n      ",
                lon, lat, when, (long long)note->id);
  print_cdata(response, osmflow_bytes_string(&html));
  sandbox_print(response, "    </desc>\n    <link href=\"%s/note/%lld\"/>\n    <extensions>\n", printing->base,
                (long long)note->id);
  print_facts(printing, note, 6);
  sandbox_print(response, "    </extensions>\n  </wpt>\n");
  osmflow_bytes_clear(&html);
}

static const char *title_of(const struct note *note) {
  if (note->status == NOTE_IS_CLOSED)
    return "closed note";
  return note->comment_count > 1 ? "new comment" : "new note";
}

static void print_item_end(const struct printing *printing, const struct note *note, int64_t uid, int64_t created) {
  struct sandbox_response *response = printing->response;
  char lon[OSMFLOW_NUMBER_SIZE], lat[OSMFLOW_NUMBER_SIZE], when[RAILS_TIME_SIZE];
  osmflow_format_degrees(lon, note->lon);
  osmflow_format_degrees(lat, note->lat);
  rails_format_rfc822(when, created);
  const char *name = name_of(printing, uid);
  if (name)
    rails_print_element(response, 6, "dc:creator", name);
  rails_print_element(response, 6, "pubDate", when);
  rails_print_element(response, 6, "geo:lat", lat);
  rails_print_element(response, 6, "geo:long", lon);
  sandbox_print(response, "      <georss:point>%s %s</georss:point>\n    </item>\n", lat, lon);
}

static void print_rss(const struct printing *printing, const struct note *note) {
  struct sandbox_response *response = printing->response;
  char url[400];
  struct osmflow_bytes html;
  own_url(printing, note, url);
  url[strlen(url) - strlen(printing->suffix)] = '\0';
  make_description(printing, note, &html);
  sandbox_print(response, "    <item>\n      <title>%s (near %.4f, %.4f)</title>\n      <link>%s/note/%lld</link>\n",
                title_of(note), (double)note->lat / OSMFLOW_DEGREE, (double)note->lon / OSMFLOW_DEGREE, printing->base,
                (long long)note->id);
  rails_print_element(response, 6, "guid", url);
  rails_print_element(response, 6, "description", osmflow_bytes_string(&html));
  print_item_end(printing, note, note->comments[0].uid, note->created);
  osmflow_bytes_clear(&html);
}

static void open_rss(const struct printing *printing, const struct osmflow_bbox *bbox) {
  struct sandbox_response *response = printing->response;
  sandbox_print(
      response,
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" "
      "xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:geo=\"http://www.w3.org/2003/01/geo/wgs84_pos#\" "
      "xmlns:georss=\"http://www.georss.org/georss\">\n  <channel>\n    <title>OpenStreetMap Notes</title>\n");
  if (bbox) {
    char sides[4][OSMFLOW_NUMBER_SIZE];
    const int32_t values[4] = {bbox->min_lat, bbox->min_lon, bbox->max_lat, bbox->max_lon};
    for (int i = 0; i < 4; i++)
      osmflow_format_degrees(sides[i], values[i]);
    sandbox_print(response,
                  "    <description>A list of notes, reported, commented on or closed in your area "
                  "[(%s|%s) -- (%s|%s)]</description>\n",
                  sides[0], sides[1], sides[2], sides[3]);
  } else {
    sandbox_print(response, "    <description>A list of notes, reported, commented on or closed</description>\n");
  }
  sandbox_print(response, "    <link>%s/</link>\n", printing->base);
}

static const char gpx_head[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gpx version=\"1.1\" creator=\"OpenStreetMap.org\" "
    "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"http://www.topografix.com/GPX/1/1 "
    "http://www.topografix.com/GPX/1/1/gpx.xsd\" xmlns=\"http://www.topografix.com/GPX/1/1\">\n";

void notes_print_one(const struct sandbox *sandbox, const struct sandbox_request *request,
                     struct sandbox_response *response, const struct note *note) {
  if (request->format != SANDBOX_JSON) {
    notes_print_list(sandbox, request, response, &note, 1, NULL);
    return;
  }
  const struct printing printing = prepare(sandbox, request, response);
  print_json(&printing, note);
}

void notes_print_list(const struct sandbox *sandbox, const struct sandbox_request *request,
                      struct sandbox_response *response, const struct note *const *notes, size_t count,
                      const struct osmflow_bbox *bbox) {
  static void (*const printers[])(const struct printing *, const struct note *) = {
      [SANDBOX_XML] = print_xml, [SANDBOX_JSON] = print_json, [SANDBOX_RSS] = print_rss, [SANDBOX_GPX] = print_gpx};
  static const char *const ends[] = {[SANDBOX_XML] = "</osm>\n",
                                     [SANDBOX_JSON] = "]}",
                                     [SANDBOX_RSS] = "  </channel>\n</rss>\n",
                                     [SANDBOX_GPX] = "</gpx>\n"};
  const struct printing printing = prepare(sandbox, request, response);
  if (request->format == SANDBOX_XML)
    rails_open_xml(response);
  else if (request->format == SANDBOX_JSON)
    sandbox_print(response, "{\"type\":\"FeatureCollection\",\"features\":[");
  else if (request->format == SANDBOX_RSS)
    open_rss(&printing, bbox);
  else
    sandbox_print(response, "%s", gpx_head);
  for (size_t i = 0; i < count; i++) {
    if (i && request->format == SANDBOX_JSON)
      sandbox_print(response, ",");
    printers[request->format](&printing, notes[i]);
  }
  sandbox_print(response, "%s", ends[request->format]);
}

void notes_print_feed(const struct sandbox *sandbox, const struct sandbox_request *request,
                      struct sandbox_response *response, const struct notes_news *news, size_t count,
                      const struct osmflow_bbox *bbox) {
  const struct printing printing = prepare(sandbox, request, response);
  rails_answer_plainly(request, response, "application/rss+xml; charset=utf-8");
  open_rss(&printing, bbox);
  for (size_t i = 0; i < count; i++) {
    const struct note *note = news[i].note;
    const struct note_comment *comment = news[i].comment;
    struct osmflow_bytes html;
    osmflow_bytes_init(&html, (size_t)1 << 24);
    add_entry(&printing, comment, &html);
    sandbox_print(response, "    <item>\n      <title>%s note (near %.4f, %.4f)</title>\n", events[comment->event],
                  (double)note->lat / OSMFLOW_DEGREE, (double)note->lon / OSMFLOW_DEGREE);
    for (int link = 0; link < 2; link++)
      sandbox_print(response, "      <%s>%s/note/%lld#c%lld</%s>\n", link ? "guid" : "link", printing.base,
                    (long long)note->id, (long long)comment->id, link ? "guid" : "link");
    sandbox_print(response, "      <description>");
    print_cdata(response, osmflow_bytes_string(&html));
    sandbox_print(response, "</description>\n");
    print_item_end(&printing, note, comment->uid, comment->created);
    osmflow_bytes_clear(&html);
  }
  sandbox_print(response, "  </channel>\n</rss>\n");
}
