/* TensorBoard's event files: every form of a value, any cut of the bytes, damage, and what is no event. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clino/io.h"
#include "event_file.h"
#include "support/same_run.h"
#include "support/suite.h"

static event_bytes file;

static clino_status read_bytes(const void *data, size_t size, size_t chunk, clino_run **run, clino_error *error) {
  clino_read_options o = clino_read_options_default();
  o.chunk_bytes = chunk;
  memset(error, 0, sizeof *error);
  return clino_run_read_memory(data, size, "events", &o, run, NULL, error);
}

/* The file so far, which must be good and is emptied. */
static clino_run *read_file(void) {
  clino_run *run = NULL;
  clino_error error;
  clino_status status = read_bytes(file.data, file.size, 262144, &run, &error);
  if (status) fprintf(stderr, "byte %zu: %s\n", error.byte, error.message);
  CU_ASSERT_EQUAL_FATAL(status, CLINO_OK);
  file.size = 0;
  return run;
}

static const clino_series *get(const clino_run *run, const char *name, size_t points) {
  const clino_series *s = clino_run_series(run, name);
  if (!s || clino_series_count(s) != points) fprintf(stderr, "series %s: %zu points\n", name, clino_series_count(s));
  CU_ASSERT_PTR_NOT_NULL_FATAL(s);
  CU_ASSERT_EQUAL_FATAL(clino_series_count(s), points);
  return s;
}

/* The plugin that shows a value, as its first event says. */
static void put_plugin(event_bytes *value, const char *name) {
  event_bytes data = {NULL, 0, 0}, metadata = {NULL, 0, 0};
  event_data(&data, 1, name, strlen(name));
  event_message(&metadata, 1, &data);
  event_message(value, 9, &metadata);
  free(data.data);
  free(metadata.data);
}

/* A tensor of a type, shape and, in field, its numbers as bytes. */
static void put_tensor(event_bytes *value, int dtype, size_t n_dims, const int64_t *dims, unsigned field,
                       const event_bytes *numbers) {
  event_bytes tensor = {NULL, 0, 0}, shape = {NULL, 0, 0}, dim = {NULL, 0, 0};
  event_int(&tensor, 1, dtype);
  for (size_t i = 0; i < n_dims; i++) {
    event_int(&dim, 1, dims[i]);
    event_message(&shape, 2, &dim);
  }
  event_message(&tensor, 2, &shape);
  event_data(&tensor, field, numbers->data, numbers->size);
  event_message(value, 8, &tensor);
  free(tensor.data);
  free(shape.data);
  free(dim.data);
}

/* ---- scalars ---- */

static void simple_values_share_rows(void) {
  event_version(&file, 1700000000.25);
  for (int step = 0; step < 30; step++) {
    event_scalar(&file, "Loss/train", 1700000001.5 + step, 10 * step, (float)(2.302 - 0.05 * step));
    event_scalar(&file, "train/epoch", 1700000001.5 + step, 10 * step, (float)step / 8);
    if (step % 10 == 9) event_scalar(&file, "Loss/val", 1700000001.75 + step, 10 * step, 1.875F);
  }
  event_scalar(&file, "Loss/train", 1700000100, 290, NAN); /* the same step again */
  clino_run *run = read_file();
  const clino_series *train = get(run, "train/loss", 31), *val = get(run, "val/loss", 3);
  CU_ASSERT_STRING_EQUAL(clino_series_original(train), "Loss/train");
  CU_ASSERT_EQUAL(clino_axis_rows(clino_series_axis(train)), 31);
  CU_ASSERT_EQUAL(clino_run_series_count(run), 2);
  CU_ASSERT_EQUAL(clino_series_values(train)[7], (double)(float)(2.302 - 0.05 * 7));
  CU_ASSERT_TRUE(isnan(clino_series_values(train)[30]));
  CU_ASSERT_EQUAL(clino_series_step(val, 1), 190);
  CU_ASSERT_EQUAL(clino_axis_times(clino_series_axis(val))[3], 1700000004.5);
  CU_ASSERT_EQUAL(clino_axis_epochs(clino_series_axis(val))[3], 0.375);
  clino_run_free(run);
}

