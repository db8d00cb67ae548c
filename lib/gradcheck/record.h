/* How a check writes its record, and what explanations read beside the public part. */
#ifndef CLINO_GRADCHECK_RECORD_H
#define CLINO_GRADCHECK_RECORD_H

#include "clino/record.h"
#include "gradcheck/problem.h"

typedef struct clino__kept_tensor {
  char name[64];
  clino_dtype dtype;
  size_t n_dims, shape[CLINO_MAX_DIMS], first, count;
} clino__kept_tensor;

/* One point and term. doubt: error bar of what analytic - numeric means, wider than error at a kink. */
typedef struct clino__sheet {
  size_t point, term, measured;
  double *value, *analytic, *numeric, *error, *doubt; /* one block */
  unsigned char *verdict;
} clino__sheet;

/* What a precondition on writing the gradient found in a tensor. */
typedef struct clino__written {
  size_t tensor;          /* SIZE_MAX: nothing was found */
  clino_reason reason;    /* UNWRITTEN, ACCUMULATED; NONE: the two gradients differ */
  size_t bad, count;      /* elements it holds for, of so many */
  double ratio;           /* of the second gradient to the first, where it is the same for all; else NaN */
} clino__written;

#define CLINO__SAMPLE_ENTRIES 12

/* A sample's own gradient, measured at a few wrong entries of a tensor at the given point. */
typedef struct clino__sample {
  size_t sample, n_samples, tensor, count;
  size_t entry[CLINO__SAMPLE_ENTRIES];    /* element of the tensor */
  double numeric[CLINO__SAMPLE_ENTRIES], doubt[CLINO__SAMPLE_ENTRIES];
} clino__sample;

struct clino_gradcheck_record {
  bool own;               /* made by the check for itself: sheets beyond a few are left out */
  clino__kept_tensor *tensors;
  size_t n_tensors, n;
  clino__sheet *sheets;
  size_t n_sheets, capacity;
  bool open;              /* the last sheet is the one being written */
  bool single;            /* f is in single precision */
  double resolution, tolerance;
  size_t points;
  char (*term_names)[32];
  size_t n_terms;
  clino__written written;
  clino__sample *samples;
  size_t n_samples;
  clino_verdict verdict;
};

/* Leaves the record as if it had never been used. */
void clino__record_empty(clino_gradcheck_record *record);

/* Empties the record and describes the problem's tensors in it. */
clino_status clino__record_begin(clino__problem *p);

/* A sheet for the point and term that the problem is at. After the precheck. */
clino_status clino__record_sheet(clino__problem *p);

/* Counts an entry in the result, and writes it down. */
void clino__record_add(clino__problem *p, size_t entry, const clino_gradcheck_entry *e);

/* The name, verdict and terms at the end. */
clino_status clino__record_end(clino__problem *p);

/* A record for a check without one of the caller's; NULL where memory is out. */
clino_gradcheck_record *clino__record_own(void);

#endif
