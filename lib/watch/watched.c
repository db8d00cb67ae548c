#include "watch/watched.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "clino/unit_spread.h"

#define SPREAD_ROWS 16 /* units that differ do so in nearly every row */

static size_t size_of(clino_dtype dtype) { return dtype == CLINO_F64 ? sizeof(double) : sizeof(float); }

clino_watch_layer_spec clino_watch_layer_spec_default(void) {
  clino_watch_layer_spec spec;
  memset(&spec, 0, sizeof spec);
  spec.struct_size = sizeof spec;
  spec.output_dtype = CLINO_F32;
  spec.kind = CLINO_ACTIVATION_RELU;
  return spec;
}

/* ---- making and freeing ---- */

static clino_status new_statistics(const char *name, clino_statistics_kind kind, size_t share,
                                   clino_statistics **made, clino_error *error) {
  clino_statistics_spec spec = clino_statistics_spec_default();
  spec.name = name;
  spec.kind = kind;
  spec.histogram = share > 0;
  spec.histogram_share = share ? share : 1;
  return clino_statistics_new(&spec, made, error);
}

static clino_status check_param(const clino_tensor *t, size_t *n, clino_error *error) {
  static const char at[] = "clino_watch_layer_spec.params";
  if (t->dtype != CLINO_F64 && t->dtype != CLINO_F32)
    return clino__fail(error, CLINO_ERR_RANGE, "%s: dtype is %d, not a clino_dtype", at, (int)t->dtype);
  if (!t->n_dims || t->n_dims > CLINO_MAX_DIMS)
    return clino__fail(error, CLINO_ERR_RANGE, "%s: n_dims is %zu, not 1 to %d", at, t->n_dims, CLINO_MAX_DIMS);
  if (t->strides) return clino__fail(error, CLINO_ERR_RANGE, "%s: strides: only packed tensors are watched", at);
  *n = 1;
  for (size_t d = 0; d < t->n_dims; d++) {
    if (!t->shape[d] || t->shape[d] > SIZE_MAX / sizeof(double) / *n)
      return clino__fail(error, CLINO_ERR_RANGE, "%s: a shape is 0 or too large", at);
    *n *= t->shape[d];
  }
  return CLINO_OK;
}

static clino_status make_param(clino__watched_param *p, const char *layer, const clino_tensor *t, size_t share,
                               clino_error *error) {
  clino_status status = check_param(t, &p->n, error);
  const char *name = t->name && *t->name ? t->name : layer;
  p->dtype = t->dtype;
  p->value = t->value;
  p->grad = t->grad;
  if (!status && p->grad) status = new_statistics(name, CLINO_STATISTICS_GRADIENTS, share, &p->gradients, error);
  if (status || !p->value) return status;
  status = new_statistics(name, CLINO_STATISTICS_PARAMETERS, share, &p->values, error);
  if (!status) status = clino_update_ratio_new(name, &p->update, error);
  if (status) return status;
  p->before = malloc(p->n * size_of(p->dtype));
  return p->before ? CLINO_OK : clino__fail_memory(error, "a copy of parameters");
}

static clino_status make_output(clino__watched_layer *layer, const char *name, const clino_watch_layer_spec *spec,
                                size_t share, clino_error *error) {
  if (!spec->output) return CLINO_OK;
  if (spec->output_dtype != CLINO_F64 && spec->output_dtype != CLINO_F32)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_watch_layer_spec.output_dtype is %d, not a clino_dtype",
                       (int)spec->output_dtype);
  if (!spec->rows) return clino__fail(error, CLINO_ERR_RANGE, "clino_watch_layer_spec.rows is 0, not at least 1");
  clino_activation_spec a = clino_activation_spec_default();
  a.name = name;
  a.kind = spec->kind;
  a.units = spec->units;
  a.histogram_share = share ? share : 1;
  layer->output = spec->output;
  layer->output_dtype = spec->output_dtype;
  layer->rows = spec->rows;
  layer->units = spec->units;
  layer->name = clino__strdup(name);
  if (!layer->name) return clino__fail_memory(error, "a layer");
  return clino_activation_new(&a, &layer->activation, error);
}

clino_status clino__watched_layer_make(clino__watched_layer *layer, const char *name,
                                       const clino_watch_layer_spec *spec, size_t share, clino_error *error) {
  memset(layer, 0, sizeof *layer);
  clino_status status = make_output(layer, name, spec, share, error);
  if (!status && spec->n_params) {
    layer->params = calloc(spec->n_params, sizeof *layer->params);
    if (!layer->params) status = clino__fail_memory(error, "a layer");
  }
  for (size_t i = 0; !status && i < spec->n_params; i++) {
    layer->n_params++;
    status = make_param(&layer->params[i], name, &spec->params[i], share, error);
  }
  if (status) clino__watched_layer_free(layer);
  return status;
}

