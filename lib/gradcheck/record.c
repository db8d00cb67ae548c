/* What a check compared, entry by entry. Sheets are dense: the analytic gradient is known everywhere, and explanations
 * look for an entry's value in another's place. */
#include "gradcheck/record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Sheets that a check keeps for its own explanations: enough to see a gradient that does not follow the point, without
 * taking memory for a thousand points. */
#define OWN_SHEETS 9
#define OWN_ENTRIES 2000000

void clino__record_empty(clino_gradcheck_record *r) {
  for (size_t i = 0; i < r->n_sheets; i++) {
    free(r->sheets[i].value);
    free(r->sheets[i].verdict);
  }
  free(r->sheets);
  free(r->samples);
  free(r->tensors);
  free(r->term_names);
  *r = (clino_gradcheck_record){.own = r->own, .written = {.tensor = SIZE_MAX}};
}

clino_gradcheck_record *clino__record_own(void) {
  clino_gradcheck_record *r = calloc(1, sizeof *r);
  if (!r) return NULL;
  r->own = true;
  r->written.tensor = SIZE_MAX;
  return r;
}

clino_status clino_gradcheck_record_new(clino_gradcheck_record **record, clino_error *error) {
  if (!record) return clino__fail(error, CLINO_ERR_RANGE, "clino_gradcheck_record_new: record is NULL");
  *record = clino__record_own();
  if (!*record) return clino__fail_memory(error, "a record of a gradient check");
  (*record)->own = false;
  return CLINO_OK;
}

void clino_gradcheck_record_free(clino_gradcheck_record *record) {
  if (!record) return;
  clino__record_empty(record);
  free(record);
}

/* ---- writing ---- */

clino_status clino__record_begin(clino__problem *p) {
  clino_gradcheck_record *r = p->record;
  clino__record_empty(r);
  r->tensors = calloc(p->layout.n_views + 1, sizeof *r->tensors);
  if (!r->tensors) return clino__fail_memory(p->error, "the record of the check");
  for (size_t i = 0; i < p->layout.n_views; i++) {
    const clino__view *v = &p->layout.views[i];
    if (!v->owner) continue;
    clino__kept_tensor *t = &r->tensors[r->n_tensors++];
    memcpy(t->name, v->name, sizeof t->name);
    t->dtype = v->tensor->dtype;
    t->n_dims = v->tensor->n_dims;
    memcpy(t->shape, v->tensor->shape, sizeof t->shape);
    t->first = v->first;
    t->count = v->count;
  }
  r->n = p->layout.n;
  r->resolution = p->o.resolution;
  r->tolerance = p->o.tolerance;
  r->points = p->o.points;
  return CLINO_OK;
}

static bool grow(clino_gradcheck_record *r) {
  if (r->n_sheets < r->capacity) return true;
  size_t capacity = r->capacity ? 2 * r->capacity : 2;
  clino__sheet *sheets = realloc(r->sheets, capacity * sizeof *sheets);
  if (!sheets) return false;
  r->sheets = sheets;
  r->capacity = capacity;
  return true;
}

clino_status clino__record_sheet(clino__problem *p) {
  clino_gradcheck_record *r = p->record;
  size_t n = r->n;
  r->open = !r->own || r->n_sheets == 0 ||
            (r->n_sheets < OWN_SHEETS && n <= OWN_ENTRIES / (r->n_sheets + 1));
  if (!r->open) return CLINO_OK;
  clino__sheet s = {.point = p->point, .term = p->term};
  s.value = n <= PTRDIFF_MAX / (5 * sizeof(double)) ? malloc((5 * n + 1) * sizeof(double)) : NULL;
  s.verdict = calloc(n + 1, 1);
  if (!s.value || !s.verdict || !grow(r)) {
    free(s.value);
    free(s.verdict);
    return clino__fail_memory(p->error, "the record of the check");
  }
  s.analytic = s.value + n, s.numeric = s.value + 2 * n, s.error = s.value + 3 * n, s.doubt = s.value + 4 * n;
  memcpy(s.value, p->x, n * sizeof(double));
  memcpy(s.analytic, p->gradient, n * sizeof(double));
  for (size_t i = 0; i < n; i++) s.numeric[i] = s.error[i] = s.doubt[i] = NAN;
  r->sheets[r->n_sheets++] = s;
  return CLINO_OK;
}

