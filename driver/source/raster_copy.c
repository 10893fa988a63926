/* A raster dataset as an upload: the file itself, or a temporary GeoTIFF of it. */
#include "source/raster_copy.h"

#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <math.h>
#include <ogr_srs_api.h>
#include <osmflow/mapflow.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mapflow/call.h"
#include "source/open_option.h"

enum { PATH = 4096, NAME = 256, MOST_TAGS = 64, MESSAGE_CEILING = 64 * 1024 };

#define OPTION(name, type, rest) "<Option name='" name "' type='" type "' " rest "/>"
const char osmflow_raster_creation_options[] = "<CreationOptionList>" OPTION(
    "FIX", "boolean", "default='NO' description='Mend what can be mended: format, bands, types, georeferencing, size'")
    OPTION("WAIT", "boolean", "default='NO' description='Wait until the image can be used'")
        OPTION("FILENAME", "string",
               "description='What the image is called in the mosaic; the name of the raster when not said'")
            OPTION("NAME", "string",
                   "description='The mosaic by its name, for MAPFLOW:rasters/mosaic/image; made unless there is one'")
                OPTION("TAGS", "string",
                       "description='Tags of a mosaic that is made, divided by commas'") "</CreationOptionList>";

static const struct osmflow_open_option table[] = {
    {.name = "FIX", .type = "boolean"}, {.name = "WAIT", .type = "boolean"}, {.name = "FILENAME", .type = "string"},
    {.name = "NAME", .type = "string"}, {.name = "TAGS", .type = "string"},
};

struct copying {
  const struct osmflow_environment *environment;
  GDALDatasetH source;
  const struct osmflow_raster_progress *progress;
  double told, start; /* where the progress stands; where sending begins */
  struct osmflow_mapflow_call call;
  struct osmflow_upload upload;
  const char *tags[MOST_TAGS];
  char *tag_list; /* the option TAGS, cut into pieces */
  char path[PATH], folder[PATH], name[NAME];
  const char *path_list[1], *name_list[1];
  char *complaint; /* why the file was not taken */
};

static bool tell(struct copying *copying, double done) {
  const struct osmflow_raster_progress *progress = copying->progress;
  if (done > copying->told)
    copying->told = done > 1 ? 1 : done;
  return !progress || !progress->tell || progress->tell(progress->self, copying->told);
}

/* The wishes: from the connection string and from the creation options. */
static enum osmflow_status add_tag(struct copying *copying, const char *tag, struct osmflow_error *error) {
  if (copying->upload.tag_count == MOST_TAGS)
    return osmflow_error_set(error, OSMFLOW_TOO_LARGE, "a mosaic takes %d tags at most here", MOST_TAGS);
  copying->tags[copying->upload.tag_count++] = tag;
  return OSMFLOW_OK;
}

static enum osmflow_status read_tags(struct copying *copying, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  char *place = NULL;
  for (size_t i = 0; status == OSMFLOW_OK && i < copying->call.parameter_count; i++)
    if (strcmp(copying->call.parameters[i].name, "tags") == 0 && copying->call.parameters[i].value[0])
      status = add_tag(copying, copying->call.parameters[i].value, error);
  char *tag = copying->tag_list ? strtok_r(copying->tag_list, ",", &place) : NULL;
  for (; status == OSMFLOW_OK && tag; tag = strtok_r(NULL, ",", &place)) {
    const struct osmflow_text text = osmflow_text_trim(osmflow_text(tag));
    char *start = tag + (text.data - tag);
    start[text.size] = '\0';
    if (text.size > 0)
      status = add_tag(copying, start, error);
  }
  copying->upload.tags = copying->tags;
  return status;
}

static enum osmflow_status read_connection(struct copying *copying, const char *connection,
                                           struct osmflow_error *error) {
  static const char prefix[] = "MAPFLOW:";
  const bool has_prefix = EQUALN(connection, prefix, sizeof prefix - 1);
  enum osmflow_status status =
      osmflow_mapflow_call_parse(connection + (has_prefix ? sizeof prefix - 1 : 0), &copying->call, error);
  if (status != OSMFLOW_OK)
    return status;
  const char *class_name = copying->call.call_class->name;
  if (strcmp(class_name, "rasters/mosaic/{id}/image") != 0 && strcmp(class_name, "rasters/mosaic/image") != 0)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "a raster cannot be written to %s: MAPFLOW:rasters/mosaic/{id}/image takes it into a "
                             "mosaic, MAPFLOW:rasters/mosaic/image?name=... into the one of that name",
                             class_name);
  copying->upload.server = copying->call.root;
  copying->upload.mosaic_id = copying->call.id;
  copying->upload.mosaic_name = osmflow_mapflow_call_parameter(&copying->call, "name");
  return OSMFLOW_OK;
}

