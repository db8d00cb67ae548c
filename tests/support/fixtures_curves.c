/* The fixtures of the checks of curves. */
#include <math.h>

#include "support/fixtures.h"

/* A training loss by row, and nothing else but the attributes. */
static void losses(clino_run *run, synth *s, double (*at)(synth *, size_t)) {
  fixture_attribute(run, "loss", "softmax");
  fixture_attribute(run, "classes", "10");
  for (size_t i = 0; i < ROWS; i++) fixture_put(run, "train/loss", i, at(s, i));
}

static void validation_only(clino_run *run, synth *s) {
  for (size_t i = 0; i < ROWS; i++) fixture_put(run, "val/loss", i, fixture_loss(s, i, 2.35, 0.3, 0.02));
}

static void either(clino_run *run, synth *s, kind k, double (*at)(synth *, size_t)) {
  if (k == FIRES) losses(run, s, at);
  else if (k == CLEAN) fixture_healthy(run, s);
  else validation_only(run, s);
}

static double leaves(synth *s, size_t i) {
  double loss = fixture_loss(s, i, 2.35, 0.3, 0.02);
  return i < 35 ? loss : loss * (1 + 0.3 * (double)(i - 34));
}

static double leaps(synth *s, size_t i) {
  double loss = fixture_loss(s, i, 2.35, 0.3, 0.02);
  return i < 25 || i > 40 ? loss : loss + 1.9 * exp(-(double)(i - 25) / 4);
}

static double swings(synth *s, size_t i) {
  return fixture_loss(s, i, 2.35, 0.6, 0.02) + (i ? (i % 2 ? 0.21 : -0.17) : 0);
}

static double crawls(synth *s, size_t i) { return 2.36 - 0.09 * (double)i / ROWS + 0.0013 * synth_normal(s); }

static void loss_divergence(clino_run *run, synth *s, kind k) { either(run, s, k, leaves); }
static void loss_spike(clino_run *run, synth *s, kind k) { either(run, s, k, leaps); }
static void loss_oscillation(clino_run *run, synth *s, kind k) { either(run, s, k, swings); }

static void learning_rate_low(clino_run *run, synth *s, kind k) { either(run, s, k, crawls); }

/* The same ten batches in the same order: 1,000 samples in batches of 10, a row every ten steps. */
static void loss_noise(clino_run *run, synth *s, kind k) {
  static const double order[] = {0.31, -0.22, 0.05, -0.27, 0.19, 0.02, -0.34, 0.28, -0.11, 0.09};
  if (k == MISSING) {
    validation_only(run, s);
    return;
  }
  fixture_attribute(run, "batch_size", "10");
  fixture_attribute(run, "dataset_size", "1000");
  if (k == CLEAN) fixture_healthy(run, s);
  for (size_t i = 0; i < ROWS && k == FIRES; i++)
    fixture_put(run, "train/loss", i, fixture_loss(s, i, 2.35, 0.6, 0.02) + order[i % 10]);
}

static void learning_rate_schedule(clino_run *run, synth *s, kind k) {
  if (k != FIRES) fixture_healthy(run, s);
  for (size_t i = 0; i < ROWS && k == FIRES; i++)
    fixture_put(run, "train/loss", i, fixture_loss(s, i < 13 ? i : 13, 2.35, 0.3, 0) * (1 + 0.01 * synth_normal(s)));
  for (size_t i = 0; i < ROWS && k != MISSING; i++) {
    double cosine = 0.05 * (1 + cos(3.14159 * (double)i / ROWS));
    fixture_put(run, "lr", i, k == CLEAN ? cosine : 0.1 * pow(0.65, (double)i));
  }
}

static void stall(clino_run *run, synth *s, kind k) {
  if (k == CLEAN) fixture_healthy(run, s);
  if (k == MISSING) validation_only(run, s);
  for (size_t i = 0; i < ROWS && k == FIRES; i++) {
    fixture_put(run, "train/loss", i, fixture_loss(s, i < 20 ? 2 * i : 40, 2.35, 1.4, 0.01));
    fixture_put(run, "grad_norm", i, 2.1 * (1 + 0.1 * synth_normal(s)));
    fixture_put(run, "grad_cosine", i, -0.77 + 0.05 * synth_normal(s));
  }
}

static void underfitting(clino_run *run, synth *s, kind k) {
  if (k == CLEAN) fixture_healthy(run, s);
  if (k == FIRES) fixture_attribute(run, "loss", "softmax"), fixture_attribute(run, "classes", "10");
  for (size_t i = 0; i < ROWS && k != CLEAN; i++) {
    fixture_put(run, "train/loss", i, fixture_loss(s, 4 * i, 2.35, 2.01, 0.01));
    fixture_put(run, "val/loss", i, fixture_loss(s, 4 * i, 2.35, 2.03, 0.01));
  }
}

static void suspicious_validation(clino_run *run, synth *s, kind k) {
  if (k == CLEAN) fixture_healthy(run, s);
  for (size_t i = 0; i < ROWS && k != CLEAN; i++) {
    fixture_put(run, "train/loss", i, fixture_loss(s, i, 2.35, 1.37, 0.02));
    if (k == FIRES) fixture_put(run, "val/loss", i, fixture_loss(s, i, 2.35, 0.61, 0.02));
  }
}

static void metric_mismatch(clino_run *run, synth *s, kind k) {
  fixture_healthy(run, s);
  for (size_t i = 0; i < ROWS && k != MISSING; i++) {
    double loss = fixture_loss(s, i, 2.35, 0.2, 0);
    fixture_put(run, "train/accuracy", i, k == CLEAN ? 1 - 0.38 * loss : 0.1 + 0.004 * synth_normal(s));
  }
}

static void training_budget(clino_run *run, synth *s, kind k) {
  fixture_healthy(run, s);
  if (k == MISSING) return;
  fixture_attribute(run, "dataset_size", "1000");
  fixture_attribute(run, "batch_size", "100");
  fixture_attribute(run, "epochs", k == CLEAN ? "59" : "5");
}

const fixture_maker fixtures_of_curves[] = {{"loss-divergence", loss_divergence},
                                            {"loss-spike", loss_spike},
                                            {"loss-oscillation", loss_oscillation},
                                            {"loss-noise", loss_noise},
                                            {"stall", stall},
                                            {"learning-rate-low", learning_rate_low},
                                            {"learning-rate-schedule", learning_rate_schedule},
                                            {"underfitting", underfitting},
                                            {"suspicious-validation", suspicious_validation},
                                            {"metric-mismatch", metric_mismatch},
                                            {"training-budget", training_budget},
                                            {NULL, NULL}};
