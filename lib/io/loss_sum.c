#include "io/loss_sum.h"

#include <stdlib.h>

#include "base/error.h"

clino_status clino__loss_sum(const clino_series *const *parts, size_t n, clino_series *sum, clino_error *error) {
  size_t rows = clino_axis_rows(clino_series_axis(sum));
  double *total = malloc((rows + 1) * sizeof *total);
  size_t *count = calloc(rows + 1, sizeof *count);
  clino_status status = total && count ? CLINO_OK : clino__fail_memory(error, "the sum of a loss");
  for (size_t i = 0; !status && i < n; i++) {
    const double *values = clino_series_values(parts[i]);
    for (size_t k = 0; k < clino_series_count(parts[i]); k++) {
      size_t row = clino_series_row(parts[i], k);
      total[row] = count[row]++ ? total[row] + values[k] : values[k];
    }
  }
  for (size_t row = 0; !status && row < rows; row++)
    if (count[row] == n) status = clino_series_set_row(sum, row, total[row], error);
  free(total);
  free(count);
  return status;
}
