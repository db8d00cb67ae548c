/* A wrong gradient in a CUnit test: the run must fail, and its report must name tensor, index and both values. */
#include <CUnit/Basic.h>
#include <math.h>
#include <stdlib.h>

#include "clino/test/cunit.h"

static double w[2][3] = {{0.3, -1.7, 0.9}, {2.1, 0.4, -0.6}}, dw[2][3];

static int loss(double *f, void *ctx) {
  (void)ctx;
  *f = 0;
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 3; j++) *f += sin(w[i][j]) * (i + 2 * j + 1);
  return 0;
}

static int backward(void *ctx) {
  (void)ctx;
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 3; j++) dw[i][j] = cos(w[i][j]) * (i + 2 * j + 1) * (i == 1 && j == 2 ? -1 : 1);
  return 0;
}

static void sign_flipped(void) {
  clino_tensor tensors[] = {CLINO_TENSOR_F64("fc1.W", &w[0][0], &dw[0][0], 2, 3)};
  clino_model model = {1, tensors, loss, backward, NULL};
  CU_ASSERT_GRADCHECK_MODEL(&model, NULL);
}

int main(void) {
  CU_initialize_registry();
  CU_ADD_TEST(CU_add_suite("must fail", NULL, NULL), sign_flipped);
  CU_basic_run_tests();
  int failed = CU_get_number_of_failures() != 0;
  CU_cleanup_registry();
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
