#include "checks/relate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "checks/causes.h"
#include "checks/descent.h"
#include "checks/layer.h"

#define NOT_LEARNING " loss-not-decreasing stall underfitting learning-rate-low tiny-subset-overfit "
#define THROWN " loss-not-decreasing loss-divergence loss-spike loss-oscillation nonfinite tiny-subset-overfit "

/* A check whose findings (of this cause; NULL: of any) explain those of other checks. The nearer to the cause, the
 * earlier: of several that explain a finding, the first counts. */
static const struct {
  const char *check, *cause, *explains;
} table[] = {
    {"log-integrity", CLINO__CAUSE_SEVERAL_WRITERS,
     THROWN NOT_LEARNING " overfitting train-val-gap learning-rate-schedule loss-noise training-budget "},
    {"metric-mismatch", CLINO__CAUSE_SOFTMAX_TWICE, NOT_LEARNING " train-val-gap "},
    {"initialization", CLINO__CAUSE_SYMMETRY,
     NOT_LEARNING " zero-gradient vanishing-gradient unchanged-parameters update-ratio activation-scale dead-units "
                  "initial-loss exploding-gradient "},
    {"regularization-dominates", NULL,
     NOT_LEARNING " update-ratio vanishing-gradient initial-loss zero-gradient activation-scale dead-units "
                  "metric-mismatch overfitting parameter-growth "},
    {"update-ratio", CLINO__CAUSE_SECOND_MOMENT,
     THROWN " stall underfitting dead-units saturated-units zero-gradient learning-rate-schedule parameter-growth "},
    {"activation-scale", CLINO__CAUSE_INPUT_SCALE,
     THROWN NOT_LEARNING " initialization initial-loss saturated-units dead-units update-ratio exploding-gradient "
                         "vanishing-gradient parameter-growth zero-gradient "},
    {"initialization", NULL,
     THROWN NOT_LEARNING " activation-scale initial-loss saturated-units vanishing-gradient update-ratio dead-units "
                         "exploding-gradient zero-gradient "},
    {"initial-loss", CLINO__CAUSE_LOSS_SUMMED,
     THROWN " update-ratio exploding-gradient dead-units saturated-units parameter-growth gradient-clipping "},
    {"learning-rate-schedule", NULL,
     THROWN NOT_LEARNING " update-ratio dead-units saturated-units exploding-gradient unchanged-parameters "
                         "parameter-growth "},
    {"exploding-gradient", CLINO__CAUSE_NOT_ZEROED,
     THROWN NOT_LEARNING " update-ratio dead-units saturated-units parameter-growth gradient-clipping "},
    {"gradient-clipping", NULL, NOT_LEARNING " update-ratio "},
    {"zero-gradient", CLINO__CAUSE_NO_GRADIENT, NOT_LEARNING " unchanged-parameters update-ratio vanishing-gradient "},
    {"unchanged-parameters", NULL, NOT_LEARNING " update-ratio "},
    {"saturated-units", CLINO__CAUSE_INIT_LARGE, NOT_LEARNING " vanishing-gradient update-ratio initial-loss "},
    {"activation-scale", CLINO__CAUSE_INIT_LARGE,
     THROWN NOT_LEARNING " initial-loss saturated-units update-ratio exploding-gradient vanishing-gradient "},
    {"activation-scale", NULL, NOT_LEARNING " vanishing-gradient update-ratio "},
    {"dead-units", CLINO__CAUSE_INIT_BAD, NOT_LEARNING " zero-gradient vanishing-gradient update-ratio "},
    {"dead-units", CLINO__CAUSE_LEARNING_RATE_HIGH, NOT_LEARNING " zero-gradient vanishing-gradient update-ratio "},
    {"vanishing-gradient", NULL, NOT_LEARNING " update-ratio "},
    {"exploding-gradient", CLINO__CAUSE_EXPLODING, THROWN " update-ratio parameter-growth "},
    {"suspicious-validation", CLINO__CAUSE_DROPOUT_STRONG, NOT_LEARNING},
    {"loss-noise", CLINO__CAUSE_NOT_SHUFFLED, " loss-oscillation loss-spike overfitting train-val-gap "},
    {"loss-noise", CLINO__CAUSE_BATCH_SMALL, " loss-oscillation loss-spike "},
    {"stall", CLINO__CAUSE_UPDATES_STARVED, " loss-not-decreasing underfitting learning-rate-low update-ratio "},
    {"stall", CLINO__CAUSE_LEARNING_RATE_HIGH, " loss-not-decreasing underfitting "},
    {"update-ratio", CLINO__CAUSE_LEARNING_RATE_HIGH,
     THROWN " stall underfitting dead-units saturated-units parameter-growth exploding-gradient zero-gradient "},
    {"update-ratio", CLINO__CAUSE_LEARNING_RATE_LOW, NOT_LEARNING},
    {"learning-rate-low", NULL, " loss-not-decreasing stall underfitting tiny-subset-overfit "},
    {"loss-oscillation", CLINO__CAUSE_LEARNING_RATE_HIGH, " loss-not-decreasing stall underfitting loss-spike "},
    {"nonfinite", CLINO__CAUSE_LOG_OF_ZERO, " loss-not-decreasing loss-divergence "},
};

