#include "osm/fetch_tile.h"

#include "base/number.h"
#include "unit.h"

static struct osmflow_bbox degrees(double min_lon, double min_lat, double max_lon, double max_lat) {
  return (struct osmflow_bbox){(int32_t)(min_lon * OSMFLOW_DEGREE), (int32_t)(min_lat * OSMFLOW_DEGREE),
                               (int32_t)(max_lon * OSMFLOW_DEGREE), (int32_t)(max_lat * OSMFLOW_DEGREE)};
}

/* Every tile begins where its neighbours end, and the outermost edges are the bbox's own. */
static void check_seamless(const struct osmflow_tile_grid *grid) {
  for (int64_t row = 0; row < grid->rows; row++)
    for (int64_t column = 0; column < grid->columns; column++) {
      int64_t index = row * grid->columns + column;
      struct osmflow_bbox tile = osmflow_tile_of(grid, index);
      int32_t west = column ? osmflow_tile_of(grid, index - 1).max_lon : grid->bbox.min_lon;
      int32_t south = row ? osmflow_tile_of(grid, index - grid->columns).max_lat : grid->bbox.min_lat;
      CU_ASSERT(tile.min_lon == west && tile.min_lat == south);
      CU_ASSERT(column + 1 < grid->columns || tile.max_lon == grid->bbox.max_lon);
      CU_ASSERT(row + 1 < grid->rows || tile.max_lat == grid->bbox.max_lat);
    }
}

static void grids_have_no_gaps_and_no_overlaps(void) {
  static const struct {
    double min_lon, min_lat, max_lon, max_lat, area;
    const char *why;
  } cases[] = {
      {9.4, 47.0, 9.7, 47.3, 0.25, "smaller than the limit"},
      {9.0, 47.0, 10.0, 48.0, 0.25, "a multiple of the limit: the server's arithmetic may find it above"},
      {0, 0, 3, 0.1, 0.25, "wide and low"},
      {0, 0, 0.01, 30, 0.25, "narrow and high"},
      {-0.0000001, 0, 0.0000002, 0.0000001, 1e-14, "single units"},
      {-1, -1, 1, 1, 0.0123, "around the origin"},
      {179, 89, 180, 90, 0.01, "at the corner of the world"},
      {5, 5, 5, 6, 0.0001, "without a width"},
      {5, 5, 5, 5, 0.25, "a point"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_bbox bbox = degrees(cases[i].min_lon, cases[i].min_lat, cases[i].max_lon, cases[i].max_lat);
    struct osmflow_tile_grid grid = osmflow_tile_grid(&bbox, cases[i].area);
    check_seamless(&grid);
    for (int64_t index = 0; index < grid.columns * grid.rows; index++) {
      struct osmflow_bbox tile = osmflow_tile_of(&grid, index);
      bool is_unit = tile.max_lon - tile.min_lon <= 1 && tile.max_lat - tile.min_lat <= 1;
      if (!is_unit && osmflow_bbox_area(&tile) > cases[i].area)
        fprintf(stderr, "\n%s: tile %d has %.10g\n", cases[i].why, (int)index, osmflow_bbox_area(&tile));
      CU_ASSERT(is_unit || osmflow_bbox_area(&tile) <= cases[i].area);
    }
  }
}

static void grids_are_as_coarse_as_the_limit_allows(void) {
  static const struct {
    double width, height, area;
    int64_t most;
  } cases[] = {{0.4, 0.4, 0.25, 1}, {1, 1, 0.25, 6}, {10, 10, 0.25, 441}, {3, 0.1, 0.25, 2}, {0.5, 0.50001, 0.25, 2}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_bbox bbox = degrees(0, 0, cases[i].width, cases[i].height);
    struct osmflow_tile_grid grid = osmflow_tile_grid(&bbox, cases[i].area);
    CU_ASSERT(grid.columns * grid.rows <= cases[i].most);
    struct osmflow_bbox tile = osmflow_tile_of(&grid, 0);
    double ratio = (double)(tile.max_lon - tile.min_lon) / (double)(tile.max_lat - tile.min_lat);
    bool is_cut_both_ways = grid.columns > 1 && grid.rows > 1;
    CU_ASSERT(!is_cut_both_ways || (ratio > 0.4 && ratio < 2.5));
  }
}

static void the_world_is_a_number_not_a_loop(void) {
  struct osmflow_bbox world = degrees(-180, -90, 180, 90);
  struct osmflow_tile_grid grid = osmflow_tile_grid(&world, 0.25);
  CU_ASSERT(grid.columns * grid.rows >= 259200 && grid.columns * grid.rows < 262000);
  struct osmflow_bbox last = osmflow_tile_of(&grid, grid.columns * grid.rows - 1);
  CU_ASSERT(last.max_lon == world.max_lon && last.max_lat == world.max_lat);
  grid = osmflow_tile_grid(&world, 0);
  CU_ASSERT(grid.columns == 3600000000 && grid.rows == 1800000000);
}

static void splits_share_their_edges(void) {
  static const struct {
    struct osmflow_bbox tile;
    size_t expected;
    const char *why;
  } cases[] = {
      {{0, 0, 1000001, 999999}, 4, "odd sizes"},
      {{-1, -1, 400, 400}, 4, "across the origin"},
      {{0, 0, 5000, 100}, 2, "low: only its width is cut"},
      {{0, 0, 100, 5000}, 2, "narrow: only its height is cut"},
      {{0, 0, OSMFLOW_TILE_LEAST, 0}, 2, "just large enough"},
      {{0, 0, OSMFLOW_TILE_LEAST - 1, OSMFLOW_TILE_LEAST - 1}, 0, "too small"},
      {{5, 5, 5, 5}, 0, "a point"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_bbox parts[4];
    size_t count = osmflow_tile_split(&cases[i].tile, parts);
    CU_ASSERT_EQUAL(count, cases[i].expected);
    if (count == 4) {
      CU_ASSERT(parts[0].max_lon == parts[1].min_lon && parts[2].max_lon == parts[3].min_lon);
      CU_ASSERT(parts[0].max_lat == parts[2].min_lat && parts[1].max_lat == parts[3].min_lat);
    }
    if (count > 0) {
      CU_ASSERT(parts[0].min_lon == cases[i].tile.min_lon && parts[0].min_lat == cases[i].tile.min_lat);
      CU_ASSERT(parts[count - 1].max_lon == cases[i].tile.max_lon && parts[count - 1].max_lat == cases[i].tile.max_lat);
    }
  }
}

OSMFLOW_UNIT_MAIN("osm/fetch_tile", UNIT(grids_have_no_gaps_and_no_overlaps),
                  UNIT(grids_are_as_coarse_as_the_limit_allows), UNIT(the_world_is_a_number_not_a_loop),
                  UNIT(splits_share_their_edges))