static enum osmflow_status read_options(struct copying *copying, const struct osmflow_open_options *options,
                                        struct osmflow_error *error) {
  const char *name = osmflow_open_option_text(options, "NAME");
  const char *file_name = osmflow_open_option_text(options, "FILENAME");
  enum osmflow_status status = osmflow_open_option_flag(options, "FIX", &copying->upload.fix, error);
  if (status == OSMFLOW_OK)
    status = osmflow_open_option_flag(options, "WAIT", &copying->upload.wait, error);
  if (status == OSMFLOW_OK)
    status = osmflow_open_option_copy(options, "TAGS", &copying->tag_list, error);
  if (status != OSMFLOW_OK)
    return status;
  if (name && copying->upload.mosaic_name && strcmp(name, copying->upload.mosaic_name) != 0)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the mosaic has two names: \"%s\" and NAME=%s",
                             copying->upload.mosaic_name, name);
  if (copying->upload.mosaic_id && (name || copying->tag_list))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "NAME and TAGS are for mosaics that are made (MAPFLOW:rasters/mosaic/image); the "
                             "connection names one by its id");
  if (name)
    copying->upload.mosaic_name = name;
  if (!copying->upload.mosaic_id && !copying->upload.mosaic_name)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "no mosaic is named: MAPFLOW:rasters/mosaic/image?name=..., or the creation option NAME");
  if (file_name && strlen(file_name) >= sizeof copying->name)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "FILENAME has more than %d characters", NAME - 1);
  if (file_name)
    snprintf(copying->name, sizeof copying->name, "%s", file_name);
  return read_tags(copying, error);
}

/* The name of the raster, without what names of files cannot have ("GPKG:photos.gpkg:roofs"). */
static void make_name(struct copying *copying) {
  struct osmflow_text own, extension;
  char stem[NAME - 5];
  if (copying->name[0])
    return;
  osmflow_raster_name(GDALGetDescription(copying->source), &own, &extension);
  snprintf(stem, sizeof stem, "%.*s", OSMFLOW_TEXT_ARGUMENTS(own));
  for (char *at = stem; *at; at++)
    if (strchr("/\\:*?\"<>|", *at) || (unsigned char)*at < ' ')
      *at = '_';
  snprintf(copying->name, sizeof copying->name, "%s.%s", stem[0] ? stem : "raster",
           osmflow_text_is_ignoring_case(extension, "tiff") ? "tiff" : "tif");
}

static bool is_same_crs(GDALDatasetH left, GDALDatasetH right) {
  OGRSpatialReferenceH first = GDALGetSpatialRef(left), second = GDALGetSpatialRef(right);
  return first && second ? OSRIsSame(first, second) : !first && !second;
}

static bool is_same_number(double left, double right) {
  return left == right || (isnan(left) && isnan(right));
}

static bool is_same_transform(GDALDatasetH left, GDALDatasetH right) {
  double first[6] = {0}, second[6] = {0};
  const bool is_placed = GDALGetGeoTransform(left, first) == CE_None;
  if (is_placed != (GDALGetGeoTransform(right, second) == CE_None))
    return false;
  for (int i = 0; is_placed && i < 6; i++)
    if (!is_same_number(first[i], second[i]))
      return false;
  return true;
}

static bool is_same_band(GDALRasterBandH left, GDALRasterBandH right) {
  int has_nodata[2];
  const double nodata[2] = {GDALGetRasterNoDataValue(left, &has_nodata[0]),
                            GDALGetRasterNoDataValue(right, &has_nodata[1])};
  return GDALGetRasterDataType(left) == GDALGetRasterDataType(right) && has_nodata[0] == has_nodata[1] &&
         (!has_nodata[0] || is_same_number(nodata[0], nodata[1]));
}

static bool is_same(GDALDatasetH left, GDALDatasetH right) {
  bool is_equal =
      GDALGetRasterXSize(left) == GDALGetRasterXSize(right) && GDALGetRasterYSize(left) == GDALGetRasterYSize(right) &&
      GDALGetRasterCount(left) == GDALGetRasterCount(right) && GDALGetGCPCount(left) == GDALGetGCPCount(right) &&
      is_same_transform(left, right) && is_same_crs(left, right);
  for (int band = 1; is_equal && band <= GDALGetRasterCount(left); band++)
    is_equal = is_same_band(GDALGetRasterBand(left, band), GDALGetRasterBand(right, band));
  return is_equal;
}

