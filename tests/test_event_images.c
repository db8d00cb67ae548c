/* Images in event files: as an Image and as a tensor of strings, what is none, many of them, folders, and what a
 * sink wrote, to the byte. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clino/check.h"
#include "event_file.h"
#include "support/folder.h"
#include "support/images.h"
#include "support/monitor.h"
#include "support/random.h"
#include "support/same_run.h"
#include "support/sinks.h"

static event_bytes file;

static clino_run *read_file(size_t chunk) {
  clino_read_options o = clino_read_options_default();
  clino_run *run = NULL;
  clino_error error = {0};
  o.chunk_bytes = chunk;
  clino_status status = clino_run_read_memory(file.data, file.size, "events", &o, &run, NULL, &error);
  if (status) fprintf(stderr, "byte %zu: %s\n", error.byte, error.message);
  CU_ASSERT_EQUAL_FATAL(status, CLINO_OK);
  return run;
}

static void end_file(clino_run *run) {
  clino_run_free(run);
  free(file.data);
  file = (event_bytes){NULL, 0, 0};
}

/* The message Image; its width and height are wrong, and not believed. */
static void put_image(const char *tag, int64_t step, const void *bytes, size_t size) {
  event_bytes image = {NULL, 0, 0}, value = {NULL, 0, 0};
  event_int(&image, 1, 1);
  event_int(&image, 2, 1);
  event_int(&image, 3, 3);
  event_data(&image, 4, bytes, size);
  event_message(&value, 4, &image);
  event_value(&file, tag, 1.7e9 + (double)step, step, &value);
  free(image.data);
  free(value.data);
}

/* The tensor of n strings that the plugin of images takes, whose name stands with the first of a tag only. */
static void put_strings(const char *tag, bool named, int64_t step, size_t n, const void *const *strings,
                        const size_t *sizes) {
  event_bytes plugin = {NULL, 0, 0}, metadata = {NULL, 0, 0}, tensor = {NULL, 0, 0}, value = {NULL, 0, 0};
  event_data(&plugin, 1, "images", 6);
  event_message(&metadata, 1, &plugin);
  if (named) event_message(&value, 9, &metadata);
  event_int(&tensor, 1, 7);
  for (size_t i = 0; i < n; i++) event_data(&tensor, 8, strings[i], sizes[i]);
  event_message(&value, 8, &tensor);
  event_value(&file, tag, 1.7e9 + (double)step, step, &value);
  free(plugin.data);
  free(metadata.data);
  free(tensor.data);
  free(value.data);
}

static const clino_image_file *image_at(const clino_run *run, const char *name, size_t i, int64_t step) {
  const clino_series *s = clino_run_series(run, name);
  if (!clino_series_image(s, i)) fprintf(stderr, "no image %zu in %s\n", i, name);
  CU_ASSERT_PTR_NOT_NULL_FATAL(clino_series_image(s, i));
  CU_ASSERT_EQUAL(clino_series_step(s, i), step);
  return clino_series_image(s, i);
}

static bool same(const clino_image_file *image, const void *bytes, size_t size) {
  return image->size == size && memcmp(image->bytes, bytes, size) == 0;
}

static void images_of_both_forms(void) {
  unsigned char *a = image_png(20, 30, 300, 1), *b = image_png(21, 31, 400, 2);
  const void *strings[] = {"21", "31", b, a};
  const size_t sizes[] = {2, 2, 400, 300};
  event_version(&file, 1.7e9);
  put_image("weights", 5, a, 300);
  event_scalar(&file, "train/loss", 1.7e9, 6, 2.5F);
  put_image("images/kept", 6, b, 400);
  put_image("weights", 6, b, 400);
  put_strings("samples", true, 7, 4, strings, sizes);
  put_strings("samples", false, 8, 3, strings, sizes);
  clino_run *run = read_file(262144);
  CU_ASSERT_TRUE(same(image_at(run, "images/weights", 0, 5), a, 300));
  CU_ASSERT_TRUE(same(image_at(run, "images/weights", 1, 6), b, 400));
  CU_ASSERT_TRUE(same(image_at(run, "images/kept", 0, 6), b, 400));
  CU_ASSERT_TRUE(same(image_at(run, "images/samples", 0, 7), b, 400));
  CU_ASSERT_TRUE(same(image_at(run, "images/samples", 1, 8), b, 400));
  CU_ASSERT_TRUE(same(image_at(run, "images/samples/1", 0, 7), a, 300));
  CU_ASSERT_EQUAL(image_at(run, "images/weights", 0, 5)->width, 20);
  CU_ASSERT_STRING_EQUAL(clino_series_original(clino_run_series(run, "images/weights")), "weights");
  CU_ASSERT_STRING_EQUAL(clino_series_original(clino_run_series(run, "images/samples/1")), "samples");
  CU_ASSERT_PTR_NULL(clino_run_attribute(run, "notes"));
  free(a);
  free(b);
  end_file(run);
}

