/* Which bands of a raster become the bands of an image. */
#include "mapflow/raster_parts.h"

static int find(GDALDatasetH dataset, GDALColorInterp colour) {
  for (int band = 1; band <= GDALGetRasterCount(dataset); band++)
    if (GDALGetRasterColorInterpretation(GDALGetRasterBand(dataset, band)) == colour)
      return band;
  return 0;
}

static void choose_colours(GDALDatasetH dataset, struct osmflow_raster_choice *choice) {
  const int colours[] = {find(dataset, GCI_RedBand), find(dataset, GCI_GreenBand), find(dataset, GCI_BlueBand)};
  const bool has_all = colours[0] && colours[1] && colours[2];
  int band = 0;
  choice->count = 3;
  for (int i = 0; i < 3; i++) {
    band += band + 1 == choice->alpha ? 2 : 1;
    choice->bands[i] = has_all ? colours[i] : band;
  }
}

static int wanted_count(const struct osmflow_raster_choice *choice, int bands, bool drops_alpha) {
  if (choice->is_palette)
    return 3;
  if (bands - (choice->alpha ? 1 : 0) < 3)
    return 1;
  return bands == 4 && !(drops_alpha && choice->alpha) ? 4 : 3;
}

void osmflow_raster_choose(GDALDatasetH dataset, int norm_bands, bool drops_alpha,
                           struct osmflow_raster_choice *choice) {
  const int bands = GDALGetRasterCount(dataset);
  *choice = (struct osmflow_raster_choice){.alpha = osmflow_raster_alpha(dataset)};
  choice->is_palette = bands == 1 && GDALGetRasterColorTable(GDALGetRasterBand(dataset, 1)) != NULL;
  const int colours = bands - (choice->alpha ? 1 : 0), first = choice->alpha == 1 ? 2 : 1;
  const int wanted = norm_bands > 0 ? norm_bands : wanted_count(choice, bands, drops_alpha);
  if (colours < 1)
    return;
  if (choice->is_palette) {
    choice->count = wanted == 3 ? 3 : 0;
  } else if (wanted == 1 && colours < 3) {
    choice->count = 1;
    choice->bands[0] = first;
  } else if (wanted == 3 && colours >= 3) {
    choose_colours(dataset, choice);
  } else if (wanted == 3) {
    choice->count = 3;
    for (int i = 0; i < 3; i++)
      choice->bands[i] = first;
  } else if (wanted == 4 && bands == 4) {
    choice->count = 4;
    for (int i = 0; i < 4; i++)
      choice->bands[i] = i + 1;
  }
  choice->changes_bands = choice->count != bands;
  for (int i = 0; i < choice->count; i++)
    choice->changes_bands = choice->changes_bands || choice->bands[i] != i + 1;
}
