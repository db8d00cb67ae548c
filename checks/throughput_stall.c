/* throughput-stall: does training get slower for good? */
#include <inttypes.h>
#include <math.h>

#include "base/robust.h"
#include "checks/causes.h"
#include "checks/curve.h"

static const clino_check_param params[] = {
    {"min_points", 12, 6, 1e6, "points", "with fewer points nothing is said", "a quarter of three points"},
    {"slow", 0.5, 0.01, 0.99, "fraction of the usual", "a last quarter that is slower is a warning",
     "validation, checkpoints and neighbours on a machine take a fifth or so: half is another cause"},
};

static void decide(clino__context *c, const clino__curve *v) {
  static const char *const other[] = {CLINO__CAUSE_SHARED_MACHINE, NULL};
  size_t tail = v->n / 4, at = v->n;
  double usual = clino__curve_level(v, 0, v->n - tail), now = clino__curve_level(v, v->n - tail, v->n), limit, most = 0;
  limit = clino__param(c, "slow");
  for (size_t i = v->n - tail; i < v->n; i++) most = fmax(most, v->y[i]);
  bool slow = now < limit * usual && most < (1 + limit) / 2 * usual && usual > 0;
  while (slow && at && v->y[at - 1] < (1 + limit) / 2 * usual) at--;
  clino_finding f = clino__finding(c, slow ? CLINO_FINDING_WARN : CLINO_FINDING_PASS, v->series);
  if (slow) f.first_step = v->first_step[at];
  f.observed = now;
  f.threshold = limit * usual;
  f.confidence = 0.8;
  if (slow) clino__finding_cause(&f, CLINO__CAUSE_DATA_LOADING, other);
  clino__add(c, &f, slow ? "throughput has fallen from %g to %g since step %" PRId64 : "throughput goes from %g to %g",
             usual, now, f.first_step);
}

static void run(clino__context *c) {
  size_t least = (size_t)clino__param(c, "min_points");
  const clino_series *s = clino__series(c, "throughput");
  clino__curve v;
  if (!s) {
    clino__skip(c, "no throughput was logged: log samples or tokens per second");
  } else if (clino__curve_plain(c, s, least, &v)) {
    if (v.n < least) clino__skip(c, "%zu points of throughput are too few: log at least %zu", v.n, least);
    else decide(c, &v);
  }
}

const clino__check clino__check_throughput_stall = {
    {"throughput-stall", "Training gets slower", "throughput", params, sizeof params / sizeof params[0],
     "Holds the throughput of the last quarter of the run against that of what came before; every point of the quarter "
     "must be slower.",
     "A machine that waits is budget that is not spent on training, and often the sign of a leak or a full disk.",
     "See whether the processor waits for data (more loader threads, a local copy), memory grows, or others use the "
     "machine.",
     "Godbole et al., Deep Learning Tuning Playbook, 2023, optimizing the input pipeline"},
    run};
