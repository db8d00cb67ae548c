/* Runs in CUnit tests: a healthy one is accepted, of a sick one the report names the finding; a check that has nothing
 * to judge by is not accepted. */
#include <CUnit/Basic.h>
#include <stdlib.h>

#include "clino/test/cunit.h"
#include "must_fail/wrong.h"

static void healthy(void) {
  clino_run *run = wrong_run(false);
  CU_ASSERT_HEALTHY_FATAL(run);
  CU_ASSERT_CHECK_PASSES_FATAL(run, "dead-units");
  CU_ASSERT_OVERFITS_FATAL(run);
  clino_run_free(run);
}

static void sick(void) {
  clino_run *run = wrong_run(true);
  CU_ASSERT_HEALTHY(run);
  CU_ASSERT_CHECK_PASSES(run, "dead-units");
  CU_ASSERT_OVERFITS(run);
  CU_ASSERT_CHECK_PASSES(run, "vanishing-gradient");
  CU_ASSERT_CHECK_PASSES(run, "no-such-check");
  clino_run_free(run);
}

static void empty(void) {
  clino_run *run = NULL;
  if (!clino_run_new(&run, NULL)) CU_ASSERT_HEALTHY(run);
  clino_run_free(run);
}

int main(void) {
  CU_initialize_registry();
  CU_pSuite suite = CU_add_suite("must fail", NULL, NULL);
  CU_ADD_TEST(suite, healthy);
  CU_ADD_TEST(suite, sick);
  CU_ADD_TEST(suite, empty);
  CU_basic_run_tests();
  int failed = CU_get_number_of_failures() != 0;
  CU_cleanup_registry();
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
