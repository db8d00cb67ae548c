/* What is used of ARPACK and LAPACK, declared by hand: their C headers stand in other folders, or are another package,
 * on every system, while the symbols are the same. Arguments are passed by address, lengths of strings by value at the
 * end (the convention of GNU Fortran from 8 on, and of flang). */
#ifndef CLINO_CURVATURE_FORTRAN_H
#define CLINO_CURVATURE_FORTRAN_H

#include <stddef.h>

void dsaupd_(int *ido, const char *bmat, const int *n, const char *which, const int *nev, const double *tol,
             double *resid, const int *ncv, double *v, const int *ldv, int *iparam, int *ipntr, double *workd,
             double *workl, const int *lworkl, int *info, size_t bmat_length, size_t which_length);

void dseupd_(const int *rvec, const char *howmny, const int *select, double *d, double *z, const int *ldz,
             const double *sigma, const char *bmat, const int *n, const char *which, const int *nev,
             const double *tol, double *resid, const int *ncv, double *v, const int *ldv, int *iparam, int *ipntr,
             double *workd, double *workl, const int *lworkl, int *info, size_t howmny_length, size_t bmat_length,
             size_t which_length);

void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w, double *work,
             const int *lwork, int *iwork, const int *liwork, int *info, size_t jobz_length, size_t uplo_length);

#endif