/* What may lie between the numerical value and the slope that the analytic one stands for, beside the error bar: at a
 * kink all that lies between the one-sided slopes; beside one, what the gradient changes on the way there. */
static double kink_doubt(const clino_gradcheck_entry *e, double analytic) {
  double jump = e->verdict == CLINO_VERDICT_KINK || e->verdict == CLINO_VERDICT_INCONCLUSIVE
                    ? fabs(e->left - e->right) : 0;
  return (isnan(jump) ? 0 : jump) + (e->beside_kink ? fabs(e->analytic - analytic) : 0);
}

void clino__record_add(clino__problem *p, size_t entry, const clino_gradcheck_entry *e) {
  clino_gradcheck_record *r = p->record;
  clino__result_add(p->r, e);
  if (!r->open) return;
  clino__sheet *s = &r->sheets[r->n_sheets - 1];
  if (!isnan(e->numeric) && isnan(s->numeric[entry])) s->measured++;
  s->numeric[entry] = e->numeric;
  s->error[entry] = e->error;
  s->doubt[entry] = e->error + kink_doubt(e, s->analytic[entry]);
  s->verdict[entry] = (unsigned char)e->verdict;
}

clino_status clino__record_end(clino__problem *p) {
  clino_gradcheck_record *r = p->record;
  r->verdict = p->r->verdict;
  r->single = p->quantum > 1e-10;
  r->n_terms = p->r->n_terms;
  if (!r->n_terms) return CLINO_OK;
  r->term_names = malloc(r->n_terms * sizeof *r->term_names);
  if (!r->term_names) return clino__fail_memory(p->error, "the record of the check");
  for (size_t i = 0; i < r->n_terms; i++) memcpy(r->term_names[i], p->r->terms[i].name, sizeof r->term_names[i]);
  return CLINO_OK;
}

/* ---- reading ---- */

size_t clino_gradcheck_record_sheets(const clino_gradcheck_record *record) { return record ? record->n_sheets : 0; }
size_t clino_gradcheck_record_tensors(const clino_gradcheck_record *record) { return record ? record->n_tensors : 0; }

size_t clino_gradcheck_record_measured(const clino_gradcheck_record *record) {
  size_t sum = 0;
  for (size_t i = 0; record && i < record->n_sheets; i++) sum += record->sheets[i].measured;
  return sum;
}

clino_verdict clino_gradcheck_record_verdict(const clino_gradcheck_record *record) {
  return record ? record->verdict : CLINO_VERDICT_NONE;
}

clino_status clino_gradcheck_record_get(const clino_gradcheck_record *record, size_t sheet, size_t tensor,
                                        clino_recorded_tensor *kept, clino_error *error) {
  if (!record || !kept) return clino__fail(error, CLINO_ERR_RANGE, "record or kept is NULL");
  if (sheet >= record->n_sheets)
    return clino__fail(error, CLINO_ERR_RANGE, "sheet is %zu, but the record has %zu", sheet, record->n_sheets);
  if (tensor >= record->n_tensors)
    return clino__fail(error, CLINO_ERR_RANGE, "tensor is %zu, but the record has %zu", tensor, record->n_tensors);
  const clino__sheet *s = &record->sheets[sheet];
  const clino__kept_tensor *t = &record->tensors[tensor];
  *kept = (clino_recorded_tensor){.name = t->name, .dtype = t->dtype, .n_dims = t->n_dims, .count = t->count,
                                  .point = s->point, .term = s->term, .value = s->value + t->first,
                                  .analytic = s->analytic + t->first, .numeric = s->numeric + t->first,
                                  .error = s->error + t->first, .verdict = s->verdict + t->first};
  memcpy(kept->shape, t->shape, sizeof kept->shape);
  for (size_t i = 0; i < t->count; i++) kept->measured += isnan(kept->numeric[i]) ? 0 : 1;
  return CLINO_OK;
}
