/* Reads a layer to nothing, as a program would that looks at everything: each feature, its values and its geometry.
 * Prints "first" when the first feature is there, then "features", "CPU seconds" and "MB above the start". */
#include <gdal.h>
#include <ogr_api.h>
#include <stdio.h>
#include <sys/resource.h>

static double seconds(const struct rusage *usage) {
  return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) +
         (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1e6;
}

/* So that no reader can leave anything out. */
static size_t look(OGRFeatureH feature) {
  OGRGeometryH geometry = OGR_F_GetGeometryRef(feature);
  size_t sum = geometry ? (size_t)OGR_G_WkbSize(geometry) : 0;
  for (int i = 0; i < OGR_F_GetFieldCount(feature); i++)
    sum += OGR_F_IsFieldSetAndNotNull(feature, i) != 0;
  return sum;
}

int main(int count, char **arguments) {
  struct rusage start, end;
  size_t features = 0, sum = 0;
  if (count != 2)
    return 2;
  GDALAllRegister();
  getrusage(RUSAGE_SELF, &start);
  GDALDatasetH dataset = GDALOpenEx(arguments[1], GDAL_OF_VECTOR | GDAL_OF_VERBOSE_ERROR, NULL, NULL, NULL);
  OGRLayerH layer = dataset ? GDALDatasetGetLayer(dataset, 0) : NULL;
  if (!layer)
    return 1;
  CPLErrorReset();
  for (OGRFeatureH feature = OGR_L_GetNextFeature(layer); feature; feature = OGR_L_GetNextFeature(layer)) {
    sum += look(feature);
    OGR_F_Destroy(feature);
    if (features++ == 0) {
      printf("first\n");
      fflush(stdout);
    }
  }
  const int is_good = CPLGetLastErrorType() < CE_Failure;
  getrusage(RUSAGE_SELF, &end);
  GDALClose(dataset);
  printf("%zu %.3f %.1f %zu\n", features, seconds(&end) - seconds(&start),
         (double)(end.ru_maxrss - start.ru_maxrss) / 1000, sum);
  return is_good ? 0 : 1;
}
