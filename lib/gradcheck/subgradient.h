#ifndef CLINO_GRADCHECK_SUBGRADIENT_H
#define CLINO_GRADCHECK_SUBGRADIENT_H

#include "gradcheck/problem.h"

/* Entries at a kink whose analytic values lie between their one-sided slopes: compares them with gradients sampled at
 * smooth points nearby, and turns those that are contradicted into FAIL. entries and list have count elements. */
clino_status clino__subgradient_check(clino__problem *p, const size_t *entries, clino_gradcheck_entry *list,
                                      size_t count);

#endif
