/* The cause, as clino/stall.h words it. */
#include <math.h>

#include "curvature/stall.h"

#define NOISE_SHARE (1.0 / 3)
#define CROOKED 0.5   /* straightness below which steps undo one another */
#define RETURNED 0.05 /* and below which a walk has come back, as one that goes round between walls has */
#define GAINED 0.3    /* of the promised decrease: less is none */
#define EDGE_LOW 0.8
#define EDGE_HIGH 1.5
#define LOW 0.1
#define VALLEY 0.05

static bool is_critical(const clino_critical_result *c) {
  return c->kind != CLINO_CRITICAL_NONE && c->kind != CLINO_CRITICAL_NOT && c->kind != CLINO_CRITICAL_UNCERTAIN;
}

/* A step curvature or a walk that is not known (the function was not finite on the way) counts as one that leads off.
 * */
static bool bounces(const clino_stall_result *r) {
  bool slow = r->stability < LOW && r->cosine > 0 && r->straightness >= RETURNED;
  return !(r->straightness >= CROOKED) && !(r->long_ratio >= GAINED) && !slow;
}

static clino_stall_cause cause_of(const clino_stall_result *r) {
  if (is_critical(&r->critical)) return CLINO_STALL_CRITICAL_POINT;
  if (r->noise_share >= NOISE_SHARE) return CLINO_STALL_NOISE_FLOOR;
  if (bounces(r)) return CLINO_STALL_BOUNCING;
  if (r->stability >= EDGE_LOW && r->stability <= EDGE_HIGH) return CLINO_STALL_EDGE_OF_STABILITY;
  if (r->critical.slope == CLINO_SLOPE_PLATEAU) return CLINO_STALL_PLATEAU;
  if (r->stability < LOW) return CLINO_STALL_RATE_LOW;
  if (r->critical.slope == CLINO_SLOPE_VALLEY) return CLINO_STALL_VALLEY;
  return CLINO_STALL_NONE;
}

/* Half of what is stable, by the largest curvature that was seen, at the point or between the walls. */
static double rate_of(const clino__stall *s) {
  const clino_stall_result *r = s->r;
  double seen = fmax(r->lambda_max * s->o->rate, isfinite(r->step_curvature) ? r->step_curvature : 0);
  bool another = r->cause == CLINO_STALL_BOUNCING || r->cause == CLINO_STALL_RATE_LOW;
  return another && seen > 0 ? s->o->rate * r->limit / seen / 2 : NAN;
}

void clino__stall_judge(clino__stall *s) {
  s->r->cause = cause_of(s->r);
  s->r->suggested_rate = rate_of(s);
}
