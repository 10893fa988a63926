/* What users say of a finished processing, and its areas. */
#include "mapflow.h"

static struct mapflow_processing *take(struct mapflow_request *request) {
  struct mapflow_object *object =
      mapflow_take(request, &request->mapflow->processings, "processing", request->words[0]);
  return (struct mapflow_processing *)object;
}

static void rate(struct mapflow_request *request) {
  struct mapflow_processing *processing = take(request);
  const char *feedback;
  double rating = 0;
  if (!processing || !mapflow_take_number(request, "rating", &rating) ||
      !mapflow_take_text(request, "feedback", &feedback))
    return;
  if (!mapflow_get(request->body, "rating")) {
    mapflow_refuse_body(request, "Attempt to decode value on failed cursor at 'rating'");
    return;
  }
  if (rating < 1 || rating > 5 || rating != (double)(int)rating) {
    mapflow_refuse(request, 400, "BAD_REQUEST", NULL, "Rating should be a whole number between 1 and 5");
    return;
  }
  struct json_object *said = json_object_new_object();
  mapflow_set_int(said, "rating", (int)rating);
  mapflow_set_text(said, "feedback", feedback);
  mapflow_set(processing->object.document, "rating", said);
  mapflow_refuse_plainly(request, 200, "");
}

/* Only what waits for a review can be accepted or rejected. */
static void review(struct mapflow_request *request, const char *status, const char *comment) {
  struct mapflow_processing *processing = take(request);
  if (!processing)
    return;
  struct json_object *document = processing->object.document, *state = mapflow_get(document, "reviewStatus");
  if (strcmp(mapflow_text(state, "reviewStatus"), "IN_REVIEW") != 0) {
    mapflow_refuse(request, 400, "BAD_REQUEST", NULL, "Processing is not in review");
    return;
  }
  state = json_object_new_object();
  mapflow_set_text(state, "reviewStatus", status);
  mapflow_set_text(state, "feedback", comment);
  mapflow_set(state, "inReviewUntil", NULL);
  mapflow_set(document, "reviewStatus", state);
  mapflow_refuse_plainly(request, 200, "");
}

static void accept(struct mapflow_request *request) {
  review(request, "ACCEPTED", NULL);
}

static void reject(struct mapflow_request *request) {
  const char *comment;
  struct json_object *features;
  if (!mapflow_need_text(request, "comment", &comment) ||
      !mapflow_take_type(request, "features", json_type_object, &features))
    return;
  if (features && strcmp(mapflow_text(features, "type"), "FeatureCollection") != 0)
    mapflow_refuse_body(request, "Attempt to decode value on failed cursor at 'features.type'");
  else
    review(request, "NOT_ACCEPTED", comment);
}

static void read_aois(struct mapflow_request *request) {
  const struct mapflow_processing *processing = take(request);
  if (processing)
    mapflow_answer(request, json_object_get(processing->aois));
}

struct mapflow_routes mapflow_review_routes(void) {
  static const struct mapflow_route routes[] = {
      {"PUT", "/processings/*/rate", rate, MAPFLOW_JSON},
      {"PUT", "/processings/*/acceptation", accept, 0},
      {"PUT", "/processings/*/rejection", reject, MAPFLOW_JSON},
      {"GET", "/processings/*/aois", read_aois, 0},
  };
  return (struct mapflow_routes){routes, sizeof routes / sizeof routes[0]};
}
