/* The layers of layers.c in the precision REAL; NAME(f) is f with its ending. No guard: included once for each. */

#define V(t) ((REAL *)(t).value)
#define G(t) ((REAL *)(t).grad)

/* ---- dense: y = tanh(x W + b); x n by d, W d by m ---- */

static int NAME(dense_forward)(const clino_layer_io *io, void *ctx) {
  (void)ctx;
  size_t n = io->inputs[0].shape[0], d = io->inputs[0].shape[1], m = io->outputs[0].shape[1];
  const REAL *x = V(io->inputs[0]), *w = V(io->params[0]), *b = V(io->params[1]);
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < m; j++) {
      REAL z = b[j];
      for (size_t k = 0; k < d; k++) z += x[i * d + k] * w[k * m + j];
      V(io->outputs[0])[i * m + j] = TANH(z);
    }
  return 0;
}

static void NAME(dense_bugs)(const layer_setup *s, size_t n, size_t d, size_t m, const clino_layer_io *io) {
  REAL *dx = G(io->inputs[0]), *dw = G(io->params[0]), *db = G(io->params[1]);
  for (size_t k = 0; s->bug == DENSE_W_TRANSPOSED && d == m && k < d; k++)
    for (size_t j = 0; j < k; j++) {
      REAL t = dw[k * m + j];
      dw[k * m + j] = dw[j * m + k];
      dw[j * m + k] = t;
    }
  for (size_t j = 0; s->bug == DENSE_BIAS_MEAN && j < m; j++) db[j] /= (REAL)n;
  for (size_t j = m - m % 4; s->bug == DENSE_TAIL && j < m; j++) db[j] = 0;
  for (size_t k = 0; s->bug == DENSE_ONE_SAMPLE && n == 1 && k < d; k++) dx[k] *= 2;
}

static int NAME(dense_backward)(const clino_layer_io *io, void *ctx) {
  size_t n = io->inputs[0].shape[0], d = io->inputs[0].shape[1], m = io->outputs[0].shape[1];
  const REAL *x = V(io->inputs[0]), *w = V(io->params[0]), *y = V(io->outputs[0]), *c = G(io->outputs[0]);
  REAL *dx = G(io->inputs[0]), *dw = G(io->params[0]), *db = G(io->params[1]);
  memset(dx, 0, n * d * sizeof *dx);
  memset(dw, 0, d * m * sizeof *dw);
  memset(db, 0, m * sizeof *db);
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < m; j++) {
      REAL g = c[i * m + j] * (1 - y[i * m + j] * y[i * m + j]);
      db[j] += g;
      for (size_t k = 0; k < d; k++) {
        dx[i * d + k] += g * w[k * m + j];
        dw[k * m + j] += g * x[i * d + k];
      }
    }
  NAME(dense_bugs)(ctx, n, d, m, io);
  return 0;
}

static int NAME(dense_jvp)(const clino_layer_io *io, void *ctx) {
  size_t n = io->inputs[0].shape[0], d = io->inputs[0].shape[1], m = io->outputs[0].shape[1];
  const REAL *x = V(io->inputs[0]), *w = V(io->params[0]), *y = V(io->outputs[0]);
  const REAL *tx = G(io->inputs[0]), *tw = G(io->params[0]), *tb = G(io->params[1]);
  layer_bug bug = ((const layer_setup *)ctx)->bug;
  REAL *ty = G(io->outputs[0]);
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < m; j++) {
      REAL t = bug == JVP_BIAS_FORGOTTEN ? 0 : tb[j];
      for (size_t k = 0; k < d; k++) t += tx[i * d + k] * w[k * m + j] + x[i * d + k] * tw[k * m + j];
      ty[i * m + j] = t * (1 - y[i * m + j] * y[i * m + j]);
    }
  if (bug == JVP_ONE_OUTPUT) ty[n * m - 1] *= (REAL)1.1;
  return 0;
}

/* ---- convolution, 3 by 3, zeros around; x h by w, K and y one channel to o ---- */

