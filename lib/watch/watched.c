#include "watch/watched.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "clino/unit_spread.h"

#define SPREAD_EVERY 16 /* looks: units that are alike stay so; and at the first ones, by powers of two */
#define SPREAD_ROWS 8 /* units that differ do so in nearly every row; of several ranks, the first one has them */

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
    free(layer->params[i].whats[0]);
    free(layer->params[i].whats[1]);
    clino_statistics_free(layer->params[i].values);
    clino_statistics_free(layer->params[i].gradients);
    clino_update_ratio_free(layer->params[i].update);
  }
  free(layer->params);
  free(layer->name);
  free(layer->room);
  clino_activation_free(layer->activation);
  memset(layer, 0, sizeof *layer);
}

/* ---- looking ---- */

void clino__watched_layer_copy(clino__watched_layer *layer) {
  for (clino__watched_param *p = layer->params; p < layer->params + layer->n_params; p++)
    if (p->before) memcpy(p->before, p->value, p->n * size_of(p->dtype));
}

/* Recorded is what all ranks have seen, while the monitor goes on from what it has seen itself: else what the others
 * counted into a histogram would count again at the next look. */
static clino_status merge_begin(const clino__watched_layer *l, const clino__look *look, clino_monitor m,
                                clino_error *error) {
  clino_status status = clino_state_save(m, l->room, clino_state_size(m), error);
  return status ? status : look->ranks->merge(1, &m, look->ranks->ctx, error);
}

static clino_status merge_end(const clino__watched_layer *l, clino_monitor m, clino_status status,
                              clino_error *error) {
  clino_status back = clino_state_load(m, l->room, clino_state_size(m), status ? NULL : error);
  return status ? status : back;
}

static clino_status record_statistics(clino_statistics *monitor, const clino__look *look, clino_error *error) {
  return look->histograms ? clino_statistics_record(monitor, look->run, look->step, error)
                          : clino_statistics_record_scalars(monitor, look->run, look->step, error);
}

/* Stands for the values that a monitor has just seen. */
static uint64_t mark_of(const clino_statistics *monitor) {
  clino_statistics_stats s;
  uint64_t mark = 0;
  if (clino_statistics_get(monitor, &s, NULL)) return 0;
  const double numbers[] = {s.mean, s.standard_deviation, s.min, s.max, s.norm, (double)s.zeros, (double)s.nans};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    const double number = isnan(numbers[i]) ? 0.5 : numbers[i]; /* NaN has many forms */
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    mark = (mark ^ bits) * UINT64_C(0x9E3779B97F4A7C15);
    mark ^= mark >> 29;
  }
  return mark;
}

static clino_status record_values(const clino__watched_layer *l, clino_statistics *monitor, const clino__look *look,
                                  uint64_t *mark, clino_error *error) {
  const clino_monitor m = clino_monitor_of_statistics(monitor);
  const bool merged = look->ranks && l->shards;
  clino_status status = merged ? merge_begin(l, look, m, error) : CLINO_OK;
  if (look->ranks && !merged) *mark = mark_of(monitor);
  if (!status) status = record_statistics(monitor, look, error);
  if (merged) status = merge_end(l, m, status, error);
  if (look->histograms) clino_statistics_reset(monitor);
  else clino_statistics_reset_moments(monitor);
  return status;
}

static clino_status add_values(clino_statistics *monitor, const clino__watched_param *p, const void *values,
                               clino_error *error) {
  return p->dtype == CLINO_F64 ? clino_statistics_add_f64(monitor, p->n, values, error)
                               : clino_statistics_add_f32(monitor, p->n, values, error);
}

/* The parameters and what the step did to them; before is then what they are now. */
static clino_status look_at_step(const clino__watched_layer *l, const clino__watched_param *p,
                                 const clino__look *look, clino_error *error) {
  const clino_monitor m = clino_monitor_of_update_ratio(p->update);
  clino_status status =
      p->dtype == CLINO_F64
          ? clino_update_ratio_advance_f64(p->update, p->values, p->n, p->before, p->value, error)
          : clino_update_ratio_advance_f32(p->update, p->values, p->n, p->before, p->value, error);
  if (!status && look->ranks && l->shards) status = look->ranks->merge(1, &m, look->ranks->ctx, error);
  if (!status) status = clino_update_ratio_record_update(p->update, look->run, look->step, error);
  clino_update_ratio_reset(p->update);
  return status;
}

/* What the first process sees, whose rows are as good as any: all must write the same. */
static clino_status agree_on(clino_unit_spread_stats *stats, const clino_ranks *ranks, clino_error *error) {
  uint64_t bits, missing = stats->missing != NULL;
  memcpy(&bits, &stats->spread, sizeof bits);
  clino_status status = ranks->decide(&bits, ranks->ctx, error);
  if (!status) status = ranks->decide(&missing, ranks->ctx, error);
  memcpy(&stats->spread, &bits, sizeof bits);
  if (!missing) stats->missing = NULL;
  else if (!stats->missing) stats->missing = "the first process has no number";
  return status;
}

