/* From the earth to planes. */
#include <math.h>

#include "cityloader.h"

static const double pi = 3.14159265358979323846, flattening = 1 / 298.257223563, equator = 6378137.0;

/* Of the ellipsoid: good to a millimetre over some kilometres, as a transverse Mercator around the middle has it. */
void city_to_metres(const double bbox[4], double lon, double lat, double at[2]) {
  const double middle = (bbox[1] + bbox[3]) / 2 * pi / 180, phi = lat * pi / 180;
  const double lambda = (lon - (bbox[0] + bbox[2]) / 2) * pi / 180;
  const double square = flattening * (2 - flattening), mean = (middle + phi) / 2;
  const double normal = equator / sqrt(1 - square * sin(phi) * sin(phi));
  const double meridian = equator * (1 - square) / pow(1 - square * sin(mean) * sin(mean), 1.5);
  const double cosine = cos(phi), tangent = tan(phi), tilt = lambda * cosine;
  at[0] = normal * (tilt + tilt * tilt * tilt * (1 - tangent * tangent) / 6);
  at[1] = meridian * (phi - middle) + normal * tangent * tilt * tilt / 2;
}

/* Krueger's series to the third power of n: exact to less than a millimetre within a zone. */
void city_to_utm(const double bbox[4], double lon, double lat, double at[2]) {
  static const double scale = 0.9996, false_easting = 500000, false_northing = 10000000;
  const double zone = floor(((bbox[0] + bbox[2]) / 2 + 180) / 6);
  const double phi = lat * pi / 180, lambda = (lon - (zone * 6 - 177)) * pi / 180;
  const double n = flattening / (2 - flattening), e = 2 * sqrt(n) / (1 + n);
  const double radius = equator / (1 + n) * (1 + n * n / 4 + n * n * n * n / 64);
  const double alpha[3] = {n / 2 - 2 * n * n / 3 + 5 * n * n * n / 16, 13 * n * n / 48 - 3 * n * n * n / 5,
                           61 * n * n * n / 240};
  const double t = sinh(atanh(sin(phi)) - e * atanh(e * sin(phi)));
  const double xi = atan2(t, cos(lambda)), eta = atanh(sin(lambda) / sqrt(1 + t * t));
  double east = eta, north = xi;
  for (int j = 1; j <= 3; j++) {
    east += alpha[j - 1] * cos(2 * j * xi) * sinh(2 * j * eta);
    north += alpha[j - 1] * sin(2 * j * xi) * cosh(2 * j * eta);
  }
  at[0] = false_easting + scale * radius * east;
  at[1] = scale * radius * north + (bbox[1] + bbox[3] < 0 ? false_northing : 0);
}
