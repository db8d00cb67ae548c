/* Parts of reports that the tests along directions share. */
#ifndef CLINO_GRADCHECK_OUTCOME_H
#define CLINO_GRADCHECK_OUTCOME_H

#include "base/text.h"
#include "clino/gradcheck.h"

/* A precondition that failed, in words. value, other: of f, where they are what differs. */
void clino__outcome_add_precondition(clino__text *t, clino_verdict verdict, clino_reason reason,
                                     const clino_gradcheck_entry *e, double value, double other);

/* Appends a label and a number. */
void clino__outcome_add(clino__text *t, const char *label, double value, int digits);

/* "TENSOR[i,j]" */
void clino__outcome_add_index(clino__text *t, const clino_gradcheck_entry *e);

/* Copies at most 900 bytes and frees the text; returns the length of what was to be copied. */
size_t clino__outcome_short(clino__text *t, char *text, size_t size);

#endif
