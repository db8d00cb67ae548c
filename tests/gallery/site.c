/* Sites: drawing the point, and remembering values and gradients.
 *
 * A gradient check displaces one coordinate at a time, so values are kept by coordinate and by the bits of what it was
 * set to; other points are evaluated each time. Gradients at nearby points, which a check samples beside a kink with
 * the same seed for every fault, are kept as well. */
#include "gallery/site.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gallery/tape_nodes.h"

typedef struct kept_value {
  size_t entry; /* plus 1; 0: free */
  uint64_t bits;
  double value;
} kept_value;

typedef struct kept_gradient {
  uint64_t hash;
  tape_fault fault;
  double *data; /* x, then the gradient */
} kept_gradient;

enum { MOST_GRADIENTS = 2048 };

struct gallery_memory {
  tape *t;
  double *scratch, *exact;
  size_t room, used; /* a power of two */
  kept_value *value;
  size_t n_gradients;
  kept_gradient gradient[MOST_GRADIENTS];
};

static const struct {
  const char *name;
  double distance; /* of a kink; NaN: none is placed */
  unsigned with, without;
  bool tensors;
} conditions[GALLERY_CONDITIONS] = {
  [GALLERY_SMOOTH] = {"smooth", NAN, 0, TRAIT_KINKS | TRAIT_SINGLE | TRAIT_BOUNDED, false},
  [GALLERY_BOUNDED] = {"bounded domain", NAN, TRAIT_BOUNDED, TRAIT_KINKS | TRAIT_SINGLE, false},
  [GALLERY_AWAY] = {"kinks, as drawn", NAN, TRAIT_KINKS, TRAIT_SINGLE, false},
  [GALLERY_KINK_3] = {"kink at 1e-3", 1e-3, TRAIT_KINKS, TRAIT_SINGLE, false},
  [GALLERY_KINK_7] = {"kink at 1e-7", 1e-7, TRAIT_KINKS, TRAIT_SINGLE, false},
  [GALLERY_KINK_12] = {"kink at 1e-12", 1e-12, TRAIT_KINKS, TRAIT_SINGLE, false},
  [GALLERY_KINK_0] = {"kink at 0", 0, TRAIT_KINKS, TRAIT_SINGLE, false},
  [GALLERY_FLOAT] = {"float", NAN, TRAIT_SINGLE, 0, true},
  [GALLERY_FLOAT_INSIDE] = {"float inside double", NAN, TRAIT_SINGLE, 0, false},
  [GALLERY_FLOAT_KINK_3] = {"float, kink at 1e-3", 1e-3, TRAIT_SINGLE | TRAIT_KINKS, 0, true},
  [GALLERY_FLOAT_KINK_0] = {"float, kink at 0", 0, TRAIT_SINGLE | TRAIT_KINKS, 0, true},
};

const char *gallery_condition_name(gallery_condition c) { return conditions[c].name; }

bool gallery_condition_fits(gallery_condition c, const gallery_objective *o) {
  return (o->traits & conditions[c].with) == conditions[c].with && !(o->traits & conditions[c].without);
}

/* ---- seeds and sizes ---- */

static uint64_t mix(uint64_t h, uint64_t v) {
  h = (h ^ v) * UINT64_C(0x9E3779B97F4A7C15);
  h = (h ^ (h >> 32)) * UINT64_C(0xD6E8FEB86659FD93);
  return h ^ (h >> 29);
}

uint64_t gallery_seed(uint64_t seed, const char *name, uint64_t a, uint64_t b) {
  uint64_t h = mix(0x243F6A8885A308D3, seed);
  for (const char *p = name; *p; p++) h = mix(h, (unsigned char)*p);
  return mix(mix(h, a), b);
}

