#include "checks/kept.h"

#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "checks/descent.h"

/* ---- series by address ---- */

/* Summaries may take this, and half of what the run's own numbers take. */
#define SUMMARY_BYTES ((size_t)16 << 20)

/* So many of them stay in any case: no check holds more at a time. */
#define SUMMARIES 16

static void make_slots(clino__kept *kept, const clino_run *run) {
  size_t n = clino_run_series_count(run), slots = 16;
  kept->made = true;
  kept->most_bytes = SUMMARY_BYTES;
  for (size_t i = 0; i < n; i++)
    kept->most_bytes += clino_series_count(clino_run_series_at(run, i)) * sizeof(double) / 2;
  while (slots < 2 * n) slots *= 2;
  kept->slots = calloc(slots, sizeof *kept->slots);
  kept->n_slots = kept->slots ? slots : 0;
}

clino__kept_series *clino__keep(clino__context *c, const clino_series *series) {
  clino__kept *kept = c->shared ? &c->shared->kept : NULL;
  if (!kept) return NULL;
  if (!kept->made) make_slots(kept, c->run);
  if (!kept->n_slots) return NULL;
  /* Fibonacci hashing (D. E. Knuth, The Art of Computer Programming 3, 1973, section 6.4). */
  size_t mask = kept->n_slots - 1, i = (size_t)((uint64_t)(uintptr_t)series * UINT64_C(11400714819323198485) >> 32);
  size_t tries = kept->n_slots / 2; /* no run fills more: a series of another one is not kept */
  for (i &= mask; kept->slots[i].series && kept->slots[i].series != series; i = (i + 1) & mask)
    if (!tries--) return NULL;
  kept->slots[i].series = series;
  return &kept->slots[i];
}

/* ---- extents ---- */

clino__extent clino__extent_in(clino__context *c, const clino_series *series) {
  clino__kept_series *kept = clino__keep(c, series);
  if (kept && kept->measured) return kept->extent;
  clino__extent e = clino__extent_of(clino_series_values(series), clino_series_count(series));
  if (kept) kept->extent = e, kept->measured = true;
  return e;
}

/* ---- summaries ---- */

static void unlink_summary(clino__kept *kept, clino__kept_series *s) {
  if (s->older) s->older->newer = s->newer;
  else kept->oldest = s->newer;
  if (s->newer) s->newer->older = s->older;
  else kept->newest = s->older;
}

static void link_newest(clino__kept *kept, clino__kept_series *s) {
  s->older = kept->newest;
  s->newer = NULL;
  if (kept->newest) kept->newest->newer = s;
  else kept->oldest = s;
  kept->newest = s;
}

static size_t bytes_of(const clino_series *series) {
  size_t n = clino_series_count(series);
  return (n < CLINO_SUMMARY_BUCKETS ? n : CLINO_SUMMARY_BUCKETS) * sizeof(clino_bucket);
}

static void let_go_of_oldest(clino__kept *kept) {
  while (kept->summary_bytes > kept->most_bytes && kept->summaries > SUMMARIES) {
    clino__kept_series *s = kept->oldest;
    unlink_summary(kept, s);
    s->summarized = false;
    kept->summaries--;
    kept->summary_bytes -= bytes_of(s->series);
    clino_series_forget_summary(s->series);
  }
}

bool clino__summary(clino__context *c, const clino_series *series, clino_summary *summary) {
  bool given = clino_series_has_summary(series); /* what somebody else built stays */
  if (!c->status) c->status = clino_series_summary(series, summary, c->error);
  clino__kept_series *s = c->status ? NULL : clino__keep(c, series);
  if (s && (s->summarized || !given)) {
    clino__kept *kept = &c->shared->kept;
    if (s->summarized) unlink_summary(kept, s);
    else kept->summaries++, kept->summary_bytes += bytes_of(series);
    s->summarized = true;
    link_newest(kept, s);
    let_go_of_oldest(kept);
  }
  return !c->status;
}

/* ---- notes ---- */

struct clino__kept_note {
  clino__kept_note *next;
  const char *kind, *name; /* behind the bytes */
  size_t number, size;
  max_align_t bytes[];
};

void clino__note(clino__context *c, const char *kind, const char *name, size_t number, const void *bytes,
                 size_t size) {
  size_t kind_size = strlen(kind) + 1, name_size = strlen(name) + 1;
  clino__kept_note *note = c->shared ? malloc(sizeof *note + size + kind_size + name_size) : NULL;
  if (!note) return;
  char *words = (char *)note->bytes + size;
  memcpy(note->bytes, bytes, size);
  note->kind = memcpy(words, kind, kind_size);
  note->name = memcpy(words + kind_size, name, name_size);
  note->number = number;
  note->size = size;
  note->next = c->shared->kept.notes;
  c->shared->kept.notes = note;
}

const void *clino__noted(const clino__context *c, const char *kind, const char *name, size_t number, size_t *size) {
  const clino__kept_note *note = c->shared ? c->shared->kept.notes : NULL;
  while (note && (note->number != number || strcmp(note->name, name) != 0 || strcmp(note->kind, kind) != 0))
    note = note->next;
  if (note && size) *size = note->size;
  return note ? note->bytes : NULL;
}

void clino__kept_free(clino__kept *kept) {
  for (clino__kept_note *note = kept->notes, *next; note; note = next) {
    next = note->next;
    free(note);
  }
  for (size_t i = 0; i < kept->n_slots; i++) free(kept->slots[i].curve);
  free(kept->slots);
  free(kept->hidden);
  *kept = (clino__kept){0};
}
