/* clino/test/cunit.h - gradient, step and initial-weight checks as CUnit assertions. Header-only; link libclino and
 * CUnit.
 *
 *   static void test_layer(void) { CU_ASSERT_GRADCHECK(objective, ctx, n, x, NULL); }
 *
 * A check that is not accepted (PASS or KINK) is one failed assertion, whose text in CUnit's report is the verdict and
 * the worst entry. The _FATAL forms end the test function. options may be NULL.
 *
 * Of runs in memory: CU_ASSERT_HEALTHY(run) fails at any check that warns, CU_ASSERT_CHECK_PASSES(run, "dead-units")
 * where that check warns or has nothing to judge by, CU_ASSERT_OVERFITS(run) where a run over at most fifty samples
 * (attribute dataset_size) has not fitted them. The _FATAL forms end the test function. */
#ifndef CLINO_TEST_CUNIT_H
#define CLINO_TEST_CUNIT_H

#include <CUnit/CUnit.h>

#include "clino/gradcheck.h"
#include "clino/test/verdict.h"

#define CU_ASSERT_GRADCHECK(objective, ctx, n, x, options) \
  clino_cu_objective_(objective, ctx, n, x, options, __LINE__, __FILE__, CU_FALSE)
#define CU_ASSERT_GRADCHECK_FATAL(objective, ctx, n, x, options) \
  clino_cu_objective_(objective, ctx, n, x, options, __LINE__, __FILE__, CU_TRUE)
#define CU_ASSERT_HEALTHY(run) clino_cu_run_(run, NULL, CLINO_FINDING_INFO, __LINE__, __FILE__, CU_FALSE)
#define CU_ASSERT_HEALTHY_FATAL(run) clino_cu_run_(run, NULL, CLINO_FINDING_INFO, __LINE__, __FILE__, CU_TRUE)
#define CU_ASSERT_CHECK_PASSES(run, check) \
  clino_cu_run_(run, check, CLINO_FINDING_INFO, __LINE__, __FILE__, CU_FALSE)
#define CU_ASSERT_CHECK_PASSES_FATAL(run, check) \
  clino_cu_run_(run, check, CLINO_FINDING_INFO, __LINE__, __FILE__, CU_TRUE)
#define CU_ASSERT_OVERFITS(run) \
  clino_cu_run_(run, "tiny-subset-overfit", CLINO_FINDING_PASS, __LINE__, __FILE__, CU_FALSE)
#define CU_ASSERT_OVERFITS_FATAL(run) \
  clino_cu_run_(run, "tiny-subset-overfit", CLINO_FINDING_PASS, __LINE__, __FILE__, CU_TRUE)
#define CU_ASSERT_GRADCHECK_MODEL(model, options) clino_cu_model_(model, options, __LINE__, __FILE__, CU_FALSE)
#define CU_ASSERT_GRADCHECK_MODEL_FATAL(model, options) clino_cu_model_(model, options, __LINE__, __FILE__, CU_TRUE)
#define CU_ASSERT_GRADCHECK_LAYER(layer, options) clino_cu_layer_(layer, options, __LINE__, __FILE__, CU_FALSE)
#define CU_ASSERT_GRADCHECK_LAYER_FATAL(layer, options) clino_cu_layer_(layer, options, __LINE__, __FILE__, CU_TRUE)
#define CU_ASSERT_STEPCHECK(stepper, formula, options) \
  clino_cu_step_(stepper, formula, options, __LINE__, __FILE__, CU_FALSE)
#define CU_ASSERT_STEPCHECK_FATAL(stepper, formula, options) \
  clino_cu_step_(stepper, formula, options, __LINE__, __FILE__, CU_TRUE)
#define CU_ASSERT_INITCHECK(tensor, options) clino_cu_init_(tensor, options, __LINE__, __FILE__, CU_FALSE)
#define CU_ASSERT_INITCHECK_FATAL(tensor, options) clino_cu_init_(tensor, options, __LINE__, __FILE__, CU_TRUE)

static inline void clino_cu_objective_(clino_objective objective, void *ctx, size_t n, const double *x,
                                       const clino_gradcheck_options *options, unsigned line, const char *file,
                                       CU_BOOL fatal) {
  char text[CLINO_VERDICT_TEXT_];
  CU_BOOL accepted = clino_objective_verdict_(objective, ctx, n, x, options, text) ? CU_TRUE : CU_FALSE;
  CU_assertImplementation(accepted, line, text, file, "", fatal);
}

static inline void clino_cu_model_(const clino_model *model, const clino_gradcheck_options *options, unsigned line,
                                   const char *file, CU_BOOL fatal) {
  char text[CLINO_VERDICT_TEXT_];
  CU_BOOL accepted = clino_model_verdict_(model, options, text) ? CU_TRUE : CU_FALSE;
  CU_assertImplementation(accepted, line, text, file, "", fatal);
}

static inline void clino_cu_layer_(const clino_layer *layer, const clino_gradcheck_options *options, unsigned line,
                                   const char *file, CU_BOOL fatal) {
  char text[CLINO_VERDICT_TEXT_];
  CU_BOOL accepted = clino_layer_verdict_(layer, options, text) ? CU_TRUE : CU_FALSE;
  CU_assertImplementation(accepted, line, text, file, "", fatal);
}

static inline void clino_cu_step_(const clino_stepper *stepper, const clino_optimizer_options *formula,
                                  const clino_stepcheck_options *options, unsigned line, const char *file,
                                  CU_BOOL fatal) {
  char text[CLINO_VERDICT_TEXT_];
  CU_BOOL accepted = clino_step_verdict_(stepper, formula, options, text) ? CU_TRUE : CU_FALSE;
  CU_assertImplementation(accepted, line, text, file, "", fatal);
}

static inline void clino_cu_init_(const clino_tensor *tensor, const clino_initcheck_options *options, unsigned line,
                                  const char *file, CU_BOOL fatal) {
  char text[CLINO_VERDICT_TEXT_];
  CU_BOOL accepted = clino_init_verdict_(tensor, options, text) ? CU_TRUE : CU_FALSE;
  CU_assertImplementation(accepted, line, text, file, "", fatal);
}

static inline void clino_cu_run_(const clino_run *run, const char *check, clino_finding_level most, unsigned line,
                                 const char *file, CU_BOOL fatal) {
  char text[CLINO_VERDICT_TEXT_];
  CU_BOOL accepted = clino_run_verdict_(run, check, most, text) ? CU_TRUE : CU_FALSE;
  CU_assertImplementation(accepted, line, text, file, "", fatal);
}

#endif
