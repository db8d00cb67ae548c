#include "lab/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clino/optimizer.h"
#include "net/activation.h"

#define SIDE 8 /* of the images that a convolution takes */

/* ---- the plan: which stages, which tensors ---- */

static lab_stage *add_stage(lab_model *m, lab_stage_kind kind, size_t n_in, size_t n_out) {
  lab_stage *s = &m->stage[m->n_stages++];
  *s = (lab_stage){.kind = kind, .n_in = n_in, .n_out = n_out, .units = n_out};
  return s;
}

static void add_tensor(lab_model *m, const char *name, size_t rows, size_t columns, int layer) {
  lab_tensor *t = &m->tensor[m->n_tensors++];
  *t = (lab_tensor){.n = rows * (columns ? columns : 1), .rows = rows, .columns = columns, .dense = layer};
  snprintf(t->name, sizeof t->name, "%s", name);
  m->n_parameters += t->n;
}

static void add_activation(lab_model *m, const lab_recipe *r, lab_activation activation, size_t n, size_t units,
                           const char *name) {
  lab_stage *s = add_stage(m, LAB_STAGE_ACTIVATION, n, n);
  snprintf(s->name, sizeof s->name, "%s", name);
  s->activation = activation;
  s->units = units;
  if (r->dropout > 0) add_stage(m, LAB_STAGE_DROPOUT, n, n)->dropout.rate = r->dropout;
}

/* What stands before the dense layers; returns how many numbers it hands on. */
static size_t plan_front(lab_model *m, const lab_recipe *r, const lab_data *d) {
  size_t c = r->channels;
  if (r->net == LAB_CONV) {
    lab_stage *s = add_stage(m, LAB_STAGE_CONV, d->n_in, c * d->n_in);
    s->conv = (conv3x3){.n_in = 1, .n_out = c, .height = SIDE, .width = SIDE};
    add_tensor(m, "conv", 9, c, -1);
    add_tensor(m, "conv.b", c, 0, -1);
    add_activation(m, r, r->activation, c * d->n_in, c, "conv");
    s = add_stage(m, LAB_STAGE_POOL, c * d->n_in, c * d->n_in / 4);
    s->pool = (maxpool){.channels = c, .height = SIDE, .width = SIDE};
    return c * d->n_in / 4;
  }
  if (r->net == LAB_RECURRENT) {
    size_t n_in = d->n_in / d->n_steps;
    lab_stage *s = add_stage(m, LAB_STAGE_RECURRENT, d->n_in, d->n_steps * c);
    s->recurrent = (recurrent){.n_steps = d->n_steps, .n_in = n_in, .n_out = c};
    snprintf(s->name, sizeof s->name, "rnn");
    s->activation = LAB_TANH, s->units = c;
    add_tensor(m, "rnn.U", n_in, c, -1);
    add_tensor(m, "rnn.W", c, c, -1);
    add_tensor(m, "rnn.b", c, 0, -1);
    add_stage(m, LAB_STAGE_LAST_STEP, d->n_steps * c, c);
    return c;
  }
  return d->n_in;
}

static void plan(lab_model *m, const lab_recipe *r, const lab_data *d) {
  size_t n = plan_front(m, r, d), n_out = d->classes ? d->classes : 1;
  for (size_t k = 0; k < r->layers; k++) {
    size_t width = k + 1 < r->layers ? r->width : n_out;
    char name[LAB_NAME];
    add_stage(m, LAB_STAGE_DENSE, n, width)->dense = (dense){.n_in = n, .n_out = width};
    snprintf(name, sizeof name, "W%d", (int)k + 1);
    add_tensor(m, name, n, width, (int)k);
    snprintf(name, sizeof name, "b%d", (int)k + 1);
    add_tensor(m, name, width, 0, (int)k);
    snprintf(name, sizeof name, "h%d", (int)k + 1);
    if (k + 1 < r->layers) add_activation(m, r, r->activation, width, width, name);
    n = width;
  }
  m->classes = d->classes;
}

/* ---- memory ---- */

static int allocate(lab_model *m) {
  size_t n = 2 * m->n_parameters, winners = 0;
  for (size_t i = 0; i < m->n_stages; i++) {
    const lab_stage *s = &m->stage[i];
    n += 2 * m->capacity * s->n_out;
    if (s->kind == LAB_STAGE_DROPOUT) n += m->capacity * s->n_out;
    if (s->kind == LAB_STAGE_RECURRENT) n += 2 * s->recurrent.n_out;
    if (s->kind == LAB_STAGE_POOL) winners = m->capacity * s->n_out;
  }
  m->memory = calloc(n + winners, sizeof(real) > sizeof(size_t) ? sizeof(real) : sizeof(size_t));
  return m->memory ? 0 : -1;
}

