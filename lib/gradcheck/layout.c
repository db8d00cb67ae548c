#include "gradcheck/layout.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t item_size(const clino_tensor *t) { return t->dtype == CLINO_F32 ? sizeof(float) : sizeof(double); }

/* Offset in elements of a row-major index. */
static ptrdiff_t offset_of(const clino__view *v, size_t element) {
  if (v->packed) return (ptrdiff_t)element;
  ptrdiff_t offset = 0;
  for (size_t d = v->tensor->n_dims; d-- > 0;) {
    offset += v->strides[d] * (ptrdiff_t)(element % v->tensor->shape[d]);
    element /= v->tensor->shape[d];
  }
  return offset;
}

static void *element_of(const clino__view *v, void *base, size_t element) {
  return (char *)base + offset_of(v, element) * (ptrdiff_t)item_size(v->tensor);
}

static double load(const clino__view *v, void *base, size_t element) {
  void *p = element_of(v, base, element);
  if (v->tensor->dtype == CLINO_F64) return *(double *)p;
  return (double)*(float *)p;
}

static double store(const clino__view *v, void *base, size_t element, double value) {
  void *p = element_of(v, base, element);
  if (v->tensor->dtype == CLINO_F64) return *(double *)p = value;
  return (double)(*(float *)p = (float)value);
}

double clino__view_grad(const clino__view *v, size_t element) { return load(v, v->tensor->grad, element); }
double clino__view_value(const clino__view *v, size_t element) { return load(v, v->tensor->value, element); }
double clino__view_set_value(const clino__view *v, size_t element, double value) {
  return store(v, v->tensor->value, element, value);
}
double clino__view_set_grad(const clino__view *v, size_t element, double value) {
  return store(v, v->tensor->grad, element, value);
}

/* ---- validation ---- */

static clino_status init_view(clino__view *v, const clino_tensor *t, size_t i, clino_error *error) {
  v->tensor = t;
  if (t->name) snprintf(v->name, sizeof v->name, "%s", t->name);
  else snprintf(v->name, sizeof v->name, "tensor %zu", i);
  if (t->dtype != CLINO_F64 && t->dtype != CLINO_F32)
    return clino__fail(error, CLINO_ERR_RANGE, "%s: dtype %d is neither CLINO_F64 nor CLINO_F32", v->name,
                       (int)t->dtype);
  if (t->n_dims < 1 || t->n_dims > CLINO_MAX_DIMS)
    return clino__fail(error, CLINO_ERR_RANGE, "%s: %zu dimensions, not 1 to %d", v->name, t->n_dims, CLINO_MAX_DIMS);
  if (!t->value) return clino__fail(error, CLINO_ERR_RANGE, "%s: value is NULL", v->name);
  size_t most = PTRDIFF_MAX / sizeof(double) / CLINO_MAX_DIMS, bound = 1; /* bound: the count if no dimension were 0 */
  v->count = 1;
  for (size_t d = 0; d < t->n_dims; d++) {
    size_t length = t->shape[d] ? t->shape[d] : 1;
    if (bound > most / length)
      return clino__fail(error, CLINO_ERR_RANGE, "%s: its shape has too many elements", v->name);
    bound *= length;
    v->count *= t->shape[d];
    size_t stride = t->strides ? (t->strides[d] < 0 ? 0 - (size_t)t->strides[d] : (size_t)t->strides[d]) : 0;
    if (stride > most / length)
      return clino__fail(error, CLINO_ERR_RANGE, "%s: its strides reach further than memory", v->name);
  }
  ptrdiff_t packed = 1;
  v->packed = true;
  for (size_t d = t->n_dims; d-- > 0;) {
    v->strides[d] = t->strides ? t->strides[d] : packed;
    if (v->strides[d] != packed && t->shape[d] > 1) v->packed = false;
    packed *= (ptrdiff_t)(t->shape[d] ? t->shape[d] : 1);
  }
  return CLINO_OK;
}

/* The bytes from the first to behind the last element of a buffer. */
static void extent(const clino__view *v, const void *base, uintptr_t *low, uintptr_t *high) {
  intptr_t down = 0, up = 0, size = (intptr_t)item_size(v->tensor);
  for (size_t d = 0; d < v->tensor->n_dims; d++) {
    intptr_t reach = v->strides[d] * ((intptr_t)v->tensor->shape[d] - 1) * size;
    if (reach < 0) down += reach;
    else up += reach;
  }
  *low = (uintptr_t)((intptr_t)base + down);
  *high = (uintptr_t)((intptr_t)base + up + size);
}

typedef struct place {
  uintptr_t address;
  size_t element;
} place;

