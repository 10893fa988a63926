#include "cityloader/archive.h"

#include "cityloader/model.h"
#include "unit.h"
#include "zip_unit.h"

#define TRIANGLE \
  "solid t\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\nendloop\nendfacet\nendsolid\n"
#define FILE_NAME "/vsimem/unit.zip"
#define ID "9b1deb4d"

static struct zip_file zip;

static void finds_models_at_any_depth(void) {
  static const struct zip_member members[] = {{.name = ID ".stl", .content = TRIANGLE},
                                              {.name = "a/", .content = ""},
                                              {.name = "a/b/Buildings.OBJ", .content = "v 0 0 0\n"},
                                              {.name = "a/terrain.stl", .content = TRIANGLE}};
  struct osmflow_archive archive;
  struct osmflow_error error = {.message = ""};
  osmflow_archive_init(&archive);
  zip_make(&zip, members, 4);
  zip_show(&zip, zip.size, FILE_NAME);
  CU_ASSERT(osmflow_archive_open(FILE_NAME, &archive, &error) == OSMFLOW_OK);
  UNIT_SAME(error.message, "", "open");
  CU_ASSERT_FATAL(archive.count == 3);
  UNIT_SAME(archive.members[0].path, "/vsizip/{" FILE_NAME "}/" ID ".stl", "path");
  CU_ASSERT(archive.members[0].part == OSMFLOW_MODEL_ALL && archive.members[0].format == OSMFLOW_MODEL_STL);
  CU_ASSERT(archive.members[1].part == OSMFLOW_MODEL_BUILDINGS && archive.members[1].format == OSMFLOW_MODEL_OBJ);
  CU_ASSERT(archive.members[2].part == OSMFLOW_MODEL_TERRAIN && archive.members[2].is_model);
  struct osmflow_mesh mesh;
  osmflow_mesh_init(&mesh);
  CU_ASSERT(osmflow_model_read(&archive.members[0], &mesh, &error) == OSMFLOW_OK && mesh.facet_count == 1);
  osmflow_mesh_clear(&mesh);
  osmflow_archive_clear(&archive);
  VSIUnlink(FILE_NAME);
}

