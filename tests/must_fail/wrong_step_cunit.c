/* A step that ascends, and weights that are all equal, in CUnit tests: the run must fail, and its report say why. */
#include <CUnit/Basic.h>
#include <stdlib.h>

#include "clino/test/cunit.h"

static int forget(const clino_step_call *c, void *ctx) {
  (void)c, (void)ctx;
  return 0;
}

static int ascend(const clino_step_call *c, void *ctx) {
  (void)ctx;
  for (size_t k = 0; k < c->n_tensors; k++) {
    const clino_tensor *t = &c->tensors[k];
    size_t n = t->n_dims == 2 ? t->shape[0] * t->shape[1] : t->shape[0];
    for (size_t i = 0; i < n; i++) ((double *)t->value)[i] += c->options->rate * ((double *)t->grad)[i];
  }
  return 0;
}

static void ascends(void) {
  const clino_stepper mine = {forget, ascend, NULL, NULL};
  const clino_optimizer_options formula = clino_optimizer_options_default("gradient-descent");
  CU_ASSERT_STEPCHECK(&mine, &formula, NULL);
}

static void all_equal(void) {
  static double w[4][3] = {{0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}};
  const clino_tensor tensor = CLINO_TENSOR_F64("fc1.W", &w[0][0], NULL, 4, 3);
  CU_ASSERT_INITCHECK(&tensor, NULL);
}

int main(void) {
  CU_initialize_registry();
  CU_pSuite suite = CU_add_suite("must fail", NULL, NULL);
  CU_ADD_TEST(suite, ascends);
  CU_ADD_TEST(suite, all_equal);
  CU_basic_run_tests();
  int failed = CU_get_number_of_failures() != 0;
  CU_cleanup_registry();
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
