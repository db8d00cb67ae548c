/* Signs of faults that one kind of series tells: what steps take off the loss, gradients of batches that agree, what a
 * net costs before its first update, labels drawn by lot. Each fault beside a sound run that differs in that sign. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "clino/check.h"
#include "support/run.h"
#include "support/suite.h"
#include "support/synth.h"

#define N 96

/* A run of a classifier of ten classes, by what a fault changes of it. */
typedef struct course {
  double start, floor, rate, noise; /* of train/loss: (start - floor) exp(-rate t) + floor; noise relative to it */
  double val_start, gap;            /* val/loss: as train/loss, from val_start and to gap above; NAN: not logged */
  double kept, cosine, update;      /* decrease_ratio, grad_cosine, update_ratio */
  double samples, batch;
  double right, val_right;          /* accuracy at the end; NAN: not logged */
} course;

static course sound(void) {
  return (course){2.35, 0.15, 9, 0.04, 2.36, 0.04, 0.88, 0.12, 2e-3, 1500, 32, NAN, NAN};
}

static double value(synth *s, const course *c, double start, double floor, size_t i) {
  double t = (double)i / N;
  return (floor + (start - floor) * exp(-c->rate * t)) * (1 + c->noise * synth_normal(s));
}

static void number(clino_run *run, const char *key, double x) {
  char text[32];
  snprintf(text, sizeof text, "%.0f", x);
  CU_ASSERT_EQUAL_FATAL(clino_run_set_attribute(run, key, text, NULL), CLINO_OK);
}

static clino_run *make(synth *s, const course *c) {
  clino_run *run = new_run();
  CU_ASSERT_EQUAL_FATAL(clino_run_set_attribute(run, "loss", "softmax", NULL), CLINO_OK);
  number(run, "classes", 10);
  number(run, "dataset_size", c->samples);
  for (size_t i = 0; i < N; i++) {
    int64_t step = 5 * (int64_t)i;
    double done = 1 - exp(-c->rate * (double)i / N);
    put(run, "train/loss", step, value(s, c, c->start, c->floor, i));
    if (!isnan(c->val_start)) put(run, "val/loss", step, value(s, c, c->val_start, c->floor + c->gap, i));
    if (!isnan(c->right)) put(run, "train/accuracy", step, 0.1 + (c->right - 0.1) * done);
    if (!isnan(c->val_right)) put(run, "val/accuracy", step, 0.1 + (c->val_right - 0.1) * done);
    if (i == 0) continue;
    put(run, "batch_size", step, c->batch);
    put(run, "decrease_ratio", step, c->kept + 0.003 * (1 - c->kept) * synth_normal(s));
    put(run, "grad_cosine", step, fmax(-1, fmin(1, c->cosine + 0.03 * synth_normal(s) * (1 - fabs(c->cosine)))));
    put(run, "update_ratio/W1", step, c->update * (1 + 0.1 * synth_normal(s)));
    put(run, "update_ratio/W2", step, 0.8 * c->update * (1 + 0.1 * synth_normal(s)));
  }
  return run;
}

/* A course that differs from a sound one in what is set. */
#define COURSE(name, ...)              \
  static clino_run *name(synth *s) {   \
    course c = sound();                \
    __VA_ARGS__;                       \
    return make(s, &c);                \
  }

/* ---- what steps take ---- */

COURSE(healthy, (void)0)
COURSE(sign, c.floor = 40, c.rate = 0.5, c.kept = -1.04, c.cosine = 0.87)
COURSE(sum_of_all, c.floor = 1.1, c.kept = 0.004, c.cosine = 0.997)
COURSE(one_layer_wrong, c.floor = 1.1, c.kept = 0.31, c.cosine = 0.34)
COURSE(too_long, c.rate = 1.5, c.kept = 0.11, c.cosine = -0.43, c.update = 0.02)
COURSE(too_short, c.rate = 0.4, c.kept = 0.9991, c.cosine = 0.55, c.noise = 0.01)

static clino_run *clipped(synth *s) {
  clino_run *run = too_short(s);
  for (size_t i = 1; i < N; i++) put(run, "grad_clip_fraction", 5 * (int64_t)i, 1);
  return run;
}

/* ---- batches ---- */

COURSE(sorted, c.floor = 1.3, c.noise = 0.3, c.kept = 0.96, c.cosine = 0.86)
COURSE(single, c.floor = 0.8, c.noise = 0.15, c.kept = 0.97, c.cosine = -0.01, c.batch = 1)

/* ---- losses before and after ---- */

COURSE(labels_by_lot, c.noise = 0.01, c.floor = 1.71, c.right = 0.53, c.val_right = 0.49, c.gap = 0.13)
COURSE(dropped, c.start = 5.3, c.val_start = 2.41, c.floor = 1.1, c.gap = -0.5)

static clino_run *penalized(synth *s) {
  course c = sound();
  c.floor = 0.9, c.start = 5.1, c.val_start = 2.34, c.gap = -0.3;
  clino_run *run = make(s, &c);
  for (size_t i = 0; i < N; i++) {
    double fall = exp(-9 * (double)i / N);
    put(run, "loss/data", 5 * (int64_t)i, (0.47 + 1.86 * fall) * (1 + 0.02 * synth_normal(s)));
    put(run, "loss/regularization", 5 * (int64_t)i, 0.43 + 2.34 * fall);
  }
  return run;
}

