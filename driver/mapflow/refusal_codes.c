#include "mapflow/refusal_codes.h"

#define OUR_SIDE_OF_IT "; start it again later, and write to the support of Mapflow when it fails again"

static const struct osmflow_mapflow_code codes[] = {
    /* Processing API */
    {"TOO_LARGE_PROCESSING", OSMFLOW_MAPFLOW_REFUSED_SIZE,
     "the area is too large[: {area:area}, while your account may have {aoiAreaLimit:area} in one processing]; make it "
     "smaller, or divide it"},
    {"ProviderMinAreaError", OSMFLOW_MAPFLOW_REFUSED_SIZE,
     "the area is too small for the data provider[ {providerName}][: {aoiArea:square_km}, while it sells at least "
     "{providerMinArea:square_km}]; make it larger, or take another provider"},
    {"MAXAR_PROVIDERS_UNAVAILABLE", OSMFLOW_MAPFLOW_REFUSED_RIGHT,
     "Maxar's imagery is not part of your account; take another data provider, or ask the support of Mapflow for it"},
    /* Data API */
    {"MemoryLimitExceeded", OSMFLOW_MAPFLOW_REFUSED_QUOTA,
     "the storage of your account is full[: {memory_requested:bytes} were to come, {available_memory:bytes} are free]; "
     "delete imagery that is not needed any more, or get more storage"},
    {"FileTooBig", OSMFLOW_MAPFLOW_REFUSED_SIZE,
     "the file is too large[: {actual_file_size:bytes}, while at most {max_file_size:bytes} are taken]; compress it, "
     "or cut it into tiles (`osmflow upload --fix` does)"},
    {"AccessDenied", OSMFLOW_MAPFLOW_REFUSED_RIGHT,
     "you have no access to the[ {instance_type}][ {uid}]: it belongs to another account"},
    {"ItemNotFound", OSMFLOW_MAPFLOW_REFUSED_ABSENT,
     "there is no such[ {instance_type}][ {uid}]: it was deleted, or the id is wrong"},
    {"FileCheckFailed", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the file[ {filename}] cannot be used[ because of its {bad_parameters}][ (CRS {crs}, transform {transform})][ "
     "({width} x {height} pixels)]; it needs a CRS, a geotransform and a size that are valid (`osmflow upload --fix` "
     "mends what can be mended)"},
    {"FileOpenError", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the file[ {filename}] is no GeoTIFF that the server can open; convert it (`gdal_translate -of GTiff`, or "
     "`osmflow "
     "upload --fix`)"},
    {"ImageOutOfBounds", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the image lies beyond the earth: its CRS or its geotransform is wrong"},
    {"ImageExtentTooBig", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the image covers too much of the earth: check its CRS and geotransform, or cut it into tiles"},
    {"FileValidationFailed", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the file[ {filename}] does not fit the mosaic[ {mosaic_id}][: its {param_name} is {got_param}, that of the "
     "images there is {expected_param}]; convert it (`osmflow upload --fix`), or put it into another mosaic"},
    {"FileAlreadyExists", OSMFLOW_MAPFLOW_REFUSED_CONTENT, "the file is there already[: {url}]"},
    {"PreviewNotFound", OSMFLOW_MAPFLOW_REFUSED_ABSENT,
     "there is no preview of the image[ {image_id}] yet; it is made after the upload"},
    {"InvalidLinkToMinio", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the link is not one to the storage of Mapflow; it begins with s3://"},
    {"InternalError", OSMFLOW_MAPFLOW_REFUSED_LATER, "the server failed" OUR_SIDE_OF_IT},
    /* messages of processings: the source is looked at */
    {"source-validator.PixelSizeTooLow", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the pixels of the source are too small for the model[: {actual_res} m, while it takes {min_res} m or more]; "
     "resample the image, or take a lower zoom"},
    {"source-validator.PixelSizeTooHigh", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the pixels of the source are too large for the model[: {actual_res} m, while it takes {max_res} m or less]; take "
     "imagery of a finer resolution, or a higher zoom"},
    {"source-validator.NoDataInAOI", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the source has no imagery in the area; take another area or another source"},
    {"source-validator.TaskMustContainAoi", OSMFLOW_MAPFLOW_REFUSED_CONTENT, "the area of interest is missing"},
    {"source-validator.ImageReadError", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the image that was uploaded cannot be read; check it and upload it again"},
    {"source-validator.BadImageProfile", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the metadata of the image is not whole[: {required_keys} are needed, it has {profile}]"},
    {"source-validator.ImageMetadataMustBeDict", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the metadata of the image is no JSON object"},
    {"source-validator.ImageMetadataKeyError", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the metadata of the image lacks its CRS, transform, data type or number of bands"},
    {"source-validator.ImageCheckError", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the image could not be checked[: its {checked_param}][: {message}]"},
    {"source-validator.DtypeNotAllowed", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the data type of the image[, {request_dtype},] is not one that the model takes[: {required_dtypes}]; convert it "
     "(`osmflow upload --fix`)"},
    {"source-validator.NChannelsNotAllowed", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the number of bands of the image is not one that the model takes[: it has {real_nchannels}, allowed are "
     "{required_nchannels}]"},
    {"source-validator.AOINotInCell", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the area lies outside of the Sentinel-2 granule[ {actual_cell}] that was chosen"},
    {"source-validator.GridCellOutOfBound", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the model is not made for the Sentinel-2 cell[ {actual_cell}][; it takes {allowed_cells}]"},
    {"source-validator.MonthOutOfBounds", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the model is not made for the month of the Sentinel-2 image[: {actual_month}][; it takes {allowed_months}]"},
    {"source-validator.SentinelInputStringKeyError", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "[\"{input_string}\" is not ]the id of a Sentinel-2 granule is needed"},
    {"source-validator.UrlMustBeString", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the source's address must be a text[, it is {url_type}]"},
    {"source-validator.UrlMustBeLink", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the source's address must begin with http:// or https://"},
    {"source-validator.UrlFormatInvalid", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the source's address is no valid address[: {parse_error_message}]"},
    {"source-validator.UrlBlacklisted", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the source[ {url}] is a drawn map; the models need satellite or aerial imagery"},
    {"source-validator.QuadkeyLinkFormatError", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "a QUADKEY address needs the placeholder {{q}}"},
    {"source-validator.TMSLinkFormatError", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "a TMS address needs the placeholders {{x}}, {{y}} and {{z}}"},
    {"source-validator.XYZLinkFormatError", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "an XYZ address needs the placeholders {{x}}, {{y}} and {{z}}"},
    {"source-validator.ZoomMustBeInteger", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the zoom must be a whole number[, it is {actual_zoom}]"},
    {"source-validator.InvalidZoomValue", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the zoom must be from 0 to 22[, it is {actual_zoom}]"},
    {"source-validator.TooHighZoom", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the zoom is too high[: {actual_zoom}][, at most {max_zoom}]; 22 is the most that is taken"},
    {"source-validator.TooLowZoom", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the zoom is too low for the model[: {actual_zoom}, while it takes {min_zoom} or more]"},
    {"source-validator.S3URLError", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the image's place in the storage must begin with s3://[, it is {actual_s3_link}]"},
    {"source-validator.ReadFromS3Failed", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the image could not be read from the storage[: {s3_link}]; was it deleted?"},
    {"source-validator.LocalRequestKeyError", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the request names neither an image nor its profile"},
    {"source-validator.RequirementsMustBeDict", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the model's requirements are damaged[: {requirements_type}]" OUR_SIDE_OF_IT},
    {"source-validator.RequiredSectionMustBeDict", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the model's requirements are damaged[: {required_section_type}]" OUR_SIDE_OF_IT},
    {"source-validator.RecommendedSectionMustBeDict", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the model's recommendations are damaged[: {recommended_section_type}]" OUR_SIDE_OF_IT},
    {"source-validator.RequestMustBeDict", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the request is no JSON object[: {request_type}]"},
    {"source-validator.RequestMustHaveSourceType", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the kind of the source (XYZ, TMS, QUADKEY, ...) is missing"},
    {"source-validator.SourceTypeIsNotAllowed", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the model does not take this kind of source[: {source_type}][; it takes {allowed_sources}]"},
    {"source-validator.UnhandledException", OSMFLOW_MAPFLOW_REFUSED_LATER,
     "the server failed when it looked at the source" OUR_SIDE_OF_IT},
    {"source-validator.internalError", OSMFLOW_MAPFLOW_REFUSED_LATER,
     "the server failed when it looked at the source" OUR_SIDE_OF_IT},
    /* the imagery is loaded */
    {"dataloader.NoDataTile", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the data provider has no imagery in the area; take another one"},
    {"dataloader.TileNotLoaded", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "a tile of the source could not be loaded[: {tile_location}][; its server answered {status}]"},
    {"dataloader.TileNotReadable", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "a tile of the source is no image[: {tile_location}]"},
    {"dataloader.WrongChannelsNum", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "a tile of the source has the wrong number of bands[: {real_nchannels}, while {expected_nchannels} are needed]"},
    {"dataloader.WrongTileSize", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "a tile of the source has the wrong size[: {real_size}, while {expected_size} is needed]"},
    {"dataloader.MemoryLimitExceeded", OSMFLOW_MAPFLOW_REFUSED_SIZE,
     "the area holds too much imagery for one processing[: {estimated_size} MB, while {allowed_size} are allowed]; "
     "make it smaller, or take a lower zoom"},
    {"dataloader.UnknownSourceType", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "there is no such kind of source[: {real_source_type}][; there are {allowed_source_types}]"},
    {"dataloader.LoaderArgsError", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the source is described wrongly[: {argument_name} is {argument_type}, not {expected_type}]"},
    {"dataloader.CrsIsNotSupported", OSMFLOW_MAPFLOW_REFUSED_CONTENT, "the CRS of the source is not one that is taken"},
    {"dataloader.MaploaderInternalError", OSMFLOW_MAPFLOW_REFUSED_LATER,
     "the server failed when it loaded the imagery" OUR_SIDE_OF_IT},
    {"dataloader.SentinelLoaderInternalError", OSMFLOW_MAPFLOW_REFUSED_LATER,
     "the server failed when it loaded Sentinel imagery" OUR_SIDE_OF_IT},
    {"dataloader.internalError", OSMFLOW_MAPFLOW_REFUSED_LATER,
     "the server failed when it loaded the imagery" OUR_SIDE_OF_IT},
    /* the model runs */
    {"raster-processor.internalError", OSMFLOW_MAPFLOW_REFUSED_LATER,
     "the server failed when it prepared the imagery" OUR_SIDE_OF_IT},
    {"inference.internalError", OSMFLOW_MAPFLOW_REFUSED_LATER, "the server failed when the model ran" OUR_SIDE_OF_IT},
    {"vector-processor.internalError", OSMFLOW_MAPFLOW_REFUSED_LATER,
     "the server failed when it saved the result" OUR_SIDE_OF_IT},
    {"vector-processor.EmptyFolder", OSMFLOW_MAPFLOW_REFUSED_CONTENT, "the folder[ {s3_link}] holds no images"},
    {"geometry.Invalid", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the area is no valid polygon: it crosses itself, or is not closed"},
};

const struct osmflow_mapflow_code *osmflow_mapflow_code_find(struct osmflow_text code) {
  static const char ending[] = ".internalError";
  static const struct osmflow_mapflow_code any_internal = {
      ending, OSMFLOW_MAPFLOW_REFUSED_LATER, "the server failed in the middle of the processing" OUR_SIDE_OF_IT};
  const size_t size = sizeof ending - 1;
  for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
    if (osmflow_text_is(code, codes[i].code))
      return &codes[i];
  return code.size > size && memcmp(code.data + code.size - size, ending, size) == 0 ? &any_internal : NULL;
}

static const struct osmflow_mapflow_code phrases[] = {
    {"enough limit", OSMFLOW_MAPFLOW_REFUSED_QUOTA,
     "the credits or the area that your account has left are not enough; buy more at app.mapflow.ai, or take a smaller "
     "area"},
    {"enough credits", OSMFLOW_MAPFLOW_REFUSED_QUOTA,
     "your account has not enough credits; buy more at app.mapflow.ai, or take a smaller area"},
    {"not enough", OSMFLOW_MAPFLOW_REFUSED_QUOTA, "what your account has left is not enough"},
    {"is larger than", OSMFLOW_MAPFLOW_REFUSED_SIZE,
     "it is larger than the server takes; make it smaller, or divide it"},
    {"maximum number of active templates", OSMFLOW_MAPFLOW_REFUSED_QUOTA,
     "your account has as many planned searches as it may have; stop one first"},
    {"Geometry updates are not supported", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the area of a processing cannot be changed; start a new one"},
    {"Attempt to decode value on failed cursor", OSMFLOW_MAPFLOW_REFUSED_CONTENT,
     "the server does not understand the request"},
};

static bool contains_ignoring_case(struct osmflow_text text, const char *part) {
  const size_t size = strlen(part);
  for (size_t i = 0; i + size <= text.size; i++)
    if (osmflow_text_is_ignoring_case((struct osmflow_text){text.data + i, size}, part))
      return true;
  return false;
}

const struct osmflow_mapflow_code *osmflow_mapflow_phrase_find(struct osmflow_text message) {
  for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++)
    if (contains_ignoring_case(message, phrases[i].code))
      return &phrases[i];
  return NULL;
}

const struct osmflow_mapflow_answer_status *osmflow_mapflow_answer_status(int status) {
  static const struct osmflow_mapflow_answer_status statuses[] = {
      {400, 400, OSMFLOW_MAPFLOW_REFUSED_CONTENT, "the server does not take the request"},
      {401, 401, OSMFLOW_MAPFLOW_REFUSED_TOKEN,
       "the token is refused: it is wrong, replaced or expired; get a new one at app.mapflow.ai/account/api, then run "
       "`osmflow login mapflow` or set MAPFLOW_TOKEN"},
      {402, 402, OSMFLOW_MAPFLOW_REFUSED_QUOTA, "this must be paid for first"},
      {403, 403, OSMFLOW_MAPFLOW_REFUSED_RIGHT,
       "this is not allowed: it belongs to another account, or your plan or your role does not include it"},
      {404, 404, OSMFLOW_MAPFLOW_REFUSED_ABSENT, "there is no such thing: it was deleted, or the id is wrong"},
      {405, 405, OSMFLOW_MAPFLOW_REFUSED_OTHER, "this server does not offer the call"},
      {408, 408, OSMFLOW_MAPFLOW_REFUSED_LATER, "the server did not wait for the whole request; try again"},
      {409, 409, OSMFLOW_MAPFLOW_REFUSED_LATER, "it is not ready for that yet; try again later"},
      {410, 410, OSMFLOW_MAPFLOW_REFUSED_ABSENT, "it was deleted"},
      {413, 413, OSMFLOW_MAPFLOW_REFUSED_SIZE, "what was sent is too large for the server"},
      {422, 422, OSMFLOW_MAPFLOW_REFUSED_CONTENT, "the server does not take what was sent"},
      {429, 429, OSMFLOW_MAPFLOW_REFUSED_LATER, "too many requests in a short time; try again later"},
      {500, 500, OSMFLOW_MAPFLOW_REFUSED_LATER, "the server failed; try again later"},
      {501, 501, OSMFLOW_MAPFLOW_REFUSED_OTHER, "this server does not offer the call"},
      {502, 504, OSMFLOW_MAPFLOW_REFUSED_LATER, "the server cannot be reached at the moment; try again later"},
      {505, 599, OSMFLOW_MAPFLOW_REFUSED_LATER, "the server failed; try again later"},
      {300, 399, OSMFLOW_MAPFLOW_REFUSED_OTHER, "the server points elsewhere; is MAPFLOW_URL right?"},
      {411, 417, OSMFLOW_MAPFLOW_REFUSED_CONTENT, "the server does not take the request"},
  };
  static const struct osmflow_mapflow_answer_status other = {0, 0, OSMFLOW_MAPFLOW_REFUSED_OTHER,
                                                             "the server refused it"};
  for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
    if (status >= statuses[i].from && status <= statuses[i].to)
      return &statuses[i];
  return &other;
}

const char *osmflow_mapflow_status_words(struct osmflow_text status) {
  static const struct {
    const char *status, *words;
  } words[] = {
      {"UNPROCESSED", "not started yet; wait for it"},
      {"IN_PROGRESS", "still running; wait for it (`osmflow process --wait`)"},
      {"AWAITING", "waiting for imagery of the provider, which can take days"},
      {"OK", "finished"},
      {"FAILED", "failed; its messages say why, and a restart repeats only the parts that failed"},
      {"CANCELLED", "cancelled by a user; start a new one"},
      {"REFUNDED", "taken back by Mapflow, the credits were returned; start a new one"},
      {"IN_REVIEW", "under review by Mapflow's team"},
      {"ACCEPTED", "accepted"},
      {"NOT_ACCEPTED", "not accepted"},
  };
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (osmflow_text_is(status, words[i].status))
      return words[i].words;
  return status.size > 0 ? status.data : "without a status";
}
