/* Slices of the loss: values, CSV, SVG, errors. */
#include "clino/landscape.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/allocations.h"
#include "support/comma.h"
#include "support/random.h"
#include "support/spectra.h"
#include "support/suite.h"

static char held[400000];

static int keep(const char *text, size_t size, void *ctx) {
  (void)ctx;
  CU_ASSERT_FATAL(size < sizeof held);
  memcpy(held, text, size);
  held[size] = '\0';
  return 0;
}

static int refuse(const char *text, size_t size, void *ctx) { return (void)text, (void)size, (void)ctx, 8; }

typedef struct setting {
  known_quadratic q;
  double x[SPECTRA_MOST], u[SPECTRA_MOST], v[SPECTRA_MOST];
  clino_point *point;
} setting;

static void set_up(setting *s) {
  known_quadratic_init(&s->q, 7, 4);
  for (size_t i = 0; i < 7; i++) s->q.lambda[i] = (double)i - 1.5;
  memcpy(s->x, s->q.center, sizeof s->x);
  known_quadratic_vector(&s->q, 6, s->u);
  known_quadratic_vector(&s->q, 0, s->v);
  CU_ASSERT_EQUAL(clino_point_new(known_quadratic_objective, &s->q, 7, s->x, NULL, &s->point, NULL), CLINO_OK);
}

/* Along eigenvectors from the center: lambda a^2 / 2 + mu b^2 / 2. */
static void values(void) {
  setting s;
  set_up(&s);
  clino_slice_options o = clino_slice_options_default();
  clino_slice *slice = NULL;
  o.along = s.u, o.across = s.v;
  o.points = 7, o.points2 = 4, o.low = -0.5, o.high = 2.5;
  CU_ASSERT_EQUAL(clino_landscape_slice(s.point, &o, &slice, NULL), CLINO_OK);
  size_t rows, columns;
  const double *z = clino_slice_values(slice, &rows, &columns);
  CU_ASSERT(rows == 4 && columns == 7);
  CU_ASSERT_EQUAL(clino_slice_at(slice, 0), -0.5);
  CU_ASSERT_EQUAL(clino_slice_at(slice, 6), 2.5);
  CU_ASSERT(isnan(clino_slice_at(slice, 7)) && isnan(clino_slice_at2(slice, 4)) && isnan(clino_slice_at(NULL, 0)));
  for (size_t j = 0; j < rows; j++)
    for (size_t i = 0; i < columns; i++) {
      double a = clino_slice_at(slice, i), b = clino_slice_at2(slice, j);
      CU_ASSERT_DOUBLE_EQUAL(z[j * columns + i], 4.5 * a * a / 2 - 1.5 * b * b / 2, 1e-12);
    }
  CU_ASSERT_EQUAL(clino_slice_svg(slice, "A plane", keep, NULL, NULL), CLINO_OK);
  CU_ASSERT(strstr(held, "A plane") && strstr(held, "levels") && strstr(held, "the point"));
  clino_slice_free(slice);
  o.across = NULL;
  CU_ASSERT_EQUAL(clino_landscape_slice(s.point, &o, &slice, NULL), CLINO_OK);
  CU_ASSERT_DOUBLE_EQUAL(clino_slice_values(slice, NULL, NULL)[6], 4.5 * 2.5 * 2.5 / 2, 1e-12);
  CU_ASSERT_EQUAL(clino_slice_svg(slice, NULL, keep, NULL, NULL), CLINO_OK);
  CU_ASSERT(strstr(held, "the point") && !strstr(held, "levels"));
  clino_slice_free(slice);
  clino_point_free(s.point);
}

