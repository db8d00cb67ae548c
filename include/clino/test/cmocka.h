/* clino/test/cmocka.h - checks of gradients, steps and initial weights as cmocka assertions. Header-only; link libclino
 * and cmocka.
 *
 *   static void test_layer(void **state) { assert_gradcheck(objective, ctx, n, x, NULL); }
 *
 * A check that is not accepted (PASS or KINK) fails the test; its text in cmocka's report is the verdict and the worst
 * entry. options may be NULL. clino/test/assert.h defines the same names: include one of the two.
 *
 * Of runs in memory: assert_healthy(run) fails at any check that warns, assert_check_passes(run, "dead-units") where
 * that check warns or has nothing to judge by, assert_overfits(run) where a run over at most fifty samples
 * (attribute dataset_size) has not fitted them. */
#ifndef CLINO_TEST_CMOCKA_H
#define CLINO_TEST_CMOCKA_H

#ifdef CLINO_TEST_ASSERT_H
#error "clino/test/assert.h and clino/test/cmocka.h define the same assertions: include one of them"
#endif

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clino/test/verdict.h"

#define assert_gradcheck(objective, ctx, n, x, options) \
  clino_cmocka_objective_(objective, ctx, n, x, options, __FILE__, __LINE__)
#define assert_gradcheck_model(model, options) clino_cmocka_model_(model, options, __FILE__, __LINE__)
#define assert_gradcheck_layer(layer, options) clino_cmocka_layer_(layer, options, __FILE__, __LINE__)
#define assert_healthy(run) clino_cmocka_run_(run, NULL, CLINO_FINDING_INFO, __FILE__, __LINE__)
#define assert_check_passes(run, check) clino_cmocka_run_(run, check, CLINO_FINDING_INFO, __FILE__, __LINE__)
#define assert_overfits(run) \
  clino_cmocka_run_(run, "tiny-subset-overfit", CLINO_FINDING_PASS, __FILE__, __LINE__)
#define assert_stepcheck(stepper, formula, options) \
  clino_cmocka_step_(stepper, formula, options, __FILE__, __LINE__)
#define assert_initcheck(tensor, options) clino_cmocka_init_(tensor, options, __FILE__, __LINE__)

static inline void clino_cmocka_fail_(const char *file, int line, const char *text) {
  print_error("%s\n", text);
  _fail(file, line);
}

static inline void clino_cmocka_objective_(clino_objective objective, void *ctx, size_t n, const double *x,
                                           const clino_gradcheck_options *options, const char *file, int line) {
  char text[CLINO_VERDICT_TEXT_];
  if (!clino_objective_verdict_(objective, ctx, n, x, options, text)) clino_cmocka_fail_(file, line, text);
}

static inline void clino_cmocka_model_(const clino_model *model, const clino_gradcheck_options *options,
                                       const char *file, int line) {
  char text[CLINO_VERDICT_TEXT_];
  if (!clino_model_verdict_(model, options, text)) clino_cmocka_fail_(file, line, text);
}

static inline void clino_cmocka_layer_(const clino_layer *layer, const clino_gradcheck_options *options,
                                       const char *file, int line) {
  char text[CLINO_VERDICT_TEXT_];
  if (!clino_layer_verdict_(layer, options, text)) clino_cmocka_fail_(file, line, text);
}

static inline void clino_cmocka_step_(const clino_stepper *stepper, const clino_optimizer_options *formula,
                                      const clino_stepcheck_options *options, const char *file, int line) {
  char text[CLINO_VERDICT_TEXT_];
  if (!clino_step_verdict_(stepper, formula, options, text)) clino_cmocka_fail_(file, line, text);
}

static inline void clino_cmocka_init_(const clino_tensor *tensor, const clino_initcheck_options *options,
                                      const char *file, int line) {
  char text[CLINO_VERDICT_TEXT_];
  if (!clino_init_verdict_(tensor, options, text)) clino_cmocka_fail_(file, line, text);
}

static inline void clino_cmocka_run_(const clino_run *run, const char *check, clino_finding_level most,
                                     const char *file, int line) {
  char text[CLINO_VERDICT_TEXT_];
  if (!clino_run_verdict_(run, check, most, text)) clino_cmocka_fail_(file, line, text);
}

#endif
