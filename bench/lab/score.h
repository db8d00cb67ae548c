/* What the lab counts: how often faults were found and named, how often healthy runs were flagged. */
#ifndef LAB_SCORE_H
#define LAB_SCORE_H

#include "lab/plan.h"

typedef struct lab_count {
  size_t runs, found, on_top; /* of faulty runs that count */
  size_t harmless;            /* that do not */
} lab_count;

typedef struct lab_score {
  lab_count faulty;           /* over all faults */
  size_t healthy, warn, fail; /* healthy runs; with a warning or worse; with a failure */
} lab_score;

/* Decides which runs count. A healthy run: its loss has fallen, validation ends within 15% of its best level, and it
 * is no outlier of its twins. A faulty one: it is wrong by construction, or ends worse than its twins' spread. */
void lab_score_outcomes(lab_plan *p);

/* The score by what was logged. */
lab_score lab_score_of(const lab_plan *p, lab_level level);

/* Counts for one fault at one strength (NaN: all). */
lab_count lab_score_fault(const lab_plan *p, lab_level level, const lab_fault *f, double strength);

/* Was the fault of a run found; was its top finding's cause a true one? */
bool lab_run_found(const lab_run *r, lab_level level);
bool lab_run_named(const lab_run *r, lab_level level);

/* Prints the tables, and the figures. */
void lab_print_tables(const lab_plan *p);
void lab_print_figures(const lab_plan *p);

/* Prints, for those who develop checks, what was missed, misnamed, or flagged without need. */
void lab_print_details(const lab_plan *p);

#endif
