/* Train and validation, interval by interval: means of the open one, and of the closed ones only what the measures need
 * (the best validation loss, the last k training losses). */
#include "clino/gap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "monitor/mean.h"
#include "monitor/merge.h"
#include "monitor/record.h"
#include "monitor/state.h"

typedef enum side { TRAIN_LOSS, VAL_LOSS, TRAIN_ACCURACY, VAL_ACCURACY, N_SIDES } side;

static const char *const series[N_SIDES] = {"train/loss", "val/loss", "train/accuracy", "val/accuracy"};

typedef struct best {
  double loss;          /* NaN while there is none */
  int64_t step;
  uint64_t since;       /* intervals with validation after it */
} best;

/* The last training losses, oldest overwritten first. */
typedef struct strip {
  size_t k, count, next;
  double losses[CLINO_GAP_STRIP_MAX];
} strip;

struct clino_gap {
  clino__mean open[N_SIDES];
  bool seen[N_SIDES];   /* in a closed interval */
  uint64_t intervals;
  best best;
  strip strip;
};

clino_gap_options clino_gap_options_default(void) {
  clino_gap_options options;
  memset(&options, 0, sizeof options);
  options.struct_size = sizeof options;
  options.strip = 5;
  return options;
}

clino_status clino_gap_new(const clino_gap_options *options, clino_gap **gap, clino_error *error) {
  if (!gap) return clino__fail(error, CLINO_ERR_RANGE, "clino_gap_new: gap is NULL");
  *gap = NULL;
  clino_gap_options o = options ? *options : clino_gap_options_default();
  clino_status status = clino__check_struct(o.struct_size, sizeof o, "clino_gap_options", error);
  if (status) return status;
  if (o.strip < 2 || o.strip > CLINO_GAP_STRIP_MAX)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_gap_options.strip is %zu, not 2 to %d", o.strip,
                       CLINO_GAP_STRIP_MAX);
  clino_gap *made = calloc(1, sizeof *made);
  if (!made) return clino__fail_memory(error, "a monitor of the train/validation gap");
  made->strip.k = o.strip;
  clino_gap_reset(made);
  *gap = made;
  return CLINO_OK;
}

void clino_gap_free(clino_gap *gap) { free(gap); }

/* ---- the open interval ---- */

static clino_status add(clino_gap *gap, side which, double value, double weight, clino_error *error) {
  if (!gap) return clino__fail(error, CLINO_ERR_RANGE, "clino_gap_add: gap is NULL");
  if (!(weight > 0 && weight <= 1e280))
    return clino__fail(error, CLINO_ERR_RANGE, "clino_gap_add: weight of %s must be above 0 and at most 1e280",
                       series[which]);
  clino__mean_add(&gap->open[which], value, weight);
  return CLINO_OK;
}

clino_status clino_gap_add_train(clino_gap *gap, double loss, double weight, clino_error *error) {
  return add(gap, TRAIN_LOSS, loss, weight, error);
}

clino_status clino_gap_add_val(clino_gap *gap, double loss, double weight, clino_error *error) {
  return add(gap, VAL_LOSS, loss, weight, error);
}

clino_status clino_gap_add_train_accuracy(clino_gap *gap, double accuracy, double weight, clino_error *error) {
  return add(gap, TRAIN_ACCURACY, accuracy, weight, error);
}

clino_status clino_gap_add_val_accuracy(clino_gap *gap, double accuracy, double weight, clino_error *error) {
  return add(gap, VAL_ACCURACY, accuracy, weight, error);
}

clino_status clino_gap_merge(clino_gap *gap, const clino_gap *other, clino_error *error) {
  clino_status status = clino__check_merge(gap, other, "clino_gap_merge", error);
  if (status) return status;
  for (int i = 0; i < N_SIDES; i++) clino__mean_merge(&gap->open[i], &other->open[i]);
  return CLINO_OK;
}

void clino_gap_drop(clino_gap *gap) {
  if (gap) memset(gap->open, 0, sizeof gap->open);
}

void clino_gap_reset(clino_gap *gap) {
  if (!gap) return;
  size_t k = gap->strip.k;
  memset(gap, 0, sizeof *gap);
  gap->strip.k = k;
  gap->best = (best){NAN, CLINO_NO_STEP, 0};
}

/* ---- best point and strip ---- */

/* A validation loss that is not finite is no best, and no reason to forget one. */
static void take_best(best *b, const clino__mean *val, int64_t step) {
  if (!val->count) return;
  double loss = clino__mean_value(val);
  b->since++;
  if (!isfinite(loss) || loss >= b->loss) return;
  *b = (best){loss, step, 0};
}

static void take_strip(strip *s, const clino__mean *train) {
  if (!train->count) return;
  s->losses[s->next] = clino__mean_value(train);
  s->next = (s->next + 1) % s->k;
  if (s->count < s->k) s->count++;
}

