/* Inside of a tape: what an evaluation leaves behind, for tape.c, which appends nodes, and tape_sweep.c, which
 * differentiates along them. */
#ifndef GALLERY_TAPE_NODES_H
#define GALLERY_TAPE_NODES_H

#include "gallery/tape.h"

typedef enum tape_op {
  OP_INPUT, OP_CONST, OP_SAME,
  OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_ADDC, OP_MULC,
  OP_DOT,  /* the node before + a b */
  OP_DOTC, /* the node before + c a */
  OP_SQUARE, OP_SQRT, OP_EXP, OP_LOG, OP_LOG1P, OP_SIN, OP_COS, OP_ERF,
  OP_TANH, OP_SIGMOID, OP_SOFTPLUS, OP_GELU, OP_SILU, OP_RELU, OP_LEAKY, OP_ABS, OP_MAX, OP_HUBER
} tape_op;

enum {
  NODE_POSITIVE = 1,     /* the branch that was taken: a > 0, or a >= b for a maximum; huber: a > d */
  NODE_NEGATIVE = 2,     /* a < 0; huber: a < -d */
  NODE_NOT_LAST = 4,     /* belongs to a sample that is not the last */
  NODE_BROADCAST = 8,    /* its first use as a broadcast operand is over */
  NODE_NOT_FIRST = 16,   /* a later use of a broadcast operand */
  NODE_BIAS = 32, NODE_DROPOUT = 64, NODE_STATISTIC = 128, NODE_REGULARIZER = 256
};

typedef struct tape_node {
  double c;
  var a, b; /* operands; themselves where there is none */
  uint16_t op, flags;
} tape_node;

struct tape {
  size_t n, n_inputs, room;
  tape_node *node;
  double *value;
  bool single;
  uint16_t sample;    /* the flag of what is appended now: 0 or NODE_NOT_LAST */
  unsigned faults;
  size_t n_kinks, kink_room;
  struct { var at, of; } *kink; /* the node that is 0 there, and the operation that has the kink */
  size_t sweep_room;  /* of what follows, long doubles per node */
  long double *exact, *pa, *pb, *tangent;
  double *adjoint;
};

/* Memory for the sweeps over the nodes that there are. */
void tape_room_to_sweep(tape *t);
void *tape_memory(void *old, size_t count, size_t size);

#endif