static int by_address(const void *a, const void *b) {
  uintptr_t x = ((const place *)a)->address, y = ((const place *)b)->address;
  return (x > y) - (x < y);
}

/* All elements of a buffer by address; NULL where memory is out. */
static place *places_of(const clino__view *v, void *base) {
  place *p = malloc((v->count ? v->count : 1) * sizeof *p);
  for (size_t i = 0; p && i < v->count; i++) p[i] = (place){(uintptr_t)element_of(v, base, i), i};
  if (p && v->count) qsort(p, v->count, sizeof *p, by_address);
  return p;
}

/* Whether two sorted buffers share a byte; the buffers' own item sizes count. */
static bool share(const place *a, size_t n, size_t a_size, const place *b, size_t m, size_t b_size) {
  for (size_t i = 0, j = 0; i < n && j < m;) {
    if (a[i].address + a_size <= b[j].address) i++;
    else if (b[j].address + b_size <= a[i].address) j++;
    else return true;
  }
  return false;
}

static clino_status overlap(const clino__view *a, void *a_base, const clino__view *b, void *b_base, bool *yes,
                            clino_error *error) {
  uintptr_t a_low, a_high, b_low, b_high;
  *yes = false;
  if (!a->count || !b->count) return CLINO_OK;
  extent(a, a_base, &a_low, &a_high);
  extent(b, b_base, &b_low, &b_high);
  if (a_high <= b_low || b_high <= a_low) return CLINO_OK;
  if (a->packed && b->packed) {
    *yes = true;
    return CLINO_OK;
  }
  place *p = places_of(a, a_base), *q = places_of(b, b_base);
  if (p && q) *yes = share(p, a->count, item_size(a->tensor), q, b->count, item_size(b->tensor));
  free(p);
  free(q);
  return p && q ? CLINO_OK : clino__fail_memory(error, "the addresses of a strided tensor");
}

static clino_status check_self(const clino__view *v, clino_error *error) {
  if (v->packed || v->count < 2) return CLINO_OK;
  place *p = places_of(v, v->tensor->value);
  if (!p) return clino__fail_memory(error, "the addresses of a strided tensor");
  bool twice = false;
  for (size_t i = 1; i < v->count; i++) twice |= p[i].address == p[i - 1].address;
  free(p);
  return twice ? clino__fail(error, CLINO_ERR_RANGE, "%s: its strides reach one element twice", v->name) : CLINO_OK;
}

/* Ties b to a, which has the same value pointer: they must cover the same elements. */
static clino_status tie(clino__view *a, clino__view *b, clino_error *error) {
  if (a->tensor->dtype != b->tensor->dtype || a->count != b->count)
    return clino__fail(error, CLINO_ERR_RANGE, "%s and %s overlap partly: one value pointer, but %zu and %zu elements",
                       a->name, b->name, a->count, b->count);
  if (a->packed && b->packed) return CLINO_OK;
  place *p = places_of(a, a->tensor->value), *q = places_of(b, b->tensor->value);
  b->permutation = malloc((b->count ? b->count : 1) * sizeof *b->permutation);
  clino_status status = CLINO_OK;
  if (!p || !q || !b->permutation) status = clino__fail_memory(error, "a tied tensor");
  for (size_t i = 0; !status && i < b->count; i++) {
    if (p[i].address != q[i].address)
      status = clino__fail(error, CLINO_ERR_RANGE, "%s and %s overlap partly: one value pointer, but other elements",
                           a->name, b->name);
    else b->permutation[q[i].element] = p[i].element;
  }
  free(p);
  free(q);
  return status;
}

static clino_status no_overlap(const clino__view *a, void *a_base, const char *a_what, const clino__view *b,
                               void *b_base, const char *b_what, clino_error *error) {
  bool yes;
  clino_status status = overlap(a, a_base, b, b_base, &yes, error);
  if (status || !yes) return status;
  return clino__fail(error, CLINO_ERR_RANGE, "the %s of %s and the %s of %s overlap", a_what, a->name, b_what, b->name);
}

/* Views i > j: tied where the value pointers are equal, else apart in all their buffers. */
static clino_status check_pair(clino__layout *l, size_t i, size_t j, clino_error *error) {
  clino__view *b = &l->views[i], *a = &l->views[j];
  const clino_tensor *s = a->tensor, *t = b->tensor;
  clino_status status;
  if (s->value == t->value && a->count && b->count) {
    if (b->owner_view != i) return CLINO_OK; /* tied to an earlier one already */
    status = tie(a, b, error);
    if (!status) b->owner_view = j;
  } else {
    status = no_overlap(a, s->value, "values", b, t->value, "values", error);
  }
  if (!status && s->grad && s->grad != t->grad && t->grad)
    status = no_overlap(a, s->grad, "gradient", b, t->grad, "gradient", error);
  if (!status && s->grad && s->grad == t->grad && s->value != t->value && a->count && b->count)
    status = clino__fail(error, CLINO_ERR_RANGE, "%s and %s share a gradient but not their values", a->name, b->name);
  if (!status && s->grad) status = no_overlap(a, s->grad, "gradient", b, t->value, "values", error);
  if (!status && t->grad) status = no_overlap(a, s->value, "values", b, t->grad, "gradient", error);
  return status;
}

