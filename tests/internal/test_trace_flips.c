/* What a trace makes of two passes, against a naive count of the flips, and how it packs signs. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gradcheck/signs.h"
#include "gradcheck/trace.h"
#include "support/allocations.h"
#include "support/random.h"
#include "support/suite.h"

static const size_t sizes[] = {0, 1, 2, 7, 8, 15, 16, 63, 64, 65, 511, 512, 513, 519, 1000, 1024, 1040, 2571};
enum { N_SIZES = sizeof sizes / sizeof sizes[0], MOST = 2571, SITES = 3 };

static const char *const site_names[SITES] = {"conv", "hidden", "pool"};

/* One pass: what each site branches on, in double precision and rounded. */
typedef struct pass {
  size_t n[SITES];
  double z[SITES][MOST];
  float z32[SITES][MOST];
} pass;

/* Ordinary numbers, and now and then one that is easily taken for another. */
static double awkward(uint64_t *g) {
  static const double values[] = {0.0, -0.0, NAN, -NAN, INFINITY, -INFINITY, 1e-310, -1e-310, 1e308, -1e308};
  return random_bits(g) % 8 ? random_normal(g) : values[random_bits(g) % (sizeof values / sizeof values[0])];
}

static void fill(pass *p, uint64_t *g) {
  for (size_t s = 0; s < SITES; s++)
    for (size_t i = 0; i < p->n[s]; i++) p->z32[s][i] = (float)(p->z[s][i] = awkward(g));
}

/* A copy of a pass in which each number was drawn anew with a probability. */
static void disturb(const pass *from, pass *to, double probability, uint64_t *g) {
  *to = *from;
  for (size_t s = 0; s < SITES; s++)
    for (size_t i = 0; i < to->n[s]; i++)
      if (random_uniform(g) < probability) to->z32[s][i] = (float)(to->z[s][i] = awkward(g));
}

static double value(const pass *p, bool single, size_t s, size_t i) {
  return single ? (double)p->z32[s][i] : p->z[s][i];
}

static clino__flips naive(const pass *a, const pass *b, bool single) {
  clino__flips f = {0, NULL, 0, 0};
  for (size_t s = 0; s < SITES; s++)
    for (size_t i = 0; i < a->n[s]; i++) {
      double x = value(a, single, s, i), y = value(b, single, s, i);
      bool on = x > 0, now_on = y > 0;
      if (on == now_on) continue;
      double fraction = fabs(x) / (fabs(x) + fabs(y));
      if (isinf(fabs(x) + fabs(y))) fraction = fabs(x) / 4 / (fabs(x) / 4 + fabs(y) / 4);
      if (isnan(fraction)) fraction = 1;
      if (!f.count++ || fraction < f.fraction) f.site = site_names[s], f.element = i, f.fraction = fraction;
    }
  return f;
}

static void report_pass(clino_trace *t, const pass *p, bool single) {
  for (size_t s = 0; s < SITES; s++) {
    if (single) clino_branches(t, site_names[s], p->n[s], p->z32[s]);
    else clino_branches(t, site_names[s], p->n[s], p->z[s]);
  }
}

static void expect_flips(clino__flips is, clino__flips should) {
  CU_ASSERT_EQUAL(is.count, should.count);
  CU_ASSERT_DOUBLE_EQUAL(is.fraction, should.fraction, 1e-15);
  CU_ASSERT_EQUAL(is.element, should.element);
  CU_ASSERT_TRUE(is.site == should.site || (is.site && should.site && !strcmp(is.site, should.site)));
}

static clino_trace *new_trace(void) {
  clino_trace *t = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_trace_new(&t, NULL), CLINO_OK);
  return t;
}

static pass *new_pass(void) {
  pass *p = calloc(1, sizeof *p);
  CU_ASSERT_PTR_NOT_NULL_FATAL(p);
  return p;
}

static void flips_are_those_of_a_naive_count(void) {
  static const double probabilities[] = {0, 0.001, 0.05, 1};
  clino_trace *t = new_trace();
  pass *before = new_pass(), *after = new_pass();
  uint64_t g = 7;
  for (int trial = 0; trial < 400; trial++) {
    bool single = trial % 2;
    for (size_t s = 0; s < SITES; s++) before->n[s] = sizes[random_bits(&g) % N_SIZES];
    fill(before, &g);
    clino__trace_record(t);
    report_pass(t, before, single);
    for (size_t k = 0; k < sizeof probabilities / sizeof probabilities[0]; k++) {
      disturb(before, after, probabilities[k], &g);
      clino__trace_compare(t);
      report_pass(t, after, single);
      expect_flips(clino__trace_flips(t), naive(before, after, single));
    }
  }
  CU_ASSERT_FALSE(clino__trace_failed(t));
  clino_trace_free(t);
  free(before);
  free(after);
}

