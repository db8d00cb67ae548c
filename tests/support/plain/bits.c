/* Prints what the monitors make of seeded values, to the last bit: tests/scripts/neon.sh compares two machines. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "clino/activation.h"
#include "clino/statistics.h"
#include "clino/update_ratio.h"
#include "support/random.h"

enum { N = 70001 };

static double wide[2][N];
static float narrow[2][N];
static uint16_t half[N];

/* Many sizes, exact zeros, an offset that swamps the rest, a few that are not finite. */
static void fill(int kind) {
  uint64_t seed = 17 + (uint64_t)kind;
  for (int i = 0; i < N; i++) {
    double x = random_between(&seed, -1, 1);
    for (int k = (int)(random_between(&seed, 0, 1) * 90 * (kind == 1)); k > 0; k--) x *= k % 2 ? 0.37 : 0.51;
    if (kind == 2) x += 1e8;
    if (i % 11 == 3) x = 0;
    if (kind == 3 && i % 5000 == 77) x = i % 2 ? (double)NAN : (double)INFINITY;
    wide[0][i] = x;
    wide[1][i] = x * 0.99 + random_between(&seed, -1e-3, 1e-3);
    narrow[0][i] = (float)wide[0][i];
    narrow[1][i] = (float)wide[1][i];
    half[i] = (uint16_t)(random_between(&seed, 0, 1) * 65535);
  }
}

static void print_statistics(const char *what, const clino_statistics *m) {
  clino_statistics_stats s;
  clino_histogram h;
  uint64_t hash = 0;
  clino_statistics_get(m, &s, NULL);
  clino_statistics_histogram(m, &h, NULL);
  for (size_t i = 0; i < h.n_bins; i++) hash = (hash ^ h.counts[i]) * UINT64_C(0x9E3779B97F4A7C15) + i;
  printf("%s: %llu %llu %llu %a %a %a %a %a %zu %llx\n", what, (unsigned long long)s.count, (unsigned long long)s.zeros,
         (unsigned long long)s.nans, s.mean, s.standard_deviation, s.min, s.max, s.norm, h.n_bins,
         (unsigned long long)hash);
}

static void statistics(int kind) {
  clino_statistics_spec spec = clino_statistics_spec_default();
  clino_statistics *m = NULL;
  char what[32];
  spec.name = "W";
  if (clino_statistics_new(&spec, &m, NULL)) exit(2);
  for (int number = 0; number < 4; number++) {
    clino_statistics_reset(m);
    if (number == 0) clino_statistics_add_f64(m, N, wide[0], NULL);
    if (number == 1) clino_statistics_add_f32(m, N, narrow[0], NULL);
    if (number == 2) clino_statistics_add_bf16(m, N, half, NULL);
    if (number == 3) clino_statistics_add_f16(m, N, half, NULL);
    snprintf(what, sizeof what, "statistics %d %d", kind, number);
    print_statistics(what, m);
  }
  clino_statistics_free(m);
}

static void others(int kind) {
  clino_update_ratio *u = NULL;
  clino_activation *a = NULL;
  clino_update_ratio_stats r;
  clino_activation_stats t;
  clino_activation_spec spec = clino_activation_spec_default();
  spec.name = "h";
  spec.units = 7;
  if (clino_update_ratio_new("W", &u, NULL) || clino_activation_new(&spec, &a, NULL)) exit(2);
  clino_update_ratio_add_f32(u, N, narrow[0], narrow[1], NULL);
  clino_update_ratio_get(u, &r, NULL);
  clino_activation_add_f32(a, N / 7, narrow[0], NULL);
  clino_activation_get(a, &t, NULL);
  printf("others %d: %a %a %a; %a %a %zu\n", kind, r.update_norm, r.param_norm, r.ratio, t.mean, t.zero_fraction,
         t.dead_units);
  clino_update_ratio_free(u);
  clino_activation_free(a);
}

int main(void) {
  for (int kind = 0; kind < 4; kind++) {
    fill(kind);
    statistics(kind);
    others(kind);
  }
  return 0;
}
