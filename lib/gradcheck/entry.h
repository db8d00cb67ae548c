#ifndef CLINO_GRADCHECK_ENTRY_H
#define CLINO_GRADCHECK_ENTRY_H

#include "gradcheck/problem.h"

/* Judges one entry of the gradient at the point; e is filled and not yet counted in the result. */
clino_status clino__entry_check(clino__problem *p, size_t entry, clino_gradcheck_entry *e);

/* Whether an entry passed with an error bar that leaves much open. */
bool clino__entry_is_coarse(const clino_gradcheck_entry *e);

/* The relative tolerance for an entry, and what rounding may make of its analytic value, where magnitude is the size of
 * the entries round it. */
double clino__tolerance(const clino__problem *p, size_t view);
double clino__analytic_rounding(const clino__problem *p, size_t entry, double magnitude);

#endif
