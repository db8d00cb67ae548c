/* Trains healthy and faulty networks, judges them by Clino and by published rules, and counts.
 *
 *   lab [--half report|tune] [--sample N] [--only WORD,...] [--jobs N] [--write DIR] [--details] [--data DIR]
 *
 * --half     report (default), or tune, on which thresholds are chosen and which prints the details as well
 * --sample   one run in N of each fault, one family's recipe in N
 * --only     families and faults by name (with the twins of the faults); --list names them
 * --write    writes every run as Clino's CSV into a folder, for diagnose to read
 * --details  what was missed, misnamed and flagged without need, on the half that is reported too */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "figure.h"
#include "lab/score.h"

typedef struct arguments {
  lab_half half;
  size_t sample, jobs;
  const char *folder, *data;
  char *only;
  bool details, list;
} arguments;

static int usage(void) {
  fprintf(stderr, "usage: lab [--half report|tune] [--sample N] [--only NAME,...] [--jobs N] [--write DIR] [--details] "
                  "[--data DIR] [--list]\n");
  return 2;
}

static bool number(const char *text, size_t *value) {
  char *end;
  long n = strtol(text, &end, 10);
  *value = n > 0 ? (size_t)n : 1;
  return n > 0 && !*end;
}

static bool parse(int argc, char **argv, arguments *a) {
  for (int i = 1; i < argc; i++) {
    const char *o = argv[i];
    if (strcmp(o, "--details") == 0) a->details = true;
    else if (strcmp(o, "--list") == 0) a->list = true;
    else if (++i == argc) return false;
    else if (strcmp(o, "--half") == 0 && strcmp(argv[i], "tune") == 0) a->half = LAB_TUNE;
    else if (strcmp(o, "--half") == 0 && strcmp(argv[i], "report") == 0) a->half = LAB_REPORT;
    else if (strcmp(o, "--write") == 0) a->folder = argv[i];
    else if (strcmp(o, "--data") == 0) a->data = argv[i];
    else if (strcmp(o, "--only") == 0) a->only = argv[i];
    else if (strcmp(o, "--sample") == 0 ? !number(argv[i], &a->sample)
                                        : strcmp(o, "--jobs") != 0 || !number(argv[i], &a->jobs))
      return false;
  }
  for (char *c = a->only; c && *c; c++)
    if (*c == ',') *c = ' ';
  return true;
}

static int list(void) {
  for (size_t i = 0; i < lab_family_count(); i++)
    printf("%-22s healthy: %s\n", lab_family_name(i), lab_family_about(i));
  for (size_t i = 0; i < lab_fault_count(); i++) printf("%-22s %s\n", lab_fault_at(i)->name, lab_fault_at(i)->about);
  return 0;
}

static void print(lab_plan *p, const arguments *a, double seconds) {
  lab_score_outcomes(p);
  printf("lab: %zu runs of the half to %s, in %.0f s\n\n", p->n, p->half == LAB_TUNE ? "tune on" : "report", seconds);
  lab_print_tables(p);
  if (a->details || a->half == LAB_TUNE) lab_print_details(p);
  lab_print_figures(p);
}

int main(int argc, char **argv) {
  arguments a = {LAB_REPORT, 1, 2, NULL, "examples/data", NULL, false, false};
  lab_sources sources;
  lab_plan plan;
  int status = 1;
  if (!parse(argc, argv, &a)) return usage();
  if (a.list) return list();
  if (a.folder && mkdir(a.folder, 0777) && errno != EEXIST) return perror(a.folder), 1;
  if (lab_sources_read(a.data, &sources)) return 1;
  double start = bench_now();
  if (!lab_plan_make(a.half, a.sample, a.only, &plan)) {
    if (!lab_plan_make_runs(&plan, &sources, a.jobs, a.folder)) {
      print(&plan, &a, bench_now() - start);
      status = 0;
    }
    lab_plan_free(&plan);
  }
  lab_sources_free(&sources);
  return status;
}
