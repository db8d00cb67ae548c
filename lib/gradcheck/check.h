#ifndef CLINO_GRADCHECK_CHECK_H
#define CLINO_GRADCHECK_CHECK_H

#include "gradcheck/team.h"

/* What is checked. */
typedef struct clino__subject {
  const clino_model *model;
  const clino__flat *flat;         /* NULL: a model of the caller */
  void *hook_ctx;                  /* goes to the context hooks */
  const clino__cloning *cloning;   /* NULL: in one thread */
  uint64_t done;                   /* for progress: calls before this check, and checks of about its size after it */
  uint64_t checks_left;
} clino__subject;

/* The engine behind every entry point. */
clino_status clino__check(const clino__subject *subject, const clino_gradcheck_options *options,
                          clino_gradcheck_result *result, clino_error *error);

/* Checks the chosen entries at the point, and counts them in the result. *holds: false where a precondition failed,
 * which ends the check with a verdict. */
clino_status clino__point_check(clino__problem *p, bool *holds);

#endif
