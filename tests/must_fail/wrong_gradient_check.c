/* Wrong gradients under Check: the run must fail, and its report must name the worst entry of each. */
#include <math.h>
#include <stdlib.h>

#include "clino/test/check.h"

#include "must_fail/wrong.h"

START_TEST(right) {
  ck_assert_gradcheck(wrong_objective, &wrong_no, 2, wrong_x, NULL);
  ck_assert_gradcheck_model(wrong_model(false), NULL);
  ck_assert_gradcheck_layer(wrong_layer(false), NULL);
}
END_TEST

START_TEST(objective) { ck_assert_gradcheck(wrong_objective, &wrong_yes, 2, wrong_x, NULL); }
END_TEST

START_TEST(model) { ck_assert_gradcheck_model(wrong_model(true), NULL); }
END_TEST

START_TEST(layer) { ck_assert_gradcheck_layer(wrong_layer(true), NULL); }
END_TEST

START_TEST(step) { ck_assert_stepcheck(&wrong_stepper, wrong_formula(), NULL); }
END_TEST

START_TEST(weights) { ck_assert_initcheck(wrong_weights(), NULL); }
END_TEST

START_TEST(run) {
  clino_run *well = wrong_run(false);
  ck_assert_healthy(well);
  ck_assert_check_passes(well, "dead-units");
  ck_assert_overfits(well);
  clino_run_free(well);
  ck_assert_healthy(wrong_run(true));
}
END_TEST

int main(void) {
  Suite *suite = suite_create("must fail");
  TCase *cases = tcase_create("gradients");
  tcase_add_test(cases, right);
  tcase_add_test(cases, objective);
  tcase_add_test(cases, model);
  tcase_add_test(cases, layer);
  tcase_add_test(cases, step);
  tcase_add_test(cases, weights);
  tcase_add_test(cases, run);
  suite_add_tcase(suite, cases);
  SRunner *runner = srunner_create(suite);
  srunner_set_fork_status(runner, CK_NOFORK);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
