/* Is it the gradient of one sample alone? A loop over the batch that overwrites where it should add leaves that of the
 * last, one that returns too early that of the first. Values of the sum cannot tell; so where the caller can switch his
 * f to one sample (the hook select_sample), the parts of the first and of the last are measured at a few wrong entries.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "gradcheck/explain.h"

/* ---- measuring ---- */

static clino_status slope(clino__problem *p, size_t entry, double h, double *at) {
  double up, down, realized_up, realized_down;
  clino_status status = clino__value_at(p, entry, h, &up, &realized_up, NULL);
  if (!status) status = clino__value_at(p, entry, -h, &down, &realized_down, NULL);
  if (!status) *at = (up - down) / (realized_up - realized_down);
  return status;
}

/* Two centered differences: the shorter one, and what they differ by as its error, three times its truncation. */
static clino_status measure(clino__problem *p, size_t entry, double *numeric, double *doubt) {
  bool single = clino__single(p, clino__layout_view_of(&p->layout, entry));
  double h = cbrt(single ? FLT_EPSILON : DBL_EPSILON) *
             fmax(fabs(p->x[entry]), p->tensor_scale[clino__layout_view_of(&p->layout, entry)]);
  double far = NAN;
  *numeric = NAN;
  clino_status status = slope(p, entry, 2 * h, &far);
  if (!status) status = slope(p, entry, h, numeric);
  *doubt = fabs(far - *numeric) + 4 * p->noise / h;
  return status;
}

/* Wrong entries whose analytic value is not 0, or is, until so many are measured; spread over the tensor. */
static clino_status measure_some(clino__problem *p, const clino__kept_tensor *t, const unsigned char *verdict,
                                 bool nonzero, size_t most, clino__sample *s) {
  const double *a = p->record->sheets[0].analytic + t->first;
  size_t wrong = 0, seen = 0;
  for (size_t i = 0; i < t->count; i++) wrong += verdict[i] >= CLINO_VERDICT_SUSPECT && (a[i] != 0) == nonzero;
  size_t every = wrong / most + 1;
  for (size_t i = 0; i < t->count && s->count < most; i++) {
    if (verdict[i] < CLINO_VERDICT_SUSPECT || (a[i] != 0) != nonzero || seen++ % every) continue;
    if (!clino__budget(p, 4)) return CLINO_OK;
    s->entry[s->count] = i;
    clino_status status = measure(p, t->first + i, &s->numeric[s->count], &s->doubt[s->count]);
    if (status) return status;
    s->count++;
  }
  return CLINO_OK;
}

static clino_status measure_tensor(clino__problem *p, size_t tensor, clino__sample *s) {
  const clino_gradcheck_record *r = p->record;
  const clino__kept_tensor *t = &r->tensors[tensor];
  const unsigned char *verdict = r->sheets[0].verdict + t->first;
  s->tensor = tensor;
  clino_status status = measure_some(p, t, verdict, true, CLINO__SAMPLE_ENTRIES * 3 / 4, s);
  return status ? status : measure_some(p, t, verdict, false, CLINO__SAMPLE_ENTRIES, s);
}

static clino_status choose(clino__problem *p, size_t sample) {
  int value = p->o.context.select_sample(sample, p->hook_ctx);
  return value ? clino__fail_callback(p->error, "select_sample", value) : CLINO_OK;
}

static clino_status measure_sample(clino__problem *p, size_t sample) {
  clino_gradcheck_record *r = p->record;
  clino_status status = choose(p, sample);
  for (size_t t = 0; t < r->n_tensors && !status; t++) {
    clino__sample *s = &r->samples[r->n_samples++];
    s->sample = sample;
    s->n_samples = p->o.n_samples;
    status = measure_tensor(p, t, s);
  }
  return status;
}

clino_status clino__samples_measure(clino__problem *p) {
  clino_gradcheck_record *r = p->record;
  if (p->o.n_samples < 2 || p->o.n_terms || !r->n_sheets || r->sheets[0].point ||
      (p->r->verdict != CLINO_VERDICT_SUSPECT && p->r->verdict != CLINO_VERDICT_FAIL))
    return CLINO_OK;
  r->samples = calloc(2 * r->n_tensors + 1, sizeof *r->samples);
  if (!r->samples) return clino__fail_memory(p->error, "the gradients of two samples");
  clino_status status = measure_sample(p, 0);
  if (!status) status = measure_sample(p, p->o.n_samples - 1);
  /* Also after an error, which is then the one to report. */
  int value = p->o.context.select_sample(CLINO_SAMPLE_ALL, p->hook_ctx);
  return status || !value ? status : clino__fail_callback(p->error, "select_sample", value);
}

/* ---- comparing ---- */

#define LEAST 4 /* entries that must tell */

/* The evidence that a is so many times the sample's part; 0 where it is not. */
static double evidence(const clino__evidence *ev, const clino__sample *s, double times, size_t *within) {
  double bits = 0;
  size_t telling = 0;
  *within = 0;
  for (size_t k = 0; k < s->count; k++) {
    size_t i = s->entry[k];
    double part = times * s->numeric[k], bar = times * s->doubt[k] + 1e-7 * fabs(part) + 1e-12 * ev->size;
    double left = fabs(ev->a[i] - part);
    if (!(left <= 2 * bar)) continue;
    ++*within;
    double gain = fmin(20, log2(fabs(ev->a[i] - ev->n[i]) / fmax(left, bar)));
    /* Where the sample adds nothing, and nothing was written, others add: that does not speak for this sample alone. */
    if (fabs(ev->a[i]) <= 2 * bar) continue;
    telling += gain >= 3;
    bits += fmax(gain, 0);
  }
  return *within == s->count && telling >= LEAST ? bits : 0;
}

static void compare(const clino__search *s, const clino__sample *sample) {
  double n = (double)sample->n_samples, times[] = {1, n, 1 / n};
  for (size_t k = 0; k < 3; k++) {
    size_t within;
    double bits = evidence(s->ev, sample, times[k], &within) - 3;
    if (!(bits >= 20)) continue;
    clino_explanation e =
        clino__about(sample->sample ? CLINO_PATTERN_LAST_SAMPLE : CLINO_PATTERN_FIRST_SAMPLE);
    e.value = times[k];
    e.value_error = 0;
    clino__found_fact(s, &e, sample->count, within, bits);
  }
}

void clino__explain_samples(const clino__search *s) {
  const clino_gradcheck_record *r = s->ev->record;
  if (s->ev->sheet != &r->sheets[0]) return;
  for (size_t k = 0; k < r->n_samples; k++)
    if (r->samples[k].tensor == s->ev->tensor && r->samples[k].count) compare(s, &r->samples[k]);
}