static real *take(real **at, size_t n) {
  real *taken = *at;
  *at += n;
  return taken;
}

/* The next tensor's values and gradients, for a layer. */
static void hand_out(const lab_tensor **next, real **value, real **grad) {
  *value = (*next)->value;
  *grad = (*next)->grad;
  ++*next;
}

static void connect(lab_model *m) {
  real *at = m->memory;
  m->parameters = take(&at, m->n_parameters);
  m->gradients = take(&at, m->n_parameters);
  for (size_t i = 0, used = 0; i < m->n_tensors; used += m->tensor[i++].n) {
    m->tensor[i].value = m->parameters + used;
    m->tensor[i].grad = m->gradients + used;
  }
  const lab_tensor *next = m->tensor;
  for (size_t i = 0; i < m->n_stages; i++) {
    lab_stage *s = &m->stage[i];
    s->y = take(&at, m->capacity * s->n_out);
    s->dy = take(&at, m->capacity * s->n_out);
    if (s->kind == LAB_STAGE_DROPOUT) s->dropout.mask = take(&at, m->capacity * s->n_out);
    if (s->kind == LAB_STAGE_RECURRENT) {
      s->recurrent.a = take(&at, 2 * s->recurrent.n_out);
      hand_out(&next, &s->recurrent.U, &s->recurrent.dU);
      hand_out(&next, &s->recurrent.W, &s->recurrent.dW);
      hand_out(&next, &s->recurrent.b, &s->recurrent.db);
    } else if (s->kind == LAB_STAGE_CONV) {
      hand_out(&next, &s->conv.K, &s->conv.dK);
      hand_out(&next, &s->conv.b, &s->conv.db);
    } else if (s->kind == LAB_STAGE_DENSE) {
      hand_out(&next, &s->dense.W, &s->dense.dW);
      hand_out(&next, &s->dense.b, &s->dense.db);
    }
  }
  for (size_t i = 0; i < m->n_stages; i++) /* last, since they are of another type */
    if (m->stage[i].kind == LAB_STAGE_POOL) m->stage[i].pool.winner = (size_t *)(void *)at;
}

/* ---- initial weights ---- */

static clino_init_options scheme_of(const lab_recipe *r, const lab_tensor *t) {
  clino_init_options o = clino_init_options_default(r->init);
  bool last = t->dense == (int)r->layers - 1;
  o.gain = r->gain;
  if (strcmp(t->name, "rnn.W") == 0) { /* keeps the state's size */
    o = clino_init_options_default(CLINO_INIT_ORTHOGONAL);
  } else if (last && r->glorot_last) {
    o = clino_init_options_default(CLINO_INIT_XAVIER_UNIFORM);
  } else if (last) {
    o = clino_init_options_default(CLINO_INIT_LECUN_UNIFORM);
    o.gain = 0.5773502691896258; /* 1/sqrt(3) */
  }
  return o;
}

static clino_status fill_weights(const lab_recipe *r, const lab_tensor *t, uint64_t seed) {
  clino_tensor w = CLINO_TENSOR_F64(t->name, t->value, NULL, t->rows, t->columns);
  clino_init_options o = scheme_of(r, t);
  if (strcmp(t->name, "conv") == 0) { /* kernels stand output first */
    w.shape[0] = t->columns;
    w.shape[1] = t->rows;
  } else {
    o.layout = CLINO_LAYOUT_INPUT_FIRST;
  }
  o.seed = seed;
  return clino_init(&w, &o, NULL);
}

static int initialize(lab_model *m, const lab_recipe *r) {
  const lab_wrong *w = &r->wrong;
  for (size_t i = 0; i < m->n_tensors; i++) {
    lab_tensor *t = &m->tensor[i];
    bool carried = strcmp(t->name, "rnn.W") == 0, last = t->dense == (int)r->layers - 1;
    if (t->columns == 0) {
      for (size_t k = 0; k < t->n && !last; k++) t->value[k] = w->hidden_bias;
      continue;
    }
    if (fill_weights(r, t, r->seed * 64 + i)) return -1;
    for (size_t k = 0; k < t->n; k++) {
      t->value[k] *= w->weight_scale * (carried ? w->recurrent_scale : 1);
      if (w->constant_weights) t->value[k] = w->constant_weight;
    }
  }
  return 0;
}

