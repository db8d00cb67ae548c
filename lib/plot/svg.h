/* SVG as text: its head and style, numbers, escaped strings, markers. Knows nothing of axes or data. */
#ifndef CLINO_PLOT_SVG_H
#define CLINO_PLOT_SVG_H

#include "base/text.h"
#include "clino/plot.h"

#define CLINO__FONT_SIZE 12.0
#define CLINO__TITLE_SIZE 15.0

typedef enum clino__anchor { CLINO__START, CLINO__MIDDLE, CLINO__END } clino__anchor;

/* A coordinate, to a hundredth of a pixel. */
void clino__svg_coordinate(clino__text *svg, double v);

/* ' name="v"' */
void clino__svg_attribute(clino__text *svg, const char *name, double v);

/* size bytes as the content of an element or of an attribute in double quotes: always well formed. Blanks of any kind
 * and controls other than NUL end up as one blank or U+FFFD each. */
void clino__svg_escape(clino__text *svg, const char *bytes, size_t size);

/* The width that a text takes at a font size, at most: sans-serif letters are about half as wide as high. */
double clino__svg_width(const char *bytes, size_t size, double font_size);

/* How many bytes of a text fit into a width, cut between characters, at a blank if wrap is set and there is one. */
size_t clino__svg_fit(const char *bytes, size_t size, double font_size, double width, bool wrap);

/* The start of the document up to the background, and its end. */
void clino__svg_open(clino__text *svg, double width, double height, const char *title, const char *description);
void clino__svg_close(clino__text *svg);

/* A text at a place; one that is wider than width is cut and ends in an ellipsis. style: NULL, or attributes. */
void clino__svg_text(clino__text *svg, double x, double y, clino__anchor anchor, double width, const char *bytes,
                     size_t size, const char *style);

/* '<g class=... color=...>' for strokes and fills in currentColor; closed by </g>. */
void clino__svg_color(clino__text *svg, clino_plot_color color);

/* ' stroke-dasharray=...' where the line has one. */
void clino__svg_dashes(clino__text *svg, clino_plot_line line);

void clino__svg_segment(clino__text *svg, double x1, double y1, double x2, double y2, const char *style);
void clino__svg_rectangle(clino__text *svg, double x, double y, double width, double height, const char *style);

/* Markers are subpaths: open, any number of them at places, close. The triangle is for values without a place. */
#define CLINO__HOLLOW_TRIANGLE ((clino_plot_marker)(CLINO_PLOT_RING + 1))
void clino__svg_markers_open(clino__text *svg, clino_plot_marker marker);
void clino__svg_marker(clino__text *svg, clino_plot_marker marker, double x, double y);
void clino__svg_markers_close(clino__text *svg);

#endif
