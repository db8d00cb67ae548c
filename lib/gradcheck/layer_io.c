/* The tensors of a layer in one shape: from the shape callback, allocated between guard zones where the caller gives no
 * memory, seeded. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "gradcheck/layer.h"

#define MOST_TENSORS 1000

/* ---- the list of tensors ---- */

static const clino_tensor *list_of(const clino_layer_io *io, size_t i) {
  if (i < io->n_inputs) return &io->inputs[i];
  i -= io->n_inputs;
  return i < io->n_params ? &io->params[i] : &io->outputs[i - io->n_params];
}

static void name_tensor(clino__layer_run *run, size_t i) {
  const char *name = run->tensors[i].name;
  if (name) snprintf(run->names[i], sizeof *run->names, "%s", name);
  else if (i < run->n_inputs) snprintf(run->names[i], sizeof *run->names, "input %zu", i);
  else if (i < run->n_leaves) snprintf(run->names[i], sizeof *run->names, "param %zu", i - run->n_inputs);
  else snprintf(run->names[i], sizeof *run->names, "output %zu", i - run->n_leaves);
  run->tensors[i].name = run->names[i];
}

static clino_status check_counts(const clino__layer_run *run, const clino_layer_io *io) {
  if (!io->n_outputs) return clino__fail(run->error, CLINO_ERR_RANGE, "the layer has no outputs");
  if (!io->n_inputs && !io->n_params)
    return clino__fail(run->error, CLINO_ERR_RANGE, "the layer has neither inputs nor params");
  if (io->n_inputs > MOST_TENSORS || io->n_params > MOST_TENSORS || io->n_outputs > MOST_TENSORS)
    return clino__fail(run->error, CLINO_ERR_RANGE, "the layer has more than %d inputs, params or outputs",
                       MOST_TENSORS);
  if ((io->n_inputs && !io->inputs) || (io->n_params && !io->params) || !io->outputs)
    return clino__fail(run->error, CLINO_ERR_RANGE, "the layer's inputs, params or outputs is NULL");
  return CLINO_OK;
}

static clino_layer_io io_of(const clino__layer_run *run, clino_tensor *tensors) {
  return (clino_layer_io){run->n_inputs,           run->n_leaves - run->n_inputs, run->n_tensors - run->n_leaves,
                          tensors,                 tensors + run->n_inputs,       tensors + run->n_leaves};
}

/* What the shape callback makes of a copy of the tensors. */
static clino_status ask_shape(clino__layer_run *run) {
  clino_layer_io io = io_of(run, run->tensors), before = io;
  int value = run->layer->shape(run->trial, &io, run->layer->ctx);
  if (value) return clino__fail_callback(run->error, "shape", value);
  if (memcmp(&io, &before, sizeof io) != 0)
    return clino__fail(run->error, CLINO_ERR_RANGE, "the shape callback changed a count or an array of its io");
  return CLINO_OK;
}

static clino_status list_tensors(clino__layer_run *run) {
  const clino_layer_io *io = &run->layer->io;
  clino_status status = check_counts(run, io);
  if (status) return status;
  run->n_inputs = io->n_inputs;
  run->n_leaves = io->n_inputs + io->n_params;
  run->n_tensors = run->n_leaves + io->n_outputs;
  run->tensors = calloc(run->n_tensors, sizeof *run->tensors);
  run->handed = calloc(run->n_tensors, sizeof *run->handed);
  run->names = calloc(run->n_tensors, sizeof *run->names);
  run->zones = calloc(2 * run->n_tensors, sizeof *run->zones);
  if (!run->tensors || !run->handed || !run->names || !run->zones)
    return clino__fail_memory(run->error, "the layer's tensors");
  for (size_t i = 0; i < run->n_tensors; i++) run->tensors[i] = *list_of(io, i);
  run->io = io_of(run, run->handed);
  if (run->trial) status = ask_shape(run);
  for (size_t i = 0; i < run->n_tensors; i++) name_tensor(run, i);
  return status;
}

