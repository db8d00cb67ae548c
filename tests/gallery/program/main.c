/* The gallery: objectives with exact gradients, at points near and far from kinks, under three loss scales, with the
 * right gradient and with every fault, judged by Clino and beside it by other checks.
 *
 *   gallery [--quick] [--points N] [--seed S] [--jobs N] [--misses] [--rejected] [--list]
 *           [--objective NAME] [--point I] [--condition NAME] [--scale 1e-12|1|1e8] [--fault NAME|right] [--report]
 *
 * --misses lists every case that was not answered as it should be, --rejected the right gradients that were rejected,
 * --report each case with the whole report. Sites are shared out among jobs; results do not depend on how many. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gallery/program/rivals.h"
#include "gallery/program/table.h"

enum { MOST_JOBS = 64, POINTS = 5, END_OF_SITE = '\f' };

typedef struct job {
  FILE *text, *score;
  pid_t process;
} job;

static void die(const char *what, const char *which) {
  fprintf(stderr, "gallery: %s%s%s\n", what, which ? ": " : "", which ? which : "");
  exit(2);
}

/* ---- running ---- */

static void work(const gallery_plan *p, job *j, size_t first, size_t jobs) {
  static gallery_score score;
  bool tell = first == 0 && isatty(STDERR_FILENO);
  memset(&score, 0, sizeof score);
  for (size_t i = first; i < gallery_sites(p); i += jobs) {
    gallery_score_site(p, i, &score, j->text);
    fputc(END_OF_SITE, j->text);
    if (tell) fprintf(stderr, "\r%zu of %zu sites ", i + 1, gallery_sites(p));
  }
  if (tell) fprintf(stderr, "\r%40s\r", "");
  if (fwrite(&score, sizeof score, 1, j->score) != 1 || fflush(j->score) || fflush(j->text)) die("cannot write", NULL);
}

static void start(const gallery_plan *p, job *j, size_t first, size_t jobs) {
  j->text = tmpfile();
  j->score = tmpfile();
  if (!j->text || !j->score) die("cannot open a temporary file", strerror(errno));
  if (jobs == 1) {
    work(p, j, 0, 1);
    return;
  }
  j->process = fork();
  if (j->process < 0) die("cannot fork", strerror(errno));
  if (j->process > 0) return;
  work(p, j, first, jobs);
  _exit(EXIT_SUCCESS);
}

static void finish(job *j, gallery_score *sum) {
  static gallery_score score;
  int status = 0;
  if (j->process && (waitpid(j->process, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0))
    die("a job failed", NULL);
  rewind(j->score);
  rewind(j->text);
  if (fread(&score, sizeof score, 1, j->score) != 1) die("cannot read a job's score", NULL);
  gallery_add(sum, &score);
}

/* What the jobs had to say, in the order of the sites. */
static void print_text(const gallery_plan *p, job *jobs, size_t n_jobs) {
  for (size_t i = 0; i < gallery_sites(p); i++)
    for (int c; (c = getc(jobs[i % n_jobs].text)) != EOF && c != END_OF_SITE;) putchar(c);
}

static void run(const gallery_plan *p, size_t n_jobs) {
  static gallery_score sum;
  job jobs[MOST_JOBS] = {{0}};
  fflush(stdout);
  for (size_t i = 0; i < n_jobs; i++) start(p, jobs + i, i, n_jobs);
  for (size_t i = 0; i < n_jobs; i++) finish(jobs + i, &sum);
  print_text(p, jobs, n_jobs);
  for (size_t i = 0; i < n_jobs; i++) fclose(jobs[i].text), fclose(jobs[i].score);
  gallery_print(p, &sum);
}

/* ---- options ---- */

static uint64_t number(const char *text, uint64_t most) {
  char *end;
  errno = 0;
  unsigned long long v = strtoull(text, &end, 10);
  if (errno || end == text || *end || v > most) die("not a number in range", text);
  return v;
}

static int condition_named(const char *name) {
  for (int i = 0; i < GALLERY_CONDITIONS; i++)
    if (strcmp(gallery_condition_name((gallery_condition)i), name) == 0) return i;
  die("no such condition (see --list)", name);
  return -1;
}

static int fault_named(const char *name) {
  if (strcmp(name, "right") == 0) return -2;
  for (size_t i = 0; i < gallery_faults(); i++)
    if (strcmp(gallery_fault_at(i)->name, name) == 0) return (int)i;
  die("no such fault (see --list)", name);
  return -1;
}

static int scale_named(const char *name) {
  static const char *const names[GALLERY_SCALES] = {"1e-12", "1", "1e8"};
  for (int i = 0; i < GALLERY_SCALES; i++)
    if (strcmp(names[i], name) == 0) return i;
  die("no such scale", name);
  return -1;
}

static const char *objective_named(const char *name) {
  for (size_t i = 0; i < gallery_count(); i++)
    if (strcmp(gallery_at(i)->name, name) == 0) return name;
  die("no such objective (see --list)", name);
  return NULL;
}

static void list(void) {
  for (size_t i = 0; i < gallery_count(); i++)
    printf("objective %-24s %4zu entries  %s\n", gallery_at(i)->name, gallery_at(i)->n, gallery_at(i)->what);
  for (int i = 0; i < GALLERY_CONDITIONS; i++) printf("condition %s\n", gallery_condition_name((gallery_condition)i));
  for (size_t i = 0; i < gallery_faults(); i++)
    printf("fault %-16s %s\n", gallery_fault_at(i)->name, gallery_fault_at(i)->what);
  exit(EXIT_SUCCESS);
}

static bool take_flag(gallery_plan *p, const char *option) {
  if (strcmp(option, "--quick") == 0) p->points = 1;
  else if (strcmp(option, "--misses") == 0) p->misses = p->rejected = true;
  else if (strcmp(option, "--rejected") == 0) p->rejected = true;
  else if (strcmp(option, "--report") == 0) p->reports = true;
  else if (strcmp(option, "--list") == 0) list();
  else return false;
  return true;
}

static bool take_value(gallery_plan *p, size_t *jobs, const char *option, const char *value) {
  if (strcmp(option, "--points") == 0) p->points = (size_t)number(value, 1000);
  else if (strcmp(option, "--seed") == 0) p->seed = number(value, UINT64_MAX);
  else if (strcmp(option, "--jobs") == 0) *jobs = (size_t)number(value, MOST_JOBS);
  else if (strcmp(option, "--objective") == 0) p->objective = objective_named(value);
  else if (strcmp(option, "--point") == 0) p->point = (int)number(value, 1000);
  else if (strcmp(option, "--condition") == 0) p->condition = condition_named(value);
  else if (strcmp(option, "--scale") == 0) p->scale = scale_named(value);
  else if (strcmp(option, "--fault") == 0) p->fault = fault_named(value);
  else return false;
  return true;
}

int main(int argc, char **argv) {
  gallery_plan p = {.seed = 1, .points = POINTS, .condition = -1, .scale = -1, .point = -1, .fault = -1};
  size_t jobs = 2;
  p.rivals = gallery_rivals;
  for (int i = 1; i < argc; i++) {
    if (take_flag(&p, argv[i])) continue;
    bool taken = i + 1 < argc && take_value(&p, &jobs, argv[i], argv[i + 1]);
    if (!taken) die("unknown option, or without its value", argv[i]);
    i++;
  }
  if (!p.points || !jobs) die("points and jobs are 1 or more", NULL);
  if (p.reports) p.rivals = NULL;
  run(&p, jobs);
  return EXIT_SUCCESS;
}
