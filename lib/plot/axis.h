/* One axis: its ends, where a value lies between them, its ticks. Knows nothing of SVG. */
#ifndef CLINO_PLOT_AXIS_H
#define CLINO_PLOT_AXIS_H

#include <stdbool.h>

#include "base/text.h"
#include "clino/plot.h"

typedef struct clino__axis {
  clino_plot_scale scale;
  double low, high;
} clino__axis;

/* The smallest and largest of the values that an axis can show; low > high: none yet. */
typedef struct clino__extent {
  double low, high;
} clino__extent;
#define CLINO__EXTENT_EMPTY {INFINITY, -INFINITY}

/* Whether a value has a place on an axis of that scale: finite, and above 0 where it is logarithmic. */
bool clino__axis_can_show(clino_plot_scale scale, double v);
void clino__extent_add(clino__extent *extent, clino_plot_scale scale, double v);

/* The ends: those asked for, or of the extent with room around it. */
clino__axis clino__axis_new(const clino_plot_axis *asked, clino__extent extent);

/* 0 at low, 1 at high; beyond them below 0 or above 1. v: one that clino__axis_can_show. */
double clino__axis_place(const clino__axis *axis, double v);

#define CLINO__MAX_TICKS 64
#define CLINO__TICK_SIZE 32

typedef struct clino__tick {
  double at;
  char label[CLINO__TICK_SIZE]; /* UTF-8; "": a minor one */
} clino__tick;

typedef struct clino__ticks {
  clino__tick tick[CLINO__MAX_TICKS];
  size_t count;
} clino__ticks;

/* Ticks at 1, 2, 5 times a power of ten, or at decades with 2 to 9 between them where there is room; most: how many
 * labels have room, 2 or more. */
void clino__axis_ticks(const clino__axis *axis, size_t most, clino__ticks *ticks);

#endif