static REAL NAME(pixel)(const REAL *x, size_t h, size_t w, size_t i, size_t j) { /* both one too large */
  return i && j && i <= h && j <= w ? x[(i - 1) * w + j - 1] : 0;
}

static int NAME(conv_forward)(const clino_layer_io *io, void *ctx) {
  (void)ctx;
  size_t h = io->inputs[0].shape[0], w = io->inputs[0].shape[1], o = io->params[0].shape[0];
  for (size_t c = 0; c < o; c++)
    for (size_t i = 0; i < h; i++)
      for (size_t j = 0; j < w; j++) {
        REAL sum = V(io->params[1])[c];
        for (size_t k = 0; k < 9; k++)
          sum += V(io->params[0])[c * 9 + k] * NAME(pixel)(V(io->inputs[0]), h, w, i + k / 3, j + k % 3);
        V(io->outputs[0])[(c * h + i) * w + j] = sum;
      }
  return 0;
}

static int NAME(conv_backward)(const clino_layer_io *io, void *ctx) {
  size_t h = io->inputs[0].shape[0], w = io->inputs[0].shape[1], o = io->params[0].shape[0];
  const REAL *x = V(io->inputs[0]), *kernel = V(io->params[0]), *g = G(io->outputs[0]);
  REAL *dx = G(io->inputs[0]), *dk = G(io->params[0]), *db = G(io->params[1]);
  layer_bug bug = ((const layer_setup *)ctx)->bug;
  memset(dx, 0, h * w * sizeof *dx);
  for (size_t c = 0; c < o; c++, g += h * w) {
    db[c] = 0;
    for (size_t i = 0; i < h * w; i++) db[c] += g[i];
    for (size_t k = 0; k < 9; k++) {
      REAL flipped = kernel[c * 9 + (bug == CONV_FLIPPED ? k : 8 - k)];
      dk[c * 9 + k] = 0;
      for (size_t i = 0; i < h; i++)
        for (size_t j = 0; j < w; j++) {
          REAL at = bug == CONV_BORDER && i + 1 == h ? 0 : NAME(pixel)(x, h, w, i + k / 3, j + k % 3);
          dk[c * 9 + k] += g[i * w + j] * at;
          dx[i * w + j] += flipped * NAME(pixel)(g, h, w, i + k / 3, j + k % 3);
        }
    }
  }
  return 0;
}

/* ---- normalization of n groups of d values, a group's values `step` apart, groups `apart` apart ---- */

typedef struct NAME(group) {
  REAL mean, inverse; /* inverse: one over the standard deviation */
} NAME(group);

static NAME(group) NAME(moments)(const REAL *x, size_t d, size_t step) {
  NAME(group) g = {0, 0};
  for (size_t i = 0; i < d; i++) g.mean += x[i * step] / (REAL)d;
  REAL variance = (REAL)1e-3;
  for (size_t i = 0; i < d; i++) variance += (x[i * step] - g.mean) * (x[i * step] - g.mean) / (REAL)d;
  g.inverse = 1 / SQRT(variance);
  return g;
}

static int NAME(norm_forward)(const clino_layer_io *io, bool batch) {
  size_t rows = io->inputs[0].shape[0], columns = io->inputs[0].shape[1];
  size_t groups = batch ? columns : rows, d = batch ? rows : columns, step = batch ? columns : 1;
  for (size_t k = 0; k < groups; k++) {
    size_t first = batch ? k : k * columns;
    const REAL *x = V(io->inputs[0]) + first;
    NAME(group) g = NAME(moments)(x, d, step);
    for (size_t i = 0; i < d; i++) {
      size_t column = batch ? k : i;
      V(io->outputs[0])[first + i * step] =
          V(io->params[0])[column] * (x[i * step] - g.mean) * g.inverse + V(io->params[1])[column];
    }
  }
  return 0;
}

