/* The HTML report: escaping, structure, which points are kept, sizes, and the page of a gradient check. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clino/check.h"
#include "clino/html.h"
#include "io/embedded.h"
#include "io/html.h"
#include "support/allocations.h"
#include "support/images.h"
#include "support/objectives.h"
#include "support/random.h"
#include "support/suite.h"

/* ---- helpers ---- */

static int keep_text(const char *text, size_t size, void *ctx) {
  clino__text_add_bytes(ctx, text, size);
  return 0;
}

static int stop(const char *text, size_t size, void *ctx) {
  (void)text;
  (void)ctx;
  return size ? 41 : 0;
}

static size_t count(const char *text, const char *what) {
  size_t n = 0;
  for (const char *p = text; (p = strstr(p, what)); p += strlen(what)) n++;
  return n;
}

static bool is_void(const char *name) {
  static const char *const names[] = {"meta", "link", "br", "input", "!DOCTYPE"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strcmp(name, names[i]) == 0) return true;
  return false;
}

/* Reads a tag at '<': its name, whether it ends an element, or is one by itself. Returns its end. */
static const char *read_tag(const char *p, char name[32], bool *ends, bool *alone) {
  size_t n = 0;
  *ends = p[1] == '/';
  for (p += 1 + *ends; *p && !strchr(" />\n", *p); p++)
    if (n < 31) name[n++] = *p;
  name[n] = '\0';
  while (*p && *p != '>') p = *p == '"' ? strchr(p + 1, '"') + 1 : p + 1; /* attributes are in double quotes */
  *alone = p[-1] == '/';
  return *p ? p + 1 : p;
}

enum { DEEPEST = 64 };

/* Whether every element that starts ends, in order; the content of script and style is not markup. */
static bool is_balanced(const char *page) {
  char open[DEEPEST][32], name[32];
  size_t depth = 0;
  for (const char *p = page; (p = strchr(p, '<'));) {
    bool ends, alone;
    p = read_tag(p, name, &ends, &alone);
    if (ends) {
      if (!depth || strcmp(open[--depth], name) != 0) return false;
    } else if (!alone && !is_void(name)) {
      if (depth == DEEPEST) return false;
      strcpy(open[depth++], name);
      if (strcmp(name, "script") == 0 || strcmp(name, "style") == 0)
        if (!(p = strstr(p, name[1] == 'c' ? "</script" : "</style"))) return false;
    }
  }
  return depth == 0;
}

static clino__text write_page(const clino_report_item *items, size_t n, const clino_report_options *options) {
  clino__text page = CLINO__TEXT_EMPTY;
  CU_ASSERT_EQUAL(clino_report_write("html", items, n, options, keep_text, &page, NULL), CLINO_OK);
  CU_ASSERT_TRUE(is_balanced(clino__text_string(&page)));
  return page;
}

static clino_run *new_run(void) {
  clino_run *run = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_run_new(&run, NULL), CLINO_OK);
  return run;
}

static void add(clino_run *run, const char *name, int64_t step, double value) {
  CU_ASSERT_EQUAL_FATAL(clino_run_add(run, name, step, value, NULL), CLINO_OK);
}

static clino_findings *findings_with(const char *series, clino_finding_level level, int64_t first, int64_t last) {
  clino_findings *list = NULL;
  clino_finding f = clino_finding_default();
  CU_ASSERT_EQUAL_FATAL(clino_findings_new(&list, NULL), CLINO_OK);
  f.check = "loss-spike", f.level = level, f.series = series, f.first_step = first, f.last_step = last;
  f.message = "it <b>jumped</b> & fell", f.cause = "\"quoted\"", f.observed = 12.75, f.threshold = 3;
  CU_ASSERT_EQUAL_FATAL(clino_findings_add(list, &f, NULL), CLINO_OK);
  return list;
}

/* ---- text ---- */

static void text_is_escaped(void) {
  clino__text text = CLINO__TEXT_EMPTY;
  clino__html_text(&text, "<script>alert(\"a\" & 'b')</script>");
  CU_ASSERT_STRING_EQUAL(clino__text_string(&text),
                         "&#60;script&#62;alert(&#34;a&#34; &#38; &#39;b&#39;)&#60;/script&#62;");
  clino__text_clear(&text);
  clino__html_text(&text, "a\x1b[31m\xE2\x80\xAE\xFF\n\xC3\xA9");
  CU_ASSERT_STRING_EQUAL(clino__text_string(&text), "a\\x1b[31m\\u202e\\xff\\x0a\xC3\xA9");
  clino__text_clear(&text);
  clino__html_lines(&text, "<a>\n\tb\r");
  CU_ASSERT_STRING_EQUAL(clino__text_string(&text), "&#60;a&#62;\n\tb\\x0d");
  clino__text_clear(&text);
  clino__html_text(&text, NULL);
  CU_ASSERT_EQUAL(text.length, 0);
  clino__text_free(&text);
}

