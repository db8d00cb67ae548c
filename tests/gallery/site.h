/* A site of the gallery: an objective at one point, under one condition. It serves values and gradients there, right
 * ones and those of a backward pass with a fault, and remembers values, because many checks ask for the same. */
#ifndef GALLERY_SITE_H
#define GALLERY_SITE_H

#include "gallery/objective.h"

typedef enum gallery_condition {
  GALLERY_SMOOTH = 0, /* no kink anywhere */
  GALLERY_BOUNDED,    /* a domain with an edge */
  GALLERY_AWAY,       /* has kinks; the point as drawn */
  GALLERY_KINK_3,     /* a kink at 1e-3, 1e-7, 1e-12 of a coordinate's size, and exactly at the point */
  GALLERY_KINK_7,
  GALLERY_KINK_12,
  GALLERY_KINK_0,
  GALLERY_FLOAT,         /* evaluated in single precision, parameters in float tensors */
  GALLERY_FLOAT_INSIDE,  /* the same, but the parameters come and the value leaves in double */
  GALLERY_FLOAT_KINK_3,  /* float tensors, beside a kink and at one */
  GALLERY_FLOAT_KINK_0,
  GALLERY_CONDITIONS
} gallery_condition;

const char *gallery_condition_name(gallery_condition c);
/* Whether an objective is shown under it. */
bool gallery_condition_fits(gallery_condition c, const gallery_objective *o);

/* A seed from a seed, a name and two numbers: of no objective does it depend on which others there are. */
uint64_t gallery_seed(uint64_t seed, const char *name, uint64_t a, uint64_t b);

typedef struct gallery_site {
  const gallery_objective *objective;
  gallery_condition condition;
  size_t n, point;
  uint64_t seed;          /* for what is drawn at this site */
  bool single, tensors;   /* evaluated in single precision; parameters in float tensors */
  double *x, *lower, *upper; /* bounds: NULL where there are none */
  double typical;         /* the median size of the coordinates that are not 0; 1 where there is none */
  size_t kink;            /* the kink that was placed: its number on the tape */
  size_t kink_entry;      /* the coordinate that was moved for it; n: none */
  double kink_distance;   /* and how far along it the kink is */
  struct gallery_memory *memory;
} gallery_site;

/* NULL where the condition's kink could not be placed. */
gallery_site *gallery_site_new(const gallery_objective *o, size_t point, gallery_condition c, uint64_t seed);
void gallery_site_free(gallery_site *s);

/* The loss, not yet scaled, at any x, and with one coordinate of the site's point replaced. */
double gallery_value(gallery_site *s, const double *x);
double gallery_value_along(gallery_site *s, size_t entry, double coordinate);
/* The loss times scale, as the site's precision has it. */
double gallery_scaled(const gallery_site *s, double value, double scale);

/* What a hand-written backward pass returns (scale 1): in single precision the exact gradient, rounded. */
void gallery_gradient(gallery_site *s, const double *x, tape_fault fault, double *gradient);
/* Without rounding, at the site's point. Owned by the site. */
const double *gallery_exact(gallery_site *s);
/* The faults of the tape that would show, a bit for each. */
unsigned gallery_tape_faults(gallery_site *s);

/* Evaluates at x and leaves the tape there. */
tape *gallery_evaluate(const gallery_site *s, const double *x, var *loss);

/* place.c: moves one coordinate of s->x so that a kink that matters lies at distance times that coordinate's size from
 * it, on a side drawn from the seed; 0: exactly there. False where none of the kinks that were tried can be placed. */
bool gallery_place(gallery_site *s, double distance);

/* Whether a gradient (scale 1) is as right as the one that the convention names: the site is at a kink, and the
 * gradient lies on the segment between those of both sides, the subdifferential of Clarke where there is one kink. A
 * value within the one-sided slopes in every entry need not be: (1, 0) is none for relu(x + y) at 0. */
bool gallery_is_subgradient(gallery_site *s, const double *gradient);

/* |x_i|; where it is 0, the typical size. */
double gallery_size_of(const gallery_site *s, size_t entry);
double gallery_rms(size_t n, const double *v);

#endif
