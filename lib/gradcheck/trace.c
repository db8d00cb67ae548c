/* A trace holds the numbers that the reference pass branched on, call by call, and their signs as bits. A compared pass
 * walks along the calls and compares signs, 512 at a time; the numbers themselves are looked at where signs differ.
 *
 * Calls are told apart by kind, site, first element and length, and those that have all of these in common by their
 * order. While a compared pass makes the calls of the reference pass in their order, the next one is at the cursor.
 * From the first that is not, the rest of the pass is looked up in a table. What has no counterpart is not compared:
 * that a pass takes another way is no proof of a kink. */
#include "gradcheck/trace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "gradcheck/signs.h"

typedef enum kind { F64, F32, WINNER } kind;

typedef struct call {
  const char *site;
  size_t first, n;
  size_t offset; /* in store: the bits of whole rows, then the numbers; of a winner: which, and by how much */
  kind kind;
} call;

#define NONE SIZE_MAX

struct clino_trace {
  enum { IDLE, RECORD, COMPARE } mode; /* idle also between passes, with the reference kept */
  call *calls;
  size_t n_calls, calls_capacity, cursor;
  uint64_t *store;
  size_t n_store, store_capacity;
  bool looks_up;  /* the order of this pass is another one */
  size_t *bucket; /* while it does: n_buckets lists of calls that are still to come, each in the order of recording; */
  size_t *next;   /* NULL where memory is out: the rest of the pass is not compared */
  size_t n_buckets;
  bool failed;
  clino__flips flips;
};

clino_status clino_trace_new(clino_trace **trace, clino_error *error) {
  if (!trace) return clino__fail(error, CLINO_ERR_RANGE, "clino_trace_new: trace is NULL");
  *trace = calloc(1, sizeof **trace);
  return *trace ? CLINO_OK : clino__fail_memory(error, "a trace");
}

void clino_trace_free(clino_trace *trace) {
  if (!trace) return;
  clino__trace_idle(trace);
  free(trace);
}

/* ---- blocks of numbers: rows of one cache line, packed; what is left of the last row is compared one by one ---- */

static size_t size_of(kind k) { return k == F32 ? sizeof(float) : sizeof(double); }
static size_t columns_of(kind k) { return CLINO__SIGNS_LINE / size_of(k); }

/* Numbers in whole rows, and blocks that they fill. */
static size_t packed(kind k, size_t n) { return n & ~(columns_of(k) - 1); }
static size_t blocks(kind k, size_t n) { return (packed(k, n) + CLINO__SIGNS_BLOCK - 1) / CLINO__SIGNS_BLOCK; }

/* Packs the block that starts at z[at]; returns its number of rows. */
static size_t pack(kind k, size_t n, const void *z, size_t at, uint64_t bits[CLINO__SIGNS_WORDS]) {
  size_t left = packed(k, n) - at;
  size_t rows = (left < CLINO__SIGNS_BLOCK ? left : CLINO__SIGNS_BLOCK) / columns_of(k);
  if (k == F32) clino__signs_f32(rows, (const float *)z + at, bits);
  else clino__signs_f64(rows, (const double *)z + at, bits);
  return rows;
}

static double number(kind k, const void *z, size_t i) {
  return k == F32 ? (double)((const float *)z)[i] : ((const double *)z)[i];
}

/* ---- recording ---- */

/* Room for count more elements; false where memory is out. The array is *array, of elements of size bytes. */
static bool grow(void **array, size_t *capacity, size_t used, size_t count, size_t size) {
  if (*capacity - used >= count) return true;
  if (count > PTRDIFF_MAX / 4 / size - used) return false;
  size_t wanted = *capacity ? 2 * *capacity : 64;
  if (wanted < used + count) wanted = used + count;
  void *grown = realloc(*array, wanted * size);
  if (!grown) return false;
  *array = grown;
  *capacity = wanted;
  return true;
}

/* Adds a call and room for words in the store; NULL where memory is out. */
static uint64_t *record(clino_trace *t, const call *c, size_t words) {
  void *calls = t->calls, *store = t->store;
  bool room = grow(&calls, &t->calls_capacity, t->n_calls, 1, sizeof *t->calls) &&
              grow(&store, &t->store_capacity, t->n_store, words, sizeof *t->store);
  t->calls = calls;
  t->store = store;
  t->failed = !room;
  if (!room) return NULL;
  t->calls[t->n_calls] = *c;
  t->calls[t->n_calls++].offset = t->n_store;
  t->n_store += words;
  return t->store + t->n_store - words;
}

