/* The digits of examples/data/digits.csv, their split, and mini-batches of them. */
#ifndef NET_DIGITS_H
#define NET_DIGITS_H

#include "net/rng.h"

#define DIGITS_SIDE 8
#define DIGITS_PIXELS (DIGITS_SIDE * DIGITS_SIDE)
#define DIGITS_CLASSES 10

typedef struct digits {
  size_t n;
  real *pixels; /* n x 64, 0 (blank) to 1 (black) */
  int *label;   /* n, 0 to 9 */
} digits;

/* Reads path, a header and lines of 64 pixels 0 to 16 and a label. 0; else -1, with the reason on standard error.
 * Free with digits_free. */
int digits_read(const char *path, digits *d);
void digits_free(digits *d);

/* Shuffles d, then makes *first its first n samples and *rest the others. Both look into d. */
void digits_split(const digits *d, size_t n, uint64_t seed, digits *first, digits *rest);

/* Mini-batches in an order that is shuffled for every epoch; what does not fill the last one is left out. */
typedef struct batches {
  const digits *data;
  size_t size;   /* of a batch */
  size_t epoch;  /* how often the data were gone through */
  size_t next;
  size_t *order;
  rng random;
  digits batch;  /* the current one */
} batches;

/* size is 1 to data->n. 0, or -1 where it is not, or memory is out. Free with batches_free. */
int batches_init(batches *b, const digits *data, size_t size, uint64_t seed);
void batches_free(batches *b);

/* Fills b->batch with the next size samples. */
void batches_next(batches *b);

#endif