/* With h = gamma c and u the normalized x: dx = (h - mean(h) - u mean(u h)) / std. */
static void NAME(norm_group)(const REAL *x, const REAL *c, const REAL *gamma, REAL *dx, size_t d, size_t step,
                             bool batch, layer_bug bug) {
  NAME(group) g = NAME(moments)(x, d, step);
  REAL mean = 0, product = 0;
  for (size_t i = 0; i < d; i++) {
    REAL h = c[i * step] * gamma[batch ? 0 : i];
    mean += h / (REAL)d;
    product += h * (x[i * step] - g.mean) * g.inverse / (REAL)d;
  }
  if (bug == NORM_SCALE_ONLY) mean = 0;
  if (bug == NORM_SCALE_ONLY || bug == NORM_NO_VARIANCE) product = 0;
  for (size_t i = 0; i < d; i++) {
    REAL h = c[i * step] * gamma[batch ? 0 : i];
    dx[i * step] = (h - mean - (x[i * step] - g.mean) * g.inverse * product) * g.inverse;
  }
}

static int NAME(norm_backward)(const clino_layer_io *io, layer_bug bug, bool batch) {
  size_t rows = io->inputs[0].shape[0], columns = io->inputs[0].shape[1];
  size_t groups = batch ? columns : rows, d = batch ? rows : columns, step = batch ? columns : 1;
  memset(G(io->params[0]), 0, columns * sizeof(REAL));
  memset(G(io->params[1]), 0, columns * sizeof(REAL));
  for (size_t k = 0; k < groups; k++) {
    size_t first = batch ? k : k * columns;
    const REAL *x = V(io->inputs[0]) + first, *c = G(io->outputs[0]) + first;
    NAME(group) g = NAME(moments)(x, d, step);
    for (size_t i = 0; i < d; i++) {
      G(io->params[0])[batch ? k : i] += c[i * step] * (x[i * step] - g.mean) * g.inverse;
      G(io->params[1])[batch ? k : i] += c[i * step];
    }
    NAME(norm_group)(x, c, V(io->params[0]) + (batch ? k : 0), G(io->inputs[0]) + first, d, step, batch, bug);
  }
  return 0;
}

static int NAME(batchnorm_forward)(const clino_layer_io *io, void *ctx) {
  (void)ctx;
  return NAME(norm_forward)(io, true);
}
static int NAME(batchnorm_backward)(const clino_layer_io *io, void *ctx) {
  return NAME(norm_backward)(io, ((const layer_setup *)ctx)->bug, true);
}
static int NAME(layernorm_forward)(const clino_layer_io *io, void *ctx) {
  (void)ctx;
  return NAME(norm_forward)(io, false);
}
static int NAME(layernorm_backward)(const clino_layer_io *io, void *ctx) {
  return NAME(norm_backward)(io, ((const layer_setup *)ctx)->bug, false);
}

/* ---- softmax of each row ---- */

static int NAME(softmax_forward)(const clino_layer_io *io, void *ctx) {
  (void)ctx;
  size_t n = io->inputs[0].shape[0], d = io->inputs[0].shape[1];
  for (size_t i = 0; i < n; i++) {
    const REAL *x = V(io->inputs[0]) + i * d;
    REAL *y = V(io->outputs[0]) + i * d, sum = 0;
    for (size_t j = 0; j < d; j++) sum += y[j] = EXP(x[j]);
    for (size_t j = 0; j < d; j++) y[j] /= sum;
  }
  return 0;
}

/* The Jacobian is symmetric, so that one function serves backward and jvp: z = y (v - <y, v>). */
static void NAME(softmax_product)(const clino_layer_io *io, const REAL *v, REAL *z, bool diagonal) {
  size_t n = io->inputs[0].shape[0], d = io->inputs[0].shape[1];
  for (size_t i = 0; i < n; i++) {
    const REAL *y = V(io->outputs[0]) + i * d;
    REAL dot = 0;
    for (size_t j = 0; j < d; j++) dot += y[j] * v[i * d + j];
    for (size_t j = 0; j < d; j++) z[i * d + j] = y[j] * (v[i * d + j] - (diagonal ? y[j] * v[i * d + j] : dot));
  }
}

