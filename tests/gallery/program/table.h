/* What the gallery prints: the table of conditions, the table of faults, the figures. */
#ifndef GALLERY_TABLE_H
#define GALLERY_TABLE_H

#include "gallery/score.h"

void gallery_print(const gallery_plan *p, const gallery_score *s);

#endif
