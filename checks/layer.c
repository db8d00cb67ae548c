#include "checks/layer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "checks/kept.h"

static clino__layer measure(const clino__curve *v, const clino_series *series, const char *name) {
  clino__layer l = {series, name, v->n, v->y[0], NAN, NAN, NAN, INFINITY, -INFINITY, v->first_step[0], 0};
  size_t head = v->n / 10 > 2 ? v->n / 10 : 2, tail = v->n / 4 ? v->n / 4 : 1;
  l.early = clino__curve_level(v, 0, head);
  l.late = clino__curve_level(v, v->n - tail, v->n);
  l.level = clino__curve_level(v, 0, v->n);
  for (size_t i = 0; i < v->n; i++) l.least = fmin(l.least, v->y[i]), l.most = fmax(l.most, v->y[i]);
  l.last_step = v->last_step[v->n - 1];
  return l;
}

/* A layer, however few points it has, and whether it is the same for any least number of points. */
typedef struct measured {
  clino__layer layer;
  bool whole;
} measured;

static measured measure_series(clino__context *c, const clino_series *series, const char *name, size_t min_points) {
  clino__curve v;
  measured m = {{.n = 0}, false};
  if (!clino__curve_plain(c, series, min_points, &v)) return m;
  if (v.n) m.layer = measure(&v, series, name);
  m.layer.series = series;
  m.layer.name = name;
  m.whole = v.whole;
  return m;
}

/* All layers of a prefix, in an array of malloc; NULL where there is none or memory is out. */
static measured *measure_all(clino__context *c, const char *prefix, size_t min_points, size_t *n) {
  size_t count = clino_run_series_count(c->run);
  measured *all = malloc((count + 1) * sizeof *all);
  *n = 0;
  if (!all) c->status = clino__fail_memory(c->error, "the levels of layers");
  for (size_t i = 0; all && i < count && !c->status; i++) {
    const char *name;
    const clino_series *series = clino__series_under(c, i, prefix, &name);
    if (series && *name) all[(*n)++] = measure_series(c, series, name, min_points);
  }
  return all;
}

static const char levels[] = "levels", paces[] = "pace";

/* All layers of a prefix: as noted before in this diagnosis, or else in *made, which the caller frees. */
static const measured *all_of(clino__context *c, const char *prefix, size_t min_points, size_t *n, measured **made) {
  size_t size = 0;
  const measured *known = clino__noted(c, levels, prefix, 0, &size);
  *made = NULL;
  *n = size / sizeof *known;
  if (known) return known;
  *made = measure_all(c, prefix, min_points, n);
  if (!c->status) clino__note(c, levels, prefix, 0, *made, *n * sizeof **made);
  return *made;
}

/* Those that have enough points; returns how many. fresh: they were measured for this number of points just now. */
static size_t pick(clino__context *c, const measured *all, size_t seen, bool fresh, size_t min_points,
                   clino__layer *layers) {
  size_t n = 0;
  for (size_t i = 0; i < seen && !c->status; i++) {
    measured m = all[i];
    if (!fresh && !m.whole) m = measure_series(c, m.layer.series, m.layer.name, min_points);
    if (m.layer.n && m.layer.n >= min_points) layers[n++] = m.layer;
  }
  return n;
}

clino__layer *clino__layers_of(clino__context *c, const char *prefix, size_t min_points, size_t *n, size_t *found) {
  size_t seen = 0;
  measured *made = NULL;
  const measured *all = c->status ? NULL : all_of(c, prefix, min_points, &seen, &made);
  clino__layer *layers = malloc((seen + 1) * sizeof *layers);
  if (!layers && !c->status) c->status = clino__fail_memory(c->error, "the levels of layers");
  *n = layers ? pick(c, all, seen, made != NULL, min_points, layers) : 0;
  if (found) *found = seen;
  free(made);
  if (*n && !c->status) return layers;
  free(layers);
  *n = 0;
  return NULL;
}

void clino__skip_layers(clino__context *c, const char *prefix, size_t found, size_t min_points) {
  if (c->status) return;
  if (!found) clino__skip(c, "no %sNAME was logged: monitor each layer", prefix);
  else clino__skip(c, "no %sNAME has the %zu finite points that a judgement takes", prefix, min_points);
}

