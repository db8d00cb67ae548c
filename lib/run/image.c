/* Images: what of many is held, and what a file's first bytes say of it.
 *
 * Of those given, a series holds every stride-th and, until the next one comes, the last. When it is full, or the run
 * holds too many bytes, the stride is doubled and those that are no longer on it are left out, so that what is held is
 * spread evenly over all that came, whatever comes. */
#include <stdlib.h>
#include <string.h>

#include "run/model.h"

/* ---- what a file is ---- */

static size_t big_endian(const unsigned char *p, size_t n) {
  size_t value = 0;
  while (n--) value = value << 8 | *p++;
  return value;
}

/* The signature, then the header chunk, which is the first (ISO/IEC 15948, 5.2 and 11.2.2). */
static bool look_png(const unsigned char *p, size_t size, clino_image_file *image) {
  static const unsigned char head[16] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n', 0, 0, 0, 13, 'I', 'H', 'D', 'R'};
  if (size < 24 || memcmp(p, head, sizeof head) != 0) return false;
  *image = (clino_image_file){.type = "png", .width = big_endian(p + 16, 4), .height = big_endian(p + 20, 4)};
  return image->width <= INT32_MAX && image->height <= INT32_MAX;
}

static bool look_gif(const unsigned char *p, size_t size, clino_image_file *image) {
  if (size < 10 || (memcmp(p, "GIF87a", 6) != 0 && memcmp(p, "GIF89a", 6) != 0)) return false;
  *image = (clino_image_file){.type = "gif", .width = (size_t)p[7] << 8 | p[6], .height = (size_t)p[9] << 8 | p[8]};
  return true;
}

/* Markers with their lengths up to the frame header, which is SOF0 to SOF15 but for DHT, JPG and DAC (ITU-T T.81,
 * B.1.1.3 and B.2.2). */
static bool look_jpeg(const unsigned char *p, size_t size, clino_image_file *image) {
  if (size < 4 || p[0] != 0xFF || p[1] != 0xD8) return false;
  for (size_t at = 2; at + 9 <= size && p[at] == 0xFF;) {
    const unsigned char marker = p[at + 1];
    if (marker == 0xFF) { /* fill */
      at++;
      continue;
    }
    if (marker < 0xC0 || (marker >= 0xD0 && marker <= 0xDA)) return false; /* data without a frame before them */
    if (marker < 0xD0 && marker != 0xC4 && marker != 0xC8 && marker != 0xCC) {
      *image = (clino_image_file){.type = "jpeg", .width = big_endian(p + at + 7, 2),
                                  .height = big_endian(p + at + 5, 2)};
      return true;
    }
    at += 2 + big_endian(p + at + 2, 2);
  }
  return false;
}

bool clino_image_file_look(const void *bytes, size_t size, clino_image_file *image) {
  clino_image_file found = {.type = NULL};
  if (!bytes || !(look_png(bytes, size, &found) || look_gif(bytes, size, &found) || look_jpeg(bytes, size, &found)) ||
      !found.width || !found.height)
    return false;
  found.bytes = bytes;
  found.size = size;
  if (image) *image = found;
  return true;
}

clino_status clino__image_check(const void *bytes, size_t size, clino_error *error) {
  if (clino_image_file_look(bytes, size, NULL)) return CLINO_OK;
  return clino__fail(error, CLINO_ERR_RANGE, "these bytes are no image in PNG, JPEG or GIF");
}

/* ---- what is held ---- */

void clino__gallery_free(clino_series *series) {
  clino__gallery *g = series->gallery;
  if (!g) return;
  for (size_t i = 0; i < series->count; i++) free((void *)g->held[i].bytes);
  series->axis->run->image_bytes -= g->bytes;
  free(g);
  series->gallery = NULL;
}

/* The images go off the stride that are not on it, of the first n. */
static void leave_out(clino_series *series, size_t n) {
  clino__gallery *g = series->gallery;
  size_t kept = 0;
  for (size_t i = 0; i < series->count; i++) {
    if (i < n && g->numbers[i] % g->stride) {
      free((void *)g->held[i].bytes);
      g->bytes -= g->held[i].size;
      series->axis->run->image_bytes -= g->held[i].size;
      g->left_out++;
      continue;
    }
    g->held[kept] = g->held[i];
    g->numbers[kept] = g->numbers[i];
    series->rows[kept++] = series->rows[i];
  }
  series->count = kept;
}