#define N_ROWS (sizeof table / sizeof table[0])
#define MOST_ALTERNATIVES 8

static bool lists(const char *words, const char *word) {
  size_t n = strlen(word);
  for (const char *at = strstr(words, word); at; at = strstr(at + 1, word))
    if (at > words && at[-1] == ' ' && at[n] == ' ') return true;
  return false;
}

static bool alarms(const clino_finding *f) { return f->level >= CLINO_FINDING_WARN && f->cause; }

/* What comes after the end of the other cannot explain it. */
static bool in_time(const clino_finding *root, const clino_finding *f) {
  return root->first_step == CLINO_NO_STEP || f->last_step == CLINO_NO_STEP || root->first_step <= f->last_step;
}

/* The row of the table by which a finding explains others; N_ROWS where there is none. */
static size_t row_of(const clino_finding *f, size_t from) {
  size_t r = from;
  while (r < N_ROWS &&
         (strcmp(table[r].check, f->check) != 0 || (table[r].cause && strcmp(table[r].cause, f->cause) != 0)))
    r++;
  return r;
}

/* The finding that explains the i-th one, by the earliest row; NULL where none does. */
static const clino_finding *root_of(const clino_findings *found, const clino_finding *f, size_t *row) {
  const clino_finding *best = NULL;
  *row = row_of(f, 0);
  for (size_t i = 0; alarms(f) && i < clino_findings_count(found); i++) {
    const clino_finding *g = clino_findings_at(found, i);
    if (!alarms(g) || strcmp(g->check, f->check) == 0 || !in_time(g, f)) continue;
    size_t r = row_of(g, 0);
    if (r >= *row || !lists(table[r].explains, f->check)) continue;
    best = g;
    *row = r;
  }
  return best;
}

/* The root of the root, and so on: rows only get earlier, so that it ends. */
static const clino_finding *last_root(const clino_findings *found, const clino_finding *f) {
  const clino_finding *root = NULL;
  size_t row;
  for (const clino_finding *g = root_of(found, f, &row); g; g = root_of(found, g, &row)) root = g;
  return root;
}

/* Puts a cause first, and what was first before it among the alternatives. */
static void take_cause(clino_finding *f, const char *cause, const char *alternatives[MOST_ALTERNATIVES]) {
  if (strcmp(f->cause, cause) == 0) return;
  size_t n = 0;
  alternatives[n++] = f->cause;
  for (size_t i = 0; i < f->n_alternatives && n < MOST_ALTERNATIVES; i++)
    if (strcmp(f->alternatives[i], cause) != 0) alternatives[n++] = f->alternatives[i];
  f->cause = cause;
  f->alternatives = alternatives;
  f->n_alternatives = n;
}

/* What the run states beside its curves. decrease: actual over predicted decrease of a step, 1 for a right gradient. */
typedef struct known {
  double momentum, samples, classes, decrease;
  double update; /* the largest update over parameter ratio of weights at the start; NaN where not logged */
} known;

