/* clino/layer.h - is the backward pass of this layer right?
 *
 * A layer has many outputs y. Its backward pass turns a cotangent c, one number for each output, into the gradient of
 *   f = sum_k c_k y_k
 * over inputs and parameters, and that gradient is checked as gradcheck() checks any, with seeded random cotangents:
 * their sizes lie between 1/2 and 1, their signs are random, and where there are several outputs each tensor is brought
 * to the size of the largest. Never with ones: the outputs of a normalization sum to a constant, and a backward pass
 * that forgets half of its terms would pass.
 *
 *   static int forward(const clino_layer_io *io, void *ctx)  { ... }   // io->outputs[0].value = W x + b
 *   static int backward(const clino_layer_io *io, void *ctx) { ... }   // io->outputs[0].grad is the cotangent
 *
 *   clino_tensor x = CLINO_TENSOR_F64("x", NULL, NULL, 5, 7);
 *   clino_tensor w[] = {CLINO_TENSOR_F64("W", NULL, NULL, 7, 3), CLINO_TENSOR_F64("b", NULL, NULL, 3)};
 *   clino_tensor y = CLINO_TENSOR_F64("y", NULL, NULL, 5, 3);
 *   clino_layer dense = {.name = "dense", .io = {1, 2, 1, &x, w, &y}, .forward = forward, .backward = backward};
 *   status = gradcheck_layer(&dense, NULL, &result, &error);
 *
 * Two callbacks come with it: shape, for other shapes of the same layer, since bugs hide in sizes of 1, in shapes that
 * are not square and in sizes that are no multiple of 4; and jvp, a forward-mode derivative.
 *
 * Beside what clino/gradcheck.h says, unreliable where a layer keeps state that reseed cannot reset (running statistics
 * of a batch norm: update them elsewhere), and where an output in single precision is computed from inputs in double.
 */
#ifndef CLINO_LAYER_H
#define CLINO_LAYER_H

#include "clino/gradcheck.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The tensors of a layer. For each of them:
 *   value NULL              Clino allocates it, and grad too where that is NULL: 64-byte aligned, between guard zones,
 *                           packed (strides must be NULL). Inputs and parameters get seeded values, 0.2 to 1.2 in size
 *   value given             used in place, put back bit for bit
 *   value given, grad NULL  not differentiated: labels, indices, masks; an output without a cotangent
 * An output shares no memory with any other tensor. Two inputs or parameters of one value pointer are one, tied. */
typedef struct clino_layer_io {
  size_t n_inputs, n_params, n_outputs;   /* n_outputs and one of the others: 1 or more; at most 1000 each */
  clino_tensor *inputs, *params, *outputs;
} clino_layer_io;

/* A layer. Callbacks get a clino_layer_io whose pointers are all set, ctx last, and return 0; anything else stops the
 * check. What they do to the structs of io is forgotten. Fields that are left out of an initializer are 0 or NULL. */
typedef struct clino_layer {
  const char *name;       /* what reports call it; NULL: "layer" */
  clino_layer_io io;
  /* Reads the values of inputs and params, writes every value of the outputs, the same for the same. */
  int (*forward)(const clino_layer_io *io, void *ctx);
  /* Called right after forward at the same values. The outputs' grad is the cotangent, which it leaves alone, as it
   * does the outputs' values (but see scratch_outputs). Writes the grad of inputs and params as options.grad_mode
   * declares (but see inputs_overwritten). */
  int (*backward)(const clino_layer_io *io, void *ctx);
  /* Optional: the derivative along a tangent, called right after forward. The grad of inputs and params is the tangent,
   * which it leaves alone; it overwrites the outputs' grad with J v. NULL: not offered. */
  int (*jvp)(const clino_layer_io *io, void *ctx);
  /* Optional: other shapes for the same layer. Called for trial 1 to n_shapes (trial 0 is io as it stands), with a copy
   * of io; sets n_dims and shape of its tensors, and value and grad where Clino shall not allocate them. The same for
   * the same trial. Counts and arrays stay. NULL: none. */
  int (*shape)(uint64_t trial, clino_layer_io *io, void *ctx);
  void *ctx;
  size_t n_shapes;        /* how many shapes to ask for; 0: 6. At most 1000 */
  size_t n_cotangents;    /* cotangents for each shape, and tangents where there is a jvp; 0: 2. At most 100 */
  bool inputs_overwritten; /* backward overwrites the gradients of the inputs even where grad_mode says ACCUMULATES,
                              which then holds for the parameters, as is common */
  bool scratch_outputs;   /* backward may change the outputs' values and the cotangent, as in-place code does */
} clino_layer;

/* Checks the gradient of a layer over its inputs and parameters.
 *   layer    name, tensors and callbacks as above. It, and all memory it points to, is as before afterwards
 *   options  NULL: the defaults. points are checked for each shape. n_terms must be 0; lower and upper go over inputs,
 *            then params, and must be NULL where there is a shape callback. record keeps the last shape and cotangent
 *   result   never NULL, always filled. worst names the tensor; layer says which shape and cotangent. counts go over
 *            all shapes and cotangents up to the first that is SUSPECT or worse, where the check ends
 * Beside the gradient, it is checked that forward writes every output and is deterministic, that no callback changes
 * what it is given or writes outside of what Clino allocated, and, where there is a jvp, at the given point: J v
 * against differences along v, and <c, J v> = <J' c, v> to within the tolerance (1e-4 at least in single precision).
 * Errors: CLINO_ERR_RANGE (named), CLINO_ERR_CALLBACK, CLINO_ERR_MEMORY; the verdict is then NONE.
 * Cost: for each shape and cotangent that of gradcheck_model(); where there is a jvp, 30 to 60 evaluations more.
 * Memory: what it allocates for the layer, about 80 bytes an entry and 40 an output.
 * Thread safety: different layers may be checked in different threads.
 * Source: see clino/gradcheck.h; the identity: A. Griewank and A. Walther, "Evaluating Derivatives", 2008, 3.3. */
CLINO_API CLINO_WARN_UNUSED clino_status gradcheck_layer(const clino_layer *layer,
                                                         const clino_gradcheck_options *options,
                                                         clino_gradcheck_result *result, clino_error *error);

#ifdef __cplusplus
}
#endif
#endif
