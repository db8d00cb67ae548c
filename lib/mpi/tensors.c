#include "mpi/tensors.h"

#include <stdlib.h>
#include <string.h>

static size_t size_of(const clino_tensor *t) { return t->dtype == CLINO_F64 ? sizeof(double) : sizeof(float); }

static size_t count_of(const clino_tensor *t) {
  size_t n = 1;
  for (size_t d = 0; d < t->n_dims; d++) n *= t->shape[d];
  return n;
}

/* Where element i, row-major, stands. */
static unsigned char *element(const clino_tensor *t, size_t i) {
  unsigned char *base = t->value;
  if (!t->strides) return base + i * size_of(t);
  ptrdiff_t at = 0;
  for (size_t d = t->n_dims; d-- > 0; i /= t->shape[d]) at += (ptrdiff_t)(i % t->shape[d]) * t->strides[d];
  return base + at * (ptrdiff_t)size_of(t);
}

/* The i-th of the values that stand side by side from `values` on. */
static double load(const clino_tensor *t, const unsigned char *values, size_t i) {
  double wide;
  float narrow;
  if (t->dtype == CLINO_F64) {
    memcpy(&wide, values + i * sizeof wide, sizeof wide);
    return wide;
  }
  memcpy(&narrow, values + i * sizeof narrow, sizeof narrow);
  return (double)narrow;
}

static void store(const clino_tensor *t, unsigned char *values, size_t i, double value) {
  const float narrow = (float)value;
  if (t->dtype == CLINO_F64) memcpy(values + i * sizeof value, &value, sizeof value);
  else memcpy(values + i * sizeof narrow, &narrow, sizeof narrow);
}

size_t clino__values_count(const clino_model *model) {
  size_t n = 0;
  for (size_t i = 0; i < model->n_tensors; i++)
    if (model->tensors[i].grad) n += count_of(&model->tensors[i]);
  return n;
}

/* ---- all of them ---- */

/* n values of a tensor, side by side, and their places in an array of eight bytes a value. */
typedef void (*visit)(const clino_tensor *t, unsigned char *values, size_t n, unsigned char *at);

static void for_all(const clino_model *model, visit visitor, void *array) {
  unsigned char *at = array;
  for (size_t k = 0; k < model->n_tensors; k++) {
    const clino_tensor *t = &model->tensors[k];
    const size_t n = t->grad ? count_of(t) : 0;
    if (!t->strides) visitor(t, t->value, n, at);
    for (size_t i = 0; t->strides && i < n; i++) visitor(t, element(t, i), 1, at + 8 * i);
    at += 8 * n;
  }
}

static void get(const clino_tensor *t, unsigned char *values, size_t n, unsigned char *at) {
  for (size_t i = 0; i < n; i++) {
    const double value = load(t, values, i);
    memcpy(at + 8 * i, &value, sizeof value);
  }
}

static void set(const clino_tensor *t, unsigned char *values, size_t n, unsigned char *at) {
  for (size_t i = 0; i < n; i++) {
    double value;
    memcpy(&value, at + 8 * i, sizeof value);
    store(t, values, i, value);
  }
}

static void keep(const clino_tensor *t, unsigned char *values, size_t n, unsigned char *at) {
  const size_t size = size_of(t);
  for (size_t i = 0; i < n; i++) memcpy(at + 8 * i, values + i * size, size);
}

static void put_back(const clino_tensor *t, unsigned char *values, size_t n, unsigned char *at) {
  const size_t size = size_of(t);
  for (size_t i = 0; i < n; i++) memcpy(values + i * size, at + 8 * i, size);
}

void clino__values_get(const clino_model *model, double *to) { for_all(model, get, to); }

void clino__values_set(const clino_model *model, double *from) { for_all(model, set, from); }

void clino__values_keep(const clino_model *model, uint64_t *to) { for_all(model, keep, to); }

void clino__values_put_back(const clino_model *model, uint64_t *from) { for_all(model, put_back, from); }

void clino__value_set_one(const clino_model *model, size_t i, double value) {
  for (size_t k = 0; k < model->n_tensors; k++) {
    const size_t n = model->tensors[k].grad ? count_of(&model->tensors[k]) : 0;
    if (i < n) {
      store(&model->tensors[k], element(&model->tensors[k], i), 0, value);
      return;
    }
    i -= n;
  }
}

