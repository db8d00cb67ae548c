/* clino/watch.h - a training loop watched in three lines.
 *
 *   clino_watch_new(&watch, run, NULL, &error);                        before the loop
 *   clino_watch_layer(watch, "hidden", &spec, &error);                 for each layer
 *   ...
 *   clino_watch_step(watch, step, loss, &error);                       at the end of each step, after the update
 *
 * A layer's parameters, gradients and outputs are looked at where the net keeps them, at every k-th step: norms,
 * deviations, update/parameter ratio, what the outputs look like, histograms, each under the names that the checks look
 * for. The loss and other scalars are recorded at every step. A watch measures what it costs, and holds that under a
 * budget by leaving out looks; it runs the checks while the loop goes on, and calls back on what they find.
 *
 * Thread safety of this page: one thread at a time for one watch and its run; different watches by different threads.
 */
#ifndef CLINO_WATCH_H
#define CLINO_WATCH_H

#include "clino/activation.h"
#include "clino/check.h"
#include "clino/finding.h"
#include "clino/ranks.h"
#include "clino/run.h"
#include "clino/sink.h"
#include "clino/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct clino_watch clino_watch;

/* Called with what a check found, once for each check, series and level; the finding is valid until it returns. Nonzero
 * makes clino_watch_step return CLINO_ERR_CALLBACK, so that the job can stop. It must return: leaving by longjmp or a
 * C++ exception is undefined, and it may not call the watch that called it. */
typedef int (*clino_watch_finding)(const clino_finding *finding, void *ctx);

typedef struct clino_watch_options {
  size_t struct_size;          /* set by clino_watch_options_default */
  uint64_t every;              /* k: layers are looked at in every k-th step, from the first; default 16; at least 1 */
  uint64_t histogram_every;    /* histograms gather over this many steps before they are recorded; default 100; at least
                                  1; UINT64_MAX: never recorded */
  bool histograms;             /* default true; without them a look costs about two thirds */
  size_t histogram_share;      /* at each look one block of 2,048 values in so many is counted into the histograms,
                                  other ones at the next look, so that all have been after so many; default 4; at least
                                  1; 1: all of them each time */
  double budget_fraction;      /* of the loop's own time that the watch may take: a look is left out where it would take
                                  more (the first one is not, and tells what looks cost); default 0.01; above 0, at most
                                  1; CLINO_AUTO: no budget */
  uint64_t check_every;        /* steps between two runs of the checks, where on_finding is set; default 1000; at
                                  least 1 */
  const clino_diagnose_options *checks; /* which, and with which parameters; NULL (default): all; must outlive the
                                           watch */
  clino_watch_finding on_finding;       /* NULL (default): no checks are run */
  clino_finding_level level;   /* the least grave level that is called back; default CLINO_FINDING_WARN */
  void *ctx;                   /* for on_finding */
  clino_run_sink *sink;        /* each step's row is appended to it; the caller's, who closes it after the watch is
                                  freed; NULL (default): none */
  const clino_ranks *ranks;    /* of a job of several processes that log one run, all of its hooks set; must outlive the
                                  watch; NULL (default): this process is the whole job. See below */
  double (*clock)(void *clock_ctx);     /* seconds that only go forward; NULL (default): the system's monotonic clock */
  void *clock_ctx;
} clino_watch_options;

/* The defaults that the fields' comments state. Thread safe. */
CLINO_API clino_watch_options clino_watch_options_default(void);

/* With ranks, every process has a watch, made with the same options and layers, and calls the functions of this page at
 * the same steps; one of them has the sink. Each one's run is then that of the whole job: the loss and the scalars are
 * means over the processes, outputs are merged before they are recorded, parameters and gradients are recorded as they
 * are, since all hold them alike (gradients once they were averaged) or, with spec.shards, merged as well. Where all
 * have the same number of rows, that is the run of one process that has all the data, within rounding; histograms too,
 * with histogram_share 1. When to look and when to run the checks, the first process decides by its clock; waiting for
 * slower processes at the beginning of a step counts as the loop's own time. A process whose parameters or gradients
 * are not those of most is a finding "replica-mismatch" that names it, in clino_watch_findings of all from then on, and
 * is called back whatever its level. Where a process is lost, or at another step, clino_watch_step fails in
 * all others, and nothing of that step is recorded. */

/* A layer as the loop keeps it: pointers that stay where they are, to memory that clino_watch_step finds as the step
 * has left it. Make it with clino_watch_layer_spec_default. What is not given is not watched. */
