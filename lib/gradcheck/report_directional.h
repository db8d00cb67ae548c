#ifndef CLINO_GRADCHECK_REPORT_DIRECTIONAL_H
#define CLINO_GRADCHECK_REPORT_DIRECTIONAL_H

#include "base/text.h"
#include "clino/gradcheck.h"

/* Whether the verdict rests on directions alone, and no entry says more. */
bool clino__report_by_directions(const clino_gradcheck_result *r);

/* The headline in that case. */
void clino__report_directions_headline(clino__text *t, const clino_gradcheck_result *r);

/* What was located, in a clause for the short text: only what is more than an entry. */
void clino__report_located_clause(clino__text *t, const clino_gradcheck_result *r);

/* The lines of the long text. */
void clino__report_directions(clino__text *t, const clino_gradcheck_result *r);

#endif
