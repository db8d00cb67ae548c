/* Filling a clino_error. Private to lib/ and checks/. */
#ifndef CLINO_BASE_ERROR_H
#define CLINO_BASE_ERROR_H

#include "clino/status.h"

#if defined(__GNUC__)
#define CLINO__PRINTF(string, first) __attribute__((format(printf, string, first)))
#else
#define CLINO__PRINTF(string, first)
#endif

/* Writes code and message into *error (where error is not NULL) and returns code. Numbers that come from floating point
 * go through clino__number_text (number.h) first: printf's %g follows the locale. */
clino_status clino__fail(clino_error *error, clino_status code, const char *format, ...) CLINO__PRINTF(3, 4);

clino_status clino__fail_memory(clino_error *error, const char *what);
clino_status clino__fail_callback(clino_error *error, const char *which, int value);

/* CLINO_ERR_RANGE "NAME: start from NAME_default()" where struct_size is not that of the struct called name: it was
 * zeroed, or filled in by hand. */
clino_status clino__check_struct(size_t struct_size, size_t size, const char *name, clino_error *error);

/* CLINO_ERR_RANGE "STRUCTURE.FIELD is VALUE, not RANGE". */
clino_status clino__fail_field(clino_error *error, const char *structure, const char *field, double value,
                               const char *range);

/* Adds the place to an error that was just filled. */
void clino__error_at(clino_error *error, const char *file, size_t line, size_t byte);

#endif
