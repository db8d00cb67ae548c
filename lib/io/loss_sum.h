/* A loss that a log gives in parts alone. */
#ifndef CLINO_IO_LOSS_SUM_H
#define CLINO_IO_LOSS_SUM_H

#include "clino/run.h"

/* Fills sum, a new series on the axis of the n parts, in every row in which they all have a value. */
clino_status clino__loss_sum(const clino_series *const *parts, size_t n, clino_series *sum, clino_error *error);

#endif
