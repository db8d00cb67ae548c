/* What the tests of the monitors share. */
#ifndef TESTS_SUPPORT_MONITOR_H
#define TESTS_SUPPORT_MONITOR_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "clino/run.h"
#include "support/run.h"
#include "support/suite.h"

/* Equal to a relative error, both NaN, or the same infinity. */
static inline bool near(double a, double b, double relative) {
  if (isnan(a) || isnan(b)) return isnan(a) && isnan(b);
  return a == b || fabs(a - b) <= relative * fmax(fabs(a), fabs(b));
}

#define ASSERT_NEAR(a, b, relative) CU_ASSERT_TRUE(near((a), (b), (relative)))

/* A call that must fail with a status and name something in its message. */
#define ASSERT_FAILS(call, status, word)                        \
  do {                                                          \
    clino_error error = {0};                                    \
    CU_ASSERT_EQUAL((call), (status));                          \
    CU_ASSERT_EQUAL(error.code, (status));                      \
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, (word)));      \
  } while (0)

/* The only point of a scalar series that must have one, at the given step. */
static inline double only_point(const clino_run *run, const char *name, int64_t step) {
  const clino_series *s = clino_run_series(run, name);
  CU_ASSERT_PTR_NOT_NULL_FATAL(s);
  CU_ASSERT_EQUAL_FATAL(clino_series_count(s), 1);
  CU_ASSERT_EQUAL(clino_series_step(s, 0), step);
  return clino_series_values(s)[0];
}

/* Why a series that must have no point has none. */
static inline const char *only_missing(const clino_run *run, const char *name) {
  const clino_series *s = clino_run_series(run, name);
  CU_ASSERT_PTR_NOT_NULL_FATAL(s);
  CU_ASSERT_EQUAL(clino_series_count(s), 0);
  const char *reason = clino_series_missing_reason(s);
  CU_ASSERT_PTR_NOT_NULL_FATAL(reason);
  return reason;
}

/* Rounds n doubles to float, also in place. Two calls that are not inlined: gcc 12 at -O2 and above takes two adjacent
 * (double)(float)x for x, which a test of floats must not suffer. */
static __attribute__((noinline, unused)) void to_floats(size_t n, const double *from, float *to) {
  for (size_t i = 0; i < n; i++) to[i] = (float)from[i];
}

static __attribute__((noinline, unused)) void to_doubles(size_t n, const float *from, double *to) {
  for (size_t i = 0; i < n; i++) to[i] = (double)from[i];
}

static inline void round_to_floats(size_t n, double *values, float *floats) {
  to_floats(n, values, floats);
  to_doubles(n, floats, values);
}

#endif
