#include <clino.h>
#include <clino/io.h>
#include <clino/report.h>
#include <string.h>

int main(void) {
  static const char log[] = "step,train/loss\n1,2.5\n2,1.25\n";
  clino_run *run = NULL;
  clino_error error;
  if (clino_run_read_memory(log, sizeof log - 1, "log", NULL, &run, NULL, &error)) return 1;
  size_t n = clino_run_series_count(run);
  clino_run_free(run);
  return n == 1 && clino_report_format_count() > 0 ? 0 : 1;
}
