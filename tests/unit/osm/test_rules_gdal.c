/* The same files and elements through GDAL's own OSM driver and through our rules. */
#include <gdal.h>
#include <ogr_api.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/bytes.h"
#include "rules_unit.h"

enum { NEWEST_NODE = 100, NEWEST_WAY = 200 };

/* Ids up to 100 are nodes, up to 200 closed ways, then relations with the way 101 as outer member. */
static const struct {
  int id;
  const char *tags;
} elements[] = {{1, ""},
                {2, "name=plain"},
                {3, "created_by=x"},
                {4, "source=survey;ele=3"},
                {5, "attribution=a;time=1"},
                {6, "openGeoDB:x=1"},
                {7, "openGeoDB:x=1;addr:street=Main;note=n;a\"b=c\\d;e='f';population=12"},
                {8, "osm_id=77;shop=;FIXME=1;height=3.5;name:de=N"},
                {9, "ref=1;highway=stop;place=x;is_in=y;address=z;barrier=b;man_made=m;source:name=s"},
                {101, "building=yes"},
                {102, "building=yes;area=no"},
                {103, "highway=platform;layer=-1"},
                {104, "highway=service;area=yes;note=n;todo=t;created_by=c;fixme=f"},
                {105, "highway=primary;layer=2;bridge=yes;tunnel=no;area=no;note=n"},
                {106, "railway=tram;layer= 1x;tunnel=true"},
                {107, "created_by=x"},
                {108, "natural=wood;height=12.25;population=1000;building:part=yes;name=a,b"},
                {109, "building:part=yes;addr:street=Side;width=3"},
                {110, "public_transport=stop;layer=0.9;bridge=1;highway=motorway_link"},
                {111, "area=maybe;name=only"},
                {112, "abc=1"},
                {113, "highway=bus_stop;source=a"},
                {201, "type=multipolygon;building=yes;area=yes;note=n;addr:street=Ring;height=2"},
                {202, "type=boundary;boundary=administrative;admin_level=8;created_by=x"},
                {203, "type=route;route=bus;ref=5;name=Bus;source=s"},
                {204, "type=multilinestring;name=m;openGeoDB:y=1"},
                {205, "type=site;site=x;name=s;todo=t"},
                {206, "name=untyped;highway=road"}};

