/* clino/contour.h - lines of equal height over a grid, as SVG in the look of clino/plot.h.
 *
 *   clino_contour c = clino_contour_default();
 *   c.nx = 41;  c.xs = x;  c.ny = 41;  c.ys = y;  c.z = z;      z[j * nx + i] at (xs[i], ys[j])
 *   clino_contour_svg(&c, to_file, file, NULL);
 *
 * Levels lie at quantiles of the finite heights, so that each ring holds about as much of the picture as the next, also
 * where heights range over decades; low ones are faint, high ones strong. Lines run by linear interpolation along the
 * edges of the cells (marching squares; a cell that is a saddle is decided by the mean of its corners: W. E. Lorensen
 * and H. E. Cline, SIGGRAPH 1987, in two dimensions). Cells with a corner that is not finite stay empty, and a note
 * counts such heights. The SVG is the same, byte for byte, for the same numbers.
 */
#ifndef CLINO_CONTOUR_H
#define CLINO_CONTOUR_H

#include "clino/plot.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct clino_contour {
  size_t struct_size;       /* set by clino_contour_default */
  const char *title;        /* above the plot; NULL (default): none */
  const char *description;  /* for screen readers; NULL (default): made from axes and levels */
  double width, height;     /* in pixels; default 720 and 640, each 240 to 10000 */
  const char *x_label, *y_label; /* NULL (default): none */
  size_t nx, ny;            /* 2 to 2000 each */
  const double *xs, *ys;    /* finite, ascending */
  const double *z;          /* nx ny heights, any numbers */
  size_t levels;            /* default 14, 1 to 100 */
  const clino_plot_series *series; /* drawn over the lines: places, ways */
  size_t n_series;          /* up to 1000 */
  const char *note;         /* below the plot; NULL (default): none */
} clino_contour;

/* An empty one with the defaults that the fields' comments state. Thread safe. */
CLINO_API clino_contour clino_contour_default(void);

/* Writes contours as SVG through sink, which is called once, with the whole text, or not at all.
 *   contour  not NULL, from clino_contour_default(), not changed;  sink  not NULL;  ctx  handed through
 * Errors: CLINO_ERR_RANGE (named), CLINO_ERR_CALLBACK, CLINO_ERR_MEMORY. Cost: a pass over the cells a level; about 30
 * bytes of text a cell that a line crosses. Independent of the locale. Thread safe. */
CLINO_API clino_status clino_contour_svg(const clino_contour *contour, clino_text_sink sink, void *ctx,
                                         clino_error *error);

#ifdef __cplusplus
}
#endif
#endif
