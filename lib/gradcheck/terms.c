/* f as a sum of terms. A regularizer can hide a wrong gradient of the data: "make sure the regularization does not
 * overwhelm the data" (Stanford CS231n, "Neural networks 3: gradient checks"). So each term is checked alone, as if it
 * were all of f, and what is left to check of f is that it is their sum, and its gradient the sum of theirs. */
#include "gradcheck/terms.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "gradcheck/entry.h"
#include "gradcheck/points.h"
#include "gradcheck/precheck.h"

struct clino__terms {
  double *sum, *size;      /* over the terms: of their gradients, and of those without sign; one an entry */
  double *data_rms;        /* of the first term's gradient, one a view */
  double value, value_size, noise;
  clino_verdict directed;  /* the gravest that directions gave the term */
};

static clino_status choose(clino__problem *p, size_t term) {
  p->term = term;
  int value = p->o.context.select_term(term, p->hook_ctx);
  return value ? clino__fail_callback(p->error, "select_term", value) : CLINO_OK;
}

/* How much larger a term's gradient is than the data's, in the tensor where it is the most. */
static void note_dominance(clino__problem *p, clino_gradcheck_term *term) {
  for (size_t i = 0; i < p->layout.n_views; i++) {
    double data = p->terms->data_rms[i], ratio = p->tensor_rms[i] / data;
    if (!(data > 0) || !(ratio > term->dominance)) continue;
    term->dominance = ratio;
    snprintf(term->tensor, sizeof term->tensor, "%s", p->layout.views[i].name);
  }
}

void clino__terms_note(clino__problem *p) {
  if (!p->terms || p->term == CLINO_TERM_ALL) return;
  clino_gradcheck_term *term = &p->r->terms[p->term];
  term->value = p->f0;
  term->gradient_rms = p->gradient_rms;
  for (size_t i = 0; p->term == 0 && i < p->layout.n_views; i++) p->terms->data_rms[i] = p->tensor_rms[i];
  note_dominance(p, term);
  for (size_t i = 0; i < p->layout.n; i++) {
    p->terms->sum[i] += p->gradient[i];
    p->terms->size[i] += fabs(p->gradient[i]);
  }
  p->terms->value += p->f0;
  p->terms->value_size += fabs(p->f0);
  p->terms->noise = hypot(p->terms->noise, p->noise);
}

/* ---- the sum ---- */

static bool values_add_up(const clino__problem *p) {
  const clino__terms *t = p->terms;
  double allowed = 16 * hypot(t->noise, p->noise) + 64 * p->quantum * fmax(t->value_size, fabs(p->f0));
  return fabs(p->f0 - t->value) <= allowed;
}

/* The entry whose gradient is the furthest from the sum of the terms', beyond rounding; n where all are near. */
static size_t gradient_apart(const clino__problem *p) {
  size_t worst = p->layout.n;
  double most = 0;
  for (size_t i = 0; i < p->layout.n; i++) {
    size_t view = clino__layout_view_of(&p->layout, i);
    double allowed = clino__tolerance(p, view) * p->terms->size[i] +
                     clino__analytic_rounding(p, i, fmax(p->terms->size[i], p->tensor_rms[view]));
    double beyond = fabs(p->gradient[i] - p->terms->sum[i]) - allowed;
    if (!(beyond <= most)) most = beyond, worst = i;
  }
  return worst;
}

static void fail(clino__problem *p, size_t entry) {
  clino_gradcheck_entry *e = &p->r->worst;
  if (entry < p->layout.n) {
    clino__entry_init(p, entry, e);
    e->numeric = p->terms->sum[entry];
    e->relative_error = clino_relative_error(e->analytic, e->numeric);
    e->band = clino_band_of(e->relative_error);
  } else {
    clino__entry_init_view(p, 0, 0, e);
    e->tensor[0] = '\0';
    e->n_dims = 0;
    e->value = NAN;
    p->r->value = p->f0;
    p->r->other_value = p->terms->value;
  }
  e->verdict = p->r->verdict = CLINO_VERDICT_FAIL;
  e->reason = p->r->reason = CLINO_REASON_TERMS;
}

static clino_status check_sum(clino__problem *p) {
  bool holds;
  if (!clino__budget(p, CLINO__PRECHECK_VALUES)) return CLINO_OK;
  clino_status status = choose(p, CLINO_TERM_ALL);
  if (!status) status = clino__precheck(p, &holds);
  if (status || !holds || p->r->verdict >= CLINO_VERDICT_FAIL) return status;
  size_t apart = gradient_apart(p);
  if (!values_add_up(p)) fail(p, p->layout.n);
  else if (apart < p->layout.n) fail(p, apart);
  return CLINO_OK;
}

/* ---- the whole ---- */

void clino__terms_directed(clino__problem *p, clino_verdict verdict) {
  if (p->terms && verdict > p->terms->directed) p->terms->directed = verdict;
}

/* The verdict of one term: of what its check added to the counts, and of its directions. */
static clino_verdict verdict_of(const clino__problem *p, const size_t *before, bool holds) {
  if (!holds) return p->r->verdict;
  for (int v = CLINO_VERDICT_COUNT - 1; v > 0; v--)
    if (p->r->counts[v] > before[v] || p->terms->directed == (clino_verdict)v) return (clino_verdict)v;
  return CLINO_VERDICT_NONE;
}

static clino_status check_term(clino__problem *p, size_t term, bool *holds) {
  clino_gradcheck_term *t = &p->r->terms[term];
  size_t before[CLINO_VERDICT_COUNT];
  for (int v = 0; v < CLINO_VERDICT_COUNT; v++) before[v] = p->r->counts[v];
  if (p->o.term_names) snprintf(t->name, sizeof t->name, "%s", p->o.term_names[term]);
  else if (term) snprintf(t->name, sizeof t->name, "term %zu", term);
  else snprintf(t->name, sizeof t->name, "data");
  t->value = t->gradient_rms = NAN;
  p->r->n_terms = term + 1;
  p->terms->directed = CLINO_VERDICT_NONE;
  clino_status status = choose(p, term);
  if (!status) status = clino__points_check(p, holds);
  t->verdict = verdict_of(p, before, *holds);
  return status;
}

static clino_status check_all(clino__problem *p) {
  bool holds = true;
  clino_status status = CLINO_OK;
  for (size_t term = 0; term < p->o.n_terms && !status && holds; term++) status = check_term(p, term, &holds);
  return status || !holds ? status : check_sum(p);
}

clino_status clino__terms_check(clino__problem *p) {
  size_t n = p->layout.n;
  clino__terms t = {.sum = calloc(2 * n + p->layout.n_views, sizeof *t.sum)};
  if (!t.sum) return clino__fail_memory(p->error, "the sum of the terms' gradients");
  t.size = t.sum + n;
  t.data_rms = t.size + n;
  p->terms = &t;
  clino_status status = check_all(p);
  /* Also after an error, which is then the one to report. */
  if (p->term != CLINO_TERM_ALL) p->o.context.select_term(CLINO_TERM_ALL, p->hook_ctx);
  p->term = CLINO_TERM_ALL;
  p->terms = NULL;
  free(t.sum);
  return status;
}
