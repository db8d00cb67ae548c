/* An initial-weight check's result as text and as a finding. */
#include <math.h>

#include "base/error.h"
#include "base/text.h"
#include "clino/initcheck.h"
#include "train/describe.h"

bool clino_initcheck_accepted(const clino_initcheck_result *r) {
  return r && (r->verdict == CLINO_INITCHECK_PASS || r->verdict == CLINO_INITCHECK_UNCERTAIN);
}

const char *clino_init_verdict_name(clino_init_verdict verdict) {
  switch (verdict) {
    case CLINO_INITCHECK_NONE: return "none";
    case CLINO_INITCHECK_PASS: return "pass";
    case CLINO_INITCHECK_UNCERTAIN: return "uncertain";
    case CLINO_INITCHECK_SUSPECT: return "suspect";
    case CLINO_INITCHECK_FAIL: return "fail";
  }
  return "unknown";
}

static void add_number(clino__text *t, const char *label, double value, int digits) {
  clino__text_add(t, label);
  clino__text_add_digits(t, value, digits);
}

static void add_scale(clino__text *t, const clino_initcheck_result *r) {
  add_number(t, "deviation ", r->deviation, 4);
  if (!(r->deviation > 0)) return;
  add_number(t, " (", r->low, 3);
  add_number(t, " to ", r->high, 3);
  clino__text_addf(t, " with 99.9%%; fan-in %zu, fan-out %zu), ", r->fan_in, r->fan_out);
  add_number(t, "", r->ratio, 3);
  add_number(t, " times Glorot's ", r->glorot, 3);
}

static void add_candidates(clino__text *t, const clino_initcheck_result *r) {
  if (!(r->deviation > 0)) return;
  if (!r->n_candidates) {
    clino__text_addf(t, "; the scale of no scheme that is known (nearest: %s,", r->nearest.scheme);
    add_number(t, " ", r->nearest.deviation, 3);
    clino__text_add(t, ")");
    return;
  }
  clino__text_add(t, r->n_candidates > 1 ? "; cannot be told apart here: " : "; the scale of ");
  for (size_t k = 0; k < r->n_candidates; k++) {
    clino__text_addf(t, "%s%s", k ? ", " : "", r->candidates[k].scheme);
    add_number(t, " (", r->candidates[k].deviation, 4);
    clino__text_add(t, ")");
  }
}

static void add_units(clino__text *t, const clino_initcheck_result *r) {
  if (r->problems & CLINO_INIT_NONFINITE) clino__text_addf(t, "; %zu entries are not finite", r->nonfinite);
  if (r->problems & CLINO_INIT_CONSTANT)
    add_number(t, "; all weights are ", r->mean, 4);
  if (r->problems & CLINO_INIT_DUPLICATES)
    clino__text_addf(t, "; %zu of %zu units equal another one (%zu and %zu): they compute the same, and where their "
                        "outgoing weights are equal too, training never parts them",
                     r->duplicates, r->units, r->first, r->second);
  if (r->problems & CLINO_INIT_FLAT_UNITS)
    clino__text_addf(t, "; %zu units have the same weight for every input", r->flat_units);
}

static void add_effects(clino__text *t, const clino_initcheck_result *r) {
  if (r->problems & CLINO_INIT_SWAPPED)
    clino__text_add(t, "; fan-in and fan-out seem to be exchanged, or the layout is the other one");
  if (r->problems & CLINO_INIT_UNSCALED) clino__text_add(t, "; not scaled by the fans");
  if (r->problems & CLINO_INIT_OFFSET) add_number(t, "; its mean is not 0 but ", r->mean, 3);
  if (!(r->preactivation > 0)) return;
  add_number(t, "; inputs of deviation 1 give pre-activations of ", r->preactivation, 3);
  if (r->saturated > 0.005) {
    add_number(t, ", ", 100 * r->saturated, r->saturated >= 0.995 ? 3 : 2);
    clino__text_add(t, "% of tanh units saturated");
  }
  add_number(t, ", and a relu layer multiplies signals by ", r->relu_gain, 3);
  add_number(t, ", gradients by ", r->relu_back_gain, 3);
}

size_t clino_initcheck_describe(const clino_initcheck_result *r, char *text, size_t size) {
  clino__text t = CLINO__TEXT_EMPTY;
  clino__text_addf(&t, "initcheck: %s: ", clino_init_verdict_name(r->verdict));
  if (r->verdict == CLINO_INITCHECK_NONE) {
    clino__text_add(&t, "the check did not run");
  } else {
    clino__text_addf(&t, "%s: ", r->tensor[0] ? r->tensor : "weights");
    add_scale(&t, r);
    add_units(&t, r);
    add_candidates(&t, r);
    add_effects(&t, r);
  }
  size_t length = clino__describe_copy(&t, text, size);
  clino__text_free(&t);
  return length;
}

static const char *cause_of(const clino_initcheck_result *r) {
  static const struct {
    unsigned problem;
    const char *cause;
  } causes[] = {{CLINO_INIT_NONFINITE, "weights-not-finite"}, {CLINO_INIT_CONSTANT, "constant-initialization"},
                {CLINO_INIT_DUPLICATES, "duplicated-units"},  {CLINO_INIT_SWAPPED, "fans-exchanged"},
                {CLINO_INIT_UNSCALED, "weights-not-scaled"},  {CLINO_INIT_TOO_LARGE, "weights-too-large"},
                {CLINO_INIT_TOO_SMALL, "weights-too-small"},  {CLINO_INIT_OFFSET, "weights-off-center"},
                {CLINO_INIT_FLAT_UNITS, "flat-units"}};
  for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++)
    if (r->problems & causes[i].problem) return causes[i].cause;
  return NULL;
}

clino_status clino_initcheck_finding(const clino_initcheck_result *r, clino_findings *findings, clino_error *error) {
  static const clino_finding_level levels[] = {CLINO_FINDING_SKIP, CLINO_FINDING_PASS, CLINO_FINDING_INFO,
                                               CLINO_FINDING_WARN, CLINO_FINDING_FAIL};
  if (!r || !findings) return clino__fail(error, CLINO_ERR_RANGE, "clino_initcheck_finding: an argument is NULL");
  char text[CLINO__DESCRIBE_SIZE];
  clino_initcheck_describe(r, text, sizeof text);
  clino_finding f = clino_finding_default();
  f.check = "initcheck";
  f.level = (size_t)r->verdict < sizeof levels / sizeof levels[0] ? levels[r->verdict] : CLINO_FINDING_SKIP;
  f.series = r->tensor[0] ? r->tensor : NULL;
  f.observed = r->verdict ? r->deviation : NAN;
  f.threshold = r->verdict ? r->glorot : NAN;
  f.cause = cause_of(r);
  f.message = text;
  f.final = true;
  f.why =
      "The scale of the first weights decides whether signals and gradients reach the other end of the net, and equal "
      "units stay equal.";
  f.fix = "Initialize with a scheme that fits the activation: He for relu, Glorot or LeCun for tanh (clino/init.h).";
  f.source = "X. Glorot and Y. Bengio, AISTATS 2010; K. He and others, ICCV 2015";
  return clino_findings_add(findings, &f, error);
}
