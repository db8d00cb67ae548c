/* Where a worked example puts its plots. */
#ifndef WORKED_FIGURE_H
#define WORKED_FIGURE_H

#include "clino/plot.h"

/* Writes n plots in rows of columns to FOLDER/NAME.svg; nothing where folder is NULL. 0, or -1 with the reason on
 * standard error. */
int figure_write(const char *folder, const char *name, const clino_plot *plots, size_t n, size_t columns,
                 const char *title);

/* A plot with these labels, of the size that two in a row of a page have. */
clino_plot figure_panel(const char *title, const char *x, const char *y, const clino_plot_series *series, size_t n);

#endif