static bool is_due(uint64_t look) { return look % SPREAD_EVERY == 0 || (look & (look - 1)) == 0; }

/* Do the outputs of all units agree? */
static clino_status look_at_units(clino__watched_layer *l, const clino__look *look, clino_error *error) {
  clino_tensor y = {.name = l->name, .dtype = l->output_dtype, .value = (void *)(uintptr_t)l->output, .n_dims = 2};
  clino_unit_spread_stats stats = {.spread = NAN, .missing = "no rows"};
  y.shape[0] = l->rows < SPREAD_ROWS ? l->rows : SPREAD_ROWS;
  y.shape[1] = l->units;
  if (l->units < 2 || !is_due(++l->looks)) return CLINO_OK;
  clino_status status = l->rows ? clino_unit_spread(&y, &stats, error) : CLINO_OK, agreed = CLINO_OK;
  if (look->ranks) agreed = agree_on(&stats, look->ranks, status ? NULL : error);
  if (!status) status = agreed;
  return status ? status : clino_unit_spread_record(l->name, &stats, look->run, look->step, error);
}

static clino_status look_at_output(const clino__watched_layer *l, const clino__look *look, clino_error *error) {
  const clino_monitor m = clino_monitor_of_activation(l->activation);
  clino_status status = l->output_dtype == CLINO_F64
                            ? clino_activation_add_f64(l->activation, l->rows, l->output, error)
                            : clino_activation_add_f32(l->activation, l->rows, l->output, error);
  if (status) return status;
  if (look->ranks) status = merge_begin(l, look, m, error);
  if (!status)
    status = look->histograms ? clino_activation_record(l->activation, look->run, look->step, error)
                              : clino_activation_record_scalars(l->activation, look->run, look->step, error);
  clino_activation_stats seen;
  const bool full =
      look->ranks && !clino_activation_get(l->activation, &seen, NULL) && !isnan(seen.dead_fraction);
  if (look->ranks) status = merge_end(l, m, status, error);
  if (look->histograms) clino_activation_reset(l->activation);
  else clino_activation_reset_moments(l->activation);
  if (full) clino_activation_reset_window(l->activation); /* also where it is full with the other ranks' rows */
  return status;
}

static clino_status look_at_param(const clino__watched_layer *l, clino__watched_param *p, const clino__look *look,
                                  clino_error *error) {
  clino_status status = CLINO_OK;
  if (p->gradients) status = add_values(p->gradients, p, p->grad, error);
  if (p->gradients && !status) status = record_values(l, p->gradients, look, &p->marks[1], error);
  if (status || !p->values) return status;
  status = look->with_update ? look_at_step(l, p, look, error) : add_values(p->values, p, p->value, error);
  return status ? status : record_values(l, p->values, look, &p->marks[0], error);
}

clino_status clino__watched_layer_look(clino__watched_layer *layer, const clino__look *look, clino_error *error) {
  clino_status status = CLINO_OK;
  for (size_t i = 0; !status && i < layer->n_params; i++)
    status = look_at_param(layer, &layer->params[i], look, error);
  if (!status && layer->activation) status = look_at_output(layer, look, error);
  if (!status && layer->activation) status = look_at_units(layer, look, error);
  return status;
}

/* ---- several ranks ---- */

static clino_status name_param(clino__watched_param *p, const char *name, clino_error *error) {
  static const char *const kinds[] = {"values", "gradients"};
  for (int k = 0; k < 2; k++) {
    clino__text text = CLINO__TEXT_EMPTY;
    clino__text_addf(&text, "the %s of %s", kinds[k], name);
    p->whats[k] = text.failed ? NULL : clino__strdup(clino__text_string(&text));
    clino__text_free(&text);
    if (!p->whats[k]) return clino__fail_memory(error, "a layer");
  }
  return CLINO_OK;
}

static void make_room(clino__watched_layer *layer, clino_monitor m) {
  const size_t size = clino_state_size(m);
  if (size > layer->room_size) layer->room_size = size;
}

clino_status clino__watched_layer_join(clino__watched_layer *layer, const char *name,
                                       const clino_watch_layer_spec *spec, clino_error *error) {
  clino_status status = CLINO_OK;
  layer->shards = spec->shards;
  if (layer->activation) make_room(layer, clino_monitor_of_activation(layer->activation));
  for (size_t i = 0; i < layer->n_params && !status; i++) {
    const char *own = spec->params[i].name;
    if (layer->params[i].values) make_room(layer, clino_monitor_of_statistics(layer->params[i].values));
    if (layer->params[i].gradients) make_room(layer, clino_monitor_of_statistics(layer->params[i].gradients));
    status = name_param(&layer->params[i], own && *own ? own : name, error);
  }
  layer->room = malloc(layer->room_size + 1);
  return status || layer->room ? status : clino__fail_memory(error, "the state of a monitor");
}
