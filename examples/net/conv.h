/* A 3x3 convolution with a border of zeros, so that the image keeps its size (as everywhere in the field it is really a
 * correlation: the kernel is not flipped),
 *   y[s][o][r][c] = b[o] + sum_{i,u,v} K[o][i][u][v] x[s][i][r + u - 1][c + v - 1]
 * Its backward pass is the same sum with the kernel flipped:
 *   dx[s][i][r][c] = sum_{o,u,v} K[o][i][2 - u][2 - v] dy[s][o][r + u - 1][c + v - 1]
 *   dK[o][i][u][v] = sum_{s,r,c} x[s][i][r + u - 1][c + v - 1] dy[s][o][r][c],  db[o] = sum_{s,r,c} dy[s][o][r][c]
 */
#ifndef NET_CONV_H
#define NET_CONV_H

#include "net/real.h"

typedef struct conv3x3 {
  size_t n_in, n_out, height, width; /* channels, image size */
  real *K, *dK;                      /* n_out x n_in x 3 x 3 */
  real *b, *db;                      /* n_out */
} conv3x3;

/* x is n x n_in x height x width, y is n x n_out x height x width. */
void conv3x3_forward(const conv3x3 *l, size_t n, const real *x, real *y);

/* Overwrites dK, db and dx; dx may be NULL (the first layer of a net needs none). */
void conv3x3_backward(const conv3x3 *l, size_t n, const real *x, const real *dy, real *dx);

#endif
