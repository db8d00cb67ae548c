#ifndef CLINO_GRADCHECK_BESIDE_H
#define CLINO_GRADCHECK_BESIDE_H

#include "gradcheck/problem.h"

/* Checks entries that were judged at a kink (entries[i] in list[i]) once more at two points beside it, on opposite
 * sides, where f is smooth and a difference tells more than a pair of one-sided slopes does. Where the callback is
 * wrong there, that verdict takes the place of the one at the kink. Everything is then at the point again. */
clino_status clino__beside_check(clino__problem *p, const size_t *entries, clino_gradcheck_entry *list, size_t count);

#endif
