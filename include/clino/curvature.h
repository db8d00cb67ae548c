/* clino/curvature.h - all of libclino-curvature in one include: what the surroundings of a point look like to training.
 * The point itself is opened by clino/point.h. */
#ifndef CLINO_CURVATURE_H
#define CLINO_CURVATURE_H

#include "clino/critical_point.h"
#include "clino/landscape.h"
#include "clino/spectrum.h"
#include "clino/stall.h"

#endif
