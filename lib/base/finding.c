/* The list of findings: deep copies, one heap block a finding, so that a finding stays where it is while the list
 * grows. */
#include "clino/finding.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

struct clino_findings {
  clino_finding **items;
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
  for (size_t i = 0; i < findings->count; i++) free(findings->items[i]);
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

/* A list that serves several causes may hold the one that was taken. */
static bool is_other(const clino_finding *f, const char *alternative) {
  return !f->cause || !alternative || strcmp(alternative, f->cause) != 0;
}

/* The copy stands first in its block, then the alternatives, then the strings. NULL where memory is out. */
static clino_finding *copy_of(const clino_finding *f) {
  size_t pointers = f->n_alternatives * sizeof(char *);
  size_t size = sizeof *f + pointers + string_size(f->check) + string_size(f->series) + string_size(f->cause) +
                string_size(f->message) + string_size(f->why) + string_size(f->fix) + string_size(f->source);
  for (size_t i = 0; i < f->n_alternatives; i++) size += string_size(f->alternatives[i]);
  clino_finding *copy = malloc(size);
  if (!copy) return NULL;
  const char **alternatives = (const char **)(copy + 1);
  char *room = (char *)(copy + 1) + pointers;
  *copy = *f;
  copy->n_alternatives = 0;
  for (size_t i = 0; i < f->n_alternatives; i++)
    if (is_other(f, f->alternatives[i])) alternatives[copy->n_alternatives++] = place(&room, f->alternatives[i]);
  copy->alternatives = copy->n_alternatives ? alternatives : NULL;
  copy->check = place(&room, f->check);
  copy->series = place(&room, f->series);
  copy->cause = place(&room, f->cause);
  copy->message = place(&room, f->message);
  copy->why = place(&room, f->why);
  copy->fix = place(&room, f->fix);
  copy->source = place(&room, f->source);
  return copy;
}

static clino_status check_finding(const clino_findings *findings, const clino_finding *f, clino_error *error) {
  if (!findings || !f) return clino__fail(error, CLINO_ERR_RANGE, "clino_findings_add: an argument is NULL");
  if (!f->check || !f->message)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_findings_add: a finding needs a check and a message");
  if (f->level < CLINO_FINDING_SKIP || f->level >= CLINO_FINDING_LEVEL_COUNT)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_findings_add: %d is no finding level", (int)f->level);
  if (f->n_alternatives && (!f->alternatives || f->n_alternatives > SIZE_MAX / 2 / sizeof(char *)))
    return clino__fail(error, CLINO_ERR_RANGE, "clino_findings_add: alternatives is NULL or n_alternatives too large");
  return CLINO_OK;
}

clino_status clino_findings_add(clino_findings *findings, const clino_finding *finding, clino_error *error) {
  clino_status status = check_finding(findings, finding, error);
  if (status) return status;
  if (findings->count == findings->capacity) {
    size_t capacity = findings->capacity ? 2 * findings->capacity : 16;
    clino_finding **items = realloc(findings->items, capacity * sizeof *items);
    if (!items) return clino__fail_memory(error, "a finding");
    findings->items = items;
    findings->capacity = capacity;
  }
  clino_finding *copy = copy_of(finding);
  if (!copy) return clino__fail_memory(error, "a finding");
  findings->items[findings->count++] = copy;
  return CLINO_OK;
}

size_t clino_findings_count(const clino_findings *findings) { return findings ? findings->count : 0; }

const clino_finding *clino_findings_at(const clino_findings *findings, size_t i) {
  return findings && i < findings->count ? findings->items[i] : NULL;
}

clino_finding_level clino_findings_worst(const clino_findings *findings) {
  clino_finding_level worst = CLINO_FINDING_SKIP;
  for (size_t i = 0; findings && i < findings->count; i++)
    if (findings->items[i]->level > worst) worst = findings->items[i]->level;
  return worst;
}

const clino_finding *clino_findings_top(const clino_findings *findings) {
  const clino_finding *top = NULL;
  for (size_t i = 0; i < clino_findings_count(findings); i++) {
    const clino_finding *f = clino_findings_at(findings, i);
    if (f->level < CLINO_FINDING_WARN || (top && f->level < top->level)) continue;
    if (!top || f->level > top->level || f->confidence > top->confidence) top = f;
  }
  return top;
}
