#ifndef CLINO_GRADCHECK_CHECK_H
#define CLINO_GRADCHECK_CHECK_H

#include "gradcheck/team.h"

/* What is checked. */
typedef struct clino__subject {
  const clino_model *model;
  const clino__flat *flat;         /* NULL: a model of the caller */
  void *hook_ctx;                  /* goes to the context hooks */
  const clino__cloning *cloning;   /* NULL: in one thread */
  uint64_t done, later;            /* for progress: calls before this check, and those that are expected after it */
} clino__subject;

/* The engine behind every entry point. */
clino_status clino__check(const clino__subject *subject, const clino_gradcheck_options *options,
                          clino_gradcheck_result *result, clino_error *error);

/* Calls that right gradients of smooth functions take, where so many entries are checked one by one. */
uint64_t clino__calls_expected(const clino_gradcheck_options *o, size_t entries);

/* Checks the chosen entries at the point, and counts them in the result. *holds: false where a precondition failed,
 * which ends the check with a verdict. */
clino_status clino__point_check(clino__problem *p, bool *holds);

#endif
