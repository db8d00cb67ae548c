/* Plots as SVG: well formed whatever the texts and numbers are, small however many points, the same every time. */
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clino/plot.h"
#include "support/allocations.h"
#include "support/comma.h"
#include "support/random.h"
#include "support/suite.h"

typedef struct buffer {
  char *text;
  size_t size;
  int calls;
} buffer;

static int keep(const char *text, size_t size, void *ctx) {
  buffer *b = ctx;
  free(b->text);
  b->text = malloc(size + 1);
  CU_ASSERT_PTR_NOT_NULL_FATAL(b->text);
  memcpy(b->text, text, size);
  b->text[b->size = size] = '\0';
  b->calls++;
  return 0;
}

static int refuse(const char *text, size_t size, void *ctx) { return (void)text, (void)size, (void)ctx, -3; }

/* ---- a small reader of XML: elements that nest, attributes in quotes, the five entities, valid UTF-8 ---- */

static const char *reference(const char *p) {
  static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
  for (size_t i = 0; i < 5; i++)
    if (!strncmp(p, known[i], strlen(known[i]))) return p + strlen(known[i]);
  return NULL;
}

static const char *character(const char *p) {
  unsigned char c = (unsigned char)*p;
  if (c == '&') return reference(p);
  if (c < 0x20 && c != '\n') return NULL;
  if (c < 0x80) return c == '<' || c == 0x7F ? NULL : p + 1;
  int more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : c >= 0xC2 ? 1 : -1;
  for (int i = 1; i <= more; i++)
    if (((unsigned char)p[i] & 0xC0) != 0x80) return NULL;
  return more < 0 ? NULL : p + 1 + more;
}