COURSE(validated_on_training, c.noise = 0.004, c.gap = 0, c.val_start = 2.35, c.samples = 90, c.floor = 0.62)
COURSE(leaked, c.floor = 0.0031, c.gap = 0.0007, c.rate = 14)
COURSE(forty_samples, c.samples = 40, c.floor = 0.0041, c.rate = 12, c.gap = 0.57)

/* ---- layers ---- */

static void at_start(clino_run *run, const char *what, double first, double factor) {
  for (int l = 1; l <= 4; l++, first *= factor) {
    char name[48];
    snprintf(name, sizeof name, "%s/h%d", what, l);
    for (int i = 0; i < 10; i++) put(run, name, 50 * i, first);
  }
}

static clino_run *silent(synth *s) {
  course c = sound();
  c.floor = 1.6, c.rate = 3;
  clino_run *run = make(s, &c);
  at_start(run, "act_zero_fraction", 0.93, 1.01);
  return run;
}

static clino_run *half_silent(synth *s) {
  clino_run *run = healthy(s);
  at_start(run, "act_zero_fraction", 0.48, 1.05);
  return run;
}

static clino_run *grows_by_layer(synth *s) {
  course c = sound();
  c.start = 41, c.val_start = 40.7;
  clino_run *run = make(s, &c);
  at_start(run, "act_std", 1.3, 2.3);
  return run;
}

static clino_run *shrinks_at_first(synth *s) {
  course c = sound();
  clino_run *run = make(s, &c);
  for (size_t i = 1; i < N; i++)
    for (int l = 1; l <= 5; l++) {
      char name[48];
      snprintf(name, sizeof name, "grad_norm/W%d", l);
      put(run, name, 5 * (int64_t)i, 0.7 * pow(i < N / 4 ? 0.11 : 0.8, 5 - l) * (1 + 0.1 * synth_normal(s)));
    }
  return run;
}

static clino_run *carried_off(synth *s) {
  course c = sound();
  c.floor = 0.9, c.gap = 0.3, c.kept = 0.72, c.update = 0.02;
  clino_run *run = make(s, &c);
  number(run, "fan_in/W1", 64);
  for (size_t i = 0; i < N; i++)
    put(run, "param_std/W1", 5 * (int64_t)i, (i ? 1.17 + 0.002 * (double)i : 0.177) * (1 + 0.01 * synth_normal(s)));
  return run;
}

static clino_run *lost_by_a_jump(synth *s) {
  clino_run *run = new_run();
  course c = sound();
  for (size_t i = 0; i < N; i++) {
    put(run, "train/loss", 5 * (int64_t)i, i < 60 ? value(s, &c, c.start, c.floor, i) : NAN);
    put(run, "lr", 5 * (int64_t)i, i < 59 ? 0.02 : 1.4);
  }
  return run;
}

/* ---- the table ---- */

typedef struct sample {
  const char *check, *cause;
  clino_run *(*make)(synth *);
} sample;

static bool is_told(const sample *k, uint64_t seed) {
  synth s = {31 * seed + 5};
  clino_run *run = k->make(&s);
  clino_findings *all = NULL;
  bool told = false;
  CU_ASSERT_EQUAL_FATAL(clino_findings_new(&all, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_diagnose(run, NULL, all, NULL), CLINO_OK);
  const clino_finding *top = clino_findings_top(all);
  if (!k->cause) told = !top;
  else if (top && top->cause && strcmp(top->cause, k->cause) == 0) told = strcmp(top->check, k->check) == 0;
  if (!told)
    printf("\n    %s, seed %d: %s, %s ", k->cause ? k->cause : "sound", (int)seed, top ? top->check : "nothing",
           top ? top->message : "");
  clino_findings_free(all);
  clino_run_free(run);
  return told;
}

static void each_sign_is_told(void) {
  static const sample samples[] = {{NULL, NULL, healthy},
                                   {NULL, NULL, half_silent},
                                   {"update-ratio", "gradient-sign-error", sign},
                                   {"update-ratio", "gradient-not-zeroed", sum_of_all},
                                   {"update-ratio", "gradient-wrong", one_layer_wrong},
                                   {"update-ratio", "learning-rate-too-high", too_long},
                                   {"learning-rate-low", "learning-rate-too-low", too_short},
                                   {"gradient-clipping", "clipping-too-tight", clipped},
                                   {"loss-noise", "data-not-reshuffled", sorted},
                                   {"loss-noise", "batch-too-small", single},
                                   {"underfitting", "labels-do-not-fit-inputs", labels_by_lot},
                                   {"suspicious-validation", "dropout-too-strong", dropped},
                                   {"regularization-dominates", "regularization-too-strong", penalized},
                                   {"suspicious-validation", "validation-on-training-data", validated_on_training},
                                   {"suspicious-validation", "label-leak", leaked},
                                   {"train-val-gap", "too-little-data", forty_samples},
                                   {"initialization", "negative-biases", silent},
                                   {"initial-loss", "initialization-too-large", grows_by_layer},
                                   {"vanishing-gradient", "signal-shrinks-with-depth", shrinks_at_first},
                                   {"parameter-growth", "learning-rate-too-high", carried_off},
                                   {"learning-rate-schedule", "learning-rate-jump", lost_by_a_jump}};
  for (size_t k = 0; k < sizeof samples / sizeof samples[0]; k++) {
    size_t told = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) told += is_told(&samples[k], seed);
    CU_ASSERT_TRUE(told >= 19);
  }
}

void suite_checks_signs(CU_pSuite suite);
void suite_checks_signs(CU_pSuite suite) { TEST(suite, each_sign_is_told); }
