/* Between running the code under test and judging what it did. Private to lib/train. */
#ifndef CLINO_TRAIN_STEPCHECK_H
#define CLINO_TRAIN_STEPCHECK_H

#include "train/plan.h"

/* Drives the code under test over the plan; its parameters after each step go to path. */
clino_status clino__stepcheck_drive(const clino_stepper *stepper, const clino__plan *plan, double *path,
                                    uint64_t *steps, clino_error *error);

/* Fills verdict, matches and the worst place of a result from the path of the code under test. */
clino_status clino__stepcheck_judge(const clino__plan *plan, const double *path, clino_stepcheck_result *result,
                                    clino_error *error);

#endif