/* ---- memory ---- */

/* Bytes of a packed tensor; false where its description is out of range, which the layout then reports. */
static bool bytes_of(const clino_tensor *t, size_t *bytes) {
  if ((t->dtype != CLINO_F64 && t->dtype != CLINO_F32) || t->n_dims < 1 || t->n_dims > CLINO_MAX_DIMS) return false;
  size_t most = PTRDIFF_MAX / sizeof(double) / CLINO_MAX_DIMS, bound = 1;
  *bytes = t->dtype == CLINO_F32 ? sizeof(float) : sizeof(double);
  for (size_t d = 0; d < t->n_dims; d++) {
    size_t length = t->shape[d] ? t->shape[d] : 1;
    if (bound > most / length) return false;
    bound *= length;
    *bytes *= t->shape[d];
  }
  return true;
}

static clino_status allocate_tensor(clino__layer_run *run, size_t i) {
  clino_tensor *t = &run->tensors[i];
  clino__zone *value = &run->zones[2 * i], *grad = value + 1;
  size_t bytes;
  if (t->value) return CLINO_OK;
  if (t->strides)
    return clino__fail(run->error, CLINO_ERR_RANGE, "%s: has strides but no value: what is allocated for it is packed",
                       t->name);
  if (!bytes_of(t, &bytes)) bytes = 0;
  if (!clino__zone_new(value, bytes) || (!t->grad && !clino__zone_new(grad, bytes)))
    return clino__fail_memory(run->error, t->name);
  t->value = value->data;
  if (!t->grad) t->grad = grad->data;
  return CLINO_OK;
}

bool clino__layer_intact(const clino__layer_run *run, const char **name) {
  for (size_t i = 0; i < 2 * run->n_tensors; i++)
    if (!clino__zone_intact(&run->zones[i])) {
      *name = run->names[i / 2];
      return false;
    }
  return true;
}

/* ---- values ---- */

/* 0.2 to 1.2 in size: clear of zero, where relu and abs have their kinks. Where bounds are in the way, between them. */
static double seeded(const clino__layer_run *run, size_t entry, clino__rng *rng) {
  double u = clino__rng_uniform(rng), x = 0.2 + u;
  if (clino__rng_bits(rng) & 1) x = -x;
  double low = run->o.lower ? run->o.lower[entry] : -INFINITY, high = run->o.upper ? run->o.upper[entry] : INFINITY;
  if (x > low && x < high) return x;
  if (isfinite(low) && isfinite(high)) return low + (0.1 + 0.8 * u) * (high - low);
  return isfinite(low) ? low + 0.2 + u : high - 0.2 - u;
}

static void seed_values(clino__layer_run *run) {
  for (size_t i = 0; i < run->n_leaves; i++) {
    const clino__view *v = &run->layout.views[i];
    clino__rng rng = clino__rng_new(clino__rng_derive(run->o.seed, 0x6C61796572 + run->trial * 4096 + i));
    for (size_t k = 0; run->zones[2 * i].block && k < v->count; k++)
      clino__layout_set(&run->layout, v->first + k, seeded(run, v->first + k, &rng));
  }
}

/* ---- outputs ---- */

void clino__layer_read(const clino__layer_run *run, clino__layer_part part, double *to) {
  for (size_t i = run->n_leaves; i < run->n_tensors; i++) {
    const clino__view *v = &run->layout.views[i];
    for (size_t k = 0; v->owner && k < v->count; k++)
      *to++ = part == CLINO__LAYER_VALUE ? clino__view_value(v, k) : clino__view_grad(v, k);
  }
}

void clino__layer_write(clino__layer_run *run, clino__layer_part part, const double *from, uint64_t which,
                        double *stored) {
  clino__rng rng = clino__rng_new(which);
  for (size_t i = run->n_leaves; i < run->n_tensors; i++) {
    const clino__view *v = &run->layout.views[i];
    for (size_t k = 0; v->owner && k < v->count; k++) {
      double x = from ? *from++ : clino__rng_between(&rng, 1, 2);
      x = part == CLINO__LAYER_VALUE ? clino__layout_set(&run->layout, v->first + k, x) : clino__view_set_grad(v, k, x);
      if (stored) *stored++ = x;
    }
  }
}

