/* Signs of many numbers as bits, packed so that the packing vectorizes: a block is up to 512 numbers, taken as rows of
 * one cache line (16 of single, 8 of double precision). Each column has a word of its own (32 or 64 bits), to which
 * every row appends a bit: 1 where z > 0, else 0 (0, -0 and NaN included). Gathering neighbours into one word, as mask
 * instructions would, is no faster, and differs from one instruction set to the next; this is the same everywhere. */
#ifndef CLINO_GRADCHECK_SIGNS_H
#define CLINO_GRADCHECK_SIGNS_H

#include <stddef.h>
#include <stdint.h>

#define CLINO__SIGNS_BLOCK 512 /* most numbers in a block */
#define CLINO__SIGNS_LINE 64   /* bytes of a row, and of a block's bits */
#define CLINO__SIGNS_WORDS (CLINO__SIGNS_LINE / sizeof(uint64_t))

/* Packs whole rows, at most 32 of single and 64 of double precision. The first row ends up in the highest bit used. */
void clino__signs_f32(size_t rows, const float *z, uint64_t bits[CLINO__SIGNS_WORDS]);
void clino__signs_f64(size_t rows, const double *z, uint64_t bits[CLINO__SIGNS_WORDS]);

/* The same by itself for processors without wider vectors, and spelled out number by number, where the compiler has
 * none at all. For the tests. */
void clino__signs_narrow_f32(size_t rows, const float *z, uint64_t bits[CLINO__SIGNS_WORDS]);
void clino__signs_narrow_f64(size_t rows, const double *z, uint64_t bits[CLINO__SIGNS_WORDS]);
void clino__signs_plain_f32(size_t rows, const float *z, uint64_t bits[CLINO__SIGNS_WORDS]);
void clino__signs_plain_f64(size_t rows, const double *z, uint64_t bits[CLINO__SIGNS_WORDS]);

#endif
