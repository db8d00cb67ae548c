#include "support/healthy.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct plan {
  clino_run *run;
  synth *s;
  size_t n;
  int64_t every;
  synth_curve train;
  double gap, val_noise; /* of validation, as a fraction of the descent; times the noise of training */
} plan;

static void put(const plan *p, const char *name, size_t i, double value) {
  if (clino_run_add(p->run, name, (int64_t)i * p->every, value, NULL)) abort();
}

static void attribute(const plan *p, const char *key, const char *value) {
  if (clino_run_set_attribute(p->run, key, value, NULL)) abort();
}

static double part(const plan *p, size_t i) { return (double)i / (double)(p->n > 1 ? p->n - 1 : 1); }

static plan draw(synth *s, size_t least, size_t most) {
  plan p = {.s = s};
  if (clino_run_new(&p.run, NULL)) abort();
  p.n = (size_t)((double)least * pow((double)most / (double)least, synth_uniform(s)));
  p.every = 1 + (int64_t)synth_below(s, 100);
  p.train = synth_draw(s, p.n);
  p.train.warm_up = p.train.step_decay = 0;
  p.gap = synth_between(s, 0, 0.3);
  p.val_noise = synth_between(s, 0.1, 1);
  return p;
}

/* Training at every row, validation at every so many of them, by the values of a function of the row. */
static void losses(const plan *p, double (*at)(const plan *, size_t), double scale, double shift) {
  double memory[2] = {0, 0}, span = fabs(p->train.start - p->train.floor);
  synth_curve quiet = p->train;
  size_t each = p->n > 60 && synth_uniform(p->s) < 0.5 ? p->n / 30 : 1;
  quiet.noise *= p->val_noise;
  for (size_t i = 0; i < p->n; i++) {
    double y = at(p, i), down = (p->train.start - y) / span;
    put(p, "train/loss", i, shift + scale * y * synth_noise(p->s, &p->train, &memory[0]));
    if (i % each == 0)
      put(p, "val/loss", i, shift + scale * (y + p->gap * span * down) * synth_noise(p->s, &quiet, &memory[1]));
  }
}

static double plain(const plan *p, size_t i) { return synth_value(&p->train, i); }

static double stepped(const plan *p, size_t i) {
  double y = synth_value(&p->train, i), t = part(p, i);
  return p->train.floor * 0.5 + (y - p->train.floor * 0.5) * (t > 0.85 ? 0.4 : t > 0.6 ? 0.6 : 1);
}

static double warmed(const plan *p, size_t i) {
  synth_curve c = p->train;
  c.warm_up = 1;
  return synth_value(&c, i);
}

static void softmax(const plan *p) {
  attribute(p, "loss", "softmax");
  attribute(p, "classes", "10");
}

/* An accuracy that fits a cross-entropy: 1 - loss / ln 2 is its least, e^(-loss) what one class in all would give. */
static void accuracies(const plan *p) {
  const clino_series *train = clino_run_series(p->run, "train/loss"), *val = clino_run_series(p->run, "val/loss");
  for (size_t i = 0; i < p->n; i++) put(p, "train/accuracy", i, exp(-0.8 * clino_series_values(train)[i]));
  for (size_t i = 0; val && i < clino_series_count(val); i++)
    if (clino_run_add(p->run, "val/accuracy", clino_series_step(val, i), exp(-0.8 * clino_series_values(val)[i]), NULL))
      abort();
}

static void layers(const plan *p) {
  static const char *const names[] = {"fc1.W", "fc1.b", "fc2.W", "fc2.b", "fc3.W", "fc3.b"};
  double fall = synth_between(p->s, 0.02, 1.5), growth = synth_between(p->s, 1, 3);
  for (size_t l = 0; l < 6; l++) {
    double g = pow(10, synth_between(p->s, -1, 1)), w = synth_between(p->s, 1, 10),
           r = pow(10, synth_between(p->s, -3.5, -2));
    for (size_t i = 0; i < p->n; i++) {
      char name[64];
      double t = part(p, i), noise = 1 + 0.3 * synth_normal(p->s);
      double norm = l % 2 ? 0.3 * t * growth : w * (1 + (growth - 1) * t);
      snprintf(name, sizeof name, "grad_norm/%s", names[l]);
      put(p, name, i, g * pow(fall, t) * fmax(0.05, noise));
      snprintf(name, sizeof name, "param_norm/%s", names[l]);
      put(p, name, i, norm);
      snprintf(name, sizeof name, "update_ratio/%s", names[l]);
      if (norm > 0) put(p, name, i, r * (1.05 - t) * fmax(0.1, noise));
    }
  }
}

static void rates(const plan *p, int kind) {
  for (size_t i = 0; i < p->n; i++) {
    double t = part(p, i), lr = kind == 0   ? 0.5 * (1 + cos(3.14159265 * t))
                                : kind == 1 ? (t > 0.85  ? 0.01
                                               : t > 0.6 ? 0.1
                                                         : 1)
                                            : fmin(1, t / 0.1);
    put(p, "lr", i, 0.003 * lr);
  }
}

static clino_run *make_plain(synth *s) {
  plan p = draw(s, 8, 5000);
  losses(&p, plain, 1, 0);
  return p.run;
}

static clino_run *make_monitored(synth *s) {
  plan p = draw(s, 20, 400);
  p.train.start = synth_between(s, 2.2, 2.5);
  p.train.floor = synth_between(s, 0.02, 0.4);
  softmax(&p);
  losses(&p, plain, 1, 0);
  accuracies(&p);
  layers(&p);
  return p.run;
}

