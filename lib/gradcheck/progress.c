/* The ready-made bar. It writes to the file that the caller gave it, one line that it draws over with a carriage
 * return, in plain ASCII. */
#include "clino/progress.h"

#include <math.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CELLS 24           /* of the bar: with the numbers, a line stays below 80 columns */
#define LINE 79
#define SECONDS_BETWEEN 0.1

static double now_seconds(void) {
  struct timespec t;
  if (clock_gettime(CLOCK_MONOTONIC, &t)) return 0;
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

clino_progress_bar clino_progress_bar_start(FILE *out) {
  clino_progress_bar bar = {.out = out, .terminal = false, .drawn = false, .started = now_seconds(), .last = -INFINITY};
  if (out) bar.terminal = isatty(fileno(out)) == 1;
  return bar;
}

/* Whole units only: nothing that depends on the locale. */
static void add_time(char *line, size_t size, double seconds) {
  size_t used = strlen(line);
  if (!(seconds >= 0 && seconds < 1e9)) return;
  unsigned long s = (unsigned long)ceil(seconds);
  if (s < 120) snprintf(line + used, size - used, ", %lu s left", s);
  else if (s < 7200) snprintf(line + used, size - used, ", %lu min left", (s + 59) / 60);
  else snprintf(line + used, size - used, ", %lu h left", (s + 3599) / 3600);
}

int clino_progress_bar_show(const clino_progress *now, void *ctx) {
  clino_progress_bar *bar = ctx;
  if (!bar->out || !bar->terminal) return 0;
  double t = now_seconds();
  if (t - bar->last < SECONDS_BETWEEN) return 0;
  double share = now->expected ? (double)now->done / (double)now->expected : 0;
  if (!(share <= 1)) share = 1;
  char cells[CELLS + 1], line[LINE + 1];
  size_t full = (size_t)(share * CELLS);
  memset(cells, '=', full);
  memset(cells + full, ' ', CELLS - full);
  cells[CELLS] = '\0';
  snprintf(line, sizeof line, "[%s] %3d%% %llu of %llu", cells, (int)(100 * share), (unsigned long long)now->done,
           (unsigned long long)now->expected);
  if (share > 0) add_time(line, sizeof line, (t - bar->started) * (1 - share) / share);
  fprintf(bar->out, "\r%-*s", LINE, line);
  fflush(bar->out);
  bar->last = t;
  bar->drawn = true;
  return 0;
}

void clino_progress_bar_end(clino_progress_bar *bar) {
  if (!bar->drawn) return;
  fprintf(bar->out, "\r%*s\r", LINE, "");
  fflush(bar->out);
  bar->drawn = false;
}
