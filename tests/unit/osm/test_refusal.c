/* The texts of both servers, and what a hostile one might say. */
#include "osm/refusal.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>

#include "unit.h"

enum { SHOWN_SIZE = 4096, RECORDING_SIZE = 1 << 20 };

static const char *const kinds[] = {"other",      "version",         "closed",    "locked",  "owner",     "deleted",
                                    "still used", "missing members", "empty way", "unknown", "too large", "too wide",
                                    "rate",       "read only"};

/* "version: way 5, mine 3, theirs 4, changeset 7, others nodes 1 2": only what is there. */
static const char *show(int http_status, struct osmflow_text words, char shown[SHOWN_SIZE]) {
  struct osmflow_refusal refusal;
  memset(&refusal, 0x55, sizeof refusal);
  osmflow_refusal_parse(http_status, words, &refusal);
  size_t length = (size_t)snprintf(shown, SHOWN_SIZE, "%s", kinds[refusal.kind]);
  if (refusal.has_element)
    length += (size_t)snprintf(shown + length, SHOWN_SIZE - length, ", %s %" PRId64,
                               osmflow_element_type_names[refusal.type], refusal.id);
  if (refusal.mine != 0 || refusal.theirs != 0)
    length += (size_t)snprintf(shown + length, SHOWN_SIZE - length, ", mine %" PRId64 ", theirs %" PRId64, refusal.mine,
                               refusal.theirs);
  if (refusal.changeset != 0)
    length += (size_t)snprintf(shown + length, SHOWN_SIZE - length, ", changeset %" PRId64, refusal.changeset);
  for (size_t i = 0; i < refusal.others_count && i < OSMFLOW_REFUSAL_OTHERS; i++)
    length += (size_t)snprintf(shown + length, SHOWN_SIZE - length, "%s %" PRId64,
                               i > 0                                     ? ""
                               : refusal.others_type == OSMFLOW_NODE     ? ", nodes"
                               : refusal.others_type == OSMFLOW_WAY      ? ", ways"
                               : refusal.others_type == OSMFLOW_RELATION ? ", relations"
                                                                         : ", ?",
                               refusal.others[i]);
  return shown;
}

struct words_case {
  int http_status;
  const char *words, *shown;
};

static void try_cases(const struct words_case *cases, size_t count) {
  char shown[SHOWN_SIZE];
  for (size_t i = 0; i < count; i++) {
    /* In memory of exactly that size, so that a sanitizer sees who looks beyond it. */
    const size_t size = strlen(cases[i].words);
    char *copy = malloc(size + 1);
    if (!copy)
      abort();
    memcpy(copy + 1, cases[i].words, size);
    UNIT_SAME(show(cases[i].http_status, (struct osmflow_text){copy + 1, size}, shown), cases[i].shown, cases[i].words);
    free(copy);
  }
}

static void makes_nothing_of_odd_words(void) {
  static const struct words_case cases[] = {
      {409, "", "other"},
      {412, "", "other"},
      {0, "Version mismatch: Provided 3, server had: 4 of Way 5", "other"},
      {412, "Version mismatch: Provided 3, server had: 4 of Way 5", "other"},
      {409, "Version mismatch: Provided 3, server had: 4 of Way", "other"},
      {409, "Version mismatch: Provided 3, server had: 4 of Way ", "other"},
      {409, "Version mismatch: Provided 3, server had: 4 of Way -", "other"},
      {409, "Version mismatch: Provided 3, server had: 4 of Way 0", "other"},
      {409, "Version mismatch: Provided 3, server had: 4 of Way 1000000000000000000", "other"},
      {409, "Version mismatch: Provided 99999999999999999999999, server had: 4 of Way 5", "other"},
      {409, "Version mismatch: Provided , server had: 4 of Way 5", "other"},
      {409, "Version mismatch: Provided 3, server had: 4 of Area 5", "other"},
      {409, "Version mismatch: Provided 3, server had: 4 of Waysign 5", "other"},
      {409, "Version mismatch:", "other"},
      {409, "The changeset was closed at noon", "other"},
      {409, "The changeset -5 was closed at noon", "other"},
      {412, "Precondition failed: Node 1 is still used by ways .", "other"},
      {412, "Precondition failed: Node 1 is still used by ways (", "other"},
      {412, "Precondition failed: Node 1 is still used by ()", "other"},
      {412, "Precondition failed: Subway 1 is still used by ways 2.", "other"},
      {400, "Unknown element offline, expecting node, way or relation", "other"},
      {500, "Could not delete all current nodes", "other"},
      {502, "<html><h1>502 Bad Gateway</h1></html>", "other"},
      {503, "<html><h1>Service Unavailable</h1></html>", "other"},
      {200, "", "other"},
  };
  try_cases(cases, sizeof cases / sizeof cases[0]);
}

