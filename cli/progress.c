/* A bar on standard error: only on a terminal, and only once reading has taken longer than people notice. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"

enum { WAIT_MS = 500, REDRAW_MS = 100, BAR = 40, BESIDE = 20 /* columns of what stands beside it */ };

int64_t clock_ms(void) {
  struct timespec t;
  if (clock_gettime(CLOCK_MONOTONIC, &t) != 0) return 0;
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

cli_progress progress_start(bool wanted) {
  const char *term = getenv("TERM");
  bool terminal = isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
  cli_progress progress = {wanted && terminal, false, clock_ms(), 0};
  return progress;
}

int progress_update(uint64_t done, uint64_t total, void *ctx) {
  cli_progress *progress = ctx;
  if (!progress->wanted) return 0;
  int64_t now = clock_ms();
  if (now - progress->start_ms < WAIT_MS || now - progress->drawn_ms < REDRAW_MS) return 0;
  progress->drawn_ms = now;
  progress->shown = true;
  double megabytes = (double)done / 1e6;
  if (total == 0) {
    fprintf(stderr, "\rreading %.0f MB", megabytes);
  } else {
    double part = done < total ? (double)done / (double)total : 1;
    size_t columns = terminal_columns(STDERR_FILENO);
    int room = columns && columns < BAR + BESIDE ? (int)columns - BESIDE : BAR, bar = room > 0 ? room : 0;
    int full = (int)(part * bar);
    fprintf(stderr, "\r[%.*s%*s] %3.0f%% %.0f MB", full, "########################################", bar - full, "",
            100 * part, megabytes);
  }
  fflush(stderr);
  return 0;
}

void progress_end(cli_progress *progress) {
  if (progress->shown) fputs("\r\x1b[K", stderr);
  progress->shown = false;
}