#define COMMON "osm_id=yes\nosm_version=no\n"
static const struct {
  const char *name, *config;
  int least_version;
} variants[] = {
    {"GDAL's installed file", NULL, 0},
    {"metadata columns",
     "[points]\nosm_id=yes\nosm_version=yes\nosm_timestamp=yes\nosm_uid=yes\nosm_user=yes\nosm_changeset=yes\n"
     "attributes=name\n[lines]\nosm_changeset=yes\nosm_id=yes\nattributes=name\n[multipolygons]\nosm_user=yes\n"
     "attributes=building\nosm_id=yes\n",
     0},
    {"laundering",
     "closed_ways_are_polygons=building\n[points]\n" COMMON "attributes=addr:street,name:de,name\n"
     "[lines]\n" COMMON "attributes=addr:street\n[multipolygons]\n" COMMON "attributes=addr:street,building:part\n",
     0},
    {"no laundering",
     "attribute_name_laundering=no\n[points]\n" COMMON "attributes=addr:street,name:de\n[multipolygons]\n" COMMON
     "attributes=addr:street\n",
     0},
    {"all_tags and other_tags",
     "closed_ways_are_polygons=building,natural\n[points]\n" COMMON "all_tags=yes\nattributes=name,shop\nignore=note\n"
     "[lines]\nattributes=highway\nother_tags=no\n[multipolygons]\nall_tags=yes\nother_tags=yes\nattributes=building\n"
     "[other_relations]\nother_tags=no\n",
     0},
    {"report everything",
     "closed_ways_are_polygons=building,natural\nreport_all_nodes=yes\nreport_all_ways=yes\nreport_all_tags=yes\n"
     "[points]\n" COMMON "ignore=name\n[lines]\nosm_id=yes\n[multipolygons]\nosm_id=yes\nattributes=name\n",
     0},
    {"insignificant and ignored keys",
     "[points]\n" COMMON "unsignificant=name,shop,created_by\nignore=addr:,openGeoDB:,e,source\n[lines]\n" COMMON
     "unsignificant=created_by,abc\nignore=highway,building:\n[multilinestrings]\n" COMMON "ignore=ref,route\n",
     0},
    {"types",
     "[points]\n" COMMON "attributes=name,ref,place\nref_type=String\nosm_id_type=String\n"
     "computed_attributes=a,b,c\na_type=Integer64\na_sql=SELECT 3000000000 + length([name])\nb_type=Real\n"
     "b_sql=\"SELECT [height] * 2\"\nc_sql=SELECT upper([name]) || '\\[' || [ref] || '\\\\]'\n",
     0},
    {"computed columns",
     "[points]\n" COMMON "attributes=name,population,height\npopulation_type=Integer\nheight_type=Real\n"
     "computed_attributes=twice,half,kind,nothing,never\ntwice_type=Integer\ntwice_sql=SELECT [population] * 2\n"
     "half_type=Real\nhalf_sql=SELECT [height] / 2\nkind_sql=\"SELECT typeof([population]) || typeof([HEIGHT]) || "
     "typeof([shop])\"\nnothing_sql=SELECT NULL\nnever_type=Real\n[lines]\n" COMMON
     "computed_attributes=x\nx_type=Integer\nx_sql=SELECT '12abc'\n",
     0},
    {"z_order by another formula",
     "[lines]\n" COMMON "computed_attributes=z_order\nz_order_type=Integer\nz_order_sql=\"SELECT CASE WHEN [layer] IS "
     "NOT NULL THEN 10 * CAST([layer] AS INTEGER) ELSE 0 END\"\n",
     0},
    {"no closed ways", "closed_ways_are_polygons=\n[lines]\nosm_id=yes\n[multipolygons]\nosm_id=yes\n", 0},
    {"short closed ways", "closed_ways_are_polygons=abc\n[lines]\nosm_id=yes\n[multipolygons]\nosm_id=yes\n", 0},
    {"closed ways by value",
     "closed_ways_are_polygons=building:part,railway=tram,highway=service\n[lines]\nosm_id=yes\n[multipolygons]\n"
     "osm_id=yes\nattributes=note,name\n",
     0},
    {"closed ways, the longest entry first",
     "closed_ways_are_polygons=building:part,railway=tram\n[lines]\nosm_id=yes\n[multipolygons]\nosm_id=yes\n",
     3060400},
    {"sections in pieces, CRLF",
     "# c\r\n[points]\r\nosm_id=yes\r\nattributes=name\r\n\r\n[lines]\r\nosm_id=yes\r\n[points]\r\nattributes=ref\r\n"
     "attributes=a=b\r\nignore=source=x\r\nfoo\r\n",
     0},
    {"ours", "", 0},
    {"JSON", "tags_format=json\n[points]\nosm_id=yes\nattributes=name\n[lines]\nall_tags=yes\n", 3070000}};

static char folder[] = "/tmp/osmflow-rules-XXXXXX";
static char osm_path[64], config_path[64];

static void write_escaped(FILE *file, struct osmflow_text text) {
  for (size_t i = 0; i < text.size; i++)
    if (text.data[i] == '"')
      fputs("&quot;", file);
    else
      fputc(text.data[i], file);
}

static void write_element(FILE *file, int id, const char *string) {
  struct osmflow_tag_view tags[MOST_TAGS];
  const size_t count = read_tags(string, tags);
  const char *name = id <= NEWEST_NODE ? "node" : id <= NEWEST_WAY ? "way" : "relation";
  fprintf(file, "<%s id=\"%d\" version=\"1\"", name, id);
  if (id <= NEWEST_NODE)
    fprintf(file, " lat=\"%d\" lon=\"%d.%d\"", id % 3, id % 2, id);
  fputs(">", file);
  if (id > NEWEST_WAY)
    fputs("<member type=\"way\" ref=\"101\" role=\"outer\"/>", file);
  else if (id > NEWEST_NODE)
    fputs("<nd ref=\"1\"/><nd ref=\"2\"/><nd ref=\"3\"/><nd ref=\"1\"/>", file);
  for (size_t i = 0; i < count; i++) {
    fputs("<tag k=\"", file);
    write_escaped(file, tags[i].key);
    fputs("\" v=\"", file);
    write_escaped(file, tags[i].value);
    fputs("\"/>", file);
  }
  fprintf(file, "</%s>\n", name);
}

