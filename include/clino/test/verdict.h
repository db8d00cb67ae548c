/* clino/test/verdict.h - what the test adapters share: run a check, or judge a run, say
 * whether it is accepted, and if not, why. */
#ifndef CLINO_TEST_VERDICT_H
#define CLINO_TEST_VERDICT_H

#include <stdio.h>

#include "clino/check.h"
#include "clino/gradcheck.h"
#include "clino/initcheck.h"
#include "clino/layer.h"
#include "clino/stepcheck.h"

#define CLINO_VERDICT_TEXT_ 1024

static inline int clino_verdict_text_(clino_status status, const clino_gradcheck_result *result,
                                      const clino_error *error, char text[CLINO_VERDICT_TEXT_]) {
  if (status) snprintf(text, CLINO_VERDICT_TEXT_, "gradcheck could not run: %s", error->message);
  else clino_gradcheck_describe(result, text, CLINO_VERDICT_TEXT_);
  return !status && clino_gradcheck_accepted(result);
}

static inline int clino_objective_verdict_(clino_objective objective, void *ctx, size_t n, const double *x,
                                           const clino_gradcheck_options *options, char text[CLINO_VERDICT_TEXT_]) {
  clino_gradcheck_result result;
  clino_error error;
  clino_status status = gradcheck(objective, ctx, n, x, options, &result, &error);
  return clino_verdict_text_(status, &result, &error, text);
}

static inline int clino_model_verdict_(const clino_model *model, const clino_gradcheck_options *options,
                                       char text[CLINO_VERDICT_TEXT_]) {
  clino_gradcheck_result result;
  clino_error error;
  clino_status status = gradcheck_model(model, options, &result, &error);
  return clino_verdict_text_(status, &result, &error, text);
}

static inline int clino_layer_verdict_(const clino_layer *layer, const clino_gradcheck_options *options,
                                       char text[CLINO_VERDICT_TEXT_]) {
  clino_gradcheck_result result;
  clino_error error;
  clino_status status = gradcheck_layer(layer, options, &result, &error);
  return clino_verdict_text_(status, &result, &error, text);
}

static inline int clino_step_verdict_(const clino_stepper *stepper, const clino_optimizer_options *formula,
                                      const clino_stepcheck_options *options, char text[CLINO_VERDICT_TEXT_]) {
  clino_stepcheck_result result;
  clino_error error;
  clino_status status = clino_stepcheck(stepper, formula, options, &result, &error);
  if (status) snprintf(text, CLINO_VERDICT_TEXT_, "stepcheck could not run: %s", error.message);
  else clino_stepcheck_describe(&result, text, CLINO_VERDICT_TEXT_);
  return !status && clino_stepcheck_accepted(&result);
}

static inline int clino_init_verdict_(const clino_tensor *tensor, const clino_initcheck_options *options,
                                      char text[CLINO_VERDICT_TEXT_]) {
  clino_initcheck_result result;
  clino_error error;
  clino_status status = clino_initcheck(tensor, options, &result, &error);
  if (status) snprintf(text, CLINO_VERDICT_TEXT_, "initcheck could not run: %s", error.message);
  else clino_initcheck_describe(&result, text, CLINO_VERDICT_TEXT_);
  return !status && clino_initcheck_accepted(&result);
}

/* Judges a run by all checks (check NULL), or by one, at the highest level that is accepted. A run of which nothing was
 * judged is not accepted, nor is a check that skips: missing data is never a pass. */
static inline int clino_run_verdict_(const clino_run *run, const char *check, clino_finding_level most,
                                     char text[CLINO_VERDICT_TEXT_]) {
  clino_diagnose_options options = clino_diagnose_options_default();
  clino_findings *findings = NULL;
  clino_error error;
  int accepted = 0;
  options.only = check ? &check : NULL;
  options.n_only = check ? 1 : 0;
  clino_status status = clino_findings_new(&findings, &error);
  if (!status) status = clino_diagnose(run, &options, findings, &error);
  clino_finding_level worst = clino_findings_worst(findings);
  const clino_finding *f = clino_findings_top(findings);
  size_t i = 0;
  while (!f && i < clino_findings_count(findings) && clino_findings_at(findings, i)->level != worst) i++;
  if (!f) f = clino_findings_at(findings, i);
  if (status) snprintf(text, CLINO_VERDICT_TEXT_, "diagnose could not run: %s", error.message);
  else if (worst == CLINO_FINDING_SKIP && !check)
    snprintf(text, CLINO_VERDICT_TEXT_, "diagnose: skip: nothing was judged: log train/loss at least");
  else if (f)
    snprintf(text, CLINO_VERDICT_TEXT_, "diagnose: %s: %s: %.400s; cause: %.100s; fix: %.300s",
             clino_finding_level_name(f->level), f->check, f->message, f->cause ? f->cause : "none known",
             f->fix ? f->fix : "");
  accepted = !status && worst != CLINO_FINDING_SKIP && worst <= most;
  clino_findings_free(findings);
  return accepted;
}

#endif