static void json_cannot_leave_its_script(void) {
  clino__text text = CLINO__TEXT_EMPTY;
  clino__html_json(&text, "</script><!-- & \"q\" \\ \xE2\x80\xA8");
  CU_ASSERT_STRING_EQUAL(clino__text_string(&text),
                         "\"\\u003c/script\\u003e\\u003c!-- \\u0026 \\\"q\\\" \\\\ \\\\u2028\"");
  clino__text_clear(&text);
  clino__html_json_number(&text, NAN);
  clino__html_json_number(&text, -INFINITY);
  clino__html_json_number(&text, 0.25);
  CU_ASSERT_STRING_EQUAL(clino__text_string(&text), "nullnull0.25");
  clino__text_free(&text);
}

/* ---- thinning ---- */

static void short_series_are_kept_whole(void) {
  double y[30];
  size_t keep[CLINO__HTML_THIN_SIZE(10)];
  random_fill(7, y, 30, -1, 1);
  CU_ASSERT_EQUAL(clino__html_thin(y, 0, 10, keep), 0);
  CU_ASSERT_EQUAL(clino__html_thin(y, 1, 10, keep), 1);
  CU_ASSERT_EQUAL(clino__html_thin(y, 30, 10, keep), 30);
  CU_ASSERT_EQUAL(keep[29], 29);
}

enum { LONG = 100003, GROUPS = 97 };

static void check_kept(const double *y, const size_t *keep, size_t kept) {
  for (size_t i = 1; i < kept; i++) CU_ASSERT_TRUE(keep[i] > keep[i - 1]);
  CU_ASSERT_EQUAL(keep[0], 0);
  CU_ASSERT_EQUAL(keep[kept - 1], LONG - 1);
  size_t next = 0, first = 0;
  for (size_t g = 0; g < GROUPS; g++) {
    size_t end = first + LONG / GROUPS + (g < LONG % GROUPS);
    double low = INFINITY, high = -INFINITY, kept_low = INFINITY, kept_high = -INFINITY;
    for (size_t i = first; i < end; i++) low = fmin(low, y[i]), high = fmax(high, y[i]);
    for (; next < kept && keep[next] < end; next++)
      kept_low = fmin(kept_low, y[keep[next]]), kept_high = fmax(kept_high, y[keep[next]]);
    CU_ASSERT_TRUE(low == kept_low && high == kept_high);
    first = end;
  }
}

static void long_series_keep_every_extreme(void) {
  double *y = malloc(LONG * sizeof *y);
  size_t keep[CLINO__HTML_THIN_SIZE(GROUPS)];
  CU_ASSERT_PTR_NOT_NULL_FATAL(y);
  random_fill(11, y, LONG, -1, 1);
  y[54321] = 1e300;
  y[77777] = -41.5;
  size_t kept = clino__html_thin(y, LONG, GROUPS, keep);
  CU_ASSERT_TRUE(kept <= CLINO__HTML_THIN_SIZE(GROUPS));
  check_kept(y, keep, kept);
  y[60000] = NAN;
  y[60001] = INFINITY;
  kept = clino__html_thin(y, LONG, GROUPS, keep);
  CU_ASSERT_TRUE(kept <= CLINO__HTML_THIN_SIZE(GROUPS));
  bool gap = false;
  for (size_t i = 0; i < kept; i++) gap |= keep[i] == 60000;
  CU_ASSERT_TRUE(gap);
  free(y);
}

/* ---- pages ---- */