static bool write_elements(void) {
  FILE *file = fopen(osm_path, "w");
  if (!file)
    return false;
  fputs("<?xml version=\"1.0\"?>\n<osm version=\"0.6\">\n", file);
  for (size_t i = 0; i < sizeof elements / sizeof elements[0]; i++)
    write_element(file, elements[i].id, elements[i].tags);
  fputs("</osm>\n", file);
  return fclose(file) == 0;
}

static bool write_config(struct osmflow_text config) {
  FILE *file = fopen(config_path, "w");
  const bool good = file && fwrite(config.data, 1, config.size, file) == config.size;
  return file && fclose(file) == 0 && good;
}

static OGRFieldType ogr_type(enum osmflow_field_type type) {
  static const OGRFieldType types[] = {OFTString, OFTString,  OFTInteger, OFTInteger64,
                                       OFTReal,   OFTInteger, OFTDateTime};
  return types[type];
}

static void compare_columns(const struct osmflow_rules *rules, GDALDatasetH dataset, const char *variant) {
  for (int kind = 0; kind < OSMFLOW_LAYER_KINDS; kind++) {
    OGRLayerH layer = GDALDatasetGetLayer(dataset, kind);
    OGRFeatureDefnH definition = OGR_L_GetLayerDefn(layer);
    UNIT_SAME(osmflow_layer_name(kind), OGR_L_GetName(layer), variant);
    const size_t count = osmflow_rules_field_count(rules, kind);
    CU_ASSERT_EQUAL_FATAL(count, (size_t)OGR_FD_GetFieldCount(definition));
    for (size_t i = 0; i < count; i++) {
      const struct osmflow_rule_field *field = osmflow_rules_field(rules, kind, i);
      OGRFieldDefnH theirs = OGR_FD_GetFieldDefn(definition, (int)i);
      UNIT_SAME(field->name, OGR_Fld_GetNameRef(theirs), variant);
      CU_ASSERT_EQUAL(ogr_type(field->type), OGR_Fld_GetType(theirs));
      CU_ASSERT_EQUAL(field->type == OSMFLOW_FIELD_JSON, OGR_Fld_GetSubType(theirs) == OFSTJSON);
    }
  }
}

struct element {
  int id;
  struct osmflow_tag_view tags[MOST_TAGS];
  size_t count;
};

/* What a reader does with the rules: the text of one field, NULL for none. */
static const char *our_value(const struct osmflow_rules *rules, enum osmflow_layer_kind kind, size_t index,
                             const struct element *element, struct osmflow_bytes *text) {
  const struct osmflow_rule_field *field = osmflow_rules_field(rules, kind, index);
  const bool all = field->source == OSMFLOW_FROM_ALL_TAGS;
  const enum osmflow_tags_format format = osmflow_rules_tags_format(rules);
  osmflow_bytes_reset(text);
  for (size_t i = 0; i < element->count; i++) {
    const struct osmflow_tag_view *tag = &element->tags[i];
    const struct osmflow_key_rule rule = osmflow_rules_key(rules, kind, tag->key);
    if (kind == OSMFLOW_MULTIPOLYGONS && element->id <= NEWEST_WAY &&
        osmflow_rules_key_is_uninteresting(rules, tag->key))
      continue;
    if (field->source == OSMFLOW_FROM_TAG && rule.field == (int)index)
      CU_ASSERT_EQUAL(osmflow_bytes_print(text, NULL, "=%.*s", OSMFLOW_TEXT_ARGUMENTS(tag->value)), OSMFLOW_OK);
    if (all ? rule.in_all_tags : field->source == OSMFLOW_FROM_OTHER_TAGS && rule.in_other_tags)
      CU_ASSERT_EQUAL(osmflow_rules_add_other_tag(format, text, tag->key, tag->value, NULL), OSMFLOW_OK);
  }
  if (field->source == OSMFLOW_FROM_TAG)
    return text->size > 0 ? osmflow_bytes_string(text) + 1 : NULL;
  CU_ASSERT_EQUAL(osmflow_rules_finish_other_tags(format, text, NULL), OSMFLOW_OK);
  return text->size > 0 ? osmflow_bytes_string(text) : NULL;
}

