#ifndef CLINO_GRADCHECK_LOCATE_H
#define CLINO_GRADCHECK_LOCATE_H

#include "gradcheck/direction.h"

/* Looks for the entries that make the direction that was drawn differ by *s over the region. What it finds goes to
 * the result, and is left out of later directions. *found: how many parts. *lost: where the search ended where it found
 * none. Errors as for clino__value. */
clino_status clino__locate(clino__directions *ds, const clino__region *within, const clino__slope *s, size_t *found,
                           clino__region *lost);

#endif
