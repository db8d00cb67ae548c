/* What a monitor tells of itself, so that state.c can save and load it: the struct that it is, and the arrays beside it
 * that count. Pointers within the struct are saved too, and mean nothing. */
#ifndef CLINO_MONITOR_STATE_H
#define CLINO_MONITOR_STATE_H

#include "base/error.h"

#define CLINO__STATE_ARRAYS 2

typedef struct clino__state_parts {
  void *object;                              /* the monitor itself */
  size_t size;                               /* of its struct */
  void *arrays[CLINO__STATE_ARRAYS];
  size_t sizes[CLINO__STATE_ARRAYS];         /* in bytes; 0: none */
} clino__state_parts;

typedef struct clino__state_kind {
  const char *name;
  clino__state_parts (*parts)(void *monitor);
  /* Whether one of the two structs may go on from the other's state: they were made alike. */
  bool (*alike)(const void *monitor, const void *other);
  /* Makes the monitor's struct that of a state, but for what is its own: pointers, its name. */
  void (*adopt)(void *monitor, const void *from);
  /* Makes a struct out of a state whole: gives it its arrays, and no other pointer. */
  void (*attach)(void *object, void *const *arrays);
  clino_status (*merge)(void *monitor, const void *other, clino_error *error);
} clino__state_kind;

extern const clino__state_kind clino__state_of_statistics, clino__state_of_activation, clino__state_of_update_ratio,
    clino__state_of_dynamics, clino__state_of_gap, clino__state_of_initial_loss;

#endif
