/* Results of the second-order tests as text. */
#include <math.h>

#include "clino/hessian.h"
#include "gradcheck/outcome.h"

static bool add_head(clino__text *t, const char *what, clino_verdict verdict) {
  clino__text_addf(t, "%s: %s", what, clino_verdict_name(verdict));
  if (verdict == CLINO_VERDICT_NONE) clino__text_add(t, " (the test did not run)");
  else clino__text_add(t, ": ");
  return verdict != CLINO_VERDICT_NONE;
}

static const char *doubt(clino_reason reason) {
  if (reason == CLINO_REASON_NOISE)
    return "; the noise of the gradient hides it: use double precision, or another scale";
  return "; the difference quotient does not settle over the steps, as at a kink: try fewer samples or another point";
}

static void add_cost(clino__text *t, uint64_t seed, uint64_t gradients) {
  clino__text_addf(t, "; seed %llu, %llu gradients", (unsigned long long)seed, (unsigned long long)gradients);
}

static void add_hvp(clino__text *t, const clino_hvp_result *r) {
  const clino_gradcheck_entry *e = &r->worst.at;
  if (!r->vectors) {
    clino__outcome_add_precondition(t, r->verdict, r->reason, e, NAN, NAN);
    return;
  }
  clino__text_add(t, "worst entry ");
  clino__outcome_add_index(t, e);
  clino__text_addf(t, " with vector %zu: product ", r->worst.vector);
  clino__text_add_digits(t, e->analytic, 8);
  clino__outcome_add(t, ", from differences ", e->numeric, 8);
  clino__outcome_add(t, " +- ", e->error, 2);
  clino__outcome_add(t, ", rms of the product ", r->rms, 3);
  if (r->verdict == CLINO_VERDICT_INCONCLUSIVE) clino__text_add(t, doubt(r->reason));
  const char *separator = "; entries: ";
  for (int v = CLINO_VERDICT_COUNT - 1; v > 0; v--) {
    if (!r->counts[v]) continue;
    clino__text_addf(t, "%s%zu %s", separator, r->counts[v], clino_verdict_name((clino_verdict)v));
    separator = ", ";
  }
}

size_t clino_hvp_describe(const clino_hvp_result *r, char *text, size_t size) {
  clino__text t = CLINO__TEXT_EMPTY;
  if (add_head(&t, "hessian product", r->verdict)) {
    add_hvp(&t, r);
    add_cost(&t, r->seed, r->gradients);
    clino__text_addf(&t, ", %llu products", (unsigned long long)r->products);
  }
  return clino__outcome_short(&t, text, size);
}

static void add_symmetry(clino__text *t, const clino_symmetry_result *r) {
  const clino_symmetry_pair *p = &r->worst;
  if (r->entry.verdict != CLINO_VERDICT_NONE) {
    clino__outcome_add_precondition(t, r->verdict, r->reason, &r->entry, NAN, NAN);
    return;
  }
  if (r->one_dimensional) {
    clino__text_add(t, "in one dimension every field is a gradient: nothing can be seen");
    return;
  }
  clino__text_addf(t, "%s of %zu pairs: ", r->pairs > 1 ? "worst" : "the one", r->pairs);
  clino__outcome_add(t, "u'Hv = ", p->forward, 8);
  clino__outcome_add(t, ", v'Hu = ", p->backward, 8);
  clino__outcome_add(t, ", difference ", p->forward - p->backward, 3);
  clino__outcome_add(t, " +- ", p->error, 2);
  if (r->verdict == CLINO_VERDICT_FAIL)
    clino__text_add(t, "; it is the same over a range of steps: the field is no gradient of any function");
  if (r->verdict == CLINO_VERDICT_INCONCLUSIVE) clino__text_add(t, doubt(r->reason));
}

size_t clino_symmetry_describe(const clino_symmetry_result *r, char *text, size_t size) {
  clino__text t = CLINO__TEXT_EMPTY;
  if (add_head(&t, "symmetry", r->verdict)) {
    add_symmetry(&t, r);
    add_cost(&t, r->seed, r->gradients);
  }
  return clino__outcome_short(&t, text, size);
}
