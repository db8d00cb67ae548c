/* Which finding explains which: the one place where findings of different checks meet.
 *
 * One fault shows in many series, and each check sees its own. After all have run, a table says which checks look
 * nearer at the cause: a rate that jumped explains the leap of the loss, weights that start equal explain why nothing
 * is learned. What is explained takes over the cause (its own becomes an alternative), and stands below what explains
 * it, which is as grave as the gravest thing it explains. Attributes of the run make a cause more precise: a momentum
 * of 0.999, a data set of fifty.
 */
#ifndef CLINO_CHECKS_RELATE_H
#define CLINO_CHECKS_RELATE_H

#include "checks/check.h"

/* Adds what was found to *findings, in the same order, related to each other. context: for attributes; its check is not
 * looked at. Errors: CLINO_ERR_MEMORY; what was added stays. */
clino_status clino__relate(clino__context *context, const clino_findings *found, clino_findings *findings,
                           clino_error *error);

#endif
