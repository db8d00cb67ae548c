/* A result as findings. */
#include <math.h>

#include "base/error.h"
#include "base/text.h"
#include "clino/gradcheck.h"

#define SOURCE "Stanford CS231n, Neural networks 3: gradient checks"

static clino_finding_level level_of(const clino_gradcheck_result *r) {
  if (clino_gradcheck_accepted(r)) return CLINO_FINDING_PASS;
  return r->verdict == CLINO_VERDICT_INCONCLUSIVE ? CLINO_FINDING_WARN : CLINO_FINDING_FAIL;
}

static const char *cause_of(const clino_gradcheck_result *r) {
  switch (level_of(r)) {
    case CLINO_FINDING_FAIL: return "wrong-gradient";
    case CLINO_FINDING_WARN: return r->reason == CLINO_REASON_NOISE ? "noise" : NULL;
    default: return NULL;
  }
}

static clino_status add_verdict(const clino_gradcheck_result *r, const char *name, clino_findings *findings,
                                clino_error *error) {
  char message[1024];
  clino_gradcheck_describe(r, message, sizeof message);
  clino_finding f = clino_finding_default();
  f.check = "gradcheck";
  f.level = level_of(r);
  f.series = name;
  f.observed = r->worst.relative_error;
  f.threshold = r->options.tolerance;
  f.cause = cause_of(r);
  f.final = f.level == CLINO_FINDING_FAIL;
  f.message = message;
  f.why = "an optimizer goes where the gradient says: a wrong one trains slowly, to a worse loss, or not at all";
  if (f.level == CLINO_FINDING_FAIL) f.fix = "look at the backward pass of the entries that the message names";
  if (f.level == CLINO_FINDING_WARN) f.fix = "check the layer alone, with fewer data points, or in double precision";
  f.source = SOURCE;
  return clino_findings_add(findings, &f, error);
}

static clino_status add_dominance(const clino_gradcheck_term *term, const clino_gradcheck_term *data,
                                  clino_findings *findings, clino_error *error) {
  clino__text message = CLINO__TEXT_EMPTY;
  clino__text_addf(&message, "the gradient of term \"%s\" is ", term->name);
  clino__text_add_digits(&message, term->dominance, 3);
  clino__text_addf(&message, " times that of \"%s\" in %s", data->name, term->tensor);
  clino_finding f = clino_finding_default();
  f.check = "regularizer-hides-data";
  f.level = CLINO_FINDING_WARN;
  f.series = term->tensor;
  f.observed = term->dominance;
  f.threshold = CLINO_TERM_DOMINANCE;
  f.cause = "regularization-too-strong";
  f.message = clino__text_string(&message);
  f.why = "in the sum, the regularizer's right gradient covers up a wrong one of the data, and training mostly shrinks "
          "the weights";
  f.fix = "check the terms alone, as was done here; lower the regularization where it is not meant to be so strong";
  f.source = SOURCE;
  clino_status status = message.failed ? clino__fail_memory(error, "a finding")
                                       : clino_findings_add(findings, &f, error);
  clino__text_free(&message);
  return status;
}

clino_status clino_gradcheck_findings(const clino_gradcheck_result *r, const char *name, clino_findings *findings,
                                      clino_error *error) {
  if (!r || !findings) return clino__fail(error, CLINO_ERR_RANGE, "result or findings is NULL");
  if (r->verdict == CLINO_VERDICT_NONE) return clino__fail(error, CLINO_ERR_RANGE, "the check did not run");
  clino_status status = add_verdict(r, name, findings, error);
  for (size_t i = 1; i < r->n_terms && i < CLINO_MAX_TERMS && !status; i++)
    if (r->terms[i].dominance > CLINO_TERM_DOMINANCE)
      status = add_dominance(&r->terms[i], &r->terms[0], findings, error);
  return status;
}
