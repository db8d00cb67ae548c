#include "monitor/gather.h"

#include <string.h>

static size_t size_of(clino_number number) {
  switch (number) {
    case CLINO_NUMBER_F64: return 8;
    case CLINO_NUMBER_F32: return 4;
    case CLINO_NUMBER_BF16:
    case CLINO_NUMBER_F16: return 2;
  }
  return 0;
}

/* Joins inner dimensions that lie packed, so that runs of values are long; sets packed. */
static void pack(clino__gather *g, ptrdiff_t size) {
  while (g->n_dims > 1) {
    size_t last = g->n_dims - 1;
    if (g->strides[last] != size || g->strides[last - 1] != size * (ptrdiff_t)g->shape[last]) break;
    g->shape[last - 1] *= g->shape[last];
    g->strides[last - 1] = size;
    g->n_dims--;
  }
  g->packed = g->n_dims == 1 && (g->strides[0] == size || g->shape[0] <= 1);
}

clino_status clino__gather_begin(clino__gather *g, const char *function, clino_number number, const void *data,
                                 size_t n_dims, const size_t *shape, const ptrdiff_t *strides, clino_error *error) {
  size_t size = size_of(number), n = 1;
  memset(g, 0, sizeof *g);
  if (!size) return clino__fail(error, CLINO_ERR_RANGE, "%s: number is %d, not a clino_number", function, (int)number);
  if (!n_dims || n_dims > CLINO__GATHER_DIMS)
    return clino__fail(error, CLINO_ERR_RANGE, "%s: n_dims is %zu, not 1 to %d", function, n_dims, CLINO__GATHER_DIMS);
  if (!shape) return clino__fail(error, CLINO_ERR_RANGE, "%s: shape is NULL", function);
  for (size_t d = 0; d < n_dims; d++) n = shape[d] ? n : 0;
  for (size_t d = 0; d < n_dims && n; d++) {
    if (shape[d] > SIZE_MAX / sizeof(double) / n)
      return clino__fail(error, CLINO_ERR_RANGE, "%s: the shape has too many values", function);
    n *= shape[d];
  }
  if (n && !data) return clino__fail(error, CLINO_ERR_RANGE, "%s: data is NULL", function);
  g->number = number;
  g->data = data;
  g->n_dims = n_dims;
  g->left = n;
  ptrdiff_t packed = (ptrdiff_t)size;
  for (size_t d = n_dims; d-- > 0;) {
    g->shape[d] = shape[d];
    g->strides[d] = strides ? strides[d] * (ptrdiff_t)size : packed;
    if (n) packed *= (ptrdiff_t)shape[d];
  }
  if (n) pack(g, (ptrdiff_t)size);
  return CLINO_OK;
}

/* binary16: the exponent's bias is 112 less than a float's. Subnormals become what they are by the multiplication. */
static double of_f16(uint16_t half) {
  const uint32_t magnitude = (uint32_t)(half & 0x7fff) << 13;
  const bool special = (half & 0x7c00) == 0x7c00;
  const uint32_t bits = special ? magnitude | UINT32_C(0x7f800000) : magnitude;
  float value;
  memcpy(&value, &bits, sizeof value);
  if (!special) value *= 0x1p112f;
  return half & 0x8000 ? -(double)value : (double)value;
}

static double of_bf16(uint16_t brain) {
  const uint32_t bits = (uint32_t)brain << 16;
  float value;
  memcpy(&value, &bits, sizeof value);
  return (double)value;
}

/* Copies n values that lie stride bytes apart. */
#define COPY_EACH(type, convert)                                  \
  for (size_t i = 0; i < n; i++, from += stride) {                \
    type v;                                                       \
    memcpy(&v, from, sizeof v);                                   \
    to[i] = convert(v);                                           \
  }

static void copy(clino_number number, size_t n, const unsigned char *from, ptrdiff_t stride, double *to) {
  switch (number) {
    case CLINO_NUMBER_F64: COPY_EACH(double, (double)) break;
    case CLINO_NUMBER_F32: COPY_EACH(float, (double)) break;
    case CLINO_NUMBER_BF16: COPY_EACH(uint16_t, of_bf16) break;
    case CLINO_NUMBER_F16: COPY_EACH(uint16_t, of_f16) break;
  }
}

/* Moves to the next run of the last dimension. */
static void carry(clino__gather *g) {
  size_t d = g->n_dims - 1;
  while (d > 0 && g->index[d] == g->shape[d]) {
    g->offset -= g->strides[d] * (ptrdiff_t)g->shape[d];
    g->index[d] = 0;
    d--;
    g->index[d]++;
    g->offset += g->strides[d];
  }
}

bool clino__gather_next(clino__gather *g, double *room, clino__block *block) {
  const size_t n = g->left < CLINO__BLOCK ? g->left : CLINO__BLOCK, last = g->n_dims - 1;
  if (!n) return false;
  *block = clino__block_f64(NULL, n, room);
  for (size_t done = 0; done < n;) {
    const size_t rest = g->shape[last] - g->index[last], length = rest < n - done ? rest : n - done;
    const unsigned char *from = g->data + g->offset;
    const void *at = from;
    if (g->packed && g->number == CLINO_NUMBER_F32) *block = clino__block_f32(NULL, n, at);
    else if (g->packed && g->number == CLINO_NUMBER_F64) *block = clino__block_f64(NULL, n, at);
    else copy(g->number, length, from, g->strides[last], room + done);
    g->index[last] += length;
    g->offset += g->strides[last] * (ptrdiff_t)length;
    carry(g);
    done += length;
  }
  g->left -= n;
  return true;
}
