/* The fixtures of the checks, from a seed: a healthy small net as the common ground, and what each check looks for laid
 * over it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/fixtures.h"

void fixture_put(clino_run *run, const char *name, size_t i, double value) {
  if (clino_run_add(run, name, (int64_t)i * 10, value, NULL)) abort();
}

void fixture_attribute(clino_run *run, const char *key, const char *value) {
  if (clino_run_set_attribute(run, key, value, NULL)) abort();
}

double fixture_loss(synth *s, size_t i, double start, double floor, double noise) {
  double t = (double)i / (ROWS - 1);
  return (floor + (start - floor) * exp(-5 * t)) * (1 + (i ? noise : 0) * synth_normal(s));
}

void fixture_healthy(clino_run *run, synth *s) {
  fixture_attribute(run, "loss", "softmax");
  fixture_attribute(run, "classes", "10");
  for (size_t i = 0; i < ROWS; i++) {
    fixture_put(run, "train/loss", i, fixture_loss(s, i, log(10) + 0.06, 0.21, 0.03));
    fixture_put(run, "val/loss", i, fixture_loss(s, i, log(10) + 0.06, 0.27, 0.02));
  }
}

static void initial_loss(clino_run *run, synth *s, kind k) {
  if (k == CLEAN) fixture_healthy(run, s);
  if (k == FIRES) fixture_attribute(run, "loss", "softmax"), fixture_attribute(run, "classes", "10");
  for (size_t i = 0; i < ROWS && k != CLEAN; i++)
    fixture_put(run, "train/loss", i, fixture_loss(s, i, 17.3, 0.4, 0.05));
}

static void nonfinite(clino_run *run, synth *s, kind k) {
  if (k == CLEAN) fixture_healthy(run, s);
  for (size_t i = 0; i < ROWS && k == FIRES; i++)
    fixture_put(run, "train/loss", i, i < 23 ? fixture_loss(s, i, 2.35, 0.3, 0.05) : NAN);
  for (size_t i = 0; i < ROWS && k == MISSING; i++)
    if (clino_run_add_missing(run, "train/loss", (int64_t)i * 10, "not logged", NULL)) abort();
}

static void loss_not_decreasing(clino_run *run, synth *s, kind k) {
  if (k == CLEAN) fixture_healthy(run, s);
  if (k == FIRES) fixture_attribute(run, "loss", "softmax"), fixture_attribute(run, "classes", "10");
  for (size_t i = 0; i < ROWS && k == FIRES; i++)
    fixture_put(run, "train/loss", i, log(10) * (1 + 0.004 * synth_normal(s)));
  for (size_t i = 0; i < ROWS && k == MISSING; i++)
    fixture_put(run, "val/loss", i, fixture_loss(s, i, 2.35, 0.3, 0.02));
}

/* The validation loss follows training down and then climbs. */
static void memorizing(clino_run *run, synth *s, double climb) {
  for (size_t i = 0; i < ROWS; i++) {
    double after = i > 15 ? (double)(i - 15) / (ROWS - 16) : 0;
    fixture_put(run, "train/loss", i, fixture_loss(s, i, 2.35, 0.02, 0.03));
    fixture_put(run, "val/loss", i, fixture_loss(s, i, 2.35, 1.1, 0.02) + climb * after);
  }
}

static void train_val_gap(clino_run *run, synth *s, kind k) {
  if (k == CLEAN) fixture_healthy(run, s);
  if (k == FIRES) memorizing(run, s, 0.4);
  for (size_t i = 0; i < ROWS && k == MISSING; i++)
    fixture_put(run, "train/loss", i, fixture_loss(s, i, 2.35, 0.3, 0.02));
}

static void overfitting(clino_run *run, synth *s, kind k) {
  if (k == FIRES) memorizing(run, s, 1.7);
  else train_val_gap(run, s, k);
}