static void compare_computed(const struct osmflow_rules *rules, enum osmflow_layer_kind kind, size_t index,
                             const struct element *element, OGRFeatureH feature, const char *variant) {
  struct osmflow_computed value = {0};
  struct osmflow_bytes text;
  osmflow_bytes_init(&text, 10000);
  CU_ASSERT_EQUAL(osmflow_rules_compute(rules, kind, index, element->tags, element->count, &value, &text, NULL),
                  OSMFLOW_OK);
  const int field = (int)index;
  CU_ASSERT_EQUAL(value.is_null, !OGR_F_IsFieldSetAndNotNull(feature, field));
  if (!value.is_null && value.type == OSMFLOW_FIELD_STRING)
    UNIT_SAME(osmflow_bytes_string(&text), OGR_F_GetFieldAsString(feature, field), variant);
  else if (!value.is_null && value.type == OSMFLOW_FIELD_REAL)
    CU_ASSERT_DOUBLE_EQUAL(value.real, OGR_F_GetFieldAsDouble(feature, field), 1e-12)
  else if (!value.is_null)
    CU_ASSERT_EQUAL(value.integer, OGR_F_GetFieldAsInteger64(feature, field));
  osmflow_bytes_clear(&text);
}

static void compare_feature(const struct osmflow_rules *rules, enum osmflow_layer_kind kind,
                            const struct element *element, OGRFeatureH feature, const char *variant) {
  struct osmflow_bytes text;
  osmflow_bytes_init(&text, 10000);
  for (size_t i = 0; i < osmflow_rules_field_count(rules, kind); i++) {
    const struct osmflow_rule_field *field = osmflow_rules_field(rules, kind, i);
    const bool of_tags = field->source == OSMFLOW_FROM_TAG || field->source == OSMFLOW_FROM_OTHER_TAGS ||
                         field->source == OSMFLOW_FROM_ALL_TAGS;
    if (field->source == OSMFLOW_FROM_COMPUTED)
      compare_computed(rules, kind, i, element, feature, variant);
    if (!of_tags)
      continue;
    const char *ours = our_value(rules, kind, i, element, &text);
    CU_ASSERT_EQUAL(ours != NULL, OGR_F_IsFieldSetAndNotNull(feature, (int)i));
    if (ours && (field->type == OSMFLOW_FIELD_STRING || field->type == OSMFLOW_FIELD_JSON))
      UNIT_SAME(ours, OGR_F_GetFieldAsString(feature, (int)i), variant);
  }
  osmflow_bytes_clear(&text);
}

/* The layer that shows an element, or OSMFLOW_LAYER_KINDS for none. */
static int our_layer(const struct osmflow_rules *rules, const struct element *element) {
  const bool node = element->id <= NEWEST_NODE, way = !node && element->id <= NEWEST_WAY;
  const int kind = node ? OSMFLOW_POINTS : OSMFLOW_LINES;
  struct osmflow_text type = {NULL, 0};
  bool shown = node ? osmflow_rules_report_all_nodes(rules) : osmflow_rules_report_all_ways(rules);
  size_t interesting = 0;
  for (size_t i = 0; i < element->count; i++) {
    if (osmflow_text_is(element->tags[i].key, "type"))
      type = element->tags[i].value;
    shown = shown || osmflow_rules_key(rules, kind, element->tags[i].key).significant;
    interesting += !osmflow_rules_key_is_uninteresting(rules, element->tags[i].key);
  }
  if (!node && !way)
    return osmflow_rules_relation_layer(rules, type);
  if (way && osmflow_rules_is_area(rules, element->tags, element->count))
    return interesting > 0 || osmflow_rules_report_all_ways(rules) ? OSMFLOW_MULTIPOLYGONS : OSMFLOW_LAYER_KINDS;
  return shown ? kind : OSMFLOW_LAYER_KINDS;
}

