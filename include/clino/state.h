/* clino/state.h - the state of a monitor as bytes: to merge monitors of several processes, or to go on after a restart.
 *
 *   clino_monitor m = clino_monitor_of_statistics(gradients);
 *   size = clino_state_size(m);
 *   clino_state_save(m, bytes, size, &error);                    in one process
 *   clino_state_merge(bytes, others, size, &error);              anywhere: no monitor is needed
 *   clino_state_load(m, bytes, size, &error);                    in the process that records
 *
 * Merging states is what the monitors' own _merge does. libclino-mpi (clino/mpi.h) does it over a communicator.
 * The bytes are those of this version of Clino on this kind of machine: another one refuses them where it can tell, and
 * they are not for keeping.
 * Thread safety of this page: one thread at a time for one monitor or state.
 */
#ifndef CLINO_STATE_H
#define CLINO_STATE_H

#include "clino/activation.h"
#include "clino/dynamics.h"
#include "clino/gap.h"
#include "clino/initial_loss.h"
#include "clino/statistics.h"
#include "clino/update_ratio.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum clino_monitor_kind {
  CLINO_MONITOR_STATISTICS = 1,
  CLINO_MONITOR_ACTIVATION,
  CLINO_MONITOR_UPDATE_RATIO,
  CLINO_MONITOR_DYNAMICS,
  CLINO_MONITOR_GAP,
  CLINO_MONITOR_INITIAL_LOSS
} clino_monitor_kind;

/* Any monitor. Made by the functions below, which know the types. */
typedef struct clino_monitor {
  clino_monitor_kind kind;
  void *monitor;               /* the caller's */
} clino_monitor;

/* A monitor as any monitor. The pointer is the caller's and may be NULL, which the functions below refuse. */
CLINO_API clino_monitor clino_monitor_of_statistics(clino_statistics *monitor);
CLINO_API clino_monitor clino_monitor_of_activation(clino_activation *monitor);
CLINO_API clino_monitor clino_monitor_of_update_ratio(clino_update_ratio *monitor);
CLINO_API clino_monitor clino_monitor_of_dynamics(clino_dynamics *monitor);
CLINO_API clino_monitor clino_monitor_of_gap(clino_gap *monitor);
CLINO_API clino_monitor clino_monitor_of_initial_loss(clino_initial_loss *monitor);

/* How many bytes the state of a monitor takes, a multiple of 8: 33 KB with a histogram, else some hundred, and one a
 * unit of a layer; 0 for none. It does not change while the monitor lives. */
CLINO_API size_t clino_state_size(clino_monitor monitor);

/* Writes the state. bytes: room for size bytes, at any address; size: as clino_state_size tells it.
 * Errors: CLINO_ERR_RANGE (a NULL, no monitor, another size). Allocates nothing. */
CLINO_API clino_status clino_state_save(clino_monitor monitor, void *bytes, size_t size, clino_error *error);

/* Makes a monitor go on from a state of one that was made alike; name and share of the histogram stay its own.
 * Errors: CLINO_ERR_RANGE (a NULL, no monitor, another size, the state of another kind of monitor, or of one made
 * otherwise, or one whose merging failed); the monitor is then as before. Allocates nothing. */
CLINO_API clino_status clino_state_load(clino_monitor monitor, const void *bytes, size_t size, clino_error *error);

/* Adds to the state in bytes the one in other, both of size bytes, as the monitors' merge does: what bytes has seen
 * comes first. Where they cannot be merged, bytes says so from then on: no state with it in can be loaded.
 * Errors: CLINO_ERR_RANGE (a NULL, a wrong size, states of different monitors, or of monitors made otherwise),
 * CLINO_ERR_MEMORY. Memory: twice the size, for as long as it takes. */
CLINO_API clino_status clino_state_merge(void *bytes, const void *other, size_t size, clino_error *error);

#ifdef __cplusplus
}
#endif
#endif
