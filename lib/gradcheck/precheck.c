/* Preconditions: f is finite and deterministic, the callbacks leave their inputs and what lies around their buffers
 * alone, every gradient entry is written as grad_mode declares, and computing the gradient does not change f.
 *
 * The gradient buffers are filled before the call, and otherwise before a second one. An entry that is as it was filled
 * both times was not written; one that differs by the difference of the fills was added to. */
#include "gradcheck/precheck.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gradcheck/directional.h"
#include "gradcheck/noise.h"
#include "gradcheck/record.h"
#include "gradcheck/team.h"

/* The check ends with this verdict, about e (NULL: about f itself). */
static void end(clino__problem *p, clino_verdict verdict, clino_reason reason, const clino_gradcheck_entry *e) {
  clino_gradcheck_entry about;
  if (e) {
    about = *e;
  } else {
    clino__entry_init_view(p, 0, 0, &about);
    about.tensor[0] = '\0';
    about.n_dims = 0;
    about.value = NAN;
  }
  about.verdict = verdict;
  about.reason = reason;
  p->r->verdict = verdict;
  p->r->reason = reason;
  p->r->worst = about;
}

bool clino__untouched(clino__problem *p) {
  size_t view, element;
  const char *what = "";
  bool intact = clino__team_untouched(p, &what);
  bool now = clino__layout_changed(&p->layout, &view, &element);
  if (now || p->changed) {
    clino_gradcheck_entry e;
    if (now) clino__entry_init_view(p, view, element, &e);
    else clino__entry_init(p, p->changed_entry, &e);
    clino__layout_reset_point(&p->layout);
    e.numeric = now ? e.value : p->changed_to; /* what the callback made of it */
    e.value = now ? clino__view_value(&p->layout.views[view], element) : p->x[p->changed_entry];
    end(p, CLINO_VERDICT_FAIL, CLINO_REASON_INPUT_CHANGED, &e);
    return false;
  }
  if (p->flat && !p->flat->guards_intact(p->flat->self, &what)) intact = false;
  if (!intact) {
    end(p, CLINO_VERDICT_FAIL, CLINO_REASON_OUT_OF_BOUNDS, NULL);
    snprintf(p->r->worst.tensor, sizeof p->r->worst.tensor, "%s", what);
    return false;
  }
  return true;
}

/* ---- the value ---- */

static bool same_bits(double a, double b) { return memcmp(&a, &b, sizeof a) == 0; }

static clino_status check_value(clino__problem *p, bool *holds) {
  double again;
  *holds = false;
  if (p->trace) clino__trace_record(p->trace);
  clino_status status = clino__value(p, &p->f0);
  if (p->trace) clino__trace_pause(p->trace);
  if (p->point == 0) p->r->value = p->r->other_value = p->f0;
  if (status || !clino__untouched(p)) return status;
  if (!isfinite(p->f0)) {
    p->r->value = p->r->other_value = p->f0;
    end(p, CLINO_VERDICT_NONFINITE, CLINO_REASON_NONE, NULL);
    return CLINO_OK;
  }
  status = clino__value(p, &again);
  if (status || !clino__untouched(p)) return status;
  *holds = same_bits(p->f0, again);
  if (!*holds) {
    p->r->value = p->f0;
    p->r->other_value = again;
    end(p, CLINO_VERDICT_NONDETERMINISTIC, CLINO_REASON_NONE, NULL);
  }
  return CLINO_OK;
}

/* ---- the gradient ---- */

/* A number in [1, 2) for an element: no gradient is likely to equal it, and neighbours differ. */
static double pattern(size_t view, size_t element, uint64_t which) {
  clino__rng rng = clino__rng_new(clino__rng_derive(which, view * UINT64_C(1000003) + element));
  return clino__rng_between(&rng, 1, 2);
}

/* What a buffer holds before the first call and before the second. The second fill is of the size of the gradient that
 * came, so that adding to it shows. Where the callback accumulates, the first fill is 0: the sum is the gradient. */
static double fill_of(const clino__problem *p, size_t view, size_t element, int call, double came, double size) {
  if (call == 0) return p->o.grad_mode == CLINO_GRAD_ACCUMULATES ? 0 : pattern(view, element, 11);
  bool single = p->layout.views[view].tensor->dtype == CLINO_F32;
  double scale = fmax(fabs(came), size);
  double fill = pattern(view, element, 13) * (scale > 0 && scale < (single ? 1e30 : 1e300) ? scale : 1);
  return single ? (double)(float)fill : fill;
}

typedef struct written {
  double *first, *second; /* all gradient elements after the first and the second call, view by view */
  double size;            /* root mean square after the first */
} written;

static void fill_buffers(clino__problem *p, const written *w, int call) {
  size_t at = 0;
  for (size_t i = 0; i < p->layout.n_views; i++) {
    const clino__view *v = &p->layout.views[i];
    for (size_t k = 0; v->gathers && k < v->count; k++, at++)
      clino__view_set_grad(v, k, fill_of(p, i, k, call, call ? w->first[at] : 0, w->size));
  }
}

static void read_buffers(const clino__problem *p, double *to) {
  for (size_t i = 0; i < p->layout.n_views; i++) {
    const clino__view *v = &p->layout.views[i];
    for (size_t k = 0; v->gathers && k < v->count; k++) *to++ = clino__view_grad(v, k);
  }
}

static size_t gradient_elements(const clino__layout *l) {
  size_t n = 0;
  for (size_t i = 0; i < l->n_views; i++)
    if (l->views[i].gathers) n += l->views[i].count;
  return n;
}

