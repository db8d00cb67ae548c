/* Runs the CUnit suites, all or those named on the command line. Exit status 0 only if at least one test ran and none
 * failed. A suite is a file test_NAME.c with a function suite_NAME that adds its tests; the build lists the files in
 * suites.h. */
#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/suite.h"

#define SUITE(name) void suite_##name(CU_pSuite suite);
#include "suites.h"
#undef SUITE

static const struct {
  const char *name;
  void (*fill)(CU_pSuite);
} suites[] = {
#define SUITE(name) {#name, suite_##name},
#include "suites.h"
#undef SUITE
};

static int wanted(const char *name, int argc, char **argv) {
  for (int i = 1; i < argc; i++)
    if (strcmp(argv[i], name) == 0) return 1;
  return argc < 2;
}

int main(int argc, char **argv) {
  if (CU_initialize_registry() != CUE_SUCCESS) return 2;
  for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++) {
    if (!wanted(suites[i].name, argc, argv)) continue;
    CU_pSuite suite = CU_add_suite(suites[i].name, NULL, NULL);
    if (!suite) return 2;
    suites[i].fill(suite);
  }
  CU_basic_set_mode(CU_BRM_VERBOSE);
  CU_basic_run_tests();
  unsigned run = CU_get_number_of_tests_run(), failed = CU_get_number_of_tests_failed();
  unsigned asserts = CU_get_number_of_failures();
  if (!run) fprintf(stderr, "no test ran\n");
  CU_cleanup_registry();
  return run && !failed && !asserts ? EXIT_SUCCESS : EXIT_FAILURE;
}
