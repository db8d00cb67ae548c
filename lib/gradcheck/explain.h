/* The search for what a bug looks like: each file tries its kind of formula on one tensor. */
#ifndef CLINO_GRADCHECK_EXPLAIN_H
#define CLINO_GRADCHECK_EXPLAIN_H

#include "clino/explain.h"
#include "gradcheck/evidence.h"

/* What held for one tensor: the best of each pattern. */
typedef struct clino__found {
  clino_explanation list[CLINO_PATTERN_COUNT]; /* by pattern; NONE: did not hold */
} clino__found;

typedef struct clino__search {
  const clino__evidence *ev;
  const clino_explain_options *options;
  clino__found *found;
  double *scratch;         /* 3 * count doubles */
  size_t *map;             /* 2 * count indices */
} clino__search;

/* Notes an explanation that the fit bears out; returns false where it does not. pattern, value, error, axis, index,
 * beside are those of *about, the rest is filled in. */
bool clino__found_add(const clino__search *s, const clino_explanation *about, const clino__fit *fit, size_t numbers,
                      double choice);

/* The same for what was seen and not fitted. */
void clino__found_fact(const clino__search *s, const clino_explanation *about, size_t entries, size_t within,
                       double bits);

/* An explanation with nothing but its pattern. */
clino_explanation clino__about(clino_pattern pattern);

void clino__explain_linear(const clino__search *s);   /* sign, scale, decay */
void clino__explain_order(const clino__search *s);    /* transposed, reversed, shifted */
void clino__explain_permuted(const clino__search *s); /* slices or entries in any order */
void clino__explain_values(const clino__search *s);   /* zero, clipped, rounding */
void clino__explain_units(const clino__search *s);    /* slice, activation, unit scale */
void clino__explain_others(const clino__search *s);   /* another tensor, another point */

void clino__explain_samples(const clino__search *s);  /* the first or the last one alone */

/* Where the gradient at the given point is wrong and the hook select_sample is there: measures the first and the last
 * sample's part at a few wrong entries of each tensor. */
clino_status clino__samples_measure(clino__problem *p);

/* Whether an explanation found elsewhere holds here too, its number included; so that a bug that several tensors share
 * is seen in those too that are too small to show it alone. */
bool clino__explain_holds(const clino__evidence *ev, const clino_explanation *e);

/* The constant that value, known to within error, is: its name, or "". */
void clino__name_constant(double value, double error, const clino_explain_options *options, char name[48]);

/* The sentence. names: of the tensors it holds for. */
void clino__explanation_text(const clino_gradcheck_record *record, const size_t *tensors, clino_explanation *e);

/* Explanations of a check that ended, into its result. */
clino_status clino__explain_result(clino__problem *p);

#endif
