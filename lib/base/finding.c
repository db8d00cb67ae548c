/* The list of findings: deep copies, one heap block a finding. */
#include "clino/finding.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

typedef struct stored {
  clino_finding finding;
  void *block;
} stored;

struct clino_findings {
  stored *items;
  size_t count, capacity;
};

clino_finding clino_finding_default(void) {
  clino_finding f;
  memset(&f, 0, sizeof f);
  f.first_step = f.last_step = CLINO_NO_STEP;
  f.observed = f.threshold = NAN;
  f.confidence = 1;
  return f;
}

const char *clino_finding_level_name(clino_finding_level level) {
  switch (level) {
    case CLINO_FINDING_SKIP: return "skip";
    case CLINO_FINDING_PASS: return "pass";
    case CLINO_FINDING_INFO: return "info";
    case CLINO_FINDING_WARN: return "warn";
    case CLINO_FINDING_FAIL: return "fail";
  }
  return "unknown";
}

clino_status clino_findings_new(clino_findings **findings, clino_error *error) {
  if (!findings) return clino__fail(error, CLINO_ERR_RANGE, "clino_findings_new: findings is NULL");
  *findings = calloc(1, sizeof **findings);
  return *findings ? CLINO_OK : clino__fail_memory(error, "a list of findings");
}

void clino_findings_free(clino_findings *findings) {
  if (!findings) return;
  for (size_t i = 0; i < findings->count; i++) free(findings->items[i].block);
  free(findings->items);
  free(findings);
}

static size_t string_size(const char *s) { return s ? strlen(s) + 1 : 0; }

static const char *place(char **room, const char *s) {
  if (!s) return NULL;
  size_t size = strlen(s) + 1;
  char *to = memcpy(*room, s, size);
  *room += size;
  return to;
}

/* The copy's alternatives stand first in the block, its strings behind them. */
static void *copy_strings(clino_finding *f) {
  size_t pointers = f->n_alternatives * sizeof(char *);
  size_t size = pointers + string_size(f->check) + string_size(f->series) + string_size(f->cause) +
                string_size(f->message) + string_size(f->why) + string_size(f->fix) + string_size(f->source);
  for (size_t i = 0; i < f->n_alternatives; i++) size += string_size(f->alternatives[i]);
  char *block = malloc(size ? size : 1);
  if (!block) return NULL;
  const char **alternatives = (const char **)(void *)block;
  char *room = block + pointers;
  for (size_t i = 0; i < f->n_alternatives; i++) alternatives[i] = place(&room, f->alternatives[i]);
  f->alternatives = f->n_alternatives ? alternatives : NULL;
  f->check = place(&room, f->check);
  f->series = place(&room, f->series);
  f->cause = place(&room, f->cause);
  f->message = place(&room, f->message);
  f->why = place(&room, f->why);
  f->fix = place(&room, f->fix);
  f->source = place(&room, f->source);
  return block;
}

clino_status clino_findings_add(clino_findings *findings, const clino_finding *finding, clino_error *error) {
  if (!findings || !finding || !finding->check || !finding->message)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_findings_add: a finding needs a check and a message");
  if (finding->level < CLINO_FINDING_SKIP || finding->level > CLINO_FINDING_FAIL)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_findings_add: %d is no finding level", (int)finding->level);
  if (findings->count == findings->capacity) {
    size_t capacity = findings->capacity ? 2 * findings->capacity : 16;
    stored *items = realloc(findings->items, capacity * sizeof *items);
    if (!items) return clino__fail_memory(error, "a finding");
    findings->items = items;
    findings->capacity = capacity;
  }
  stored *item = &findings->items[findings->count];
  item->finding = *finding;
  item->block = copy_strings(&item->finding);
  if (!item->block) return clino__fail_memory(error, "a finding");
  findings->count++;
  return CLINO_OK;
}

size_t clino_findings_count(const clino_findings *findings) { return findings ? findings->count : 0; }

const clino_finding *clino_findings_at(const clino_findings *findings, size_t i) {
  return findings && i < findings->count ? &findings->items[i].finding : NULL;
}

clino_finding_level clino_findings_worst(const clino_findings *findings) {
  clino_finding_level worst = CLINO_FINDING_SKIP;
  for (size_t i = 0; findings && i < findings->count; i++)
    if (findings->items[i].finding.level > worst) worst = findings->items[i].finding.level;
  return worst;
}
