#include "source/feature_value.h"

#include <ogr_srs_api.h>
#include <string.h>

#include "base/number.h"
#include "source/feature_text.h"

enum { UTC = 100 }; /* OGR's zone flag */

OGRFeatureDefnH osmflow_feature_definition_new(const char *name, enum osmflow_geometry_type geometry,
                                               OGRSpatialReferenceH srs) {
  static const OGRwkbGeometryType types[] = {
      [OSMFLOW_GEOMETRY_NONE] = wkbNone,
      [OSMFLOW_GEOMETRY_POINT] = wkbPoint,
      [OSMFLOW_GEOMETRY_LINESTRING] = wkbLineString,
      [OSMFLOW_GEOMETRY_MULTILINESTRING] = wkbMultiLineString,
      [OSMFLOW_GEOMETRY_POLYGON] = wkbPolygon,
      [OSMFLOW_GEOMETRY_MULTIPOLYGON] = wkbMultiPolygon,
      [OSMFLOW_GEOMETRY_COLLECTION] = wkbGeometryCollection,
      [OSMFLOW_GEOMETRY_MULTIPOINT] = wkbMultiPoint,
      [OSMFLOW_GEOMETRY_ANY] = wkbUnknown,
  };
  OGRFeatureDefnH definition = OGR_FD_Create(name);
  OGR_FD_Reference(definition);
  OGR_FD_SetGeomType(definition, types[geometry]);
  if (geometry != OSMFLOW_GEOMETRY_NONE)
    OGR_GFld_SetSpatialRef(OGR_FD_GetGeomFieldDefn(definition, 0), srs);
  return definition;
}

void osmflow_feature_definition_add(OGRFeatureDefnH definition, const char *name, enum osmflow_field_type type) {
  static const struct {
    OGRFieldType type;
    OGRFieldSubType subtype;
  } types[] = {
      [OSMFLOW_FIELD_STRING] = {OFTString, OFSTNone},     [OSMFLOW_FIELD_JSON] = {OFTString, OFSTJSON},
      [OSMFLOW_FIELD_INTEGER] = {OFTInteger, OFSTNone},   [OSMFLOW_FIELD_INTEGER64] = {OFTInteger64, OFSTNone},
      [OSMFLOW_FIELD_REAL] = {OFTReal, OFSTNone},         [OSMFLOW_FIELD_BOOLEAN] = {OFTInteger, OFSTBoolean},
      [OSMFLOW_FIELD_DATETIME] = {OFTDateTime, OFSTNone}, [OSMFLOW_FIELD_DATE] = {OFTDate, OFSTNone},
  };
  OGRFieldDefnH field = OGR_Fld_Create(name, types[type].type);
  OGR_Fld_SetSubType(field, types[type].subtype);
  OGR_FD_AddFieldDefn(definition, field);
  OGR_Fld_Destroy(field);
}

OGRSpatialReferenceH osmflow_feature_srs_new(void) {
  OGRSpatialReferenceH srs = OSRNewSpatialReference(NULL);
  OSRSetWellKnownGeogCS(srs, "WGS84");
  OSRSetAxisMappingStrategy(srs, OAMS_TRADITIONAL_GIS_ORDER);
  return srs;
}

static void set_time(OGRFeatureH feature, int field, int64_t seconds, double fraction) {
  const struct osmflow_date date = osmflow_date_of(seconds);
  OGR_F_SetFieldDateTimeEx(feature, field, date.year, date.month, date.day, date.hour, date.minute,
                           (float)(date.second + fraction), UTC);
}

void osmflow_feature_set_time(OGRFeatureH feature, int field, int64_t seconds) {
  set_time(feature, field, seconds, 0);
}

