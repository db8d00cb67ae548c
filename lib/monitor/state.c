/* States: a head, the monitor's struct, its arrays, each on a multiple of 8 bytes. Merging copies the structs out, lets
 * their arrays point into the states, and calls the monitor's own merge, so that there is one way to merge. */
#include "clino/state.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "monitor/state.h"

#define MAGIC UINT64_C(0x31657461747343) /* "Cstate1" */
#define SMALL 4096 /* no monitor's struct is larger */

typedef struct head {
  uint64_t magic, kind, size, object_size;
  int64_t failed; /* why a merge into it failed: a clino_status */
} head;

static const clino__state_kind *kind_of(uint64_t kind) {
  switch (kind) {
    case CLINO_MONITOR_STATISTICS: return &clino__state_of_statistics;
    case CLINO_MONITOR_ACTIVATION: return &clino__state_of_activation;
    case CLINO_MONITOR_UPDATE_RATIO: return &clino__state_of_update_ratio;
    case CLINO_MONITOR_DYNAMICS: return &clino__state_of_dynamics;
    case CLINO_MONITOR_GAP: return &clino__state_of_gap;
    case CLINO_MONITOR_INITIAL_LOSS: return &clino__state_of_initial_loss;
    default: return NULL;
  }
}

clino_monitor clino_monitor_of_statistics(clino_statistics *m) { return (clino_monitor){CLINO_MONITOR_STATISTICS, m}; }
clino_monitor clino_monitor_of_activation(clino_activation *m) { return (clino_monitor){CLINO_MONITOR_ACTIVATION, m}; }
clino_monitor clino_monitor_of_update_ratio(clino_update_ratio *m) {
  return (clino_monitor){CLINO_MONITOR_UPDATE_RATIO, m};
}
clino_monitor clino_monitor_of_dynamics(clino_dynamics *m) { return (clino_monitor){CLINO_MONITOR_DYNAMICS, m}; }
clino_monitor clino_monitor_of_gap(clino_gap *m) { return (clino_monitor){CLINO_MONITOR_GAP, m}; }
clino_monitor clino_monitor_of_initial_loss(clino_initial_loss *m) {
  return (clino_monitor){CLINO_MONITOR_INITIAL_LOSS, m};
}

static size_t padded(size_t size) { return (size + 7) / 8 * 8; }

static size_t size_of(const clino__state_parts *p) {
  size_t size = sizeof(head) + padded(p->size);
  for (int i = 0; i < CLINO__STATE_ARRAYS; i++) size += padded(p->sizes[i]);
  return size;
}

size_t clino_state_size(clino_monitor monitor) {
  const clino__state_kind *kind = kind_of((uint64_t)monitor.kind);
  if (!kind || !monitor.monitor) return 0;
  const clino__state_parts parts = kind->parts(monitor.monitor);
  return size_of(&parts);
}

/* ---- saving and loading ---- */

/* Between the bytes and the arrays of parts, one way or the other. */
static void copy_arrays(const clino__state_parts *p, unsigned char *bytes, bool save) {
  unsigned char *at = bytes + sizeof(head) + padded(p->size);
  for (int i = 0; i < CLINO__STATE_ARRAYS; at += padded(p->sizes[i++])) {
    if (!p->sizes[i]) continue;
    if (save) memcpy(at, p->arrays[i], p->sizes[i]);
    else memcpy(p->arrays[i], at, p->sizes[i]);
  }
}

static clino_status check(clino_monitor monitor, const void *bytes, size_t size, const char *function,
                          clino_error *error) {
  if (!monitor.monitor || !kind_of((uint64_t)monitor.kind) || !bytes)
    return clino__fail(error, CLINO_ERR_RANGE, "%s: an argument is NULL, or no monitor", function);
  if (size == clino_state_size(monitor)) return CLINO_OK;
  return clino__fail(error, CLINO_ERR_RANGE, "%s: size is %zu, and the state of this monitor has %zu bytes", function,
                     size, clino_state_size(monitor));
}

clino_status clino_state_save(clino_monitor monitor, void *bytes, size_t size, clino_error *error) {
  clino_status status = check(monitor, bytes, size, "clino_state_save", error);
  if (status) return status;
  const clino__state_parts parts = kind_of((uint64_t)monitor.kind)->parts(monitor.monitor);
  const head h = {MAGIC, (uint64_t)monitor.kind, size, parts.size, CLINO_OK};
  memset(bytes, 0, size);
  memcpy(bytes, &h, sizeof h);
  memcpy((unsigned char *)bytes + sizeof h, parts.object, parts.size);
  copy_arrays(&parts, bytes, true);
  return CLINO_OK;
}

