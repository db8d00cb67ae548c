/* A probe stands between gradcheck() and an objective: counts the calls, spoils the gradient in a known way, fails at a
 * given call, and notes calls outside of bounds. */
#ifndef TESTS_SUPPORT_PROBE_H
#define TESTS_SUPPORT_PROBE_H

#include <stdbool.h>

#include "clino/gradcheck.h"
#include "support/suite.h"

typedef enum mutation {
  RIGHT = 0,
  NEGATED,      /* all entries */
  SCALED,       /* all, by factor */
  ZEROED,       /* all */
  SHIFTED,      /* entry i takes the place of i + 1 */
  SWAPPED,      /* entries i and j */
  ENTRY_SCALED, /* entry i, by factor */
  ENTRY_ZEROED, /* entry i */
  ENTRY_SET,    /* entry i becomes factor: NaN, infinity */
  TRANSPOSED    /* rows i, columns j: what is meant for [r][c] stands at [c][r] */
} mutation;

typedef struct probe {
  clino_objective f;
  void *ctx;
  mutation kind;
  size_t i, j;
  double factor;
  double scale, offset;          /* of the value: f * scale + offset; scale 0 stands for 1 */
  const double *lower, *upper;
  uint64_t fail_at;              /* the call, from 1 on, that returns 37; 0: none */
  uint64_t calls, evaluations, gradients, outside;
} probe;

int probe_objective(size_t n, const double *x, double *f, double *grad, void *ctx);

/* Runs gradcheck() on the probe, with its counters set back before. The status must be CLINO_OK. */
clino_gradcheck_result probe_check(probe *p, size_t n, const double *x, const clino_gradcheck_options *options);

/* Equal in every bit, save for the options, whose padding is the caller's. */
bool same_results(const clino_gradcheck_result *a, const clino_gradcheck_result *b);

/* One assertion with what describe() says, and the label, as its text. */
void expect(bool holds, const char *label, const clino_gradcheck_result *r, const char *file, unsigned line);

static inline bool caught(const clino_gradcheck_result *r) { return r->verdict >= CLINO_VERDICT_SUSPECT; }

#define EXPECT_ACCEPTED(label, r) expect(clino_gradcheck_accepted(r), label, r, __FILE__, __LINE__)
#define EXPECT_REFUSED(label, r) expect(!clino_gradcheck_accepted(r), label, r, __FILE__, __LINE__)
#define EXPECT_CAUGHT(label, r) expect(caught(r), label, r, __FILE__, __LINE__)
#define EXPECT_NOT_CAUGHT(label, r) expect(!caught(r), label, r, __FILE__, __LINE__)
#define EXPECT_VERDICT(label, r, v) expect((r)->verdict == (v), label, r, __FILE__, __LINE__)

#endif
