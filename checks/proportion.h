/* Of how many samples is a logged fraction? */
#ifndef CLINO_CHECKS_PROPORTION_H
#define CLINO_CHECKS_PROPORTION_H

#include "checks/check.h"

/* The least number of samples of which every value of a series of fractions (or percents) is a whole count, as an
 * accuracy is of the set that it was taken over: N. J. L. Brown and J. A. J. Heathers, "The GRIM Test", Social
 * Psychological and Personality Science 8 (2017). Looked for among 2 to most <= 1,000; 0 where there is none, where the
 * values are too few or too coarse to tell (fewer than 6 digits, fewer than 4 values that differ). */
size_t clino__counted_samples(const clino_series *series, size_t most);

#endif
