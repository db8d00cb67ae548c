/* Scoring: a site under one loss scale, with the right gradient and with every fault, judged by Clino and by others. */
#ifndef GALLERY_SCORE_H
#define GALLERY_SCORE_H

#include <stdio.h>

#include "clino.h"
#include "gallery/faults.h"
#include "gallery/ladder.h"

enum { GALLERY_SCALES = 3, GALLERY_RIVALS = 4, GALLERY_MOST_FAULTS = 40 };
extern const double gallery_loss_scales[GALLERY_SCALES];

/* A site under a loss scale. */
typedef struct gallery_case {
  gallery_site *site;
  double scale;
  const gallery_best *best; /* n: the ladder */
  const double *right;      /* n: the right gradient as the backward pass has it, scaled */
} gallery_case;

/* The judgement of another gradient check. prepare: what does not depend on the analytic gradient, n numbers in each
 * of state[0] and state[1]; accepts: its verdict. */
typedef struct gallery_rival {
  const char *name;
  void (*prepare)(const gallery_case *c, double *state[2]);
  bool (*accepts)(const gallery_case *c, double *const state[2], const double *gradient);
} gallery_rival;

/* How often an answer was given. */
typedef struct gallery_answers {
  uint64_t cases, accepted, inconclusive;
  uint64_t rejected; /* SUSPECT and graver, which is "caught" for a wrong one */
  uint64_t rivals_accepted[GALLERY_RIVALS];
} gallery_answers;

typedef struct gallery_cost {
  uint64_t evaluations, entries;
} gallery_cost;

typedef struct gallery_row {
  uint64_t not_placed;
  gallery_answers right, right_undecidable, wrong, wrong_undecidable; /* wrong_undecidable: counted only */
  gallery_cost cost; /* of right cases with 64 entries or more */
} gallery_row;

typedef struct gallery_score {
  gallery_row row[GALLERY_CONDITIONS][GALLERY_SCALES];
  gallery_answers fault[GALLERY_MOST_FAULTS];
  uint64_t fault_undecidable[GALLERY_MOST_FAULTS], fault_unchanged;
  uint64_t fault_subgradient; /* those that make another valid subgradient of it */
  uint64_t missed_unsteady; /* wrong, decidable, not caught: those that one step of the ladder alone decides */
  gallery_cost clean;
} gallery_score;

/* What is to be scored, and what is to be told of it. */
typedef struct gallery_plan {
  uint64_t seed;
  size_t points;             /* seeded points an objective */
  const char *objective;     /* NULL: all; else those whose name it is */
  int condition, scale, point, fault; /* -1: all; a fault: -2 is the right gradient alone */
  bool misses, rejected, reports;
  const gallery_rival *rivals; /* GALLERY_RIVALS, one whose accepts is NULL is not there; NULL: none */
} gallery_plan;

/* Site i of a plan: condition changes fastest, then point, then objective. */
size_t gallery_sites(const gallery_plan *p);
/* Scores it under every scale; text: where misses and reports go, may be NULL. */
void gallery_score_site(const gallery_plan *p, size_t i, gallery_score *score, FILE *text);
void gallery_add(gallery_score *sum, const gallery_score *part);

/* Totals that the figures are made of. */
typedef struct gallery_totals {
  gallery_answers right, right_undecidable, wrong;
  gallery_cost cost, clean;
  uint64_t not_placed;
} gallery_totals;
gallery_totals gallery_total(const gallery_score *s);

#endif
