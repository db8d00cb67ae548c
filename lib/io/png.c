/* The least that is a PNG (ISO/IEC 15948): a header; all rows in one chunk, unfiltered, compressed by zlib; an end. */
#include "io/png.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define MAX_SIDE 65535

static void put_u32(unsigned char *p, uint32_t value) {
  for (int i = 3; i >= 0; i--, value >>= 8) p[i] = (unsigned char)(value & 255);
}

/* Length, type, data, and the checksum of type and data. */
static void add_chunk(clino__text *text, const char *type, const unsigned char *data, size_t size) {
  unsigned char number[4];
  uLong sum = crc32(0, (const unsigned char *)type, 4);
  put_u32(number, (uint32_t)size);
  clino__text_add_bytes(text, (const char *)number, 4);
  clino__text_add_bytes(text, type, 4);
  if (size) clino__text_add_bytes(text, (const char *)data, size);
  if (size) sum = crc32(sum, data, (uInt)size);
  put_u32(number, (uint32_t)sum);
  clino__text_add_bytes(text, (const char *)number, 4);
}

static clino_status check(const clino_image *image, clino_error *error) {
  const bool sized = image && image->width && image->height && image->width <= MAX_SIDE && image->height <= MAX_SIDE;
  if (!sized || image->channels < 1 || image->channels > 4 || !image->pixels)
    return clino__fail(error, CLINO_ERR_RANGE, "an image needs 1 to %d pixels a side, 1 to 4 channels, and pixels",
                       MAX_SIDE);
  return CLINO_OK;
}

/* Each row begins with the number of its filter, 0: none. */
static void set_rows(unsigned char *rows, const clino_image *image) {
  const size_t row = image->width * image->channels;
  for (size_t y = 0; y < image->height; y++) {
    rows[y * (row + 1)] = 0;
    memcpy(rows + y * (row + 1) + 1, image->pixels + y * row, row);
  }
}

clino_status clino__png_add(clino__text *text, const clino_image *image, clino_error *error) {
  static const unsigned char signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  static const unsigned char colour_types[5] = {0, 0, 4, 2, 6};
  clino_status status = check(image, error);
  if (status) return status;
  const size_t size = image->height * (image->width * image->channels + 1);
  uLong packed = compressBound((uLong)size);
  if (packed > UINT32_MAX / 2) return clino__fail(error, CLINO_ERR_RANGE, "an image of more than 2 GiB");
  unsigned char *rows = malloc(size), *data = malloc(packed), header[13];
  if (rows) set_rows(rows, image);
  if (!rows || !data || compress2(data, &packed, rows, (uLong)size, Z_DEFAULT_COMPRESSION) != Z_OK) {
    status = clino__fail_memory(error, "an image");
  } else {
    put_u32(header, (uint32_t)image->width);
    put_u32(header + 4, (uint32_t)image->height);
    memcpy(header + 8, (unsigned char[]){8, colour_types[image->channels], 0, 0, 0}, 5); /* 8 bits a channel */
    clino__text_add_bytes(text, (const char *)signature, sizeof signature);
    add_chunk(text, "IHDR", header, sizeof header);
    add_chunk(text, "IDAT", data, packed);
    add_chunk(text, "IEND", NULL, 0);
    if (text->failed) status = clino__fail_memory(error, "an image");
  }
  free(rows);
  free(data);
  return status;
}
