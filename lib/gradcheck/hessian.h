/* Differences of gradients; shared by the files of clino/hessian.h. */
#ifndef CLINO_GRADCHECK_HESSIAN_H
#define CLINO_GRADCHECK_HESSIAN_H

#include "clino/hessian.h"
#include "gradcheck/session.h"

clino_status clino__hessian_options_check(const clino_hessian_options *options, clino_error *error);

/* Hv at the session's point, whose gradient is known, with an error bar for each entry, and all of info but verdict,
 * reason and entry. */
clino_status clino__hvp_take(clino__session *s, const double *v, const clino_hessian_options *o, double *hv,
                             double *errors, clino_hvp_info *info);

/* Whether all entries of a vector are single-precision numbers. */
bool clino__hessian_single(const clino__session *s, const double *gradient);

/* Where steps begin, relative to the coordinates; their ratio; and the shortest one, in spacings of the coordinates. */
#define CLINO__HESSIAN_LARGEST 0.1
#define CLINO__HESSIAN_RATIO 4.0
#define CLINO__HESSIAN_SPACINGS 128

#endif
