#include <CUnit/Basic.h>
#include <clino/test/cunit.h>

static int cubic(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)n;
  (void)ctx;
  *f = x[0] * x[0] * x[0] - 2.5 * x[1];
  if (grad) grad[0] = 3 * x[0] * x[0], grad[1] = -2.5;
  return 0;
}

static void test_cubic(void) {
  const double x[] = {0.75, -1.25};
  CU_ASSERT_GRADCHECK(cubic, NULL, 2, x, NULL);
}

int main(void) {
  if (CU_initialize_registry()) return 2;
  CU_pSuite suite = CU_add_suite("consumer", NULL, NULL);
  if (!suite || !CU_add_test(suite, "cubic", test_cubic)) return 2;
  CU_basic_run_tests();
  int failed = CU_get_number_of_tests_run() == 1 && CU_get_number_of_failures() == 0 ? 0 : 1;
  CU_cleanup_registry();
  return failed;
}
