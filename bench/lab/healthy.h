/* Healthy runs in their variety: families of recipes, each drawn from a seed. */
#ifndef LAB_HEALTHY_H
#define LAB_HEALTHY_H

#include "lab/recipe.h"

/* Thresholds are chosen on one half and reported on the other. The halves share neither seeds nor widths of nets. */
typedef enum lab_half { LAB_TUNE, LAB_REPORT } lab_half;

size_t lab_family_count(void);
const char *lab_family_name(size_t family);
const char *lab_family_about(size_t family);

/* The k-th recipe of a family, with seed number twin of it: twins differ in nothing but their seed. */
lab_recipe lab_healthy(lab_half half, size_t family, size_t k, size_t twin);

#endif
