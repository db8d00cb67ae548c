#include "base/robust.h"

#include <math.h>

static void swap(double *a, double *b) {
  double t = *a;
  *a = *b;
  *b = t;
}

double clino__select(double *v, size_t n, size_t k) {
  size_t low = 0, high = n - 1;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (v[middle] < v[low]) swap(&v[middle], &v[low]);
    if (v[high] < v[low]) swap(&v[high], &v[low]);
    if (v[high] < v[middle]) swap(&v[high], &v[middle]);
    double pivot = v[middle];
    size_t i = low, j = high;
    for (;;) {
      while (v[i] < pivot) i++;
      while (pivot < v[j]) j--;
      if (i >= j) break;
      swap(&v[i++], &v[j--]);
    }
    if (k <= j) high = j;
    else low = j + 1;
  }
  return v[k];
}

double clino__median(double *v, size_t n) {
  if (!n) return NAN;
  double upper = clino__select(v, n, n / 2);
  if (n % 2) return upper;
  double lower = v[0];
  for (size_t i = 1; i < n / 2; i++) lower = v[i] > lower ? v[i] : lower;
  return lower + (upper - lower) / 2;
}

double clino__mad(double *v, size_t n, double center) {
  for (size_t i = 0; i < n; i++) v[i] = fabs(v[i] - center);
  return 1.4826 * clino__median(v, n);
}
