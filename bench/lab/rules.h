/* Fixed rules as others publish them, on the same logs: what they would have said of a run. Rules that need more than
 * scalars of a log (inputs, weights, whole tensors of activations) are left out, which makes them fire less, not more.
 *
 * SageMaker Debugger: the default parameters in its documentation, "List of Debugger built-in rules"
 *   (docs.aws.amazon.com/sagemaker/latest/dg/debugger-built-in-rules.html and the pages of the rules).
 * UMLAUT: E. Schoop, F. Huang and B. Hartmann, CHI 2021; thresholds of its program, heuristics.py
 *   (github.com/BerkeleyHCI/umlaut). Its epoch is a validation here.
 * AutoTrainer: X. Zhang, J. Zhai, S. Ma and C. Shen, ICSE 2021; default_param and monitor.py of its program
 *   (github.com/shiningrain/AUTOTRAINER). Its epoch is a validation here, and it looks at every third.
 */
#ifndef LAB_RULES_H
#define LAB_RULES_H

#include "clino/run.h"

typedef struct lab_rule {
  const char *tool, *name;
  const char *threshold; /* in words */
} lab_rule;

size_t lab_rule_count(void);
const lab_rule *lab_rule_at(size_t i);

/* A bit for each rule that fires on a run, 1 << i for the i-th. */
unsigned lab_rules(const clino_run *run);

#endif
