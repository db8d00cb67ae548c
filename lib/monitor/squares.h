/* Sums of squares that neither overflow nor underflow within, and merge: three sums for three ranges of magnitude
 * (after J. L. Blue, "A portable Fortran program to find the Euclidean norm of a vector", ACM TOMS 4, 1978):
 *   large   |x| >= 2^480            of (x 2^-600)^2
 *   middle  2^-400 <= |x| < 2^480   of x^2
 *   small   |x| < 2^-400            of (x 2^600)^2
 * so that 2^62 squares fit into each. Blocks are summed in 16 lanes, the blocks' sums compensated: the relative error
 * of a sum is below (128 + 8) 2^-53 whatever its length is. The order of additions is fixed, so it does not depend on
 * the instruction set. */
#ifndef CLINO_MONITOR_SQUARES_H
#define CLINO_MONITOR_SQUARES_H

#include <stddef.h>

#include "base/sum.h"
#include "monitor/block.h"
#include "monitor/nonfinite.h"

#define CLINO__LARGE 0x1p480
#define CLINO__SMALL 0x1p-400
#define CLINO__SHIFT 600
#define CLINO__DOWN 0x1p-600
#define CLINO__UP 0x1p600

typedef struct clino__squares {
  clino__sum large, middle, small;
  clino__nonfinite nonfinite; /* counted, not summed */
} clino__squares;

/* A nonnegative number as fraction * 2^exponent, so that quotients of numbers that overflow are right. */
typedef struct clino__scaled {
  double fraction;
  int exponent;
} clino__scaled;

/* Adds x^2 for the values of a block. */
void clino__squares_add(clino__squares *s, const clino__block *x);

/* Adds before^2 to values and (after - before)^2 to change, for two blocks of one length and type, in one pass; right
 * also where the difference itself overflows. */
void clino__squares_add_step(clino__squares *values, clino__squares *change, const clino__block *before,
                             const clino__block *after);

/* Adds weight * x^2; x is finite, weight at most 2^62. */
void clino__squares_add_one(clino__squares *s, double x, double weight);

void clino__squares_merge(clino__squares *s, const clino__squares *other);

/* The root of the sum of what was finite. */
clino__scaled clino__squares_root(const clino__squares *s);

/* fraction * 2^exponent as a double: infinite where it is too large. */
double clino__scaled_value(clino__scaled x);

#endif