/* ---- hashes: FNV-1a (G. Fowler, L. C. Noll and P. Vo, 1991), words of eight bytes for bytes ---- */

#define HASH_START UINT64_C(14695981039346656037)

static uint64_t mix(uint64_t hash, uint64_t word) {
  hash = (hash ^ word) * UINT64_C(1099511628211);
  return hash ^ hash >> 32;
}

uint64_t clino__model_signature(const clino_model *model) {
  uint64_t hash = mix(HASH_START, model->n_tensors);
  for (size_t k = 0; k < model->n_tensors; k++) {
    const clino_tensor *t = &model->tensors[k];
    hash = mix(mix(mix(hash, (uint64_t)t->dtype), t->n_dims), t->grad != NULL);
    for (size_t d = 0; d < t->n_dims && d < CLINO_MAX_DIMS; d++) hash = mix(hash, t->shape[d]);
  }
  return hash;
}

uint64_t clino__tensor_hash(const clino_tensor *t) {
  uint64_t hash = HASH_START;
  for (size_t i = 0, n = t->grad ? count_of(t) : 0; i < n; i++) {
    uint64_t word = 0;
    memcpy(&word, element(t, i), size_of(t));
    hash = mix(hash, word);
  }
  return hash;
}

/* ---- memory of their own ---- */

static void *pointer_of(const clino_tensor *t, bool grad) { return grad ? t->grad : t->value; }

/* The extent of a tensor's elements round its pointer, in elements. */
static void extent(const clino_tensor *t, ptrdiff_t *low, ptrdiff_t *high) {
  if (!t->strides) *high = (ptrdiff_t)count_of(t) - 1 > *high ? (ptrdiff_t)count_of(t) - 1 : *high;
  ptrdiff_t down = 0, up = 0;
  for (size_t d = 0; t->strides && d < t->n_dims; d++) {
    const ptrdiff_t span = ((ptrdiff_t)t->shape[d] - 1) * t->strides[d];
    if (span < 0) down += span;
    else up += span;
  }
  *low = down < *low ? down : *low;
  *high = up > *high ? up : *high;
}

/* A block for all tensors whose values (or gradients) begin where those of tensor i do. */
static void *block_for(const clino_tensor *from, size_t n, size_t i, bool grad, void **base) {
  ptrdiff_t low = 0, high = 0;
  for (size_t k = 0; k < n; k++)
    if (from[k].grad && pointer_of(&from[k], grad) == pointer_of(&from[i], grad)) extent(&from[k], &low, &high);
  const size_t size = size_of(&from[i]);
  unsigned char *block = calloc((size_t)(high - low) + 1, size);
  if (block) *base = block + (size_t)-low * size;
  return block;
}

static bool own_pointers(const clino_tensor *from, clino_tensor *tensors, size_t n, bool grad, void **blocks,
                         size_t *n_blocks) {
  for (size_t i = 0; i < n; i++) {
    if (!from[i].grad) continue;
    size_t tied = 0;
    while (tied < i && !(from[tied].grad && pointer_of(&from[tied], grad) == pointer_of(&from[i], grad))) tied++;
    void *base = tied < i ? pointer_of(&tensors[tied], grad) : NULL;
    if (!base) {
      blocks[*n_blocks] = block_for(from, n, i, grad, &base);
      if (!blocks[*n_blocks]) return false;
      ++*n_blocks;
    }
    if (grad) tensors[i].grad = base;
    else tensors[i].value = base;
  }
  return true;
}

bool clino__tensors_own(clino_tensor *tensors, size_t n, void **blocks, size_t *n_blocks) {
  clino_tensor *from = calloc(n + 1, sizeof *from);
  *n_blocks = 0;
  if (!from) return false;
  if (n) memcpy(from, tensors, n * sizeof *from);
  bool ok = own_pointers(from, tensors, n, false, blocks, n_blocks) &&
            own_pointers(from, tensors, n, true, blocks, n_blocks);
  for (size_t k = 0; ok && k < n; k++)
    for (size_t i = 0, count = from[k].grad ? count_of(&from[k]) : 0; i < count; i++)
      memcpy(element(&tensors[k], i), element(&from[k], i), size_of(&from[k]));
  free(from);
  return ok;
}