/* GDAL takes the closed outer way of a multipolygon out of its layer, which we do not: see osm-clients.md A3. */
static bool is_outer_way(int id) {
  return id == 101;
}

static void compare_elements(const struct osmflow_rules *rules, GDALDatasetH dataset, const char *variant) {
  int seen[sizeof elements / sizeof elements[0]];
  OGRLayerH layer = NULL;
  for (size_t i = 0; i < sizeof elements / sizeof elements[0]; i++)
    seen[i] = OSMFLOW_LAYER_KINDS;
  for (OGRFeatureH feature; (feature = GDALDatasetGetNextFeature(dataset, &layer, NULL, NULL, NULL)) != NULL;) {
    int kind = 0;
    while (kind < OSMFLOW_LAYER_KINDS && GDALDatasetGetLayer(dataset, kind) != layer)
      kind++;
    for (size_t i = 0; i < sizeof elements / sizeof elements[0]; i++)
      if (elements[i].id == (int)OGR_F_GetFID(feature)) {
        struct element element = {.id = elements[i].id};
        element.count = read_tags(elements[i].tags, element.tags);
        compare_feature(rules, kind, &element, feature, variant);
        seen[i] = kind;
      }
    OGR_F_Destroy(feature);
  }
  for (size_t i = 0; i < sizeof elements / sizeof elements[0]; i++) {
    struct element element = {.id = elements[i].id};
    element.count = read_tags(elements[i].tags, element.tags);
    const int ours = our_layer(rules, &element);
    if (is_outer_way(element.id) && ours == OSMFLOW_MULTIPOLYGONS)
      continue;
    if (ours != seen[i])
      fprintf(stderr, "\n%s: element %d is in layer %d, GDAL has it in %d\n", variant, element.id, ours, seen[i]);
    CU_ASSERT_EQUAL(ours, seen[i]);
  }
}

static void compare_variant(size_t index) {
  const char *variant = variants[index].name, *drivers[] = {"OSM", NULL};
  struct osmflow_rules_options options = {.config = osmflow_text(variants[index].config), .strict = true};
  if (options.config.data && options.config.size == 0)
    options.config = osmflow_rules_default_config();
  char option[100];
  snprintf(option, sizeof option, "CONFIG_FILE=%s", config_path);
  const char *with_config[] = {option, NULL};
  if (options.config.data && !write_config(options.config)) {
    CU_FAIL("a temporary file cannot be written");
    return;
  }
  GDALDatasetH dataset = GDALOpenEx(osm_path, GDAL_OF_VECTOR, drivers, options.config.data ? with_config : NULL, NULL);
  struct osmflow_rules *rules = NULL;
  CU_ASSERT_EQUAL(osmflow_rules_new(&options, &rules, NULL), OSMFLOW_OK);
  CU_ASSERT_PTR_NOT_NULL(dataset);
  if (dataset && rules) {
    compare_columns(rules, dataset, variant);
    compare_elements(rules, dataset, variant);
  }
  osmflow_rules_free(rules);
  GDALClose(dataset);
}

static void agrees_with_gdal(void) {
  GDALAllRegister();
  if (!GDALGetDriverByName("OSM")) {
    puts("SKIPPED: this GDAL has no OSM driver to compare with");
    return;
  }
  CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
  snprintf(osm_path, sizeof osm_path, "%s/in.osm", folder);
  snprintf(config_path, sizeof config_path, "%s/in.ini", folder);
  CU_ASSERT_TRUE_FATAL(write_elements());
  CPLPushErrorHandler(CPLQuietErrorHandler); /* it warns where an Integer column meets "1000 m" */
  for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++)
    if (atoi(GDALVersionInfo("VERSION_NUM")) >= variants[i].least_version)
      compare_variant(i);
    else
      printf("SKIPPED: %s needs a newer GDAL\n", variants[i].name);
  CPLPopErrorHandler();
  unlink(osm_path);
  unlink(config_path);
  rmdir(folder);
}

OSMFLOW_UNIT_MAIN("osm/rules against GDAL", UNIT(agrees_with_gdal))
