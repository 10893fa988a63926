/* Previews: grey JPEGs of the right size. With Huffman tables of one code each every block is two zero bits, so a whole
 * picture is a head, zeros, and an end. */
#include "mapflow.h"

static void add(struct sandbox_response *response, const unsigned char *bytes, size_t size) {
  sandbox_append(response, (const char *)bytes, size);
}

/* The larger side becomes `side`. */
static void fit(int *width, int *height, int side) {
  const double scale = (double)side / (*width > *height ? *width : *height);
  *width = (int)(*width * scale + 0.5);
  *height = (int)(*height * scale + 0.5);
  *width = *width > 0 ? *width : 1;
  *height = *height > 0 ? *height : 1;
}

void mapflow_print_preview(struct sandbox_response *response, int width, int height, int side) {
  fit(&width, &height, side);
  const unsigned char start[] = {0xFF, 0xD8, 0xFF, 0xE0, 0, 16, 'J', 'F', 'I', 'F',
                                 0,    1,    1,    0,    0, 1,  0,   1,   0,   0, /* a density of 1:1 */
                                 0xFF, 0xDB, 0,    67,   0};
  const unsigned char frame[] = {0xFF,
                                 0xC0,
                                 0,
                                 11,
                                 8,
                                 (unsigned char)(height >> 8),
                                 (unsigned char)height,
                                 (unsigned char)(width >> 8),
                                 (unsigned char)width,
                                 1,
                                 1,
                                 0x11,
                                 0};
  static const unsigned char scan[] = {0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0}, end[] = {0xFF, 0xD9};
  static const unsigned char one = 1, zero = 0;
  add(response, start, sizeof start);
  for (int i = 0; i < 64; i++) /* the quantization: nothing is ever multiplied by it */
    add(response, &one, 1);
  add(response, frame, sizeof frame);
  for (int table = 0; table < 2; table++) { /* one code of one bit: no difference; end of block */
    const unsigned char huffman[] = {
        0xFF, 0xC4, 0, 20, (unsigned char)(table << 4), 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    add(response, huffman, sizeof huffman);
  }
  add(response, scan, sizeof scan);
  const int bits = 2 * ((width + 7) / 8) * ((height + 7) / 8);
  for (int i = 0; i < bits / 8; i++)
    add(response, &zero, 1);
  if (bits % 8) {
    const unsigned char rest = (unsigned char)(0xFF >> bits % 8);
    add(response, &rest, 1);
  }
  add(response, end, sizeof end);
  snprintf(response->content_type, sizeof response->content_type, "image/jpeg");
}
