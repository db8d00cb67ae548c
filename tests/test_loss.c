/* Losses by name, and their values before training. */
#include <string.h>

#include "clino/loss.h"
#include "support/monitor.h"

static void expected_values(void) {
  ASSERT_NEAR(clino_loss_expected(CLINO_LOSS_SOFTMAX, 10), 2.302585092994046, 1e-15);
  CU_ASSERT_EQUAL(clino_loss_expected(CLINO_LOSS_HINGE, 10), 9);
  ASSERT_NEAR(clino_loss_expected(CLINO_LOSS_LOGISTIC, 0), 0.6931471805599453, 1e-15);
  CU_ASSERT_TRUE(isnan(clino_loss_expected(CLINO_LOSS_MSE, 10)));
  CU_ASSERT_TRUE(isnan(clino_loss_expected(CLINO_LOSS_SOFTMAX, 1)));
  CU_ASSERT_TRUE(isnan(clino_loss_expected(CLINO_LOSS_HINGE, 0)));
  CU_ASSERT_TRUE(isnan(clino_loss_expected((clino_loss_kind)0, 10)));
  CU_ASSERT_TRUE(clino_loss_needs_classes(CLINO_LOSS_SOFTMAX) && clino_loss_needs_classes(CLINO_LOSS_HINGE));
  CU_ASSERT_FALSE(clino_loss_needs_classes(CLINO_LOSS_LOGISTIC) || clino_loss_needs_classes(CLINO_LOSS_MSE));
}

static void names_of_losses(void) {
  static const char *const names[] = {"softmax", "hinge", "logistic", "mse"};
  for (size_t i = 0; i < 4; i++) {
    clino_loss_kind kind = (clino_loss_kind)0;
    CU_ASSERT_EQUAL(clino_loss_kind_parse(names[i], &kind, NULL), CLINO_OK);
    CU_ASSERT_STRING_EQUAL(clino_loss_kind_name(kind), names[i]);
  }
  CU_ASSERT_STRING_EQUAL(clino_loss_kind_name((clino_loss_kind)77), "unknown");
  clino_loss_kind kind = CLINO_LOSS_HINGE;
  ASSERT_FAILS(clino_loss_kind_parse("Softmax", &kind, &error), CLINO_ERR_NOT_FOUND, "hinge, logistic");
  ASSERT_FAILS(clino_loss_kind_parse(NULL, &kind, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_loss_kind_parse("mse", NULL, &error), CLINO_ERR_RANGE, "NULL");
  CU_ASSERT_EQUAL(kind, CLINO_LOSS_HINGE);
}

void suite_loss(CU_pSuite suite) {
  TEST(suite, expected_values);
  TEST(suite, names_of_losses);
}
