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

/* Sets roles[i] to the canonical name of the series that the log calls names[i], on the heap, or to NULL where it stays
 * under its own name. The names are judged together: a bare "accuracy" is the training accuracy beside a bare "loss",
 * and unknown otherwise. False, and all roles NULL, where memory is out. */
bool clino__roles_assign(const char *const *names, size_t n, char **roles);

#endif
