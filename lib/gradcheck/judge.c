/* What all of judging an entry rests on: sizes, errors, the best rung, and writing down a verdict. */
#include "gradcheck/judge.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

#include "gradcheck/entry.h"

double clino__tolerance(const clino__problem *p, size_t view) {
  return clino__single(p, view) ? fmax(p->o.tolerance, 1e-4) : p->o.tolerance;
}

double clino__analytic_rounding(const clino__problem *p, size_t entry, double magnitude) {
  /* A sum of m products in single precision errs by about sqrt(m) u (N. J. Higham, "Accuracy and stability", 2002,
   * sec. 2.8), u = 2^-24; 256 stands for m = 65536, or fewer terms that cancel. In double it is far below rounding. */
  size_t view = clino__layout_view_of(&p->layout, entry);
  if (clino__single(p, view)) return 256 * FLT_EPSILON / 2 * magnitude;
  /* Of a coordinate in larger units than the others the gradient is smaller, and so is its rounding. */
  double rescaled = p->tensor_moment[view] / clino__coordinate_size(p, entry);
  return 256 * DBL_EPSILON / 2 * fmin(magnitude, rescaled);
}

double clino__judge_magnitude(const clino__judge *j, double numeric) {
  double m = clino__magnitude(j->p, j->view, j->a, numeric);
  if (j->p->gradient_rms > 0) return m;
  for (size_t k = 0; k < j->ladder.count; k++)
    if (j->ladder.rung[k].finite && j->ladder.rung[k].central)
      m = fmax(m, fmax(fabs(j->ladder.rung[k].left), fabs(j->ladder.rung[k].right)));
  return m;
}

double clino__judge_slack(const clino__judge *j, double numeric) {
  return j->tolerance * fmax(fabs(j->a), fabs(numeric)) +
         clino__analytic_rounding(j->p, j->entry, clino__magnitude(j->p, j->view, j->a, numeric));
}

double clino__coordinate_rounding(const clino__judge *j, const clino__rung *r) {
  double own = fabs(j->p->x[j->entry]) * fmax(fabs(r->slope), r->jump);
  return 0.5 * DBL_EPSILON / r->h * fmax(own, j->p->tensor_moment[j->view]);
}

size_t clino__judge_best(const clino__judge *j, clino__estimate *best) {
  size_t at = j->ladder.count;
  *best = (clino__estimate){.known = false};
  for (size_t k = 0; k < j->ladder.count; k++) {
    clino__estimate e = clino__estimate_at(&j->ladder, k);
    if (!e.known || !(clino__estimate_total(&e) < INFINITY)) continue;
    if (at < j->ladder.count && !(clino__estimate_total(&e) < clino__estimate_total(best))) continue;
    *best = e;
    at = k;
  }
  return at;
}

static void note_flip(clino_gradcheck_entry *e, const clino__flips *flips) {
  if (!flips->count) return;
  snprintf(e->branch, sizeof e->branch, "%s", flips->site);
  e->branch_element = flips->element;
  e->kink_distance = flips->fraction;
}

bool clino__judge_decide(const clino__judge *j, size_t k, const clino__estimate *estimate, clino_verdict verdict,
                         clino_reason reason, clino_gradcheck_entry *e) {
  const clino__rung *r = &j->ladder.rung[k];
  clino__estimate here = estimate ? *estimate : clino__estimate_of_slope(&j->ladder, k);
  e->numeric = here.value;
  e->step = r->h;
  e->rounding_error = here.rounding;
  e->truncation_error = isfinite(here.truncation) ? here.truncation : 0;
  e->error = e->rounding_error + e->truncation_error;
  e->left = r->left;
  e->right = r->right;
  e->relative_error = clino_relative_error(j->a, e->numeric);
  e->band = clino_band_of(e->relative_error);
  for (size_t i = 0; i < j->ladder.count; i++) note_flip(e, &j->ladder.rung[i].flips);
  e->verdict = verdict;
  e->reason = reason;
  return true;
}
