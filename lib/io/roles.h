/* What the names in a log mean: which column counts the steps, and which series is the training loss. */
#ifndef CLINO_IO_ROLES_H
#define CLINO_IO_ROLES_H

#include <stdbool.h>
#include <stddef.h>

typedef enum clino__axis_role {
  CLINO__AXIS_STEP,
  CLINO__AXIS_EPOCH,
  CLINO__AXIS_TIME,
  CLINO__AXIS_ROLES
} clino__axis_role;

/* "step", "epoch", "time": what --map calls them. */
const char *clino__axis_role_name(clino__axis_role role);

/* How well a name suits an axis: 0 is best, larger is weaker, -1 is not at all. */
int clino__axis_rank(const char *name, clino__axis_role role);

/* Whether a name counts steps, epochs or time, or says how far the run is: what no training log consists of alone. */
bool clino__is_progress(const char *name);

/* Whether a name is one that training logs use, for a step, a loss or a metric; other tables are none of ours. */
bool clino__is_telling(const char *name);

/* Whether a name is that of a loss or metric, which is measured, not set as a learning rate is. */
bool clino__is_metric(const char *name);

/* Whether a name is that of anything with a role, a learning rate or a throughput too. */
bool clino__has_role(const char *name);

/* The phase that a name or the text before a line's values speaks of: "train", "val", "test", or NULL. */
const char *clino__phase_of(const char *name);

/* Sets roles[i] to the canonical name of the series that the log calls names[i], on the heap, or to NULL where it stays
 * under its own name. The names are judged together: a bare "accuracy" is the training accuracy beside a bare "loss",
 * and unknown otherwise. False, and all roles NULL, where memory is out. */
bool clino__roles_assign(const char *const *names, size_t n, char **roles);

/* A loss that the log gives in parts alone: the training loss, or that of validation, is their sum. */
typedef struct clino__role_sum {
  const char *role; /* "train/loss"; NULL where there is no such sum */
  bool *part;       /* of n names, on the heap */
} clino__role_sum;

/* As clino__roles_assign; points[i] says how many values names[i] has, so that a test set that was measured throughout
 * a run without validation can serve as validation. sums: [0] for training, [1] for validation; parts to be freed. */
bool clino__roles_assign_all(const char *const *names, const size_t *points, size_t n, char **roles,
                             clino__role_sum sums[2]);

/* The role of a series that is named by where it was stored, "run/metrics/val/loss" or "log-train_loss.tsv": the
 * longest end of the path that is a role's name, and its own, such as "val_loss", in *name, both on the heap; NULL
 * where there is none, or memory is out. column: the name that the file itself gives the series, NULL or "" where it
 * says nothing. / */
char *clino__name_from_path(const char *path, const char *column);

#endif
