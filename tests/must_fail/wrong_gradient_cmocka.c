/* Wrong gradients under cmocka: the run must fail, and its report must name the worst entry of each. */
#include <math.h>

#include "clino/test/cmocka.h"

#include "must_fail/wrong.h"

static void right(void **state) {
  (void)state;
  assert_gradcheck(wrong_objective, &wrong_no, 2, wrong_x, NULL);
  assert_gradcheck_model(wrong_model(false), NULL);
  assert_gradcheck_layer(wrong_layer(false), NULL);
}

static void objective(void **state) {
  (void)state;
  assert_gradcheck(wrong_objective, &wrong_yes, 2, wrong_x, NULL);
}

static void model(void **state) {
  (void)state;
  assert_gradcheck_model(wrong_model(true), NULL);
}

static void layer(void **state) {
  (void)state;
  assert_gradcheck_layer(wrong_layer(true), NULL);
}

static void step(void **state) {
  (void)state;
  assert_stepcheck(&wrong_stepper, wrong_formula(), NULL);
}

static void weights(void **state) {
  (void)state;
  assert_initcheck(wrong_weights(), NULL);
}

static void run(void **state) {
  (void)state;
  clino_run *well = wrong_run(false), *sick = wrong_run(true);
  assert_healthy(well);
  assert_check_passes(well, "dead-units");
  assert_overfits(well);
  assert_healthy(sick);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(right), cmocka_unit_test(objective), cmocka_unit_test(model),
                                     cmocka_unit_test(layer), cmocka_unit_test(step), cmocka_unit_test(weights),
                                     cmocka_unit_test(run)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