static void as_csv(void) {
  setting s;
  set_up(&s);
  clino_slice_options o = clino_slice_options_default();
  clino_slice *slice = NULL;
  o.along = s.u;
  o.points = 3;
  o.along_name = "first, \"sharp\"";
  CU_ASSERT_EQUAL(clino_landscape_slice(s.point, &o, &slice, NULL), CLINO_OK);
  bool comma = comma_enter();
  CU_ASSERT_EQUAL(clino_slice_csv(slice, keep, NULL, NULL), CLINO_OK);
  if (comma) comma_leave();
  CU_ASSERT_EQUAL(strncmp(held, "\"first, \"\"sharp\"\"\",loss\n-1,2.2", 29), 0);
  CU_ASSERT_PTR_NOT_NULL(strstr(held, "\n0,"));
  clino_slice_free(slice);
  o.across = s.v, o.points2 = 2, o.along_name = "a";
  CU_ASSERT_EQUAL(clino_landscape_slice(s.point, &o, &slice, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_slice_csv(slice, keep, NULL, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(strncmp(held, "a,across,loss\n-1,-1,1.", 22), 0);
  clino_slice_free(slice);
  clino_point_free(s.point);
}

static void refused(clino_point *point, clino_slice_options o, const char *names) {
  clino_slice *slice = NULL;
  clino_error error = {.message = ""};
  CU_ASSERT_EQUAL(clino_landscape_slice(point, &o, &slice, &error), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, names));
  CU_ASSERT_PTR_NULL(slice);
}

static void errors(void) {
  setting s;
  set_up(&s);
  clino_slice_options d = clino_slice_options_default(), o;
  const double zeros[7] = {0};
  refused(s.point, d, "along");
  d.along = s.u;
  d.points = 5;
  refused(s.point, (o = d, o.struct_size = 0, o), "clino_slice_options_default");
  refused(s.point, (o = d, o.along = zeros, o), "along");
  refused(s.point, (o = d, o.across = zeros, o), "across");
  refused(s.point, (o = d, o.high = NAN, o), "low");
  refused(s.point, (o = d, o.low2 = 1, o), "low2");
  refused(s.point, (o = d, o.points = 1, o), "points");
  refused(s.point, (o = d, o.points2 = 2001, o), "points2");
  refused(s.point, (o = d, o.along_name = NULL, o), "along_name");
  clino_slice *slice = NULL;
  clino_error error;
  CU_ASSERT_EQUAL(clino_landscape_slice(NULL, &d, &slice, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_landscape_slice(s.point, NULL, &slice, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_landscape_slice(s.point, &d, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_slice_csv(NULL, keep, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_slice_svg(NULL, NULL, keep, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NULL(clino_slice_values(NULL, NULL, NULL));
  clino_slice_free(NULL);
  s.q.calls = 0, s.q.fail_at = 3;
  CU_ASSERT_EQUAL(clino_landscape_slice(s.point, &d, &slice, &error), CLINO_ERR_CALLBACK);
  s.q.fail_at = 0;
  CU_ASSERT_EQUAL(clino_landscape_slice(s.point, &d, &slice, &error), CLINO_OK);
  CU_ASSERT_EQUAL(clino_slice_csv(slice, refuse, NULL, &error), CLINO_ERR_CALLBACK);
  CU_ASSERT_EQUAL(error.callback_value, 8);
  CU_ASSERT_EQUAL(clino_slice_svg(slice, NULL, refuse, NULL, &error), CLINO_ERR_CALLBACK);
  clino_slice_free(slice);
  for (long i = 0; i < 60 && allocations_known(); i++) {
    long before = allocations_live();
    allocations_fail_after(i);
    clino_status status = clino_landscape_slice(s.point, &d, &slice, NULL);
    if (!status) status = clino_slice_csv(slice, keep, NULL, NULL);
    allocations_fail_after(-1);
    clino_slice_free(slice);
    CU_ASSERT_EQUAL(allocations_live(), before);
    if (!status) break;
    CU_ASSERT_EQUAL(status, CLINO_ERR_MEMORY);
  }
  clino_point_free(s.point);
}

void suite_landscape(CU_pSuite suite) {
  TEST(suite, values);
  TEST(suite, as_csv);
  TEST(suite, errors);
}
