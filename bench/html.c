/* What the HTML report of a long run costs: its size, the time to write it beside the time to diagnose the run, and how
 * long headless Chromium, where it is installed, takes to start and open it. A million steps of a training and a
 * validation loss, a learning rate and a gradient norm. */
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "clino/check.h"
#include "clino/report.h"
#include "figure.h"
#include "net/rng.h"

enum { STEPS = 1000000, ROUNDS = 9 };

static clino_run *new_run(void) {
  clino_run *run;
  rng random = {11};
  bool ok = clino_run_new(&run, NULL) == CLINO_OK;
  for (int64_t i = 0; i < STEPS && ok; i++) {
    double t = (double)i / STEPS, noise = rng_uniform(&random) - 0.5;
    ok = !clino_run_add(run, "train/loss", i, 2.3 * exp(-4 * t) + 0.1 + 0.1 * noise, NULL) &&
         !clino_run_add(run, "val/loss", i, 2.3 * exp(-4 * t) + 0.2 + fmax(0, t - 0.5), NULL) &&
         !clino_run_add(run, "lr", i, 5e-4 * (1 + cos(3.14 * t)), NULL) &&
         !clino_run_add(run, "grad_norm", i, 1 + noise, NULL);
  }
  bench_require(ok, "the run could not be made");
  return run;
}

typedef struct page {
  FILE *file;
  size_t size;
} page;

static int put(const char *text, size_t size, void *ctx) {
  page *p = ctx;
  p->size += size;
  return fwrite(text, 1, size, p->file) != size;
}

static size_t write_page(const clino_report_item *item, const char *path) {
  page p = {fopen(path, "w"), 0};
  bench_require(p.file && !clino_report_write("html", item, 1, NULL, put, &p, NULL), "the report was not written");
  bench_require(fclose(p.file) == 0, "the report was not written");
  return p.size;
}

/* The least time of some in which the browser starts, opens the page, draws it and hands over what it holds; 0 where
 * there is no browser. */
static double open_page(const char *folder, const char *path) {
  char command[1024];
  double least = INFINITY;
  if (system("command -v chromium > /dev/null 2>&1")) return 0;
  snprintf(command, sizeof command,
           "HOME=%s chromium --headless=new --no-sandbox --disable-gpu --user-data-dir=%s/profile "
           "--window-size=1200,4000 --dump-dom file://%s 2> /dev/null | grep -q 'class=\"chart first'",
           folder, folder, path);
  for (int round = 0; round < ROUNDS; round++) {
    double start = bench_now();
    if (system(command)) return 0;
    least = fmin(least, bench_now() - start);
  }
  return least;
}

int main(void) {
  char folder[] = "/tmp/clino-html-XXXXXX", path[64], command[96];
  clino_run *run = new_run();
  clino_findings *findings = NULL;
  bench_require(mkdtemp(folder) != NULL && !clino_findings_new(&findings, NULL), "no folder for the report");
  snprintf(path, sizeof path, "%s/run.html", folder);
  double start = bench_now();
  bench_require(!clino_diagnose(run, NULL, findings, NULL), "the run was not judged");
  double judged = bench_now() - start;
  clino_report_item item = {"run", NULL, run, findings, NULL};
  start = bench_now();
  size_t size = write_page(&item, path);
  double written = bench_now() - start, opened = open_page(folder, path);
  printf("a run of %d steps and 4 series: judged in %.3f s, page of %zu bytes written in %.3f s\n", STEPS, judged, size,
         written);
  bench_figure("html-bytes", (double)size, "bytes", true, 6e6);
  if (opened > 0) bench_figure("html-open", opened, "s", true, 3);
  else printf("html-open: skipped, there is no chromium that runs here\n");
  snprintf(command, sizeof command, "rm -rf %s", folder);
  bench_require(system(command) == 0, "the folder could not be removed");
  clino_findings_free(findings);
  clino_run_free(run);
  return 0;
}