void fixture_add_layers(clino_run *run, synth *s, const char *prefix, const double from[3], const double to[3],
                        double noise) {
  static const char *const names[] = {"conv1", "fc1", "fc2"};
  for (size_t l = 0; l < 3; l++)
    for (size_t i = 0; i < ROWS; i++) {
      char name[64];
      double t = fmin(1, 3 * (double)i / ROWS);
      snprintf(name, sizeof name, "%s%s", prefix, names[l]);
      fixture_put(run, name, i, (from[l] + (to[l] - from[l]) * t) * (1 + noise * synth_normal(s)));
    }
}

void fixture_layers(clino_run *run, synth *s, const char *prefix, const double from[3], const double to[3],
                    double noise) {
  fixture_healthy(run, s);
  fixture_add_layers(run, s, prefix, from, to, noise);
}

static void update_ratio(clino_run *run, synth *s, kind k) {
  static const double start[] = {4e-3, 3e-3, 9e-3}, fine[] = {1.1e-3, 0.8e-3, 1.9e-3}, bad[] = {1.2e-3, 0.37, 2.1e-3};
  if (k == MISSING) fixture_healthy(run, s);
  else fixture_layers(run, s, "update_ratio/", start, k == FIRES ? bad : fine, 0.1);
}

static void dead_units(clino_run *run, synth *s, kind k) {
  static const double start[] = {0.02, 0.03, 0.01}, fine[] = {0.05, 0.11, 0.04}, bad[] = {0.06, 0.58, 0.93};
  if (k == MISSING) fixture_healthy(run, s);
  else fixture_layers(run, s, "act_dead_fraction/", start, k == FIRES ? bad : fine, 0.01);
}

static void saturated_units(clino_run *run, synth *s, kind k) {
  static const double start[] = {0.08, 0.05, 0.11}, fine[] = {0.12, 0.09, 0.21}, bad[] = {0.71, 0.3, 0.18};
  if (k == MISSING) fixture_healthy(run, s);
  else fixture_layers(run, s, "act_saturated_fraction/", start, k == FIRES ? bad : fine, 0.02);
}

/* A run that is resumed from a checkpoint, ten rows before its end so far, and says so. */
static void resumed(clino_run *run, synth *s) {
  const size_t end = ROWS / 2, back = 10;
  for (size_t i = 0; i < ROWS; i++) {
    const size_t at = i < end ? i : i - back;
    fixture_put(run, "train/loss", at, fixture_loss(s, at, 2.35, 0.3, 0.03));
    if (i % 4 == 3) fixture_put(run, "val/loss", at, fixture_loss(s, at, 2.35, 0.35, 0.01));
    if (i == end) fixture_put(run, "resume", at, 1);
  }
}

/* Two processes that write the same log, each at its own place. */
static void log_integrity(clino_run *run, synth *s, kind k) {
  if (k == CLEAN) resumed(run, s);
  for (size_t i = 0; i < ROWS && k == FIRES; i++)
    fixture_put(run, "train/loss", i % 3 == 2 ? i - 2 : i, fixture_loss(s, i, 2.35, 0.3, 0.03));
  if (k == MISSING) fixture_put(run, "train/loss", 0, 2.3);
}

static const fixture_maker makers[] = {{"initial-loss", initial_loss},
                                       {"nonfinite", nonfinite},
                                       {"loss-not-decreasing", loss_not_decreasing},
                                       {"train-val-gap", train_val_gap},
                                       {"overfitting", overfitting},
                                       {"update-ratio", update_ratio},
                                       {"dead-units", dead_units},
                                       {"saturated-units", saturated_units},
                                       {"log-integrity", log_integrity},
                                       {NULL, NULL}};

clino_run *synth_fixture(const char *check, const char *name) {
  static const fixture_maker *const all[] = {makers, fixtures_of_curves, fixtures_of_layers};
  kind k = strcmp(name, "fires") == 0 ? FIRES : strcmp(name, "clean") == 0 ? CLEAN : MISSING;
  for (size_t list = 0; list < 3; list++)
    for (size_t i = 0; all[list][i].check; i++) {
      synth s = {1000 * (list + 1) + 10 * i + (uint64_t)k};
      clino_run *run = NULL;
      if (strcmp(all[list][i].check, check) != 0) continue;
      if (clino_run_new(&run, NULL)) abort();
      all[list][i].make(run, &s, k);
      return run;
    }
  return NULL;
}
