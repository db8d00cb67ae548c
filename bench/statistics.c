/* What statistics cost over 20 million f32 on one core, beside a plain vectorized sum of the same array. */
#include <math.h>

#include "clino/statistics.h"
#include "clino/update_ratio.h"
#include "figure.h"

enum { N = 20 * 1000 * 1000, ROUNDS = 11 };

/* Lanes enough to hide the latency of additions, on whatever instruction set. */
#define PLAIN_SUM(function, attribute)                                              \
  attribute static double function(size_t n, const float *x) {                      \
    enum { LANES = 64 };                                                            \
    float s[LANES] = {0};                                                           \
    double total = 0;                                                               \
    for (size_t i = 0; i + LANES <= n; i += LANES)                                  \
      for (size_t j = 0; j < LANES; j++) s[j] += x[i + j];                          \
    for (size_t j = 0; j < LANES; j++) total += (double)s[j];                       \
    return total;                                                                   \
  }

PLAIN_SUM(sum_base, )
#if defined(__x86_64__) && defined(__GNUC__)
PLAIN_SUM(sum_avx2, __attribute__((target("avx2"))))
PLAIN_SUM(sum_avx512, __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))))
static double plain_sum(size_t n, const float *x) {
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    return sum_avx512(n, x);
  return __builtin_cpu_supports("avx2") ? sum_avx2(n, x) : sum_base(n, x);
}
#else
#define plain_sum sum_base
#endif

static volatile double sink;

typedef enum data_kind { NORMAL, HALF_ZERO, CONSTANT, DATA_KINDS } data_kind;

static const char *const kind_names[DATA_KINDS] = {"normal", "half zero", "constant"};

static void fill(data_kind kind, float *x) {
  uint64_t bits = 1;
  for (size_t i = 0; i < N; i++) {
    double sum = -6;
    for (int k = 0; k < 12; k++) {
      bits = bits * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
      sum += (double)(bits >> 40) * 0x1p-24;
    }
    x[i] = kind == CONSTANT ? 0.37f : kind == HALF_ZERO && bits >> 63 ? 0.0f : (float)sum;
  }
}

static clino_statistics *new_statistics(bool histogram) {
  clino_statistics_spec spec = clino_statistics_spec_default();
  clino_statistics *made;
  spec.name = "x";
  spec.histogram = histogram;
  bench_require(clino_statistics_new(&spec, &made, NULL) == CLINO_OK, "out of memory");
  return made;
}

static double pass(clino_statistics *s, const float *x) {
  double start = bench_now();
  clino_statistics_reset(s);
  bench_require(clino_statistics_add_f32(s, N, x, NULL) == CLINO_OK, "a pass failed");
  return bench_now() - start;
}

static void statistics_over_sum(data_kind kind, const float *x, double *all, double *moments) {
  clino_statistics *with = new_statistics(true), *without = new_statistics(false);
  double plain = INFINITY, full = INFINITY, half = INFINITY;
  for (int round = 0; round < ROUNDS; round++) {
    double start = bench_now();
    sink = plain_sum(N, x);
    plain = fmin(plain, bench_now() - start);
    full = fmin(full, pass(with, x));
    half = fmin(half, pass(without, x));
  }
  printf("  %-10s sum %6.2f ms  moments %6.2f ms (%.2f)  with histogram %6.2f ms (%.2f)\n", kind_names[kind],
         1e3 * plain, 1e3 * half, half / plain, 1e3 * full, full / plain);
  *all = fmax(*all, full / plain);
  *moments = fmax(*moments, half / plain);
  clino_statistics_free(with);
  clino_statistics_free(without);
}

static double update_ratio_over_read(const float *before, const float *after) {
  clino_update_ratio *m;
  bench_require(clino_update_ratio_new("x", &m, NULL) == CLINO_OK, "out of memory");
  double plain = INFINITY, ratio = INFINITY;
  for (int round = 0; round < ROUNDS; round++) {
    double t0 = bench_now();
    sink = plain_sum(N, before) + plain_sum(N, after);
    double t1 = bench_now();
    clino_update_ratio_reset(m);
    bench_require(clino_update_ratio_add_f32(m, N, before, after, NULL) == CLINO_OK, "a pass failed");
    double t2 = bench_now();
    plain = fmin(plain, t1 - t0);
    ratio = fmin(ratio, t2 - t1);
  }
  clino_update_ratio_free(m);
  printf("  update ratio %.2f ms, sums of both arrays %.2f ms (%.2f)\n", 1e3 * ratio, 1e3 * plain, ratio / plain);
  return ratio / plain;
}

int main(void) {
  float *x = malloc(N * sizeof *x), *y = malloc(N * sizeof *y);
  bench_require(x && y, "out of memory");
  printf("statistics of %d f32\n", N);
  double all = 0, moments = 0;
  for (int kind = 0; kind < DATA_KINDS; kind++) {
    fill((data_kind)kind, x);
    statistics_over_sum((data_kind)kind, x, &all, &moments);
  }
  fill(NORMAL, x);
  for (size_t i = 0; i < N; i++) y[i] = x[i] * 1.001f;
  double ratio = update_ratio_over_read(x, y);
  bench_figure("statistics-over-sum", all, "ratio", true, 12);
  bench_figure("moments-over-sum", moments, "ratio", true, 2.5);
  bench_figure("update-ratio-over-read", ratio, "ratio", true, 1.15);
  free(x);
  free(y);
  return 0;
}