static void understands_both_servers(void) {
  static const struct words_case cases[] = {
      {409, "Version mismatch: Provided 4, server had: 5 of Node 1", "version, node 1, mine 4, theirs 5"},
      {409, "Version mismatch: Provided 3, server had: 4 of Way 5\n", "version, way 5, mine 3, theirs 4"},
      {409, "VERSION MISMATCH: provided 3, server had: 4 of RELATION 999999999999999999",
       "version, relation 999999999999999999, mine 3, theirs 4"},
      {409, "409: Version  mismatch: Provided 0, server had: 4 of node -999999999999999999.",
       "version, node -999999999999999999, mine 0, theirs 4"},
      {409, "The changeset 1 was closed at 2026-11-20 21:18:36 UTC", "closed, changeset 1"},
      {409, "The user doesn't own that changeset", "owner"},
      {409, "Changeset 1 is currently locked by another process.", "locked, changeset 1"},
      {409, "Changeset mismatch: Provided 2 but only 1 is allowed", "other"},
      {409, "You need to supply a changeset to be able to make a change", "other"},
      {410, "The node with the id 1 has already been deleted", "deleted, node 1"},
      {410, "The Relation with the id 13000000002 has already been deleted", "deleted, relation 13000000002"},
      {410, "", "deleted"},
      {412,
       "Precondition failed: Way -1 requires the nodes with id in 99999999998,99999999999, which either do not exist, "
       "or "
       "are not visible.",
       "missing members, way -1, nodes 99999999998 99999999999"},
      {412,
       "Precondition failed: Way 7 requires the nodes with id in (1,2), which either do not exist, or are not visible.",
       "missing members, way 7, nodes 1 2"},
      {412, "Way 7 requires the nodes with id in (1, 2), which either do not exist",
       "missing members, way 7, nodes 1 2"},
      {412, "Precondition failed: Relation -1 requires the relations with id in 5, which either do not exist, or",
       "missing members, relation -1, relations 5"},
      {412, "Precondition failed: Relation with id -3 cannot be saved due to Way with id 4",
       "missing members, relation -3, ways 4"},
      {412, "Precondition failed: Node 1 is still used by ways 2,3.", "still used, node 1, ways 2 3"},
      {412, "Precondition failed: Node 1 is still used by way 2", "still used, node 1, ways 2"},
      {412, "Precondition failed: Node 1 is still used by relations 5.", "still used, node 1, relations 5"},
      {412, "Precondition failed: Way 1 is still used by relations (5,-6).", "still used, way 1, relations 5 -6"},
      {412, "Precondition failed: The relation 1 is used in relations 5.", "still used, relation 1, relations 5"},
      {412, "Precondition failed: Way -1 must have at least one node", "empty way, way -1"},
      {412, "Precondition failed: Cannot update way 5: data is invalid.", "other"},
      {404, "", "unknown"},
      {404, "Object not found", "unknown"},
      {413, "CONTENT_LENGTH exceeds limit of 50000000 bytes", "too large"},
      {413, "Payload exceeds limit of 50000000 bytes", "too large"},
      {413, "<html><h1>413 Request Entity Too Large</h1></html>", "too large"},
      {413, "Changeset bounding box size limit exceeded.", "too wide"},
      {413, "Size limit exceeded", "too wide"},
      {429, "Upload has been blocked due to rate limiting. Please try again later.", "rate"},
      {429, "Rate limit exceeded", "rate"},
      {509, "You have downloaded too much data. Please try again in 269790 seconds.", "rate"},
      {400, "Server is currently in read only mode, no database changes allowed at this time", "read only"},
      {503, "Database offline for maintenance", "read only"},
      {503, "The API is in read only mode", "read only"},
      {400, "Placeholder node not found for reference -1 in way -1", "other"},
      {400, "You tried to add 2001 nodes to way -1, however only 2000 are allowed", "other"},
      {401, "User is not authorized", "other"},
  };
  try_cases(cases, sizeof cases / sizeof cases[0]);
}