clino_finding clino__layer_finding(const clino__context *c, clino_finding_level level, const clino__layer *l) {
  clino_finding f = clino__finding(c, level, l->series);
  f.first_step = l->first_step;
  f.last_step = l->last_step;
  return f;
}

bool clino__is_weight(const char *name) {
  static const char *const words[] = {"bias", "beta", "gamma", "norm", "bn", "ln", "scale", "shift"};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (clino__mentions(name, words[i])) return false;
  const char *last = name + strlen(name); /* "fc1.b", "b1", "b" */
  while (last > name && last[-1] != '.' && last[-1] != '/' && last[-1] != '_') last--;
  return *last != 'b' || strspn(last + 1, "0123456789") != strlen(last + 1);
}

/* The first value of PREFIX/NAME; NaN without one. */
static double first_of(const clino__context *c, const char *prefix, const char *name) {
  clino__text key = CLINO__TEXT_EMPTY;
  clino__text_addf(&key, "%s/%s", prefix, name);
  const clino_series *s = key.failed ? NULL : clino__series(c, clino__text_string(&key));
  clino__text_free(&key);
  return s ? clino_series_values(s)[0] : NAN;
}

double clino__weight_scale(clino__context *c, const clino__layer *l) {
  clino__text key = CLINO__TEXT_EMPTY;
  if (!clino__is_weight(l->name)) return NAN;
  clino__text_addf(&key, "fan_in/%s", l->name);
  double fan_in = key.failed ? NAN : clino_run_attribute_number(c->run, clino__text_string(&key));
  clino__text_free(&key);
  bool replaced = l->first_step > 0 && first_of(c, "update_ratio", l->name) * (double)l->first_step > 0.3;
  return replaced ? NAN : l->first * sqrt(fan_in);
}

double clino__largest_weights(clino__context *c, double *last) {
  size_t n;
  double most = NAN, end = NAN;
  clino__layer *w = clino__layers_of(c, "param_std/", 1, &n, NULL);
  for (size_t i = 0; i < n; i++) {
    double scale = clino__weight_scale(c, &w[i]);
    most = fmax(most, scale);
    if (clino__is_weight(w[i].name)) end = scale;
  }
  free(w);
  if (last) *last = end;
  return most;
}

double clino__growth_by_layer(clino__context *c) {
  size_t n;
  clino__layer *h = clino__layers_of(c, "act_std/", 1, &n, NULL);
  double growth = NAN;
  if (n >= 3 && h[0].first_step <= 0 && h[n - 1].first_step <= 0 && h[0].first > 0)
    growth = pow(h[n - 1].first / h[0].first, 1 / (double)(n - 1));
  free(h);
  return growth;
}

static void add_square(double *sum, const clino__curve *v, size_t from, size_t to) {
  double level = clino__curve_level(v, from, to > from ? to : from + 1);
  *sum = isnan(*sum) ? fabs(level) : hypot(*sum, level);
}

static void add_pace(clino__pace *p, const clino__curve *v) {
  size_t n = v->n;
  add_square(&p->early, v, 0, n / 10 > 2 ? n / 10 : 2);
  add_square(&p->at[0], v, n / 8, n / 4);
  add_square(&p->at[1], v, 3 * n / 8, n / 2);
  add_square(&p->at[2], v, 3 * n / 4, n);
  p->late = p->at[2];
}

static clino__pace measure_pace(clino__context *c, const char *name) {
  clino__pace p = {NAN, {NAN, NAN, NAN}, NAN};
  const clino_series *whole = clino__series(c, name);
  size_t count = clino_run_series_count(c->run), length = strlen(name);
  for (size_t i = 0; i < count && !c->status; i++) {
    const char *rest;
    clino__curve v;
    const clino_series *s = clino__series_under(c, i, name, &rest);
    if (!s || strncmp(clino_series_name(s), name, length) != 0 || (whole ? s != whole : *rest != '/')) continue;
    if (clino__curve_plain(c, s, 8, &v) && v.n >= 8) add_pace(&p, &v);
  }
  return p;
}

clino__pace clino__pace_of(clino__context *c, const char *name) {
  const clino__pace *known = clino__noted(c, paces, name, 0, NULL);
  if (known) return *known;
  clino__pace p = measure_pace(c, name);
  if (!c->status) clino__note(c, paces, name, 0, &p, sizeof p);
  return p;
}