void clino__layer_find(const clino__layer_run *run, size_t k, size_t *view, size_t *element) {
  *view = clino__layout_view_of(&run->layout, run->n_x + k);
  *element = run->n_x + k - run->layout.views[*view].first;
}

/* An output of one memory with another tensor would be tied to it. */
static clino_status outputs_apart(const clino__layer_run *run) {
  for (size_t i = run->n_leaves; i < run->n_tensors; i++)
    for (size_t j = 0; j < i; j++)
      if (run->tensors[i].value == run->tensors[j].value)
        return clino__fail(run->error, CLINO_ERR_RANGE, "%s and the output %s share their values", run->names[j],
                           run->names[i]);
  return CLINO_OK;
}

/* ---- the whole ---- */

static clino_status look_at_layout(clino__layer_run *run) {
  run->n_x = run->n_y = 0;
  for (size_t i = 0; i < run->n_tensors; i++) {
    const clino__view *v = &run->layout.views[i];
    if (!v->owner) continue;
    *(i < run->n_leaves ? &run->n_x : &run->n_y) += v->count;
    run->single |= v->tensor->dtype == CLINO_F32;
    run->coarse |= i >= run->n_leaves && v->tensor->dtype == CLINO_F32;
  }
  if (!run->n_x)
    return clino__fail(run->error, CLINO_ERR_RANGE, "no input and no parameter of the layer has a gradient to check");
  if (!run->n_y) return clino__fail(run->error, CLINO_ERR_RANGE, "no output of the layer has a gradient: a cotangent");
  for (size_t i = 0; i < run->n_inputs; i++) run->n_filled += run->layout.views[i].count;
  run->c = calloc(4 * run->n_y + 2 * run->n_filled, sizeof *run->c);
  if (!run->c) return clino__fail_memory(run->error, "the outputs");
  run->y = run->c + run->n_y;
  run->first = run->y + run->n_y;
  run->room = run->first + run->n_y;
  run->filled = run->room + run->n_y;
  run->came = run->filled + run->n_filled;
  return CLINO_OK;
}

clino_status clino__layer_open(clino__layer_run *run) {
  clino_status status = list_tensors(run);
  for (size_t i = 0; i < run->n_tensors && !status; i++) status = allocate_tensor(run, i);
  if (!status) status = outputs_apart(run);
  if (!status) status = clino__layout_init(&run->layout, run->tensors, run->n_tensors, run->error);
  if (!status) status = look_at_layout(run);
  if (status) return status;
  seed_values(run);
  clino__layout_save(&run->layout);
  run->saved = true;
  return CLINO_OK;
}

static void close_tensors(clino__layer_run *run) {
  clino__layout_free(&run->layout);
  for (size_t i = 0; run->zones && i < 2 * run->n_tensors; i++) clino__zone_free(&run->zones[i]);
  free(run->tensors);
  free(run->handed);
  free(run->names);
  free(run->zones);
  free(run->c);
  run->tensors = run->handed = NULL;
  run->names = NULL;
  run->zones = NULL;
  run->c = NULL;
  run->saved = run->single = run->coarse = false;
  run->n_tensors = run->n_filled = 0;
}

void clino__layer_close(clino__layer_run *run) {
  if (run->saved) clino__layout_restore(&run->layout);
  close_tensors(run);
}

/* ---- copies for threads ---- */

typedef struct layer_copy {
  clino__layer_run run;
  clino_layer layer;
  void *ctx;
  bool cloned;
} layer_copy;