static void expect_same_bits(const uint64_t a[CLINO__SIGNS_WORDS], const uint64_t b[CLINO__SIGNS_WORDS]) {
  CU_ASSERT_EQUAL(memcmp(a, b, CLINO__SIGNS_LINE), 0);
}

/* Whole rows of awkward numbers: as many as fit into a block, fewer, none. */
static void signs_are_the_same_in_vectors_and_plain(void) {
  double z[CLINO__SIGNS_BLOCK];
  float z32[CLINO__SIGNS_BLOCK];
  uint64_t g = 11, fast[CLINO__SIGNS_WORDS], narrow[CLINO__SIGNS_WORDS], plain[CLINO__SIGNS_WORDS];
  for (size_t trial = 0; trial < 300; trial++) {
    size_t rows = trial % 65, rows32 = trial % 33;
    for (size_t i = 0; i < CLINO__SIGNS_BLOCK; i++) z32[i] = (float)(z[i] = awkward(&g));
    clino__signs_f64(rows, z, fast);
    clino__signs_narrow_f64(rows, z, narrow);
    clino__signs_plain_f64(rows, z, plain);
    expect_same_bits(fast, plain);
    expect_same_bits(narrow, plain);
    if (rows > 0) CU_ASSERT_EQUAL(plain[3] & 1, z[(rows - 1) * 8 + 3] > 0);
    clino__signs_f32(rows32, z32, fast);
    clino__signs_narrow_f32(rows32, z32, narrow);
    clino__signs_plain_f32(rows32, z32, plain);
    expect_same_bits(fast, plain);
    expect_same_bits(narrow, plain);
  }
}

/* 0, -0 and NaN are on the side that is not taken: from one to another, and to below 0, nothing flips. */
static void zero_is_not_taken(void) {
  static const double off[] = {0.0, -0.0, NAN, -1.5, -INFINITY};
  clino_trace *t = new_trace();
  for (size_t i = 0; i < 5; i++) {
    double z[16], up[16];
    for (size_t k = 0; k < 16; k++) z[k] = off[i], up[k] = 0.75;
    clino__trace_record(t);
    clino_branches(t, "relu", 16, z);
    for (size_t j = 0; j < 5; j++) {
      double y[16];
      for (size_t k = 0; k < 16; k++) y[k] = off[j];
      clino__trace_compare(t);
      clino_branches(t, "relu", 16, y);
      CU_ASSERT_EQUAL(clino__trace_flips(t).count, 0);
    }
    clino__trace_compare(t);
    clino_branches(t, "relu", 16, up);
    clino__flips f = clino__trace_flips(t);
    CU_ASSERT_EQUAL(f.count, 16);
    CU_ASSERT_EQUAL(f.element, 0);
    CU_ASSERT_DOUBLE_EQUAL(f.fraction, i < 2 ? 0 : i == 3 ? 2 / 3.0 : 1, 1e-15);
  }
  clino_trace_free(t);
}

/* ---- calls in another order, of another length, of one name ---- */

static void report_in_order(clino_trace *t, const pass *p, const size_t order[SITES]) {
  clino__trace_compare(t);
  for (size_t k = 0; k < SITES; k++) clino_branches(t, site_names[order[k]], p->n[order[k]], p->z[order[k]]);
}

static void another_order_is_no_flip(void) {
  clino_trace *t = new_trace();
  pass *p = new_pass(), *q = new_pass();
  uint64_t g = 13;
  for (size_t s = 0; s < SITES; s++) p->n[s] = 100 + s;
  fill(p, &g);
  disturb(p, q, 0.02, &g);
  clino__trace_record(t);
  report_pass(t, p, false);
  static const size_t orders[][SITES] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  for (size_t k = 0; k < sizeof orders / sizeof orders[0]; k++) {
    report_in_order(t, p, orders[k]);
    CU_ASSERT_EQUAL(clino__trace_flips(t).count, 0);
    report_in_order(t, q, orders[k]);
    expect_flips(clino__trace_flips(t), naive(p, q, false));
  }
  clino_trace_free(t);
  free(p);
  free(q);
}