int lab_model_make(const lab_recipe *r, const lab_data *d, lab_model *m) {
  *m = (lab_model){.capacity = r->batch > 64 ? r->batch : 64, .random = {r->seed * 977 + 5}};
  plan(m, r, d);
  if (allocate(m)) return -1;
  connect(m);
  if (!initialize(m, r)) return 0;
  lab_model_free(m);
  return -1;
}

void lab_model_free(lab_model *m) {
  free(m->memory);
  *m = (lab_model){0};
}

/* ---- passes ---- */

static void activate(const lab_stage *s, size_t n, const real *x) {
  if (s->activation == LAB_RELU) relu_forward(NULL, NULL, n * s->n_out, x, s->y);
  else if (s->activation == LAB_TANH) tanh_forward(n * s->n_out, x, s->y);
  else sigmoid_forward(n * s->n_out, x, s->y);
}

static void activate_backward(const lab_stage *s, size_t n, const real *x, real *dx) {
  if (s->activation == LAB_RELU) relu_backward(n * s->n_out, x, s->dy, dx);
  else if (s->activation == LAB_TANH) tanh_backward(n * s->n_out, s->y, s->dy, dx);
  else sigmoid_backward(n * s->n_out, s->y, s->dy, dx);
}

static void forward(lab_model *m, lab_stage *s, size_t n, const real *x) {
  switch (s->kind) {
    case LAB_STAGE_CONV: conv3x3_forward(&s->conv, n, x, s->y); break;
    case LAB_STAGE_POOL: maxpool_forward(&s->pool, NULL, NULL, n, x, s->y); break;
    case LAB_STAGE_RECURRENT: recurrent_forward(&s->recurrent, n, x, s->y); break;
    case LAB_STAGE_DENSE: dense_forward(&s->dense, n, x, s->y); break;
    case LAB_STAGE_ACTIVATION: activate(s, n, x); break;
    case LAB_STAGE_LAST_STEP:
      for (size_t i = 0; i < n; i++)
        memcpy(s->y + i * s->n_out, x + (i + 1) * s->n_in - s->n_out, s->n_out * sizeof *x);
      break;
    case LAB_STAGE_DROPOUT:
      if (m->inference) memcpy(s->y, x, n * s->n_out * sizeof *x);
      else dropout_forward(&s->dropout, &m->random, n * s->n_out, x, s->y);
      break;
  }
}

static void backward(const lab_stage *s, size_t n, const real *x, real *dx) {
  switch (s->kind) {
    case LAB_STAGE_CONV: conv3x3_backward(&s->conv, n, x, s->dy, dx); break;
    case LAB_STAGE_POOL: maxpool_backward(&s->pool, n, s->dy, dx); break;
    case LAB_STAGE_RECURRENT: recurrent_backward(&s->recurrent, n, x, s->y, s->dy, dx); break;
    case LAB_STAGE_DENSE: dense_backward(&s->dense, n, x, s->dy, dx); break;
    case LAB_STAGE_ACTIVATION: activate_backward(s, n, x, dx); break;
    case LAB_STAGE_DROPOUT: dropout_backward(&s->dropout, n * s->n_out, s->dy, dx); break;
    case LAB_STAGE_LAST_STEP:
      memset(dx, 0, n * s->n_in * sizeof *dx);
      for (size_t i = 0; i < n; i++)
        memcpy(dx + (i + 1) * s->n_in - s->n_out, s->dy + i * s->n_out, s->n_out * sizeof *dx);
      break;
  }
}

const real *lab_model_forward(lab_model *m, size_t n, const real *x) {
  for (size_t i = 0; i < m->n_stages; i++) {
    forward(m, &m->stage[i], n, x);
    x = m->stage[i].y;
  }
  return x;
}

void lab_model_backward(lab_model *m, size_t n, const real *x, const real *dscores) {
  lab_stage *last = &m->stage[m->n_stages - 1];
  memcpy(last->dy, dscores, n * last->n_out * sizeof *dscores);
  for (size_t i = m->n_stages; i-- > 0;)
    backward(&m->stage[i], n, i ? m->stage[i - 1].y : x, i ? m->stage[i - 1].dy : NULL);
}