static void a_page_says_what_was_found(void) {
  clino_run *run = new_run();
  for (int i = 0; i <= 50; i++) {
    add(run, "train/loss", i, 2.3 / (1 + i));
    add(run, "val/loss", i, 2.5 / (1 + i));
    add(run, "<script>alert(1)</script>", i, i);
  }
  clino_findings *list = findings_with("train/loss", CLINO_FINDING_FAIL, 20, 25);
  clino_report_item item = {"a&b.csv", "csv", run, list, NULL};
  clino__text page = write_page(&item, 1, NULL);
  const char *text = clino__text_string(&page);
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "<h1>a&#38;b.csv</h1>"));
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "it &#60;b&#62;jumped&#60;/b&#62; &#38; fell"));
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "steps 20 to 25"));
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "12.75"));
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "&#34;quoted&#34;"));
  CU_ASSERT_EQUAL(count(text, "class=\"finding fail\""), 1);
  CU_ASSERT_EQUAL(count(text, "<figure class=\"chart"), 2); /* train and validation together */
  CU_ASSERT_EQUAL(count(text, "<svg xmlns"), 2);            /* static plots, without a script */
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"bands\":[{\"n\":1,\"level\":\"fail\",\"a\":20,\"b\":25}]"));
  CU_ASSERT_EQUAL(count(text, "<script>alert"), 0);
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "&#60;script&#62;alert(1)&#60;/script&#62;"));
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e"));
  CU_ASSERT_EQUAL(count(text, "sourceMappingURL"), 0);
  if (clino__embedded_dygraphs_js.size) CU_ASSERT_PTR_NOT_NULL(strstr(text, "dygraphs is MIT"));
  clino__text_free(&page);
  clino_findings_free(list);
  clino_run_free(run);
}

static void several_runs_are_listed_worst_first(void) {
  clino_run *run = new_run();
  add(run, "train/loss", 1, 2.3);
  clino_findings *good = findings_with(NULL, CLINO_FINDING_PASS, 0, 1);
  clino_findings *bad = findings_with(NULL, CLINO_FINDING_WARN, 0, 1);
  clino_error error;
  memset(&error, 0, sizeof error);
  error.code = CLINO_ERR_FORMAT;
  strcpy(error.message, "no <table> in it");
  clino_report_item items[] = {{"good", NULL, run, good, NULL}, {"bad", NULL, NULL, bad, NULL},
                               {"torn", NULL, NULL, NULL, &error}};
  clino__text page = write_page(items, 3, NULL);
  const char *text = clino__text_string(&page);
  const char *torn = strstr(text, ">torn</h2>"), *second = strstr(text, ">bad</h2>");
  const char *last = strstr(text, ">good</h2>");
  CU_ASSERT_TRUE(torn && second && last && torn < second && second < last);
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "no &#60;table&#62; in it"));
  clino__text_free(&page);
  clino_report_options quiet = clino_report_options_default();
  quiet.quiet = true;
  page = write_page(items, 3, &quiet);
  CU_ASSERT_PTR_NULL(strstr(clino__text_string(&page), ">good</h2>"));
  clino__text_free(&page);
  page = write_page(NULL, 0, NULL);
  clino__text_free(&page);
  CU_ASSERT_EQUAL(clino_report_write("html", items, 3, NULL, stop, NULL, &error), CLINO_ERR_CALLBACK);
  clino_findings_free(good);
  clino_findings_free(bad);
  clino_run_free(run);
}

