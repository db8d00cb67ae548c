/* Running the tests of tests/support/plain/CUnit/CUnit.h; for the one file that has main. */
#ifndef TESTS_SUPPORT_PLAIN_BASIC_H
#define TESTS_SUPPORT_PLAIN_BASIC_H

#include "CUnit/CUnit.h"

#define CUE_SUCCESS 0
#define CU_BRM_VERBOSE 0

plain_state plain;

static int CU_initialize_registry(void) { return CUE_SUCCESS; }
static void CU_cleanup_registry(void) {}
static void CU_basic_set_mode(int mode) { (void)mode; }

static CU_pSuite CU_add_suite(const char *name, int (*begin)(void), int (*end)(void)) {
  (void)begin;
  (void)end;
  CU_pSuite suite = &plain.suites[plain.n_suites++];
  suite->name = name;
  return suite;
}

static void CU_basic_run_tests(void) {
  for (unsigned i = 0; i < plain.n_tests; i++) {
    const plain_test *t = &plain.tests[i];
    const unsigned before = plain.failures;
    if (!setjmp(plain.out)) t->run();
    plain.run++;
    plain.failed += plain.failures > before;
    printf("  %s: %s ...%s\n", t->suite->name, t->name, plain.failures > before ? "FAILED" : "passed");
    fflush(stdout);
  }
  printf("%u tests, %u failed\n", plain.run, plain.failed);
}

static unsigned CU_get_number_of_tests_run(void) { return plain.run; }
static unsigned CU_get_number_of_tests_failed(void) { return plain.failed; }
static unsigned CU_get_number_of_failures(void) { return plain.failures; }

#endif
