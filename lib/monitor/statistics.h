/* Statistics for other monitors and for the tests. */
#ifndef CLINO_MONITOR_STATISTICS_H
#define CLINO_MONITOR_STATISTICS_H

#include "clino/statistics.h"
#include "monitor/block.h"

/* From now on the monitor uses these loops. */
void clino__statistics_use(clino_statistics *monitor, const clino__kernels *kernels);

/* The next array of values begins. */
void clino__statistics_turn(clino_statistics *monitor);

/* Adds one block, which begins at an index of that array. */
void clino__statistics_add_block(clino_statistics *monitor, clino__block block, size_t at);

#endif