/* The cause, more precisely by what is known. */
static const char *precise(const char *check, const char *cause, const known *k) {
  bool few = k->samples > 0 && k->samples < fmax(200, 20 * k->classes),
       hardly = k->samples > 0 && k->samples < fmax(60, 10 * k->classes);
  bool high = strcmp(cause, CLINO__CAUSE_LEARNING_RATE_HIGH) == 0,
       low = strcmp(cause, CLINO__CAUSE_LEARNING_RATE_LOW) == 0;
  /* Steps of a usual size follow the slope, unless it is another one: curvature alone does not take the decrease. */
  bool usual = low || (high && k->update < 0.1);
  if (usual && k->decrease < -0.3) return CLINO__CAUSE_GRADIENT_SIGN;
  if (usual && k->decrease < 0.3) return CLINO__CAUSE_GRADIENT_WRONG;
  /* What does not learn although its steps are of the usual size, or beyond, is not held up by their length. */
  if (low && k->update > 3e-2 && lists(" loss-not-decreasing stall ", check)) return CLINO__CAUSE_LEARNING_RATE_HIGH;
  if (low && k->update > 1e-3 && lists(" loss-not-decreasing stall ", check)) return CLINO__CAUSE_GRADIENT_WRONG;
  if (high && k->momentum > 0.99) return CLINO__CAUSE_MOMENTUM_HIGH;
  /* A loss that is thrown up by steps of a usual size is not thrown by their length, but by their direction. */
  if (high && k->update < 3e-3 && lists(" loss-divergence loss-not-decreasing nonfinite parameter-growth ", check))
    return CLINO__CAUSE_GRADIENT_WRONG;
  if ((few && strcmp(cause, CLINO__CAUSE_OVERFITTING) == 0) ||
      (hardly && strcmp(cause, CLINO__CAUSE_LABELS_SHUFFLED) == 0))
    return CLINO__CAUSE_DATA_SMALL;
  return cause;
}

static clino_status add(const clino_findings *found, size_t i, const known *k, clino_findings *findings,
                        clino_error *error) {
  clino_finding f = *clino_findings_at(found, i);
  if (!alarms(&f)) return clino_findings_add(findings, &f, error);
  const char *by_root[MOST_ALTERNATIVES], *by_attribute[MOST_ALTERNATIVES];
  clino__text message = CLINO__TEXT_EMPTY;
  const clino_finding *root = last_root(found, &f);
  size_t n = clino_findings_count(found);
  for (size_t j = 0; j < n && !root; j++) {
    const clino_finding *g = clino_findings_at(found, j);
    if (!alarms(g) || last_root(found, g) != clino_findings_at(found, i)) continue;
    if (g->level > f.level) f.level = g->level;
    f.confidence = fmin(0.99, f.confidence + 0.03);
  }
  if (root) {
    f.confidence = fmin(f.confidence, 0.9 * root->confidence);
    take_cause(&f, root->cause, by_root);
    clino__text_addf(&message, "%s; explained by %s", f.message, root->check);
    f.message = clino__text_string(&message);
  }
  take_cause(&f, precise(f.check, f.cause, k), by_attribute);
  clino_status status =
      message.failed ? clino__fail_memory(error, "a finding's message") : clino_findings_add(findings, &f, error);
  clino__text_free(&message);
  return status;
}

static double largest_update(clino__context *c) {
  size_t n;
  double most = NAN;
  clino__layer *l = clino__layers_of(c, "update_ratio/", 3, &n, NULL);
  for (size_t i = 0; i < n; i++)
    if (clino__is_weight(l[i].name)) most = fmax(most, l[i].early);
  free(l);
  return most;
}

/* Of the median over the run and that of its first quarter, before the parameters are far away. */
static double least_decrease(clino__context *c) {
  const clino_series *s = clino__series(c, "decrease_ratio");
  clino__curve v;
  if (!s || !clino__curve_plain(c, s, 8, &v) || v.n < 8) return clino__setting(c, "decrease_ratio");
  return fmin(clino__curve_level(&v, 0, v.n / 4), clino__curve_level(&v, 0, v.n));
}

clino_status clino__relate(clino__context *c, const clino_findings *found, clino_findings *findings,
                           clino_error *error) {
  known k = {clino__setting(c, "momentum"), clino__setting(c, "dataset_size"),
             clino_run_attribute_number(c->run, "classes"), least_decrease(c), largest_update(c)};
  clino_status status = c->status;
  for (size_t i = 0; !status && i < clino_findings_count(found); i++) status = add(found, i, &k, findings, error);
  return status;
}