/* The original's tensors; NULL for what Clino allocates, as the caller gave them. */
static clino_status list_again(clino__layer_run *copy, const clino__layer_run *original) {
  copy->tensors = calloc(original->n_tensors, sizeof *copy->tensors);
  copy->handed = calloc(original->n_tensors, sizeof *copy->handed);
  copy->names = calloc(original->n_tensors, sizeof *copy->names);
  copy->zones = calloc(2 * original->n_tensors, sizeof *copy->zones);
  if (!copy->tensors || !copy->handed || !copy->names || !copy->zones)
    return clino__fail_memory(original->error, "a copy for a thread");
  copy->io = io_of(copy, copy->handed);
  for (size_t i = 0; i < original->n_tensors; i++) {
    copy->tensors[i] = original->tensors[i];
    if (original->zones[2 * i].block) copy->tensors[i].value = NULL;
    if (original->zones[2 * i + 1].block) copy->tensors[i].grad = NULL;
  }
  return CLINO_OK;
}

/* Of what the hook set, the two pointers count. */
static clino_status take_pointers(clino__layer_run *copy, const clino__layer_run *original) {
  clino_status status = CLINO_OK;
  for (size_t i = 0; i < copy->n_tensors && !status; i++) {
    clino_tensor own = original->tensors[i];
    own.value = copy->tensors[i].value;
    own.grad = copy->tensors[i].grad;
    copy->tensors[i] = own;
    name_tensor(copy, i);
    if (i >= copy->n_leaves && own.value == original->tensors[i].value)
      status = clino__fail(original->error, CLINO_ERR_RANGE, "context.clone: the copy shares the values of the output "
                                                             "%s", copy->names[i]);
    else status = allocate_tensor(copy, i);
  }
  if (!status) status = clino__layout_init_copy(&copy->layout, copy->tensors, &original->layout, original->error);
  if (!status) status = look_at_layout(copy);
  if (status) return status;
  memcpy(copy->c, original->c, copy->n_y * sizeof *copy->c);
  memcpy(copy->first, original->first, copy->n_y * sizeof *copy->c);
  return CLINO_OK;
}

static void release_copy(void *self, const clino_gradcheck_options *o, clino__clone *clone) {
  layer_copy *copy = clone->held;
  (void)self;
  close_tensors(&copy->run);
  if (copy->cloned) o->context.release(copy->ctx);
  free(copy);
}

static clino_status make_copy(void *self, const clino_gradcheck_options *o, clino__clone *clone, clino_error *error) {
  clino__layer_run *original = self;
  layer_copy *copy = calloc(1, sizeof *copy);
  if (!copy) return clino__fail_memory(error, "a copy for a thread");
  *clone = (clino__clone){.held = copy};
  copy->layer = *original->layer;
  copy->run = (clino__layer_run){.layer = &copy->layer, .o = original->o, .error = original->error,
                                 .trial = original->trial, .cotangent = original->cotangent,
                                 .n_inputs = original->n_inputs, .n_leaves = original->n_leaves,
                                 .n_tensors = original->n_tensors, .lift = original->lift};
  clino_status status = list_again(&copy->run, original);
  int value = status ? 0 : o->context.clone(original->layer->ctx, &copy->ctx, copy->run.tensors);
  copy->cloned = !status && !value;
  if (value) status = clino__fail_callback(error, "clone", value);
  if (!status) status = take_pointers(&copy->run, original);
  copy->layer.ctx = clone->hook_ctx = copy->ctx;
  copy->run.error = NULL; /* which is the calling thread's */
  clone->model = original->model;
  clone->model.tensors = copy->run.tensors;
  clone->model.ctx = &copy->run;
  if (status) release_copy(self, o, clone);
  return status;
}

/* What stopped the copy stops the run. */
static void copy_failed(void *self, const clino__clone *clone) {
  clino__layer_run *run = self;
  const clino__layer_run *copy = &((const layer_copy *)clone->held)->run;
  run->failed = copy->failed;
  run->failed_value = copy->failed_value;
  run->stopped = copy->stopped;
  run->stop = copy->stop;
}

clino__cloning clino__layer_cloning(clino__layer_run *run) {
  return (clino__cloning){run, make_copy, release_copy, copy_failed};
}
