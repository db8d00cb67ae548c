/* Event files that rows are appended to: histograms, images, numbers beyond single precision, what protoc decodes. */
#define _XOPEN_SOURCE 700
#include <float.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "clino/watch.h"
#include "support/monitor.h"
#include "support/random.h"
#include "support/sinks.h"

static const sink_format *const events = &sink_formats[2];

static const double edges[] = {-2.5, -1, 0, 0.25, 1, 4, 9.75};
static const uint64_t counts[] = {3, 0, 0, 70000, 1, 2};
static const clino_histogram histogram = {6, edges, counts, 0, 0, 0};

static clino_status append_histogram(clino_run_sink *sink, const char *name, int64_t step, const clino_histogram *h,
                                     clino_error *error) {
  clino_run_row row = {.step = step, .time = 1.5e9, .n_histograms = 1, .histogram_names = &name, .histograms = &h};
  return sink->append(sink, &row, error);
}

/* Empty bins on end come back as one; what lay outside is in the outer bins, NaN are left out. */
static void histograms_come_back(void) {
  const char *at = new_log(events);
  clino_run_sink *sink = open_log(events, at);
  clino_histogram outside = histogram;
  outside.below = 5, outside.above = 11, outside.nans = 1000;
  CU_ASSERT_EQUAL(append_histogram(sink, "gradients/W1", 3, &histogram, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(append_histogram(sink, "gradients/W1", 4, &outside, NULL), CLINO_OK);
  clino_sink_close(sink, NULL);
  clino_run *run = read_log(at);
  const clino_series *s = clino_run_series(run, "gradients/W1");
  CU_ASSERT_EQUAL_FATAL(clino_series_count(s), 2);
  CU_ASSERT_EQUAL(clino_series_step(s, 1), 4);
  const clino_histogram *a = clino_series_histogram(s, 0), *b = clino_series_histogram(s, 1);
  static const double merged[] = {-2.5, -1, 0.25, 1, 4, 9.75};
  static const uint64_t kept[] = {3, 0, 70000, 1, 2}, with_outside[] = {8, 0, 70000, 1, 13};
  CU_ASSERT_EQUAL_FATAL(a->n_bins, 5);
  CU_ASSERT_EQUAL_FATAL(b->n_bins, 5);
  CU_ASSERT_EQUAL(memcmp(a->edges, merged, sizeof merged) || memcmp(b->edges, merged, sizeof merged), 0);
  CU_ASSERT_EQUAL(memcmp(a->counts, kept, sizeof kept), 0);
  CU_ASSERT_EQUAL(memcmp(b->counts, with_outside, sizeof with_outside), 0);
  clino_run_free(run);
  remove_log(at);
}

static void numbers_stay_finite(void) {
  const char *at = new_log(events), *names[] = {"a", "b", "c", "d", "e", "f"};
  const double values[] = {1e300, -1e300, INFINITY, NAN, 1e-300, (double)FLT_MAX};
  clino_run_sink *sink = open_log(events, at);
  clino_run_row row = {.step = -7, .time = NAN, .n_values = 6, .names = names, .values = values};
  CU_ASSERT_EQUAL(sink->append(sink, &row, NULL), CLINO_OK);
  clino_sink_close(sink, NULL);
  clino_run *run = read_log(at);
  const double expected[] = {(double)FLT_MAX, -(double)FLT_MAX, INFINITY, NAN, 0, (double)FLT_MAX};
  for (size_t i = 0; i < 6; i++) ASSERT_NEAR(only_point(run, names[i], -7), expected[i], 0);
  const double *times = clino_axis_times(clino_series_axis(clino_run_series(run, "a")));
  CU_ASSERT_TRUE(times && times[0] > 1.6e9); /* the system's, since the row had none */
  clino_run_free(run);
  remove_log(at);
}

/* ---- the bytes themselves ---- */

typedef struct bytes {
  unsigned char data[65536];
  size_t size;
} bytes;

static void read_all(const char *path, bytes *b) {
  FILE *file = fopen(path, "rb");
  CU_ASSERT_PTR_NOT_NULL_FATAL(file);
  b->size = fread(b->data, 1, sizeof b->data, file);
  fclose(file);
}

static size_t big_endian(const unsigned char *p) {
  return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | (size_t)p[3];
}

/* The pixels of a PNG with one piece of data, whose chunks must have right checksums; the bytes of its rows. */
static uLong unpack_png(const unsigned char *p, const unsigned char *end, unsigned char *rows, uLong room) {
  for (p += 8; p + 12 <= end;) {
    const size_t n = big_endian(p);
    CU_ASSERT_TRUE_FATAL((size_t)(end - p) >= n + 12);
    CU_ASSERT_EQUAL(big_endian(p + 8 + n), crc32(0, p + 4, (uInt)n + 4));
    if (memcmp(p + 4, "IDAT", 4) == 0) CU_ASSERT_EQUAL(uncompress(rows, &room, p + 8, n), Z_OK);
    if (memcmp(p + 4, "IEND", 4) == 0) return room;
    p += n + 12;
  }
  return 0;
}

static void images_are_png(void) {
  static bytes log;
  uint8_t pixels[5 * 3 * 4];
  static const unsigned char colour_types[] = {0, 4, 2, 6};
  unsigned char rows[200];
  uint64_t seed = 5;
  for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (uint8_t)random_bits(&seed);
  for (size_t channels = 1; channels <= 4; channels++) {
    const char *at = new_log(events);
    const clino_image image = {5, 3, channels, pixels};
    clino_run_sink *sink = open_log(events, at);
    CU_ASSERT_EQUAL(clino_sink_append_image(sink, "images/W1", 2, &image, NULL), CLINO_OK);
    clino_sink_close(sink, NULL);
    read_all(at, &log);
    const unsigned char *png = NULL;
    for (size_t i = 0; i + 8 < log.size && !png; i++)
      if (memcmp(log.data + i, "\x89PNG\r\n\x1A\n", 8) == 0) png = log.data + i;
    CU_ASSERT_PTR_NOT_NULL_FATAL(png);
    CU_ASSERT_TRUE(big_endian(png + 16) == 5 && big_endian(png + 20) == 3 && png[24] == 8);
    CU_ASSERT_EQUAL(png[25], colour_types[channels - 1]);
    CU_ASSERT_EQUAL_FATAL(unpack_png(png, log.data + log.size, rows, sizeof rows), 3 * (5 * channels + 1));
    for (size_t y = 0; y < 3; y++) {
      const unsigned char *row = rows + y * (5 * channels + 1);
      CU_ASSERT_TRUE(row[0] == 0 && memcmp(row + 1, pixels + y * 5 * channels, 5 * channels) == 0);
    }
    clino_run *run = read_log(at);
    CU_ASSERT_PTR_NOT_NULL(clino_series_image(clino_run_series(run, "images/W1"), 0));
    clino_run_free(run);
    remove_log(at);
  }
}

/* The data of the i-th record, decoded by protoc into text; false where there is no protoc. */
static bool decode(const bytes *log, size_t i, char *text, size_t room) {
  char path[] = "/tmp/clino-event-XXXXXX", command[200];
  size_t at = 0, n;
  for (;; at += n + 16) {
    CU_ASSERT_TRUE_FATAL(at + 16 <= log->size);
    n = (size_t)log->data[at] | (size_t)log->data[at + 1] << 8;
    if (!i--) break;
  }
  int fd = mkstemp(path);
  CU_ASSERT_TRUE_FATAL(fd >= 0 && write(fd, log->data + at + 12, n) == (ssize_t)n);
  close(fd);
  snprintf(command, sizeof command, "protoc --proto_path=lib/io --decode=clino.Event events.proto <%s 2>&1", path);
  FILE *out = popen(command, "r");
  CU_ASSERT_PTR_NOT_NULL_FATAL(out);
  text[fread(text, 1, room - 1, out)] = '\0';
  const bool decoded = pclose(out) == 0;
  unlink(path);
  return decoded;
}

static void protoc_decodes_it(void) {
  static bytes log;
  static char text[16384];
  if (system("command -v protoc >/dev/null 2>&1") != 0) {
    printf("(skipped: no protoc) ");
    return;
  }
  const char *at = new_log(events), *names[] = {"train/loss", "caf\xc3\xa9"};
  const char *h_name = "gradients/W1", *i_name = "images/W";
  const clino_histogram *h = &histogram;
  const clino_image image = {1, 1, 3, (const uint8_t[]){1, 2, 3}}, *i = &image;
  clino_run_row row = {.step = 12, .time = 1700000000.25, .n_values = 2, .names = names,
                       .values = (const double[]){0.375, -2}, .n_histograms = 1, .histogram_names = &h_name,
                       .histograms = &h, .n_images = 1, .image_names = &i_name, .images = &i};
  clino_run_sink *sink = open_log(events, at);
  CU_ASSERT_EQUAL(sink->append(sink, &row, NULL), CLINO_OK);
  clino_sink_close(sink, NULL);
  read_all(at, &log);
  CU_ASSERT_TRUE(decode(&log, 0, text, sizeof text) && strstr(text, "file_version: \"brain.Event:2\""));
  CU_ASSERT_TRUE(decode(&log, 1, text, sizeof text));
  static const char *const parts[] = {
      "wall_time: 1700000000.25", "step: 12", "tag: \"train/loss\"\n    simple_value: 0.375", "simple_value: -2",
      "tag: \"caf\\303\\251\"", "min: -2.5\n      max: 9.75\n      num: 70006\n      bucket_limit: -1\n",
      "bucket: 3\n      bucket: 0\n      bucket: 70000\n      bucket: 1\n      bucket: 2\n",
      "tag: \"images/W\"", "\\211PNG"};
  for (size_t p = 0; p < sizeof parts / sizeof parts[0]; p++) {
    if (!strstr(text, parts[p])) fprintf(stderr, "no %s in:\n%s\n", parts[p], text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, parts[p]));
  }
  remove_log(at);
}

/* Histograms of the watch, at its interval. */
static void a_watch_writes_histograms(void) {
  const char *at = new_log(events);
  clino_run *run = new_run();
  clino_watch *w = NULL;
  double value[6] = {0.5, -0.25, 1, 2, -3, 0}, grad[6] = {1e-9, 2, -3e5, 4, 5, 0};
  clino_tensor tensor = CLINO_TENSOR_F64("W", value, grad, 6);
  clino_watch_options o = clino_watch_options_default();
  o.every = 1, o.histogram_every = 4, o.histogram_share = 1, o.budget_fraction = CLINO_AUTO;
  o.sink = open_log(events, at);
  clino_watch_layer_spec spec = clino_watch_layer_spec_default();
  spec.params = &tensor, spec.n_params = 1;
  CU_ASSERT_EQUAL_FATAL(clino_watch_new(&w, run, &o, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_watch_layer(w, "hidden", &spec, NULL), CLINO_OK);
  for (int64_t step = 1; step <= 9; step++) {
    value[1] *= 1.5;
    CU_ASSERT_EQUAL(clino_watch_step(w, step, 1.0 / (double)step, NULL), CLINO_OK);
  }
  clino_watch_free(w);
  clino_sink_close(o.sink, NULL);
  clino_run *back = read_log(at);
  const clino_series *was = clino_run_series(run, "gradients/W"), *is = clino_run_series(back, "gradients/W");
  CU_ASSERT_EQUAL_FATAL(clino_series_count(is), 2);
  for (size_t i = 0; i < 2; i++) {
    uint64_t a = 0, b = 0;
    const clino_histogram *x = clino_series_histogram(was, i), *y = clino_series_histogram(is, i);
    for (size_t k = 0; k < x->n_bins; k++) a += x->counts[k];
    for (size_t k = 0; k < y->n_bins; k++) b += y->counts[k];
    CU_ASSERT_TRUE(a == 24 && a == b && clino_series_step(is, i) == clino_series_step(was, i));
    CU_ASSERT_TRUE(x->edges[0] == y->edges[0] && x->edges[x->n_bins] == y->edges[y->n_bins]);
  }
  CU_ASSERT_EQUAL(clino_series_count(clino_run_series(back, "update_ratio/W")), 9);
  clino_run_free(run);
  clino_run_free(back);
  remove_log(at);
}

static void a_damaged_log_is_not_gone_on_with(void) {
  const char *at = new_log(events), *name = "train/loss";
  const double value = 0.5;
  clino_run_row row = {.step = 1, .time = NAN, .n_values = 1, .names = &name, .values = &value};
  clino_run_sink *sink = open_log(events, at);
  for (int i = 0; i < 3; i++) CU_ASSERT_EQUAL(sink->append(sink, &row, NULL), CLINO_OK);
  clino_sink_close(sink, NULL);
  FILE *file = fopen(at, "r+b");
  CU_ASSERT_PTR_NOT_NULL_FATAL(file);
  fseek(file, 60, SEEK_SET);
  fputc('X', file);
  fclose(file);
  ASSERT_FAILS(clino_sink_open_tfevents(at, &sink, &error), CLINO_ERR_FORMAT, "damaged");
  remove_log(at);
}

static void errors_of_this_format(void) {
  const char *at = new_log(events), *name = "x";
  clino_run_sink *sink = open_log(events, at);
  clino_run_row row = {.step = CLINO_NO_STEP, .n_values = 1, .names = &name, .values = edges};
  ASSERT_FAILS(sink->append(sink, &row, &error), CLINO_ERR_RANGE, "without a step");
  const double back[] = {1, 1}, none[] = {0, INFINITY};
  const clino_histogram bad[] = {{1, back, counts, 0, 0, 0}, {1, none, counts, 0, 0, 0}, {0, edges, counts, 0, 0, 0},
                                 {6, edges, NULL, 0, 0, 0}};
  for (size_t i = 0; i < 4; i++)
    ASSERT_FAILS(append_histogram(sink, "h", 1, &bad[i], &error), CLINO_ERR_RANGE, "edges");
  const uint8_t pixel[5] = {0};
  const clino_image images[] = {
      {0, 1, 1, pixel}, {1, 65536, 1, pixel}, {1, 1, 5, pixel}, {1, 1, 0, pixel}, {1, 1, 1, NULL}};
  for (size_t i = 0; i < 5; i++)
    ASSERT_FAILS(clino_sink_append_image(sink, "i", 1, &images[i], &error), CLINO_ERR_RANGE, "image");
  ASSERT_FAILS(clino_sink_append_image(sink, "\xff", 1, &images[0], &error), CLINO_ERR_RANGE, "UTF-8");
  CU_ASSERT_EQUAL(append_histogram(sink, "h", 1, &histogram, NULL), CLINO_OK);
  clino_sink_close(sink, NULL);
  clino_run_free(read_log(at));
  remove_log(at);
}

void suite_sink_tfevents(CU_pSuite suite) {
  TEST(suite, histograms_come_back);
  TEST(suite, numbers_stay_finite);
  TEST(suite, images_are_png);
  TEST(suite, protoc_decodes_it);
  TEST(suite, a_watch_writes_histograms);
  TEST(suite, a_damaged_log_is_not_gone_on_with);
  TEST(suite, errors_of_this_format);
}
