/* A Hessian-vector product of the caller, called in buffers between guard zones. */
#ifndef CLINO_GRADCHECK_PRODUCT_H
#define CLINO_GRADCHECK_PRODUCT_H

#include "clino/taylor.h"
#include "gradcheck/session.h"

typedef struct clino__product {
  clino__session *s;
  clino_hessian_product call;
  void *ctx;
  uint64_t calls;
} clino__product;

/* hv = H(x) v at the session's point. check: call it twice, and see whether it is deterministic and finite, writes
 * every entry, and leaves its inputs and what lies around the buffers alone; where not, the session's result has the
 * verdict and *holds is false. Errors: CLINO_ERR_CALLBACK, CLINO_ERR_MEMORY. */
clino_status clino__product_take(clino__product *product, const double *v, double *hv, bool check, bool *holds);

#endif
