/* What the bug looks like: searches tensor by tensor, picks the best formula of each, and joins tensors that share one.
 *
 * A bug that runs through the whole gradient is looked for first, in all entries as one vector: so it is seen in
 * tensors too small to show it alone. */
#include "gradcheck/explain.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

clino_explain_options clino_explain_options_default(void) {
  return (clino_explain_options){.struct_size = sizeof(clino_explain_options)};
}

static clino_status check_options(const clino_explain_options *o, clino_error *error) {
  clino_status status = clino__check_struct(o->struct_size, sizeof *o, "clino_explain_options", error);
  if (status) return status;
  if (!(o->learning_rate >= 0 && isfinite(o->learning_rate)))
    return clino__fail(error, CLINO_ERR_RANGE, "clino_explain_options.learning_rate is not a number of 0 or more");
  if (!(o->dropout >= 0 && o->dropout < 1))
    return clino__fail(error, CLINO_ERR_RANGE, "clino_explain_options.dropout is not from 0 to below 1");
  return CLINO_OK;
}

/* ---- what held for one tensor ---- */

clino_explanation clino__about(clino_pattern pattern) {
  clino_explanation e;
  memset(&e, 0, sizeof e); /* every byte: results are compared as bytes */
  e.pattern = pattern;
  e.tensors = 1;
  e.value = e.value_error = e.correlation = e.plain_correlation = NAN;
  e.axis = e.index = SIZE_MAX;
  return e;
}

static void keep(const clino__search *s, clino_explanation *e) {
  clino_explanation *best = &s->found->list[e->pattern];
  if (best->pattern && best->bits >= e->bits) return;
  const clino__evidence *ev = s->ev;
  snprintf(e->tensor, sizeof e->tensor, "%s", ev->name);
  e->point = ev->sheet->point;
  e->term = ev->sheet->term;
  e->wrong = ev->n_wrong;
  memcpy(best, e, sizeof *best);
}

bool clino__found_add(const clino__search *s, const clino_explanation *about, const clino__fit *fit, size_t numbers,
                      double choice) {
  clino_explanation e;
  memcpy(&e, about, sizeof e);
  if (!clino__fit_holds(fit, numbers, choice, &e.bits)) return false;
  e.entries = fit->covered;
  e.within = fit->within;
  e.correlation = clino__fit_correlation(fit);
  e.plain_correlation = clino__plain_correlation(s->ev);
  keep(s, &e);
  return true;
}

void clino__found_fact(const clino__search *s, const clino_explanation *about, size_t entries, size_t within,
                       double bits) {
  clino_explanation e;
  memcpy(&e, about, sizeof e);
  e.entries = entries;
  e.within = within;
  e.bits = bits;
  keep(s, &e);
}

/* ---- which is the best ---- */

/* Formulas so free that they hold wherever a simpler one does. */
static bool is_general(clino_pattern p) {
  return p == CLINO_PATTERN_PERMUTED || p == CLINO_PATTERN_UNIT_SCALE || p == CLINO_PATTERN_ACTIVATION ||
         p == CLINO_PATTERN_SLICE || p == CLINO_PATTERN_ROUNDING;
}

/* The one with most evidence; of those about as good, the simplest, which stands first in the list of patterns. */
static bool best_of(const clino__found *found, clino_explanation *best) {
  const clino_explanation *first = NULL;
  double most = -INFINITY;
  for (size_t k = 0; k < CLINO_PATTERN_COUNT; k++)
    if (found->list[k].pattern) most = fmax(most, found->list[k].bits);
  for (size_t k = 0; k < CLINO_PATTERN_COUNT; k++) {
    const clino_explanation *e = &found->list[k];
    if (!e->pattern || e->bits < (isinf(most) ? most : 0.9 * most)) continue;
    if (!first) {
      first = e;
      memcpy(best, e, sizeof *best);
    } else if (!best->also && !is_general(e->pattern)) {
      best->also = e->pattern;
    }
  }
  return first != NULL;
}