static uint64_t bits_of(double v) {
  uint64_t b;
  memcpy(&b, &v, sizeof b);
  return b;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double typical_size(size_t n, const double *x, double *scratch) {
  size_t m = 0;
  for (size_t i = 0; i < n; i++)
    if (x[i] != 0) scratch[m++] = fabs(x[i]);
  if (!m) return 1;
  qsort(scratch, m, sizeof *scratch, ascending);
  return scratch[m / 2];
}

double gallery_size_of(const gallery_site *s, size_t entry) {
  double size = fabs(s->x[entry]);
  return size > 0 ? size : s->typical;
}

double gallery_rms(size_t n, const double *v) {
  double largest = 0, sum = 0;
  for (size_t i = 0; i < n; i++) largest = fmax(largest, fabs(v[i]));
  if (!(largest > 0)) return 0;
  for (size_t i = 0; i < n; i++) sum += v[i] / largest * (v[i] / largest);
  return largest * sqrt(sum / (double)n);
}

/* ---- values ---- */

tape *gallery_evaluate(const gallery_site *s, const double *x, var *loss) {
  tape *t = s->memory->t;
  var first = tape_begin(t, s->n, x, s->single);
  *loss = s->objective->loss(t, first, gallery_seed(s->seed, "data", 0, 0));
  return t;
}

static double evaluate(gallery_site *s, const double *x) {
  var loss;
  tape *t = gallery_evaluate(s, x, &loss);
  return tape_value(t, loss);
}

/* Where the value of (entry, bits) is kept, or would be. */
static kept_value *slot(struct gallery_memory *m, size_t entry, uint64_t bits) {
  size_t i = (size_t)mix(bits, entry) & (m->room - 1);
  while (m->value[i].entry && (m->value[i].entry != entry + 1 || m->value[i].bits != bits)) i = (i + 1) & (m->room - 1);
  return m->value + i;
}

static void enlarge(struct gallery_memory *m) {
  size_t old_room = m->room;
  kept_value *old = m->value;
  m->room = old_room ? 2 * old_room : 4096;
  m->value = tape_memory(NULL, m->room, sizeof *m->value);
  memset(m->value, 0, m->room * sizeof *m->value);
  for (size_t i = 0; i < old_room; i++)
    if (old[i].entry) *slot(m, old[i].entry - 1, old[i].bits) = old[i];
  free(old);
}

double gallery_value_along(gallery_site *s, size_t entry, double coordinate) {
  struct gallery_memory *m = s->memory;
  /* The point itself is one, whichever coordinate it is reached along. */
  if (bits_of(coordinate) == bits_of(s->x[entry])) entry = 0, coordinate = s->x[0];
  kept_value *k = slot(m, entry, bits_of(coordinate));
  if (k->entry) return k->value;
  memcpy(m->scratch, s->x, s->n * sizeof *s->x);
  m->scratch[entry] = coordinate;
  *k = (kept_value){entry + 1, bits_of(coordinate), evaluate(s, m->scratch)};
  double value = k->value;
  if (4 * ++m->used > 3 * m->room) enlarge(m);
  return value;
}

/* The first entry from i on in which x differs from the site's; n: none. */
static size_t differs(const gallery_site *s, const double *x, size_t i) {
  enum { CHUNK = 16 };
  while (i + CHUNK <= s->n && memcmp(x + i, s->x + i, CHUNK * sizeof *x) == 0) i += CHUNK;
  while (i < s->n && bits_of(x[i]) == bits_of(s->x[i])) i++;
  return i;
}

double gallery_value(gallery_site *s, const double *x) {
  size_t first = differs(s, x, 0);
  if (first == s->n) return gallery_value_along(s, 0, s->x[0]);
  if (differs(s, x, first + 1) == s->n) return gallery_value_along(s, first, x[first]);
  return evaluate(s, x);
}

double gallery_scaled(const gallery_site *s, double value, double scale) {
  value *= scale;
  return s->single ? (double)(float)value : value;
}

/* ---- gradients ---- */

static uint64_t hash_of(size_t n, const double *x) {
  uint64_t h = n;
  for (size_t i = 0; i < n; i++) h = mix(h, bits_of(x[i]));
  return h;
}

static void compute(gallery_site *s, const double *x, tape_fault fault, double *gradient) {
  var loss;
  tape *t = gallery_evaluate(s, x, &loss);
  if (s->single && fault == TAPE_RIGHT) tape_exact(t, loss, gradient);
  else tape_reverse(t, loss, fault, gradient);
  for (size_t i = 0; s->single && i < s->n; i++) gradient[i] = (double)(float)gradient[i];
}

void gallery_gradient(gallery_site *s, const double *x, tape_fault fault, double *gradient) {
  struct gallery_memory *m = s->memory;
  uint64_t hash = hash_of(s->n, x);
  size_t size = s->n * sizeof *x;
  for (size_t i = 0; i < m->n_gradients; i++) {
    const kept_gradient *k = m->gradient + i;
    if (k->hash != hash || k->fault != fault || memcmp(k->data, x, size) != 0) continue;
    memcpy(gradient, k->data + s->n, size);
    return;
  }
  compute(s, x, fault, gradient);
  if (m->n_gradients == MOST_GRADIENTS) return;
  kept_gradient *k = m->gradient + m->n_gradients++;
  *k = (kept_gradient){hash, fault, tape_memory(NULL, 2 * s->n, sizeof *x)};
  memcpy(k->data, x, size);
  memcpy(k->data + s->n, gradient, size);
}

const double *gallery_exact(gallery_site *s) {
  struct gallery_memory *m = s->memory;
  if (m->exact) return m->exact;
  m->exact = tape_memory(NULL, s->n, sizeof *m->exact);
  var loss;
  tape *t = gallery_evaluate(s, s->x, &loss);
  tape_exact(t, loss, m->exact);
  return m->exact;
}

unsigned gallery_tape_faults(gallery_site *s) {
  evaluate(s, s->x);
  return tape_faults(s->memory->t);
}

/* ---- making one ---- */

static void draw(gallery_site *s) {
  gallery_rng r = {gallery_seed(s->seed, "point", 0, 0)};
  s->objective->point(&r, s->x);
  for (size_t i = 0; s->single && i < s->n; i++) s->x[i] = (double)(float)s->x[i];
  if (!s->objective->bounds) return;
  s->lower = tape_memory(NULL, s->n, sizeof *s->lower);
  s->upper = tape_memory(NULL, s->n, sizeof *s->upper);
  s->objective->bounds(s->lower, s->upper);
}

gallery_site *gallery_site_new(const gallery_objective *o, size_t point, gallery_condition c, uint64_t seed) {
  gallery_site *s = tape_memory(NULL, 1, sizeof *s);
  struct gallery_memory *m = tape_memory(NULL, 1, sizeof *m);
  memset(m, 0, sizeof *m);
  *s = (gallery_site){.objective = o, .condition = c, .n = o->n, .point = point, .memory = m};
  s->seed = gallery_seed(seed, o->name, point, 0);
  s->single = o->traits & TRAIT_SINGLE;
  s->tensors = conditions[c].tensors;
  s->kink_entry = o->n;
  s->kink_distance = NAN;
  s->x = tape_memory(NULL, o->n, sizeof *s->x);
  m->t = tape_new();
  m->scratch = tape_memory(NULL, o->n, sizeof *m->scratch);
  enlarge(m);
  draw(s);
  s->typical = typical_size(s->n, s->x, m->scratch);
  if (isnan(conditions[c].distance) || gallery_place(s, conditions[c].distance)) return s;
  gallery_site_free(s);
  return NULL;
}

void gallery_site_free(gallery_site *s) {
  if (!s) return;
  struct gallery_memory *m = s->memory;
  for (size_t i = 0; i < m->n_gradients; i++) free(m->gradient[i].data);
  tape_free(m->t);
  free(m->scratch);
  free(m->exact);
  free(m->value);
  free(m);
  free(s->x);
  free(s->lower);
  free(s->upper);
  free(s);
}