/* What only one of the passes reports is not compared; what both do is. */
static void another_shape_is_no_flip(void) {
  clino_trace *t = new_trace();
  double z[8] = {1, -1, 2, -2, 3, -3, 4, -4}, y[8], one = 0.5, minus = -0.5;
  float z32[8] = {0};
  for (size_t i = 0; i < 8; i++) y[i] = -z[i];
  clino__trace_record(t);
  clino_branches(t, "a", 8, z);
  clino_branches(t, "b", 8, z);
  clino_branch(t, "c", 5, one);
  clino__trace_compare(t); /* longer, of another type, another element, another kind, unheard of; b is missing */
  clino_branches(t, "a", 7, y);
  clino_branches(t, "a", 8, z32);
  clino_branch(t, "c", 6, minus);
  clino_winner(t, "c", 5, 3, 0.1);
  clino_branches(t, "d", 8, y);
  CU_ASSERT_EQUAL(clino__trace_flips(t).count, 0);
  clino__trace_compare(t);
  clino_branches(t, "d", 8, y);
  clino_branch(t, "c", 5, minus);
  clino_branch(t, "c", 5, minus); /* once more than recorded */
  clino__flips f = clino__trace_flips(t);
  CU_ASSERT_EQUAL(f.count, 1);
  CU_ASSERT_STRING_EQUAL(f.site, "c");
  CU_ASSERT_EQUAL(f.element, 5);
  CU_ASSERT_DOUBLE_EQUAL(f.fraction, 0.5, 1e-15);
  clino__trace_compare(t); /* nothing at all */
  CU_ASSERT_EQUAL(clino__trace_flips(t).count, 0);
  clino_trace_free(t);
}

/* Calls that cannot be told apart are taken in their order, also while others change places. */
static void one_name_for_several_calls(void) {
  clino_trace *t = new_trace();
  double a[3][70], other[2] = {1, -1};
  uint64_t g = 17;
  for (size_t k = 0; k < 3; k++)
    for (size_t i = 0; i < 70; i++) a[k][i] = random_normal(&g);
  char same_name[] = "relu"; /* a string of its own */
  clino__trace_record(t);
  clino_branches(t, "relu", 70, a[0]);
  clino_branches(t, "other", 2, other);
  clino_branches(t, "relu", 70, a[1]);
  clino_branches(t, NULL, 2, other);
  clino_branches(t, "relu", 70, a[2]);
  clino__trace_compare(t);
  clino_branches(t, "other", 2, other);
  clino_branches(t, same_name, 70, a[0]);
  clino_branches(t, same_name, 70, a[1]);
  clino_branches(t, same_name, 70, a[2]);
  clino_branches(t, "", 2, other);
  CU_ASSERT_EQUAL(clino__trace_flips(t).count, 0);
  a[1][66] = -a[1][66];
  clino__trace_compare(t);
  for (size_t k = 0; k < 3; k++) clino_branches(t, same_name, 70, a[k]);
  clino__flips f = clino__trace_flips(t);
  CU_ASSERT_EQUAL(f.count, 1);
  CU_ASSERT_EQUAL(f.element, 66);
  clino_trace_free(t);
}

/* Many calls, one an element, backwards: looked up, each in a few steps. */
static void many_calls_backwards(void) {
  enum { N = 50000 };
  clino_trace *t = new_trace();
  double *z = malloc(N * sizeof *z);
  CU_ASSERT_PTR_NOT_NULL_FATAL(z);
  random_fill(19, z, N, -1, 1);
  clino__trace_record(t);
  for (size_t i = 0; i < N; i++) clino_branch(t, "relu", i, z[i]);
  clino__trace_compare(t);
  for (size_t i = N; i-- > 0;) clino_branch(t, "relu", i, i == 31234 ? -z[i] : z[i]);
  clino__flips f = clino__trace_flips(t);
  CU_ASSERT_EQUAL(f.count, 1);
  CU_ASSERT_EQUAL(f.element, 31234);
  clino__trace_compare(t);
  for (size_t i = 0; i < N; i++) clino_branch(t, "relu", i, z[i]);
  CU_ASSERT_EQUAL(clino__trace_flips(t).count, 0);
  free(z);
  clino_trace_free(t);
}

