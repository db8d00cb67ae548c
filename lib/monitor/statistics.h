/* For the tests: statistics by the loops of one instruction set. */
#ifndef CLINO_MONITOR_STATISTICS_H
#define CLINO_MONITOR_STATISTICS_H

#include "clino/statistics.h"
#include "monitor/kernels.h"

/* From now on the monitor uses these loops. */
void clino__statistics_use(clino_statistics *monitor, const clino__kernels *kernels);

#endif
