#include "plot/axis.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/number.h"

bool clino__axis_can_show(clino_plot_scale scale, double v) {
  return isfinite(v) && (scale == CLINO_PLOT_LINEAR || v > 0);
}

void clino__extent_add(clino__extent *e, clino_plot_scale scale, double v) {
  if (!clino__axis_can_show(scale, v)) return;
  if (v < e->low) e->low = v;
  if (v > e->high) e->high = v;
}

/* ---- ends ---- */

/* Kept where doubles can still be told apart on the axis and half the largest double is not exceeded. */
#define PADDING 0.04 /* of the length, on either side */

static void pad_linear(clino__axis *a, bool low, bool high) {
  double largest = fmax(fabs(a->low), fabs(a->high));
  double half = a->high / 2 - a->low / 2, least = fmax(largest * 1e-12, DBL_MIN * 1e16);
  double room = half > least ? 2 * PADDING * half : largest > 0 ? fmax(0.1 * largest, least) : 1;
  if (low) a->low = fmax(a->low - room, -DBL_MAX);
  if (high) a->high = fmin(a->high + room, DBL_MAX);
}

static void pad_log(clino__axis *a, bool low, bool high) {
  double decades = log10(a->high) - log10(a->low);
  double factor = pow(10, decades > 1e-10 ? PADDING * decades : 0.5);
  /* A range of less than a third of a decade is drawn like a linear one, and needs no more room than it. */
  if (low) a->low = fmax(a->low / factor, DBL_TRUE_MIN);
  if (high) a->high = fmin(a->high * factor, DBL_MAX);
}

clino__axis clino__axis_new(const clino_plot_axis *asked, clino__extent e) {
  bool log = asked->scale == CLINO_PLOT_LOG, low = isnan(asked->low), high = isnan(asked->high);
  clino__axis a = {asked->scale, e.low, e.high};
  if (!(e.low <= e.high)) a.low = log ? 0.1 : 0, a.high = log ? 10 : 1;
  if (!low) a.low = asked->low;
  if (!high) a.high = asked->high;
  if (!(a.low <= a.high)) { /* the end that was asked for lies beyond the data */
    if (low) a.low = log ? a.high / 10 : a.high - fmax(fabs(a.high), 1);
    else a.high = log ? a.low * 10 : a.low + fmax(fabs(a.low), 1);
  }
  if (log) pad_log(&a, low, high);
  else pad_linear(&a, low, high);
  return a;
}

double clino__axis_place(const clino__axis *a, double v) {
  /* Halves: the difference of two finite numbers may be infinite. */
  if (a->scale == CLINO_PLOT_LINEAR) return (v / 2 - a->low / 2) / (a->high / 2 - a->low / 2);
  double low = log10(a->low);
  return (log10(v) - low) / (log10(a->high) - low);
}

/* ---- ticks ---- */

static void add_tick(clino__ticks *t, const clino__axis *a, double at, const char *label) {
  double place = clino__axis_place(a, at);
  if (t->count == CLINO__MAX_TICKS || !(place >= -1e-9 && place <= 1 + 1e-9)) return;
  t->tick[t->count].at = at;
  size_t length = strlen(label) < CLINO__TICK_SIZE ? strlen(label) : 0;
  memcpy(t->tick[t->count].label, label, length);
  t->tick[t->count++].label[length] = '\0';
}

/* The smallest of 1, 2, 5 times a power of ten that is at least v, as mantissa and exponent. */
static int nice_above(double v, int *exponent) {
  *exponent = (int)floor(log10(v));
  double m = v / pow(10, *exponent);
  int mantissa = m <= 1 + 1e-9 ? 1 : m <= 2 + 1e-9 ? 2 : m <= 5 + 1e-9 ? 5 : 10;
  if (mantissa < 10) return mantissa;
  ++*exponent;
  return 1;
}

/* k * m * 10^e as the double nearest to it in most cases: division by a power of ten is exact where multiplication by
 * its inverse is not. */
static double multiple(double k, int m, int e) {
  return e < 0 && e >= -22 ? k * m / pow(10, -e) : k * m * pow(10, e);
}

