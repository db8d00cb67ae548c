/* clino/test/verdict.h - what the test adapters share: run a check, say whether it is accepted, and if not, why. */
#ifndef CLINO_TEST_VERDICT_H
#define CLINO_TEST_VERDICT_H

#include <stdio.h>

#include "clino/gradcheck.h"
#include "clino/initcheck.h"
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

#endif
