/* What our suites use of CUnit, for machines that it is not there for (tests/scripts/neon.sh): one program, one list of
 * tests, the same names. */
#ifndef TESTS_SUPPORT_PLAIN_CUNIT_H
#define TESTS_SUPPORT_PLAIN_CUNIT_H

#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

typedef struct CU_Suite {
  const char *name;
} CU_Suite, *CU_pSuite;

typedef struct plain_test {
  const CU_Suite *suite;
  const char *name;
  void (*run)(void);
} plain_test;

typedef struct plain_state {
  CU_Suite suites[64];
  plain_test tests[1024];
  unsigned n_suites, n_tests, run, failed, failures;
  jmp_buf out;
} plain_state;

extern plain_state plain;

static inline int plain_check(int right, int fatal, const char *file, int line, const char *what) {
  if (right) return 1;
  printf("    %s:%d  - %s\n", file, line, what);
  plain.failures++;
  if (fatal) longjmp(plain.out, 1);
  return 0;
}

#define PLAIN_CHECK(right, fatal, what) ((void)plain_check((right) != 0, fatal, __FILE__, __LINE__, what))

#define CU_ADD_TEST(suite, test) (plain.tests[plain.n_tests++] = (plain_test){(suite), #test, test})
#define CU_ASSERT(value) PLAIN_CHECK(value, 0, #value)
#define CU_ASSERT_TRUE(value) PLAIN_CHECK(value, 0, #value)
#define CU_ASSERT_TRUE_FATAL(value) PLAIN_CHECK(value, 1, #value)
#define CU_ASSERT_EQUAL(a, b) PLAIN_CHECK((a) == (b), 0, #a " == " #b)
#define CU_ASSERT_EQUAL_FATAL(a, b) PLAIN_CHECK((a) == (b), 1, #a " == " #b)
#define CU_ASSERT_NOT_EQUAL(a, b) PLAIN_CHECK((a) != (b), 0, #a " != " #b)
#define CU_ASSERT_PTR_EQUAL(a, b) PLAIN_CHECK((const void *)(a) == (const void *)(b), 0, #a " == " #b)
#define CU_ASSERT_PTR_NULL(a) PLAIN_CHECK(!(a), 0, #a " is NULL")
#define CU_ASSERT_PTR_NOT_NULL(a) PLAIN_CHECK((a) != NULL, 0, #a " is not NULL")
#define CU_ASSERT_PTR_NOT_NULL_FATAL(a) PLAIN_CHECK((a) != NULL, 1, #a " is not NULL")
#define CU_ASSERT_STRING_EQUAL(a, b) PLAIN_CHECK(strcmp((a), (b)) == 0, 0, #a " is " #b)
#define CU_ASSERT_DOUBLE_EQUAL(a, b, by) PLAIN_CHECK(fabs((double)(a) - (double)(b)) <= fabs(by), 0, #a " near " #b)

#endif
