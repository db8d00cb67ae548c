/* Every instruction set that this processor has gives the bits that the base gives: each loop on every length up to two
 * rows of lanes and a whole block, and a monitor of statistics. */
#include <math.h>
#include <string.h>

#include "monitor/block.h"
#include "monitor/statistics.h"
#include "support/random.h"
#include "support/suite.h"

static const char *const names[] = {"avx2", "avx512"};
static float f[2][CLINO__BLOCK];
static double d[2][CLINO__BLOCK];

static void fill(uint64_t seed, double offset) {
  for (size_t i = 0; i < CLINO__BLOCK; i++) {
    d[0][i] = i % 5 ? offset + random_normal(&seed) * pow(10, (double)(i % 7) - 3) : 0;
    d[1][i] = d[0][i] + 1e-3 * random_normal(&seed);
    f[0][i] = (float)d[0][i];
    f[1][i] = (float)d[1][i];
  }
}

static bool same_bits(double a, double b) { return memcmp(&a, &b, sizeof a) == 0; }

static void assert_same_block(clino__block base, clino__block other, const clino__kernels *k) {
  clino__block base2 = base, other2 = other;
  if (base.f32) base2.f32 = other2.f32 = f[1];
  else base2.f64 = other2.f64 = d[1];
  other.kernels = other2.kernels = k;
  clino__survey s, t;
  clino__block_survey(&base, &s);
  clino__block_survey(&other, &t);
  CU_ASSERT_TRUE(same_bits(s.min, t.min) && same_bits(s.max, t.max) && s.zeros == t.zeros);
  CU_ASSERT_TRUE(same_bits(clino__block_squares(&base), clino__block_squares(&other)));
  clino__spread p, q;
  clino__block_spread(&base, 0.377, &p);
  clino__block_spread(&other, 0.377, &q);
  CU_ASSERT_TRUE(same_bits(p.rest, q.rest) && same_bits(p.squares, q.squares));
  clino__pair_sums a, b;
  clino__block_step(&base, &base2, &a);
  clino__block_step(&other, &other2, &b);
  CU_ASSERT_TRUE(same_bits(a.first, b.first) && same_bits(a.difference, b.difference));
  clino__block_angle(&base, &base2, &a);
  clino__block_angle(&other, &other2, &b);
  CU_ASSERT_TRUE(same_bits(a.second, b.second) && same_bits(a.product, b.product));
  CU_ASSERT_EQUAL(clino__block_outside(&base, -0.1, 0.2), clino__block_outside(&other, -0.1, 0.2));
  uint16_t key[2][CLINO__BLOCK];
  clino__block_slots(&base, key[0]);
  clino__block_slots(&other, key[1]);
  CU_ASSERT_EQUAL(memcmp(key[0], key[1], base.n * sizeof key[0][0]), 0);
}

static void loops_give_the_same_bits(void) {
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    const clino__kernels *k = clino__kernels_named(names[i]);
    if (!k) continue;
    CU_ASSERT_STRING_EQUAL(k->name, names[i]);
    for (int c = 0; c < 2; c++) {
      fill(3, c ? 1e4 : 0);
      for (size_t n = 1; n <= CLINO__BLOCK; n += n < 70 ? 1 : 659) {
        clino__block a = clino__block_f32(&clino__kernels_base, n, f[0]);
        clino__block b = clino__block_f64(&clino__kernels_base, n, d[0]);
        assert_same_block(a, a, k);
        assert_same_block(b, b, k);
      }
    }
  }
}

static void fired_units_are_the_same(void) {
  fill(9, 0);
  f[0][3] = NAN, d[0][3] = NAN;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    const clino__kernels *k = clino__kernels_named(names[i]), *base = clino__kernels_named("base");
    for (int above = 0; k && above < 2; above++) {
      uint8_t a[CLINO__BLOCK] = {0}, b[CLINO__BLOCK] = {0};
      k->f32.fired(CLINO__BLOCK, f[0], above, a);
      base->f32.fired(CLINO__BLOCK, f[0], above, b);
      CU_ASSERT_EQUAL(memcmp(a, b, sizeof a), 0);
      CU_ASSERT_EQUAL(a[3], 1);
      CU_ASSERT_EQUAL(a[5], 0);
      k->f64.fired(CLINO__BLOCK, d[0], above, a);
      CU_ASSERT_EQUAL(memcmp(a, b, sizeof a), 0);
    }
  }
}

static clino_statistics *watch(const clino__kernels *k) {
  clino_statistics_spec spec = clino_statistics_spec_default();
  clino_statistics *m = NULL;
  spec.name = "x";
  CU_ASSERT_EQUAL_FATAL(clino_statistics_new(&spec, &m, NULL), CLINO_OK);
  clino__statistics_use(m, k);
  for (int part = 0; part < 4; part++) {
    fill((uint64_t)part, part == 2 ? 1e8 : 0.1);
    if (part == 3) d[0][17] = NAN, d[0][200] = -INFINITY, d[0][700] = 1e300, f[0][9] = INFINITY;
    clino_statistics_add_f64(m, CLINO__BLOCK - 5, d[0], NULL);
    clino_statistics_add_f32(m, CLINO__BLOCK - 3, f[0], NULL);
  }
  return m;
}

static void statistics_give_the_same_bits(void) {
  clino_statistics *base = watch(clino__kernels_named("base"));
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    const clino__kernels *k = clino__kernels_named(names[i]);
    if (!k) continue;
    clino_statistics *m = watch(k);
    clino_statistics_stats s, t;
    clino_histogram h, g;
    clino_statistics_get(base, &s, NULL);
    clino_statistics_get(m, &t, NULL);
    CU_ASSERT_TRUE(same_bits(s.mean, t.mean) && same_bits(s.standard_deviation, t.standard_deviation));
    CU_ASSERT_TRUE(same_bits(s.norm, t.norm) && same_bits(s.min, t.min) && same_bits(s.max, t.max));
    CU_ASSERT_TRUE(s.count == t.count && s.zeros == t.zeros && s.nans == t.nans && s.infinities == t.infinities);
    clino_statistics_histogram(base, &h, NULL);
    clino_statistics_histogram(m, &g, NULL);
    CU_ASSERT_EQUAL(memcmp(h.counts, g.counts, h.n_bins * sizeof *h.counts), 0);
    clino_statistics_free(m);
  }
  clino_statistics_free(base);
}

static void the_best_is_one_of_those_that_there_are(void) {
  const clino__kernels *best = clino__kernels_best();
  CU_ASSERT_PTR_EQUAL(clino__kernels_named(best->name), best);
  CU_ASSERT_PTR_NULL(clino__kernels_named("abacus"));
}

void suite_kernels(CU_pSuite suite) {
  TEST(suite, loops_give_the_same_bits);
  TEST(suite, fired_units_are_the_same);
  TEST(suite, statistics_give_the_same_bits);
  TEST(suite, the_best_is_one_of_those_that_there_are);
}