/* Fewer of a series that holds more than its first and its last image. */
static void thin(clino_series *series) {
  const size_t before = series->count;
  while (series->count == before) {
    series->gallery->stride *= 2;
    leave_out(series, series->count - 1);
  }
}

/* The series of the run that has most bytes to spare; NULL where none has. */
static clino_series *largest(const clino_run *run) {
  clino_series *found = NULL;
  for (size_t i = 0; i < run->n_series; i++) {
    clino_series *s = run->series[i];
    if (s->gallery && s->count > 2 && (!found || s->gallery->bytes > found->gallery->bytes)) found = s;
  }
  return found;
}

static bool make_room(clino_run *run, size_t size) {
  while (run->image_bytes > CLINO_RUN_IMAGE_BYTES - size) {
    clino_series *series = largest(run);
    if (!series) return false;
    thin(series);
  }
  return true;
}

static clino__gallery *gallery_of(clino_series *series) {
  if (!series->rows) series->rows = malloc(CLINO_SERIES_IMAGES * sizeof *series->rows);
  if (series->rows && !series->gallery) series->gallery = calloc(1, sizeof *series->gallery);
  if (series->gallery && !series->gallery->stride) series->gallery->stride = 1;
  return series->gallery;
}

/* Why an image is not held, whatever else is; NULL: it can be. */
static const char *too_large(const clino_image_file *image) {
  if (image->size > CLINO_IMAGE_BYTES) return "an image of more than 4 MiB";
  return image->width > CLINO_IMAGE_PIXELS / image->height ? "an image of more than 67,108,864 pixels" : NULL;
}

static void hold(clino_series *series, const clino_image_file *image, size_t row) {
  clino__gallery *g = series->gallery;
  leave_out(series, series->count); /* the last one, if it was there only as such */
  while (series->count == CLINO_SERIES_IMAGES) {
    g->stride *= 2;
    leave_out(series, series->count);
  }
  g->held[series->count] = *image;
  g->numbers[series->count] = g->taken++;
  series->rows[series->count++] = (uint32_t)row;
  g->bytes += image->size;
  series->axis->run->image_bytes += image->size;
}

clino_status clino_series_set_image_row(clino_series *series, size_t row, const void *bytes, size_t size,
                                        clino_error *error) {
  clino_image_file image;
  clino_status status = clino__series_check_row(series, CLINO_SERIES_IMAGE, &row, error);
  if (!status) status = clino__image_check(bytes, size, error);
  if (status) return status;
  if (!gallery_of(series)) return clino__fail_memory(error, "an image");
  clino_image_file_look(bytes, size, &image);
  const char *why = too_large(&image);
  void *copy = why ? NULL : malloc(size);
  if (!why && !copy) return clino__fail_memory(error, "an image");
  if (!why && !make_room(series->axis->run, size)) why = "an image beyond the 32 MiB that are held of a run's";
  if (why) {
    free(copy);
    status = clino_series_note_missing(series, why, error);
    series->gallery->left_out += !status;
    return status;
  }
  memcpy(copy, bytes, size);
  image.bytes = copy;
  hold(series, &image, row);
  return CLINO_OK;
}

clino_status clino_series_add_left_out(clino_series *series, uint64_t n, clino_error *error) {
  if (!series || series->kind != CLINO_SERIES_IMAGE)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_series_add_left_out: needs a series of images");
  if (!gallery_of(series)) return clino__fail_memory(error, "an image");
  series->gallery->left_out += n;
  return CLINO_OK;
}

const clino_image_file *clino_series_image(const clino_series *series, size_t i) {
  return series && series->gallery && i < series->count ? &series->gallery->held[i] : NULL;
}

uint64_t clino_series_left_out(const clino_series *series) {
  return series && series->gallery ? series->gallery->left_out : 0;
}