static const char *attributes(const char *p) {
  while (p && *p == ' ') {
    size_t name = strspn(++p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-:");
    if (!name || p[name] != '=' || p[name + 1] != '"') return NULL;
    for (p += name + 2; p && *p != '"';) p = *p ? character(p) : NULL;
    if (p) p++;
  }
  return p;
}

/* The length of the well-formed element at p, 0 where it is none. */
static size_t element(const char *start) {
  char open[32][16];
  int depth = 0;
  const char *p = start;
  do {
    if (*p != '<') {
      if (!*p || !depth || !(p = character(p))) return 0;
      continue;
    }
    bool closing = p[1] == '/';
    p += closing ? 2 : 1;
    size_t name = strspn(p, "abcdefghijklmnopqrstuvwxyz");
    if (!name || name > 15 || depth == 31) return 0;
    if (closing) {
      if (!depth || strlen(open[depth - 1]) != name || strncmp(open[depth - 1], p, name) != 0) return 0;
      depth--;
      p += name;
    } else {
      memcpy(open[depth], p, name);
      open[depth++][name] = '\0';
      if (!(p = attributes(p + name))) return 0;
      if (*p == '/') p++, depth--;
    }
    if (*p++ != '>') return 0;
  } while (depth);
  return (size_t)(p - start);
}

static size_t count(const char *text, const char *what) {
  size_t n = 0;
  for (; (text = strstr(text, what)) != NULL; text += strlen(what)) n++;
  return n;
}

/* Every number after x=", y=" and in paths lies within the picture, with a margin for markers. */
static bool within(const char *svg, double size) {
  const char *keys[] = {" x=\"", " y=\"", "M", "L"};
  for (size_t i = 0; i < 4; i++)
    for (const char *p = strstr(svg, "<rect"); (p = strstr(p, keys[i])) != NULL;) {
      p += strlen(keys[i]);
      if (strchr("0123456789-", *p) && !(fabs(strtod(p, NULL)) <= size)) return false;
    }
  return true;
}

/* Draws, checks what holds for every plot; the text is freed by the caller. */
static char *draw(const clino_plot *p) {
  buffer b = {NULL, 0, 0};
  CU_ASSERT_EQUAL_FATAL(clino_plot_svg(p, keep, &b, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(b.calls, 1);
  CU_ASSERT_EQUAL(strlen(b.text), b.size);
  CU_ASSERT_EQUAL(element(b.text), b.size - 1);
  if (!within(b.text, fmax(p->width, p->height))) {
    fprintf(stderr, "%s", b.text);
    CU_FAIL("a coordinate is outside of the picture");
  }
  CU_ASSERT_EQUAL(count(b.text, "<script"), 0);
  CU_ASSERT_EQUAL(count(b.text, " id="), 0);
  CU_ASSERT_EQUAL(count(b.text, "nan"), 0);
  CU_ASSERT_EQUAL(count(b.text, "inf"), 0);
  CU_ASSERT_EQUAL(count(b.text, "role=\"img\""), 1);
  CU_ASSERT_EQUAL(count(b.text, "<title>"), 1);
  CU_ASSERT_EQUAL(count(b.text, "<desc>"), 1);
  CU_ASSERT_EQUAL(count(b.text, "prefers-color-scheme:dark"), 1);
  return b.text;
}

static clino_plot plot_of(clino_plot_series *s, size_t n, const double *x, const double *y) {
  *s = (clino_plot_series){.name = "loss", .n = n, .x = x, .y = y};
  clino_plot p = clino_plot_default();
  p.series = s;
  p.n_series = 1;
  return p;
}

static void expect_text(const clino_plot *p, const char *words) {
  char *svg = draw(p);
  if (!strstr(svg, words)) CU_assertImplementation(CU_FALSE, __LINE__, words, "is not in the plot", "", CU_FALSE);
  free(svg);
}

/* ---- axes ---- */

static void ticks_are_at_1_2_5(void) {
  static const struct {
    double low, high;
    const char *labels[3];
  } cases[] = {{0.13, 9.7, {">2<", ">6<", ">8<"}},           {-3.1e6, 2.9e6, {">-2e6<", ">0<", ">2e6<"}},
               {0.00013, 0.00097, {">0.0002<", ">0.0006<", ">0.0008<"}},
               {1000.001, 1000.009, {">1000.002<", ">1000.006<", ">1000.008<"}},
               {-1e308, 1e308, {">-5e307<", ">0<", ">5e307<"}}, {2385.1, 4771.2, {">2500<", ">3500<", ">4500<"}}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    double y[2] = {cases[i].low, cases[i].high};
    clino_plot_series s;
    clino_plot p = plot_of(&s, 2, NULL, y);
    p.height = 300;
    for (int k = 0; k < 3; k++) expect_text(&p, cases[i].labels[k]);
  }
}

static void decades_are_labelled_with_powers(void) {
  double y[3] = {3e-12, 4e-3, 0.7};
  clino_plot_series s;
  clino_plot p = plot_of(&s, 3, NULL, y);
  p.y.scale = CLINO_PLOT_LOG;
  expect_text(&p, ">10\xE2\x81\xBB\xC2\xB9\xE2\x81\xB0<"); /* 10^-10 */
  expect_text(&p, ">1<");
  double tiny[2] = {5e-324, DBL_MAX};
  s.y = tiny, s.n = 2;
  expect_text(&p, ">10");
  double near[2] = {0.31, 0.47};
  s.y = near;
  expect_text(&p, ">0.4<");
  p.y.low = 1, p.y.high = 1e4;
  expect_text(&p, ">10\xC2\xB2<");
}

static void odd_ranges_are_drawn(void) {
  static const double pairs[][2] = {{0, 0},       {1, 1},        {-7.3, -7.3}, {1, 1 + DBL_EPSILON}, {1e308, 1.7e308},
                                    {5e-324, 0},  {-DBL_MAX, DBL_MAX}, {1e-300, 3e-300}, {DBL_MAX, DBL_MAX},
                                    {1e16, 1e16 + 2}};
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
    for (int log = 0; log < 2; log++) {
      clino_plot_series s;
      clino_plot p = plot_of(&s, 2, pairs[i], pairs[i]);
      p.x.scale = p.y.scale = log ? CLINO_PLOT_LOG : CLINO_PLOT_LINEAR;
      s.marker = CLINO_PLOT_DIAMOND;
      free(draw(&p));
    }
  clino_plot none = clino_plot_default();
  expect_text(&none, "no data");
}

/* ---- points ---- */

static const char *path_of_line(const char *svg) { return strstr(svg, "stroke-linejoin"); }

static size_t in_line(const char *svg, char command) {
  size_t n = 0;
  for (const char *p = strstr(path_of_line(svg), "d=\"") + 3; *p != '"'; p++) n += *p == command;
  return n;
}

static void a_gap_breaks_the_line(void) {
  const double y[] = {1.1, 2.3, (double)NAN, 1.7, (double)INFINITY, 2.1, 1.9, 2.2};
  clino_plot_series s;
  clino_plot p = plot_of(&s, 8, NULL, y);
  char *svg = draw(&p);
  CU_ASSERT_EQUAL(in_line(svg, 'M'), 3);
  CU_ASSERT_EQUAL(in_line(svg, 'L'), 3);
  CU_ASSERT_EQUAL(in_line(svg, 'h'), 1); /* the lonely 1.7 is a dot */
  CU_ASSERT_PTR_NOT_NULL(strstr(svg, "2 points not finite"));
  free(svg);
}

static void what_has_no_logarithm_is_shown(void) {
  const double x[] = {0.1, 1, 10, 100, 0, 1000}, y[] = {0.3, 0, -2, 0.2, 0.7, 0.1};
  clino_plot_series s;
  clino_plot p = plot_of(&s, 6, x, y);
  p.x.scale = p.y.scale = CLINO_PLOT_LOG;
  char *svg = draw(&p);
  CU_ASSERT_PTR_NOT_NULL(strstr(svg, "2 points with y at or below 0"));
  CU_ASSERT_PTR_NOT_NULL(strstr(svg, "1 point with x at or below 0: not shown"));
  CU_ASSERT_EQUAL(count(svg, "m-4-7h8l-4 7z"), 2);
  CU_ASSERT_EQUAL(in_line(svg, 'M'), 3);
  free(svg);
}

static void a_million_points_keep_their_extremes(void) {
  size_t n = 1000000;
  double *y = malloc(n * sizeof *y), walk = 0;
  uint64_t state = 7;
  CU_ASSERT_PTR_NOT_NULL_FATAL(y);
  for (size_t i = 0; i < n; i++) y[i] = walk += random_between(&state, -0.5, 0.5);
  y[654321] = 5000;
  y[123457] = -4000;
  clino_plot_series s;
  clino_plot p = plot_of(&s, n, NULL, y);
  char *svg = draw(&p);
  CU_ASSERT_TRUE(strlen(svg) < 100000);
  CU_ASSERT_TRUE(in_line(svg, 'L') > 1000 && in_line(svg, 'L') < 4 * 720);
  double top = 1e9, bottom = 0;
  for (const char *q = strstr(path_of_line(svg), "d=\"") + 3; *q != '"';) {
    if (*q++ != ' ') continue;
    double v = strtod(q, NULL);
    top = fmin(top, v), bottom = fmax(bottom, v);
  }
  free(svg);
  /* Both spikes reach to the padding of the axis, 4% of the data's length beyond them. */
  double length = bottom - top;
  CU_ASSERT_TRUE(length > 300 && length < 480);
  s.line = CLINO_PLOT_NO_LINE;
  s.marker = CLINO_PLOT_CIRCLE;
  svg = draw(&p);
  size_t markers = count(svg, "a3 3 0 1 0 6 0");
  CU_ASSERT_TRUE(markers > 200 && markers < 720 * 480 / 9);
  free(svg);
  free(y);
}

static void lines_end_at_the_edge(void) {
  const double x[] = {-1e300, 0.5, 1e300}, y[] = {-1e300, 0.5, 1e300};
  clino_plot_series s;
  clino_plot p = plot_of(&s, 3, x, y);
  p.x.low = p.y.low = 0;
  p.x.high = p.y.high = 1;
  s.marker = CLINO_PLOT_SQUARE;
  char *svg = draw(&p);
  CU_ASSERT_EQUAL(in_line(svg, 'L'), 2);
  CU_ASSERT_EQUAL(count(svg, "h5.4v5.4"), 2); /* one in the plot, one in the legend */
  free(svg);
}

static void rules_and_ranges_are_drawn(void) {
  const double y[] = {0.5, 0.7};
  clino_plot_series s;
  clino_plot p = plot_of(&s, 2, NULL, y);
  const clino_plot_rule rules[] = {{CLINO_PLOT_Y, 17.5, "threshold", CLINO_PLOT_DASHED, CLINO_PLOT_VERMILLION},
                                   {CLINO_PLOT_X, (double)NAN, NULL, CLINO_PLOT_SOLID, CLINO_PLOT_COLOR_AUTO}};
  const clino_plot_range ranges[] = {{CLINO_PLOT_X, 0.2, (double)INFINITY, "held out", CLINO_PLOT_GREEN},
                                     {CLINO_PLOT_Y, 3, 2, NULL, CLINO_PLOT_COLOR_AUTO},
                                     {CLINO_PLOT_Y, -(double)INFINITY, 0.6, NULL, CLINO_PLOT_COLOR_AUTO}};
  p.rules = rules, p.n_rules = 2;
  p.ranges = ranges, p.n_ranges = 3;
  char *svg = draw(&p);
  CU_ASSERT_PTR_NOT_NULL(strstr(svg, ">threshold<"));
  CU_ASSERT_PTR_NOT_NULL(strstr(svg, ">held out<"));
  CU_ASSERT_PTR_NOT_NULL(strstr(svg, ">16<")); /* the axis reaches the threshold */
  CU_ASSERT_EQUAL(count(svg, "fill-opacity=\"0.14\""), 2);
  free(svg);
}

/* ---- texts ---- */

static void texts_are_escaped(void) {
  const double y[] = {1, 2};
  clino_plot_series s;
  clino_plot p = plot_of(&s, 2, NULL, y);
  p.title = "a < b & c > \"d\" </svg><script>";
  p.description = "&amp; \x80 stray";
  p.x.label = "bell \x07, tab\t, \xEF\xBF\xBE";
  p.y.label = "cut \xE2\x82";
  p.note = "\xED\xA0\x80 surrogate, \xE2\x80\xAE override, \xC3\xA9 kept";
  s.name = "</text>\n";
  char *svg = draw(&p);
  CU_ASSERT_PTR_NOT_NULL(strstr(svg, "a &lt; b &amp; c &gt; &quot;d&quot;"));
  CU_ASSERT_PTR_NOT_NULL(strstr(svg, "<desc>&amp;amp; \xEF\xBF\xBD stray"));
  CU_ASSERT_PTR_NOT_NULL(strstr(svg, "bell \xEF\xBF\xBD, tab , \xEF\xBF\xBD<"));
  CU_ASSERT_PTR_NOT_NULL(strstr(svg, "\xC3\xA9 kept"));
  free(svg);
  for (int byte = 1; byte < 256; byte++) {
    char name[4] = {'a', (char)byte, 'b', '\0'};
    p.title = p.note = s.name = name;
    free(draw(&p));
  }
}

static void long_texts_stay_in_the_picture(void) {
  const double y[] = {1, 2};
  static char words[3000];
  for (size_t i = 0; i + 1 < sizeof words; i++) words[i] = i % 9 == 8 ? ' ' : 'm';
  clino_plot_series many[40];
  clino_plot p = clino_plot_default();
  for (size_t i = 0; i < 40; i++) many[i] = (clino_plot_series){.name = words + 2900, .n = 2, .y = y};
  p.series = many, p.n_series = 40;
  p.title = p.x.label = p.y.label = p.note = words;
  p.width = p.height = 240;
  char *svg = draw(&p);
  CU_ASSERT_PTR_NOT_NULL(strstr(svg, "more</text>"));
  CU_ASSERT_PTR_NOT_NULL(strstr(svg, "\xE2\x80\xA6</text>"));
  free(svg);
}

static void the_same_plot_is_the_same_text(void) {
  double x[50], y[50];
  random_fill(3, x, 50, 0.1, 2.7);
  random_fill(4, y, 50, 0.1, 2.7);
  clino_plot_series s;
  clino_plot p = plot_of(&s, 50, x, y);
  s.marker = CLINO_PLOT_CROSS;
  char *one = draw(&p), *two = draw(&p);
  CU_ASSERT_STRING_EQUAL(one, two);
  free(two);
  if (comma_enter()) {
    buffer b = {NULL, 0, 0};
    CU_ASSERT_EQUAL(clino_plot_svg(&p, keep, &b, NULL), CLINO_OK);
    comma_leave();
    CU_ASSERT_STRING_EQUAL(one, b.text);
    free(b.text);
  }
  free(one);
}

/* ---- colours ---- */

static double luminance(const char *hex) {
  double sum = 0;
  static const double weight[3] = {0.2126, 0.7152, 0.0722};
  for (int i = 0; i < 3; i++) {
    char two[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
    double c = (double)strtol(two, NULL, 16) / 255;
    sum += weight[i] * (c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
  }
  return sum;
}

/* Contrast as WCAG 2.1 defines it, of every colour of the palette against the background of its scheme. */
static void colours_stand_out(void) {
  clino_plot p = clino_plot_default();
  char *svg = draw(&p);
  char *style = strstr(svg, "<style>"), *dark = strstr(style, "@media");
  for (int scheme = 0; scheme < 2; scheme++) {
    double background = luminance(strstr(scheme ? dark : style, ".bg{color:#") + 11);
    for (int i = 1; i < CLINO_PLOT_COLOR_COUNT; i++) {
      char key[] = ".c0{color:#";
      key[2] = (char)('0' + i);
      double color = luminance(strstr(scheme ? dark : style, key) + 11);
      double contrast = (fmax(color, background) + 0.05) / (fmin(color, background) + 0.05);
      CU_ASSERT_TRUE(contrast >= 3);
    }
  }
  free(svg);
}

/* ---- refused ---- */

static void expect_refused(const clino_plot *p, const char *word) {
  clino_error error;
  buffer b = {NULL, 0, 0};
  CU_ASSERT_EQUAL(clino_plot_svg(p, keep, &b, &error), CLINO_ERR_RANGE);
  if (!strstr(error.message, word)) CU_assertImplementation(CU_FALSE, __LINE__, error.message, word, "", CU_FALSE);
  CU_ASSERT_EQUAL(b.calls, 0);
}

static void what_cannot_be_is_refused(void) {
  const double y[] = {1, 2};
  clino_plot_series s;
  clino_plot p;
#define REFUSED(word, field, ...) (p = plot_of(&s, 2, NULL, y), p.field = (__VA_ARGS__), expect_refused(&p, word))
  REFUSED("clino_plot_default", struct_size, 0);
  REFUSED("width", width, 239);
  REFUSED("width", width, (double)NAN);
  REFUSED("height", height, 10001);
  REFUSED("x.low is infinite", x.low, (double)INFINITY);
  REFUSED("y.scale", y.scale, (clino_plot_scale)2);
  REFUSED("series is NULL", series, NULL);
  REFUSED("n_series", n_series, 1001);
  REFUSED("rules is NULL", n_rules, 1);
  REFUSED("ranges is NULL", n_ranges, 1);
  REFUSED("n_rules", n_rules, SIZE_MAX);
  REFUSED("n_ranges", n_ranges, SIZE_MAX);
  p = plot_of(&s, 2, NULL, y);
  p.y.low = 3, p.y.high = 3;
  expect_refused(&p, "y.low is not below");
  p.y.scale = CLINO_PLOT_LOG, p.y.low = 0;
  expect_refused(&p, "0 or below");
  p = plot_of(&s, 2, NULL, NULL);
  expect_refused(&p, "series[0].y is NULL");
  p = plot_of(&s, 2, NULL, y);
  s.marker = (clino_plot_marker)6;
  expect_refused(&p, "series[0]");
  const clino_plot_rule rule = {(clino_plot_direction)2, 1, NULL, CLINO_PLOT_SOLID, CLINO_PLOT_GREY};
  const clino_plot_range range = {CLINO_PLOT_X, 1, 2, NULL, (clino_plot_color)8};
  p = clino_plot_default(), p.rules = &rule, p.n_rules = 1;
  expect_refused(&p, "rules[0]");
  p = clino_plot_default(), p.ranges = &range, p.n_ranges = 1;
  expect_refused(&p, "ranges[0]");
  p = clino_plot_default();
  clino_error error;
  CU_ASSERT_EQUAL(clino_plot_svg(NULL, keep, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_plot_svg(&p, NULL, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_plot_svg(&p, refuse, NULL, &error), CLINO_ERR_CALLBACK);
  CU_ASSERT_EQUAL(error.callback_value, -3);
}

static int ignore(const char *text, size_t size, void *ctx) { return (void)text, (void)size, (void)ctx, 0; }

/* ---- several ---- */

static void panels_stand_in_rows(void) {
  const double y[] = {0.31, 0.47, 0.29};
  clino_plot_series s;
  clino_plot three[3];
  for (size_t i = 0; i < 3; i++) three[i] = plot_of(&s, 3, NULL, y);
  three[0].width = 300, three[1].width = 410, three[2].width = 350;
  three[0].height = 250, three[1].height = 260, three[2].height = 270;
  three[1].title = "second < third";
  buffer b = {NULL, 0, 0};
  CU_ASSERT_EQUAL_FATAL(clino_plot_panels_svg(three, 3, 2, "a & b", keep, &b, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(element(b.text), b.size - 1);
  CU_ASSERT_PTR_NOT_NULL(strstr(b.text, "viewBox=\"0 0 760 530\""));
  CU_ASSERT_PTR_NOT_NULL(strstr(b.text, "<g transform=\"translate(0 0)\">"));
  CU_ASSERT_PTR_NOT_NULL(strstr(b.text, "<g transform=\"translate(350 0)\">"));
  CU_ASSERT_PTR_NOT_NULL(strstr(b.text, "<g transform=\"translate(0 260)\">"));
  CU_ASSERT_PTR_NOT_NULL(strstr(b.text, "<title>a &amp; b</title>"));
  CU_ASSERT_PTR_NOT_NULL(strstr(b.text, "Plot: y against x. loss: 3 points. second &lt; third: y against x."));
  CU_ASSERT_EQUAL(count(b.text, "<style>"), 1);
  CU_ASSERT_EQUAL(count(b.text, "stroke-linejoin"), 3);
  free(b.text);
  clino_error error;
  static const clino_plot none;
  CU_ASSERT_EQUAL(clino_plot_panels_svg(NULL, 1, 1, NULL, keep, &b, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_plot_panels_svg(three, 3, 1, NULL, NULL, &b, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_plot_panels_svg(three, 0, 1, NULL, keep, &b, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_plot_panels_svg(three, 65, 1, NULL, keep, &b, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_plot_panels_svg(three, 3, 0, NULL, keep, &b, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_plot_panels_svg(three, 3, 4, NULL, keep, &b, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_plot_panels_svg(three, 3, 2, NULL, refuse, NULL, &error), CLINO_ERR_CALLBACK);
  three[2] = none;
  CU_ASSERT_EQUAL(clino_plot_panels_svg(three, 3, 2, NULL, keep, &b, &error), CLINO_ERR_RANGE);
}

static clino_status one_plot(const clino_plot *p) { return clino_plot_svg(p, ignore, NULL, NULL); }
static clino_status two_panels(const clino_plot *p) {
  const clino_plot two[2] = {*p, *p};
  return clino_plot_panels_svg(two, 2, 1, NULL, ignore, NULL, NULL);
}

static void every_allocation_may_fail_in(clino_status (*write)(const clino_plot *)) {
  if (!allocations_known()) return;
  static double y[3000];
  random_fill(8, y, 3000, -2, 3);
  clino_plot_series s[2];
  clino_plot p = plot_of(s, 3000, NULL, y);
  s[1] = s[0];
  s[0].marker = CLINO_PLOT_CIRCLE;
  p.n_series = 2;
  long n = 0;
  for (bool failed = true; failed; n++) {
    long live = allocations_live();
    unsigned long before = allocations_count();
    allocations_fail_after(n);
    clino_status status = write(&p);
    allocations_fail_after(-1);
    failed = allocations_count() - before > (unsigned long)n;
    CU_ASSERT_EQUAL(status, failed ? CLINO_ERR_MEMORY : CLINO_OK);
    CU_ASSERT_EQUAL(allocations_live(), live);
  }
  CU_ASSERT_TRUE(n > 8);
}

static void every_allocation_may_fail(void) {
  every_allocation_may_fail_in(one_plot);
  every_allocation_may_fail_in(two_panels);
}

void suite_plot(CU_pSuite suite);
void suite_plot(CU_pSuite suite) {
  TEST(suite, ticks_are_at_1_2_5);
  TEST(suite, decades_are_labelled_with_powers);
  TEST(suite, odd_ranges_are_drawn);
  TEST(suite, a_gap_breaks_the_line);
  TEST(suite, what_has_no_logarithm_is_shown);
  TEST(suite, a_million_points_keep_their_extremes);
  TEST(suite, lines_end_at_the_edge);
  TEST(suite, rules_and_ranges_are_drawn);
  TEST(suite, texts_are_escaped);
  TEST(suite, long_texts_stay_in_the_picture);
  TEST(suite, the_same_plot_is_the_same_text);
  TEST(suite, colours_stand_out);
  TEST(suite, what_cannot_be_is_refused);
  TEST(suite, panels_stand_in_rows);
  TEST(suite, every_allocation_may_fail);
}
