/* A result as text: short for a test framework, long for a person. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "clino/gradcheck.h"
#include "gradcheck/layer_report.h"
#include "gradcheck/report_directional.h"

#define DESCRIBE_LIMIT 901 /* with the terminator */

/* ---- parts ---- */

static void add_index(clino__text *t, const clino_gradcheck_result *r, const clino_gradcheck_entry *e) {
  if (e->term < r->n_terms) clino__text_addf(t, "term \"%s\": ", r->terms[e->term].name);
  if (!e->tensor[0]) {
    clino__text_add(t, "f");
    return;
  }
  clino__text_add(t, e->tensor);
  for (size_t d = 0; d < e->n_dims; d++) clino__text_addf(t, "%s%zu", d ? "," : "[", e->index[d]);
  if (e->n_dims) clino__text_add(t, "]");
}

static void add_number(clino__text *t, const char *label, double value, int digits) {
  clino__text_add(t, label);
  clino__text_add_digits(t, value, digits);
}

/* Where the numbers differ late, more digits: six, or two more than agree. */
static int digits_for(double relative_error) {
  if (!(relative_error > 0)) return 6;
  int agree = (int)floor(-log10(relative_error));
  return agree < 4 ? 6 : agree > 14 ? 17 : agree + 3;
}

static void add_numbers(clino__text *t, const clino_gradcheck_result *r, const clino_gradcheck_entry *e) {
  int digits = digits_for(e->relative_error);
  add_number(t, "analytic ", e->analytic, digits);
  add_number(t, ", numeric ", e->numeric, digits);
  if (isfinite(e->error)) add_number(t, " +- ", e->error, 2);
  if (!isnan(e->relative_error)) {
    add_number(t, ", relative error ", e->relative_error, 3);
    clino__text_addf(t, " (%s)", clino_band_name(e->band));
  }
  if (isfinite(e->step)) add_number(t, ", step ", e->step, 2);
  if (e->beside_kink) clino__text_add(t, ", at a smooth point beside a kink");
  if (e->point > r->options.points) clino__text_addf(t, ", after a burn-in of %zu steps", r->options.burn_in);
  else if (e->point) clino__text_addf(t, ", at seeded point %zu", e->point);
}

static void add_slopes(clino__text *t, const clino_gradcheck_entry *e) {
  if (!e->tensor[0] || (e->verdict != CLINO_VERDICT_KINK && !isfinite(e->kink_distance))) return;
  bool slopes = isfinite(e->left) && isfinite(e->right);
  if (slopes) {
    add_number(t, "one-sided slopes ", e->left, 6);
    add_number(t, " and ", e->right, 6);
  }
  if (isfinite(e->kink_distance)) add_number(t, slopes ? ", a kink within " : "a kink within ", e->kink_distance, 2);
  if ((slopes || isfinite(e->kink_distance)) && e->branch[0])
    clino__text_addf(t, " (branch \"%s\", element %zu)", e->branch, e->branch_element);
}

/* By how much the terms miss f, or their gradients its gradient. */
static void add_terms_apart(clino__text *t, const clino_gradcheck_result *r) {
  const clino_gradcheck_entry *e = &r->worst;
  if (e->tensor[0]) {
    clino__text_add(t, ": ");
    add_index(t, r, e);
  } else {
    clino__text_add(t, ": f");
  }
  int digits = digits_for(clino_relative_error(e->tensor[0] ? e->analytic : r->value,
                                               e->tensor[0] ? e->numeric : r->other_value));
  add_number(t, " ", e->tensor[0] ? e->analytic : r->value, digits);
  add_number(t, ", sum of the terms ", e->tensor[0] ? e->numeric : r->other_value, digits);
}

