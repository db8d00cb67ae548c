#ifndef CLINO_PLOT_SERIES_H
#define CLINO_PLOT_SERIES_H

#include "plot/frame.h"

/* Draws the line and the markers of a series, whose colour and line are settled, into the frame's box. Where memory is
 * out, svg is marked as failed. */
void clino__series_draw(const clino_plot_series *series, const clino__frame *frame, clino__text *svg);

#endif
