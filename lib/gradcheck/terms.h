#ifndef CLINO_GRADCHECK_TERMS_H
#define CLINO_GRADCHECK_TERMS_H

#include "gradcheck/problem.h"

/* Checks every term alone, and their sum against f. The hook is left at CLINO_TERM_ALL on every path out. */
clino_status clino__terms_check(clino__problem *p);

/* Takes down the value and the gradient of the term that was just checked at the given point. */
void clino__terms_note(clino__problem *p);

/* Takes down what directions said of the term that is being checked, if there is one. */
void clino__terms_directed(clino__problem *p, clino_verdict verdict);

#endif