typedef struct clino_watch_layer_spec {
  size_t struct_size;          /* set by clino_watch_layer_spec_default */
  const clino_tensor *params;  /* n_params of them, packed (strides NULL), copied; a NULL value or grad is not watched;
                                  names as in the series, NULL: the layer's */
  size_t n_params;             /* default 0 */
  const void *output;          /* rows x units of output_dtype, the outputs of the step's forward pass; default NULL */
  clino_dtype output_dtype;    /* default CLINO_F32 */
  size_t rows, units;          /* at least 1 where there is an output */
  clino_activation_kind kind;  /* of the outputs; default CLINO_ACTIVATION_RELU */
  bool shards;                 /* with clino_watch_options.ranks: params are this process's part of larger tensors;
                                  default false: all processes hold them alike */
} clino_watch_layer_spec;

/* The defaults that the fields' comments state. Thread safe. */
CLINO_API clino_watch_layer_spec clino_watch_layer_spec_default(void);

/* What a watch has cost. Flat. */
typedef struct clino_watch_cost {
  uint64_t steps;              /* that were told of */
  uint64_t looks;              /* of them, at which layers were looked at */
  uint64_t left_out;           /* looks that were due and would have gone over the budget */
  uint64_t checks;             /* how often the checks were run */
  double watch_seconds;        /* within clino_watch_step */
  double loop_seconds;         /* between its calls */
} clino_watch_cost;

/* Makes a watch in *watch, freed by the caller with clino_watch_free, that records into run, which stays the caller's
 * and must outlive it. options: NULL for the defaults.
 * Errors: CLINO_ERR_RANGE (a NULL, a field out of its range: named), CLINO_ERR_MEMORY. */
CLINO_API clino_status clino_watch_new(clino_watch **watch, clino_run *run, const clino_watch_options *options,
                                       clino_error *error);

/* Watches a layer from the next step on. name: in the series of its outputs, and of its parameters without a name; not
 * NULL or empty. spec: not NULL, copied, as are the names.
 * Recorded at each look: "grad_norm/P", "param_norm/P", "param_std/P", "update_norm/P", "update_ratio/P" for each
 * parameter P, "act_mean/NAME" and the other act_ series for the outputs (clino/activation.h), and "unit_spread/NAME"
 * of their first 8 rows (clino/unit_spread.h) at the first looks, by powers of two, and every 16th; histograms
 * "gradients/P", "parameters/P", "activations/NAME".
 * Memory: a copy of the parameters (updates are the differences), 128 KB a histogram.
 * Errors: CLINO_ERR_RANGE (a NULL, a field out of its range: named), CLINO_ERR_MEMORY; the watch is then as before. */
CLINO_API clino_status clino_watch_layer(clino_watch *watch, const char *name, const clino_watch_layer_spec *spec,
                                         clino_error *error);

/* Records a number under any name with the step that clino_watch_step tells of next; told twice before that, the later
 * one counts. series: not NULL or empty, copied.
 * Errors: CLINO_ERR_RANGE (a NULL), CLINO_ERR_MEMORY. Linear in the scalars of a step. */
CLINO_API clino_status clino_watch_scalar(clino_watch *watch, const char *series, double value, clino_error *error);

/* Tells of a step that is over, its parameters updated. loss: recorded as "train/loss"; any double is data.
 * Where it is due, layers are looked at and checks run. The call before a look copies the parameters.
 * Errors: CLINO_ERR_RANGE (watch is NULL), CLINO_ERR_MEMORY, CLINO_ERR_CALLBACK (on_finding returned nonzero: the value
 * is in the error), and those of clino_diagnose, of the sink and of the ranks. After an error the watch goes on with
 * the next step; what was recorded stays. */
CLINO_API clino_status clino_watch_step(clino_watch *watch, int64_t step, double loss, clino_error *error);

/* Runs the checks now, whatever check_every says: at the end of a run, say. on_finding is called as always.
 * Errors: as those of clino_watch_step. */
CLINO_API clino_status clino_watch_check(clino_watch *watch, clino_error *error);

/* What the last run of the checks found; NULL before the first. Belongs to the watch, until the next run. */
CLINO_API const clino_findings *clino_watch_findings(const clino_watch *watch);

/* What the watch has cost so far. Errors: CLINO_ERR_RANGE (a NULL). */
CLINO_API clino_status clino_watch_get_cost(const clino_watch *watch, clino_watch_cost *cost, clino_error *error);

/* Frees a watch; the run stays. NULL is allowed. */
CLINO_API void clino_watch_free(clino_watch *watch);

#ifdef __cplusplus
}
#endif
#endif
