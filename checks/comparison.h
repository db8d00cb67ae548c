/* A comparison of runs as it is kept. */
#ifndef CLINO_CHECKS_COMPARISON_H
#define CLINO_CHECKS_COMPARISON_H

#include "clino/compare.h"

struct clino_comparison {
  char *series;          /* NULL: there is none */
  int direction;         /* 1: lower is better; -1: higher */
  size_t n;
  clino_compared *runs;  /* as given; their names belong to the comparison */
  size_t *order;         /* from the best to the worst */
  size_t n_settings;
  char **settings;       /* names, ascending */
  char **values;         /* n for each setting; NULL where not known */
};

/* comparison_settings.c: finds what differs. */
clino_status clino__find_settings(clino_comparison *comparison, clino_error *error);

#endif