void osmflow_feature_set_value(OGRFeatureH feature, int field, enum osmflow_field_type type,
                               const struct osmflow_value *value) {
  if (value->is_null)
    return;
  switch (type) {
    case OSMFLOW_FIELD_STRING:
    case OSMFLOW_FIELD_JSON:
      OGR_F_SetFieldString(feature, field, value->text.data);
      break;
    case OSMFLOW_FIELD_REAL:
      OGR_F_SetFieldDouble(feature, field, value->real);
      break;
    case OSMFLOW_FIELD_DATETIME:
      set_time(feature, field, value->integer, value->real);
      break;
    case OSMFLOW_FIELD_DATE: {
      const struct osmflow_date date = osmflow_date_of(value->integer);
      OGR_F_SetFieldDateTime(feature, field, date.year, date.month, date.day, 0, 0, 0, 0);
      break;
    }
    case OSMFLOW_FIELD_INTEGER:
    case OSMFLOW_FIELD_INTEGER64:
    case OSMFLOW_FIELD_BOOLEAN:
    default:
      OGR_F_SetFieldInteger64(feature, field, value->integer);
      break;
  }
}

bool osmflow_feature_update_has_field(const struct osmflow_feature_update *update, OGRFeatureH feature, int field) {
  bool found = update->is_whole && osmflow_feature_says(feature, field);
  for (size_t i = 0; !update->is_whole && !found && i < update->field_count; i++)
    found = update->fields[i] == field;
  return found;
}

bool osmflow_feature_update_has_geometry(const struct osmflow_feature_update *update, OGRFeatureH feature) {
  return update->is_whole ? OGR_F_GetGeometryRef(feature) != NULL : update->has_geometry;
}

bool osmflow_feature_update_changes(const struct osmflow_feature_update *update, OGRFeatureH feature, OGRFeatureH shown,
                                    const char *column) {
  const int field = OGR_F_GetFieldIndex(feature, column);
  return field >= 0 && osmflow_feature_update_has_field(update, feature, field) &&
         !osmflow_feature_same(feature, shown, field);
}

bool osmflow_feature_update_moves(const struct osmflow_feature_update *update, OGRFeatureH feature, OGRFeatureH shown) {
  OGRGeometryH wanted = OGR_F_GetGeometryRef(feature), present = OGR_F_GetGeometryRef(shown);
  return osmflow_feature_update_has_geometry(update, feature) &&
         (!wanted || !present || !OGR_G_Equals(wanted, present));
}

enum osmflow_status osmflow_feature_update_check(const struct osmflow_feature_update *update, OGRFeatureH feature,
                                                 OGRFeatureH shown, const char *const *allowed,
                                                 struct osmflow_error *error) {
  const int count = OGR_F_GetFieldCount(feature);
  for (int i = 0; i < count; i++) {
    const char *name = OGR_Fld_GetNameRef(OGR_F_GetFieldDefnRef(feature, i));
    bool is_allowed = false;
    for (size_t k = 0; !is_allowed && allowed[k]; k++)
      is_allowed = strcmp(name, allowed[k]) == 0;
    if (!is_allowed && osmflow_feature_update_changes(update, feature, shown, name))
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the column %s is the server's and cannot be written",
                               name);
  }
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_feature_check_definition(OGRFeatureH feature, OGRFeatureDefnH ours,
                                                     struct osmflow_error *error) {
  const OGRFeatureDefnH theirs = OGR_F_GetDefnRef(feature);
  const int count = OGR_FD_GetFieldCount(theirs);
  bool same = theirs == ours || count == OGR_FD_GetFieldCount(ours);
  for (int i = 0; theirs != ours && same && i < count; i++)
    same = strcmp(OGR_Fld_GetNameRef(OGR_FD_GetFieldDefn(theirs, i)),
                  OGR_Fld_GetNameRef(OGR_FD_GetFieldDefn(ours, i))) == 0;
  return same ? OSMFLOW_OK
              : osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                                  "it was made for another layer, whose columns are others: make it with this layer's "
                                  "definition");
}

const char *osmflow_feature_column(OGRFeatureH feature, const char *name) {
  const int field = OGR_F_GetFieldIndex(feature, name);
  const bool has_value = field >= 0 && OGR_F_IsFieldSetAndNotNull(feature, field);
  const char *value = has_value ? OGR_F_GetFieldAsString(feature, field) : NULL;
  return value && value[0] ? value : NULL;
}
