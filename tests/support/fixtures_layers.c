/* The fixtures of the checks of gradients and layers. */
#include <math.h>

#include "support/fixtures.h"

/* A layer statistic: one course where the check fires, another where it does not, none at all. */
typedef struct course {
  double from[3], to[3];
} course;

static void layers(clino_run *run, synth *s, kind k, const char *prefix, const course *fires, const course *clean,
                   double noise) {
  const course *c = k == FIRES ? fires : clean;
  if (k == MISSING) fixture_healthy(run, s);
  else fixture_layers(run, s, prefix, c->from, c->to, noise);
}

static void vanishing_gradient(clino_run *run, synth *s, kind k) {
  static const course fires = {{3e-6, 2e-4, 0.7}, {1e-6, 3e-4, 0.9}}, clean = {{0.6, 0.4, 0.9}, {0.11, 0.13, 0.2}};
  layers(run, s, k, "grad_norm/", &fires, &clean, 0.2);
}

static void exploding_gradient(clino_run *run, synth *s, kind k) {
  static const course clean = {{0.6, 0.4, 0.9}, {0.11, 0.13, 0.2}};
  layers(run, s, k, "grad_norm/", &clean, &clean, 0.2);
  for (size_t i = 0; i < ROWS && k == FIRES; i++)
    fixture_put(run, "grad_norm", i, 0.9 * pow(1.17, (double)i) * (1 + 0.1 * synth_normal(s)));
}

static void zero_gradient(clino_run *run, synth *s, kind k) {
  static const course fires = {{0.6, 0, 0.9}, {0.3, 0, 0.2}}, clean = {{0.6, 0.4, 0.9}, {0.11, 0.13, 0.2}};
  layers(run, s, k, "grad_norm/", &fires, &clean, 0.1);
}

static void parameter_growth(clino_run *run, synth *s, kind k) {
  static const course clean = {{3.1, 5.2, 1.9}, {3.9, 6.1, 2.7}};
  layers(run, s, k, "param_norm/", &clean, &clean, 0.001);
  for (size_t i = 0; i < ROWS && k == FIRES; i++) fixture_put(run, "param_norm/fc3", i, 2.2 * pow(1.09, (double)i));
}

static void unchanged_parameters(clino_run *run, synth *s, kind k) {
  static const course clean = {{3.1, 5.2, 1.9}, {3.9, 6.1, 2.7}}, gradient = {{0.6, 0.4, 0.9}, {0.11, 0.13, 0.2}};
  layers(run, s, k, "param_norm/", &clean, &clean, 0.001);
  if (k == MISSING) return;
  fixture_add_layers(run, s, "grad_norm/", gradient.from, gradient.to, 0.1);
  for (size_t i = 0; i < ROWS && k == FIRES; i++) {
    fixture_put(run, "param_norm/fc3", i, 2.217);
    fixture_put(run, "grad_norm/fc3", i, 0.3 * (1 + 0.1 * synth_normal(s)));
  }
}

static void activation_scale(clino_run *run, synth *s, kind k) {
  static const course fires = {{0.9, 0.004, 2e-5}, {0.9, 0.005, 3e-5}}, clean = {{0.9, 0.7, 1.1}, {1.3, 0.9, 1.7}};
  layers(run, s, k, "act_std/", &fires, &clean, 0.05);
}

static void initialization(clino_run *run, synth *s, kind k) {
  static const course clean = {{0.11, 0.09, 0.13}, {0.14, 0.11, 0.15}}, fires = {{0, 0, 0.13}, {0, 0.01, 0.15}};
  layers(run, s, k, "param_std/", &fires, &clean, 0.01);
}

static void gradient_clipping(clino_run *run, synth *s, kind k) {
  if (k != FIRES) fixture_healthy(run, s);
  for (size_t i = 0; i < ROWS && k == FIRES; i++) {
    fixture_put(run, "train/loss", i, fixture_loss(s, i, 2.35, 2.01, 0.01));
    fixture_put(run, "grad_norm", i, 1.7 + 0.2 * synth_normal(s));
  }
  if (k != MISSING) fixture_attribute(run, "clip_norm", k == FIRES ? "0.01" : "5");
  for (size_t i = 0; i < ROWS && k != MISSING; i++)
    fixture_put(run, "grad_clip_fraction", i, k == FIRES ? 1 : 0.03 * synth_uniform(s));
}

static void regularization_dominates(clino_run *run, synth *s, kind k) {
  if (k != FIRES) fixture_healthy(run, s);
  for (size_t i = 0; i < ROWS && k != MISSING; i++) {
    fixture_put(run, "loss/data", i, fixture_loss(s, i, 2.31, k == FIRES ? 2.07 : 0.2, 0.02));
    fixture_put(run, "loss/regularization", i,
                fixture_loss(s, i, k == FIRES ? 41 : 0.08, k == FIRES ? 4.3 : 0.11, 0.01));
  }
}

static void tiny_subset_overfit(clino_run *run, synth *s, kind k) {
  if (k == MISSING) {
    fixture_healthy(run, s);
    return;
  }
  fixture_attribute(run, "dataset_size", "20");
  for (size_t i = 0; i < ROWS; i++)
    fixture_put(run, "train/loss", i,
                fixture_loss(s, k == FIRES ? 4 * i : 2 * i, 2.35, k == FIRES ? 0.9 : 0.001, 0.02));
}

static void first_layer_noise(clino_run *run, synth *s, kind k) {
  static const course fires = {{1.01, 1, 1}, {0.99, 1, 1}}, clean = {{1.01, 1, 1}, {0.31, 0.8, 1}};
  layers(run, s, k, "weight_noise/", &fires, &clean, 0.01);
}

static void throughput_stall(clino_run *run, synth *s, kind k) {
  fixture_healthy(run, s);
  for (size_t i = 0; i < ROWS && k != MISSING; i++)
    fixture_put(run, "throughput", i, (k == FIRES && i > 40 ? 211 : 1730) * (1 + 0.05 * synth_normal(s)));
}

const fixture_maker fixtures_of_layers[] = {{"vanishing-gradient", vanishing_gradient},
                                            {"exploding-gradient", exploding_gradient},
                                            {"gradient-clipping", gradient_clipping},
                                            {"zero-gradient", zero_gradient},
                                            {"unchanged-parameters", unchanged_parameters},
                                            {"parameter-growth", parameter_growth},
                                            {"activation-scale", activation_scale},
                                            {"initialization", initialization},
                                            {"regularization-dominates", regularization_dominates},
                                            {"tiny-subset-overfit", tiny_subset_overfit},
                                            {"first-layer-noise", first_layer_noise},
                                            {"throughput-stall", throughput_stall},
                                            {NULL, NULL}};
