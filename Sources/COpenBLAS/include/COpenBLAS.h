#pragma once
#include <stdbool.h>

// OpenBLAS, opened when it is first needed: a program that needs none of it doesn't pay for loading it. LAPACK's own interface
// (column by column, everything by reference); https://netlib.org/lapack/explore-html.

typedef struct dk_openblas {
    // Singular value decomposition, A = U·S·Vᵀ.
    void (*sgesdd)(const char *jobz, const int *m, const int *n, float *a, const int *lda, float *s, float *u, const int *ldu, float *vt,
                   const int *ldvt, float *work, const int *lwork, int *iwork, int *info);
    // QR factorisation, and Q from its reflections.
    void (*sgeqrf)(const int *m, const int *n, float *a, const int *lda, float *tau, float *work, const int *lwork, int *info);
    void (*sorgqr)(const int *m, const int *n, const int *k, float *a, const int *lda, const float *tau, float *work, const int *lwork,
                   int *info);
    // Solution of A·X = B.
    void (*dgesv)(const int *n, const int *columns, double *a, const int *lda, int *pivots, double *b, const int *ldb, int *info);
    const char *(*get_config)(void);   // "OpenBLAS 0.3.21 NO_LAPACKE …"
    const char *(*get_corename)(void); // whose kernels compute: "Haswell"
} dk_openblas;

// The library, one and the same for all callers, on one thread; NULL if there is none, or none that has all of this.
const dk_openblas *dk_openblas_open(void);

// Why there is none; NULL before it was opened, and when it is there.
const char *dk_openblas_problem(void);
