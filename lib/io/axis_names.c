/* Which names count steps, epochs and time. */
#include <string.h>

#include "io/roles.h"
#include "io/words.h"

static const char *const axis_names[CLINO__AXIS_ROLES] = {"step", "epoch", "time"};

/* Plainest first. */
static const char *const step_names[] = {
    "step",           "global_step",   "trainer_global_step", "train_global_step", "training_step", "train_step",
    "current_step",   "current_steps", "iteration",           "iter",              "iterations",    "iters",
    "it",             "n_iter",        "num_iter",            "iter_num",          "current_iter",  "steps",
    "num_steps",      "num_updates",   "updates",             "update",            "n_updates",     "train_n_updates",
    "total_steps",    "total_timesteps", "time_total_timesteps", "timesteps",      "timestep",      "num_timesteps",
    "timesteps_total", "misc_total_timesteps", "total_num_steps", "env_step",      "env_steps",     "batch",
    "batch_idx",      "batch_num",     "s",                   "round",             "episode",
    "episodes",       "num_episodes",  "n_episodes",          "total_episodes",    "time_episodes", NULL};
static const char *const epoch_names[] = {"epoch",         "epochs",    "trainer_epoch", "train_epoch",
                                          "current_epoch", "epoch_num", "num_epoch",     "n_epoch",
                                          "epoch_idx",     "ep",        NULL};
static const char *const time_names[] = {"wall_time",     "walltime",     "timestamp",         "unix_time",
                                         "time",          "time_elapsed", "time_time_elapsed", "elapsed",
                                         "elapsed_time",  "relative_time", "runtime",          "time_s",
                                         "time_sec",      "time_seconds", "wall",              NULL};

/* What a log says of its own progress: no axis, and nothing that was measured either. */
static const char *const progress_names[] = {"total_step",     "total_steps",    "total_epochs", "max_steps",
                                             "percentage",     "progress",       "eta",          "eta_seconds",
                                             "remaining_time", "remaining",      "total_time",   "epoch_total",
                                             "step_total",     "percent",        "memory",       NULL};

const char *clino__axis_role_name(clino__axis_role role) { return axis_names[role]; }

int clino__axis_rank(const char *name, clino__axis_role role) {
  static const char *const *const lists[CLINO__AXIS_ROLES] = {step_names, epoch_names, time_names};
  clino__words w = clino__words_of(name);
  int rank = clino__words_find(lists[role], &w, 0, w.count);
  /* A leading underscore marks what the logger counts for itself: W&B's _step counts calls, not steps. */
  return rank >= 0 && name[0] == '_' ? rank + 100 : rank;
}

bool clino__is_progress(const char *name) {
  clino__words w = clino__words_of(name);
  for (int role = 0; role < CLINO__AXIS_ROLES; role++)
    if (clino__axis_rank(name, (clino__axis_role)role) >= 0) return true;
  return clino__words_find(progress_names, &w, 0, w.count) >= 0;
}