clino_status clino_gap_next(clino_gap *gap, int64_t step, clino_error *error) {
  if (!gap) return clino__fail(error, CLINO_ERR_RANGE, "clino_gap_next: gap is NULL");
  bool any = false;
  for (int i = 0; i < N_SIDES; i++) {
    bool here = gap->open[i].count > 0;
    gap->seen[i] = gap->seen[i] || here;
    any = any || here;
  }
  if (!any) return CLINO_OK;
  take_best(&gap->best, &gap->open[VAL_LOSS], step);
  take_strip(&gap->strip, &gap->open[TRAIN_LOSS]);
  gap->intervals++;
  clino_gap_drop(gap);
  return CLINO_OK;
}

/* ---- Prechelt's measures ---- */

static double generalization_loss(const clino__mean *val, const best *b, const char **missing) {
  if (!val->count) *missing = "the interval has no validation loss";
  else if (b->loss <= 0) *missing = "the best validation loss is not above 0, so no ratio to it means anything";
  if (*missing) return NAN;
  return 100 * (clino__mean_value(val) / b->loss - 1); /* NaN where every validation loss was not finite */
}

/* The sum over k minima is a mean of ratios, which does not overflow where the sum of losses would. */
static double training_progress(const strip *s, const char **missing) {
  double smallest = INFINITY;
  bool numbers = true;
  for (size_t i = 0; i < s->count; i++) {
    numbers = numbers && isfinite(s->losses[i]);
    smallest = fmin(smallest, s->losses[i]);
  }
  if (s->count < s->k) *missing = "there are fewer intervals with a training loss than the strip is long";
  else if (numbers && smallest <= 0) *missing = "a training loss of the strip is not above 0";
  if (*missing || !numbers) return NAN;
  clino__sum sum = {0, 0};
  for (size_t i = 0; i < s->k; i++) clino__sum_add(&sum, s->losses[i] / smallest - 1);
  return 1000 * clino__sum_value(&sum) / (double)s->k;
}

clino_status clino_gap_get(const clino_gap *gap, int64_t step, clino_gap_stats *stats, clino_error *error) {
  if (!gap || !stats) return clino__fail(error, CLINO_ERR_RANGE, "clino_gap_get: an argument is NULL");
  const clino__mean *open = gap->open;
  best b = gap->best;
  strip s = gap->strip;
  take_best(&b, &open[VAL_LOSS], step);
  take_strip(&s, &open[TRAIN_LOSS]);
  clino_gap_stats a;
  memset(&a, 0, sizeof a);
  a.n_train = open[TRAIN_LOSS].count;
  a.n_val = open[VAL_LOSS].count;
  for (int i = 0; i < N_SIDES; i++) a.nonfinite += clino__nonfinite_count(&open[i].nonfinite);
  a.intervals = gap->intervals;
  a.train_loss = clino__mean_value(&open[TRAIN_LOSS]);
  a.val_loss = clino__mean_value(&open[VAL_LOSS]);
  a.train_accuracy = clino__mean_value(&open[TRAIN_ACCURACY]);
  a.val_accuracy = clino__mean_value(&open[VAL_ACCURACY]);
  a.loss_gap = a.val_loss - a.train_loss;
  a.accuracy_gap = a.train_accuracy - a.val_accuracy;
  a.best_val_loss = b.loss;
  a.best_step = b.step;
  a.since_best = b.step == CLINO_NO_STEP ? 0 : b.since;
  a.generalization_loss = generalization_loss(&open[VAL_LOSS], &b, &a.generalization_loss_missing);
  a.training_progress = training_progress(&s, &a.training_progress_missing);
  a.quotient = a.training_progress > 0 ? a.generalization_loss / a.training_progress : NAN;
  *stats = a;
  return CLINO_OK;
}

clino_status clino_gap_record(const clino_gap *gap, clino_run *run, int64_t step, clino_error *error) {
  if (!gap || !run) return clino__fail(error, CLINO_ERR_RANGE, "clino_gap_record: an argument is NULL");
  clino__recorder to = {run, NULL, step, CLINO_OK, error};
  for (int i = 0; i < N_SIDES; i++) {
    if (gap->open[i].count) clino__record_value(&to, series[i], clino__mean_value(&gap->open[i]));
    else if (gap->seen[i]) clino__record_missing(&to, series[i], "the interval has no value");
  }
  return to.status;
}

/* ---- state ---- */

static clino__state_parts parts_of(void *monitor) {
  return (clino__state_parts){monitor, sizeof(clino_gap), {NULL}, {0}};
}

static bool alike(const void *monitor, const void *other) {
  return ((const clino_gap *)monitor)->strip.k == ((const clino_gap *)other)->strip.k;
}

static void adopt(void *monitor, const void *from) {
  memcpy(monitor, from, sizeof(clino_gap));
}

static void attach(void *object, void *const *arrays) {
  (void)object; /* it holds no pointers */
  (void)arrays;
}

static clino_status merge(void *monitor, const void *other, clino_error *error) {
  return clino_gap_merge(monitor, other, error);
}

const clino__state_kind clino__state_of_gap = {"monitor of the train/validation gap", parts_of, alike, adopt, attach,
                                                     merge};