static void put_number(const char *tag, const char *plugin, int step, int dtype, unsigned field,
                       const event_bytes *numbers) {
  event_bytes value = {NULL, 0, 0};
  if (plugin) put_plugin(&value, plugin);
  put_tensor(&value, dtype, 0, NULL, field, numbers);
  event_value(&file, tag, 1.7e9 + step, step, &value);
  free(value.data);
}

/* Types: 1 float, 2 double, 3 int32, 4 uint8, 6 int8, 9 int64, 10 bool, 14 bfloat16, 19 half, 23 uint64. */
static void tensors_of_every_type(void) {
  static const struct {
    int dtype;
    unsigned field; /* 4: raw bytes */
    size_t size;
    uint64_t bits;
    double value;
  } cases[] = {{1, 4, 4, 0x40490FDB, 3.1415927410125732}, {1, 5, 4, 0xBF800000, -1},
               {2, 4, 8, 0x400921FB54442D18, 3.141592653589793}, {2, 6, 8, 0x3FD5555555555555, 1.0 / 3},
               {3, 4, 4, 0xFFFFFFFE, -2}, {3, 7, 1, 77, 77}, {4, 4, 1, 0xC8, 200}, {6, 4, 1, 0xC8, -56},
               {9, 4, 8, 0xFFFFFFFFFFFFFFFF, -1}, {9, 10, 1, 5, 5}, {10, 4, 1, 1, 1}, {10, 11, 1, 1, 1},
               {14, 4, 2, 0x4049, 3.140625}, {19, 4, 2, 0x3555, 0.333251953125}, {19, 4, 2, 0x8001, -0x1p-24},
               {19, 4, 2, 0x7BFF, 65504}, {19, 13, 0, 0, 1}, {23, 17, 1, 9, 9}};
  event_bytes number = {NULL, 0, 0};
  char tag[16];
  size_t n = sizeof cases / sizeof cases[0];
  for (size_t i = 0; i < n; i++) {
    snprintf(tag, sizeof tag, "t%zu", i);
    if (cases[i].field == 13) event_varint(&number, 0x3C00); /* half: 1 */
    else event_put_little(&number, cases[i].bits, cases[i].size);
    put_number(tag, NULL, 0, cases[i].dtype, cases[i].field, &number);
    number.size = 0;
  }
  put_number("zero", NULL, 0, 1, 5, &number); /* an empty list */
  clino_run *run = read_file();
  for (size_t i = 0; i < n; i++) {
    snprintf(tag, sizeof tag, "t%zu", i);
    CU_ASSERT_EQUAL(clino_series_values(get(run, tag, 1))[0], cases[i].value);
  }
  CU_ASSERT_EQUAL(clino_series_values(get(run, "zero", 1))[0], 0);
  clino_run_free(run);
  free(number.data);
}

static void a_plugin_is_named_once(void) {
  event_bytes number = {NULL, 0, 0};
  for (int step = 0; step < 5; step++) {
    event_raw_float(&number, 0.5F + (float)step);
    put_number("loss", step ? NULL : "scalars", step, 1, 4, &number);
    put_number("curve", step ? NULL : "pr_curves", step, 1, 4, &number);
    number.size = 0;
  }
  event_data(&number, 8, "some text", 9);
  put_number("note", "text", 5, 7, 8, &number);
  clino_run *run = read_file();
  CU_ASSERT_EQUAL(clino_run_series_count(run), 1);
  CU_ASSERT_EQUAL(clino_series_values(get(run, "train/loss", 5))[4], 4.5);
  CU_ASSERT_STRING_EQUAL(clino_run_attribute(run, "notes"), "left out: 1 text, 5 other values");
  clino_run_free(run);
  free(number.data);
}

/* ---- histograms ---- */

static uint64_t total(const clino_histogram *h) {
  uint64_t sum = 0;
  for (size_t i = 0; i < h->n_bins; i++) sum += h->counts[i];
  return sum;
}

