#include "worked/figure.h"

#include <stdio.h>

clino_plot figure_panel(const char *title, const char *x, const char *y, const clino_plot_series *series, size_t n) {
  clino_plot p = clino_plot_default();
  p.title = title, p.x.label = x, p.y.label = y;
  p.width = 480, p.height = 360;
  p.series = series, p.n_series = n;
  return p;
}

static int to_file(const char *text, size_t size, void *file) { return fwrite(text, 1, size, file) != size; }

int figure_write(const char *folder, const char *name, const clino_plot *plots, size_t n, size_t columns,
                 const char *title) {
  char path[1024];
  clino_error error;
  if (!folder) return 0;
  if (snprintf(path, sizeof path, "%s/%s.svg", folder, name) >= (int)sizeof path) return -1;
  FILE *file = fopen(path, "w");
  if (!file) {
    perror(path);
    return -1;
  }
  clino_status status = clino_plot_panels_svg(plots, n, columns, title, to_file, file, &error);
  if (status) fprintf(stderr, "%s: %s\n", path, error.message);
  return fclose(file) || status ? -1 : 0;
}
