/* Digits with every update rule and schedule: softmax regression, hinge regression, and a net with 32 hidden units.
 *
 *   worked_training [FOLDER]     prints tables; writes worked_training.svg to FOLDER */
#include <math.h>
#include <stdio.h>

#include "worked/figure.h"
#include "worked/training.h"

#define BATCH 50
#define EPOCH (1400 / BATCH)
#define EPOCHS 20
#define STEPS (EPOCH * EPOCHS)
#define HIDDEN 32

static const struct {
  const char *rule;
  double rate;
} rules[] = {{"gradient-descent", 0.1}, {"momentum", 0.05}, {"nesterov", 0.05}, {"adagrad", 0.03},
             {"adagrad-mean", 0.001}, {"adadelta", 1}, {"rmsprop", 0.001}, {"adam", 0.003}, {"adamw", 0.003}};
#define RULES (sizeof rules / sizeof rules[0])

static const struct {
  const char *name;
  size_t hidden;
  dnet_loss loss;
} models[] = {{"softmax regression", 0, DNET_SOFTMAX}, {"hinge regression", 0, DNET_HINGE},
              {"net", HIDDEN, DNET_SOFTMAX}};
#define MODELS (sizeof models / sizeof models[0])

static const char *const schedules[] = {"constant", "step", "exponential", "1/t", "1/sqrt(t)", "polynomial", "cosine",
                                        "momentum"};

/* The loss of each batch, and how far each step moved W1 of the net. */
static double losses[RULES][MODELS][STEPS], ratios[RULES][STEPS], by_schedule[CLINO_SCHEDULE_COUNT][STEPS];

/* Trains a model from its seeded weights; the mean training loss and the validation accuracy at the end. */
static int run(size_t model, const training *t, const data *d, double *loss, double *accuracy) {
  dnet *n = dnet_new(dnet_plain(models[model].hidden, DNET_RELU, models[model].loss));
  if (!n) return -1;
  int status = train_net(n, t, &d->train);
  *loss = dnet_evaluate(n, &d->train, NULL);
  dnet_evaluate(n, &d->validation, accuracy);
  dnet_free(n);
  return status;
}

static int print_rules(const data *d) {
  printf("Training loss and validation accuracy after %d epochs in batches of %d; momentum 0.9\n", EPOCHS, BATCH);
  printf("  %-16s  %-5s", "rule", "rate");
  for (size_t m = 0; m < MODELS; m++) printf("  %20s", models[m].name);
  printf("\n");
  for (size_t r = 0; r < RULES; r++) {
    printf("  %-16s  %-5g", rules[r].rule, rules[r].rate);
    for (size_t m = 0; m < MODELS; m++) {
      training t = {.rule = clino_optimizer_options_default(rules[r].rule), .batch = BATCH, .steps = STEPS, .seed = 1};
      double loss, accuracy;
      t.rule.rate = rules[r].rate;
      t.losses = losses[r][m];
      t.ratios = models[m].hidden ? ratios[r] : NULL;
      if (run(m, &t, d, &loss, &accuracy)) return -1;
      printf("  %12.4f  %5.1f%%", loss, 100 * accuracy);
    }
    printf("\n");
  }
  printf("\n");
  return 0;
}

static void print_ratios(void) {
  static const size_t at[] = {1, 10, 100, STEPS};
  printf("Update/parameter ratio of the net's W1 at step\n  %-16s", "rule");
  for (size_t k = 0; k < 4; k++) printf("  %8zu", at[k]);
  printf("\n");
  for (size_t r = 0; r < RULES; r++) {
    printf("  %-16s", rules[r].rule);
    for (size_t k = 0; k < 4; k++) printf("  %8.1e", ratios[r][at[k] - 1]);
    printf("\n");
  }
  printf("\n");
}

/* Each schedule, laid out over the steps there are. */
static clino_schedule schedule_of(clino_schedule_kind kind) {
  clino_schedule s = clino_schedule_default(kind);
  s.steps = STEPS;
  s.initial = 0.1;
  s.decay = kind == CLINO_SCHEDULE_INVERSE_ROOT ? 0.1 : 0.01;
  if (kind == CLINO_SCHEDULE_STEP) s.period = STEPS / 3;
  if (kind == CLINO_SCHEDULE_MOMENTUM) s.period = STEPS / 20;
  return s;
}