static void histograms_of_buckets(void) {
  static const double limits[] = {-1.5, -0.25, 0, 0.25, DBL_MAX}, counts[] = {0, 3, 11, 0, 5};
  static const double one[] = {0.75}, all[] = {42}, bad[] = {-3};
  event_histogram(&file, "conv1.weight", 1.7e9, 0, -1.25, 0.875, 5, limits, counts);
  event_histogram(&file, "grads/conv1.weight", 1.7e9, 0, 0.5, 0.5, 1, one, all);
  event_histogram(&file, "layer1/activations", 1.7e9, 0, 0, 0, 5, limits, counts); /* min and max not written */
  event_histogram(&file, "odd", 1.7e9, 0, 0, 1, 1, one, bad);
  clino_run *run = read_file();
  const clino_histogram *h = clino_series_histogram(get(run, "parameters/conv1.weight", 1), 0);
  CU_ASSERT_EQUAL(h->n_bins, 4);
  CU_ASSERT_EQUAL(h->edges[0], -1.25);
  CU_ASSERT_EQUAL(h->edges[1], -0.25);
  CU_ASSERT_EQUAL(h->edges[4], 0.875);
  CU_ASSERT_EQUAL(h->counts[0], 3);
  CU_ASSERT_EQUAL(h->counts[3], 5);
  h = clino_series_histogram(get(run, "gradients/conv1.weight", 1), 0);
  CU_ASSERT_EQUAL(h->n_bins, 1);
  CU_ASSERT_EQUAL(h->edges[0], 0.5);
  CU_ASSERT_TRUE(h->edges[1] > 0.5);
  CU_ASSERT_EQUAL(h->counts[0], 42);
  h = clino_series_histogram(get(run, "activations/layer1", 1), 0);
  CU_ASSERT_EQUAL(total(h), 19);
  CU_ASSERT_EQUAL(h->edges[0], -2.75);
  CU_ASSERT_PTR_NOT_NULL(strstr(clino_series_missing_reason(get(run, "odd", 0)), "negative"));
  clino_run_free(run);
}

/* Left, right, count of each bin, with a gap and a bin without width. */
static void histograms_of_tensors(void) {
  static const double rows[] = {-1, -0.5, 4, -0.5, -0.5, 2, -0.5, 0.25, 7, 0.5, 1, 3};
  event_bytes value = {NULL, 0, 0}, numbers = {NULL, 0, 0};
  for (int step = 0; step < 2; step++) {
    for (size_t i = 0; i < 12; i++) event_raw_double(&numbers, rows[i]);
    if (!step) put_plugin(&value, "histograms");
    put_tensor(&value, 2, 2, (const int64_t[]){4, 3}, 4, &numbers);
    event_value(&file, "dense/kernel_0", 1.7e9 + step, step, &value);
    numbers.size = 0;
  }
  put_tensor(&value, 2, 2, (const int64_t[]){0, 3}, 4, &numbers); /* of nothing */
  event_value(&file, "dense/kernel_0", 1.7e9, 2, &value);
  put_tensor(&value, 2, 2, (const int64_t[]){INT64_C(1) << 60, 3}, 4, &numbers);
  event_value(&file, "dense/kernel_0", 1.7e9, 3, &value);
  clino_run *run = read_file();
  const clino_series *s = get(run, "parameters/dense/kernel_0", 2);
  const clino_histogram *h = clino_series_histogram(s, 1);
  static const double edges[] = {-1, -0.5, 0.25, 0.5, 1};
  static const uint64_t counts[] = {6, 7, 0, 3};
  CU_ASSERT_EQUAL_FATAL(h->n_bins, 4);
  CU_ASSERT_EQUAL(memcmp(h->edges, edges, sizeof edges), 0);
  CU_ASSERT_EQUAL(memcmp(h->counts, counts, sizeof counts), 0);
  CU_ASSERT_EQUAL(clino_series_missing(s), 2);
  clino_run_free(run);
  free(value.data);
  free(numbers.data);
}

/* ---- cuts and damage ---- */

static void make_mixed(void) {
  static const double limits[] = {-1, 0, 1}, counts[] = {5, 7, 9};
  event_version(&file, 1.7e9);
  for (int step = 0; step < 4; step++) {
    event_scalar(&file, "train/loss", 1.7e9 + step, step, 2.5F / (float)(1 + step));
    event_histogram(&file, "fc.bias", 1.7e9 + step, step, -1.5, 0.75, 3, limits, counts);
    event_scalar(&file, "eval/loss", 1.7e9 + step, step, 2.75F);
  }
}

