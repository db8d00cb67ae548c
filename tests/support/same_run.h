/* Whether two runs hold the same. */
#ifndef TESTS_SUPPORT_SAME_RUN_H
#define TESTS_SUPPORT_SAME_RUN_H

#include <stdbool.h>

#include "clino/run.h"

/* In every attribute, name, step, time and bit. */
bool same_runs(const clino_run *a, const clino_run *b);

#endif
