// Compute kernels. Slow reference forms for now; the packed ones come with the kernel files.
#ifndef CTENSORKERNELS_H
#define CTENSORKERNELS_H
#include <stddef.h>

/// y[rows][n] = x[rows][k] · w[n][k]ᵀ
void dk_reference_linear(float *y, const float *x, const float *w, ptrdiff_t rows, ptrdiff_t n, ptrdiff_t k);

/// Channels-last convolution; w is [kh][kw][ci][co].
void dk_reference_convolution(float *y, const float *x, const float *w, ptrdiff_t batch, ptrdiff_t height, ptrdiff_t width,
                              ptrdiff_t ci, ptrdiff_t out_height, ptrdiff_t out_width, ptrdiff_t co, ptrdiff_t kh, ptrdiff_t kw,
                              ptrdiff_t stride, ptrdiff_t top, ptrdiff_t left);

/// o, q: [batch][queries][heads*d]; k, v: [batch][keys][heads*d].
void dk_reference_attention(float *o, const float *q, const float *k, const float *v, ptrdiff_t batch, ptrdiff_t queries,
                            ptrdiff_t keys, ptrdiff_t heads, ptrdiff_t d, float scale, int causal);
#endif