/* ---- the search ---- */

typedef struct explainer {
  const clino_gradcheck_record *record;
  const clino_explain_options *options;
  clino_explanation *of;   /* of each tensor; pattern NONE: not explained */
  bool *wrong, *live;      /* by tensor: some entry is; has a gradient that is not 0 */
  clino_error *error;
} explainer;

static clino_status search(const explainer *x, const clino__evidence *ev, bool alone, clino_explanation *best) {
  clino__found found;
  memset(&found, 0, sizeof found);
  clino__search s = {ev, x->options, &found, malloc((4 * ev->count + 4) * sizeof(double)),
                     malloc((2 * ev->count + 4) * sizeof(size_t))};
  if (s.scratch && s.map) {
    clino__explain_values(&s);
    clino__explain_linear(&s);
    if (alone) {
      clino__explain_order(&s);
      clino__explain_permuted(&s);
      clino__explain_units(&s);
      clino__explain_others(&s);
      clino__explain_samples(&s);
    }
    if (!best_of(&found, best)) best->pattern = CLINO_PATTERN_NONE;
  }
  bool memory = s.scratch && s.map;
  free(s.scratch);
  free(s.map);
  return memory ? CLINO_OK : clino__fail_memory(x->error, "explanations");
}

static size_t wrong_in(const clino_gradcheck_record *r, size_t sheet, size_t first, size_t count) {
  size_t n = 0;
  for (size_t i = first; i < first + count; i++)
    n += r->sheets[sheet].verdict[i] == CLINO_VERDICT_SUSPECT || r->sheets[sheet].verdict[i] == CLINO_VERDICT_FAIL;
  return n;
}

/* The sheet of a term on which most entries are wrong; n_sheets where none is. */
static size_t worst_sheet(const clino_gradcheck_record *r, size_t term, size_t first, size_t count) {
  size_t at = r->n_sheets, most = 0;
  for (size_t k = 0; k < r->n_sheets; k++) {
    size_t n = r->sheets[k].term == term ? wrong_in(r, k, first, count) : 0;
    if (n > most) most = n, at = k;
  }
  return at;
}

static clino_status explain_tensor(explainer *x, size_t term, size_t t) {
  const clino__kept_tensor *k = &x->record->tensors[t];
  size_t sheet = worst_sheet(x->record, term, k->first, k->count);
  if (sheet == x->record->n_sheets) return CLINO_OK;
  clino__evidence ev;
  clino_status status = clino__evidence_init(&ev, x->record, sheet, t, x->error);
  x->wrong[t] = true;
  if (!status && ev.n_wrong) status = search(x, &ev, true, &x->of[t]);
  clino__evidence_free(&ev);
  return status;
}

/* Tensors that are too small to show it, but whose wrong entries an explanation of another tensor explains. */
static clino_status join(explainer *x, size_t term, size_t t) {
  const clino__kept_tensor *k = &x->record->tensors[t];
  clino__evidence ev;
  clino_status status = clino__evidence_init(&ev, x->record, worst_sheet(x->record, term, k->first, k->count), t,
                                             x->error);
  for (size_t i = 0; !status && ev.n_wrong && i < x->record->n_tensors; i++) {
    const clino_explanation *e = &x->of[i];
    if (!e->pattern || e->point != ev.sheet->point || !clino__explain_holds(&ev, e)) continue;
    memcpy(&x->of[t], e, sizeof *e);
    snprintf(x->of[t].tensor, sizeof x->of[t].tensor, "%s", k->name);
    x->of[t].entries = x->of[t].within = ev.n_used;
    x->of[t].wrong = ev.n_wrong;
    break;
  }
  clino__evidence_free(&ev);
  return status;
}

