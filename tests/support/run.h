/* A run for a test. */
#ifndef TESTS_SUPPORT_RUN_H
#define TESTS_SUPPORT_RUN_H

#include "clino/run.h"
#include "support/suite.h"

static inline clino_run *new_run(void) {
  clino_run *run = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_run_new(&run, NULL), CLINO_OK);
  return run;
}

static inline void put(clino_run *run, const char *name, int64_t step, double value) {
  CU_ASSERT_EQUAL_FATAL(clino_run_add(run, name, step, value, NULL), CLINO_OK);
}

#endif