static int print_schedules(const data *d) {
  printf("The net with momentum 0.9 from a rate of 0.1, by schedule of the rate, and by that of momentum at 0.01\n");
  printf("  %-12s  %10s  %8s  %8s\n", "schedule", "last value", "loss", "accuracy");
  for (size_t k = 0; k < CLINO_SCHEDULE_COUNT; k++) {
    clino_schedule s = schedule_of((clino_schedule_kind)(k + 1));
    bool of_momentum = s.kind == CLINO_SCHEDULE_MOMENTUM;
    training t = {.rule = clino_optimizer_options_default("momentum"), .batch = BATCH, .steps = STEPS, .seed = 1};
    double loss, accuracy;
    t.rule.rate = 0.01;
    t.rate = of_momentum ? NULL : &s;
    t.momentum = of_momentum ? &s : NULL;
    t.losses = by_schedule[k];
    if (run(2, &t, d, &loss, &accuracy)) return -1;
    printf("  %-12s  %10.3g  %8.4f  %7.1f%%\n", schedules[k], clino_schedule_at(&s, STEPS - 1), loss, 100 * accuracy);
  }
  return 0;
}

/* ---- plots ---- */

/* The mean over each half epoch, at its end. */
#define POINTS (2 * EPOCHS)
typedef struct curve {
  double x[POINTS], y[POINTS];
} curve;

static clino_plot_series mean_curve(curve *c, const char *name, const double *values) {
  for (size_t p = 0; p < POINTS; p++) {
    double sum = 0;
    for (size_t k = p * EPOCH / 2; k < (p + 1) * EPOCH / 2; k++) sum += values[k];
    c->x[p] = (double)(p + 1) / 2;
    c->y[p] = sum / ((double)EPOCH / 2);
  }
  return (clino_plot_series){.name = name, .n = POINTS, .x = c->x, .y = c->y};
}

static int draw(const char *folder) {
  static curve loss[MODELS][RULES], ratio[RULES], rate[CLINO_SCHEDULE_COUNT];
  clino_plot_series l[MODELS][RULES], u[RULES], s[CLINO_SCHEDULE_COUNT];
  for (size_t r = 0; r < RULES; r++) {
    for (size_t m = 0; m < MODELS; m++) l[m][r] = mean_curve(&loss[m][r], rules[r].rule, losses[r][m]);
    u[r] = mean_curve(&ratio[r], rules[r].rule, ratios[r]);
  }
  for (size_t k = 0; k < CLINO_SCHEDULE_COUNT; k++) s[k] = mean_curve(&rate[k], schedules[k], by_schedule[k]);
  clino_plot p[6] = {figure_panel("The net: loss", "epoch", "training loss", l[2], RULES),
                     figure_panel("The same, logarithmic", "epoch", "training loss", l[2], RULES),
                     figure_panel("Softmax regression", "epoch", "training loss", l[0], RULES),
                     figure_panel("Hinge regression", "epoch", "training loss", l[1], RULES),
                     figure_panel("The net, by schedule", "epoch", "training loss", s, CLINO_SCHEDULE_COUNT),
                     figure_panel("Update/parameter ratio of W1", "epoch", "ratio", u, RULES)};
  clino_plot_range usual = {CLINO_PLOT_Y, 5e-4, 2e-3, "around 1e-3", CLINO_PLOT_GREY};
  p[5].ranges = &usual, p[5].n_ranges = 1;
  for (size_t i = 0; i < 6; i++) {
    p[i].height = 400;
    if (i) p[i].y.scale = CLINO_PLOT_LOG;
  }
  return figure_write(folder, "worked_training", p, 6, 2, "Digits with every update rule and schedule");
}

int main(int argc, char **argv) {
  data d;
  if (data_read(&d)) return 1;
  int status = print_rules(&d);
  if (!status) print_ratios();
  status = status || print_schedules(&d) || draw(argc > 1 ? argv[1] : NULL);
  data_free(&d);
  return status ? 1 : 0;
}
