/* Where the edits of a dataset go and by which rules: the open options of writing. */
#ifndef OSMFLOW_SOURCE_UPDATE_OPTIONS_H
#define OSMFLOW_SOURCE_UPDATE_OPTIONS_H

#include "osm/edit.h"
#include "osm/tag_list.h"
#include "osm/upload.h"

struct osmflow_update_options {
  char *osc;       /* OSC=: an osmChange file that each commit rewrites; NULL: none */
  bool overwrites; /* OVERWRITE=YES: also one that is there already */
  bool uploads;    /* UPLOAD=YES */
  char *comment, *source;
  struct osmflow_tag_list changeset_tags;
  int64_t changeset; /* CHANGESET=: an open one of the user's; 0: a new one */
  enum osmflow_conflict_mode conflict;
  enum osmflow_shared_nodes shared;
  int64_t chunk; /* 0: what the server allows */
  bool checks_bounds;
  bool undeletes;
  char *report;  /* NULL: none */
  char *journal; /* NULL: the usual folder */
};

/* Their part of the driver's <OpenOptionList>. */
#define OSMFLOW_UPDATE_OPTION_LIST                                                                                     \
  "<Option name='OSC' type='string' description='Write edits to this osmChange file; nothing is sent'/>"               \
  "<Option name='OVERWRITE' type='boolean' default='NO' description='Replace an OSC file that is there already'/>"     \
  "<Option name='UPLOAD' type='boolean' default='NO' description='Send edits to the server (needs COMMENT)'/>"         \
  "<Option name='COMMENT' type='string' description='What is edited and why: the comment of the changeset'/>"          \
  "<Option name='SOURCE' type='string' description='Where the facts come from: the source tag of the changeset'/>"     \
  "<Option name='CHANGESET_TAGS' type='string' description='More tags of the changeset, as JSON or hstore'/>"          \
  "<Option name='CHANGESET' type='int' min='1' description='Use this open changeset of yours, which stays open'/>"     \
  "<Option name='CONFLICT' type='string-select' default='MERGE' description='What to do where others edited the same " \
  "element'><Value>MERGE</Value><Value>FAIL</Value><Value>SKIP</Value></Option>"                                       \
  "<Option name='SHARED_NODES' type='string-select' default='MOVE' description='What to do when a moved vertex is "    \
  "part of other features'><Value>MOVE</Value><Value>SPLIT</Value><Value>REFUSE</Value></Option>"                      \
  "<Option name='CHUNK' type='int' min='1' max='10000' description='Changes per upload at most'/>"                     \
  "<Option name='BOUNDS_CHECK' type='boolean' default='YES' description='Refuse to make or move nodes outside of the " \
  "bbox that was downloaded'/>"                                                                                        \
  "<Option name='UNDELETE' type='boolean' default='NO' description='Bring back what others deleted meanwhile and you " \
  "changed'/>"                                                                                                         \
  "<Option name='REPORT' type='string' description='Write what became of each element to this file (.csv, .json)'/>"   \
  "<Option name='JOURNAL' type='string' description='Folder of the journals of uploads'/>"

/* What a new osmChange file takes, for the driver's <CreationOptionList>. */
#define OSMFLOW_CREATION_OPTION_LIST                                                                             \
  "<Option name='OVERWRITE' type='boolean' default='NO' description='Replace a file that is there already'/>"    \
  "<Option name='CONFIG_FILE' type='string' description='An osmconf.ini to use instead of the built-in rules'/>" \
  "<Option name='COLUMNS' type='string' description='Tag keys that become columns under their true names'/>"

void osmflow_update_options_init(struct osmflow_update_options *options);
void osmflow_update_options_clear(struct osmflow_update_options *options);
/* `list`: NULL-terminated NAME=VALUE, may be NULL. Whether the whole fits together is said when a dataset is opened for
 * update: see osmflow_update_options_check. */
enum osmflow_status osmflow_update_options_parse(const char *const *list, struct osmflow_update_options *options,
                                                 struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Whether a connection can be edited with these: somewhere for the edits to go, a comment, a file that may be written
 * (one that `is_osc_ours` may be there). Tables are edited by single
 * calls, which need UPLOAD=YES alone. `name` is the connection string, for the sentences. No network. */
enum osmflow_status osmflow_update_options_check(const struct osmflow_update_options *options, const char *name,
                                                 bool is_table, bool is_osc_ours,
                                                 struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