void clino__watched_layer_free(clino__watched_layer *layer) {
  for (size_t i = 0; i < layer->n_params; i++) {
    free(layer->params[i].before);
    clino_statistics_free(layer->params[i].values);
    clino_statistics_free(layer->params[i].gradients);
    clino_update_ratio_free(layer->params[i].update);
  }
  free(layer->params);
  free(layer->name);
  clino_activation_free(layer->activation);
  memset(layer, 0, sizeof *layer);
}

/* ---- looking ---- */

void clino__watched_layer_copy(clino__watched_layer *layer) {
  for (clino__watched_param *p = layer->params; p < layer->params + layer->n_params; p++)
    if (p->before) memcpy(p->before, p->value, p->n * size_of(p->dtype));
}

static clino_status record_values(clino_statistics *monitor, clino_run *run, int64_t step, bool histograms,
                                  clino_error *error) {
  clino_status status = histograms ? clino_statistics_record(monitor, run, step, error)
                                   : clino_statistics_record_scalars(monitor, run, step, error);
  if (histograms) clino_statistics_reset(monitor);
  else clino_statistics_reset_moments(monitor);
  return status;
}

static clino_status add_values(clino_statistics *monitor, const clino__watched_param *p, const void *values,
                               clino_error *error) {
  return p->dtype == CLINO_F64 ? clino_statistics_add_f64(monitor, p->n, values, error)
                               : clino_statistics_add_f32(monitor, p->n, values, error);
}

/* The parameters and what the step did to them; before is then what they are now. */
static clino_status look_at_step(const clino__watched_param *p, clino_run *run, int64_t step, clino_error *error) {
  clino_status status =
      p->dtype == CLINO_F64
          ? clino_update_ratio_advance_f64(p->update, p->values, p->n, p->before, p->value, error)
          : clino_update_ratio_advance_f32(p->update, p->values, p->n, p->before, p->value, error);
  if (!status) status = clino_update_ratio_record_update(p->update, run, step, error);
  clino_update_ratio_reset(p->update);
  return status;
}

/* Do the outputs of all units agree? */
static clino_status look_at_units(const clino__watched_layer *l, clino_run *run, int64_t step, clino_error *error) {
  clino_tensor y = {.name = l->name, .dtype = l->output_dtype, .value = (void *)(uintptr_t)l->output, .n_dims = 2};
  clino_unit_spread_stats stats;
  y.shape[0] = l->rows < SPREAD_ROWS ? l->rows : SPREAD_ROWS;
  y.shape[1] = l->units;
  if (l->units < 2) return CLINO_OK;
  clino_status status = clino_unit_spread(&y, &stats, error);
  return status ? status : clino_unit_spread_record(l->name, &stats, run, step, error);
}

static clino_status look_at_output(const clino__watched_layer *l, clino_run *run, int64_t step, bool histograms,
                                   clino_error *error) {
  clino_status status = l->output_dtype == CLINO_F64
                            ? clino_activation_add_f64(l->activation, l->rows, l->output, error)
                            : clino_activation_add_f32(l->activation, l->rows, l->output, error);
  if (status) return status;
  status = histograms ? clino_activation_record(l->activation, run, step, error)
                      : clino_activation_record_scalars(l->activation, run, step, error);
  if (histograms) clino_activation_reset(l->activation);
  else clino_activation_reset_moments(l->activation);
  return status;
}

static clino_status look_at_param(const clino__watched_param *p, clino_run *run, int64_t step, bool with_update,
                                  bool histograms, clino_error *error) {
  clino_status status = CLINO_OK;
  if (p->gradients) status = add_values(p->gradients, p, p->grad, error);
  if (p->gradients && !status) status = record_values(p->gradients, run, step, histograms, error);
  if (status || !p->values) return status;
  status = with_update ? look_at_step(p, run, step, error) : add_values(p->values, p, p->value, error);
  return status ? status : record_values(p->values, run, step, histograms, error);
}

clino_status clino__watched_layer_look(clino__watched_layer *layer, clino_run *run, int64_t step, bool with_update,
                                       bool histograms, clino_error *error) {
  clino_status status = CLINO_OK;
  for (size_t i = 0; !status && i < layer->n_params; i++)
    status = look_at_param(&layer->params[i], run, step, with_update, histograms, error);
  if (!status && layer->activation) status = look_at_output(layer, run, step, histograms, error);
  if (!status && layer->activation) status = look_at_units(layer, run, step, error);
  return status;
}
