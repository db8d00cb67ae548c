/* The runner of all tests, with two suites of its own: one in which an assertion fails, and one that passes.
 * tests/scripts/exit_status.sh looks at the exit statuses. */
#include "support/runner.c"

static void is_wrong(void) { CU_ASSERT_EQUAL(2 + 2, 5); }

static void is_right(void) { CU_ASSERT_EQUAL(2 + 2, 4); }

void suite_failing(CU_pSuite suite) {
  TEST(suite, is_right);
  TEST(suite, is_wrong);
}

void suite_passing(CU_pSuite suite) { TEST(suite, is_right); }
