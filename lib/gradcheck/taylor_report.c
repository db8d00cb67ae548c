/* The result of a Taylor test as text. */
#include <math.h>
#include <stdio.h>

#include "clino/taylor.h"
#include "gradcheck/outcome.h"

static void add_order(clino__text *t, const char *label, const clino_taylor_fit *fit) {
  if (isnan(fit->order)) return;
  clino__outcome_add(t, label, fit->order, 3);
  clino__outcome_add(t, " +- ", fit->error, 1);
}

/* The slope, and how far off it is, to as many digits as the error bar leaves. */
static void add_slopes(clino__text *t, const clino_taylor_direction *d) {
  clino__outcome_add(t, "g'd = ", d->slope, 8);
  clino__outcome_add(t, ", slope of f ", d->measured, 8);
  clino__outcome_add(t, " +- ", d->error, 2);
  if (isfinite(d->measured)) clino__outcome_add(t, ", discrepancy ", d->slope - d->measured, 3);
}

static void add_orders(clino__text *t, const clino_taylor_direction *d) {
  if (d->rounding_only) clino__text_add(t, "; the remainder is rounding only: f is linear along d");
  else if (isnan(d->remainder.order)) clino__text_add(t, "; the remainder follows no power of t clear of noise");
  else {
    add_order(t, "; the remainder is of order ", &d->remainder);
    clino__outcome_add(t, " (t from ", d->remainder.from, 2);
    clino__outcome_add(t, " to ", d->remainder.to, 2);
    add_order(t, "; even part ", &d->even);
    add_order(t, ", odd part ", &d->odd);
    clino__text_add(t, ")");
  }
}

static const char *meaning(const clino_taylor_direction *d) {
  if (d->verdict == CLINO_VERDICT_FAIL) return "; a right gradient leaves order 2: g is wrong (gradcheck() says where)";
  if (d->verdict == CLINO_VERDICT_KINK) return "; f has a kink at x, and g'd is one of its slopes there";
  if (d->verdict != CLINO_VERDICT_INCONCLUSIVE) return "";
  if (d->reason == CLINO_REASON_NOISE)
    return "; the noise of f hides the slope: scale or shift the loss, or use double";
  return "; f bends or has kinks at every t that its noise allows: try fewer samples, or another point";
}

static void add_second(clino__text *t, const clino_taylor_direction *d) {
  if (d->second_verdict == CLINO_VERDICT_NONE) return;
  clino__text_addf(t, "; second order: %s, d'Hd = ", clino_verdict_name(d->second_verdict));
  clino__text_add_digits(t, d->curvature, 8);
  clino__outcome_add(t, ", curvature of f ", d->measured_curvature, 8);
  clino__outcome_add(t, " +- ", d->curvature_error, 2);
  add_order(t, ", remainder of order ", &d->second);
}

static void add_headline(clino__text *t, const clino_taylor_result *r) {
  clino__text_addf(t, "taylor: %s", clino_verdict_name(r->verdict));
  if (r->verdict == CLINO_VERDICT_NONE) {
    clino__text_add(t, " (the test did not run)");
    return;
  }
  clino__text_add(t, ": ");
  bool about_entry = r->entry.verdict != CLINO_VERDICT_NONE;
  if (about_entry || !r->directions) {
    clino__outcome_add_precondition(t, r->verdict, r->reason, &r->entry, r->value, r->other_value);
    return;
  }
  const clino_taylor_direction *d = &r->worst;
  if (d->given) clino__text_add(t, "along the given direction ");
  else clino__text_addf(t, "%s of %zu directions ", r->directions > 1 ? "worst" : "the one", r->directions);
  add_slopes(t, d);
  add_orders(t, d);
  clino__text_add(t, meaning(d));
  if (d->verdict == CLINO_VERDICT_KINK) {
    clino__outcome_add(t, " (one-sided slopes ", d->left, 6);
    clino__outcome_add(t, " and ", d->right, 6);
    clino__text_add(t, ")");
  }
  add_second(t, d);
}

static void add_cost(clino__text *t, const clino_taylor_result *r) {
  clino__text_addf(t, "seed %llu, %llu evaluations, %llu gradients", (unsigned long long)r->seed,
                   (unsigned long long)r->evaluations, (unsigned long long)r->gradients);
  clino__outcome_add(t, ", noise ", r->noise, 2);
}

size_t clino_taylor_describe(const clino_taylor_result *r, char *text, size_t size) {
  clino__text t = CLINO__TEXT_EMPTY;
  add_headline(&t, r);
  if (r->verdict != CLINO_VERDICT_NONE) {
    clino__text_add(&t, "; ");
    add_cost(&t, r);
  }
  return clino__outcome_short(&t, text, size);
}

/* A number in a column of 12. */
static void add_cell(clino__text *t, double value) {
  clino__text cell = CLINO__TEXT_EMPTY;
  clino__text_add_digits(&cell, value, 4);
  clino__text_addf(t, "  %12s", clino__text_string(&cell));
  t->failed |= cell.failed;
  clino__text_free(&cell);
}

static void add_table(clino__text *t, const clino_taylor_direction *d) {
  clino__text_addf(t, "  %12s  %12s  %12s  %12s\n", "t", "R(t)", "R(-t)", "noise");
  for (size_t k = 0; k < d->n_rungs; k++) {
    add_cell(t, d->rung[k].t);
    add_cell(t, d->rung[k].forward);
    add_cell(t, d->rung[k].backward);
    add_cell(t, d->rung[k].noise);
    clino__text_add(t, "\n");
  }
}

size_t clino_taylor_report(const clino_taylor_result *r, char *text, size_t size) {
  clino__text t = CLINO__TEXT_EMPTY;
  add_headline(&t, r);
  clino__text_add(&t, "\n");
  if (r->verdict != CLINO_VERDICT_NONE) {
    if (r->worst.n_rungs) add_table(&t, &r->worst);
    clino__text_add(&t, "  ");
    add_cost(&t, r);
    clino__text_add(&t, "\n");
  }
  size_t length = clino__text_copy(&t, text, size);
  clino__text_free(&t);
  return length;
}