/* Awkward numbers and steps must give a page all the same. */
static void awkward_runs_are_drawn(void) {
  static const double values[] = {NAN, INFINITY, -INFINITY, 0, -0.0, 1e300, -1e300, 5e-324, 1.75};
  clino_run *run = new_run();
  clino_axis *axis;
  clino_series *series;
  for (int i = 0; i < 9; i++) add(run, "train/loss", 100 - i, values[i]); /* steps go back */
  for (int i = 0; i < 4; i++) add(run, "all nan", i, NAN);
  add(run, "huge", INT64_MAX, 1);
  add(run, "huge", INT64_MIN + 1, 2);
  CU_ASSERT_EQUAL(clino_run_add_axis(run, NULL, &axis, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_run_add_series(run, axis, "no steps", NULL, CLINO_SERIES_SCALAR, &series, NULL), CLINO_OK);
  for (int i = 0; i < 5; i++) {
    CU_ASSERT_EQUAL(clino_axis_add_row(axis, CLINO_NO_STEP, NAN, NAN, NULL), CLINO_OK);
    CU_ASSERT_EQUAL(clino_series_set(series, i * 0.5, NULL), CLINO_OK);
  }
  CU_ASSERT_EQUAL(clino_run_add_missing(run, "never there", 1, "why", NULL), CLINO_OK);
  clino_findings *list = findings_with("no steps", CLINO_FINDING_INFO, CLINO_NO_STEP, 3);
  clino_report_item item = {"-", NULL, run, list, NULL};
  clino__text page = write_page(&item, 1, NULL);
  CU_ASSERT_PTR_NOT_NULL(strstr(clino__text_string(&page), "standard input"));
  CU_ASSERT_PTR_NOT_NULL(strstr(clino__text_string(&page), "\"x\":\"row\""));
  clino__text_free(&page);
  clino_findings_free(list);
  clino_run_free(run);
}

static void histograms_are_a_heat_map(void) {
  clino_run *run = new_run();
  double edges[] = {-INFINITY, -1, 0, 2.5, 3, 1e308};
  edges[0] = -1e308; /* as TensorBoard's outermost bins: they must not flatten the rest */
  for (uint64_t i = 0; i < 300; i++) {
    const uint64_t counts[] = {0, 10 + i, 300 - i, 5, 0};
    clino_histogram h = {.n_bins = 5, .edges = edges, .counts = counts};
    CU_ASSERT_EQUAL(clino_run_add_histogram(run, "gradients/<W1>", (int64_t)i * 10, &h, NULL), CLINO_OK);
  }
  const uint64_t none[] = {0, 0, 0, 0, 0};
  clino_histogram empty = {.n_bins = 5, .edges = edges, .counts = none};
  CU_ASSERT_EQUAL(clino_run_add_histogram(run, "gradients/empty", 1, &empty, NULL), CLINO_OK);
  clino_findings *list = findings_with(NULL, CLINO_FINDING_PASS, 0, 1);
  clino_report_item item = {"run", NULL, run, list, NULL};
  clino__text page = write_page(&item, 1, NULL);
  const char *text = clino__text_string(&page);
  CU_ASSERT_EQUAL(count(text, "<svg class=\"heat\""), 1);
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "gradients/&#60;W1&#62;"));
  CU_ASSERT_PTR_NOT_NULL(strstr(text, ">2990</text>"));
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "no values"));
  CU_ASSERT_PTR_NULL(strstr(text, "1e+308"));
  clino__text_free(&page);
  clino_findings_free(list);
  clino_run_free(run);
}

/* Many points and many series: charts are limited, and the size with them. */
static void pages_stay_small(void) {
  clino_run *run = new_run();
  char name[32];
  uint64_t seed = 3;
  for (int s = 0; s < 400; s++) {
    snprintf(name, sizeof name, s % 2 ? "grad_norm/layer%d" : "metric %d", s);
    for (int i = 0; i < 500; i++) add(run, name, i, random_normal(&seed));
  }
  for (int i = 0; i < 200000; i++) add(run, "train/loss", i, random_normal(&seed) * 1e-7);
  clino_findings *list = findings_with("train/loss", CLINO_FINDING_WARN, 5, 50);
  clino_report_item item = {"run", NULL, run, list, NULL};
  clino__text page = write_page(&item, 1, NULL);
  CU_ASSERT_TRUE(page.length < 6000000);
  CU_ASSERT_TRUE(count(clino__text_string(&page), "<figure class=\"chart") <= 48);
  CU_ASSERT_PTR_NOT_NULL(strstr(clino__text_string(&page), "charts are not drawn"));
  CU_ASSERT_PTR_NOT_NULL(strstr(clino__text_string(&page), "metric 398"));
  clino__text_free(&page);
  clino_findings_free(list);
  clino_run_free(run);
}

static int ignore(const char *text, size_t size, void *ctx) {
  (void)text;
  (void)size;
  (void)ctx;
  return 0;
}

/* Every allocation fails once: an error, never half a page that looks whole. */
static void memory_may_run_out(void) {
  if (!allocations_known()) return;
  clino_run *run = new_run();
  const double edges[] = {0, 1, 2};
  const uint64_t counts[] = {3, 4};
  clino_histogram h = {.n_bins = 2, .edges = edges, .counts = counts};
  for (int i = 0; i < 8; i++) add(run, i % 2 ? "train/loss" : "lr", i, i * 0.25);
  CU_ASSERT_EQUAL(clino_run_add_histogram(run, "gradients/W", 1, &h, NULL), CLINO_OK);
  unsigned char *png = image_png(5, 5, 40000, 1);
  CU_ASSERT_EQUAL(clino_run_add_image(run, "images/W", 1, png, 40000, NULL), CLINO_OK);
  free(png);
  clino_findings *list = findings_with("train/loss", CLINO_FINDING_WARN, 5, 6);
  clino_report_item item = {"run", NULL, run, list, NULL};
  clino_status status = CLINO_ERR_MEMORY;
  long n = 0;
  for (; n < 4000 && status == CLINO_ERR_MEMORY; n++) {
    allocations_fail_after(n);
    status = clino_report_write("html", &item, 1, NULL, ignore, NULL, NULL);
    allocations_fail_after(-1);
  }
  CU_ASSERT_EQUAL(status, CLINO_OK);
  CU_ASSERT_TRUE(n > 20);
  clino_findings_free(list);
  clino_run_free(run);
}

