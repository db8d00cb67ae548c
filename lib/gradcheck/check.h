#ifndef CLINO_GRADCHECK_CHECK_H
#define CLINO_GRADCHECK_CHECK_H

#include "gradcheck/problem.h"

/* The engine behind every entry point. flat: NULL for a model of the caller; hook_ctx goes to the context hooks. */
clino_status clino__check(const clino_model *model, const clino__flat *flat, void *hook_ctx,
                          const clino_gradcheck_options *options, clino_gradcheck_result *result, clino_error *error);

/* Checks the chosen entries at the point, and counts them in the result. *holds: false where a precondition failed,
 * which ends the check with a verdict. */
clino_status clino__point_check(clino__problem *p, bool *holds);

#endif