static void record_numbers(clino_trace *t, const call *c, const void *z) {
  if (c->n > PTRDIFF_MAX / 4 / sizeof(double)) {
    t->failed = true;
    return;
  }
  size_t n_bits = blocks(c->kind, c->n) * CLINO__SIGNS_WORDS, bytes = c->n * size_of(c->kind);
  uint64_t *to = record(t, c, n_bits + (bytes + sizeof *to - 1) / sizeof *to);
  if (!to || !c->n) return;
  for (size_t at = 0; at < packed(c->kind, c->n); at += CLINO__SIGNS_BLOCK)
    pack(c->kind, c->n, z, at, to + at / CLINO__SIGNS_BLOCK * CLINO__SIGNS_WORDS);
  memcpy(to + n_bits, z, bytes);
}

/* ---- finding the reference call ---- */

static bool same_call(const call *a, const call *b) {
  return a->first == b->first && a->n == b->n && a->kind == b->kind &&
         (a->site == b->site || !strcmp(a->site, b->site));
}

/* FNV-1a (G. Fowler, L. C. Noll, P. Vo) over the site, the other two mixed in by its multiplier. */
static size_t bucket_of(const clino_trace *t, const call *c) {
  uint64_t h = 14695981039346656037u;
  for (const char *s = c->site; *s; s++) h = (h ^ (unsigned char)*s) * 1099511628211u;
  h = (h ^ c->first) * 1099511628211u;
  h = (h ^ c->n) * 1099511628211u;
  return (size_t)(h ^ (h >> 32)) & (t->n_buckets - 1);
}

static bool make_buckets(clino_trace *t) {
  if (t->bucket) return true;
  size_t n = 64;
  while (n < t->n_calls) n *= 2;
  t->bucket = malloc((n + t->n_calls) * sizeof *t->bucket);
  if (!t->bucket) return false;
  t->n_buckets = n;
  t->next = t->bucket + n;
  return true;
}

/* Lists the calls from the cursor on; those before it have been matched. */
static void start_looking_up(clino_trace *t) {
  t->looks_up = true;
  if (!make_buckets(t)) return;
  for (size_t b = 0; b < t->n_buckets; b++) t->bucket[b] = NONE;
  for (size_t i = t->n_calls; i-- > t->cursor;) {
    size_t *head = &t->bucket[bucket_of(t, &t->calls[i])];
    t->next[i] = *head;
    *head = i;
  }
}

/* The reference call that this one is to be compared with, NULL where there is none. */
static const call *match(clino_trace *t, const call *c) {
  if (!t->looks_up) {
    if (t->cursor < t->n_calls && same_call(&t->calls[t->cursor], c)) return &t->calls[t->cursor++];
    start_looking_up(t);
  }
  if (!t->bucket) return NULL;
  for (size_t *link = &t->bucket[bucket_of(t, c)]; *link != NONE; link = &t->next[*link]) {
    const call *found = &t->calls[*link];
    if (!same_call(found, c)) continue;
    *link = t->next[*link];
    return found;
  }
  return NULL;
}

/* ---- comparing ---- */

/* Where on the way from before to after 0 is crossed, by linear interpolation; the two lie on different sides of it. */
static double crossing(double before, double after) {
  double way = before - after;
  return fabs(isinf(way) ? before / 2 / (before / 2 - after / 2) : before / way);
}

/* A flip at a fraction of the way from the reference to here; NaN (no way to tell) counts as the whole way. */
static void flip(clino_trace *t, const call *c, size_t i, double fraction) {
  if (!(fraction >= 0 && fraction <= 1)) fraction = 1;
  if (!t->flips.count++ || fraction < t->flips.fraction) {
    t->flips.site = c->site;
    t->flips.element = c->first + i;
    t->flips.fraction = fraction;
  }
}

static void compare_number(clino_trace *t, const call *c, const void *before, const void *z, size_t i) {
  double was = number(c->kind, before, i), is = number(c->kind, z, i);
  if ((is > 0) != (was > 0)) flip(t, c, i, crossing(was, is));
}

