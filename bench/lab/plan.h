/* Which runs a half of the lab consists of, and making them, several at a time. */
#ifndef LAB_PLAN_H
#define LAB_PLAN_H

#include "clino/finding.h"
#include "lab/faults.h"
#include "lab/healthy.h"
#include "lab/rules.h"
#include "lab/train.h"

#define LAB_BASES 2          /* recipes a family */
#define LAB_TWINS 5          /* seeds a recipe */
#define LAB_FAULTY 24        /* runs a fault, at least, and 8 a strength */
#define LAB_MOST_CHECKS 48

/* What Clino said of a run. */
typedef struct lab_verdict {
  unsigned char level[LAB_MOST_CHECKS]; /* the gravest finding of each check, by its place in the registry */
  clino_finding_level worst;
  char check[32], cause[48];            /* of the top finding: the gravest, then the surest, then the first */
  char message[256];
} lab_verdict;

/* How much of a run was logged. */
typedef enum lab_level { LAB_FULL, LAB_LOSSES } lab_level;

typedef struct lab_run {
  lab_recipe recipe;
  const lab_fault *fault;  /* NULL: healthy */
  size_t base;             /* healthy runs of one base are twins, and those of its faulty ones */
  char name[64];
  /* found by making it */
  lab_outcome outcome;
  double drift;            /* how far the end of val/loss lies above its best level, as a fraction of that */
  lab_verdict verdict[2];  /* by lab_level */
  unsigned rules[2];       /* by lab_level: a bit for each published rule that fired */
  bool counts;             /* healthy: it is; faulty: worse than its twins, or wrong by construction */
} lab_run;

typedef struct lab_plan {
  lab_half half;
  size_t n;
  lab_run *run;
} lab_plan;

/* All runs of a half; or of each base and strength one in `sample` (1: all). only: NULL, or words: families and faults
 * to keep (with the twins of faults). 0; -1 where memory is out. Free with lab_plan_free. */
int lab_plan_make(lab_half half, size_t sample, const char *only, lab_plan *p);
void lab_plan_free(lab_plan *p);

/* Makes and judges all runs with so many threads; folder: NULL, or where each is written as CSV. 0; else -1. */
int lab_plan_make_runs(lab_plan *p, const lab_sources *sources, size_t jobs, const char *folder);

#endif
