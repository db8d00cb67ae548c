#include "gradcheck/problem.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static clino_status reseed(clino__problem *p) {
  if (!p->o.context.reseed) return CLINO_OK;
  int value = p->o.context.reseed(p->o.seed, p->hook_ctx);
  return value ? clino__fail_callback(p->error, "reseed", value) : CLINO_OK;
}

static clino_status call_loss(clino__problem *p, double *f) {
  *f = NAN;
  int value = p->model->loss(f, p->model->ctx);
  if (value) return clino__fail_callback(p->error, p->flat ? "objective" : "loss", value);
  return CLINO_OK;
}

clino_status clino__show_progress(clino__problem *p) {
  p->shown++;
  if (!p->o.progress) return CLINO_OK;
  uint64_t done = p->done + p->r->evaluations + p->r->gradients;
  const clino_progress now = {done, p->expected > done ? p->expected : done};
  int value = p->o.progress(&now, p->o.progress_ctx);
  if (!value) return CLINO_OK;
  clino_status status = clino__fail(p->error, CLINO_ERR_CANCELLED, "options.progress returned %d: cancelled", value);
  if (p->error) p->error->callback_value = value;
  return status;
}

clino_status clino__value(clino__problem *p, double *f) {
  clino_status status = reseed(p);
  if (status) return status;
  p->r->evaluations++;
  status = call_loss(p, f);
  return status ? status : clino__show_progress(p);
}

clino_status clino__gradient(clino__problem *p, bool check_after, double *f) {
  clino_status status = reseed(p);
  if (status) return status;
  if (!p->flat) {
    p->r->evaluations++;
    status = call_loss(p, f);
    if (status) return status;
  }
  p->r->gradients++;
  int value = p->model->backward(p->model->ctx);
  if (value) return clino__fail_callback(p->error, p->flat ? "objective" : "backward", value);
  if (p->flat) *f = *p->flat->value_with_grad;
  status = clino__show_progress(p);
  if (!status && !p->flat && check_after) status = clino__value(p, f);
  return status;
}

clino_status clino__gradient_anew(clino__problem *p, double *f) {
  for (size_t i = 0; p->o.grad_mode == CLINO_GRAD_ACCUMULATES && i < p->layout.n_views; i++)
    for (size_t k = 0; p->layout.views[i].gathers && k < p->layout.views[i].count; k++)
      clino__view_set_grad(&p->layout.views[i], k, 0);
  return clino__gradient(p, false, f);
}

double clino__move(const clino__problem *p, size_t entry, double to) {
  double low = p->o.lower ? p->o.lower[entry] : -INFINITY, high = p->o.upper ? p->o.upper[entry] : INFINITY;
  /* x + (high - x) may round to above high, and once more where it is stored in single precision. */
  double stored = clino__layout_set(&p->layout, entry, fmin(fmax(to, low), high));
  if (stored > high) stored = clino__layout_set(&p->layout, entry, (double)nextafterf((float)stored, -INFINITY));
  if (stored < low) stored = clino__layout_set(&p->layout, entry, (double)nextafterf((float)stored, INFINITY));
  return stored;
}

/* An entry that is displaced is put back afterwards: whether a callback changed it shows only here. */
static void note_change(clino__problem *p, size_t entry, double expected) {
  double is = clino__layout_get(&p->layout, entry);
  if (p->changed || memcmp(&is, &expected, sizeof is) == 0) return;
  p->changed = true;
  p->changed_entry = entry;
  p->changed_to = is;
}

clino_status clino__value_at(clino__problem *p, size_t entry, double displacement, double *f, double *realized,
                             clino__flips *flips) {
  note_change(p, entry, p->x[entry]);
  double stored = clino__move(p, entry, p->x[entry] + displacement);
  *realized = stored - p->x[entry];
  bool listen = flips && p->trace;
  if (listen) clino__trace_compare(p->trace);
  clino_status status = clino__value(p, f);
  note_change(p, entry, stored);
  if (listen) *flips = clino__trace_flips(p->trace);
  else if (flips) memset(flips, 0, sizeof *flips);
  clino__layout_set(&p->layout, entry, p->x[entry]);
  return status;
}

bool clino__budget(const clino__problem *p, uint64_t n) {
  bool within = !p->o.max_evaluations || p->r->evaluations + n <= p->o.max_evaluations;
  if (!within && p->refused) *p->refused = true;
  return within;
}

