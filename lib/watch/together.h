/* A watch among those of other ranks. Private to lib/watch. */
#ifndef CLINO_WATCH_TOGETHER_H
#define CLINO_WATCH_TOGETHER_H

#include "watch/watched.h"

/* All hooks are there. */
clino_status clino__ranks_check(const clino_ranks *ranks, clino_error *error);

/* Whether the ranks hold alike what the layers' last look says they do; what is not is in findings. */
clino_status clino__ranks_compare(const clino_ranks *ranks, const clino__watched_layer *layers, size_t n,
                                  clino_findings *findings, clino_error *error);

/* Moves those of the findings in fresh that are not in known yet to known; first, where not NULL, is called with each
 * of them. Errors: CLINO_ERR_MEMORY, CLINO_ERR_CALLBACK. */
clino_status clino__findings_note(clino_findings *known, const clino_findings *fresh, clino_watch_finding first,
                                  void *ctx, clino_error *error);

#endif