/* ---- gradient checks ---- */

static void a_gradient_check_is_a_page(void) {
  double x[] = {1.385};
  clino_gradcheck_options o = clino_gradcheck_options_default();
  clino_gradcheck_result r;
  clino_sweep *sweep = NULL;
  clino_sweep_entry entry = {NULL, 0};
  CU_ASSERT_EQUAL_FATAL(clino_gradcheck_record_new(&o.record, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(gradcheck(tutorial_wrong, NULL, 1, x, &o, &r, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_step_sweep(tutorial_wrong, NULL, 1, x, &entry, 1, NULL, &sweep, NULL), CLINO_OK);
  clino__text page = CLINO__TEXT_EMPTY;
  clino_html_gradcheck g = {"<my> layer", &r, o.record, sweep};
  CU_ASSERT_EQUAL(clino_gradcheck_write_html(&g, keep_text, &page, NULL), CLINO_OK);
  const char *text = clino__text_string(&page);
  CU_ASSERT_TRUE(is_balanced(text));
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "&#60;my&#62; layer"));
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "data-verdict=\"fail\""));
  CU_ASSERT_EQUAL(count(text, "<svg xmlns"), 2); /* the sweep, and every entry */
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "Worst entries"));
  CU_ASSERT_EQUAL(count(text, "<script"), 0);
  clino__text_free(&page);
  clino_sweep_free(sweep);
  clino_gradcheck_record_free(o.record);
}

static void a_right_gradient_needs_no_record(void) {
  double x[20];
  clino_gradcheck_result r, none;
  clino_error error;
  random_fill(5, x, 20, -1, 1);
  CU_ASSERT_EQUAL_FATAL(gradcheck(softmax_regression, NULL, 20, x, NULL, &r, NULL), CLINO_OK);
  clino__text page = CLINO__TEXT_EMPTY;
  clino_html_gradcheck g = {NULL, &r, NULL, NULL};
  CU_ASSERT_EQUAL(clino_gradcheck_write_html(&g, keep_text, &page, NULL), CLINO_OK);
  CU_ASSERT_PTR_NOT_NULL(strstr(clino__text_string(&page), "data-verdict=\"pass\""));
  CU_ASSERT_TRUE(is_balanced(clino__text_string(&page)));
  clino__text_free(&page);
  CU_ASSERT_EQUAL(clino_gradcheck_write_html(&g, stop, NULL, &error), CLINO_ERR_CALLBACK);
  CU_ASSERT_EQUAL(clino_gradcheck_write_html(&g, NULL, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_gradcheck_write_html(NULL, stop, NULL, &error), CLINO_ERR_RANGE);
  memset(&none, 0, sizeof none);
  g.result = &none;
  CU_ASSERT_EQUAL(clino_gradcheck_write_html(&g, stop, NULL, &error), CLINO_ERR_RANGE);
  g.result = NULL;
  CU_ASSERT_EQUAL(clino_gradcheck_write_html(&g, stop, NULL, &error), CLINO_ERR_RANGE);
}

void suite_html(CU_pSuite suite);
void suite_html(CU_pSuite suite) {
  TEST(suite, text_is_escaped);
  TEST(suite, json_cannot_leave_its_script);
  TEST(suite, short_series_are_kept_whole);
  TEST(suite, long_series_keep_every_extreme);
  TEST(suite, a_page_says_what_was_found);
  TEST(suite, several_runs_are_listed_worst_first);
  TEST(suite, awkward_runs_are_drawn);
  TEST(suite, histograms_are_a_heat_map);
  TEST(suite, pages_stay_small);
  TEST(suite, memory_may_run_out);
  TEST(suite, a_gradient_check_is_a_page);
  TEST(suite, a_right_gradient_needs_no_record);
}
