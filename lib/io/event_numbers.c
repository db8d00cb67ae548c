/* Numbers and histograms out of the messages of an event file.
 *
 * A tensor's numbers stand as raw bytes or in the list of its type; a list shorter than the tensor repeats its last
 * number, an empty one stands for zeros (tensorflow/core/framework/tensor.proto).
 *
 * Histograms come as buckets that overlap or leave nothing out, with limits from -DBL_MAX to DBL_MAX: they are cut to
 * [min, max], and a bucket that has no width then gives its count to its neighbour, so that nothing is lost. */
#include "io/event_numbers.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"

/* ---- tensors ---- */

/* tensorflow/core/framework/types.proto */
enum {
  DT_FLOAT = 1, DT_DOUBLE = 2, DT_INT32 = 3, DT_UINT8 = 4, DT_INT16 = 5, DT_INT8 = 6, DT_INT64 = 9, DT_BOOL = 10,
  DT_BFLOAT16 = 14, DT_UINT16 = 17, DT_HALF = 19, DT_UINT32 = 22, DT_UINT64 = 23
};

static uint64_t little_endian(const uint8_t *p, size_t size) {
  uint64_t value = 0;
  for (size_t i = size; i; i--) value = value << 8 | p[i - 1];
  return value;
}

static double float_of(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return (double)value;
}

/* IEEE 754 binary16. */
static double half_of(uint32_t bits) {
  int exponent = (int)(bits >> 10 & 31);
  double fraction = (double)(bits & 1023) / 1024, value;
  if (exponent == 31) value = bits & 1023 ? (double)NAN : (double)INFINITY;
  else if (exponent == 0) value = ldexp(fraction, -14);
  else value = ldexp(1 + fraction, exponent - 15);
  return bits & 0x8000 ? -value : value;
}

/* Bytes that an element takes; 0: no number. */
static size_t element_size(int32_t dtype) {
  switch (dtype) {
    case DT_UINT8: case DT_INT8: case DT_BOOL: return 1;
    case DT_INT16: case DT_UINT16: case DT_BFLOAT16: case DT_HALF: return 2;
    case DT_FLOAT: case DT_INT32: case DT_UINT32: return 4;
    case DT_DOUBLE: case DT_INT64: case DT_UINT64: return 8;
    default: return 0;
  }
}

static double raw_element(int32_t dtype, const uint8_t *p) {
  uint64_t bits = little_endian(p, element_size(dtype));
  double value;
  switch (dtype) {
    case DT_FLOAT: return float_of((uint32_t)bits);
    case DT_BFLOAT16: return float_of((uint32_t)bits << 16);
    case DT_HALF: return half_of((uint32_t)bits);
    case DT_DOUBLE: memcpy(&value, &bits, sizeof value); return value;
    case DT_INT8: return (double)(int8_t)bits;
    case DT_INT16: return (double)(int16_t)bits;
    case DT_INT32: return (double)(int32_t)bits;
    case DT_INT64: return (double)(int64_t)bits;
    case DT_BOOL: return bits ? 1 : 0;
    default: return (double)bits;
  }
}

static size_t list_length(const Clino__TensorProto *t) {
  switch (t->dtype) {
    case DT_FLOAT: return t->n_float_val;
    case DT_DOUBLE: return t->n_double_val;
    case DT_INT64: return t->n_int64_val;
    case DT_BOOL: return t->n_bool_val;
    case DT_HALF: case DT_BFLOAT16: return t->n_half_val;
    case DT_UINT32: return t->n_uint32_val;
    case DT_UINT64: return t->n_uint64_val;
    default: return t->n_int_val;
  }
}

static double list_element(const Clino__TensorProto *t, size_t i) {
  switch (t->dtype) {
    case DT_FLOAT: return (double)t->float_val[i];
    case DT_DOUBLE: return t->double_val[i];
    case DT_INT64: return (double)t->int64_val[i];
    case DT_BOOL: return t->bool_val[i] ? 1 : 0;
    case DT_HALF: return half_of((uint32_t)t->half_val[i]);
    case DT_BFLOAT16: return float_of((uint32_t)t->half_val[i] << 16);
    case DT_UINT32: return (double)t->uint32_val[i];
    case DT_UINT64: return (double)t->uint64_val[i];
    default: return (double)t->int_val[i];
  }
}

bool clino__tensor_is_numeric(const Clino__TensorProto *tensor) { return element_size(tensor->dtype) > 0; }

