/* A wrong layer in CUnit tests: the run must fail, once without ending the test and once with. */
#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>

#include "clino/test/cunit.h"
#include "must_fail/wrong.h"

static void goes_on(void) {
  CU_ASSERT_GRADCHECK(wrong_objective, &wrong_no, 2, wrong_x, NULL);
  CU_ASSERT_GRADCHECK_MODEL(wrong_model(false), NULL);
  CU_ASSERT_GRADCHECK_LAYER(wrong_layer(true), NULL);
  CU_ASSERT_GRADCHECK_LAYER(wrong_layer(false), NULL);
}

static void ends(void) {
  CU_ASSERT_GRADCHECK_LAYER_FATAL(wrong_layer(true), NULL);
  CU_FAIL("not reached");
}

int main(void) {
  CU_initialize_registry();
  CU_pSuite suite = CU_add_suite("must fail", NULL, NULL);
  CU_ADD_TEST(suite, goes_on);
  CU_ADD_TEST(suite, ends);
  CU_basic_run_tests();
  int failed = CU_get_number_of_failures() != 0;
  CU_cleanup_registry();
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
