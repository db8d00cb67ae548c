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

/* What comes after the end of another finding cannot explain it. But some causes are there from the start, wherever
 * they were seen; and of what has no step it is not known. */
static bool is_from_start(const clino_finding *root) {
  static const char *const first[] = {CLINO__CAUSE_INPUT_SCALE, CLINO__CAUSE_INIT_LARGE, CLINO__CAUSE_INIT_SMALL,
                                      CLINO__CAUSE_SYMMETRY, CLINO__CAUSE_REGULARIZATION_STRONG};
  for (size_t i = 0; i < sizeof first / sizeof first[0]; i++)
    if (strcmp(root->cause, first[i]) == 0) return true;
  return root->first_step == CLINO_NO_STEP;
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

/* ---- roots: which finding explains which ---- */

/* A finding by what may explain it, and by what it explains. */
typedef struct relation {
  size_t row;       /* of the table; N_ROWS where it explains nothing, or raises no alarm */
  size_t root;      /* index of the finding that explains it and is not explained itself; its own without any */
  size_t explained; /* how many others have it for a root */
  clino_finding_level gravest; /* of these */
} relation;

/* Findings that may explain others, row by row of the table, in their order; since: the earliest step of these up to
 * each, from which on they may have done so. There may be one for each of thousands of tensors: so, the first one of a
 * row that is in time is found by bisection. */
typedef struct suspects {
  size_t *at;
  int64_t *since;
  size_t end[N_ROWS + 1]; /* of a row; [0]: where the first one begins */
} suspects;

static int64_t begins(const clino_finding *f) { return is_from_start(f) ? INT64_MIN : f->first_step; }

static void list_suspects(const clino_findings *found, const relation *all, size_t n, suspects *s) {
  size_t m = 0;
  s->end[0] = 0;
  for (size_t r = 0; r < N_ROWS; r++) s->end[r + 1] = 0;
  for (size_t i = 0; i < n; i++)
    if (all[i].row < N_ROWS && !mild(clino_findings_at(found, i))) s->end[all[i].row + 1]++;
  for (size_t r = 0; r < N_ROWS; r++) s->end[r + 1] += s->end[r];
  size_t next[N_ROWS];
  memcpy(next, s->end, sizeof next);
  for (size_t i = 0; i < n; i++) {
    const clino_finding *f = clino_findings_at(found, i);
    size_t r = all[i].row;
    if (r == N_ROWS || mild(f)) continue;
    m = next[r]++;
    s->at[m] = i;
    s->since[m] = m > s->end[r] && s->since[m - 1] < begins(f) ? s->since[m - 1] : begins(f);
  }
}

/* Until when what explains a finding by a row must be there: before it ends. But what was so before there was a NaN is
 * not its doing. */
static int64_t latest(size_t row, const clino_finding *f) {
  if (strcmp(table[row].check, "nonfinite") == 0) return f->first_step;
  return f->last_step == CLINO_NO_STEP ? INT64_MAX : f->last_step;
}

/* The first of the suspects of a row that is in time for a finding; their end where none is. */
static size_t first_in_time(const suspects *s, size_t row, const clino_finding *f) {
  size_t low = s->end[row], high = s->end[row + 1];
  int64_t last = latest(row, f);
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (s->since[middle] <= last) high = middle;
    else low = middle + 1;
  }
  return low;
}

/* What explains the i-th finding, by the earliest row; i where nothing does. */
static size_t root_of(const clino_findings *found, const relation *all, size_t i, const suspects *s) {
  const clino_finding *f = clino_findings_at(found, i);
  for (size_t r = 0; r < all[i].row; r++) {
    if (s->end[r] == s->end[r + 1] || strcmp(table[r].check, f->check) == 0 || !lists(table[r].explains, f->check))
      continue;
    size_t k = first_in_time(s, r, f);
    if (k < s->end[r + 1]) return s->at[k];
  }
  return i;
}

static void find_roots(const clino_findings *found, relation *all, size_t n, suspects *s) {
  for (size_t i = 0; i < n; i++) {
    const clino_finding *f = clino_findings_at(found, i);
    all[i] = (relation){alarms(f) ? row_of(f, 0) : N_ROWS, i, 0, CLINO_FINDING_SKIP};
  }
  list_suspects(found, all, n, s);
  for (size_t i = 0; i < n; i++)
    if (alarms(clino_findings_at(found, i))) all[i].root = root_of(found, all, i, s);
  for (size_t i = 0; i < n; i++) { /* the root of the root, and so on: rows only get earlier, so that it ends */
    size_t root = all[i].root;
    while (all[root].root != root) root = all[root].root;
    const clino_finding *f = clino_findings_at(found, i);
    all[i].root = root;
    if (root == i) continue;
    all[root].explained++;
    if (f->level > all[root].gravest) all[root].gravest = f->level;
  }
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

static clino_status add(const clino_findings *found, size_t i, const relation *r, const known *k,
                        clino_findings *findings, clino_error *error) {
  clino_finding f = *clino_findings_at(found, i);
  if (!alarms(&f)) return clino_findings_add(findings, &f, error);
  const char *by_root[MOST_ALTERNATIVES], *by_attribute[MOST_ALTERNATIVES];
  clino__text message = CLINO__TEXT_EMPTY;
  if (r->gravest > f.level) f.level = r->gravest;
  for (size_t j = 0; j < r->explained && f.confidence != 0.99; j++) f.confidence = fmin(0.99, f.confidence + 0.03);
  if (r->root != i) {
    const clino_finding *root = clino_findings_at(found, r->root);
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

/* Adds all that was found, as it is related. */
static clino_status add_all(const clino_findings *found, const known *k, clino_findings *findings,
                            clino_error *error) {
  size_t n = clino_findings_count(found);
  relation *all = malloc((n + 1) * sizeof *all);
  suspects s = {malloc((n + 1) * sizeof *s.at), malloc((n + 1) * sizeof *s.since), {0}};
  clino_status status = CLINO_OK;
  if (!all || !s.at || !s.since) status = clino__fail_memory(error, "what explains the findings");
  else find_roots(found, all, n, &s);
  for (size_t i = 0; !status && i < n; i++) status = add(found, i, &all[i], k, findings, error);
  free(all);
  free(s.at);
  free(s.since);
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
  return c->status ? c->status : add_all(found, &k, findings, error);
}
