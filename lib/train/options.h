/* Validated options of an optimizer. Private to lib/train. */
#ifndef CLINO_TRAIN_OPTIONS_H
#define CLINO_TRAIN_OPTIONS_H

#include "train/rule.h"

/* CLINO_OK and the rule in *rule; else CLINO_ERR_RANGE naming the field, or CLINO_ERR_NOT_FOUND. */
clino_status clino__optimizer_check(const clino_optimizer_options *o, const clino__rule **rule, clino_error *error);

#endif
