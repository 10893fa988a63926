/* A connection to 3DCityLoader: which export, or which files of the user's, and how they are to be shown.
 *
 *   CITYLOADER:export/{id}                                  a finished export
 *   CITYLOADER:export/simple?bbox=...&include=...           the export of that request; made with CREATE=YES (it costs)
 *   CITYLOADER:https://host/api/export/{id}                 of another server
 *   CITYLOADER:path/to/model.zip (.stl, .obj, .dxf, folder) files that were downloaded before
 *
 * Made without any network. Owner: the struct is the caller's (_init/_clear). Immutable after parsing. */
#ifndef OSMFLOW_SOURCE_CITYLOADER_CONNECTION_H
#define OSMFLOW_SOURCE_CITYLOADER_CONNECTION_H

#include "cityloader/export.h"
#include "cityloader/model.h"
#include "source/open_option.h"

extern const char osmflow_cityloader_prefix[]; /* "CITYLOADER:" */
/* The <OpenOptionList> document, appended. */
enum osmflow_status osmflow_cityloader_options_print(struct osmflow_bytes *document,
                                                     struct osmflow_error *error) OSMFLOW_MUST_CHECK;

struct osmflow_cityloader_connection {
  const struct osmflow_environment *environment;
  char *root;                            /* NULL: the default */
  char *path;                            /* of the user's files; NULL: an export */
  char *id;                              /* of an export; NULL: */
  struct osmflow_export_request request; /* the one of this request */
  bool may_create, shows_model;          /* CREATE=YES; LAYERS=MODEL */
  enum osmflow_body_form form;
  struct osmflow_place_options place; /* `crs` is `model_crs` */
  char *model_crs, *height_reference;
};

void osmflow_cityloader_connection_init(struct osmflow_cityloader_connection *connection);
void osmflow_cityloader_connection_clear(struct osmflow_cityloader_connection *connection);
enum osmflow_status osmflow_cityloader_connection_parse(const struct osmflow_environment *environment, const char *text,
                                                        const char *const *options,
                                                        struct osmflow_cityloader_connection *connection,
                                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
