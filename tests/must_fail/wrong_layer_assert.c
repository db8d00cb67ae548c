/* A wrong layer under plain assert: the program must abort after naming the worst entry. */
#include "clino/test/assert.h"
#include "must_fail/wrong.h"

int main(void) {
  assert_gradcheck(wrong_objective, &wrong_no, 2, wrong_x, NULL);
  assert_gradcheck_model(wrong_model(false), NULL);
  assert_gradcheck_layer(wrong_layer(false), NULL);
  assert_gradcheck_layer(wrong_layer(true), NULL);
  return 0;
}
