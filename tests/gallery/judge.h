/* Asking Clino: a gradient check of a case, with the right gradient or with a fault. */
#ifndef GALLERY_JUDGE_H
#define GALLERY_JUDGE_H

#include "gallery/score.h"

/* fault: gallery_faults() for the right gradient, when strike is NULL. Ends the program where the check cannot run. */
void gallery_judge(const gallery_case *c, size_t fault, const gallery_strike *strike, clino_gradcheck_result *result);

#endif