/* 2e+06 as 2e6, 1e-05 as 1e-5. */
static void shorten_exponent(char *label) {
  char *from = strchr(label, 'e');
  if (!from) return;
  char *to = ++from;
  if (*from == '-') to++;
  from++;
  while (*from == '0') from++;
  memmove(to, from, strlen(from) + 1);
}

/* scale: that of the axis which takes the ticks; a: the same ends, linear. */
static void linear_ticks(const clino__axis *a, clino_plot_scale scale, size_t most, clino__ticks *t) {
  int exponent;
  double parts = (double)most;
  int m = nice_above(fmax(a->high / parts - a->low / parts, DBL_MIN), &exponent);
  double step = multiple(1, m, exponent), largest = fmax(fabs(a->low), fabs(a->high));
  double k = ceil(a->low / step - 1e-9);
  if (!isfinite(k) || !isfinite(step)) return;
  /* Enough digits to tell neighbours apart. */
  int digits = (int)fmin(fmax(floor(log10(largest)) - exponent + 1, 1), 15);
  for (; t->count < CLINO__MAX_TICKS; k++) {
    double at = multiple(k, m, exponent);
    if (!(clino__axis_place(a, at) <= 1 + 1e-9)) break;
    char label[CLINO__NUMBER_SIZE];
    clino__number_digits(label, k == 0 ? 0 : at, digits < 5 && largest < 1e5 && step >= 1 ? 5 : digits);
    shorten_exponent(label);
    if (clino__axis_can_show(scale, at)) add_tick(t, a, k == 0 ? 0 : at, label);
  }
}

/* 10 with a superscript; 1 and 10 as they are. */
static void decade_label(char *out, int exponent) {
  static const char *const superscript[] = {"\xE2\x81\xB0", "\xC2\xB9",     "\xC2\xB2",     "\xC2\xB3",
                                            "\xE2\x81\xB4", "\xE2\x81\xB5", "\xE2\x81\xB6", "\xE2\x81\xB7",
                                            "\xE2\x81\xB8", "\xE2\x81\xB9"};
  int size = exponent < 0 ? -exponent : exponent;
  strcpy(out, exponent == 0 ? "1" : "10");
  if (exponent == 0 || exponent == 1) return;
  if (exponent < 0) strcat(out, "\xE2\x81\xBB");
  for (int unit = 100; unit; unit /= 10)
    if (size >= unit) strcat(out, superscript[size / unit % 10]);
}

/* Decades, every stride-th labelled, the others minor ticks; 2 to 9 as minor ticks where all decades are labelled and
 * few. */
static void decade_ticks(const clino__axis *a, int first, int last, size_t most, clino__ticks *t) {
  int decades = last - first + 1, stride = 1;
  while ((size_t)(decades + stride - 1) / (size_t)stride > most)
    stride = stride == 1 ? 2 : stride == 2 ? 3 : 2 * stride;
  for (int e = first; e <= last; e++) {
    char label[CLINO__TICK_SIZE] = "";
    int rest = ((e % stride) + stride) % stride;
    if (!rest) decade_label(label, e);
    if (!rest || decades <= CLINO__MAX_TICKS / 2) add_tick(t, a, pow(10, e), label);
  }
  if (stride > 1 || decades > 5) return;
  for (int e = first - 1; e <= last; e++)
    for (int m = 2; m <= 9; m++) add_tick(t, a, multiple(1, m, e), "");
}

void clino__axis_ticks(const clino__axis *a, size_t most, clino__ticks *t) {
  t->count = 0;
  if (most < 2) most = 2;
  if (most > 20) most = 20;
  if (a->scale == CLINO_PLOT_LOG) {
    int first = (int)ceil(log10(a->low) - 1e-9), last = (int)floor(log10(a->high) + 1e-9);
    if (last - first >= 1) {
      decade_ticks(a, first, last, most, t);
      return;
    }
    /* Less than two decades: the ticks of a linear axis, at least those that do not crowd at the upper end. */
    clino__axis same = {CLINO_PLOT_LINEAR, a->low, a->high};
    linear_ticks(&same, a->scale, most / 2 > 3 ? most / 2 : 3, t);
    return;
  }
  linear_ticks(a, a->scale, most, t);
}
