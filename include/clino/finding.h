/* clino/finding.h - what a check found, with its evidence.
 *
 * The second of Clino's two hubs: everything that judges (checks of a run, gradient checks, assertions) produces
 * findings, and every report is written from findings alone.
 *
 * Thread safety of this page: one thread at a time for one list; different lists by different threads.
 */
#ifndef CLINO_FINDING_H
#define CLINO_FINDING_H

#include <stdbool.h>
#include <stdint.h>

#include "clino/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* In order of gravity; missing data is SKIP, never PASS. */
typedef enum clino_finding_level {
  CLINO_FINDING_SKIP = 0, /* what the check needs was not logged, or there is too little of it */
  CLINO_FINDING_PASS = 1, /* looked at, and nothing wrong */
  CLINO_FINDING_INFO = 2, /* worth knowing */
  CLINO_FINDING_WARN = 3, /* likely wrong */
  CLINO_FINDING_FAIL = 4  /* wrong */
} clino_finding_level;
#define CLINO_FINDING_LEVEL_COUNT 5

/* One finding. Strings are UTF-8; NULL means none. Inside a clino_findings they belong to it. */
typedef struct clino_finding {
  const char *check;               /* id, such as "overfitting" */
  clino_finding_level level;
  const char *series;              /* canonical name of the series it is about */
  int64_t first_step, last_step;   /* inclusive; CLINO_NO_STEP where unknown */
  double observed, threshold;      /* NaN where there is none */
  const char *cause;               /* id of the likely cause, such as "learning-rate-too-high" */
  const char *const *alternatives; /* other causes, likeliest first; one that is the cause is left out when added */
  size_t n_alternatives;
  double confidence;               /* 0 to 1: how sure the level is */
  bool final;                      /* more data cannot undo it */
  const char *message;             /* one sentence, with the numbers */
  const char *why;                 /* why it matters */
  const char *fix;                 /* what a practitioner would try first */
  const char *source;              /* author, year, place */
} clino_finding;

/* A growing list of findings. */
typedef struct clino_findings clino_findings;

/* A finding with every field at "none": level SKIP, no steps, NaN numbers, confidence 1. Thread safe. */
CLINO_API clino_finding clino_finding_default(void);

/* "skip", "pass", "info", "warn" or "fail"; "unknown" for a value that is none. Static storage; thread safe. */
CLINO_API const char *clino_finding_level_name(clino_finding_level level);

/* Makes an empty list in *findings, which the caller frees with clino_findings_free.
 * Errors: CLINO_ERR_MEMORY, CLINO_ERR_RANGE (findings is NULL). */
CLINO_API clino_status clino_findings_new(clino_findings **findings, clino_error *error);

/* Frees the list and all its strings. NULL is allowed. */
CLINO_API void clino_findings_free(clino_findings *findings);

/* Appends a deep copy of a finding.
 * findings, finding: not NULL; check and message must be set; alternatives may be NULL where n_alternatives is 0.
 * Errors: CLINO_ERR_MEMORY, CLINO_ERR_RANGE (a NULL, a level that is none of the five); the list is then as before.
 * Cost: one block of memory a finding. */
CLINO_API clino_status clino_findings_add(clino_findings *findings, const clino_finding *finding, clino_error *error);

/* How many findings there are; 0 for NULL. */
CLINO_API size_t clino_findings_count(const clino_findings *findings);

/* The i-th finding in the order in which they were added, valid until the list is freed, also while it grows; NULL past
 * the end and for NULL. */
CLINO_API const clino_finding *clino_findings_at(const clino_findings *findings, size_t i);

/* The gravest level in the list: what the run's verdict is. SKIP for an empty list and for NULL. Linear in the list. */
CLINO_API clino_finding_level clino_findings_worst(const clino_findings *findings);

/* The finding to read first: of those at warn or fail the gravest, of several the one of the highest confidence, of
 * several the first; NULL where there is none, and for NULL. clino_diagnose() sets levels and confidences so that what
 * explains other findings stands above them. Valid as for clino_findings_at. Linear in the list. */
CLINO_API const clino_finding *clino_findings_top(const clino_findings *findings);

#ifdef __cplusplus
}
#endif
#endif
