/* Images in the HTML report: which are shown, that they are the very bytes that were logged, that names stay text, and
 * that pages stay small. CLINO_WRITE_FIXTURES=1 writes the log that tests/scripts look at in a browser. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clino/check.h"
#include "clino/io.h"
#include "clino/report.h"
#include "support/images.h"
#include "support/random.h"
#include "support/run.h"

typedef struct page {
  char *text;
  size_t size;
} page;

static int keep(const char *text, size_t size, void *ctx) {
  page *p = ctx;
  char *grown = realloc(p->text, p->size + size + 1);
  if (!grown) return 1;
  memcpy(grown + p->size, text, size);
  p->text = grown;
  p->text[p->size += size] = '\0';
  return 0;
}

static page write_page(clino_run *run, size_t times) {
  page p = {NULL, 0};
  clino_report_item items[8];
  clino_findings *all = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_findings_new(&all, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_diagnose(run, NULL, all, NULL), CLINO_OK);
  for (size_t i = 0; i < times; i++) items[i] = (clino_report_item){"run", "tfevents", run, all, NULL};
  CU_ASSERT_EQUAL_FATAL(clino_report_write("html", items, times, NULL, keep, &p, NULL), CLINO_OK);
  clino_findings_free(all);
  return p;
}

static size_t count(const char *text, const char *what) {
  size_t n = 0;
  for (const char *p = text; (p = strstr(p, what)); p += strlen(what)) n++;
  return n;
}

static void add(clino_run *run, const char *name, int64_t step, size_t width, size_t height, size_t size) {
  unsigned char *png = image_png(width, height, size, (unsigned)step);
  CU_ASSERT_EQUAL_FATAL(clino_run_add_image(run, name, step, png, size, NULL), CLINO_OK);
  free(png);
}

/* Decodes base64 up to its quote. */
static size_t decode(const char *p, unsigned char *out) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  size_t n = 0, bits = 0;
  unsigned held = 0;
  for (; *p && *p != '"' && *p != '='; p++) {
    const char *digit = strchr(digits, *p);
    CU_ASSERT_PTR_NOT_NULL_FATAL(digit);
    held = held << 6 | (unsigned)(digit - digits);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out[n++] = (unsigned char)(held >> bits & 255);
  }
  return n;
}

/* Sizes of every remainder by three; the first and the last step are shown, under their names. */
static void the_bytes_are_those_of_the_log(void) {
  static const char start[] = "src=\"data:image/png;base64,";
  unsigned char bytes[200];
  clino_run *run = new_run();
  for (int i = 0; i < 3; i++) add(run, "images/conv1", 100 * i, 5, 5, 60 + (size_t)i);
  page p = write_page(run, 1);
  const char *at = p.text;
  for (unsigned i = 0; i < 3; i++) {
    at = strstr(at, start);
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    at += sizeof start - 1;
    unsigned char *png = image_png(5, 5, 60 + i, 100 * i);
    CU_ASSERT_TRUE(decode(at, bytes) == 60 + i && memcmp(bytes, png, 60 + i) == 0);
    free(png);
  }
  CU_ASSERT_PTR_NOT_NULL(strstr(p.text, "<h3>Images</h3>"));
  CU_ASSERT_PTR_NOT_NULL(strstr(p.text, "alt=\"images/conv1, step 0\""));
  CU_ASSERT_PTR_NOT_NULL(strstr(p.text, "alt=\"images/conv1, step 200\""));
  CU_ASSERT_PTR_NOT_NULL(strstr(p.text, "width=\"95\" height=\"95\"")); /* 19 times, so that weights can be seen */
  CU_ASSERT_PTR_NOT_NULL(strstr(p.text, "img-src data:"));
  free(p.text);
  clino_run_free(run);
}

