#include "gradcheck/options.h"

#include <math.h>

clino_gradcheck_options clino_gradcheck_options_default(void) {
  clino_gradcheck_options o = {.struct_size = sizeof o,
                               .tolerance = 1e-5,
                               .resolution = 1e-2,
                               .step = CLINO_AUTO,
                               .mode = CLINO_MODE_AUTO,
                               .sample = 1000,
                               .seed = 1,
                               .threads = 1,
                               .grad_mode = CLINO_GRAD_OVERWRITES};
  return o;
}

static clino_status bad(clino_error *error, const char *field, double value, const char *range) {
  return clino__fail_field(error, "clino_gradcheck_options", field, value, range);
}

clino_status clino__gradcheck_options_check(const clino_gradcheck_options *o, clino_error *error) {
  clino_status status = clino__check_struct(o->struct_size, sizeof *o, "clino_gradcheck_options", error);
  if (status) return status;
  if (!(o->tolerance >= 0 && o->tolerance <= 1)) return bad(error, "tolerance", o->tolerance, "from 0 to 1");
  if (!(o->resolution > 0 && o->resolution <= 1)) return bad(error, "resolution", o->resolution, "above 0 to 1");
  if (!(o->step == CLINO_AUTO || (o->step > 0 && isfinite(o->step))))
    return bad(error, "step", o->step, "CLINO_AUTO or a finite number above 0");
  if (o->mode != CLINO_MODE_AUTO && o->mode != CLINO_MODE_FULL && o->mode != CLINO_MODE_SAMPLE &&
      o->mode != CLINO_MODE_DIRECTIONAL)
    return bad(error, "mode", (double)o->mode, "a clino_mode");
  if (!o->sample) return bad(error, "sample", 0, "1 or more");
  if (o->burn_in > 1000000) return bad(error, "burn_in", (double)o->burn_in, "from 0 to 1000000");
  if (o->n_terms > CLINO_MAX_TERMS) return bad(error, "n_terms", (double)o->n_terms, "from 0 to 8 (CLINO_MAX_TERMS)");
  if (o->n_terms && !o->context.select_term)
    return bad(error, "n_terms", (double)o->n_terms, "0 although the hook context.select_term is NULL");
  if (o->n_samples && !o->context.select_sample)
    return bad(error, "n_samples", (double)o->n_samples, "0 although the hook context.select_sample is NULL");
  for (size_t i = 0; o->term_names && i < o->n_terms; i++)
    if (!o->term_names[i])
      return clino__fail(error, CLINO_ERR_RANGE, "clino_gradcheck_options.term_names[%zu] is NULL", i);
  if (o->points > 1000) return bad(error, "points", (double)o->points, "from 0 to 1000");
  if (!(o->threads >= 1 && o->threads <= CLINO_MAX_THREADS))
    return bad(error, "threads", (double)o->threads, "from 1 to 256 (CLINO_MAX_THREADS)");
  if (o->threads > 1 && !(o->context.clone && o->context.release))
    return clino__fail(error, CLINO_ERR_RANGE, "clino_gradcheck_options.threads is %zu, but context.%s is NULL: each "
                                               "thread needs a copy of the context",
                       o->threads, o->context.clone ? "release" : "clone");
  if (o->grad_mode != CLINO_GRAD_OVERWRITES && o->grad_mode != CLINO_GRAD_ACCUMULATES)
    return bad(error, "grad_mode", (double)o->grad_mode, "a clino_grad_mode");
  return CLINO_OK;
}
