/* The engine's side of a trace: record a reference pass, then compare later passes with it. */
#ifndef CLINO_GRADCHECK_TRACE_H
#define CLINO_GRADCHECK_TRACE_H

#include <stdbool.h>

#include "clino/trace.h"

/* What a pass that was compared showed. */
typedef struct clino__flips {
  size_t count;      /* branches that went the other way, of those that both passes report */
  const char *site;  /* of the flip nearest to the reference point; NULL: none */
  size_t element;
  double fraction;   /* of the step at which the nearest one flipped, by linear interpolation: 0 to 1 */
} clino__flips;

void clino__trace_record(clino_trace *trace);            /* the next pass becomes the reference */
void clino__trace_compare(clino_trace *trace);           /* the next pass is compared with it */
clino__flips clino__trace_flips(clino_trace *trace);     /* of the pass since, which ends here */
void clino__trace_pause(clino_trace *trace);             /* the pass ends here; the next ones are nobody's business */
bool clino__trace_failed(const clino_trace *trace);      /* out of memory: what it says is worthless */
void clino__trace_idle(clino_trace *trace);              /* stop listening and give the memory back */

#endif