/* Open options (an overview as a dataset), files beside it and edits in memory show more than the file has: then it is
 * not the file that is meant. */
static bool is_plain_file(GDALDatasetH source) {
  static const char *const drivers[] = {"GTiff", NULL}, *const options[] = {"GEOREF_SOURCES=INTERNAL", NULL};
  static const char *const nothing_beside[] = {NULL};
  const char *path = GDALGetDescription(source);
  GDALDriverH driver = GDALGetDatasetDriver(source);
  VSIStatBufL stat;
  if (!driver || !EQUAL(GDALGetDriverShortName(driver), "GTiff") || GDALGetAccess(source) != GA_ReadOnly ||
      STARTS_WITH(path, "/vsi") || VSIStatL(path, &stat) != 0 || !VSI_ISREG(stat.st_mode) || strlen(path) >= PATH)
    return false;
  GDALDatasetH file = GDALOpenEx(path, GDAL_OF_RASTER, drivers, options, nothing_beside);
  const bool is_it = file && is_same(source, file);
  if (file)
    GDALClose(file);
  return is_it;
}

static enum osmflow_status make_folder(struct copying *copying, struct osmflow_error *error) {
  static const char *const options[] = {"CPL_TMPDIR", "TMPDIR", "TEMP"};
  const struct osmflow_environment *environment = copying->environment;
  const char *parent = NULL;
  for (size_t i = 0; !(parent && *parent) && i < sizeof options / sizeof options[0]; i++)
    parent = environment->option(environment->self, options[i]);
  const int length = snprintf(copying->folder, sizeof copying->folder, "%s/osmflow-raster-XXXXXX",
                              parent && *parent ? parent : "/tmp");
  if (length < (int)sizeof copying->folder - 100 && mkdtemp(copying->folder))
    return OSMFLOW_OK;
  copying->folder[0] = '\0';
  return osmflow_error_set(error, OSMFLOW_IO,
                           "a folder for the temporary GeoTIFF cannot be made in %.500s; CPL_TMPDIR can name another "
                           "place",
                           parent && *parent ? parent : "/tmp");
}

static int CPL_STDCALL follow_writing(double done, const char *message, void *self) {
  struct copying *copying = self;
  (void)message;
  return tell(copying, done * copying->start);
}

struct listening {
  char text[400];
};

static void CPL_STDCALL hear(CPLErr level, CPLErrorNum number, const char *message) {
  struct listening *listening = CPLGetErrorHandlerUserData();
  (void)number;
  if (level >= CE_Failure && !listening->text[0])
    snprintf(listening->text, sizeof listening->text, ": %s", message);
}

/* Threads only compress: the bytes are the same each time, so that a second run finds the image. */
static char **writing_options(GDALDatasetH source) {
  static const char *const words[] = {"TILED=YES", "COMPRESS=DEFLATE", "BIGTIFF=IF_SAFER", "NUM_THREADS=ALL_CPUS"};
  const GDALDataType type =
      GDALGetRasterCount(source) > 0 ? GDALGetRasterDataType(GDALGetRasterBand(source, 1)) : GDT_Byte;
  char **options = NULL;
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    options = CSLAddString(options, words[i]);
  if (type == GDT_Float32 || type == GDT_Float64)
    options = CSLAddString(options, "PREDICTOR=3");
  else if (!GDALDataTypeIsComplex(type))
    options = CSLAddString(options, "PREDICTOR=2");
  return options;
}

static enum osmflow_status write_file(struct copying *copying, struct osmflow_error *error) {
  struct listening listening = {""};
  enum osmflow_status status = make_folder(copying, error);
  if (status != OSMFLOW_OK)
    return status;
  copying->start = 0.3;
  snprintf(copying->path, sizeof copying->path, "%.4000s/raster.tif", copying->folder);
  char **options = writing_options(copying->source);
  CPLPushErrorHandlerEx(hear, &listening);
  CPLSetCurrentErrorHandlerCatchDebug(FALSE);
  GDALDatasetH dataset = GDALCreateCopy(GDALGetDriverByName("GTiff"), copying->path, copying->source, FALSE, options,
                                        follow_writing, copying);
  if (dataset)
    GDALClose(dataset);
  CPLPopErrorHandler();
  CSLDestroy(options);
  if (!tell(copying, copying->told))
    return osmflow_error_set(error, OSMFLOW_CANCELLED, "stopped before anything was sent");
  if (dataset && !listening.text[0])
    return OSMFLOW_OK;
  return osmflow_error_set(error, OSMFLOW_IO, "%s cannot be written to a temporary GeoTIFF%s",
                           GDALGetDescription(copying->source), listening.text);
}

