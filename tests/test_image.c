/* Images of a run: what is one, which of many are held, the limits, and every error. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/allocations.h"
#include "support/images.h"
#include "support/monitor.h"
#include "support/sinks.h"

static clino_status add(clino_run *run, const char *name, int64_t step, size_t width, size_t size) {
  unsigned char *png = image_png(width, 7, size, (unsigned)step);
  clino_status status = clino_run_add_image(run, name, step, png, size, NULL);
  free(png);
  return status;
}

/* ---- what an image is ---- */

static void expect_image(const void *bytes, size_t size, const char *type, size_t width, size_t height) {
  clino_image_file image;
  CU_ASSERT_TRUE_FATAL(clino_image_file_look(bytes, size, &image));
  CU_ASSERT_STRING_EQUAL(image.type, type);
  CU_ASSERT_TRUE(image.width == width && image.height == height && image.bytes == bytes && image.size == size);
}

static const unsigned char jpeg[] = {0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 'J', 'F',                 /* a segment to skip */
                                     0xFF, 0xFF, 0xC4, 0, 3, 9,                              /* fill, a table */
                                     0xFF, 0xC2, 0, 11, 8, 0x01, 0x2D, 0x02, 0x81, 1, 0, 0}; /* 641 by 301 */

static void the_first_bytes_tell(void) {
  unsigned char *png = image_png(70000, 3, 40, 1);
  expect_image(png, 40, "png", 70000, 3);
  expect_image("GIF89a\x05\x01\x02\x03....", 14, "gif", 261, 770);
  expect_image("GIF87a\x01\x00\x01\x00", 10, "gif", 1, 1);
  expect_image(jpeg, sizeof jpeg, "jpeg", 641, 301);
  CU_ASSERT_TRUE(clino_image_file_look(png, 24, NULL));
  free(png);
}

static void refuse(const void *bytes, size_t size) {
  clino_run *run = new_run();
  CU_ASSERT_FALSE(clino_image_file_look(bytes, size, NULL));
  ASSERT_FAILS(clino_run_add_image(run, "images/x", 1, bytes, size, &error), CLINO_ERR_RANGE, "no image");
  CU_ASSERT_EQUAL(clino_run_series_count(run), 0);
  clino_run_free(run);
}

/* Every cut that is too short for a size, a size of 0, and what a browser would run. */
static void what_is_no_image(void) {
  static const char svg[] = "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
  unsigned char none[] = {0xFF, 0xD8, 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 0, 0, 0}, *png = image_png(5, 5, 24, 1);
  refuse(NULL, 0);
  refuse(svg, sizeof svg - 1);
  refuse("RIFF....WEBPVP8 ....", 20);
  refuse("GIF89a\x05\x01\x00\x00", 10);
  refuse(none, sizeof none); /* data without a frame */
  for (size_t size = 0; size < 24; size++) refuse(png, size);
  for (size_t size = 0; size < sizeof jpeg - 3; size++) refuse(jpeg, size);
  png[16] = 0x80; /* 2^31 pixels wide */
  refuse(png, 24);
  memset(png + 16, 0, 4);
  refuse(png, 24);
  png[11] = 14; /* a first chunk that is no header */
  refuse(png, 24);
  free(png);
}

/* Whatever the bytes, the look stays within them (the address sanitizer watches). */
static void random_bytes_are_looked_at(void) {
  uint64_t state = 7;
  for (int trial = 0; trial < 20000; trial++) {
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    size_t size = 4 + (size_t)(state >> 59);
    unsigned char *p = malloc(size);
    memcpy(p, jpeg, size < sizeof jpeg ? size : sizeof jpeg);
    for (size_t i = sizeof jpeg; i < size; i++) p[i] = 0xFF;
    p[2 + (size_t)(state >> 40) % (size - 2)] = (unsigned char)(state >> 32);
    clino_image_file image;
    if (clino_image_file_look(p, size, &image)) CU_ASSERT_TRUE(image.width && image.height);
    free(p);
  }
}

/* ---- what is held ---- */

