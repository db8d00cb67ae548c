#include "gradcheck/product.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gradcheck/precheck.h"

typedef struct buffers {
  clino__guarded x, v, hv;
} buffers;

static void end(clino__session *s, size_t entry, double first, double second, clino_verdict verdict,
                clino_reason reason) {
  clino_gradcheck_entry *e = &s->r.worst;
  clino__entry_init(&s->p, entry, e);
  e->analytic = first;
  e->numeric = second;
  s->r.verdict = e->verdict = verdict;
  s->r.reason = e->reason = reason;
}

/* Whether the guards stand and the inputs are as they were given. */
static void check_buffers(clino__session *s, const buffers *b, const double *v, bool *holds) {
  const clino__guarded *all[] = {&b->x, &b->v, &b->hv};
  static const char *const names[] = {"x", "v", "hv"};
  for (size_t k = 0; k < 3; k++) {
    if (clino__guarded_intact(all[k], s->n)) continue;
    end(s, 0, NAN, NAN, CLINO_VERDICT_FAIL, CLINO_REASON_OUT_OF_BOUNDS);
    s->r.worst.n_dims = 0;
    snprintf(s->r.worst.tensor, sizeof s->r.worst.tensor, "%s", names[k]);
    *holds = false;
    return;
  }
  for (size_t i = 0; i < s->n; i++) {
    bool x_same = memcmp(&b->x.data[i], &s->p.x[i], sizeof *v) == 0;
    if (x_same && memcmp(&b->v.data[i], &v[i], sizeof *v) == 0) continue;
    end(s, i, NAN, x_same ? b->v.data[i] : b->x.data[i], CLINO_VERDICT_FAIL, CLINO_REASON_INPUT_CHANGED);
    s->r.worst.value = x_same ? v[i] : s->p.x[i];
    *holds = false;
    return;
  }
}

static clino_status call(clino__product *p, buffers *b, const double *v, double fill, bool *holds) {
  clino__session *s = p->s;
  size_t n = s->n;
  memcpy(b->x.data, s->p.x, n * sizeof *v);
  memcpy(b->v.data, v, n * sizeof *v);
  for (size_t i = 0; i < n; i++) b->hv.data[i] = fill;
  if (s->p.o.context.reseed) {
    int value = s->p.o.context.reseed(s->p.o.seed, s->p.hook_ctx);
    if (value) return clino__fail_callback(s->p.error, "reseed", value);
  }
  p->calls++;
  int value = p->call(n, b->x.data, b->v.data, b->hv.data, p->ctx);
  if (value) return clino__fail_callback(s->p.error, "hessian product", value);
  *holds = clino__untouched(&s->p);
  if (!*holds) return CLINO_OK;
  check_buffers(s, b, v, holds);
  return CLINO_OK;
}
/* What the second call left, beside what the first did. */
static bool judge(clino__session *s, const double *first, const double *second, double fill1, double fill2) {
  for (size_t i = 0; i < s->n; i++) {
    double a = first[i], b = second[i];
    if (a == fill1 && b == fill2) end(s, i, a, b, CLINO_VERDICT_FAIL, CLINO_REASON_UNWRITTEN);
    else if (!isfinite(a)) end(s, i, a, b, CLINO_VERDICT_NONFINITE, CLINO_REASON_NONE);
    else if (memcmp(&a, &b, sizeof a) == 0) continue;
    else if (fabs((b - fill2) - (a - fill1)) <= 1e-11 * (fabs(a) + fabs(b)))
      end(s, i, a, b, CLINO_VERDICT_FAIL, CLINO_REASON_ACCUMULATED);
    else end(s, i, a, b, CLINO_VERDICT_NONDETERMINISTIC, CLINO_REASON_NONE);
    return false;
  }
  return true;
}

static clino_status take(clino__product *p, buffers *b, const double *v, double *hv, bool check, bool *holds) {
  const double fill1 = 1.7320508075688772, fill2 = -2.2360679774997898;
  clino_status status = call(p, b, v, fill1, holds);
  if (status || !*holds) return status;
  memcpy(hv, b->hv.data, p->s->n * sizeof *hv);
  if (!check) return CLINO_OK;
  status = call(p, b, v, fill2, holds);
  if (!status && *holds) *holds = judge(p->s, hv, b->hv.data, fill1, fill2);
  return status;
}

clino_status clino__product_take(clino__product *p, const double *v, double *hv, bool check, bool *holds) {
  buffers b = {{NULL, NULL}, {NULL, NULL}, {NULL, NULL}};
  size_t n = p->s->n;
  *holds = false;
  bool room = clino__guarded_new(&b.x, n) && clino__guarded_new(&b.v, n) && clino__guarded_new(&b.hv, n);
  clino_status status = CLINO_OK;
  if (room) status = take(p, &b, v, hv, check, holds);
  else status = clino__fail_memory(p->s->p.error, "a Hessian product");
  clino__guarded_free(&b.x);
  clino__guarded_free(&b.v);
  clino__guarded_free(&b.hv);
  return status;
}