/* The owner of a set of ties is its first view; it counts as differentiated where any of them has a gradient. */
static void number_entries(clino__layout *l) {
  for (size_t i = 0; i < l->n_views; i++) {
    clino__view *v = &l->views[i];
    v->gathers = v->tensor->grad != NULL;
    for (size_t j = 0; j < i && v->gathers; j++)
      if (l->views[j].tensor->grad == v->tensor->grad && l->views[j].owner_view == v->owner_view) v->gathers = false;
    if (v->gathers) l->views[v->owner_view].owner = true;
  }
  for (size_t i = 0; i < l->n_views; i++)
    if (l->views[i].owner) {
      l->views[i].first = l->n;
      l->n += l->views[i].count;
    }
}

clino_status clino__layout_init(clino__layout *l, const clino_tensor *tensors, size_t n, clino_error *error) {
  memset(l, 0, sizeof *l);
  if (!tensors || !n) return clino__fail(error, CLINO_ERR_RANGE, "the model has no tensors");
  l->views = calloc(n, sizeof *l->views);
  if (!l->views) return clino__fail_memory(error, "the tensors");
  l->n_views = n;
  for (size_t i = 0; i < n; i++) {
    clino__view *v = &l->views[i];
    clino_status status = init_view(v, &tensors[i], i, error);
    v->owner_view = i;
    if (!status) status = check_self(v, error);
    if (!status && tensors[i].grad)
      status = no_overlap(v, tensors[i].value, "values", v, tensors[i].grad, "gradient", error);
    for (size_t j = 0; !status && j < i; j++) status = check_pair(l, i, j, error);
    if (status) return status;
    l->values_size += v->count * item_size(v->tensor);
    if (tensors[i].grad) l->grads_size += v->count * item_size(v->tensor);
  }
  number_entries(l);
  if (!l->n) return clino__fail(error, CLINO_ERR_RANGE, "no tensor has a gradient: there is nothing to check");
  l->values = malloc(l->values_size + 1);
  l->grads = malloc(l->grads_size + 1);
  l->original = malloc(l->values_size + 1);
  if (!l->values || !l->grads || !l->original) return clino__fail_memory(error, "a copy of the parameters");
  return CLINO_OK;
}

/* ---- copies ---- */

static bool alike(const clino__layout *a, const clino__layout *b) {
  for (size_t i = 0; i < a->n_views; i++) {
    const clino__view *v = &a->views[i], *w = &b->views[i];
    if (v->owner != w->owner || v->owner_view != w->owner_view || v->gathers != w->gathers) return false;
  }
  return a->n == b->n;
}

clino_status clino__layout_init_copy(clino__layout *copy, const clino_tensor *tensors, const clino__layout *original,
                                     clino_error *error) {
  clino_status status = clino__layout_init(copy, tensors, original->n_views, error);
  free(copy->values);
  free(copy->grads);
  free(copy->original);
  copy->values = copy->grads = copy->original = NULL;
  if (!status && !alike(copy, original))
    status = clino__fail(error, CLINO_ERR_RANGE, "the copy's tensors are tied otherwise than the original's");
  if (!status) status = clino__layout_apart(copy, original, error);
  if (!status || !error) return status;
  char message[sizeof error->message];
  memcpy(message, error->message, sizeof message);
  return clino__fail(error, status, "context.clone: %s", message);
}

static clino_status views_apart(const clino__view *v, const clino__view *w, clino_error *error) {
  const clino_tensor *s = v->tensor, *t = w->tensor;
  bool shared = !s->grad && !t->grad && s->value == t->value;
  clino_status status = CLINO_OK;
  if (!shared) status = no_overlap(v, s->value, "values", w, t->value, "values", error);
  if (!status && s->grad && t->grad) status = no_overlap(v, s->grad, "gradient", w, t->grad, "gradient", error);
  return status;
}

clino_status clino__layout_apart(const clino__layout *a, const clino__layout *b, clino_error *error) {
  clino_status status = CLINO_OK;
  for (size_t i = 0; i < a->n_views; i++)
    for (size_t j = 0; j < b->n_views && !status; j++) status = views_apart(&a->views[i], &b->views[j], error);
  return status;
}