/* A struct copied out of its state, aligned as the heap is. */
typedef union object {
  unsigned char bytes[SMALL];
  max_align_t align;
} object;

clino_status clino_state_load(clino_monitor monitor, const void *bytes, size_t size, clino_error *error) {
  clino_status status = check(monitor, bytes, size, "clino_state_load", error);
  if (status) return status;
  const clino__state_kind *kind = kind_of((uint64_t)monitor.kind);
  const clino__state_parts parts = kind->parts(monitor.monitor);
  head h;
  object from;
  memcpy(&h, bytes, sizeof h);
  bool known = h.magic == MAGIC && h.kind == (uint64_t)monitor.kind && h.size == size && h.object_size == parts.size;
  if (known) memcpy(from.bytes, (const unsigned char *)bytes + sizeof h, parts.size);
  if (!known || !kind->alike(monitor.monitor, from.bytes))
    return clino__fail(error, CLINO_ERR_RANGE, "clino_state_load: this is no state of such a %s", kind->name);
  if (h.failed == CLINO_ERR_MEMORY) return clino__fail_memory(error, "the state that was to go into this one");
  if (h.failed)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_state_load: %s that were made otherwise went into this state",
                       kind->name);
  kind->adopt(monitor.monitor, from.bytes);
  union {
    const void *from;
    void *to;
  } same = {bytes};
  copy_arrays(&parts, same.to, false);
  return CLINO_OK;
}

/* ---- merging ---- */

/* Whether the head is one of size bytes. */
static bool has_head(const void *bytes, size_t size, head *h) {
  if (size < sizeof *h) return false;
  memcpy(h, bytes, sizeof *h);
  return h->magic == MAGIC && h->size == size && kind_of(h->kind) && h->object_size <= SMALL &&
         sizeof *h + padded((size_t)h->object_size) <= size;
}

/* The struct of a state, with its arrays where they lie in the bytes, which are aligned. False where they do not
 * fit. */
static bool take_out(const head *h, unsigned char *bytes, object *to) {
  const clino__state_kind *kind = kind_of(h->kind);
  unsigned char *at = bytes + sizeof *h;
  memcpy(to->bytes, at, (size_t)h->object_size);
  at += padded((size_t)h->object_size);
  void *none[CLINO__STATE_ARRAYS] = {at, at};
  kind->attach(to->bytes, none);
  const clino__state_parts parts = kind->parts(to->bytes);
  if (parts.size != h->object_size || size_of(&parts) != h->size) return false;
  void *arrays[CLINO__STATE_ARRAYS];
  for (int i = 0; i < CLINO__STATE_ARRAYS; at += padded(parts.sizes[i++])) arrays[i] = at;
  kind->attach(to->bytes, arrays);
  return true;
}

static clino_status merge_aligned(unsigned char *bytes, unsigned char *other, const head *h, clino_error *error) {
  object a, b;
  if (!take_out(h, bytes, &a) || !take_out(h, other, &b))
    return clino__fail(error, CLINO_ERR_RANGE, "clino_state_merge: states of monitors that differ");
  clino_status status = kind_of(h->kind)->merge(a.bytes, b.bytes, error);
  if (!status) memcpy(bytes + sizeof *h, a.bytes, (size_t)h->object_size);
  return status;
}

static clino_status mark_failed(void *bytes, head *h, clino_status status) {
  h->failed = status;
  memcpy(bytes, h, sizeof *h);
  return status;
}

clino_status clino_state_merge(void *bytes, const void *other, size_t size, clino_error *error) {
  head a, b;
  if (!bytes || !other || bytes == other)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_state_merge: a state is NULL, or both are one");
  if (!has_head(bytes, size, &a)) return clino__fail(error, CLINO_ERR_RANGE, "clino_state_merge: bytes is no state");
  const bool same = has_head(other, size, &b) && a.kind == b.kind && a.object_size == b.object_size;
  if (!same || a.failed || b.failed) {
    clino__fail(error, CLINO_ERR_RANGE, "clino_state_merge: states of monitors that differ");
    return mark_failed(bytes, &a, CLINO_ERR_RANGE);
  }
  unsigned char *room = malloc(2 * size); /* aligned, and bytes stays as it was where they cannot be merged */
  if (!room) return mark_failed(bytes, &a, clino__fail_memory(error, "states of monitors"));
  memcpy(room, bytes, size);
  memcpy(room + size, other, size);
  clino_status status = merge_aligned(room, room + size, &a, error);
  if (status) mark_failed(bytes, &a, status);
  else memcpy(bytes, room, size);
  free(room);
  return status;
}