static void winners(void) {
  static const struct { size_t now; double before, after; size_t count; double fraction; } cases[] = {
      {4, 0.3, 0.1, 0, 0}, {5, 0.3, 0.1, 1, 0.75}, {5, 0, 0.2, 1, 0},  {5, 0, 0, 1, 0},
      {5, 0.2, 0, 1, 1},   {5, NAN, 1, 1, 1},      {5, 1, NAN, 1, 1}, {5, 1e308, 1.5e308, 1, 0.4},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    clino_trace *t = new_trace();
    clino__trace_record(t);
    clino_winner(t, "pool", 9, 4, cases[i].before);
    clino__trace_compare(t);
    clino_winner(t, "pool", 9, cases[i].now, cases[i].after);
    clino__flips f = clino__trace_flips(t);
    CU_ASSERT_EQUAL(f.count, cases[i].count);
    CU_ASSERT_DOUBLE_EQUAL(f.fraction, cases[i].fraction, 1e-15);
    CU_ASSERT_EQUAL(f.element, cases[i].count ? 9 : 0);
    clino_trace_free(t);
  }
}

/* Between passes nobody listens; the reference stays. */
static void paused(void) {
  clino_trace *t = new_trace();
  double z[3] = {1, 2, 3}, y[3] = {1, -2, 3};
  clino__trace_record(t);
  clino_branches(t, "a", 3, z);
  clino__trace_pause(t);
  for (int k = 0; k < 5; k++) clino_branches(t, "a", 3, y);
  clino__trace_compare(t);
  clino_branches(t, "a", 3, y);
  CU_ASSERT_EQUAL(clino__trace_flips(t).count, 1);
  clino_branches(t, "a", 3, y);
  CU_ASSERT_EQUAL(clino__trace_flips(t).count, 1);
  clino_trace_free(t);
}

/* ---- running out of memory ---- */

static void memory_fails_while_recording(void) {
  if (!allocations_known()) return;
  double z[600];
  random_fill(23, z, 600, -1, 1);
  for (long allowed = 0; allowed < 6; allowed++) {
    clino_trace *t = new_trace();
    clino__trace_record(t);
    allocations_fail_after(allowed);
    for (size_t k = 0; k < 100; k++) clino_branches(t, "a", 6 * k, z);
    allocations_fail_after(-1);
    CU_ASSERT_TRUE(clino__trace_failed(t));
    clino__trace_compare(t);
    clino_branches(t, "a", 6, z + 7);
    CU_ASSERT_EQUAL(clino__trace_flips(t).count, 0);
    clino__trace_record(t); /* enough again */
    clino_branches(t, "a", 600, z);
    CU_ASSERT_FALSE(clino__trace_failed(t));
    clino_trace_free(t);
  }
}

/* Without memory for looking up, the rest of a pass in another order is not compared. */
static void memory_fails_while_looking_up(void) {
  if (!allocations_known()) return;
  clino_trace *t = new_trace();
  double z[3] = {1, 2, 3}, y[3] = {-1, -2, -3};
  clino__trace_record(t);
  clino_branches(t, "a", 3, z);
  clino_branches(t, "b", 3, z);
  for (int memory = 0; memory < 2; memory++) {
    if (!memory) allocations_fail_after(0);
    clino__trace_compare(t);
    clino_branches(t, "b", 3, y);
    clino_branches(t, "a", 3, z);
    allocations_fail_after(-1);
    CU_ASSERT_EQUAL(clino__trace_flips(t).count, memory ? 3 : 0);
  }
  CU_ASSERT_FALSE(clino__trace_failed(t));
  clino_trace_free(t);
}

/* A length that no memory could hold is refused before it is read. */
static void absurd_lengths(void) {
  clino_trace *t = new_trace();
  double z = 1;
  clino__trace_record(t);
  clino_trace_report_f64(t, "a", 0, SIZE_MAX, &z);
  CU_ASSERT_TRUE(clino__trace_failed(t));
  clino__trace_record(t);
  clino_trace_report_f32(t, "a", 0, SIZE_MAX / 4, NULL);
  CU_ASSERT_TRUE(clino__trace_failed(t));
  clino_trace_free(t);
}

void suite_trace_flips(CU_pSuite suite) {
  TEST(suite, flips_are_those_of_a_naive_count);
  TEST(suite, signs_are_the_same_in_vectors_and_plain);
  TEST(suite, zero_is_not_taken);
  TEST(suite, another_order_is_no_flip);
  TEST(suite, another_shape_is_no_flip);
  TEST(suite, one_name_for_several_calls);
  TEST(suite, many_calls_backwards);
  TEST(suite, winners);
  TEST(suite, paused);
  TEST(suite, memory_fails_while_recording);
  TEST(suite, memory_fails_while_looking_up);
  TEST(suite, absurd_lengths);
}