size_t clino__tensor_size(const Clino__TensorProto *tensor) {
  size_t n = 1, dims = tensor->tensor_shape ? tensor->tensor_shape->n_dim : 0;
  for (size_t i = 0; i < dims; i++) {
    int64_t size = tensor->tensor_shape->dim[i]->size;
    if (size < 0 || (size && n > SIZE_MAX / 16 / (uint64_t)size)) return SIZE_MAX;
    n *= (size_t)size;
  }
  return n;
}

/* How many of the tensor's elements are written down. */
static size_t elements_given(const Clino__TensorProto *t) {
  size_t size = element_size(t->dtype);
  return !size ? 0 : t->tensor_content.len ? t->tensor_content.len / size : list_length(t);
}

static double element(const Clino__TensorProto *t, size_t i) {
  return t->tensor_content.len ? raw_element(t->dtype, t->tensor_content.data + i * element_size(t->dtype))
                               : list_element(t, i);
}

bool clino__tensor_scalar(const Clino__TensorProto *tensor, double *value) {
  if (!clino__tensor_is_numeric(tensor) || clino__tensor_size(tensor) != 1) return false;
  bool cut = tensor->tensor_content.len && elements_given(tensor) == 0;
  *value = !cut && elements_given(tensor) ? element(tensor, 0) : 0;
  return !cut;
}

/* ---- histograms ---- */

void clino__event_bins_free(clino__event_bins *bins) {
  free(bins->edges);
  free(bins->counts);
}

static clino_status start(clino__event_bins *b, size_t capacity, double left, clino_error *error) {
  if (b->capacity < capacity + 1) {
    double *edges = realloc(b->edges, (capacity + 2) * sizeof *edges);
    if (edges) b->edges = edges;
    uint64_t *counts = edges ? realloc(b->counts, (capacity + 1) * sizeof *counts) : NULL;
    if (!counts) return clino__fail_memory(error, "a histogram");
    b->counts = counts;
    b->capacity = capacity + 1;
  }
  b->n = 0;
  b->pending = 0;
  b->edges[0] = left;
  return CLINO_OK;
}

/* A bin from the last edge to right. */
static void add_bin(clino__event_bins *b, double right, uint64_t count) {
  if (right > b->edges[b->n]) {
    b->counts[b->n] = count + b->pending;
    b->pending = 0;
    b->edges[++b->n] = right;
  } else if (b->n) {
    b->counts[b->n - 1] += count;
  } else {
    b->pending += count;
  }
}

/* What is left of a histogram of one value. */
static void finish(clino__event_bins *b) {
  double left = b->edges[0];
  if (b->pending && !b->n) add_bin(b, left < DBL_MAX ? nextafter(left, DBL_MAX) : left, 0);
}

/* Counts are doubles on the wire. False: no count. */
static bool whole_count(double value, uint64_t *count) {
  if (!(value >= 0 && value < 0x1p63)) return false;
  *count = (uint64_t)(value + 0.5);
  return true;
}

static const char no_counts[] = "a histogram whose counts are negative or no numbers";
static const char no_edges[] = "a histogram whose edges are no numbers, or go back";
static const char is_empty[] = "a histogram of nothing";

static const char *check_limits(const double *limits, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (!isfinite(limits[i]) || (i && limits[i] < limits[i - 1])) return no_edges;
  return NULL;
}

/* Where the values lie: from min to max, unless the buckets say that these were not written (zero on the wire). */
static void range_of(const Clino__HistogramProto *m, double *low, double *high) {
  size_t n = m->n_bucket_limit, filled = 0;
  const double *limits = m->bucket_limit;
  for (size_t i = 0; i < n; i++) filled += m->bucket[i] > 0;
  *low = m->min;
  *high = m->max;
  if (isfinite(*low) && isfinite(*high) && (*low < *high || (*low == *high && filled < 2))) return;
  double first = limits[0] - (n > 1 ? limits[1] - limits[0] : 1);
  *low = isfinite(first) ? first : -DBL_MAX;
  *high = limits[n - 1];
}

clino_status clino__histogram_of_message(const Clino__HistogramProto *m, clino__event_bins *b, const char **why,
                                         clino_error *error) {
  size_t n = m->n_bucket_limit;
  double low, high;
  *why = !n ? is_empty : n != m->n_bucket ? no_counts : check_limits(m->bucket_limit, n);
  if (*why) return CLINO_OK;
  range_of(m, &low, &high);
  clino_status status = start(b, n + 1, low, error);
  for (size_t i = 0; !status && i < n; i++) {
    uint64_t count;
    if (!whole_count(m->bucket[i], &count)) {
      *why = no_counts;
      return CLINO_OK;
    }
    double right = m->bucket_limit[i] < high ? m->bucket_limit[i] : high;
    add_bin(b, i + 1 < n ? right : high, count);
  }
  if (status) return status;
  finish(b);
  if (!b->n) *why = is_empty;
  return CLINO_OK;
}

