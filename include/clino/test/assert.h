/* clino/test/assert.h - gradient, step and initial-weight checks for tests without a framework. Header-only; link
 * libclino.
 *
 *   int main(void) { assert_gradcheck(objective, ctx, n, x, NULL); return 0; }
 *
 * A check that is not accepted (PASS or KINK) writes file, line, verdict and worst entry to stderr and aborts, as
 * assert() does. Unlike assert() it does not vanish under NDEBUG: a test that is compiled out always passes.
 *
 * Of runs in memory: assert_healthy(run) fails at any check that warns, assert_check_passes(run, "dead-units") where
 * that check warns or has nothing to judge by, assert_overfits(run) where a run over at most fifty samples
 * (attribute dataset_size) has not fitted them. */
#ifndef CLINO_TEST_ASSERT_H
#define CLINO_TEST_ASSERT_H

#ifdef CLINO_TEST_CMOCKA_H
#error "clino/test/assert.h and clino/test/cmocka.h define the same assertions: include one of them"
#endif

#include <stdio.h>
#include <stdlib.h>

#include "clino/test/verdict.h"

#define assert_gradcheck(objective, ctx, n, x, options) \
  clino_assert_objective_(objective, ctx, n, x, options, __FILE__, __LINE__)
#define assert_gradcheck_model(model, options) clino_assert_model_(model, options, __FILE__, __LINE__)
#define assert_gradcheck_layer(layer, options) clino_assert_layer_(layer, options, __FILE__, __LINE__)
#define assert_healthy(run) clino_assert_run_(run, NULL, CLINO_FINDING_INFO, __FILE__, __LINE__)
#define assert_check_passes(run, check) clino_assert_run_(run, check, CLINO_FINDING_INFO, __FILE__, __LINE__)
#define assert_overfits(run) \
  clino_assert_run_(run, "tiny-subset-overfit", CLINO_FINDING_PASS, __FILE__, __LINE__)
#define assert_stepcheck(stepper, formula, options) \
  clino_assert_step_(stepper, formula, options, __FILE__, __LINE__)
#define assert_initcheck(tensor, options) clino_assert_init_(tensor, options, __FILE__, __LINE__)

static inline void clino_assert_fail_(const char *file, int line, const char *text) {
  fprintf(stderr, "%s:%d: %s\n", file, line, text);
  abort();
}

static inline void clino_assert_objective_(clino_objective objective, void *ctx, size_t n, const double *x,
                                           const clino_gradcheck_options *options, const char *file, int line) {
  char text[CLINO_VERDICT_TEXT_];
  if (!clino_objective_verdict_(objective, ctx, n, x, options, text)) clino_assert_fail_(file, line, text);
}

static inline void clino_assert_model_(const clino_model *model, const clino_gradcheck_options *options,
                                       const char *file, int line) {
  char text[CLINO_VERDICT_TEXT_];
  if (!clino_model_verdict_(model, options, text)) clino_assert_fail_(file, line, text);
}

static inline void clino_assert_layer_(const clino_layer *layer, const clino_gradcheck_options *options,
                                       const char *file, int line) {
  char text[CLINO_VERDICT_TEXT_];
  if (!clino_layer_verdict_(layer, options, text)) clino_assert_fail_(file, line, text);
}

static inline void clino_assert_step_(const clino_stepper *stepper, const clino_optimizer_options *formula,
                                      const clino_stepcheck_options *options, const char *file, int line) {
  char text[CLINO_VERDICT_TEXT_];
  if (!clino_step_verdict_(stepper, formula, options, text)) clino_assert_fail_(file, line, text);
}

static inline void clino_assert_init_(const clino_tensor *tensor, const clino_initcheck_options *options,
                                      const char *file, int line) {
  char text[CLINO_VERDICT_TEXT_];
  if (!clino_init_verdict_(tensor, options, text)) clino_assert_fail_(file, line, text);
}

static inline void clino_assert_run_(const clino_run *run, const char *check, clino_finding_level most,
                                     const char *file, int line) {
  char text[CLINO_VERDICT_TEXT_];
  if (!clino_run_verdict_(run, check, most, text)) clino_assert_fail_(file, line, text);
}

#endif
