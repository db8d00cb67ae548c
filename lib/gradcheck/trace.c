/* A trace holds the numbers that the reference pass branched on, call by call. A compared pass walks along them: equal
 * signs are the common case and cost one comparison a number. Where a call differs in site, element or length, the
 * forward pass took another way altogether; that counts as one flip, and the rest of the pass is not compared. */
#include "gradcheck/trace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

typedef struct call {
  const char *site;
  size_t first, n, offset; /* offset: of its numbers in values */
  bool winner;             /* values[offset] is the winner, [offset + 1] the margin */
} call;

struct clino_trace {
  enum { IDLE, RECORD, COMPARE } mode;
  call *calls;
  size_t n_calls, calls_capacity, cursor;
  double *values;
  size_t n_values, values_capacity;
  bool diverged, failed;
  clino__flips flips;
};

clino_status clino_trace_new(clino_trace **trace, clino_error *error) {
  if (!trace) return clino__fail(error, CLINO_ERR_RANGE, "clino_trace_new: trace is NULL");
  *trace = calloc(1, sizeof **trace);
  return *trace ? CLINO_OK : clino__fail_memory(error, "a trace");
}

void clino_trace_free(clino_trace *trace) {
  if (!trace) return;
  free(trace->calls);
  free(trace->values);
  free(trace);
}

/* Room for one more call with n numbers; NULL where memory is out. */
static double *record(clino_trace *t, const char *site, size_t first, size_t n, bool winner) {
  if (t->n_calls == t->calls_capacity) {
    size_t capacity = t->calls_capacity ? 2 * t->calls_capacity : 64;
    call *calls = realloc(t->calls, capacity * sizeof *calls);
    if (!calls) return NULL;
    t->calls = calls;
    t->calls_capacity = capacity;
  }
  if (n > PTRDIFF_MAX / sizeof(double) / 4 - t->n_values) return NULL;
  if (t->values_capacity - t->n_values < n) {
    size_t capacity = t->values_capacity ? t->values_capacity : 256;
    while (capacity - t->n_values < n) capacity *= 2;
    double *values = realloc(t->values, capacity * sizeof *values);
    if (!values) return NULL;
    t->values = values;
    t->values_capacity = capacity;
  }
  t->calls[t->n_calls++] = (call){site, first, n, t->n_values, winner};
  t->n_values += n;
  return t->values + t->n_values - n;
}

/* A flip at a fraction of the way from the reference to here; NaN (no way to tell) counts as the whole way. */
static void flip(clino_trace *t, const char *site, size_t element, double fraction) {
  if (!(fraction >= 0 && fraction <= 1)) fraction = 1;
  if (!t->flips.count++ || fraction < t->flips.fraction) {
    t->flips.site = site;
    t->flips.element = element;
    t->flips.fraction = fraction;
  }
}

/* The reference call that this one must equal, NULL (and a flip) where the pass has gone another way. */
static const call *match(clino_trace *t, const char *site, size_t first, size_t n, bool winner) {
  if (t->diverged) return NULL;
  const call *c = t->cursor < t->n_calls ? &t->calls[t->cursor] : NULL;
  if (c && c->first == first && c->n == n && c->winner == winner && (c->site == site || !strcmp(c->site, site))) {
    t->cursor++;
    return c;
  }
  t->diverged = true;
  flip(t, site, first, 1);
  return NULL;
}

static void compare_number(clino_trace *t, const call *c, size_t i, double z) {
  double before = t->values[c->offset + i];
  if ((z > 0) != (before > 0)) flip(t, c->site, c->first + i, before / (before - z));
}

void clino_trace_report_f64(clino_trace *trace, const char *site, size_t first, size_t n, const double *z) {
  if (!trace || trace->mode == IDLE || trace->failed) return;
  if (!site) site = "";
  if (trace->mode == RECORD) {
    double *to = record(trace, site, first, n, false);
    if (to && n) memcpy(to, z, n * sizeof *z);
    trace->failed = !to;
    return;
  }
  const call *c = match(trace, site, first, n, false);
  for (size_t i = 0; c && i < n; i++) compare_number(trace, c, i, z[i]);
}

void clino_trace_report_f32(clino_trace *trace, const char *site, size_t first, size_t n, const float *z) {
  if (!trace || trace->mode == IDLE || trace->failed) return;
  if (!site) site = "";
  if (trace->mode == RECORD) {
    double *to = record(trace, site, first, n, false);
    for (size_t i = 0; to && i < n; i++) to[i] = (double)z[i];
    trace->failed = !to;
    return;
  }
  const call *c = match(trace, site, first, n, false);
  for (size_t i = 0; c && i < n; i++) compare_number(trace, c, i, (double)z[i]);
}

void clino_trace_report_winner(clino_trace *trace, const char *site, size_t element, size_t winner, double margin) {
  if (!trace || trace->mode == IDLE || trace->failed) return;
  if (!site) site = "";
  if (trace->mode == RECORD) {
    double *to = record(trace, site, element, 2, true);
    if (to) to[0] = (double)winner, to[1] = margin;
    trace->failed = !to;
    return;
  }
  const call *c = match(trace, site, element, 2, true);
  if (!c) return;
  double before = trace->values[c->offset + 1];
  if (trace->values[c->offset] != (double)winner) flip(trace, site, element, before / (before + margin));
}

void clino__trace_record(clino_trace *t) {
  t->mode = RECORD;
  t->n_calls = t->n_values = t->cursor = 0;
  t->diverged = t->failed = false;
  memset(&t->flips, 0, sizeof t->flips);
}

void clino__trace_compare(clino_trace *t) {
  t->mode = COMPARE;
  t->cursor = 0;
  t->diverged = false;
  memset(&t->flips, 0, sizeof t->flips);
}

clino__flips clino__trace_flips(clino_trace *t) {
  if (t->mode == COMPARE && !t->diverged && t->cursor < t->n_calls) {
    t->diverged = true;
    flip(t, t->calls[t->cursor].site, t->calls[t->cursor].first, 1);
  }
  return t->flips;
}

bool clino__trace_failed(const clino_trace *t) { return t->failed; }

void clino__trace_idle(clino_trace *t) {
  free(t->calls);
  free(t->values);
  memset(t, 0, sizeof *t);
}
