#ifndef CLINO_GRADCHECK_NOISE_H
#define CLINO_GRADCHECK_NOISE_H

#include "gradcheck/problem.h"

/* Measures the noise of f about the point into p->noise and p->quantum. Costs 6 evaluations, 12 to 30 where f does
 * not move, bends fast, has a kink nearby, or is noisy. */
clino_status clino__measure_noise(clino__problem *p);

#endif
