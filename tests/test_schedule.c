/* Schedules at steps whose values are known, warm-up before each, errors. */
#include <math.h>
#include <string.h>

#include "clino/schedule.h"
#include "support/monitor.h"

static clino_schedule make(clino_schedule_kind kind) {
  clino_schedule s = clino_schedule_default(kind);
  s.initial = 0.37;
  return s;
}

static void schedules_follow_their_formulas(void) {
  clino_schedule s = make(CLINO_SCHEDULE_CONSTANT);
  CU_ASSERT_EQUAL(clino_schedule_at(&s, 0), 0.37);
  CU_ASSERT_EQUAL(clino_schedule_at(&s, UINT64_MAX), 0.37);
  s = make(CLINO_SCHEDULE_STEP);
  s.period = 30, s.factor = 0.5;
  CU_ASSERT_EQUAL(clino_schedule_at(&s, 29), 0.37);
  ASSERT_NEAR(clino_schedule_at(&s, 30), 0.185, 1e-15);
  ASSERT_NEAR(clino_schedule_at(&s, 119), 0.04625, 1e-15);
  s = make(CLINO_SCHEDULE_EXPONENTIAL);
  s.decay = 0.01;
  ASSERT_NEAR(clino_schedule_at(&s, 250), 0.37 * exp(-2.5), 1e-14);
  s = make(CLINO_SCHEDULE_INVERSE);
  s.decay = 0.02;
  ASSERT_NEAR(clino_schedule_at(&s, 150), 0.0925, 1e-15);
  s = make(CLINO_SCHEDULE_INVERSE_ROOT);
  CU_ASSERT_EQUAL(clino_schedule_at(&s, 0), 0.37);
  ASSERT_NEAR(clino_schedule_at(&s, 99), 0.037, 1e-15);
  s = make(CLINO_SCHEDULE_POLYNOMIAL);
  s.steps = 200, s.power = 2, s.final = 0.01;
  ASSERT_NEAR(clino_schedule_at(&s, 50), 0.01 + 0.36 * 0.5625, 1e-14);
  CU_ASSERT_EQUAL(clino_schedule_at(&s, 200), 0.01);
  CU_ASSERT_EQUAL(clino_schedule_at(&s, 5000), 0.01);
  s = make(CLINO_SCHEDULE_COSINE);
  s.steps = 300, s.final = 0.07;
  ASSERT_NEAR(clino_schedule_at(&s, 0), 0.37, 1e-15);
  ASSERT_NEAR(clino_schedule_at(&s, 100), 0.07 + 0.3 * 0.75, 1e-14);
  ASSERT_NEAR(clino_schedule_at(&s, 150), 0.22, 1e-14);
  ASSERT_NEAR(clino_schedule_at(&s, 301), 0.07, 1e-14);
}

/* Sutskever's formula in its own words: 1 - 2^(-1 - log2(floor(t/250) + 1)), at most 0.99. */
static void momentum_rises_from_a_half(void) {
  clino_schedule s = clino_schedule_default(CLINO_SCHEDULE_MOMENTUM);
  CU_ASSERT_EQUAL(clino_schedule_at(&s, 0), 0.5);
  CU_ASSERT_EQUAL(clino_schedule_at(&s, 249), 0.5);
  for (uint64_t t = 0; t < 20000; t += 113)
    ASSERT_NEAR(clino_schedule_at(&s, t), fmin(1 - pow(2, -1 - log2(floor((double)t / 250) + 1)), 0.99), 1e-14);
  CU_ASSERT_EQUAL(clino_schedule_at(&s, 13000), 0.99);
}

static void warmup_comes_before_any(void) {
  for (int kind = 1; kind <= CLINO_SCHEDULE_COUNT; kind++) {
    clino_schedule s = make((clino_schedule_kind)kind), plain = s;
    s.warmup = 40;
    s.warmup_from = 0.2;
    double first = clino_schedule_at(&plain, 0);
    ASSERT_NEAR(clino_schedule_at(&s, 0), first * (0.2 + 0.8 / 40), 1e-14);
    ASSERT_NEAR(clino_schedule_at(&s, 19), first * 0.6, 1e-14);
    ASSERT_NEAR(clino_schedule_at(&s, 39), first, 1e-14);
    for (uint64_t t = 0; t < 12000; t += 997)
      CU_ASSERT_EQUAL(clino_schedule_at(&s, t + 40), clino_schedule_at(&plain, t));
  }
}

#define REFUSED(field, value)                                                               \
  do {                                                                                      \
    clino_schedule s = make(CLINO_SCHEDULE_COSINE);                                         \
    s.field = (value);                                                                      \
    ASSERT_FAILS(clino_schedule_check(&s, &error), CLINO_ERR_RANGE, #field);                \
    CU_ASSERT_TRUE(isnan(clino_schedule_at(&s, 3)));                                        \
  } while (0)

static void errors_of_schedule(void) {
  REFUSED(kind, (clino_schedule_kind)0);
  REFUSED(kind, (clino_schedule_kind)9);
  REFUSED(initial, -0.1);
  REFUSED(initial, NAN);
  REFUSED(final, INFINITY);
  REFUSED(factor, 0);
  REFUSED(decay, -1);
  REFUSED(power, 0);
  REFUSED(period, 0);
  REFUSED(steps, 0);
  REFUSED(warmup_from, 1.1);
  clino_schedule zero = {0};
  ASSERT_FAILS(clino_schedule_check(&zero, &error), CLINO_ERR_RANGE, "_default()");
  ASSERT_FAILS(clino_schedule_check(NULL, &error), CLINO_ERR_RANGE, "NULL");
  CU_ASSERT_TRUE(isnan(clino_schedule_at(NULL, 3)));
}

void suite_schedule(CU_pSuite suite) {
  TEST(suite, schedules_follow_their_formulas);
  TEST(suite, momentum_rises_from_a_half);
  TEST(suite, warmup_comes_before_any);
  TEST(suite, errors_of_schedule);
}
