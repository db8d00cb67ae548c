/* The values of a model's tensors that have a gradient, one behind the other. */
#ifndef CLINO_MPI_TENSORS_H
#define CLINO_MPI_TENSORS_H

#include <stdbool.h>
#include <stdint.h>

#include "clino/gradcheck.h"

/* How many there are. */
size_t clino__values_count(const clino_model *model);

/* All of them as doubles, which floats are exactly; and into the tensors. */
void clino__values_get(const clino_model *model, double *to);
void clino__values_set(const clino_model *model, double *from);

/* The bytes of a tensor's values, kept and put back: a NaN stays the same NaN. Eight bytes a value. */
void clino__values_keep(const clino_model *model, uint64_t *to);
void clino__values_put_back(const clino_model *model, uint64_t *from);

/* One of them, by its number. */
void clino__value_set_one(const clino_model *model, size_t i, double value);

/* A hash of shapes and types, without values; and of the values of one tensor. */
uint64_t clino__model_signature(const clino_model *model);
uint64_t clino__tensor_hash(const clino_tensor *tensor);

/* Gives n tensors memory of their own, values (equal) and gradients, tied as they are tied now. The blocks, n_blocks of
 * them, are the caller's to free. False where memory is out; the blocks so far are there. */
bool clino__tensors_own(clino_tensor *tensors, size_t n, void **blocks, size_t *n_blocks);

#endif