/* One formula for all of the gradient. */
static clino_status explain_all(explainer *x, size_t term, bool *found) {
  const clino_gradcheck_record *r = x->record;
  size_t sheet = worst_sheet(r, term, 0, r->n), tensors = 0;
  clino_explanation best;
  memset(&best, 0, sizeof best);
  *found = false;
  for (size_t t = 0; t < r->n_tensors; t++) tensors += x->live[t];
  if (sheet == r->n_sheets || tensors < 2) return CLINO_OK;
  clino__evidence ev;
  clino_status status = clino__evidence_init(&ev, r, sheet, SIZE_MAX, x->error);
  if (!status && ev.n_wrong) status = search(x, &ev, false, &best);
  clino__evidence_free(&ev);
  *found = !status && best.pattern;
  for (size_t t = 0; *found && t < r->n_tensors; t++) {
    const clino__kept_tensor *k = &r->tensors[t];
    if (!wrong_in(r, sheet, k->first, k->count)) continue;
    memcpy(&x->of[t], &best, sizeof best);
    snprintf(x->of[t].tensor, sizeof x->of[t].tensor, "%s", k->name);
    x->of[t].also = CLINO_PATTERN_NONE;
  }
  return status;
}

static void note_live(explainer *x, size_t term) {
  const clino_gradcheck_record *r = x->record;
  for (size_t t = 0; t < r->n_tensors; t++) {
    x->live[t] = x->wrong[t] = false;
    for (size_t k = 0; k < r->n_sheets; k++)
      for (size_t i = r->tensors[t].first; i < r->tensors[t].first + r->tensors[t].count && !x->live[t]; i++)
        x->live[t] = r->sheets[k].term == term && (r->sheets[k].analytic[i] != 0 || fabs(r->sheets[k].numeric[i]) > 0);
  }
}

static clino_status explain_term(explainer *x, size_t term, bool *whole) {
  clino_status status = CLINO_OK;
  note_live(x, term);
  memset(x->of, 0, x->record->n_tensors * sizeof *x->of);
  status = explain_all(x, term, whole);
  for (size_t t = 0; !status && !*whole && t < x->record->n_tensors; t++) status = explain_tensor(x, term, t);
  for (size_t t = 0; !status && !*whole && t < x->record->n_tensors; t++)
    if (x->wrong[t] && !x->of[t].pattern) status = join(x, term, t);
  return status;
}

/* ---- one bug, several tensors ---- */

/* Whether what was found in two tensors is one bug. */
static bool same_bug(const clino_explanation *a, const clino_explanation *b) {
  if (a->pattern != b->pattern || a->point != b->point || a->beside != b->beside) return false;
  if (a->pattern == CLINO_PATTERN_SLICE || a->pattern == CLINO_PATTERN_OTHER_TENSOR ||
      a->pattern == CLINO_PATTERN_ACTIVATION || a->pattern == CLINO_PATTERN_UNIT_SCALE || a->axis != b->axis)
    return false;
  if (isnan(a->value) && isnan(b->value)) return true;
  return strcmp(a->constant, b->constant) == 0 && fabs(a->value - b->value) <= a->value_error + b->value_error;
}

static void put(const explainer *x, clino_explanation *e, const size_t *tensors, clino_explanation *list,
                size_t capacity, size_t *n) {
  size_t live = 0;
  for (size_t t = 0; t < x->record->n_tensors; t++) live += x->live[t];
  e->all = e->tensors >= live;
  clino__explanation_text(x->record, tensors, e);
  size_t at = *n < capacity ? (*n)++ : capacity;
  for (; at > 0 && e->bits > list[at - 1].bits; at--)
    if (at < capacity) memcpy(&list[at], &list[at - 1], sizeof *list);
  if (at < capacity) memcpy(&list[at], e, sizeof *list);
}