static bool row_is_good(double left, double right, double before) {
  return isfinite(left) && isfinite(right) && left <= right && left >= before;
}

clino_status clino__histogram_of_tensor(const Clino__TensorProto *t, clino__event_bins *b, const char **why,
                                        clino_error *error) {
  size_t n = clino__tensor_size(t), dims = t->tensor_shape ? t->tensor_shape->n_dim : 0;
  bool shaped = dims == 2 && t->tensor_shape->dim[1]->size == 3;
  *why = !shaped || n > elements_given(t) ? "a histogram that is no table of edges and counts" : !n ? is_empty : NULL;
  if (*why) return CLINO_OK;
  clino_status status = start(b, 2 * (n / 3) + 1, element(t, 0), error);
  double before = -DBL_MAX;
  for (size_t i = 0; !status && i + 2 < n; i += 3) {
    double left = element(t, i), right = element(t, i + 1);
    uint64_t count;
    *why = !row_is_good(left, right, before) ? no_edges : !whole_count(element(t, i + 2), &count) ? no_counts : NULL;
    if (*why) return CLINO_OK;
    if (left > b->edges[b->n]) add_bin(b, left, 0);
    add_bin(b, right, count);
    before = left;
  }
  if (status) return status;
  finish(b);
  if (!b->n) *why = is_empty;
  return CLINO_OK;
}

/* ---- names of histograms ---- */

/* Whether the word of size bytes is one of the list. */
static bool among(const char *word, size_t size, const char *const *list) {
  for (size_t i = 0; list[i]; i++) {
    size_t k = 0;
    while (k < size && list[i][k] && clino__to_lower(word[k]) == list[i][k]) k++;
    if (k == size && !list[i][k]) return true;
  }
  return false;
}

/* The words of a tag, cut at what is no letter or digit: its first, and its last that is not a number ("kernel_0"). */
static void end_words(const char *tag, const char **first, size_t *n_first, const char **last, size_t *n_last) {
  *n_first = *n_last = 0;
  *first = *last = tag;
  for (const char *p = tag; *p;) {
    size_t n = 0;
    bool number = true;
    for (; clino__is_alnum(p[n]) || (p[n] & 0x80); n++) number = number && clino__is_digit(p[n]);
    if (n && !*n_first) *first = p, *n_first = n;
    if (n && !number) *last = p, *n_last = n;
    p += n ? n : 1;
  }
}

/* The tag without its first or its last word, and what joined it. */
static void add_rest(clino__text *name, const char *tag, const char *word, size_t size) {
  const char *begin = tag, *end = tag + strlen(tag);
  if (word + size == end) {
    end = word;
    while (end > begin && !clino__is_alnum(end[-1]) && !(end[-1] & 0x80)) end--;
  } else {
    begin = word + size;
    while (*begin && !clino__is_alnum(*begin) && !(*begin & 0x80)) begin++;
  }
  if (begin < end) clino__text_add_bytes(name, begin, (size_t)(end - begin));
  else clino__text_add(name, tag);
}

void clino__histogram_name(const char *tag, clino__text *name) {
  static const struct {
    const char *prefix, *words[10];
  } kinds[] = {{"gradients/", {"gradients", "gradient", "grads", "grad", NULL}},
               {"activations/", {"activations", "activation", "acts", "act", "outputs", NULL}},
               {"parameters/", {"parameters", "parameter", "params", "param", "weights", NULL}}};
  static const char *const tensors[] = {"weight", "kernel", "bias", "biases", "gamma", "beta", NULL};
  const char *first, *last;
  size_t n_first, n_last;
  end_words(tag, &first, &n_first, &last, &n_last);
  clino__text_clear(name);
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    bool at_front = n_first && among(first, n_first, kinds[i].words);
    bool at_end = n_last && last[n_last] == '\0' && among(last, n_last, kinds[i].words);
    if (!at_front && !at_end) continue;
    clino__text_add(name, kinds[i].prefix);
    add_rest(name, tag, at_front ? first : last, at_front ? n_first : n_last);
    return;
  }
  if (n_last && among(last, n_last, tensors)) clino__text_add(name, "parameters/");
  clino__text_add(name, tag);
}