static void a_few_of_many_are_shown(void) {
  clino_run *run = new_run();
  for (int i = 0; i < 341; i++) add(run, "images/w", i, 200, 100, 90);
  page p = write_page(run, 1);
  CU_ASSERT_EQUAL(count(p.text, "<img "), 6);
  CU_ASSERT_PTR_NOT_NULL(strstr(p.text, "6 of 341 images"));
  CU_ASSERT_PTR_NOT_NULL(strstr(p.text, ", step 0\""));
  CU_ASSERT_PTR_NOT_NULL(strstr(p.text, ", step 340\""));
  CU_ASSERT_PTR_NOT_NULL(strstr(p.text, "more are not held"));
  free(p.text);
  clino_run_free(run);
}

/* A name that would be markup, and files of every kind. */
static void names_stay_text(void) {
  static const unsigned char jpeg[] = {0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, 0, 9, 0, 9, 1, 0, 0, 0, 0};
  clino_run *run = new_run();
  add(run, "images/\"><script>alert(1)</script>", 1, 5, 5, 60);
  CU_ASSERT_EQUAL(clino_run_add_image(run, "images/g", CLINO_NO_STEP, "GIF89a\x05\x00\x05\x00.", 11, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_run_add_image(run, "images/j", 1, jpeg, sizeof jpeg, NULL), CLINO_OK);
  page p = write_page(run, 1);
  CU_ASSERT_EQUAL(count(p.text, "<script>alert"), 0);
  CU_ASSERT_PTR_NOT_NULL(strstr(p.text, "alt=\"images/&#34;&#62;&#60;script&#62;alert(1)&#60;/script&#62;, step 1\""));
  CU_ASSERT_EQUAL(count(p.text, "data:image/gif;base64,"), 1);
  CU_ASSERT_EQUAL(count(p.text, "data:image/jpeg;base64,"), 1);
  CU_ASSERT_EQUAL(count(p.text, "data:image/svg"), 0);
  CU_ASSERT_PTR_NOT_NULL(strstr(p.text, "no step"));
  free(p.text);
  clino_run_free(run);
}

/* What a page holds of images is bounded, each tag has its share, and what one does not need the next one has. */
static void pages_stay_small(void) {
  clino_run *run = new_run();
  char name[32];
  for (int step = 0; step < 8; step++)
    for (int tag = 0; tag < 40; tag++) {
      snprintf(name, sizeof name, "images/%02d", tag);
      add(run, name, step, 300, 300, tag == 1 ? (size_t)500000 : 60000);
    }
  page p = write_page(run, 1);
  CU_ASSERT_TRUE(p.size < 3500000 && p.size > 2000000);
  CU_ASSERT_PTR_NOT_NULL(strstr(p.text, "Too large for this page."));
  CU_ASSERT_PTR_NOT_NULL(strstr(p.text, "16 more are not shown."));
  CU_ASSERT_TRUE(count(p.text, "alt=\"images/00") >= 1 && count(p.text, "alt=\"images/23") >= 1);
  free(p.text);
  p = write_page(run, 8);
  CU_ASSERT_TRUE(p.size < 3500000);
  free(p.text);
  clino_run_free(run);
  run = new_run();
  for (int step = 0; step < 8; step++) add(run, "images/a", step, 300, 300, 60000);
  add(run, "images/b", 1, 300, 300, (size_t)860000); /* more than a third */
  add(run, "images/c", 1, 300, 300, CLINO_IMAGE_BYTES + 1);
  p = write_page(run, 1);
  CU_ASSERT_TRUE(count(p.text, "alt=\"images/a") == 6 && count(p.text, "alt=\"images/b") == 1);
  CU_ASSERT_PTR_NOT_NULL(strstr(p.text, "0 of 1 image<"));
  CU_ASSERT_PTR_NOT_NULL(strstr(p.text, "an image of more than 4 MiB"));
  free(p.text);
  clino_run_free(run);
}

static void add_histograms(clino_run *run, int series, int points, uint64_t *seed) {
  double edges[41];
  uint64_t counts[40];
  char name[32];
  for (int b = 0; b <= 40; b++) edges[b] = b;
  for (int i = 0; i < points; i++)
    for (int s = 0; s < series; s++) {
      for (int b = 0; b < 40; b++) counts[b] = random_bits(seed) % 1000;
      snprintf(name, sizeof name, "gradients/W%d", s);
      CU_ASSERT_EQUAL_FATAL(clino_run_add_histogram(run, name, i, &(clino_histogram){40, edges, counts, 0, 0, 0}, NULL),
                            CLINO_OK);
    }
}

/* As much as there can be of everything: charts and heat maps come first, images have what is left. */
static void full_pages_stay_small(void) {
  clino_run *run = new_run();
  uint64_t seed = 9;
  char name[32];
  for (int i = 0; i < 1500; i++)
    for (int s = 0; s < 288; s++) {
      snprintf(name, sizeof name, s % 2 ? "grad_norm/layer%d" : "metric %d", s);
      put(run, name, i, random_normal(&seed));
    }
  add_histograms(run, 24, 120, &seed);
  for (int step = 0; step < 6; step++)
    for (int tag = 0; tag < 24; tag++) {
      snprintf(name, sizeof name, "images/%d", tag);
      add(run, name, step, 300, 300, 20000);
    }
  page p = write_page(run, 1);
  CU_ASSERT_TRUE(p.size < 6000000 && p.size > 4500000);
  CU_ASSERT_TRUE(count(p.text, "<img ") >= 24);
  free(p.text);
  clino_run_free(run);
}

/* ---- the log of the scripts: a loss, and weights that get smoother ---- */

static const char fixture[] = "tests/cli/images.tfevents";

static void write_fixture(void) {
  const char *name = "train/loss", *image_name = "images/conv1";
  clino_run_sink *sink = NULL;
  uint64_t seed = 3;
  uint8_t pixels[7 * 7];
  double noise[7 * 7];
  for (size_t i = 0; i < sizeof pixels; i++) noise[i] = random_normal(&seed);
  unlink(fixture);
  CU_ASSERT_EQUAL_FATAL(clino_sink_open_tfevents(fixture, &sink, NULL), CLINO_OK);
  for (int64_t step = 0; step <= 60; step++) {
    const double part = (double)step / 60, loss = 0.1 + 2.2 * (1 - part) * (1 - part) + 0.02 * random_normal(&seed);
    for (size_t i = 0; i < sizeof pixels; i++)
      pixels[i] = (uint8_t)(128 + (1 - part) * 30 * noise[i] + part * 18 * ((double)(i % 7) - 3));
    const clino_image image = {7, 7, 1, pixels}, *images = &image;
    clino_run_row row = {.step = step, .time = 1.7e9 + (double)step, .n_values = 1, .names = &name, .values = &loss,
                         .n_images = step % 3 == 0, .image_names = &image_name, .images = &images};
    CU_ASSERT_EQUAL(sink->append(sink, &row, NULL), CLINO_OK);
  }
  clino_sink_close(sink, NULL);
}

static void the_log_of_the_scripts(void) {
  clino_run *run = NULL;
  if (getenv("CLINO_WRITE_FIXTURES")) write_fixture();
  CU_ASSERT_EQUAL_FATAL(clino_run_read(fixture, NULL, &run, NULL, NULL), CLINO_OK);
  const clino_series *s = clino_run_series(run, "images/conv1");
  CU_ASSERT_EQUAL(clino_series_count(s) + clino_series_left_out(s), 21);
  CU_ASSERT_EQUAL(clino_series_step(s, clino_series_count(s) - 1), 60);
  clino_run_free(run);
}

void suite_html_images(CU_pSuite suite);
void suite_html_images(CU_pSuite suite) {
  TEST(suite, the_bytes_are_those_of_the_log);
  TEST(suite, a_few_of_many_are_shown);
  TEST(suite, names_stay_text);
  TEST(suite, pages_stay_small);
  TEST(suite, full_pages_stay_small);
  TEST(suite, the_log_of_the_scripts);
}
