#ifndef CLINO_GRADCHECK_NOISE_H
#define CLINO_GRADCHECK_NOISE_H

#include "gradcheck/problem.h"

/* Measures the noise of f about the point into p->noise and p->quantum. Costs 6 evaluations, 12 to 30 where f does
 * not move, bends fast, has a kink nearby, or is noisy. */
clino_status clino__measure_noise(clino__problem *p);

/* Once the gradient is known: f may have looked noisy along one line and smooth along a finer one. Either it bends fast
 * or has kinks; or it is smooth between the jumps of a computation in single precision, and there has a slope that is
 * none of f's. The gradient, where it keeps what it promises along the one line and not along the other, tells which.
 * Costs nothing where the gradient keeps its promise along the first line and no noise was doubted; else 12
 * evaluations, and up to 198 more where it breaks it on the finer line. cheaply: nothing either where no noise was
 * doubted, and up to 62 more. */
clino_status clino__revise_noise(clino__problem *p, bool cheaply);

#endif
