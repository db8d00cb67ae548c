/* clino/progress.h - how far a long check is.
 *
 * A check calls options.progress after every call of the caller's code; what it returns can stop the check. A bar for a
 * terminal is ready-made:
 *
 *   clino_progress_bar bar = clino_progress_bar_start(stderr);
 *   options.progress = clino_progress_bar_show;
 *   options.progress_ctx = &bar;
 *   status = gradcheck_model(&model, &options, &result, &error);
 *   clino_progress_bar_end(&bar);
 *
 * It draws one line and wipes it at the end. Where its file is no terminal (a log, a pipe, CI), it writes nothing.
 */
#ifndef CLINO_PROGRESS_H
#define CLINO_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "clino/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct clino_progress {
  uint64_t done;     /* calls for the value or the gradient so far */
  uint64_t expected; /* in all, as far as can be told now: it may still change, and is never below done */
} clino_progress;

/* Called after every call of the caller's code, in the same thread. Nonzero stops the check with CLINO_ERR_CANCELLED,
 * the value kept in error.callback_value; the verdict is then NONE, and everything is put back. It must return. */
typedef int (*clino_progress_callback)(const clino_progress *now, void *ctx);

/* A bar that is being drawn. Fields are for reading, except terminal, which may be set to true to draw all the same. */
typedef struct clino_progress_bar {
  FILE *out;         /* the caller's; NULL: nothing is written */
  bool terminal;     /* whether out is one */
  bool drawn;        /* whether there is a line to wipe */
  double started, last; /* seconds on a clock that only goes forward: the start, the last drawing */
} clino_progress_bar;

/* A bar that starts now. out: the caller's, open until clino_progress_bar_end; NULL: none. Thread safe. */
CLINO_API clino_progress_bar clino_progress_bar_start(FILE *out);

/* A clino_progress_callback that draws, at most ten times a second; bar: a clino_progress_bar, not NULL. Time left is
 * that of the calls so far, for those to come. A failing write is not reported. Returns 0: it never cancels. */
CLINO_API int clino_progress_bar_show(const clino_progress *now, void *bar);

/* Wipes the line, if one was drawn. bar: not NULL. */
CLINO_API void clino_progress_bar_end(clino_progress_bar *bar);

#ifdef __cplusplus
}
#endif
#endif