static void images_are_points(void) {
  clino_run *run = new_run();
  put(run, "train/loss", 3, 2.5);
  CU_ASSERT_EQUAL(add(run, "images/W1", 3, 28, 100), CLINO_OK);
  CU_ASSERT_EQUAL(add(run, "images/W1", 9, 28, 200), CLINO_OK);
  const clino_series *s = clino_run_series(run, "images/W1");
  CU_ASSERT_EQUAL(clino_series_get_kind(s), CLINO_SERIES_IMAGE);
  CU_ASSERT_EQUAL_FATAL(clino_series_count(s), 2);
  CU_ASSERT_EQUAL(clino_series_step(s, 1), 9);
  CU_ASSERT_EQUAL(clino_series_row(s, 0), 0);
  CU_ASSERT_EQUAL(clino_series_missing(s), 0);
  CU_ASSERT_EQUAL(clino_series_left_out(s), 0);
  CU_ASSERT_PTR_NULL(clino_series_values(s));
  CU_ASSERT_PTR_NULL(clino_series_histogram(s, 0));
  CU_ASSERT_PTR_NULL(clino_series_image(s, 2));
  CU_ASSERT_PTR_NULL(clino_series_image(clino_run_series(run, "train/loss"), 0));
  unsigned char *png = image_png(28, 7, 200, 9);
  const clino_image_file *image = clino_series_image(s, 1);
  CU_ASSERT_TRUE(image->size == 200 && image->bytes != png && memcmp(image->bytes, png, 200) == 0);
  CU_ASSERT_TRUE(image->width == 28 && image->height == 7);
  free(png);
  CU_ASSERT_EQUAL(clino_series_clear((clino_series *)s, "cleared", NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_series_missing(s), 2);
  CU_ASSERT_EQUAL(add(run, "images/W1", 9, 28, 200), CLINO_OK);
  CU_ASSERT_EQUAL(clino_series_count(s), 1);
  clino_run_free(run);
}

/* Of any number the first, the last, and others at one distance. */
static void of_many_some_are_held(void) {
  for (int n = 1; n < 700; n += n < 70 ? 1 : 97) {
    clino_run *run = new_run();
    for (int i = 0; i < n; i++) CU_ASSERT_EQUAL(add(run, "images/W1", 10 * i, 5, 30), CLINO_OK);
    const clino_series *s = clino_run_series(run, "images/W1");
    const size_t held = clino_series_count(s);
    CU_ASSERT_TRUE(held <= CLINO_SERIES_IMAGES && (held == (size_t)n || held >= CLINO_SERIES_IMAGES / 2));
    CU_ASSERT_EQUAL(held + clino_series_left_out(s), (size_t)n);
    CU_ASSERT_EQUAL(clino_series_step(s, 0), 0);
    CU_ASSERT_EQUAL(clino_series_step(s, held - 1), 10 * (n - 1));
    for (size_t i = 0; i < held; i++) CU_ASSERT_EQUAL(clino_series_row(s, i), (size_t)clino_series_step(s, i) / 10);
    for (size_t i = 2; i + 1 < held; i++)
      CU_ASSERT_EQUAL(clino_series_step(s, i) - clino_series_step(s, i - 1), clino_series_step(s, 1));
    CU_ASSERT_EQUAL(clino_series_missing(s), 0);
    clino_run_free(run);
  }
}

static size_t held_bytes(const clino_run *run) {
  size_t bytes = 0;
  for (size_t i = 0; i < clino_run_series_count(run); i++) {
    const clino_series *s = clino_run_series_at(run, i);
    for (size_t k = 0; k < clino_series_count(s); k++)
      if (clino_series_image(s, k)) bytes += clino_series_image(s, k)->size;
  }
  return bytes;
}

/* The bytes of a run are shared out: nobody who came late is without. */
static void a_run_holds_so_many_bytes(void) {
  clino_run *run = new_run();
  char name[32];
  for (int step = 0; step < 12; step++)
    for (int tag = 0; tag < 5; tag++) {
      snprintf(name, sizeof name, "images/%d", tag);
      CU_ASSERT_EQUAL(add(run, name, step, 800, (size_t)1500000), CLINO_OK);
      CU_ASSERT_TRUE(held_bytes(run) <= CLINO_RUN_IMAGE_BYTES);
    }
  for (int tag = 0; tag < 5; tag++) {
    snprintf(name, sizeof name, "images/%d", tag);
    const clino_series *s = clino_run_series(run, name);
    const size_t held = clino_series_count(s);
    CU_ASSERT_TRUE(held >= 2 && clino_series_step(s, 0) == 0 && clino_series_step(s, held - 1) == 11);
    CU_ASSERT_EQUAL(held + clino_series_left_out(s), 12);
  }
  CU_ASSERT_TRUE(held_bytes(run) > CLINO_RUN_IMAGE_BYTES / 2);
  clino_series *gone = (clino_series *)clino_run_series(run, "images/0");
  CU_ASSERT_EQUAL(clino_run_remove_series(run, gone, NULL), CLINO_OK);
  for (int i = 0; i < 40; i++) { /* no series has more than two: no room is left at some time */
    snprintf(name, sizeof name, "images/more %d", i);
    CU_ASSERT_EQUAL(add(run, name, 50, 800, (size_t)3500000), CLINO_OK);
  }
  CU_ASSERT_TRUE(held_bytes(run) <= CLINO_RUN_IMAGE_BYTES);
  const clino_series *last = clino_run_series(run, "images/more 39");
  CU_ASSERT_TRUE(clino_series_count(last) == 0 && clino_series_left_out(last) == 1);
  CU_ASSERT_PTR_NOT_NULL(strstr(clino_series_missing_reason(last), "32 MiB"));
  clino_run_free(run);
}

static void what_is_too_large_is_counted(void) {
  clino_run *run = new_run();
  CU_ASSERT_EQUAL(add(run, "images/W", 1, 5, CLINO_IMAGE_BYTES + 1), CLINO_OK);
  CU_ASSERT_EQUAL(add(run, "images/W", 2, CLINO_IMAGE_PIXELS / 7 + 1, 100), CLINO_OK);
  CU_ASSERT_EQUAL(add(run, "images/W", 3, CLINO_IMAGE_PIXELS / 7, 100), CLINO_OK);
  const clino_series *s = clino_run_series(run, "images/W");
  CU_ASSERT_EQUAL(clino_series_left_out(s), 2);
  CU_ASSERT_EQUAL(clino_series_missing(s), 0);
  CU_ASSERT_EQUAL_FATAL(clino_series_count(s), 1);
  CU_ASSERT_EQUAL(clino_series_step(s, 0), 3);
  CU_ASSERT_PTR_NOT_NULL(strstr(clino_series_missing_reason(s), "4 MiB"));
  CU_ASSERT_EQUAL(clino_series_add_left_out((clino_series *)s, 40, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_series_left_out(s), 42);
  CU_ASSERT_EQUAL(clino_series_missing(s), 0);
  clino_run_free(run);
}

/* ---- errors ---- */

static void errors(void) {
  clino_run *run = new_run();
  clino_axis *axis = NULL;
  clino_series *s = NULL, *numbers = NULL;
  unsigned char *png = image_png(3, 3, 50, 1);
  CU_ASSERT_EQUAL(clino_run_add_axis(run, NULL, &axis, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_run_add_series(run, axis, "i", NULL, CLINO_SERIES_IMAGE, &s, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_run_add_series(run, axis, "n", NULL, CLINO_SERIES_SCALAR, &numbers, NULL), CLINO_OK);
  ASSERT_FAILS(clino_run_add_series(run, axis, "x", NULL, (clino_series_kind)3, NULL, &error), CLINO_ERR_RANGE, "kind");
  ASSERT_FAILS(clino_series_set_image_row(s, SIZE_MAX, png, 50, &error), CLINO_ERR_RANGE, "no row yet");
  for (int i = 0; i < 3; i++) CU_ASSERT_EQUAL(clino_axis_add_row(axis, i, 0, 0, NULL), CLINO_OK);
  ASSERT_FAILS(clino_series_set_image_row(NULL, 0, png, 50, &error), CLINO_ERR_RANGE, "holds no images");
  ASSERT_FAILS(clino_series_set_image_row(numbers, 0, png, 50, &error), CLINO_ERR_RANGE, "holds no images");
  ASSERT_FAILS(clino_series_set(s, 1, &error), CLINO_ERR_RANGE, "holds no numbers");
  ASSERT_FAILS(clino_series_set_image_row(s, 3, png, 50, &error), CLINO_ERR_RANGE, "row 3");
  CU_ASSERT_EQUAL(clino_series_set_image_row(s, 1, png, 50, NULL), CLINO_OK);
  ASSERT_FAILS(clino_series_set_image_row(s, 1, png, 50, &error), CLINO_ERR_RANGE, "already");
  ASSERT_FAILS(clino_series_set_image_row(s, 0, png, 50, &error), CLINO_ERR_RANGE, "before its last");
  ASSERT_FAILS(clino_run_add_image(run, "n", 5, png, 50, &error), CLINO_ERR_RANGE, "holds no images");
  ASSERT_FAILS(clino_run_add_image(NULL, "n", 5, png, 50, &error), CLINO_ERR_RANGE, "a run and the name");
  ASSERT_FAILS(clino_run_add(run, "i", 5, 1, &error), CLINO_ERR_RANGE, "holds no numbers");
  ASSERT_FAILS(clino_series_add_left_out(numbers, 1, &error), CLINO_ERR_RANGE, "series of images");
  ASSERT_FAILS(clino_series_add_left_out(NULL, 1, &error), CLINO_ERR_RANGE, "series of images");
  clino_summary summary;
  ASSERT_FAILS(clino_series_summary(s, &summary, &error), CLINO_ERR_RANGE, "");
  CU_ASSERT_EQUAL(clino_series_left_out(NULL), 0);
  CU_ASSERT_PTR_NULL(clino_series_image(NULL, 0));
  free(png);
  clino_run_free(run);
}

/* ---- sinks and memory ---- */

static void rows_go_without_images(void) {
  clino_run *run = new_run();
  put(run, "train/loss", 5, 1.25);
  CU_ASSERT_EQUAL(add(run, "images/W", 5, 3, 60), CLINO_OK);
  for (int f = 0; f < SINK_FORMATS; f++) {
    const char *at = new_log(&sink_formats[f]);
    clino_run_sink *sink = open_log(&sink_formats[f], at);
    CU_ASSERT_EQUAL(clino_run_append_row(run, sink, NULL), CLINO_OK);
    clino_sink_close(sink, NULL);
    clino_run *back = read_log(at);
    CU_ASSERT_EQUAL(only_point(back, "train/loss", 5), 1.25);
    CU_ASSERT_PTR_NULL(clino_run_series(back, "images/W"));
    clino_run_free(back);
    remove_log(at);
  }
  clino_run_free(run);
}

static void memory_may_run_out(void) {
  if (!allocations_known()) return;
  unsigned char *png = image_png(3, 3, 64, 5);
  bool done = false;
  for (long n = 0; n < 60 && !done; n++) {
    const long live = allocations_live();
    clino_run *run = NULL;
    size_t images = 0;
    allocations_fail_after(n);
    clino_status status = clino_run_new(&run, NULL);
    for (int step = 0; !status && step < 40; step++) {
      status = clino_run_add_image(run, "images/W", step, png, 64, NULL);
      images += !status;
    }
    allocations_fail_after(-1);
    done = !status;
    const clino_series *s = clino_run_series(run, "images/W");
    CU_ASSERT_TRUE(!status || status == CLINO_ERR_MEMORY);
    CU_ASSERT_EQUAL(clino_series_count(s) + clino_series_left_out(s), images);
    clino_run_free(run);
    CU_ASSERT_EQUAL(allocations_live(), live);
  }
  CU_ASSERT_TRUE(done);
  free(png);
}

void suite_image(CU_pSuite suite);
void suite_image(CU_pSuite suite) {
  TEST(suite, the_first_bytes_tell);
  TEST(suite, what_is_no_image);
  TEST(suite, random_bytes_are_looked_at);
  TEST(suite, images_are_points);
  TEST(suite, of_many_some_are_held);
  TEST(suite, a_run_holds_so_many_bytes);
  TEST(suite, what_is_too_large_is_counted);
  TEST(suite, errors);
  TEST(suite, rows_go_without_images);
  TEST(suite, memory_may_run_out);
}
