/* What explanations rest on: one tensor of one sheet (or all of them as one vector), its error bars, which entries are
 * wrong; and how well a formula for an entry does. */
#ifndef CLINO_GRADCHECK_EVIDENCE_H
#define CLINO_GRADCHECK_EVIDENCE_H

#include "gradcheck/record.h"

typedef struct clino__evidence {
  const clino_gradcheck_record *record;
  const clino__sheet *sheet;
  const char *name;
  size_t tensor;               /* SIZE_MAX: all of them */
  clino_dtype dtype;
  size_t n_dims, shape[CLINO_MAX_DIMS], first, count; /* n_dims 0: no shape */
  const double *a, *n, *x;     /* analytic, numeric, parameter */
  double *bar;                 /* error bar of n - a beside a bug; NaN where n is not known */
  size_t *used, n_used;        /* entries with a finite bar */
  size_t *wrong, n_wrong;      /* of them SUSPECT or FAIL */
  size_t nonzero;              /* of the used ones, those where a or n stands out of its bar */
  double size;                 /* root mean square of n over the used ones */
} clino__evidence;

/* Errors: CLINO_ERR_MEMORY. tensor SIZE_MAX: all. */
clino_status clino__evidence_init(clino__evidence *ev, const clino_gradcheck_record *record, size_t sheet,
                                  size_t tensor, clino_error *error);
void clino__evidence_free(clino__evidence *ev);

/* A formula's result so far. */
typedef struct clino__fit {
  size_t covered, within;             /* entries it says something about; to within twice their bars */
  size_t wrong, wrong_within;         /* the same over the wrong ones */
  size_t telling;                     /* wrong ones that it brings nearer by a factor of 8 or more */
  double bits;
  double sums[5];                     /* of p, q, pp, qq, pq, for the correlation of p and q */
} clino__fit;

/* One entry: p, from the analytic value, stands against q, from the numeric one. */
void clino__fit_add(clino__fit *fit, const clino__evidence *ev, size_t entry, double p, double q);

double clino__fit_correlation(const clino__fit *fit);

/* The correlation of n with a as laid out. */
double clino__plain_correlation(const clino__evidence *ev);

/* Whether a formula with so many fitted numbers, chosen among 2^choice, is borne out; *bits: by how much evidence. */
bool clino__fit_holds(const clino__fit *fit, size_t numbers, double choice, double *bits);

/* A formula whose fitted numbers are known: what it makes of an entry. False: it says nothing about this one. */
typedef bool (*clino__formula)(const clino__evidence *ev, const void *with, size_t entry, double *p, double *q);

/* Over all used entries; given up, with false, as soon as it cannot hold any more. The wrong entries come first. */
bool clino__fit_all(const clino__evidence *ev, clino__formula formula, const void *with, clino__fit *fit);

/* n ~ c[0] u + c[1] v over the entries, least squares by iteration with the weights of Cauchy's distribution, which a
 * few entries far off leave alone; v NULL: c[0] alone. u, v, n by entry. error: of c, the larger of three deviations
 * and of what all error bars pulling one way would do. False: u (or v) does not determine it. scratch: count
 * doubles. */
bool clino__regress(const clino__evidence *ev, const size_t *entries, size_t count, const double *u, const double *v,
                    const double *n, double c[2], double error[2], double *scratch);

/* Entries that may miss: a twentieth, none of fewer than 20. */
size_t clino__may_miss(size_t entries);

#endif
