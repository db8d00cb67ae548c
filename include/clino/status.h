/* clino/status.h - could the call run?
 *
 * Three types answer three questions. A clino_status says whether a call could run at all; a clino_verdict
 * (gradcheck.h) says what a gradient check found; a clino_finding_level (finding.h) says what a check of a run found.
 * A wrong gradient is CLINO_OK: the call did what it was asked to do.
 *
 * Every call that can fail takes, as its last parameter, a clino_error that may be NULL. It belongs to the caller, is
 * written only when the status is not CLINO_OK, and holds no heap memory.
 */
#ifndef CLINO_STATUS_H
#define CLINO_STATUS_H

#include <stddef.h>
#include <stdint.h>

#if defined(__FAST_MATH__)
#error "clino: -ffast-math removes NaN and infinity, and with them what this library is for; use -fno-math-errno"
#endif

#define CLINO_VERSION_MAJOR 0
#define CLINO_VERSION_MINOR 1
#define CLINO_VERSION_PATCH 0
#define CLINO_VERSION "0.1.0"

#if defined(__GNUC__)
#define CLINO_API __attribute__((visibility("default")))
#define CLINO_WARN_UNUSED __attribute__((warn_unused_result))
#else
#define CLINO_API
#define CLINO_WARN_UNUSED
#endif

/* In an option of type double: let the engine choose. */
#define CLINO_AUTO (-1.0)

/* In a step number: not known. */
#define CLINO_NO_STEP INT64_MIN

#ifdef __cplusplus
extern "C" {
#endif

/* The one list of status codes: X(name, code, message). */
#define CLINO_STATUS_LIST(X)                                                             \
  X(CLINO_OK, 0, "success")                                                              \
  X(CLINO_ERR_RANGE, -1, "an argument or an option is out of its range")                 \
  X(CLINO_ERR_MEMORY, -2, "out of memory")                                               \
  X(CLINO_ERR_CALLBACK, -3, "a callback returned nonzero")                               \
  X(CLINO_ERR_CANCELLED, -4, "cancelled by the caller")                                  \
  X(CLINO_ERR_IO, -5, "a file could not be opened, read or written")                     \
  X(CLINO_ERR_FORMAT, -6, "the input is malformed, or in no format that is known")       \
  X(CLINO_ERR_NOT_FOUND, -7, "no such check, parameter, series or attribute")            \
  X(CLINO_ERR_UNSUPPORTED, -8, "not offered by this build")                              \
  X(CLINO_ERR_RANK, -9, "another process of a parallel job failed, stopped or disagrees")

typedef enum clino_status {
#define CLINO_STATUS_ENUM_(name, code, message) name = (code),
  CLINO_STATUS_LIST(CLINO_STATUS_ENUM_)
#undef CLINO_STATUS_ENUM_
} clino_status;

/* What went wrong, where. Fields that do not apply are 0 or "". */
typedef struct clino_error {
  clino_status code;
  char message[512];     /* one sentence that names the offending thing; no newline */
  char file[512];        /* path as the caller gave it; one that is too long keeps its end */
  size_t line;           /* 1-based */
  size_t byte;           /* 0-based offset from the start of the (decompressed) file */
  int callback_value;    /* what the callback returned, with CLINO_ERR_CALLBACK */
} clino_error;

/* The message of a status, "unknown status" for a value that is none. Static storage; thread safe. */
CLINO_API const char *clino_status_message(clino_status status);

/* The version of the linked library, "MAJOR.MINOR.PATCH". Static storage; compare with CLINO_VERSION. */
CLINO_API const char *clino_version(void);

/* An error as text, "file:line: message (byte 27)", without parts that are unknown, and without a byte 0.
 * error: "" where it is NULL. text: room for size bytes, written at most size - 1 and terminated; NULL only for size 0.
 * Returns the length that the whole text has, as snprintf does. Allocates nothing; thread safe. */
CLINO_API size_t clino_error_describe(const clino_error *error, char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
