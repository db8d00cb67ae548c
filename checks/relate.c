#include "checks/relate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "checks/causes.h"
#include "checks/descent.h"
#include "checks/layer.h"
#include "checks/promise.h"

#define NOT_LEARNING " loss-not-decreasing stall underfitting learning-rate-low tiny-subset-overfit "
#define BROKEN                                                                                             \
  " update-ratio dead-units saturated-units vanishing-gradient exploding-gradient zero-gradient parameter-growth " \
  "unchanged-parameters "
#define LATE " activation-scale learning-rate-schedule metric-mismatch loss-noise "
#define THROWN " loss-not-decreasing loss-divergence loss-spike loss-oscillation nonfinite tiny-subset-overfit "

/* A check whose findings (of this cause; NULL: of any) explain those of other checks. The nearer to the cause, the
 * earlier: of several that explain a finding, the first counts. */
static const struct {
  const char *check, *cause, *explains;
} table[] = {
    {"log-integrity", CLINO__CAUSE_SEVERAL_WRITERS,
     THROWN NOT_LEARNING " overfitting train-val-gap learning-rate-schedule loss-noise training-budget "},
    {"metric-mismatch", CLINO__CAUSE_SOFTMAX_TWICE, NOT_LEARNING " train-val-gap "},
    {"initialization", CLINO__CAUSE_SYMMETRY, BROKEN NOT_LEARNING " initial-loss activation-scale "},
    {"regularization-dominates", NULL,
     BROKEN NOT_LEARNING " initial-loss activation-scale metric-mismatch overfitting suspicious-validation "},
    {"suspicious-validation", CLINO__CAUSE_DROPOUT_STRONG,
     NOT_LEARNING " initial-loss metric-mismatch dead-units saturated-units zero-gradient update-ratio "
                  "learning-rate-schedule "},
    {"update-ratio", CLINO__CAUSE_SECOND_MOMENT, THROWN BROKEN " stall underfitting learning-rate-schedule "},
    {"update-ratio", CLINO__CAUSE_GRADIENT_SIGN, THROWN BROKEN NOT_LEARNING LATE},
    {"update-ratio", CLINO__CAUSE_NOT_ZEROED, THROWN BROKEN NOT_LEARNING LATE},
    {"activation-scale", CLINO__CAUSE_INPUT_SCALE, THROWN BROKEN NOT_LEARNING LATE " initialization initial-loss "},
    {"initialization", NULL, THROWN BROKEN NOT_LEARNING LATE " initial-loss "},
    {"activation-scale", CLINO__CAUSE_INIT_SMALL, BROKEN NOT_LEARNING " activation-scale "},
    {"activation-scale", CLINO__CAUSE_INIT_LARGE, THROWN BROKEN NOT_LEARNING LATE " initial-loss "},
    {"initial-loss", CLINO__CAUSE_LOSS_SUMMED, THROWN BROKEN NOT_LEARNING LATE " gradient-clipping "},
    {"initial-loss", CLINO__CAUSE_INIT_LARGE, THROWN BROKEN NOT_LEARNING LATE},
    {"initial-loss", CLINO__CAUSE_INPUT_SCALE, THROWN BROKEN NOT_LEARNING LATE},
    {"learning-rate-schedule", NULL, THROWN BROKEN NOT_LEARNING LATE},
    {"unchanged-parameters", NULL, NOT_LEARNING " update-ratio loss-noise "},
    {"loss-noise", CLINO__CAUSE_NOT_SHUFFLED,
     THROWN BROKEN NOT_LEARNING LATE " overfitting train-val-gap suspicious-validation "},
    {"update-ratio", CLINO__CAUSE_GRADIENT_WRONG, THROWN BROKEN NOT_LEARNING LATE},
    {"exploding-gradient", CLINO__CAUSE_NOT_ZEROED, THROWN BROKEN NOT_LEARNING LATE " gradient-clipping "},
    {"gradient-clipping", NULL, NOT_LEARNING " update-ratio "},
    {"nonfinite", NULL, " dead-units saturated-units zero-gradient vanishing-gradient unchanged-parameters "},
    {"dead-units", CLINO__CAUSE_INIT_BAD, NOT_LEARNING " zero-gradient vanishing-gradient update-ratio "},
    {"zero-gradient", CLINO__CAUSE_NO_GRADIENT, NOT_LEARNING " unchanged-parameters update-ratio vanishing-gradient "},
    /* Where no gradient comes further, the last layers alone learn, and saturate: Glorot and Bengio 2010, section 3. */
    {"vanishing-gradient", CLINO__CAUSE_VANISHING, NOT_LEARNING " saturated-units update-ratio "},
    {"saturated-units", CLINO__CAUSE_INIT_LARGE, NOT_LEARNING " vanishing-gradient update-ratio initial-loss "},
    {"activation-scale", NULL, NOT_LEARNING " vanishing-gradient update-ratio "},
    {"dead-units", CLINO__CAUSE_LEARNING_RATE_HIGH, NOT_LEARNING " zero-gradient vanishing-gradient update-ratio "},
    {"saturated-units", CLINO__CAUSE_LEARNING_RATE_HIGH, NOT_LEARNING " vanishing-gradient update-ratio "},
    {"vanishing-gradient", NULL, NOT_LEARNING " update-ratio "},
    {"exploding-gradient", CLINO__CAUSE_EXPLODING, THROWN " update-ratio parameter-growth "},
    {"loss-noise", CLINO__CAUSE_BATCH_SMALL,
     THROWN " stall underfitting overfitting train-val-gap dead-units zero-gradient learning-rate-low "},
    {"parameter-growth", CLINO__CAUSE_LEARNING_RATE_HIGH, " overfitting train-val-gap "},
    {"stall", CLINO__CAUSE_UPDATES_STARVED, " loss-not-decreasing underfitting learning-rate-low update-ratio "},
    {"stall", CLINO__CAUSE_LEARNING_RATE_HIGH, " loss-not-decreasing underfitting "},
    {"update-ratio", CLINO__CAUSE_LEARNING_RATE_HIGH, THROWN BROKEN " stall underfitting "},
    {"update-ratio", CLINO__CAUSE_LEARNING_RATE_LOW, NOT_LEARNING},
    {"learning-rate-low", NULL, " loss-not-decreasing stall underfitting tiny-subset-overfit "},
    {"loss-oscillation", CLINO__CAUSE_MOMENTUM_HIGH, " loss-not-decreasing stall underfitting loss-spike overfitting "},
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

/* What comes after the end of the other cannot explain it; but some causes are there from the start, wherever they
 * were seen. */
static bool in_time(const clino_finding *root, const clino_finding *f) {
  static const char *const first[] = {CLINO__CAUSE_INPUT_SCALE, CLINO__CAUSE_INIT_LARGE, CLINO__CAUSE_INIT_SMALL,
                                      CLINO__CAUSE_SYMMETRY, CLINO__CAUSE_REGULARIZATION_STRONG};
  for (size_t i = 0; i < sizeof first / sizeof first[0]; i++)
    if (strcmp(root->cause, first[i]) == 0) return true;
  /* What was so before there was a NaN is not its doing. */
  if (strcmp(root->check, "nonfinite") == 0) return f->first_step >= root->first_step;
  return root->first_step == CLINO_NO_STEP || f->last_step == CLINO_NO_STEP || root->first_step <= f->last_step;
}

/* An initial loss that is only a little too high throws nothing. */
static bool mild(const clino_finding *f) {
  return f->level < CLINO_FINDING_FAIL && strcmp(f->check, "initial-loss") == 0 &&
         strcmp(f->cause, CLINO__CAUSE_LOSS_SUMMED) != 0;
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
    if (!alarms(g) || strcmp(g->check, f->check) == 0 || !in_time(g, f) || mild(g)) continue;
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

/* What the run states beside its curves. */
typedef struct known {
  double momentum, samples, classes;
  double update; /* the largest update over parameter ratio of weights at the start; NaN where not logged */
  double kept;   /* of what the gradient promises; NaN where not logged */
  double scale;  /* of the largest weights as they were drawn, 1.41 by He; NaN where not known */
  double decay;  /* median of the rate over its largest value */
  const char *broken; /* why it is not kept */
} known;

static bool is(const char *cause, const char *other) { return strcmp(cause, other) == 0; }

/* A rate that is too high or too low, for what does not learn, or is thrown: is it the rate? */
static const char *precise_rate(const char *check, const char *cause, const known *k) {
  bool high = is(cause, CLINO__CAUSE_LEARNING_RATE_HIGH), rests = lists(" loss-not-decreasing stall ", check);
  bool right = k->kept > 0.5; /* the gradient is that of the loss */
  if (high && (k->broken ? is(k->broken, CLINO__CAUSE_LEARNING_RATE_HIGH) : k->kept < 0.5) && k->scale > 3.5)
    return CLINO__CAUSE_INIT_LARGE;
  if (k->broken && (!high || k->update < 0.1 || is(k->broken, CLINO__CAUSE_GRADIENT_SIGN))) return k->broken;
  if ((high || (rests && k->update > 1e-3)) && k->momentum > 0.95) return CLINO__CAUSE_MOMENTUM_HIGH;
  /* What does not learn although its steps are of the usual size, or beyond, is not held up by their length. */
  if (!high && rests && k->update > 3e-2 && !(k->kept > 0.8)) return CLINO__CAUSE_LEARNING_RATE_HIGH;
  if (!high && rests && k->update > 1e-3 && !right) return CLINO__CAUSE_GRADIENT_WRONG;
  /* Each step does for its own batch what it should, and nothing for the others: they have nothing in common. */
  if (!high && rests && k->update > 1e-3 && right && k->classes >= 2) return CLINO__CAUSE_LABELS_SHUFFLED;
  if (high && right && k->update < 3e-2 && is(check, "nonfinite")) return CLINO__CAUSE_LOG_OF_ZERO;
  /* A loss that is thrown up by steps of a usual size is not thrown by their length, but by their direction. */
  if (high && !right && k->update < 3e-3 &&
      lists(" loss-divergence loss-not-decreasing nonfinite parameter-growth ", check))
    return CLINO__CAUSE_GRADIENT_WRONG;
  return cause;
}

/* The cause, more precisely by what is known. */
static const char *precise(const char *check, const char *cause, const known *k) {
  bool few = k->samples > 0 && k->samples < fmax(200, 20 * k->classes),
       hardly = k->samples > 0 && k->samples < fmax(60, 10 * k->classes);
  if (is(cause, CLINO__CAUSE_LEARNING_RATE_HIGH) || is(cause, CLINO__CAUSE_LEARNING_RATE_LOW))
    return precise_rate(check, cause, k);
  /* Steps that do not even take off their own batch's loss what they promise are no matter of labels, or of size. */
  if (k->kept < 0.5 && k->scale > 3.5 && lists(" underfitting loss-not-decreasing ", check) &&
      (is(cause, CLINO__CAUSE_LABELS_SHUFFLED) || is(cause, CLINO__CAUSE_MODEL_SMALL)))
    return CLINO__CAUSE_INIT_LARGE;
  if (is(cause, CLINO__CAUSE_ROUNDING) && k->decay < 1e-3) return CLINO__CAUSE_RATE_DECAYED;
  if ((few && is(cause, CLINO__CAUSE_OVERFITTING)) || (hardly && is(cause, CLINO__CAUSE_LABELS_SHUFFLED)))
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

static double decay_of_rate(clino__context *c) {
  const clino_series *s = clino__series(c, "lr");
  clino_summary summary;
  clino__curve v;
  if (!s || !clino__summary(c, s, &summary) || !clino__curve_plain(c, s, 4, &v) || !(summary.max > 0)) return NAN;
  return clino__curve_level(&v, 0, v.n) / summary.max;
}

clino_status clino__relate(clino__context *c, const clino_findings *found, clino_findings *findings,
                           clino_error *error) {
  clino__promise p = clino__promise_of(c);
  known k = {clino__setting(c, "momentum"), clino__setting(c, "dataset_size"),
             clino_run_attribute_number(c->run, "classes"), clino__largest_update(c), p.kept,
             clino__largest_weights(c, NULL), decay_of_rate(c), clino__promise_broken(c, &p)};
  if (isnan(k.kept)) k.kept = clino__setting(c, "decrease_ratio");
  clino_status status = c->status;
  for (size_t i = 0; !status && i < clino_findings_count(found); i++) status = add(found, i, &k, findings, error);
  return status;
}