/* A run whose losses have the marks of a schedule of learning rates, which is logged. */
static clino_run *scheduled(synth *s, double (*at)(const plan *, size_t), int kind) {
  plan p = draw(s, 20, 3000);
  losses(&p, at, 1, 0);
  rates(&p, kind);
  return p.run;
}

static clino_run *make_cosine(synth *s) { return scheduled(s, plain, 0); }
static clino_run *make_step_decay(synth *s) { return scheduled(s, stepped, 1); }
static clino_run *make_warm_up(synth *s) { return scheduled(s, warmed, 2); }

static clino_run *make_short(synth *s) {
  plan p = draw(s, 2, 12);
  losses(&p, plain, 1, 0);
  return p.run;
}

/* The first part of a longer run. */
static clino_run *make_cut_off(synth *s) {
  plan p = draw(s, 15, 1000);
  p.train.n = (size_t)((double)p.n * synth_between(s, 2, 20));
  losses(&p, plain, 1, 0);
  return p.run;
}

/* Dropout puts validation below training. */
static clino_run *make_dropout(synth *s) {
  plan p = draw(s, 10, 500);
  double memory[2] = {0, 0}, factor = synth_between(s, 0.4, 0.95);
  p.train.floor = p.train.start * synth_between(s, 0.01, 0.4);
  for (size_t i = 0; i < p.n; i++) {
    double y = plain(&p, i), down = (p.train.start - y) / (p.train.start - p.train.floor);
    put(&p, "train/loss", i, y * synth_noise(s, &p.train, &memory[0]));
    put(&p, "val/loss", i, (1 - (1 - factor) * down) * y * synth_noise(s, &p.train, &memory[1]));
  }
  return p.run;
}

static clino_run *make_regression(synth *s) {
  plan p = draw(s, 15, 2000);
  attribute(&p, "loss", "mse");
  p.train.noise *= 2;
  losses(&p, plain, pow(10, synth_between(s, -6, 25)), 0);
  return p.run;
}

static clino_run *make_fine_tuning(synth *s) {
  plan p = draw(s, 15, 1000);
  p.train.start = synth_between(s, 0.2, 3);
  p.train.floor = p.train.start * synth_between(s, 0.5, 0.95);
  p.train.noise = synth_between(s, 0.03, 0.4);
  p.gap = synth_between(s, 0, 0.2);
  losses(&p, plain, 1, 0);
  return p.run;
}

static clino_run *make_rl(synth *s) {
  plan p = draw(s, 15, 500);
  double low = synth_between(s, -100, 50), gain = synth_between(s, 10, 300), memory = 0, wander = 0;
  synth_curve c = p.train;
  c.noise = 1;
  for (size_t i = 0; i < p.n; i++) {
    double grown = 1 - exp(-4 * part(&p, i));
    wander += 0.02 * synth_normal(s);
    put(&p, "rollout/ep_rew_mean", i, low + gain * grown + 0.1 * gain * (synth_noise(s, &c, &memory) - 1));
    put(&p, "train/loss", i, 5 * (0.2 + grown) * exp(wander + 0.3 * synth_normal(s)));
  }
  return p.run;
}

static clino_run *make_gan(synth *s) {
  plan p = draw(s, 15, 1000);
  double wander[2] = {0, 0};
  for (size_t i = 0; i < p.n; i++)
    for (size_t k = 0; k < 2; k++) {
      wander[k] = 0.98 * wander[k] + 0.05 * synth_normal(s);
      put(&p, k ? "d_loss" : "g_loss", i, (k ? 0.69 : 1.3) * exp(wander[k] + 0.2 * synth_normal(s)));
    }
  for (size_t i = 0; i < p.n; i++) put(&p, "train/loss", i, 2 + 0.3 * synth_normal(s) + part(&p, i));
  return p.run;
}

/* A likelihood of densities, which falls below 0. */
static clino_run *make_negative(synth *s) {
  plan p = draw(s, 15, 1000);
  double depth = synth_between(s, 1, 100), noise = depth * synth_between(s, 0.002, 0.05);
  p.train.noise = 0;
  for (size_t i = 0; i < p.n; i++) {
    double y = -depth * (1 - exp(-p.train.rate * part(&p, i)));
    put(&p, "train/loss", i, y + noise * synth_normal(s));
    put(&p, "val/loss", i, 0.93 * y + noise * synth_normal(s));
  }
  return p.run;
}

/* Batches of very different difficulty: heavy tails. */
static clino_run *make_heavy_tails(synth *s) {
  plan p = draw(s, 30, 5000);
  double tail = synth_between(s, 0.1, 0.6);
  for (size_t i = 0; i < p.n; i++) put(&p, "train/loss", i, plain(&p, i) * exp(tail * synth_normal(s)));
  return p.run;
}

static const struct {
  const char *name;
  clino_run *(*make)(synth *);
} kinds[HEALTHY_KINDS] = {{"plain", make_plain},
                          {"monitored", make_monitored},
                          {"cosine", make_cosine},
                          {"step-decay", make_step_decay},
                          {"warm-up", make_warm_up},
                          {"short", make_short},
                          {"cut-off", make_cut_off},
                          {"dropout", make_dropout},
                          {"regression", make_regression},
                          {"fine-tuning", make_fine_tuning},
                          {"rl", make_rl},
                          {"gan", make_gan},
                          {"negative", make_negative},
                          {"heavy-tails", make_heavy_tails}};

const char *healthy_name(size_t kind) { return kinds[kind].name; }

clino_run *healthy_draw(synth *s, size_t kind) { return kinds[kind].make(s); }