void clino__entry_init_view(const clino__problem *p, size_t view, size_t element, clino_gradcheck_entry *e) {
  const clino__view *v = &p->layout.views[view];
  memset(e, 0, sizeof *e);
  snprintf(e->tensor, sizeof e->tensor, "%s", v->name);
  e->flat = element;
  e->n_dims = v->tensor->n_dims;
  for (size_t d = e->n_dims; d-- > 0;) {
    e->index[d] = element % v->tensor->shape[d];
    element /= v->tensor->shape[d];
  }
  e->point = p->point;
  e->term = p->term;
  e->value = clino__view_value(v, e->flat);
  e->analytic = e->numeric = e->error = e->truncation_error = e->rounding_error = NAN;
  e->left = e->right = e->relative_error = e->step = e->kink_distance = NAN;
  e->band = CLINO_BAND_WRONG;
}

void clino__entry_init(const clino__problem *p, size_t entry, clino_gradcheck_entry *e) {
  size_t view = clino__layout_view_of(&p->layout, entry);
  clino__entry_init_view(p, view, entry - p->layout.views[view].first, e);
  e->analytic = p->gradient[entry];
}

double clino__rounding_of(const clino__problem *p, double f) {
  return fmax(fmax(0.29 * p->quantum * fabs(f), 0.29 * p->unit), DBL_TRUE_MIN);
}

double clino__magnitude(const clino__problem *p, size_t view, double analytic, double numeric) {
  double s = p->tensor_rms[view] > 0 ? p->tensor_rms[view] : p->gradient_rms;
  return fmax(fmax(fabs(analytic), fabs(numeric)), s);
}

double clino__coordinate_size(const clino__problem *p, size_t entry) {
  return fmax(fabs(p->x[entry]), 1e-3 * p->tensor_scale[clino__layout_view_of(&p->layout, entry)]);
}

bool clino__single(const clino__problem *p, size_t view) {
  return p->layout.views[view].tensor->dtype == CLINO_F32 || p->quantum > DBL_EPSILON || p->coarse;
}

double clino__rms(const double *v, size_t n) {
  double largest = 0, sum = 0;
  for (size_t i = 0; i < n; i++) largest = fmax(largest, fabs(v[i]));
  if (!(largest > 0) || isinf(largest)) return largest;
  for (size_t i = 0; i < n; i++) {
    double u = v[i] / largest;
    sum += u * u;
  }
  return largest * sqrt(sum / (double)n);
}

void clino__result_options(clino_gradcheck_result *r, const clino_gradcheck_options *o) {
  r->options = *o;
  r->options.lower = r->options.upper = NULL;
  r->options.term_names = NULL;
  r->options.record = NULL;
  r->options.progress = NULL;
  r->options.progress_ctx = NULL;
  memset(&r->options.context, 0, sizeof r->options.context);
}

/* How bad an entry is among those of one verdict: its disagreement against the size of the gradient around it. */
static double badness(const clino_gradcheck_result *r, const clino_gradcheck_entry *e) {
  double size = fmax(fmax(fabs(e->analytic), fabs(e->numeric)), r->gradient_rms);
  double difference = fabs(e->analytic - e->numeric);
  if (isnan(difference)) return INFINITY;
  return size > 0 ? difference / size : 0;
}

static bool graver(const clino_gradcheck_result *r, const clino_gradcheck_entry *a, const clino_gradcheck_entry *b) {
  if (a->verdict != b->verdict) return a->verdict > b->verdict;
  return badness(r, a) > badness(r, b);
}

static void keep_next(clino_gradcheck_result *r, const clino_gradcheck_entry *e) {
  if (e->verdict <= CLINO_VERDICT_PASS) return;
  size_t i = r->n_next < CLINO_GRADCHECK_NEXT ? r->n_next++ : CLINO_GRADCHECK_NEXT;
  for (; i > 0 && graver(r, e, &r->next[i - 1]); i--)
    if (i < CLINO_GRADCHECK_NEXT) r->next[i] = r->next[i - 1];
  if (i < CLINO_GRADCHECK_NEXT) r->next[i] = *e;
}

void clino__result_add(clino_gradcheck_result *r, const clino_gradcheck_entry *e) {
  r->checked++;
  r->counts[e->verdict]++;
  r->bands[e->band]++;
  if (e->branch[0]) r->branch_flips++;
  if (r->worst.verdict == CLINO_VERDICT_NONE) {
    r->worst = *e;
  } else if (graver(r, e, &r->worst)) {
    keep_next(r, &r->worst);
    r->worst = *e;
  } else {
    keep_next(r, e);
  }
  if (r->worst.verdict > r->verdict) {
    r->verdict = r->worst.verdict;
    r->reason = r->worst.reason;
  } else if (r->verdict == r->worst.verdict) {
    r->reason = r->worst.reason;
  }
}
