/* Counting and failing heap allocations, where the C library lets a program define malloc itself (glibc, without the
 * address, memory or thread sanitizer, and not under valgrind). Elsewhere nothing is counted or failed, and
 * allocations_known is false. */
#ifndef TESTS_SUPPORT_ALLOCATIONS_H
#define TESTS_SUPPORT_ALLOCATIONS_H

#include <stdbool.h>

bool allocations_known(void);

/* Calls of malloc, calloc and realloc by the whole program so far. */
unsigned long allocations_count(void);

/* Heap blocks that were taken and not yet given back. */
long allocations_live(void);

/* Lets the next n allocations pass and the one after them fail, once; a negative n: none. */
void allocations_fail_after(long n);

#endif
