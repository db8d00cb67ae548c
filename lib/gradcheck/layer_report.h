/* What a report says of layers. */
#ifndef CLINO_GRADCHECK_LAYER_REPORT_H
#define CLINO_GRADCHECK_LAYER_REPORT_H

#include "base/text.h"
#include "clino/gradcheck.h"

/* A rule that a callback of a layer broke, in words; false where the result is not about one. */
bool clino__layer_add_rule(clino__text *t, const clino_gradcheck_result *r);

/* "shape 2 (x 3x7, W 7x1; y 3x1), cotangent 1", or less. */
void clino__layer_add_place(clino__text *t, const clino_gradcheck_result *r);

#endif