/* Joins the explanations of tensors and adds them to the list, best first. */
static clino_status merge(explainer *x, bool whole, clino_explanation *list, size_t capacity, size_t *n) {
  size_t count = x->record->n_tensors, *tensors = malloc((count + 1) * sizeof *tensors);
  if (!tensors) return clino__fail_memory(x->error, "explanations");
  for (size_t t = 0; t < count; t++) {
    clino_explanation e;
    memcpy(&e, &x->of[t], sizeof e);
    if (!e.pattern) continue;
    tensors[0] = t;
    for (size_t other = t + 1; other < count; other++) {
      clino_explanation *o = &x->of[other];
      if (!o->pattern || !same_bug(&e, o)) continue;
      tensors[e.tensors++] = other;
      if (!whole) e.entries += o->entries, e.within += o->within, e.wrong += o->wrong, e.bits = fmax(e.bits, o->bits);
      e.also = e.also == o->also ? e.also : CLINO_PATTERN_NONE;
      o->pattern = CLINO_PATTERN_NONE;
    }
    put(x, &e, tensors, list, capacity, n);
  }
  free(tensors);
  return CLINO_OK;
}

/* ---- what the precheck saw ---- */

static bool explain_written(explainer *x, clino_explanation *list, size_t capacity, size_t *n) {
  const clino__written *w = &x->record->written;
  if (w->tensor >= x->record->n_tensors) return false;
  bool twice = fabs(w->ratio - 2) <= 1e-6;
  if (w->reason == CLINO_REASON_OVERWRITTEN || (w->reason == CLINO_REASON_NONE && !twice)) return true;
  clino_explanation e = clino__about(w->reason == CLINO_REASON_UNWRITTEN ? CLINO_PATTERN_UNWRITTEN
                                                                         : CLINO_PATTERN_ACCUMULATED);
  snprintf(e.tensor, sizeof e.tensor, "%s", x->record->tensors[w->tensor].name);
  e.term = CLINO_TERM_ALL;
  e.entries = w->count;
  e.within = e.wrong = w->bad;
  e.bits = INFINITY;
  memset(x->live, 1, x->record->n_tensors);
  put(x, &e, &w->tensor, list, capacity, n);
  return true;
}

/* ---- the whole ---- */

static clino_status explain_terms(explainer *x, clino_explanation *list, size_t capacity, size_t *n) {
  const clino_gradcheck_record *r = x->record;
  clino_status status = CLINO_OK;
  if (explain_written(x, list, capacity, n)) return CLINO_OK;
  for (size_t k = 0; k < r->n_sheets && !status; k++) {
    bool whole = false, seen = false;
    for (size_t j = 0; j < k; j++) seen |= r->sheets[j].term == r->sheets[k].term;
    if (seen) continue;
    status = explain_term(x, r->sheets[k].term, &whole);
    if (!status) status = merge(x, whole, list, capacity, n);
  }
  return status;
}

clino_status clino_gradcheck_explain(const clino_gradcheck_record *record, const clino_explain_options *options,
                                     clino_explanation *explanations, size_t capacity, size_t *n, clino_error *error) {
  if (!n) return clino__fail(error, CLINO_ERR_RANGE, "clino_gradcheck_explain: n is NULL");
  *n = 0;
  if (!record || (!explanations && capacity))
    return clino__fail(error, CLINO_ERR_RANGE, "clino_gradcheck_explain: record or explanations is NULL");
  clino_explain_options o = options ? *options : clino_explain_options_default();
  clino_status status = check_options(&o, error);
  if (status || record->verdict < CLINO_VERDICT_SUSPECT || !capacity) return status;
  size_t count = record->n_tensors + 1;
  explainer x = {record, &o, calloc(count, sizeof *x.of), calloc(count, 1), calloc(count, 1), error};
  if (!x.of || !x.wrong || !x.live) status = clino__fail_memory(error, "explanations");
  else status = explain_terms(&x, explanations, capacity, n);
  free(x.of);
  free(x.wrong);
  free(x.live);
  if (status) *n = 0;
  return status;
}

clino_status clino__explain_result(clino__problem *p) {
  clino_gradcheck_result *r = p->r;
  return clino_gradcheck_explain(p->record, NULL, r->explanation, CLINO_GRADCHECK_EXPLANATIONS, &r->n_explanations,
                                 p->error);
}