/* A header holds the first 250 characters, so the last id of a list may be the beginning of another. */
static void leaves_out_an_id_that_may_be_cut(void) {
  static const char words[] = "Precondition failed: Way -1 requires the nodes with id in ";
  char header[251], shown[SHOWN_SIZE];
  size_t length = sizeof words - 1, ids = 0;
  memcpy(header, words, length);
  for (; length < 250; ids++)
    length += (size_t)snprintf(header + length, sizeof header - length, "%d,", 90000000 + (int)ids);
  struct osmflow_refusal refusal;
  osmflow_refusal_parse(412, (struct osmflow_text){header, 250}, &refusal);
  CU_ASSERT_EQUAL(refusal.kind, OSMFLOW_REFUSAL_MISSING_MEMBERS);
  CU_ASSERT_EQUAL(refusal.others_count, ids - 1);
  UNIT_SAME(show(412, osmflow_text("Way -1 requires the nodes with id in 90"), shown),
            "missing members, way -1, nodes 90", "short words are not cut");
}

static void long_words_are_no_trouble(void) {
  enum { SIZE = 1 << 20 };
  static const char *const repeated[] = {"Node 1 ", "Node 1 is still used by ways 1,",           "1,", " ", "(",
                                         "Way ",    "Version mismatch: Provided 1, server had: "};
  char *words = malloc(SIZE + 64), shown[SHOWN_SIZE];
  if (!words)
    abort();
  for (size_t i = 0; i < sizeof repeated / sizeof repeated[0]; i++) {
    const size_t length = strlen(repeated[i]);
    for (size_t j = 0; j < SIZE; j++)
      words[j] = repeated[i][j % length];
    UNIT_SAME(show(409, (struct osmflow_text){words, SIZE}, shown), "other", repeated[i]);
    show(412, (struct osmflow_text){words, SIZE}, shown);
  }
  size_t size = (size_t)snprintf(words, 64, "Node 1 is still used by ways 1");
  for (size_t i = 0; size < SIZE; i++)
    words[size++] = ",12"[i % 3];
  struct osmflow_refusal refusal;
  osmflow_refusal_parse(412, (struct osmflow_text){words, size}, &refusal);
  CU_ASSERT_EQUAL(refusal.kind, OSMFLOW_REFUSAL_STILL_USED);
  CU_ASSERT_EQUAL(refusal.others_count, OSMFLOW_REFUSAL_OTHERS);
  free(words);
}

