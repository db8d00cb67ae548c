/* The data of a run: real ones, read once, or generated from a seed; with what is wrong with them. */
#ifndef LAB_DATA_H
#define LAB_DATA_H

#include "lab/recipe.h"
#include "net/rng.h"

/* Digits and iris, as read. */
typedef struct lab_sources {
  size_t n_digits, n_iris;
  real *digits, *iris;         /* n x 64, n x 4; standardized */
  int *digit_label, *iris_label;
} lab_sources;

/* Reads digits.csv and iris.csv of a folder. 0; else -1, with the reason on standard error. Free with
 * lab_sources_free. */
int lab_sources_read(const char *folder, lab_sources *s);
void lab_sources_free(lab_sources *s);

typedef struct lab_samples {
  size_t n;
  real *x;      /* n x n_in */
  int *label;   /* n; of classes */
  real *target; /* n; of regression */
} lab_samples;

typedef struct lab_data {
  size_t n_in, n_steps;           /* numbers a sample; of which n_steps are steps of a sequence, else 1 */
  size_t classes;                 /* 0: regression */
  lab_samples train, validation;  /* as the run sees them */
  lab_samples clean;              /* validation without what is wrong with labels, and without the leak */
  void *memory;
} lab_data;

/* 0; -1 where memory is out. Free with lab_data_free. */
int lab_data_make(const lab_sources *sources, const lab_recipe *r, lab_data *d);
void lab_data_free(lab_data *d);

/* A number of the standard normal distribution, without libm: the sum of 12 uniform ones, less 6. */
double lab_normal(rng *g);

#endif
