/* What samples of a gradient over a step say of a value, with jumps at known places. */
#include <math.h>

#include "gradcheck/midpoints.h"
#include "support/random.h"
#include "support/suite.h"

/* A gradient that rises evenly and jumps once. */
typedef struct jumping {
  double rise, jump, at;
  size_t calls;
} jumping;

static clino_status gradient_at(void *ctx, double t, double *g) {
  jumping *j = ctx;
  j->calls++;
  *g = j->rise * t + (t > j->at ? j->jump : 0);
  return CLINO_OK;
}

/* Of the chord from -1 to 1, beyond the value at 0. */
static double chord(const jumping *j) {
  return j->at > 0 ? j->jump * (1 - j->at) / 2 : j->jump * (1 - (1 + j->at) / 2);
}

static clino__mean_answer ask(jumping *j, double off, bool condemned) {
  clino__problem p = {.o = clino_gradcheck_options_default()};
  clino__mean_question q = {.slope = chord(j) + off, .rounding = 0.005, .aim = 0.02, .cells = CLINO__CELLS,
                            .condemned = condemned};
  clino__midpoints m;
  clino__mean_answer answer = CLINO__MEAN_OPEN;
  CU_ASSERT_EQUAL_FATAL(clino__midpoints_ask(&p, gradient_at, j, -1, 1, &q, &m, &answer), CLINO_OK);
  CU_ASSERT(j->calls <= CLINO__MOST_CELLS + 2);
  return answer;
}

/* Beyond the outermost of the first samples, at 5/6: only the ends show it. */
static void a_jump_near_an_end_is_no_evidence(void) {
  uint64_t g = 5;
  for (int i = 0; i < 200; i++) {
    jumping j = {random_between(&g, -0.1, 0.1), random_between(&g, 1.3, 4.1), random_between(&g, 0.834, 0.97), 0};
    CU_ASSERT_NOT_EQUAL(ask(&j, 0, i % 2), CLINO__MEAN_WRONG);
  }
}

static void an_error_is_seen_with_a_jump_and_without(void) {
  uint64_t g = 6;
  for (int i = 0; i < 200; i++) {
    jumping even = {random_between(&g, -0.1, 0.1), 0, 0.5, 0};
    CU_ASSERT_EQUAL(ask(&even, random_between(&g, 0.2, 0.9), i % 2), CLINO__MEAN_WRONG);
    jumping j = {0.07, random_between(&g, 0.5, 1.3), random_between(&g, -0.8, 0.8), 0};
    CU_ASSERT_EQUAL(ask(&j, random_between(&g, 1.3, 2.9), i % 2), CLINO__MEAN_WRONG);
  }
}

/* A bend makes the slope of a long step another than that at the point, and the mean says so, once it is known. */
static clino_status bent_at(void *ctx, double t, double *g) {
  const double *bend = ctx;
  *g = bend[0] * t + bend[1] * t * t;
  return CLINO_OK;
}

static void a_bend_is_no_evidence_along_a_direction(void) {
  uint64_t g = 7;
  for (int i = 0; i < 200; i++) {
    double bend[] = {random_between(&g, 1.5, 3), random_between(&g, 0.12, 0.3)};
    clino__problem p = {.o = clino_gradcheck_options_default()};
    clino__mean_question q = {.slope = bend[1] / 3, .rounding = 0.005, .aim = 0.01, .cells = CLINO__CELLS,
                              .bends = true, .condemned = true};
    clino__midpoints m;
    clino__mean_answer answer = CLINO__MEAN_OPEN;
    CU_ASSERT_EQUAL_FATAL(clino__midpoints_ask(&p, bent_at, bend, -1, 1, &q, &m, &answer), CLINO_OK);
    CU_ASSERT_EQUAL(answer, CLINO__MEAN_RIGHT);
    q.slope += random_between(&g, 0.1, 0.3);
    CU_ASSERT_EQUAL_FATAL(clino__midpoints_ask(&p, bent_at, bend, -1, 1, &q, &m, &answer), CLINO_OK);
    CU_ASSERT_EQUAL(answer, CLINO__MEAN_WRONG);
  }
}

void suite_midpoints(CU_pSuite suite) {
  CU_add_test(suite, "a jump near an end is no evidence", a_jump_near_an_end_is_no_evidence);
  CU_add_test(suite, "a bend is no evidence along a direction", a_bend_is_no_evidence_along_a_direction);
  CU_add_test(suite, "an error is seen with a jump and without", an_error_is_seen_with_a_jump_and_without);
}
