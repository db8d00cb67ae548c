/* clino/trace.h - the forward pass tells which branch it took, so that a kink is found exactly.
 *
 * A centered difference that straddles the kink of a relu, an absolute value or a maximum says nothing about the
 * derivative at the point. The forward pass reports the sign of what it branches on; while a gradient check runs, the
 * signs at x + h are compared with those at x, and a flip proves that a kink lies between (Stanford CS231n, "Neural
 * networks 3", asks for the winners of the maxima to be tracked in just this way). What is reported is the number and
 * not its sign, so that the distance to the kink is known. Silence proves nothing: a net may be half instrumented.
 *
 *   y = clino_branch(layer->trace, "relu1", i, z) ? z : 0;         one unit
 *   clino_branches(layer->trace, "relu1", n, z);                   a whole layer before its loop
 *   winner = clino_winner(layer->trace, "pool1", k, winner, best - second);
 *
 * A branch is taken where z > 0: 0, -0 and NaN are on the other side, as in the code above. So at z = 0 exactly a step
 * to z > 0 flips, at a distance of 0, and one to z < 0 does not.
 *
 * The trace belongs to the caller and travels in the model's own context; NULL costs one test. While a check listens, a
 * bulk call costs about a tenth of a nanosecond a number, a call for each number 5 to 10. The check finds the trace
 * through clino_context_ops.trace. site is a string that stays valid while the trace lives. A trace is used by one
 * thread at a time.
 *
 * Calls of the pass at x and of the one at x + h are matched by function and type, site, first element and number of
 * elements; those that have all of these in common by their order, so give each layer its own site. In which order
 * different ones come does not matter (another order costs a search), and what only one of the passes reports is not
 * compared: it is no flip.
 */
#ifndef CLINO_TRACE_H
#define CLINO_TRACE_H

#include "clino/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct clino_trace clino_trace;

/* Makes an idle trace in *trace, freed by the caller with clino_trace_free. Errors: CLINO_ERR_MEMORY, CLINO_ERR_RANGE
 * (trace is NULL). During a check it holds the reported numbers, a bit for each, and 40 bytes a call (another 16 to 24
 * where the order of calls changes). */
CLINO_API clino_status clino_trace_new(clino_trace **trace, clino_error *error);

/* Frees a trace. NULL is allowed. */
CLINO_API void clino_trace_free(clino_trace *trace);

/* Behind the calls below; nothing is done unless a check listens. trace: may be NULL. site: NULL stands for "". z: n
 * numbers that were branched on, the caller's, for elements first to first + n - 1, NULL only where n is 0; winner,
 * margin: as in clino_winner. Where memory is out, the check fails with CLINO_ERR_MEMORY. */
CLINO_API void clino_trace_report_f64(clino_trace *trace, const char *site, size_t first, size_t n, const double *z);
CLINO_API void clino_trace_report_f32(clino_trace *trace, const char *site, size_t first, size_t n, const float *z);
CLINO_API void clino_trace_report_winner(clino_trace *trace, const char *site, size_t element, size_t winner,
                                         double margin);

/* Reports one branch on the sign of z at a unit of a site; returns z > 0. */
static inline int clino_branch(clino_trace *trace, const char *site, size_t element, double z) {
  if (trace) clino_trace_report_f64(trace, site, element, 1, &z);
  return z > 0;
}

/* Reports n branches on the signs of z[0..n-1], elements 0 to n - 1 of a site. */
static inline void clino_branches_f64(clino_trace *trace, const char *site, size_t n, const double *z) {
  if (trace) clino_trace_report_f64(trace, site, 0, n, z);
}
static inline void clino_branches_f32(clino_trace *trace, const char *site, size_t n, const float *z) {
  if (trace) clino_trace_report_f32(trace, site, 0, n, z);
}

/* Reports which of several candidates won (max-pool, maxout) and by how much (best minus second best, 0 or more);
 * returns winner. */
static inline size_t clino_winner(clino_trace *trace, const char *site, size_t element, size_t winner, double margin) {
  if (trace) clino_trace_report_winner(trace, site, element, winner, margin);
  return winner;
}

/* Reports a maximum of two and returns it: a if a > b, else b (so b where one is NaN, as with a > b ? a : b). */
static inline double clino_max(clino_trace *trace, const char *site, size_t element, double a, double b) {
  return clino_branch(trace, site, element, a - b) ? a : b;
}

#ifdef __cplusplus
}
/* clino_branches takes double and float alike. */
static inline void clino_branches(clino_trace *trace, const char *site, size_t n, const double *z) {
  clino_branches_f64(trace, site, n, z);
}
static inline void clino_branches(clino_trace *trace, const char *site, size_t n, const float *z) {
  clino_branches_f32(trace, site, n, z);
}
#else
#define clino_branches(trace, site, n, z)                                                              \
  _Generic((z) + 0, float *: clino_branches_f32, const float *: clino_branches_f32, default: clino_branches_f64)( \
      trace, site, n, z)
#endif
#endif