static void refuses_archives_that_would_do_harm(void) {
  static const struct {
    struct zip_member members[2];
    const char *word;
  } cases[] = {
      {{{.name = "../a.stl", .content = TRIANGLE}}, "leads out"},
      {{{.name = "a/../../a.stl", .content = TRIANGLE}}, "leads out"},
      {{{.name = "/etc/a.stl", .content = TRIANGLE}}, "leads out"},
      {{{.name = "C:a.stl", .content = TRIANGLE}}, "leads out"},
      {{{.name = "..\\a.stl", .content = TRIANGLE}}, "leads out"},
      {{{.name = "", .content = TRIANGLE}}, "leads out"},
      {{{.name = "\xff.stl", .content = TRIANGLE}}, "UTF-8"},
      {{{.name = "a.stl", .content = "/etc/passwd", .attributes = 0120777u << 16}}, "link"},
      {{{.name = "a.stl", .content = TRIANGLE, .flags = 1}}, "encrypted"},
      {{{.name = "a.stl", .content = TRIANGLE, .method = 99}}, "not understood"},
      {{{.name = "a.stl", .content = "x", .size = 0x7fffffff, .method = 8}}, "ZIP bomb"},
      {{{.name = "a.stl", .content = TRIANGLE, .size = 5}}, "two different sizes"},
      {{{.name = "a.stl", .content = TRIANGLE}, {.name = "a.stl", .content = TRIANGLE}}, "two members"},
      {{{.name = "a.stl", .content = TRIANGLE, .packed = 400, .method = 8}, {.name = "b.stl", .content = TRIANGLE}},
       "shares bytes"},
      {{{.name = "a.stl", .content = TRIANGLE, .offset = 7}}, "not where"},
      {{{.name = "a.stl", .content = TRIANGLE, .offset = 0x7ffffff0}}, "not where"},
      {{{.name = "a.txt", .content = "no model"}}, "no model"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_archive archive;
    struct osmflow_error error = {.message = ""};
    osmflow_archive_init(&archive);
    zip_make(&zip, cases[i].members, cases[i].members[1].name ? 2 : 1);
    zip_show(&zip, zip.size, FILE_NAME);
    CU_ASSERT(osmflow_archive_open(FILE_NAME, &archive, &error) == OSMFLOW_BAD_DATA);
    if (!strstr(error.message, cases[i].word))
      UNIT_SAME(error.message, cases[i].word, cases[i].members[0].name);
    CU_ASSERT(archive.count == 0);
    VSIUnlink(FILE_NAME);
  }
}

static void refuses_every_beginning_of_a_file(void) {
  static const struct zip_member members[] = {{.name = ID ".stl", .content = TRIANGLE}};
  zip_make(&zip, members, 1);
  for (size_t size = 0; size < zip.size; size++) {
    struct osmflow_archive archive;
    struct osmflow_error error = {.message = ""};
    osmflow_archive_init(&archive);
    zip_show(&zip, size, FILE_NAME);
    CU_ASSERT(osmflow_archive_open(FILE_NAME, &archive, &error) == OSMFLOW_BAD_DATA && archive.count == 0);
    VSIUnlink(FILE_NAME);
  }
}

static void tells_damaged_members(void) {
  static const struct {
    struct zip_member member;
    const char *word;
  } cases[] = {{{.name = "a.stl", .content = TRIANGLE, .crc = 1}, "checksum"},
               {{.name = "a.obj", .content = "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n", .crc = 1}, "checksum"},
               {{.name = "a.dxf", .content = "0\nEOF\n", .crc = 1}, "checksum"},
               {{.name = "a.dxf", .content = "0\nEOF\n"}, "a.dxf"},
               {{.name = "a.stl", .content = "<html>"}, "no STL"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_archive archive;
    struct osmflow_error error = {.message = ""};
    struct osmflow_mesh mesh;
    osmflow_archive_init(&archive);
    osmflow_mesh_init(&mesh);
    zip_make(&zip, &cases[i].member, 1);
    zip_show(&zip, zip.size, FILE_NAME);
    CU_ASSERT_FATAL(osmflow_archive_open(FILE_NAME, &archive, &error) == OSMFLOW_OK);
    CU_ASSERT(osmflow_model_read(&archive.members[0], &mesh, &error) == OSMFLOW_BAD_DATA);
    if (!strstr(error.message, cases[i].word))
      UNIT_SAME(error.message, cases[i].word, cases[i].member.name);
    osmflow_mesh_clear(&mesh);
    osmflow_archive_clear(&archive);
    VSIUnlink(FILE_NAME);
  }
}

static void opens_single_files_and_folders(void) {
  struct osmflow_archive archive;
  struct osmflow_error error;
  osmflow_archive_init(&archive);
  VSIMkdir("/vsimem/unit", 0700);
  VSIFCloseL(VSIFileFromMemBuffer("/vsimem/unit/house.stl", (GByte *)TRIANGLE, strlen(TRIANGLE), 0));
  CU_ASSERT(osmflow_archive_open("/vsimem/unit/house.stl", &archive, &error) == OSMFLOW_OK && archive.count == 1);
  CU_ASSERT(archive.members[0].part == OSMFLOW_MODEL_BUILDINGS && !archive.members[0].has_crc);
  osmflow_archive_clear(&archive);
  CU_ASSERT(osmflow_archive_open("/vsimem/unit", &archive, &error) == OSMFLOW_OK && archive.count == 1);
  osmflow_archive_clear(&archive);
  CU_ASSERT(osmflow_archive_open("/vsimem/unit/none.zip", &archive, &error) == OSMFLOW_NOT_FOUND);
  VSIUnlink("/vsimem/unit/house.stl");
}

OSMFLOW_UNIT_MAIN("cityloader/archive", UNIT(finds_models_at_any_depth), UNIT(refuses_archives_that_would_do_harm),
                  UNIT(refuses_every_beginning_of_a_file), UNIT(tells_damaged_members),
                  UNIT(opens_single_files_and_folders))
