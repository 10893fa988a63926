/* A small world for demonstrations: POST /sandbox/seed adds notes in every state, traces of every visibility and a
 * discussed changeset near 9.52, 47.14. Always the same, dates included. */
#include <stdio.h>

#include "notes.h"
#include "traces.h"

enum { DAY = 86400 };
static const int64_t first_day = 1767261600; /* 2026-01-01T10:00:00Z */

struct said {
  enum note_event event;
  int64_t uid;
  const char *text;
};
struct story {
  int32_t lon, lat;
  struct said said[4]; /* until one without event and text */
};

static const struct story stories[] = {
    {95200000, 471400000, {{NOTE_OPENED, 0, "The bakery on Hauptstrasse has closed for good"}}},
    {95215000,
     471410000,
     {{NOTE_OPENED, 101, "Is this path open to bicycles?\n\nThere is a sign, but I could not read it."},
      {NOTE_COMMENTED, 102,
       "It says \"Fahrr\xc3\xa4"
       "der frei\" <seen last week> & I will map it"}}},
    {95185000, 471395000, {{NOTE_OPENED, 102, "New roundabout"}, {NOTE_CLOSED, 101, "Mapped from survey"}}},
    {95190000,
     471420000,
     {{NOTE_OPENED, 101, "Bench missing"}, {NOTE_CLOSED, 102, "Added"}, {NOTE_REOPENED, 101, "Not there"}}},
    {95230000, 471380000, {{NOTE_OPENED, 0, "Call me: +423 000 00 00"}, {NOTE_HIDDEN, 103, "Personal data"}}},
    {0, 0, {{NOTE_OPENED, 101, "Null Island needs a \xe2\x9a\x93"}}},
};

static void seed_notes(struct sandbox *sandbox) {
  for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++) {
    const struct story *story = &stories[i];
    const int64_t when = first_day + (int64_t)i * DAY;
    struct note *note = notes_add(sandbox, story->lon, story->lat, story->said[0].uid, story->said[0].text, when);
    for (size_t c = 1; c < 4 && story->said[c].text; c++)
      notes_comment(sandbox, note, story->said[c].event, story->said[c].uid, story->said[c].text,
                    when + (int64_t)c * 3600);
  }
}

/* A walk of `count` points, one each ten seconds, that turns a little at each. */
static void make_track(struct osmflow_bytes *gpx, double lon, double lat, int count, int64_t start) {
  osmflow_bytes_init(gpx, (size_t)1 << 22);
  (void)!osmflow_bytes_print(gpx, NULL,
                             "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gpx version=\"1.1\" "
                             "creator=\"osmflow sandbox\" xmlns=\"http://www.topografix.com/GPX/1/1\">\n"
                             "<trk><name>Walk</name><trkseg>\n");
  for (int i = 0; i < count; i++) {
    char when[OSMFLOW_NUMBER_SIZE];
    osmflow_format_time(when, start + 10 * (int64_t)i);
    if (i > 0 && i == count / 2)
      (void)!osmflow_bytes_add_string(gpx, "</trkseg><trkseg>\n", NULL);
    (void)!osmflow_bytes_print(gpx, NULL, "<trkpt lat=\"%.7f\" lon=\"%.7f\"><ele>%d</ele><time>%s</time></trkpt>\n",
                               lat + 0.00003 * i, lon + 0.00002 * (i % 20), 450 + i % 7, when);
  }
  (void)!osmflow_bytes_add_string(gpx, "</trkseg></trk></gpx>\n", NULL);
}

static void seed_traces(struct sandbox *sandbox) {
  static const struct {
    const char *name, *description, *tags;
    int64_t uid;
    double lon, lat;
    enum trace_visibility visibility;
    int points;
  } walks[] = {
      {"private.gpx", "Nobody shall know the way", "walk", 101, 9.515, 47.135, TRACE_PRIVATE, 20},
      {"public.gpx", "Around the castle", "walk,castle", 101, 9.518, 47.138, TRACE_PUBLIC, 30},
      {"trackable.gpx", "Along the Rhine <with dog> & child", "walk,river", 102, 9.520, 47.140, TRACE_TRACKABLE, 40},
      {"identifiable.gpx", "Survey of \xc3\x84ulestrasse", "survey", 102, 9.522, 47.142, TRACE_IDENTIFIABLE, 50},
  };
  for (size_t i = 0; i < sizeof walks / sizeof walks[0]; i++) {
    struct osmflow_bytes gpx;
    const int64_t when = first_day + (int64_t)i * DAY;
    make_track(&gpx, walks[i].lon, walks[i].lat, walks[i].points, when - 3600);
    traces_add(sandbox, &(struct trace){.uid = walks[i].uid,
                                        .created = when,
                                        .visibility = walks[i].visibility,
                                        .name = walks[i].name,
                                        .description = walks[i].description,
                                        .tags = walks[i].tags,
                                        .content = osmflow_bytes_view(&gpx)});
    osmflow_bytes_clear(&gpx);
  }
}

static void seed_discussion(struct sandbox *sandbox) {
  struct sandbox_changeset *changeset = sandbox_add_changeset(sandbox, 0, 101);
  changeset->created = first_day;
  changeset->closes = first_day + 600;
  changeset->changes_count = 3;
  changeset->has_box = true;
  changeset->box = (struct osmflow_bbox){95150000, 471350000, 95250000, 471450000};
  sandbox_reserve((void **)&changeset->tags, &(size_t){0}, 2, sizeof *changeset->tags);
  changeset->tags[changeset->tag_count++] = (struct sandbox_tag){"comment", "Street names of the old town"};
  changeset->tags[changeset->tag_count++] = (struct sandbox_tag){"created_by", "osmflow sandbox"};
  sandbox_add_comment(sandbox, changeset, 102, "Did you verify those street names?")->created = first_day + DAY;
  sandbox_add_comment(sandbox, changeset, 101, "Sure, by survey.\nSee my trace.")->created =
      first_day + 2 * (int64_t)DAY;
}

void rails_seed(struct sandbox *sandbox, const struct sandbox_request *request, struct sandbox_response *response) {
  sandbox_place_account(sandbox, 101, "alice");
  sandbox_place_account(sandbox, 102, "bob");
  sandbox_place_account(sandbox, 103, "mod");
  seed_notes(sandbox);
  seed_traces(sandbox);
  seed_discussion(sandbox);
  rails_answer_plainly(request, response, "text/plain; charset=utf-8");
  sandbox_print(response, "seeded\n");
}
