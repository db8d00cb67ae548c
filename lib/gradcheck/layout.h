/* Where the entries of a gradient are: the unique elements of a list of tensors, tied ones once, numbered in the order
 * of the tensors. Reads and writes single entries, gathers gradients, saves and restores everything. */
#ifndef CLINO_GRADCHECK_LAYOUT_H
#define CLINO_GRADCHECK_LAYOUT_H

#include <stdbool.h>

#include "base/error.h"
#include "clino/tensor.h"

/* One tensor as the layout sees it. */
typedef struct clino__view {
  const clino_tensor *tensor;
  char name[64];
  size_t count;           /* elements */
  size_t first;           /* entry number of its element 0 (differentiated tensors and those tied to them) */
  bool packed;
  ptrdiff_t strides[CLINO_MAX_DIMS];
  bool owner;             /* its elements are entries: the first of its ties that is differentiated */
  size_t owner_view;      /* the view that is */
  size_t *permutation;    /* its element -> the owner's element; NULL: the same */
  bool gathers;           /* its grad is one to read: the first with this grad pointer */
} clino__view;

typedef struct clino__layout {
  clino__view *views;
  size_t n_views, n;      /* n: entries */
  unsigned char *values, *grads; /* saved bits: the values of the point that is checked, the caller's gradients */
  unsigned char *original;       /* the caller's values */
  size_t values_size, grads_size;
  uint64_t point;                /* how many points were begun */
} clino__layout;

/* Errors: CLINO_ERR_RANGE naming tensors, CLINO_ERR_MEMORY. The layout may be freed after an error. */
clino_status clino__layout_init(clino__layout *layout, const clino_tensor *tensors, size_t n, clino_error *error);
void clino__layout_free(clino__layout *layout);

/* The same over a copy's tensors, without room to save them. Errors as above, and CLINO_ERR_RANGE where they are tied
 * otherwise, or are not apart from the original's. */
clino_status clino__layout_init_copy(clino__layout *copy, const clino_tensor *tensors, const clino__layout *original,
                                     clino_error *error);

/* CLINO_ERR_RANGE where two copies share memory that a check writes to. Values that are not differentiated may be
 * shared. */
clino_status clino__layout_apart(const clino__layout *a, const clino__layout *b, clino_error *error);

/* Writes what is saved in copy->values to the copy's tensors; what is not differentiated stays. */
void clino__layout_place(const clino__layout *copy);

size_t clino__layout_view_of(const clino__layout *layout, size_t entry);          /* index of the owner */
double clino__layout_get(const clino__layout *layout, size_t entry);
double clino__layout_set(const clino__layout *layout, size_t entry, double value); /* what was stored: rounded to f32 */
void clino__layout_get_all(const clino__layout *layout, double *x);
void clino__layout_gather(const clino__layout *layout, double *gradient);

/* One element of a gradient buffer, by view and element. */
double clino__view_grad(const clino__view *view, size_t element);
double clino__view_set_grad(const clino__view *view, size_t element, double value);
double clino__view_value(const clino__view *view, size_t element);
double clino__view_set_value(const clino__view *view, size_t element, double value); /* what was stored */

/* Saves the caller's values and gradients; puts them back, bit for bit. */
void clino__layout_save(clino__layout *layout);
void clino__layout_restore(const clino__layout *layout);

/* Takes the values that are there now as those of the point; puts those back. */
void clino__layout_begin_point(clino__layout *layout);
void clino__layout_reset_point(const clino__layout *layout);

/* The first element whose value is not that of the point; false where all are. */
bool clino__layout_changed(const clino__layout *layout, size_t *view, size_t *element);

#endif
