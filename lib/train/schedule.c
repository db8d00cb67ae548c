/* Schedules: formulas of the step, nothing kept. */
#include "clino/schedule.h"

#include <math.h>
#include <stdbool.h>

#include "base/error.h"
#include "train/options.h"

clino_schedule clino_schedule_default(clino_schedule_kind kind) {
  bool momentum = kind == CLINO_SCHEDULE_MOMENTUM;
  return (clino_schedule){.struct_size = sizeof(clino_schedule),
                          .kind = kind,
                          .initial = 0.01,
                          .final = momentum ? 0.99 : 0,
                          .factor = 0.1,
                          .decay = kind == CLINO_SCHEDULE_INVERSE_ROOT ? 1 : 1e-3,
                          .power = 1,
                          .period = momentum ? 250 : 1000,
                          .steps = 10000};
}

static clino_status bad(clino_error *error, const char *field, double value, const char *range) {
  return clino__fail_field(error, "clino_schedule", field, value, range);
}

clino_status clino_schedule_check(const clino_schedule *s, clino_error *error) {
  if (!s) return clino__fail(error, CLINO_ERR_RANGE, "clino_schedule: NULL; start from clino_schedule_default()");
  clino_status status = clino__check_struct(s->struct_size, sizeof *s, "clino_schedule", error);
  if (status) return status;
  if ((int)s->kind < 1 || (int)s->kind > CLINO_SCHEDULE_COUNT)
    return bad(error, "kind", (double)s->kind, "a clino_schedule_kind");
  static const char plain[] = "finite and 0 or more", positive[] = "finite and above 0";
  if (!(s->initial >= 0 && isfinite(s->initial))) return bad(error, "initial", s->initial, plain);
  if (!(s->final >= 0 && isfinite(s->final))) return bad(error, "final", s->final, plain);
  if (!(s->decay >= 0 && isfinite(s->decay))) return bad(error, "decay", s->decay, plain);
  if (!(s->factor > 0 && isfinite(s->factor))) return bad(error, "factor", s->factor, positive);
  if (!(s->power > 0 && isfinite(s->power))) return bad(error, "power", s->power, positive);
  if (!s->period) return bad(error, "period", 0, "1 or more");
  if (!s->steps) return bad(error, "steps", 0, "1 or more");
  if (!(s->warmup_from >= 0 && s->warmup_from <= 1)) return bad(error, "warmup_from", s->warmup_from, "from 0 to 1");
  return CLINO_OK;
}

static double without_warmup(const clino_schedule *s, uint64_t u) {
  const double pi = 3.14159265358979323846, a = s->initial, z = s->final;
  double done = u < s->steps ? (double)u / (double)s->steps : 1, periods = (double)(u / s->period);
  switch (s->kind) {
    case CLINO_SCHEDULE_CONSTANT: return a;
    case CLINO_SCHEDULE_STEP: return a * pow(s->factor, periods);
    case CLINO_SCHEDULE_EXPONENTIAL: return a * exp(-s->decay * (double)u);
    case CLINO_SCHEDULE_INVERSE: return a / (1 + s->decay * (double)u);
    case CLINO_SCHEDULE_INVERSE_ROOT: return a / sqrt(1 + s->decay * (double)u);
    case CLINO_SCHEDULE_POLYNOMIAL: return z + (a - z) * pow(1 - done, s->power);
    case CLINO_SCHEDULE_COSINE: return z + (a - z) * 0.5 * (1 + cos(pi * done));
    case CLINO_SCHEDULE_MOMENTUM: return fmin(1 - 0.5 / (periods + 1), z);
  }
  return NAN;
}

double clino_schedule_at(const clino_schedule *s, uint64_t t) {
  if (clino_schedule_check(s, NULL)) return NAN;
  if (t >= s->warmup) return without_warmup(s, t - s->warmup);
  double fraction = ((double)t + 1) / (double)s->warmup;
  return without_warmup(s, 0) * (s->warmup_from + (1 - s->warmup_from) * fraction);
}