/* A precondition that failed, in words; false where the verdict is about entries. */
static bool add_precondition(clino__text *t, const clino_gradcheck_result *r) {
  const clino_gradcheck_entry *e = &r->worst;
  if (r->layer.name[0] && clino__layer_add_rule(t, r)) return true;
  if (r->verdict == CLINO_VERDICT_NONDETERMINISTIC) {
    clino__text_add(t, "the same x gives two values of ");
    if (e->tensor[0]) {
      clino__text_add(t, "the gradient of ");
      add_index(t, r, e);
      add_number(t, ": ", e->analytic, 17);
      add_number(t, " and ", e->numeric, 17);
    } else {
      add_number(t, "f: ", r->value, 17);
      add_number(t, " and ", r->other_value, 17);
    }
    clino__text_add(t, "; fix its seed (hook reseed), or switch off what is random");
    return true;
  }
  if (r->verdict == CLINO_VERDICT_NONFINITE) {
    if (!e->tensor[0]) add_number(t, "f(x) is ", r->value, 6);
    else {
      bool outside = !isfinite(e->value);
      clino__text_add(t, outside ? "the coordinate " : "the analytic gradient of ");
      add_index(t, r, e);
      add_number(t, " is ", outside ? e->value : e->analytic, 6);
    }
    return true;
  }
  if (r->verdict != CLINO_VERDICT_FAIL || r->reason == CLINO_REASON_DIFFERS ||
      r->reason == CLINO_REASON_JVP)
    return false;
  clino__text_add(t, clino_reason_text(r->reason));
  if (r->reason == CLINO_REASON_TERMS) {
    add_terms_apart(t, r);
  } else if (r->reason == CLINO_REASON_VALUE_DEPENDS_ON_GRAD) {
    add_number(t, ": ", r->value, 17);
    add_number(t, " and ", r->other_value, 17);
  } else if (e->tensor[0]) {
    clino__text_add(t, ": ");
    add_index(t, r, e);
    if (r->reason == CLINO_REASON_INPUT_CHANGED) {
      add_number(t, " was ", e->value, 17);
      add_number(t, " and became ", e->numeric, 17);
    }
  }
  return true;
}

static const char *advice(clino_reason reason) {
  switch (reason) {
    case CLINO_REASON_NOISE:
      return "the gradient lies below f's noise over any step: check the layer alone, or directions instead of entries "
             "(the directional mode, the Taylor test); compute the loss in double precision, without a large offset";
    case CLINO_REASON_STEP:
      return "f bends or has kinks at every step that its noise allows: check with fewer data points (2 or 3), in "
             "double precision, at another point, or the layer alone";
    case CLINO_REASON_BUDGET: return "raise max_evaluations, or check a sample (CLINO_MODE_SAMPLE)";
    default: break;
  }
  return NULL;
}

/* What the verdict is about: a precondition, or the worst entry. */
static void add_place(clino__text *t, const clino_gradcheck_result *r, bool label) {
  if (clino__report_by_directions(r)) {
    clino__report_directions_headline(t, r);
    return;
  }
  if (add_precondition(t, r)) return;
  if (label) clino__text_add(t, "worst entry ");
  add_index(t, r, &r->worst);
  clino__text_add(t, ": ");
  add_numbers(t, r, &r->worst);
}

static void add_verdict(clino__text *t, const clino_gradcheck_result *r) {
  clino__text_addf(t, "gradcheck: %s", clino_verdict_name(r->verdict));
  clino__text_add(t, r->verdict == CLINO_VERDICT_NONE ? " (the check did not run)" : ": ");
  if (r->layer.name[0] && r->verdict != CLINO_VERDICT_NONE) clino__text_addf(t, "%s: ", r->layer.name);
}

static void add_headline(clino__text *t, const clino_gradcheck_result *r) {
  add_verdict(t, r);
  if (r->verdict != CLINO_VERDICT_NONE) add_place(t, r, clino_gradcheck_accepted(r));
}

/* What the bug looks like, where that is known, then where it was seen. */
static void add_explained_headline(clino__text *t, const clino_gradcheck_result *r) {
  if (!r->n_explanations) {
    add_headline(t, r);
    clino__text_add(t, "\n");
    return;
  }
  add_verdict(t, r);
  for (size_t i = 0; i < r->n_explanations; i++)
    clino__text_addf(t, "%s%s\n", i ? "  and " : "", r->explanation[i].text);
  clino__text_add(t, "  ");
  add_place(t, r, true);
  clino__text_add(t, "\n");
}

static void add_counts(clino__text *t, const clino_gradcheck_result *r) {
  size_t points = r->options.points + 1 + (r->options.burn_in > 0), terms = r->n_terms ? r->n_terms : 1;
  clino__text_addf(t, "%zu of %zu entries checked%s%s:", r->checked, r->entries * points * terms,
                   points > 1 ? " over all points" : "",
                   terms == 1 ? "" : points > 1 ? " and terms" : " over all terms");
  const char *separator = " ";
  for (int v = CLINO_VERDICT_COUNT - 1; v > 0; v--)
    if (r->counts[v]) {
      clino__text_addf(t, "%s%zu %s", separator, r->counts[v], clino_verdict_name((clino_verdict)v));
      separator = ", ";
    }
}

/* ---- the replay line: what differs from the defaults, and always seed and mode ---- */

static void add_field(clino__text *t, const char *field, double value) {
  clino__text_addf(t, " o.%s = ", field);
  clino__text_add_number(t, value);
  clino__text_add(t, ";");
}

