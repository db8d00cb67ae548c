/* clino/landscape.h - the loss over a line or a plane through a point: as numbers, as CSV, as SVG.
 *
 *   clino_slice_options o = clino_slice_options_default();
 *   o.along = v;                                    the gradient, an eigenvector, the way to another point: n numbers
 *   clino_slice *slice;
 *   clino_landscape_slice(point, &o, &slice, &error);          f(x + a v) for a from o.low to o.high
 *   clino_slice_svg(slice, "Along the gradient", to_file, file, &error);
 *   clino_slice_free(slice);
 *
 * With a second direction, f(x + a v + b w), and the SVG has contours (clino/contour.h). A slice through many
 * dimensions shows what lies in it and nothing else: a minimum of the slice need be none of f (clino/critical_point.h
 * tells), and the scale of random directions says more about the weights' norms than about f (H. Li, Z. Xu, G. Taylor,
 * C. Studer and T. Goldstein, "Visualizing the loss landscape of neural nets", 2018; I. J. Goodfellow, O. Vinyals and
 * A. M. Saxe, "Qualitatively characterizing neural network optimization problems", 2015, for lines between two points).
 */
#ifndef CLINO_LANDSCAPE_H
#define CLINO_LANDSCAPE_H

#include "clino/plot.h"
#include "clino/point.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct clino_slice_options {
  size_t struct_size;       /* set by clino_slice_options_default */
  const double *along;      /* n finite numbers, not all 0; no default */
  const double *across;     /* a second direction; NULL (default): a line */
  double low, high;         /* of a, in multiples of along; default -1 and 1; finite, low < high */
  double low2, high2;       /* of b; default -1 and 1 */
  size_t points, points2;   /* on each; default 41, 2 to 2000 */
  const char *along_name, *across_name; /* for CSV and plots, copied; default "along" and "across" */
} clino_slice_options;

/* The defaults that the fields' comments state. Thread safe. */
CLINO_API clino_slice_options clino_slice_options_default(void);

typedef struct clino_slice clino_slice;

/* Evaluates f over a grid.
 *   slice  set to the result, freed by the caller with clino_slice_free; NULL on errors; not NULL
 * Values that are not finite are kept as they are. Errors: CLINO_ERR_RANGE (named), CLINO_ERR_CALLBACK,
 * CLINO_ERR_CANCELLED, CLINO_ERR_MEMORY. Cost: points (times points2) values. */
CLINO_API CLINO_WARN_UNUSED clino_status clino_landscape_slice(clino_point *point, const clino_slice_options *options,
                                                               clino_slice **slice, clino_error *error);

/* NULL is allowed. */
CLINO_API void clino_slice_free(clino_slice *slice);

/* The values, points2 rows (1 for a line) of points each, and how many there are of both; NULL and 0 for NULL. Valid
 * until the slice is freed. rows and columns may be NULL. */
CLINO_API const double *clino_slice_values(const clino_slice *slice, size_t *rows, size_t *columns);

/* The i-th place along, and across: multiples of the directions. NaN past the end, and for NULL. */
CLINO_API double clino_slice_at(const clino_slice *slice, size_t i);
CLINO_API double clino_slice_at2(const clino_slice *slice, size_t i);

/* The slice as CSV, a line a value: "along,loss" or "along,across,loss" with a head of these names; in quotes where a
 * name needs them. slice, sink: not NULL; the sink is called once. Errors: CLINO_ERR_RANGE, CLINO_ERR_CALLBACK,
 * CLINO_ERR_MEMORY. */
CLINO_API clino_status clino_slice_csv(const clino_slice *slice, clino_text_sink sink, void *ctx, clino_error *error);

/* The slice as SVG: a line, or contours, with a ring where the point is. title: NULL: none. Errors: as clino_slice_csv.
 * */
CLINO_API clino_status clino_slice_svg(const clino_slice *slice, const char *title, clino_text_sink sink, void *ctx,
                                       clino_error *error);

#ifdef __cplusplus
}
#endif
#endif