/* All that were refused, of the uploads and closes; what is not listed is "other". */
static const char *recorded(const char *name) {
  static const char *const cases[][2] = {
      /* number of the recording, what it says */
      {"263", "version, node 1, mine 4, theirs 5"},
      {"264", "version, node 1, mine 99, theirs 5"},
      {"265", "version, way 1, mine 1, theirs 3"},
      {"266", "version, relation 1, mine 1, theirs 55"},
      {"267", "version, node 1, mine 1, theirs 5"},
      {"268", "version, node 1, mine 4, theirs 5"},
      {"269", "version, node 1, mine 1, theirs 5"},
      {"270", "closed, changeset 175000031"},
      {"271", "owner"},
      {"272", "unknown"},
      {"277", "missing members, way -1, nodes 99999999998 99999999999"},
      {"278", "missing members, way -1, nodes 13000000002"},
      {"279", "missing members, relation -1, nodes 99999999999"},
      {"280", "missing members, relation -1, ways 99999999999"},
      {"281", "missing members, relation -1, relations 19500001"},
      {"282", "still used, node 13000002035, ways 1450000013"},
      {"283", "still used, node 13000002027, relations 19500005"},
      {"284", "still used, way 1450000007, relations 19500005"},
      {"285", "still used, relation 19500002, relations 19500005"},
      {"289", "still used, node 13000002035, ways 1450000013"},
      {"290", "deleted, node 13000000002"},
      {"291", "deleted, node 13000000002"},
      {"293", "deleted, way 1450000001"},
      {"294", "deleted, relation 19500001"},
      {"296", "unknown"},
      {"297", "unknown"},
      {"298", "unknown"},
      {"338", "empty way, way -1"},
      {"345",
       "missing members, way -1, nodes 90000000001 90000000002 90000000003 90000000004 90000000005 90000000006 "
       "90000000007 90000000008 90000000009 90000000010 90000000011 90000000012 90000000013 90000000014 90000000015 "
       "90000000016 90000000017 90000000018 90000000019 90000000020 90000000021 90000000022 90000000023 90000000024 "
       "90000000025 90000000026 90000000027 90000000028 90000000029 90000000030 90000000031 90000000032 90000000033 "
       "90000000034 90000000035 90000000036 90000000037 90000000038 90000000039 90000000040 90000000041 90000000042 "
       "90000000043 90000000044 90000000045 90000000046 90000000047 90000000048 90000000049 90000000050 90000000051 "
       "90000000052 90000000053 90000000054 90000000055 90000000056 90000000057 90000000058 90000000059"},
      {"348", "closed, changeset 175000106"},
      {"352", "closed, changeset 175000106"},
      {"354", "too large"},
      {"355", "too large"},
      {"357", "closed, changeset 175000012"},
      {"358", "owner"},
      {"360", "unknown"},
      {"365", "closed, changeset 175000012"},
      {"400", "rate"},
      {"402", "rate"},
      {"403", "too wide"},
      {"412", "closed, changeset 175000012"},
      {"413", "closed, changeset 175000013"},
      {"414", "closed, changeset 175000013"},
      {"416", "locked, changeset 175000012"},
      {"417", "locked, changeset 175000012"},
      {"431", "locked, changeset 175000013"},
      {"446", "version, node 1, mine 5, theirs 6"},
      {"453", "unknown"},
      {"520", "version, node 1, mine 4, theirs 5"},
      {"521", "missing members, way -1, nodes 99999999999"},
      {"523", "unknown"},
      {"524", "too large"},
      {"527", "closed, changeset 175000012"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    if (strncmp(name, cases[i][0], 3) == 0)
      return cases[i][1];
  return "other";
}

static void try_recording(const char *folder, const char *name, char *recording, size_t *refused) {
  char path[2000], shown[SHOWN_SIZE];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "rb");
  CU_ASSERT_PTR_NOT_NULL_FATAL(file);
  const size_t size = fread(recording, 1, RECORDING_SIZE - 1, file);
  fclose(file);
  recording[size] = '\0';
  const char *answer = strstr(recording, "# --- answer;"), *line = answer ? strstr(answer, "\nHTTP/1.1 ") : NULL;
  const char *body = line ? strstr(line, "\r\n\r\n") : NULL;
  const int http_status = line ? atoi(line + sizeof "\nHTTP/1.1 " - 1) : 0;
  if (http_status < 400)
    return;
  const struct osmflow_text words = {body ? body + 4 : "", body ? (size_t)(recording + size - body) - 4 : 0};
  UNIT_SAME(show(http_status, words, shown), recorded(name), name);
  ++*refused;
}

static void understands_what_was_recorded(void) {
  char folder[1000];
  const char *shared = getenv("OSMFLOW_SHARED");
  snprintf(folder, sizeof folder, "%s%s/recordings/osm", shared ? shared : OSMFLOW_SOURCE_DIR,
           shared ? "" : "/../shared");
  DIR *entries = opendir(folder);
  char *recording = malloc(RECORDING_SIZE);
  size_t refused = 0;
  if (!entries) {
    printf("SKIPPED: the recordings are not at ../shared/recordings\n");
  } else {
    for (const struct dirent *entry = readdir(entries); entry && recording; entry = readdir(entries))
      if (strstr(entry->d_name, "upload") || strstr(entry->d_name, "close"))
        try_recording(folder, entry->d_name, recording, &refused);
    closedir(entries);
    CU_ASSERT(refused > 90);
  }
  free(recording);
}

OSMFLOW_UNIT_MAIN("osm/refusal", UNIT(makes_nothing_of_odd_words), UNIT(understands_both_servers),
                  UNIT(leaves_out_an_id_that_may_be_cut), UNIT(long_words_are_no_trouble),
                  UNIT(understands_what_was_recorded))