static void add_replay(clino__text *t, const clino_gradcheck_result *r) {
  const clino_gradcheck_options d = clino_gradcheck_options_default(), *o = &r->options;
  static const char *const modes[] = {"CLINO_MODE_AUTO", "CLINO_MODE_FULL", "CLINO_MODE_SAMPLE",
                                      "CLINO_MODE_DIRECTIONAL"};
  clino__text_addf(t, "replay: o.seed = %llu; o.mode = %s;", (unsigned long long)o->seed, modes[o->mode]);
  if (o->tolerance != d.tolerance) add_field(t, "tolerance", o->tolerance);
  if (o->resolution != d.resolution) add_field(t, "resolution", o->resolution);
  if (o->step != d.step) add_field(t, "step", o->step);
  if (o->mode == CLINO_MODE_SAMPLE || o->sample != d.sample) clino__text_addf(t, " o.sample = %zu;", o->sample);
  if (o->points) clino__text_addf(t, " o.points = %zu;", o->points);
  if (o->burn_in) clino__text_addf(t, " o.burn_in = %zu;", o->burn_in);
  if (o->n_terms) clino__text_addf(t, " o.n_terms = %zu;", o->n_terms);
  if (o->n_samples) clino__text_addf(t, " o.n_samples = %zu;", o->n_samples);
  if (o->max_evaluations) clino__text_addf(t, " o.max_evaluations = %llu;", (unsigned long long)o->max_evaluations);
  if (o->grad_mode != d.grad_mode) clino__text_add(t, " o.grad_mode = CLINO_GRAD_ACCUMULATES;");
}

/* ---- the two texts ---- */

size_t clino_gradcheck_describe(const clino_gradcheck_result *r, char *text, size_t size) {
  clino__text t = CLINO__TEXT_EMPTY;
  add_headline(&t, r);
  if (r->layer.shape[0] && r->verdict != CLINO_VERDICT_NONE) {
    clino__text_add(&t, "; in ");
    clino__layer_add_place(&t, r);
  }
  if (r->n_explanations) clino__text_addf(&t, "; %s", r->explanation[0].text);
  if (r->checked) {
    clino__text_add(&t, "; ");
    add_counts(&t, r);
  }
  clino__report_located_clause(&t, r);
  clino__text slopes = CLINO__TEXT_EMPTY;
  add_slopes(&slopes, &r->worst);
  if (slopes.length) clino__text_addf(&t, "; %s", clino__text_string(&slopes));
  clino__text_free(&slopes);
  if (r->verdict == CLINO_VERDICT_INCONCLUSIVE) clino__text_addf(&t, "; %s", clino_reason_text(r->reason));
  if (r->verdict != CLINO_VERDICT_NONE) {
    clino__text_add(&t, "; ");
    add_replay(&t, r);
  }
  char whole[DESCRIBE_LIMIT];
  size_t length = clino__text_copy(&t, whole, sizeof whole);
  if (length >= sizeof whole) length = strlen(whole);
  if (size) {
    size_t n = length < size ? length : size - 1;
    memcpy(text, whole, n);
    text[n] = '\0';
  }
  clino__text_free(&t);
  return length;
}

/* "  slopes ..." on a line of its own, where they say something. */
static void add_slopes_line(clino__text *t, const clino_gradcheck_entry *e, const char *indent) {
  clino__text slopes = CLINO__TEXT_EMPTY;
  add_slopes(&slopes, e);
  if (slopes.length) clino__text_addf(t, "%s%s\n", indent, clino__text_string(&slopes));
  t->failed |= slopes.failed;
  clino__text_free(&slopes);
}

static void add_entry_lines(clino__text *t, const clino_gradcheck_result *r, const clino_gradcheck_entry *e) {
  clino__text_addf(t, "  %-12s ", clino_verdict_name(e->verdict));
  add_index(t, r, e);
  clino__text_add(t, ": ");
  add_numbers(t, r, e);
  clino__text_add(t, "\n");
  add_slopes_line(t, e, "               ");
}

/* Which entries, beside the one in the headline, and how they agree. */
static void add_entries(clino__text *t, const clino_gradcheck_result *r) {
  add_slopes_line(t, &r->worst, "  ");
  clino__text_add(t, "  ");
  add_counts(t, r);
  clino__text_add(t, "\n");
  for (size_t i = 0; i < r->n_next; i++) add_entry_lines(t, r, &r->next[i]);
  clino__text_addf(t, "  relative errors: %zu at most 1e-7, %zu to 1e-4, %zu to 1e-2, %zu above\n",
                   r->bands[CLINO_BAND_RIGHT], r->bands[CLINO_BAND_ACCEPTABLE], r->bands[CLINO_BAND_SUSPECT],
                   r->bands[CLINO_BAND_WRONG]);
}

