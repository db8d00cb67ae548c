/* clino/test/check.h - checks of gradients, steps and initial weights as assertions of Check (libcheck). Header-only;
 * link libclino and Check.
 *
 *   START_TEST(test_layer) { ck_assert_gradcheck(objective, ctx, n, x, NULL); } END_TEST
 *
 * A check that is not accepted (PASS or KINK) ends the test; its text in Check's report is the verdict and the worst
 * entry. options may be NULL.
 *
 * Of runs in memory: ck_assert_healthy(run) fails at any check that warns, ck_assert_check_passes(run, "dead-units")
 * where that check warns or has nothing to judge by, ck_assert_overfits(run) where a run over at most fifty samples
 * (attribute dataset_size) has not fitted them. */
#ifndef CLINO_TEST_CHECK_H
#define CLINO_TEST_CHECK_H

#include <check.h>

#include "clino/test/verdict.h"

#define ck_assert_gradcheck(objective, ctx, n, x, options) \
  CLINO_CK_ASSERT_(clino_objective_verdict_(objective, ctx, n, x, options, clino_text_))
#define ck_assert_gradcheck_model(model, options) CLINO_CK_ASSERT_(clino_model_verdict_(model, options, clino_text_))
#define ck_assert_gradcheck_layer(layer, options) CLINO_CK_ASSERT_(clino_layer_verdict_(layer, options, clino_text_))
#define ck_assert_healthy(run) \
  CLINO_CK_ASSERT_(clino_run_verdict_(run, NULL, CLINO_FINDING_INFO, clino_text_))
#define ck_assert_check_passes(run, check) \
  CLINO_CK_ASSERT_(clino_run_verdict_(run, check, CLINO_FINDING_INFO, clino_text_))
#define ck_assert_overfits(run) \
  CLINO_CK_ASSERT_(clino_run_verdict_(run, "tiny-subset-overfit", CLINO_FINDING_PASS, clino_text_))
#define ck_assert_stepcheck(stepper, formula, options) \
  CLINO_CK_ASSERT_(clino_step_verdict_(stepper, formula, options, clino_text_))
#define ck_assert_initcheck(tensor, options) CLINO_CK_ASSERT_(clino_init_verdict_(tensor, options, clino_text_))

#define CLINO_CK_ASSERT_(accepted)                    \
  do {                                                \
    char clino_text_[CLINO_VERDICT_TEXT_];            \
    int clino_accepted_ = accepted;                   \
    ck_assert_msg(clino_accepted_, "%s", clino_text_); \
  } while (0)

#endif
