/* Contours: lines where they belong, whatever the heights are; errors. */
#include "clino/contour.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/allocations.h"
#include "support/suite.h"

static char picture[400000];

static int keep(const char *text, size_t size, void *ctx) {
  if (ctx) ++*(int *)ctx;
  CU_ASSERT_FATAL(size < sizeof picture);
  memcpy(picture, text, size);
  picture[size] = '\0';
  return 0;
}

static int refuse(const char *text, size_t size, void *ctx) { return (void)text, (void)size, (void)ctx, 6; }

enum { NX = 31, NY = 23 };
static double xs[NX], ys[NY], z[NX * NY];

static clino_contour grid(double (*f)(double, double)) {
  for (int i = 0; i < NX; i++) xs[i] = -1.5 + 0.1 * i;
  for (int j = 0; j < NY; j++) ys[j] = -1.1 + 0.1 * j;
  for (int j = 0; j < NY; j++)
    for (int i = 0; i < NX; i++) z[j * NX + i] = f(xs[i], ys[j]);
  clino_contour c = clino_contour_default();
  c.nx = NX, c.ny = NY, c.xs = xs, c.ys = ys, c.z = z;
  return c;
}

static size_t count(const char *what) {
  size_t n = 0;
  for (const char *p = picture; (p = strstr(p, what)); p++) n++;
  return n;
}

static double slope(double x, double y) { return (void)y, x; }
static double saddle(double x, double y) { return x * x - y * y; }
static double flat(double x, double y) { return (void)x, (void)y, 3.25; }
static double nothing(double x, double y) { return (void)x, (void)y, NAN; }
static double cliff(double x, double y) { return x < 0 ? (y < 0 ? -INFINITY : NAN) : 1e300 * (x - 0.7) * 1e8; }
static double huge(double x, double y) { return 1.7e308 * (x > y ? 1 : -1); }

/* A level of a plane that rises along x is one straight line from bottom to top: each piece has one x. */
static void straight_lines(void) {
  clino_contour c = grid(slope);
  int calls = 0;
  c.levels = 1;
  CU_ASSERT_EQUAL(clino_contour_svg(&c, keep, &calls, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(calls, 1);
  const char *p = strstr(picture, "stroke-opacity");
  CU_ASSERT_PTR_NOT_NULL_FATAL(p);
  p = strstr(p, " d=\"");
  double first = NAN;
  size_t pieces = 0;
  for (p += 4; *p == 'M'; pieces++) {
    double x0, y0, x1, y1;
    int used = 0;
    CU_ASSERT_EQUAL_FATAL(sscanf(p, "M%lf %lfL%lf %lf%n", &x0, &y0, &x1, &y1, &used), 4);
    if (isnan(first)) first = x0;
    CU_ASSERT_DOUBLE_EQUAL(x0, first, 0.02);
    CU_ASSERT_DOUBLE_EQUAL(x1, first, 0.02);
    p += used;
  }
  CU_ASSERT_EQUAL(pieces, NY - 1);
}

static void shapes(void) {
  static double (*const functions[])(double, double) = {saddle, flat, nothing, cliff, huge};
  static const char *const says[] = {"14 levels", "0 levels", "no data", "not finite: a gap", "levels"};
  for (size_t k = 0; k < 5; k++) {
    clino_contour c = grid(functions[k]);
    const double at[1] = {0.5};
    clino_plot_series here = {.name = "here", .n = 1, .x = at, .y = at, .marker = CLINO_PLOT_RING};
    c.series = &here, c.n_series = 1;
    c.title = "A <title>";
    CU_ASSERT_EQUAL(clino_contour_svg(&c, keep, NULL, NULL), CLINO_OK);
    CU_ASSERT_PTR_NOT_NULL(strstr(picture, says[k]));
    CU_ASSERT_PTR_NOT_NULL(strstr(picture, "A &lt;title&gt;"));
    CU_ASSERT_PTR_NOT_NULL(strstr(picture, "here"));
    CU_ASSERT_PTR_NULL(strstr(picture, "nan"));
    CU_ASSERT_EQUAL(count("<svg"), 1);
    CU_ASSERT_EQUAL(count("</svg>"), 1);
  }
}

static void refused(clino_contour c, const char *names) {
  clino_error error = {.message = ""};
  CU_ASSERT_EQUAL(clino_contour_svg(&c, keep, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, names));
}

static void errors(void) {
  clino_contour d = grid(saddle), c;
  clino_plot_series bad = {.n = 2};
  double back[NX] = {0, 1, 1};
  refused((c = d, c.struct_size = 3, c), "clino_contour_default");
  refused((c = d, c.nx = 1, c), "nx");
  refused((c = d, c.ny = 2001, c), "ny");
  refused((c = d, c.levels = 0, c), "levels");
  refused((c = d, c.width = NAN, c), "width");
  refused((c = d, c.height = 1, c), "height");
  refused((c = d, c.z = NULL, c), "z is NULL");
  refused((c = d, c.xs = back, c), "xs");
  refused((c = d, c.ys = NULL, c), "ys");
  refused((c = d, c.n_series = 1, c), "series");
  refused((c = d, c.series = &bad, c.n_series = 1, c), "y that is NULL");
  clino_error error;
  CU_ASSERT_EQUAL(clino_contour_svg(NULL, keep, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_contour_svg(&d, NULL, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_contour_svg(&d, refuse, NULL, &error), CLINO_ERR_CALLBACK);
  CU_ASSERT_EQUAL(error.callback_value, 6);
  for (long i = 0; i < 60 && allocations_known(); i++) {
    long before = allocations_live();
    allocations_fail_after(i);
    clino_status status = clino_contour_svg(&d, keep, NULL, NULL);
    allocations_fail_after(-1);
    CU_ASSERT_EQUAL(allocations_live(), before);
    if (!status) break;
    CU_ASSERT_EQUAL(status, CLINO_ERR_MEMORY);
  }
}

void suite_contour(CU_pSuite suite) {
  TEST(suite, straight_lines);
  TEST(suite, shapes);
  TEST(suite, errors);
}
