/* A sick run under plain assert: the program must abort after naming the finding. */
#include "clino/test/assert.h"
#include "must_fail/wrong.h"

int main(void) {
  clino_run *run = wrong_run(false);
  assert_healthy(run);
  assert_check_passes(run, "dead-units");
  assert_overfits(run);
  clino_run_free(run);
  run = wrong_run(true);
  assert_check_passes(run, "dead-units");
  return 0;
}