/* What the two calls show about one element. */
static clino_reason judge_writing(const clino__problem *p, size_t view, size_t element, double first, double second,
                                  double size, bool *changes) {
  double fill = fill_of(p, view, element, 0, 0, 0), fill2 = fill_of(p, view, element, 1, first, size);
  bool single = p->layout.views[view].tensor->dtype == CLINO_F32;
  if (single) fill = (double)(float)fill;
  double close = (single ? 1e-5 : 1e-11) * (fabs(first) + fabs(second) + fabs(fill) + fabs(fill2));
  bool added = fabs((second - fill2) - (first - fill)) <= close;
  *changes = false;
  if (p->o.grad_mode == CLINO_GRAD_ACCUMULATES) {
    if (added || isnan(first) || isnan(second)) return CLINO_REASON_NONE;
    if (same_bits(first, second) || fabs(first - second) <= 1e-6 * fabs(first)) return CLINO_REASON_OVERWRITTEN;
  } else {
    if (same_bits(first, second) || (isnan(first) && isnan(second))) return CLINO_REASON_NONE;
    if (same_bits(first, fill) && same_bits(second, fill2)) return CLINO_REASON_UNWRITTEN;
    if (added) return CLINO_REASON_ACCUMULATED;
  }
  *changes = true;
  return CLINO_REASON_NONE;
}

/* For explanations: of how many elements of the view the same holds, and what the second call made of the first, where
 * that is the same factor in all. begin: where the view's begin in w. */
static void note_writing(clino__problem *p, const written *w, size_t view, size_t begin, clino_reason reason) {
  const clino__view *v = &p->layout.views[view];
  clino__written note = {.tensor = 0, .reason = reason, .count = v->count, .ratio = NAN};
  if (!p->record || !v->owner) return;
  for (size_t i = 0; i < view; i++) note.tensor += p->layout.views[i].owner;
  for (size_t k = 0; k < v->count; k++) {
    bool changes;
    double first = w->first[begin + k], second = w->second[begin + k], ratio = second / first;
    note.bad += judge_writing(p, view, k, first, second, w->size, &changes) == reason && (reason || changes);
    if (first == 0 && second == 0) continue;
    if (isnan(note.ratio)) note.ratio = ratio;
    if (!(fabs(ratio - note.ratio) <= 1e-6 * fabs(ratio))) note.ratio = INFINITY;
  }
  p->record->written = note;
}

static bool check_writing(clino__problem *p, const written *w) {
  size_t at = 0;
  for (size_t i = 0; i < p->layout.n_views; i++) {
    const clino__view *v = &p->layout.views[i];
    for (size_t k = 0; v->gathers && k < v->count; k++, at++) {
      bool changes;
      clino_reason reason = judge_writing(p, i, k, w->first[at], w->second[at], w->size, &changes);
      if (!reason && !changes) continue;
      clino_gradcheck_entry e;
      clino__entry_init_view(p, i, k, &e);
      e.analytic = w->first[at];
      e.numeric = reason ? NAN : w->second[at];
      note_writing(p, w, i, at - k, reason);
      end(p, changes ? CLINO_VERDICT_NONDETERMINISTIC : CLINO_VERDICT_FAIL, reason, &e);
      return false;
    }
  }
  return true;
}

static bool check_with_grad(clino__problem *p, double with) {
  double allowed = fmax(16 * p->noise, 64 * DBL_EPSILON * fabs(p->f0));
  if (fabs(with - p->f0) <= allowed) return true;
  p->r->value = p->f0;
  p->r->other_value = with;
  end(p, CLINO_VERDICT_FAIL, CLINO_REASON_VALUE_DEPENDS_ON_GRAD, NULL);
  return false;
}

static bool check_finite(clino__problem *p) {
  for (size_t i = 0; i < p->layout.n; i++) {
    if (isfinite(p->gradient[i])) continue;
    clino_gradcheck_entry e;
    clino__entry_init(p, i, &e);
    end(p, CLINO_VERDICT_NONFINITE, CLINO_REASON_NONE, &e);
    return false;
  }
  return true;
}

static clino_status check_gradient(clino__problem *p, written *w, bool *holds) {
  double with;
  *holds = false;
  fill_buffers(p, w, 0);
  clino_status status = clino__gradient(p, true, &with);
  if (status || !clino__untouched(p)) return status;
  read_buffers(p, w->first);
  clino__layout_gather(&p->layout, p->gradient);
  if (!check_with_grad(p, with)) return CLINO_OK;
  w->size = clino__rms(w->first, gradient_elements(&p->layout));
  fill_buffers(p, w, 1);
  status = clino__gradient(p, false, &with);
  if (status || !clino__untouched(p)) return status;
  read_buffers(p, w->second);
  if (!check_writing(p, w)) return CLINO_OK;
  *holds = check_finite(p);
  return CLINO_OK;
}

clino_status clino__precheck(clino__problem *p, bool *holds) {
  *holds = false;
  clino__measure_scales(p);
  clino_status status = check_value(p, holds);
  if (status || !*holds) return status;
  if (p->point == 0) {
    status = clino__measure_noise(p);
    if (status) return status;
    p->r->noise = p->noise;
    *holds = clino__untouched(p);
    if (!*holds) return CLINO_OK;
  } else {
    p->noise = fmax(p->noise, 0.29 * p->quantum * fabs(p->f0));
  }
  size_t n = gradient_elements(&p->layout);
  written w = {malloc((n + 1) * sizeof(double)), malloc((n + 1) * sizeof(double)), 0};
  if (!w.first || !w.second) status = clino__fail_memory(p->error, "two gradients");
  else status = check_gradient(p, &w, holds);
  free(w.first);
  free(w.second);
  if (!status && *holds && p->point == 0) status = clino__revise_noise(p, clino__directional_wanted(p));
  if (!status && *holds) clino__measure_sizes(p);
  return status;
}
