/* What surrounds the data: where the plot's area is, its axes, ticks and labels, title, legend and notes. A plot of
 * another kind (levels of a surface, say) draws into the same frame. */
#ifndef CLINO_PLOT_FRAME_H
#define CLINO_PLOT_FRAME_H

#include "plot/axis.h"
#include "plot/svg.h"

/* A part of the picture in pixels, y downwards. */
typedef struct clino__box {
  double left, top, right, bottom;
} clino__box;

/* An entry of the legend: a line, a marker, or a swatch, and its name. */
typedef struct clino__legend_item {
  const char *name;
  clino_plot_color color;
  clino_plot_line line;
  clino_plot_marker marker;
  bool swatch;
} clino__legend_item;

typedef struct clino__frame {
  double width, height;
  const char *title;            /* NULL: none */
  const char *x_label, *y_label;
  clino__axis x, y;
  const clino__legend_item *legend;
  size_t n_legend;
  const char *const *notes;     /* below the plot */
  size_t n_notes;
  clino__box box;               /* of the data: set by clino__frame_place */
  clino__ticks x_ticks, y_ticks;
} clino__frame;

/* Finds room for all of it: sets box and ticks. */
void clino__frame_place(clino__frame *frame);

/* Where a point is in the picture, at most a million pixels away. Both values are such as their axis can show. */
double clino__frame_x(const clino__frame *frame, double x);
double clino__frame_y(const clino__frame *frame, double y);

/* What lies under the data (grid) and what lies over and around it. */
void clino__frame_grid(const clino__frame *frame, clino__text *svg);
void clino__frame_draw(const clino__frame *frame, clino__text *svg);

#endif