static void add_cost(clino__text *t, const clino_gradcheck_result *r) {
  clino__text_addf(t, "  cost: %llu evaluations, %llu gradients", (unsigned long long)r->evaluations,
                   (unsigned long long)r->gradients);
  if (!isnan(r->noise)) {
    add_number(t, "; f = ", r->value, 6);
    add_number(t, ", its noise ", r->noise, 2);
  }
  if (r->branch_flips) clino__text_addf(t, "; branches flipped at %zu entries", r->branch_flips);
  clino__text_add(t, "\n");
}

static void add_layer(clino__text *t, const clino_gradcheck_result *r) {
  if (!r->layer.shape[0]) return;
  clino__text_add(t, "  in ");
  clino__layer_add_place(t, r);
  clino__text_addf(t, "; %zu shape%s begun", r->layer.shapes, r->layer.shapes == 1 ? "" : "s");
  if (r->layer.jvps) clino__text_addf(t, ", %llu calls of jvp", (unsigned long long)r->layer.jvps);
  clino__text_add(t, "\n");
}

/* The share of entries that cross a kink grows with the step and with the number of data points, each of which brings
 * kinks of its own (CS231n, "Neural networks 3: gradient checks": use only few datapoints). Said from 5% on. */
static void add_crossing_advice(clino__text *t, const clino_gradcheck_result *r) {
  size_t crossed = r->branch_flips > r->counts[CLINO_VERDICT_KINK] ? r->branch_flips : r->counts[CLINO_VERDICT_KINK];
  if (r->checked < 20 || crossed <= r->checked / 20) return;
  double share = (double)crossed / (double)r->checked;
  clino__text_addf(t, "  %zu of %zu entries (", crossed, r->checked);
  clino__text_add_digits(t, 100 * share, share < 0.0995 ? 1 : share < 0.995 ? 2 : 3);
  clino__text_add(t, "%) cross kinks within their steps: check with fewer data points (2 or 3)");
  clino__text_add(t, ", or with a smaller step (o.step");
  if (r->options.step > 0) {
    add_number(t, " = ", 0.01 * r->options.step / share, 1);
    clino__text_add(t, " for about 1%, where noise allows");
  }
  clino__text_add(t, ")\n");
}

static void add_terms(clino__text *t, const clino_gradcheck_result *r) {
  for (size_t i = 0; i < r->n_terms; i++) {
    const clino_gradcheck_term *term = &r->terms[i];
    clino__text_addf(t, "  term \"%s\": %s", term->name, clino_verdict_name(term->verdict));
    add_number(t, ", value ", term->value, 6);
    add_number(t, ", gradient RMS ", term->gradient_rms, 3);
    if (i && term->dominance > CLINO_TERM_DOMINANCE) {
      add_number(t, ", ", term->dominance, 3);
      clino__text_addf(t, " times the data's in %s: in a check of the sum it would hide a wrong gradient of the data",
                       term->tensor);
    }
    clino__text_add(t, "\n");
  }
}

static void add_advice(clino__text *t, const clino_gradcheck_result *r) {
  const char *text = r->verdict == CLINO_VERDICT_INCONCLUSIVE ? advice(r->reason) : NULL;
  if (text && r->reason == CLINO_REASON_NOISE && !r->checked && r->directional.verdict != CLINO_VERDICT_NONE)
    text = "the gradient lies below f's noise over a step of all entries: a sample of them (CLINO_MODE_SAMPLE) allows "
           "longer steps; or compute the loss in double precision, without a large offset";
  if (text) clino__text_addf(t, "  what would help: %s", text);
  if (text && r->reason == CLINO_REASON_NOISE)
    clino__text_add(t, "; hand over without grad what f depends on by rounding alone, such as a bias before a "
                       "normalization");
  if (text) clino__text_add(t, "\n");
  add_crossing_advice(t, r);
  if (r->rounding_mode_unusual) clino__text_add(t, "  note: the rounding mode is not to nearest\n");
  if (r->flush_to_zero) clino__text_add(t, "  note: subnormal numbers are flushed to zero\n");
}

size_t clino_gradcheck_report(const clino_gradcheck_result *r, char *text, size_t size) {
  clino__text t = CLINO__TEXT_EMPTY;
  add_explained_headline(&t, r);
  if (r->checked) add_entries(&t, r);
  clino__report_directions(&t, r);
  if (r->verdict != CLINO_VERDICT_NONE) {
    add_layer(&t, r);
    add_terms(&t, r);
    add_cost(&t, r);
    add_advice(&t, r);
    clino__text_add(&t, "  ");
    add_replay(&t, r);
    clino__text_add(&t, "\n");
  }
  size_t length = clino__text_copy(&t, text, size);
  clino__text_free(&t);
  return length;
}