void clino__layout_free(clino__layout *l) {
  for (size_t i = 0; i < l->n_views; i++) free(l->views[i].permutation);
  free(l->views);
  free(l->values);
  free(l->grads);
  free(l->original);
  memset(l, 0, sizeof *l);
}

/* ---- entries ---- */

size_t clino__layout_view_of(const clino__layout *l, size_t entry) {
  for (size_t i = 0; i < l->n_views; i++)
    if (l->views[i].owner && entry - l->views[i].first < l->views[i].count) return i;
  return 0;
}

double clino__layout_get(const clino__layout *l, size_t entry) {
  const clino__view *v = &l->views[clino__layout_view_of(l, entry)];
  return load(v, v->tensor->value, entry - v->first);
}

double clino__layout_set(const clino__layout *l, size_t entry, double value) {
  const clino__view *v = &l->views[clino__layout_view_of(l, entry)];
  return store(v, v->tensor->value, entry - v->first, value);
}

void clino__layout_get_all(const clino__layout *l, double *x) {
  for (size_t i = 0; i < l->n_views; i++) {
    const clino__view *v = &l->views[i];
    for (size_t k = 0; v->owner && k < v->count; k++) x[v->first + k] = load(v, v->tensor->value, k);
  }
}

void clino__layout_gather(const clino__layout *l, double *gradient) {
  for (size_t i = 0; i < l->n; i++) gradient[i] = 0;
  for (size_t i = 0; i < l->n_views; i++) {
    const clino__view *v = &l->views[i];
    double *to = gradient + l->views[v->owner_view].first;
    for (size_t k = 0; v->gathers && k < v->count; k++)
      to[v->permutation ? v->permutation[k] : k] += load(v, v->tensor->grad, k);
  }
}

/* ---- saving and restoring, bit by bit ---- */

enum direction { SAVE, RESTORE };

static void copy_buffer(const clino__view *v, void *base, unsigned char *saved, enum direction direction) {
  size_t size = item_size(v->tensor);
  if (v->packed) {
    if (direction == SAVE) memcpy(saved, base, v->count * size);
    else memcpy(base, saved, v->count * size);
    return;
  }
  for (size_t k = 0; k < v->count; k++) {
    void *p = element_of(v, base, k);
    if (direction == SAVE) memcpy(saved + k * size, p, size);
    else memcpy(p, saved + k * size, size);
  }
}

static void copy_values(const clino__layout *l, unsigned char *saved, enum direction direction) {
  for (size_t i = 0; i < l->n_views; i++) {
    copy_buffer(&l->views[i], l->views[i].tensor->value, saved, direction);
    saved += l->views[i].count * item_size(l->views[i].tensor);
  }
}

static void copy_grads(const clino__layout *l, enum direction direction) {
  unsigned char *saved = l->grads;
  for (size_t i = 0; i < l->n_views; i++) {
    if (!l->views[i].tensor->grad) continue;
    copy_buffer(&l->views[i], l->views[i].tensor->grad, saved, direction);
    saved += l->views[i].count * item_size(l->views[i].tensor);
  }
}

void clino__layout_save(clino__layout *l) {
  copy_values(l, l->original, SAVE);
  copy_values(l, l->values, SAVE);
  copy_grads(l, SAVE);
  l->point++;
}

void clino__layout_restore(const clino__layout *l) {
  copy_values(l, l->original, RESTORE);
  copy_grads(l, RESTORE);
}

void clino__layout_begin_point(clino__layout *l) {
  copy_values(l, l->values, SAVE);
  l->point++;
}

void clino__layout_place(const clino__layout *copy) {
  unsigned char *saved = copy->values;
  for (size_t i = 0; i < copy->n_views; i++) {
    const clino__view *v = &copy->views[i];
    if (v->tensor->grad || copy->views[v->owner_view].owner) copy_buffer(v, v->tensor->value, saved, RESTORE);
    saved += v->count * item_size(v->tensor);
  }
}
void clino__layout_reset_point(const clino__layout *l) { copy_values(l, l->values, RESTORE); }

bool clino__layout_changed(const clino__layout *l, size_t *view, size_t *element) {
  const unsigned char *saved = l->values;
  for (size_t i = 0; i < l->n_views; i++) {
    const clino__view *v = &l->views[i];
    size_t size = item_size(v->tensor);
    if (!v->packed || memcmp(v->tensor->value, saved, v->count * size) != 0)
      for (size_t k = 0; k < v->count; k++)
        if (memcmp(element_of(v, v->tensor->value, k), saved + k * size, size) != 0) {
          *view = i;
          *element = k;
          return true;
        }
    saved += v->count * size;
  }
  return false;
}
