/* What every test file includes: CUnit, and a shorter way to add tests. */
#ifndef TESTS_SUPPORT_SUITE_H
#define TESTS_SUPPORT_SUITE_H

#include <CUnit/CUnit.h>

/* Adds static void NAME(void) to the suite under its own name. */
#define TEST(suite, name) CU_ADD_TEST((suite), name)

#endif