/* Images that are counted in epochs beside a loss that is counted in steps are no disorder. */
static void images_have_an_axis_of_their_own(void) {
  unsigned char *png = image_png(4, 4, 60, 3);
  event_version(&file, 1.7e9);
  for (int step = 0; step < 400; step++) {
    event_scalar(&file, "train/loss", 1.7e9 + step, step, 2.0F / (1.0F + (float)step));
    if (step % 100 == 50)
      for (int i = 0; i < 40; i++) put_image("predictions", step / 100, png, 60);
  }
  clino_run *run = read_file(999);
  CU_ASSERT_EQUAL(clino_run_axis_count(run), 2);
  const clino_series *loss = clino_run_series(run, "train/loss"), *s = clino_run_series(run, "images/predictions");
  CU_ASSERT_EQUAL(clino_axis_rows(clino_series_axis(loss)), 400);
  CU_ASSERT_TRUE(clino_series_axis(s) != clino_series_axis(loss));
  CU_ASSERT_STRING_EQUAL(clino_axis_name(clino_series_axis(s)), "images");
  CU_ASSERT_EQUAL(clino_series_count(s) + clino_series_left_out(s), 160);
  clino_findings *all = NULL;
  clino_diagnose_options o = clino_diagnose_options_default();
  const char *only[] = {"log-integrity"};
  o.only = only, o.n_only = 1;
  CU_ASSERT_EQUAL_FATAL(clino_findings_new(&all, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_diagnose(run, &o, all, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_findings_worst(all), CLINO_FINDING_PASS);
  clino_findings_free(all);
  free(png);
  end_file(run);
}

/* What stands where an image should, and is none, is counted. */
static void what_is_none_is_told(void) {
  static const char svg[] = "<svg onload=\"alert(1)\"/>";
  unsigned char *png = image_png(4, 4, 60, 3);
  const void *strings[16] = {"4", "4", svg};
  size_t sizes[16] = {1, 1, sizeof svg - 1};
  event_bytes value = {NULL, 0, 0};
  event_version(&file, 1.7e9);
  put_image("a", 1, svg, sizeof svg - 1);
  put_image("a", 1, "", 0);
  put_image("a", 1, png, 23);                       /* cut */
  put_strings("b", true, 1, 3, strings, sizes);
  put_strings("b", false, 2, 2, strings, sizes);    /* a size, and no image */
  put_strings("b", false, 3, 0, strings, sizes);
  event_data(&value, 4, "\xff\xff\xff", 3);         /* no message */
  event_value(&file, "a", 1.7e9, 1, &value);
  for (int i = 2; i < 16; i++) strings[i] = png, sizes[i] = 60;
  put_strings("c", true, 4, 16, strings, sizes);    /* 14 in one event, of which 8 are taken */
  clino_run *run = read_file(50);
  CU_ASSERT_STRING_EQUAL(clino_run_attribute(run, "notes"), "left out: 13 images");
  CU_ASSERT_EQUAL(clino_run_series_count(run), 8);
  image_at(run, "images/c/7", 0, 4);
  CU_ASSERT_PTR_NULL(clino_run_series(run, "images/a"));
  free(value.data);
  free(png);
  end_file(run);
}

/* A big log is held in little, the same whatever the pieces that it came in. */
static void many_are_thinned(void) {
  unsigned char *png = image_png(640, 480, 100000, 9);
  event_version(&file, 1.7e9);
  for (int step = 0; step < 600; step++) {
    png[50] = (unsigned char)step;
    put_image(step % 2 ? "odd" : "even", step, png, 100000);
  }
  clino_run *run = read_file(262144), *again = read_file(1 << 24);
  const clino_series *odd = clino_run_series(run, "images/odd");
  const size_t held = clino_series_count(odd);
  CU_ASSERT_TRUE(same_runs(run, again));
  CU_ASSERT_TRUE(held >= 8 && held <= 16);
  CU_ASSERT_EQUAL(held + clino_series_left_out(odd), 300);
  CU_ASSERT_EQUAL(((const unsigned char *)image_at(run, "images/odd", held - 1, 599)->bytes)[50], 599 % 256);
  CU_ASSERT_PTR_NULL(clino_run_attribute(run, "notes"));
  clino_run_free(again);
  free(png);
  end_file(run);
}

/* Cut anywhere, as by a process that was killed: a shorter run, and never half an image. */
static void cut_anywhere(void) {
  unsigned char *png = image_png(4, 4, 60, 3);
  const void *strings[] = {"4", "4", png};
  const size_t sizes[] = {1, 1, 60};
  int wrong = 0;
  event_version(&file, 1.7e9);
  put_image("a", 1, png, 60);
  put_strings("b", true, 2, 3, strings, sizes);
  event_bytes whole = file;
  for (size_t size = 60; size < whole.size; size++) {
    unsigned char *copy = malloc(size);
    memcpy(copy, whole.data, size);
    file = (event_bytes){copy, size, size};
    clino_run *run = read_file(13);
    const clino_series *s = clino_run_series(run, "images/a");
    for (size_t i = 0; i < clino_series_count(s); i++) wrong += !same(clino_series_image(s, i), png, 60);
    wrong += clino_run_series(run, "images/b") != NULL;
    end_file(run);
  }
  CU_ASSERT_EQUAL(wrong, 0);
  free(whole.data);
  free(png);
}

/* ---- folders ---- */

static void put_file(const char *name) {
  CU_ASSERT_EQUAL_FATAL(clino_file_write(in_folder(name), file.data, file.size, NULL), CLINO_OK);
  file.size = 0;
}

static void the_files_of_a_folder_are_joined(void) {
  unsigned char *png = image_png(4, 4, 60, 3);
  clino_run *run = NULL;
  mkdir(in_folder("tb"), 0777);
  event_version(&file, 1.7e9);
  for (int step = 0; step < 30; step++) put_image("w", step, png, 60);
  event_scalar(&file, "train/loss", 1.7e9 + 3, 3, 2.5F);
  put_file("tb/events.out.tfevents.1");
  event_version(&file, 1.7e9);
  event_scalar(&file, "train/loss", 1.7e9 + 31, 31, 1.5F);
  for (int step = 30; step < 50; step++) put_image("w", step, png, 60);
  put_image("v", 50, png, 60);
  put_file("tb/events.out.tfevents.2");
  event_version(&file, 1.7e9);
  event_scalar(&file, "train/loss", 1.7e9 + 60, 60, 0.5F);
  put_file("tb/events.out.tfevents.3"); /* without images */
  CU_ASSERT_EQUAL_FATAL(clino_run_read(in_folder("tb"), NULL, &run, NULL, NULL), CLINO_OK);
  const clino_series *w = clino_run_series(run, "images/w");
  const size_t held = clino_series_count(w);
  CU_ASSERT_EQUAL(clino_run_axis_count(run), 2);
  CU_ASSERT_EQUAL(clino_series_count(clino_run_series(run, "train/loss")), 3);
  CU_ASSERT_TRUE(held >= 8 && held <= 16);
  CU_ASSERT_EQUAL(held + clino_series_left_out(w), 50);
  image_at(run, "images/w", 0, 0);
  image_at(run, "images/w", held - 1, 49);
  image_at(run, "images/v", 0, 50);
  end_file(run);
  unlink(in_folder("tb/events.out.tfevents.1"));
  unlink(in_folder("tb/events.out.tfevents.2"));
  unlink(in_folder("tb/events.out.tfevents.3"));
  rmdir(in_folder("tb"));
  CU_ASSERT_TRUE(folder_remove());
  free(png);
}

/* ---- what a sink wrote ---- */

/* The files as they stand in the log, in order, to be compared with what was read. */
static void a_sink_writes_what_is_read(void) {
  static unsigned char log[65536];
  uint8_t pixels[9 * 6 * 3];
  uint64_t seed = 11;
  const char *at = new_log(&sink_formats[2]);
  clino_run_sink *sink = open_log(&sink_formats[2], at);
  for (int64_t step = 0; step < 5; step++) {
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (uint8_t)random_bits(&seed);
    const clino_image image = {9, 6, 3, pixels};
    CU_ASSERT_EQUAL(clino_sink_append_image(sink, "images/W1", 100 * step, &image, NULL), CLINO_OK);
  }
  clino_sink_close(sink, NULL);
  FILE *stream = fopen(at, "rb");
  CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
  const size_t size = fread(log, 1, sizeof log, stream);
  fclose(stream);
  clino_run *run = read_log(at);
  const unsigned char *p = log;
  for (size_t i = 0; i < 5; i++) {
    const clino_image_file *image = image_at(run, "images/W1", i, 100 * (int64_t)i);
    CU_ASSERT_TRUE(image->width == 9 && image->height == 6 && strcmp(image->type, "png") == 0);
    while (p + image->size < log + size && memcmp(p, "\x89PNG", 4) != 0) p++;
    CU_ASSERT_TRUE(memcmp(p, image->bytes, image->size) == 0);
    CU_ASSERT_TRUE(memcmp((const char *)image->bytes + image->size - 8, "IEND", 4) == 0);
    p += image->size;
  }
  clino_run_free(run);
  remove_log(at);
}

void suite_event_images(CU_pSuite suite);
void suite_event_images(CU_pSuite suite) {
  TEST(suite, images_of_both_forms);
  TEST(suite, images_have_an_axis_of_their_own);
  TEST(suite, what_is_none_is_told);
  TEST(suite, many_are_thinned);
  TEST(suite, cut_anywhere);
  TEST(suite, the_files_of_a_folder_are_joined);
  TEST(suite, a_sink_writes_what_is_read);
}
