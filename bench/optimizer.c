/* What a step costs: every update rule over 10 million f32 parameters, against a plain read-modify-write loop over the
 * same arrays. Both sides run in turn, built with the same flags and, where the library chooses one for AVX2 at run
 * time, with the same choice; each is the minimum of ROUNDS. */
#include <math.h>
#include <stdint.h>

#include "clino.h"
#include "figure.h"

#define N 10000000
#define ROUNDS 41 /* a round takes some 10 ms: enough of them to find one that nothing else disturbs */

/* As much traffic as a rule with that many slots needs, and an addition for each number. */
#define TRAFFIC(name, attribute)                                                                               \
  attribute static void name(size_t n, size_t slots, float *restrict p, const float *restrict g,               \
                             float *restrict a, float *restrict b) {                                           \
    if (slots == 0)                                                                                            \
      for (size_t i = 0; i < n; i++) p[i] += g[i];                                                             \
    if (slots == 1)                                                                                            \
      for (size_t i = 0; i < n; i++) a[i] += g[i], p[i] += a[i];                                               \
    if (slots == 2)                                                                                            \
      for (size_t i = 0; i < n; i++) a[i] += g[i], b[i] += g[i], p[i] += a[i] + b[i];                          \
  }

TRAFFIC(traffic_base, )
#if defined(__x86_64__) && defined(__GNUC__)
TRAFFIC(traffic_wide, __attribute__((target("avx2"))))
#define WIDE __builtin_cpu_supports("avx2")
#else
#define traffic_wide traffic_base
#define WIDE false
#endif

typedef struct arrays {
  float *p, *g;
  void *state;
} arrays;

static void fill(arrays *x) {
  uint32_t bits = 1;
  for (size_t i = 0; i < N; i++) {
    bits = bits * 1664525u + 1013904223u;
    x->p[i] = 0.1f;
    x->g[i] = (float)(bits >> 8) * 0x1p-24f - 0.5f;
  }
}

static void *new_state(const clino_optimizer_options *o) {
  size_t size;
  clino_error e;
  bench_require(clino_optimizer_state_size(o, CLINO_F32, N, &size, &e) == CLINO_OK, e.message);
  void *state = malloc(size);
  bench_require(state != NULL, "out of memory for a state");
  bench_require(clino_optimizer_state_init(o, CLINO_F32, N, state, size, &e) == CLINO_OK, e.message);
  return state;
}

static double over_traffic(const char *name, const clino_optimizer_options *o, size_t slots, arrays *x) {
  double step = INFINITY, plain = INFINITY;
  x->state = new_state(o);
  float *a = clino_optimizer_state_slot(x->state, 0), *b = clino_optimizer_state_slot(x->state, 1);
  for (int round = 0; round < ROUNDS; round++) {
    double t0 = bench_now();
    bench_require(clino_optimizer_step_f32(o, N, x->p, x->g, x->state, NULL) == CLINO_OK, "a step failed");
    double t1 = bench_now();
    (WIDE ? traffic_wide : traffic_base)(N, slots, x->p, x->g, a, b);
    double t2 = bench_now();
    step = fmin(step, t1 - t0);
    plain = fmin(plain, t2 - t1);
  }
  free(x->state);
  printf("  %-28s %7.2f ms  plain loop %7.2f ms  %.3f\n", name, 1e3 * step, 1e3 * plain, step / plain);
  return step / plain;
}

int main(void) {
  arrays x = {malloc(N * sizeof(float)), malloc(N * sizeof(float)), NULL};
  bench_require(x.p && x.g, "out of memory");
  fill(&x);
  printf("one step over %d f32 parameters\n", N);
  double worst = 0;
  for (size_t r = 0; r < clino_optimizer_count(); r++) {
    const clino_optimizer_info *info = clino_optimizer_at(r);
    size_t slots = (size_t)(info->slots[0] != NULL) + (info->slots[1] != NULL);
    for (int shaped = 0; shaped < 2; shaped++) {
      clino_optimizer_options o = clino_optimizer_options_default(info->name);
      char name[64];
      if (shaped) o.weight_decay = 0.01, o.clip_value = 0.4;
      snprintf(name, sizeof name, "%s%s", info->name, shaped ? ", decay, clip" : "");
      worst = fmax(worst, over_traffic(name, &o, slots, &x));
    }
  }
  bench_figure("optimizer-step-over-traffic", worst, "ratio", true, 1.3);
  free(x.p);
  free(x.g);
  return 0;
}
