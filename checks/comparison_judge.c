/* What is said of a run beside others. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "checks/check.h"
#include "checks/comparison.h"
#include "checks/difference.h"

enum { TOLD = 3 /* settings */ };

static const clino__check compare_check = {
    {"compare", "Runs side by side", "a loss or metric that the runs share", NULL, 0, "",
     "Of several settings the best is worth knowing, and whether it is better than chance.",
     "Take the settings of the best; where several are as good, the simplest or the fastest. Two seeds of one setting "
     "may differ by more than the noise within a run shows: repeat the best with another seed.",
     ""},
    NULL};

/* "; it differs in lr (0.1, there 0.01), batch_size (64, there 32)" */
static void add_settings(clino__text *text, const clino_comparison *c, size_t run, size_t best) {
  size_t told = 0, more = 0;
  for (size_t s = 0; s < c->n_settings; s++) {
    const char *here = clino_comparison_value(c, s, run), *there = clino_comparison_value(c, s, best);
    if (!here || !there || strcmp(here, there) == 0) continue;
    if (told == TOLD) {
      more++;
      continue;
    }
    clino__text_addf(text, "%s%s (%s, there %s)", told++ ? ", " : "; it differs in ", c->settings[s], here, there);
  }
  if (more) clino__text_addf(text, " and %zu more", more);
}

/* What holds at equal steps, where that is news. */
static void add_at_steps(clino__text *text, const clino_compared *r, const clino_compared *best) {
  if (r->since != CLINO_NO_STEP) clino__text_addf(text, ", worse at equal steps since step %" PRId64, r->since);
  else if (r->last_step < best->last_step && r->behind_at_step <= 0)
    clino__text_addf(text, "; it is shorter, and at equal steps not behind");
  else if (r->last_step < best->last_step && !isnan(r->deviations_at_step))
    clino__text_addf(text, "; it is shorter, and at equal steps not behind beyond noise");
}

/* Where stopping in time would have made it as good. */
static void add_on_the_way(clino__text *text, const clino_comparison *c, const clino_compared *r,
                           const clino_compared *best) {
  double behind = c->direction * (r->best - best->best);
  if (!(behind <= CLINO__SURE * hypot(r->best_error, best->best_error))) return;
  clino__text_add(text, "; on the way it was as good: ");
  clino__text_add_digits(text, r->best, 4);
  if (r->best_step != CLINO_NO_STEP) clino__text_addf(text, " at step %" PRId64, r->best_step);
  clino__text_add(text, ", there ");
  clino__text_add_digits(text, best->best, 4);
  if (best->best_step != CLINO_NO_STEP) clino__text_addf(text, " at step %" PRId64, best->best_step);
}

static void tell_best(clino__context *c, clino_finding *f, const clino_comparison *all, const clino_compared *r) {
  const clino_compared *next = clino_comparison_ranked(all, 1);
  if (!next)
    clino__add(c, f, "it is the only run: %s ends at %g", all->series, r->level);
  else if (next->standing == CLINO_STANDING_LOST || next->standing == CLINO_STANDING_UNKNOWN)
    clino__add(c, f, "of %zu runs the only one whose %s can be ranked: it ends at %g", all->n, all->series, r->level);
  else if (next->standing == CLINO_STANDING_UNSURE)
    clino__add(c, f, "best of %zu runs: %s ends at %g, that of the next, %s, at %g; their points are too few to know "
               "the noise", all->n, all->series, r->level, next->name, next->level);
  else
    clino__add(c, f, "best of %zu runs%s: %s ends at %g, that of the next, %s, at %g, %g standard errors behind",
               all->n, next->standing == CLINO_STANDING_WORSE ? "" : ", though not beyond noise", all->series, r->level,
               next->name, next->level, next->deviations);
}

static void tell_other(clino__context *c, clino_finding *f, const clino_comparison *all, const clino_compared *r,
                       const clino_compared *best) {
  clino__text more = CLINO__TEXT_EMPTY;
  if (r->standing == CLINO_STANDING_WORSE) add_at_steps(&more, r, best);
  if (r->standing == CLINO_STANDING_WORSE) add_on_the_way(&more, all, r, best);
  if (r->standing != CLINO_STANDING_AS_GOOD) add_settings(&more, all, r->index, best->index);
  if (more.failed) c->status = clino__fail_memory(c->error, "a finding");
  const char *rest = clino__text_string(&more);
  if (r->standing == CLINO_STANDING_LOST)
    clino__add(c, f, "%s ends in NaN or infinity%s", all->series, rest);
  else if (r->standing == CLINO_STANDING_UNSURE)
    clino__add(c, f, "%s ends at %g, that of the best run, %s, at %g; their points are too few to know the noise%s",
               all->series, r->level, best->name, best->level, rest);
  else
    clino__add(c, f, "%s: %s ends at %g, that of the best run, %s, at %g, %g standard errors behind%s",
               r->standing == CLINO_STANDING_WORSE ? "worse" : "as good as the best within noise", all->series,
               r->level, best->name, best->level, r->deviations, rest);
  clino__text_free(&more);
}

clino_status clino_comparison_judge(const clino_comparison *comparison, size_t i, clino_findings *findings,
                                    clino_error *error) {
  const clino_compared *r = clino_comparison_at(comparison, i), *best = clino_comparison_ranked(comparison, 0);
  if (!comparison || !findings)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_comparison_judge: %s is NULL",
                       comparison ? "findings" : "comparison");
  if (!r) return clino__fail(error, CLINO_ERR_RANGE, "clino_comparison_judge: there is no run %zu", i);
  clino__context c = {r->run, &compare_check, NULL, findings, CLINO_OK, error, NULL};
  if (r->standing == CLINO_STANDING_UNKNOWN) {
    if (comparison->series) clino__skip(&c, "it has no %s, by which the runs are ranked", comparison->series);
    else clino__skip(&c, "the runs have no loss and no metric in common to be ranked by");
    return c.status;
  }
  bool good = r->standing == CLINO_STANDING_BEST || r->standing == CLINO_STANDING_AS_GOOD;
  clino_finding f =
      clino__finding(&c, good ? CLINO_FINDING_PASS : CLINO_FINDING_INFO, clino_run_series(r->run, comparison->series));
  f.observed = r->level;
  if (best->standing == CLINO_STANDING_BEST) f.threshold = best->level;
  if (r->since != CLINO_NO_STEP) f.first_step = r->since;
  f.confidence = r->standing == CLINO_STANDING_UNSURE ? 0.5 : 0.95;
  if (r->standing == CLINO_STANDING_BEST) tell_best(&c, &f, comparison, r);
  else tell_other(&c, &f, comparison, r, best);
  return c.status;
}