/* Looks at the rows of a block that differ; the first row is the highest bit of each column. */
static void compare_rows(clino_trace *t, const call *c, const void *before, const void *z, size_t at, size_t rows,
                         const uint64_t differ[CLINO__SIGNS_WORDS]) {
  uint64_t any = 0;
  for (size_t w = 0; w < CLINO__SIGNS_WORDS; w++) any |= differ[w];
  if (c->kind == F32) any |= any >> 32; /* two columns a word */
  size_t columns = columns_of(c->kind);
  for (size_t r = 0; r < rows; r++)
    if (any >> (rows - 1 - r) & 1)
      for (size_t i = 0; i < columns; i++) compare_number(t, c, before, z, at + r * columns + i);
}

static void compare_numbers(clino_trace *t, const call *c, const void *z) {
  const uint64_t *bits = t->store + c->offset;
  const void *before = bits + blocks(c->kind, c->n) * CLINO__SIGNS_WORDS;
  for (size_t at = 0; at < packed(c->kind, c->n); at += CLINO__SIGNS_BLOCK, bits += CLINO__SIGNS_WORDS) {
    uint64_t differ[CLINO__SIGNS_WORDS], any = 0;
    size_t rows = pack(c->kind, c->n, z, at, differ);
    for (size_t w = 0; w < CLINO__SIGNS_WORDS; w++) any |= differ[w] ^= bits[w];
    if (any) compare_rows(t, c, before, z, at, rows, differ);
  }
  for (size_t i = packed(c->kind, c->n); i < c->n; i++) compare_number(t, c, before, z, i);
}

/* ---- the calls of the forward pass ---- */

static bool listens(const clino_trace *t) { return t && t->mode != IDLE && !t->failed; }

/* Calls are handed on by their address: a copy by value would wait for what has just been written. */
static void report(clino_trace *t, const call *c, const void *z) {
  if (!listens(t)) return;
  if (t->mode == RECORD) {
    record_numbers(t, c, z);
    return;
  }
  const call *reference = match(t, c);
  if (reference) compare_numbers(t, reference, z);
}

void clino_trace_report_f64(clino_trace *trace, const char *site, size_t first, size_t n, const double *z) {
  report(trace, &(call){site ? site : "", first, n, 0, F64}, z);
}

void clino_trace_report_f32(clino_trace *trace, const char *site, size_t first, size_t n, const float *z) {
  report(trace, &(call){site ? site : "", first, n, 0, F32}, z);
}

void clino_trace_report_winner(clino_trace *trace, const char *site, size_t element, size_t winner, double margin) {
  if (!listens(trace)) return;
  call c = {site ? site : "", element, 1, 0, WINNER};
  if (trace->mode == RECORD) {
    uint64_t *to = record(trace, &c, 2);
    if (!to) return;
    to[0] = winner;
    memcpy(to + 1, &margin, sizeof margin);
    return;
  }
  const call *reference = match(trace, &c);
  if (!reference || trace->store[reference->offset] == winner) return;
  double before;
  memcpy(&before, trace->store + reference->offset + 1, sizeof before);
  flip(trace, reference, 0, before == 0 ? 0 : crossing(before, -margin));
}

/* ---- the engine's side ---- */

void clino__trace_record(clino_trace *t) {
  t->mode = RECORD;
  t->n_calls = t->n_store = t->cursor = 0;
  t->looks_up = t->failed = false;
  free(t->bucket); /* made for as many calls as there were */
  t->bucket = NULL;
  memset(&t->flips, 0, sizeof t->flips);
}

void clino__trace_compare(clino_trace *t) {
  t->mode = COMPARE;
  t->cursor = 0;
  t->looks_up = false;
  memset(&t->flips, 0, sizeof t->flips);
}

void clino__trace_pause(clino_trace *t) { t->mode = IDLE; }

clino__flips clino__trace_flips(clino_trace *t) {
  clino__trace_pause(t);
  return t->flips;
}

bool clino__trace_failed(const clino_trace *t) { return t->failed; }

void clino__trace_idle(clino_trace *t) {
  free(t->calls);
  free(t->store);
  free(t->bucket);
  memset(t, 0, sizeof *t);
}