/* An option of the program as this driver's: the caller's to free. NULL: no memory. */
static char *translate_words(const char *message) {
  static const struct {
    const char *theirs, *ours;
  } words[] = {{"`osmflow upload --fix`", "FIX=YES"}, {"--fix", "FIX=YES"}};
  enum { WORDS = sizeof words / sizeof words[0] };
  struct osmflow_bytes text;
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_bytes_init(&text, MESSAGE_CEILING);
  while (*message && status == OSMFLOW_OK) {
    size_t i = 0;
    while (i < WORDS && strncmp(message, words[i].theirs, strlen(words[i].theirs)) != 0)
      i++;
    status =
        i < WORDS ? osmflow_bytes_add_string(&text, words[i].ours, NULL) : osmflow_bytes_add(&text, message, 1, NULL);
    message += i < WORDS ? strlen(words[i].theirs) : 1;
  }
  char *translated = strdup(osmflow_bytes_string(&text));
  osmflow_bytes_clear(&text);
  return translated;
}

static bool follow_upload(void *self, const struct osmflow_upload_event *event) {
  struct copying *copying = self;
  const double mending = copying->upload.fix ? 0.3 : 0;
  double part = 0;
  if (event->state == OSMFLOW_UPLOAD_FIXING)
    part = mending * event->done;
  if (event->state == OSMFLOW_UPLOAD_SENDING)
    part = mending + (1 - mending) * (event->size > 0 ? (double)event->sent / (double)event->size : event->done);
  if (event->state == OSMFLOW_UPLOAD_REFUSED || event->state == OSMFLOW_UPLOAD_FAILED) {
    free(copying->complaint);
    copying->complaint = translate_words(event->message);
  } else if (event->message[0]) {
    char *advice = translate_words(event->message);
    copying->environment->log(copying->environment->self, OSMFLOW_LOG_WARNING, advice ? advice : event->message);
    free(advice);
  }
  return tell(copying, copying->start + (1 - copying->start) * part);
}

/* A refused file is told by its name in the mosaic: the path may be that of a temporary file. */
static enum osmflow_status upload(struct copying *copying, struct osmflow_error *error) {
  struct osmflow_error reason = {.message = ""};
  copying->path_list[0] = copying->path;
  copying->name_list[0] = copying->name;
  copying->upload.files = copying->path_list;
  copying->upload.names = copying->name_list;
  copying->upload.file_count = 1;
  copying->upload.report = follow_upload;
  copying->upload.self = copying;
  const enum osmflow_status status = osmflow_mapflow_upload(copying->environment, &copying->upload, NULL, &reason);
  if (status != OSMFLOW_OK && error) {
    *error = reason;
    if (copying->complaint && status != OSMFLOW_CANCELLED) {
      osmflow_error_set(error, status, "%s: %s", copying->name, copying->complaint);
      error->http_status = reason.http_status;
    }
  }
  return status;
}

static void clear(struct copying *copying) {
  if (copying->folder[0])
    (void)VSIRmdirRecursive(copying->folder);
  osmflow_mapflow_call_clear(&copying->call);
  free(copying->tag_list);
  free(copying->complaint);
}

enum osmflow_status osmflow_raster_copy(const struct osmflow_environment *environment, const char *connection,
                                        GDALDatasetH source, const char *const *options,
                                        const struct osmflow_raster_progress *progress, GDALDatasetH *copy,
                                        struct osmflow_error *error) {
  const struct osmflow_open_options wishes = {environment, table, sizeof table / sizeof table[0], options};
  struct copying copying = {.environment = environment, .source = source, .progress = progress};
  osmflow_mapflow_call_init(&copying.call);
  enum osmflow_status status = read_connection(&copying, connection, error);
  if (status == OSMFLOW_OK)
    status = read_options(&copying, &wishes, error);
  if (status == OSMFLOW_OK) {
    make_name(&copying);
    if (is_plain_file(source))
      snprintf(copying.path, sizeof copying.path, "%s", GDALGetDescription(source));
    else
      status = write_file(&copying, error);
  }
  if (status == OSMFLOW_OK)
    status = upload(&copying, error);
  if (status == OSMFLOW_OK) {
    (void)tell(&copying, 1);
    /* Open files can be read after they are deleted. */
    if (copy)
      *copy = GDALOpenEx(copying.path, GDAL_OF_RASTER | GDAL_OF_VERBOSE_ERROR, NULL, NULL, NULL);
  }
  clear(&copying);
  return status;
}
