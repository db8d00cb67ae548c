/* clino/record.h - every entry of a gradient check, kept.
 *
 * A check whose options.record is set writes there what it compared: for each point and term a sheet with the analytic
 * gradient of all entries, and the numerical value, its error bar and the verdict of those that were measured.
 *
 *   clino_gradcheck_record *record;
 *   clino_gradcheck_record_new(&record, &error);
 *   o.record = record;
 *   status = gradcheck_model(&model, &o, &result, &error);
 *   for (size_t t = 0; t < clino_gradcheck_record_tensors(record); t++)
 *     if (clino_gradcheck_record_get(record, 0, t, &kept, NULL) == CLINO_OK) ...kept.analytic[i], kept.numeric[i]...
 *   clino_gradcheck_record_free(record);
 */
#ifndef CLINO_RECORD_H
#define CLINO_RECORD_H

#include "clino/gradcheck.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One tensor on one sheet. Pointers are the record's, count entries each, row-major, until the record is used for
 * another check or freed. */
typedef struct clino_recorded_tensor {
  const char *name;
  clino_dtype dtype;
  size_t n_dims, shape[CLINO_MAX_DIMS], count;
  size_t point, term;           /* of the sheet, as in clino_gradcheck_entry */
  size_t measured;              /* entries with a numerical value */
  const double *value;          /* the parameter */
  const double *analytic;       /* of all entries, measured or not */
  const double *numeric;        /* NaN: not measured */
  const double *error;          /* error bar of numeric; NaN: not measured */
  const unsigned char *verdict; /* a clino_verdict; CLINO_VERDICT_NONE: not judged */
} clino_recorded_tensor;

/* Makes an empty record. record: not NULL; the caller frees it. Errors: CLINO_ERR_RANGE, CLINO_ERR_MEMORY. */
CLINO_API clino_status clino_gradcheck_record_new(clino_gradcheck_record **record, clino_error *error);

/* NULL is allowed. */
CLINO_API void clino_gradcheck_record_free(clino_gradcheck_record *record);

/* How many sheets there are: one for each point and term that got as far as comparing; 0 for NULL, and where a
 * precondition failed at once. Thread safe, as all that follow, where no check is writing the record. */
CLINO_API size_t clino_gradcheck_record_sheets(const clino_gradcheck_record *record);

/* How many tensors have a gradient, tied ones once; 0 for NULL and for a record that was never used. */
CLINO_API size_t clino_gradcheck_record_tensors(const clino_gradcheck_record *record);

/* Entries that were measured, over all sheets; 0 for NULL. */
CLINO_API size_t clino_gradcheck_record_measured(const clino_gradcheck_record *record);

/* The verdict of the check that wrote the record; NONE for NULL, and where the check did not come to an end. */
CLINO_API clino_verdict clino_gradcheck_record_verdict(const clino_gradcheck_record *record);

/* One tensor on one sheet. Errors: CLINO_ERR_RANGE (record or kept is NULL, no such sheet or tensor). */
CLINO_API clino_status clino_gradcheck_record_get(const clino_gradcheck_record *record, size_t sheet, size_t tensor,
                                                  clino_recorded_tensor *kept, clino_error *error);

#ifdef __cplusplus
}
#endif
#endif
