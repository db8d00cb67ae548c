/* What every benchmark needs: a clock, and the line in which a figure is printed. */
#ifndef BENCH_FIGURE_H
#define BENCH_FIGURE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Seconds on a clock that only goes forward. */
static inline double bench_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* "figure NAME VALUE UNIT GOAL ok|short", separated by tabs; at_most: the goal is an upper bound, else a lower one. */
static inline void bench_figure(const char *name, double value, const char *unit, bool at_most, double goal) {
  bool ok = at_most ? value <= goal : value >= goal;
  printf("figure\t%s\t%.4g\t%s\t%s %g\t%s\n", name, value, unit, at_most ? "at most" : "at least", goal,
         ok ? "ok" : "short");
}

/* Ends the program where a benchmark could not be set up or its check did not say what it must. */
static inline void bench_require(bool condition, const char *what) {
  if (condition) return;
  fprintf(stderr, "bench: %s\n", what);
  exit(EXIT_FAILURE);
}

#endif
