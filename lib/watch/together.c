#include "watch/together.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

clino_status clino__ranks_check(const clino_ranks *ranks, clino_error *error) {
  if (!ranks || (ranks->mean && ranks->merge && ranks->decide && ranks->compare)) return CLINO_OK;
  return clino__fail(error, CLINO_ERR_RANGE, "clino_watch_options.ranks: a hook is NULL");
}

static size_t count_marks(const clino__watched_layer *layers, size_t n) {
  size_t count = 0;
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < layers[i].n_params && !layers[i].shards; k++)
      count += (size_t)(layers[i].params[k].values != NULL) + (size_t)(layers[i].params[k].gradients != NULL);
  return count;
}

static void collect_marks(const clino__watched_layer *layers, size_t n, const char **whats, uint64_t *marks) {
  size_t at = 0;
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < layers[i].n_params && !layers[i].shards; k++) {
      const clino__watched_param *p = &layers[i].params[k];
      const bool there[2] = {p->values != NULL, p->gradients != NULL};
      for (int j = 0; j < 2; j++)
        if (there[j]) whats[at] = p->whats[j], marks[at++] = p->marks[j];
    }
}

clino_status clino__ranks_compare(const clino_ranks *ranks, const clino__watched_layer *layers, size_t n,
                                  clino_findings *findings, clino_error *error) {
  const size_t count = count_marks(layers, n);
  const char **whats = calloc(count + 1, sizeof *whats);
  uint64_t *marks = calloc(count + 1, sizeof *marks);
  clino_status status = whats && marks ? CLINO_OK : clino__fail_memory(error, "what ranks hold alike");
  if (!status) {
    collect_marks(layers, n, whats, marks);
    status = ranks->compare(count, whats, marks, findings, ranks->ctx, error);
  }
  free((void *)whats);
  free(marks);
  return status;
}

static bool is_known(const clino_findings *known, const clino_finding *f) {
  for (size_t i = 0; i < clino_findings_count(known); i++)
    if (strcmp(clino_findings_at(known, i)->message, f->message) == 0) return true;
  return false;
}

clino_status clino__findings_note(clino_findings *known, const clino_findings *fresh, clino_watch_finding first,
                                  void *ctx, clino_error *error) {
  clino_status status = CLINO_OK;
  int value = 0;
  for (size_t i = 0; i < clino_findings_count(fresh) && !status; i++) {
    const clino_finding *f = clino_findings_at(fresh, i);
    if (is_known(known, f)) continue;
    status = clino_findings_add(known, f, error);
    if (!status && first && !value) value = first(f, ctx);
  }
  return status || !value ? status : clino__fail_callback(error, "on_finding", value);
}