static void the_chunks_do_not_matter(void) {
  make_mixed();
  event_bytes whole = {malloc(file.size), file.size, file.size};
  memcpy(whole.data, file.data, file.size);
  clino_run *expected = read_file();
  int wrong = 0;
  for (size_t chunk = 1; chunk <= whole.size; chunk++) {
    clino_run *run = NULL;
    clino_error error;
    wrong += read_bytes(whole.data, whole.size, chunk, &run, &error) != CLINO_OK || !same_runs(run, expected);
    clino_run_free(run);
  }
  CU_ASSERT_EQUAL(wrong, 0);
  clino_run_free(expected);
  free(whole.data);
}

/* A shorter run that says so, or no log where not even the first record is whole. */
static void cut_anywhere(void) {
  make_mixed();
  int wrong = 0, notes = 0;
  size_t points = 0;
  for (size_t size = 0; size < file.size; size++) {
    clino_run *run = NULL;
    clino_error error;
    unsigned char *copy = malloc(size + 1);
    memcpy(copy, file.data, size);
    clino_status status = read_bytes(copy, size, 7, &run, &error);
    size_t now = clino_series_count(clino_run_series(run, "train/loss"));
    wrong += status != CLINO_OK && (status != CLINO_ERR_FORMAT || size >= 40 || run);
    wrong += !status && (now < points || now > 4);
    const char *note = clino_run_attribute(run, "notes");
    notes += note && strstr(note, "ends within a record") != NULL;
    points = now;
    clino_run_free(run);
    free(copy);
  }
  CU_ASSERT_EQUAL(wrong, 0);
  CU_ASSERT_TRUE(notes > (int)file.size - 80);
  file.size = 0;
}

static void a_bit_that_flips_is_found(void) {
  make_mixed();
  size_t first = 16 + file.data[0], wrong = 0; /* the second record's byte */
  for (size_t i = first; i < file.size; i++) {
    clino_run *run = NULL;
    clino_error error;
    file.data[i] ^= 0x10;
    wrong += read_bytes(file.data, file.size, 4096, &run, &error) != CLINO_ERR_FORMAT || error.byte > i ||
             error.byte < first || run || strcmp(error.file, "events") != 0;
    file.data[i] ^= 0x10;
  }
  CU_ASSERT_EQUAL(wrong, 0);
  clino_run *run;
  clino_error error;
  file.data[8] ^= 1; /* the very first checksum: still taken for an event file */
  CU_ASSERT_EQUAL(read_bytes(file.data, file.size, 4096, &run, &error), CLINO_ERR_FORMAT);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "checksum of a record's length"));
  CU_ASSERT_EQUAL(error.byte, 0);
  file.size = 0;
}

static void put_head(uint64_t length) {
  size_t start = file.size;
  event_put_little(&file, length, 8);
  event_put_little(&file, event_crc(file.data + start, 8), 4);
}

static void lengths_are_not_trusted(void) {
  static const uint64_t lengths[] = {UINT64_C(1) << 60, UINT64_MAX, (UINT64_C(64) << 20) + 1, UINT64_C(64) << 20};
  for (size_t i = 0; i < 4; i++) {
    event_version(&file, 1.7e9);
    event_scalar(&file, "loss", 1.7e9, 1, 0.5F);
    put_head(lengths[i]);
    event_put(&file, "abc", 3);
    clino_run *run = read_file();
    get(run, "train/loss", 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(clino_run_attribute(run, "notes"), "ends within a record"));
    clino_run_free(run);
  }
}

