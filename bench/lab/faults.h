/* The faults of the lab: what each does to a healthy recipe, how strongly, and what a diagnosis should say of it. */
#ifndef LAB_FAULTS_H
#define LAB_FAULTS_H

#include "lab/recipe.h"

#define LAB_STRENGTHS 4

typedef struct lab_fault {
  const char *name, *about;
  bool by_construction;              /* wrong whatever comes of it, as a leak is; else it counts where a run is worse */
  bool (*fits)(const lab_recipe *r); /* can it befall this run? */
  void (*apply)(lab_recipe *r, double strength);
  double strength[LAB_STRENGTHS];    /* ends with the array or a NaN */
  const char *checks;                /* ids of checks that may tell of it, separated by blanks */
  const char *causes;                /* ids of causes that are true of it, separated by blanks */
} lab_fault;

size_t lab_fault_count(void);
const lab_fault *lab_fault_at(size_t i);
size_t lab_fault_strengths(const lab_fault *f);

/* Is word one of the words of a list that is separated by blanks? */
bool lab_has_word(const char *list, const char *word);

#endif
