/* clino/assertion.h - what a run must satisfy, as a line of text: "min(val/accuracy) > 0.9".
 *
 *   clino_assertion *a;
 *   clino_assertion_parse("slope(train/loss, 100) < 0", &a, &error);
 *   clino_assertion_judge(a, run, findings, &error);
 *   clino_assertion_free(a);
 *
 * The grammar, in which blanks separate ("a - b" is a difference, "a-b" one name):
 *   assertion = sum ("<" | "<=" | ">" | ">=" | "==" | "!=") sum
 *   sum       = product { ("+" | "-") product }
 *   product   = value { ("*" | "/") value }
 *   value     = "-" value | "(" sum ")" | number | "inf" | series | function "(" series [ "," points ] ")"
 *   series    = letter or "_", then letters, digits and any of _ / . : - @ %; or any text in double quotes, in which
 *               \ takes the next byte as it is
 *   function  = first last min max mean median slope count
 * A series alone is its last value. With points, a function looks at that many last points only, or at all where there
 * are fewer. slope is that of the straight line of least squares over the steps (over the points where steps are not
 * known), per step.
 *
 * Thread safety: an assertion does not change once it is parsed; several threads may use it.
 */
#ifndef CLINO_ASSERTION_H
#define CLINO_ASSERTION_H

#include "clino/finding.h"
#include "clino/run.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct clino_assertion clino_assertion;

/* Reads an assertion into *assertion, freed by the caller with clino_assertion_free.
 * text: not NULL, copied. assertion: not NULL.
 * Errors (*assertion is NULL): CLINO_ERR_FORMAT (what is wrong, and where in error->byte, counted from the start of
 * text; nested deeper than 64), CLINO_ERR_MEMORY, CLINO_ERR_RANGE (a NULL). Cost: linear in text. Independent of the
 * locale. */
CLINO_API clino_status clino_assertion_parse(const char *text, clino_assertion **assertion, clino_error *error);

/* Frees an assertion. NULL is allowed. */
CLINO_API void clino_assertion_free(clino_assertion *assertion);

/* The text that it was read from; "" for NULL. Valid until the assertion is freed. */
CLINO_API const char *clino_assertion_text(const clino_assertion *assertion);

/* Judges a run by an assertion and appends one finding with check "assert": pass where it holds, else fail. It fails,
 * too, where a series was not logged or has no points (cause "series-not-logged": what is not there shows nothing), and
 * where a side is NaN, as it is where a point that it looks at is NaN. A series is looked up by its name in the run,
 * then by its name in the log. observed and threshold are the two sides.
 * assertion, run, findings: not NULL.
 * Errors: CLINO_ERR_RANGE (a NULL), CLINO_ERR_MEMORY. Cost: linear in the points it looks at. Not safe for several
 * threads on one list of findings. */
CLINO_API clino_status clino_assertion_judge(const clino_assertion *assertion, const clino_run *run,
                                             clino_findings *findings, clino_error *error);

#ifdef __cplusplus
}
#endif
#endif
