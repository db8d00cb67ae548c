/* One gradient check under way: the model, where its entries are, what has been measured so far. Everything that calls
 * the caller's code goes through here. */
#ifndef CLINO_GRADCHECK_PROBLEM_H
#define CLINO_GRADCHECK_PROBLEM_H

#include "base/rng.h"
#include "clino/gradcheck.h"
#include "gradcheck/layout.h"
#include "gradcheck/trace.h"

/* What gradcheck() adds to a model made from a flat objective. */
typedef struct clino__flat {
  const double *value_with_grad;                                /* f as the gradient call returned it */
  bool (*guards_intact)(const void *flat, const char **what);   /* whether nothing outside the buffers was written */
  const void *self;
} clino__flat;

typedef struct clino__terms clino__terms; /* terms.c */
typedef struct clino__team clino__team;   /* team.c */
typedef struct clino__cloning clino__cloning;

/* What is small beside other coordinates, as a bias soon after the start, may move by so much of the typical one. */
#define CLINO__SMALL_SHARE 0.05

typedef struct clino__problem {
  const clino_model *model;
  const clino__flat *flat;         /* NULL: a model of the caller */
  void *hook_ctx;
  clino_gradcheck_options o;
  clino_gradcheck_result *r;
  clino_error *error;
  clino_gradcheck_record *record;  /* the caller's, or one of the check's own */
  clino__layout layout;
  clino_trace *trace;              /* NULL: none offered */
  size_t *chosen, n_chosen;        /* the entries that are checked */
  double *x;                       /* entries at the point */
  double *gradient;                /* analytic, at the point */
  double *tensor_rms;              /* of the gradient, one a view */
  double *tensor_moment;           /* RMS of gradient times coordinate, one a view */
  double *tensor_scale;            /* typical size of a coordinate, one a view */
  double gradient_rms;             /* over all entries */
  double coordinate_rms;           /* of x, over all entries */
  double f0;                       /* f at the point */
  double noise;                    /* standard deviation of f's noise, at least rounding */
  double quantum;                  /* relative spacing of f's values: 2^-52, or 2^-23 for a single-precision loss */
  double coarse_noise;             /* of the first lines, where a finer one showed far less noise; 0: none */
  double line_slope;               /* of f along the first line (noise_line.h) */
  bool coarse;                     /* f is computed more coarsely than its values show */
  double unit;                     /* all of f's values are multiples of it, as far as known; 0: of nothing coarse */
  size_t point;
  size_t term;                     /* CLINO_TERM_ALL: f as a whole */
  clino__terms *terms;             /* NULL: f is not taken apart */
  bool changed;                    /* a callback changed a coordinate that the check then put back */
  size_t changed_entry;
  double changed_to;
  uint64_t done, expected;         /* calls before this check that belong to the same work; of all, as expected now */
  uint64_t shown;                  /* calls after which progress was told, or would have been */
  clino__team *team;               /* NULL: one thread */
  bool *refused;                   /* set where a budget does not suffice; NULL: nobody asks */
} clino__problem;

/* ---- sizes.c ---- */

/* Room for what is known of every entry, once there is a layout. Errors: CLINO_ERR_MEMORY. Released in any case. */
clino_status clino__problem_allocate(clino__problem *p);
void clino__problem_release(clino__problem *p);

/* Typical sizes of the coordinates, and of the gradient, from x and from gradient. */
void clino__measure_scales(clino__problem *p);
void clino__measure_sizes(clino__problem *p);

/* ---- problem.c ---- */

/* Calls for the value. Errors: CLINO_ERR_CALLBACK, CLINO_ERR_CANCELLED by options.progress. */
clino_status clino__value(clino__problem *p, double *f);

/* Tells options.progress of a call that was counted. Errors: CLINO_ERR_CANCELLED. */
clino_status clino__show_progress(clino__problem *p);

/* Calls for the value and the gradient, into the caller's gradient buffers. *f: value as computed with the gradient
 * (gradcheck) or after it (gradcheck_model, where check_after is set; else before it). */
clino_status clino__gradient(clino__problem *p, bool check_after, double *f);

/* The same into buffers that were emptied before, where the callback accumulates. */
clino_status clino__gradient_anew(clino__problem *p, double *f);

/* Moves an entry to a place, or to the nearest one within its bounds; returns the coordinate as stored. */
double clino__move(const clino__problem *p, size_t entry, double to);

/* The value with one entry displaced; the entry is put back. *realized: by how much it was displaced in fact.
 * *flips, where flips is not NULL: branches that went the other way. */
clino_status clino__value_at(clino__problem *p, size_t entry, double displacement, double *f, double *realized,
                             clino__flips *flips);

/* Calls for the value that a precheck takes beside those that measure noise: twice f, and round two gradients. */
#define CLINO__PRECHECK_VALUES 5
#define CLINO__GRADIENT_VALUES 3

/* Whether n more evaluations are within max_evaluations. */
bool clino__budget(const clino__problem *p, uint64_t n);

/* Fills in tensor name, indices, value, analytic and numbers that are unknown. */
void clino__entry_init(const clino__problem *p, size_t entry, clino_gradcheck_entry *e);

/* The same for an element of a view that is not known by its entry number. */
void clino__entry_init_view(const clino__problem *p, size_t view, size_t element, clino_gradcheck_entry *e);

/* Size against which an error of this entry is small: max(|a|, |n|, s) of the verdict table. */
double clino__magnitude(const clino__problem *p, size_t view, double analytic, double numeric);

/* Standard deviation of what a value of f owes to its own rounding: 0.29 of its spacing, which for subnormal values is
 * the smallest number, and for a difference of large ones that of these. */
double clino__rounding_of(const clino__problem *p, double f);

/* Of a coordinate: its own, or a thousandth of what is typical in its tensor. */
double clino__coordinate_size(const clino__problem *p, size_t entry);

/* Whether an entry of a view is judged as single precision is: its tensor is, or the values of f are. */
bool clino__single(const clino__problem *p, size_t view);

/* Root mean square without overflow or underflow. */
double clino__rms(const double *v, size_t n);

/* The options as used, without pointers and hooks. */
void clino__result_options(clino_gradcheck_result *r, const clino_gradcheck_options *o);

/* Counts the entry in the result and keeps it where it is among the gravest. */
void clino__result_add(clino_gradcheck_result *r, const clino_gradcheck_entry *e);

#endif
