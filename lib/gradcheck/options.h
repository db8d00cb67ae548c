#ifndef CLINO_GRADCHECK_OPTIONS_H
#define CLINO_GRADCHECK_OPTIONS_H

#include "base/error.h"
#include "clino/gradcheck.h"

/* CLINO_ERR_RANGE naming the field. Bounds are checked where the point is known. */
clino_status clino__gradcheck_options_check(const clino_gradcheck_options *options, clino_error *error);

#endif