/* What is longer than any event passes by, tested but not kept. */
static void a_long_record_passes_by(void) {
  event_bytes big = {NULL, 0, 0};
  size_t size = ((size_t)64 << 20) + 5;
  big.data = calloc(size, 1);
  big.size = big.capacity = size;
  CU_ASSERT_PTR_NOT_NULL_FATAL(big.data);
  event_scalar(&file, "loss", 1.7e9, 1, 0.5F);
  event_record(&file, &big);
  event_scalar(&file, "loss", 1.7e9, 2, 0.25F);
  size_t middle = file.size / 2;
  file.data[middle] = 1;
  clino_run *run = NULL;
  clino_error error;
  CU_ASSERT_EQUAL(read_bytes(file.data, file.size, 99999, &run, &error), CLINO_ERR_FORMAT);
  file.data[middle] = 0;
  run = read_file();
  get(run, "train/loss", 2);
  CU_ASSERT_STRING_EQUAL(clino_run_attribute(run, "notes"), "left out: 1 record of more than 64 MiB");
  clino_run_free(run);
  free(big.data);
  free(file.data);
  file = (event_bytes){NULL, 0, 0};
}

/* ---- what is no event ---- */

static void expect_refused(const char *message) {
  clino_run *run = NULL;
  clino_error error;
  CU_ASSERT_EQUAL(read_bytes(file.data, file.size, 4096, &run, &error), CLINO_ERR_FORMAT);
  if (!strstr(error.message, message)) fprintf(stderr, "%s\n", error.message);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, message));
  CU_ASSERT_PTR_NULL(run);
  file.size = 0;
}

static void records_that_are_no_events(void) {
  event_bytes event = {NULL, 0, 0};
  event_data(&event, 1, "features of something", 21);
  event_record(&file, &event);
  expect_refused("no event");
  event_int(&event, 99, 5);
  event_record(&file, &event);
  expect_refused("without a scalar or a histogram");
  event_record(&file, &event); /* empty */
  expect_refused("without a scalar or a histogram");
  event_scalar(&file, "l\xC3oss", 1.7e9, 0, 1);
  expect_refused("not UTF-8");
  /* Millions of empty values, each a hundred bytes once decoded. */
  event_bytes summary = {NULL, 0, 0};
  for (int i = 0; i < 4000000; i++) event_put(&summary, "\x0a", 2);
  event_message(&event, 5, &summary);
  event_record(&file, &event);
  expect_refused("more memory than any event");
  free(summary.data);
  free(event.data);
  event_version(&file, 1.7e9); /* a log that has just begun */
  clino_run *run = read_file();
  CU_ASSERT_EQUAL(clino_run_series_count(run), 0);
  clino_run_free(run);
}

static void names_can_be_mapped(void) {
  clino_read_options o = clino_read_options_default();
  clino_role_map map = {"val/loss", "dev nll"};
  o.map = &map;
  o.n_map = 1;
  event_scalar(&file, "dev nll", 1.7e9, 0, 1.5F);
  event_scalar(&file, "eval/loss", 1.7e9, 0, 2.5F);
  clino_run *run = NULL;
  clino_error error;
  CU_ASSERT_EQUAL_FATAL(clino_run_read_memory(file.data, file.size, "e", &o, &run, NULL, &error), CLINO_OK);
  CU_ASSERT_EQUAL(clino_series_values(get(run, "val/loss", 1))[0], 1.5);
  get(run, "eval/loss", 1);
  clino_run_free(run);
  map.column = "dev nlll";
  CU_ASSERT_EQUAL(clino_run_read_memory(file.data, file.size, "e", &o, &run, NULL, &error), CLINO_ERR_FORMAT);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "dev nlll"));
  map = (clino_role_map){"step", "dev nll"};
  CU_ASSERT_EQUAL(clino_run_read_memory(file.data, file.size, "e", &o, &run, NULL, &error), CLINO_ERR_FORMAT);
  free(file.data);
  file = (event_bytes){NULL, 0, 0};
}

void suite_tfevents(CU_pSuite suite);
void suite_tfevents(CU_pSuite suite) {
  TEST(suite, simple_values_share_rows);
  TEST(suite, tensors_of_every_type);
  TEST(suite, a_plugin_is_named_once);
  TEST(suite, histograms_of_buckets);
  TEST(suite, histograms_of_tensors);
  TEST(suite, the_chunks_do_not_matter);
  TEST(suite, cut_anywhere);
  TEST(suite, a_bit_that_flips_is_found);
  TEST(suite, lengths_are_not_trusted);
  TEST(suite, a_long_record_passes_by);
  TEST(suite, records_that_are_no_events);
  TEST(suite, names_can_be_mapped);
}