static int NAME(softmax_backward)(const clino_layer_io *io, void *ctx) {
  bool diagonal = ((const layer_setup *)ctx)->bug == SOFTMAX_DIAGONAL;
  NAME(softmax_product)(io, G(io->outputs[0]), G(io->inputs[0]), diagonal);
  return 0;
}

static int NAME(softmax_jvp)(const clino_layer_io *io, void *ctx) {
  (void)ctx;
  NAME(softmax_product)(io, G(io->inputs[0]), G(io->outputs[0]), false);
  return 0;
}

/* ---- embedding: row ids[i] of E ---- */

static int NAME(embedding_forward)(const clino_layer_io *io, void *ctx) {
  (void)ctx;
  size_t n = io->inputs[0].shape[0], d = io->params[0].shape[1];
  for (size_t i = 0; i < n; i++)
    memcpy(V(io->outputs[0]) + i * d, V(io->params[0]) + (size_t)V(io->inputs[0])[i] * d, d * sizeof(REAL));
  return 0;
}

static int NAME(embedding_backward)(const clino_layer_io *io, void *ctx) {
  size_t n = io->inputs[0].shape[0], v = io->params[0].shape[0], d = io->params[0].shape[1];
  bool last = ((const layer_setup *)ctx)->bug == EMBEDDING_LAST;
  memset(G(io->params[0]), 0, v * d * sizeof(REAL));
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < d; j++) {
      REAL *to = G(io->params[0]) + (size_t)V(io->inputs[0])[i] * d + j;
      *to = (last ? 0 : *to) + G(io->outputs[0])[i * d + j];
    }
  return 0;
}

/* ---- elementwise: dropout keeps 3 of 4, relu ---- */

static int NAME(dropout_forward)(const clino_layer_io *io, void *ctx) {
  layer_setup *s = ctx;
  for (size_t i = 0; i < io->inputs[0].shape[0]; i++)
    V(io->outputs[0])[i] = random_bits(&s->random) % 4 ? V(io->inputs[0])[i] / (REAL)0.75 : 0;
  return 0;
}

static int NAME(dropout_backward)(const clino_layer_io *io, void *ctx) {
  REAL scale = ((const layer_setup *)ctx)->bug == DROPOUT_UNSCALED ? 1 : (REAL)0.75;
  for (size_t i = 0; i < io->inputs[0].shape[0]; i++)
    G(io->inputs[0])[i] = V(io->outputs[0])[i] != 0 ? G(io->outputs[0])[i] / scale : 0;
  return 0;
}

static int NAME(relu_forward)(const clino_layer_io *io, void *ctx) {
  (void)ctx;
  for (size_t i = 0; i < io->inputs[0].shape[0]; i++) {
    REAL x = V(io->inputs[0])[i];
    V(io->outputs[0])[i] = x > 0 ? x : 0;
  }
  return 0;
}

static int NAME(relu_backward)(const clino_layer_io *io, void *ctx) {
  layer_bug bug = ((const layer_setup *)ctx)->bug;
  for (size_t i = 0; i < io->inputs[0].shape[0]; i++) {
    REAL x = V(io->inputs[0])[i], slope = bug == RELU_UNMASKED ? 1 : bug == RELU_ONE_BELOW ? x <= 0 : x > 0;
    G(io->inputs[0])[i] = slope * G(io->outputs[0])[i];
  }
  return 0;
}

static const callbacks NAME(all)[LAYER_KINDS] = {
    {NAME(dense_forward), NAME(dense_backward), NAME(dense_jvp)},
    {NAME(conv_forward), NAME(conv_backward), NULL},
    {NAME(batchnorm_forward), NAME(batchnorm_backward), NULL},
    {NAME(layernorm_forward), NAME(layernorm_backward), NULL},
    {NAME(softmax_forward), NAME(softmax_backward), NAME(softmax_jvp)},
    {NAME(embedding_forward), NAME(embedding_backward), NULL},
    {NAME(dropout_forward), NAME(dropout_backward), NULL},
    {NAME(relu_forward), NAME(relu_backward), NULL},
};

#undef V
#undef G
