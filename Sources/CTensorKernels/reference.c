#include "CTensorKernels.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

void dk_reference_linear(float *y, const float *x, const float *w, ptrdiff_t rows, ptrdiff_t n, ptrdiff_t k) {
  for (ptrdiff_t r = 0; r < rows; r++)
    for (ptrdiff_t c = 0; c < n; c++) {
      const float *a = x + r * k, *b = w + c * k;
      float s[8] = {0};
      ptrdiff_t i = 0;
      for (; i + 8 <= k; i += 8)
        for (int j = 0; j < 8; j++) s[j] += a[i + j] * b[i + j];
      for (; i < k; i++) s[0] += a[i] * b[i];
      y[r * n + c] = ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
    }
}

void dk_reference_convolution(float *y, const float *x, const float *w, ptrdiff_t batch, ptrdiff_t height, ptrdiff_t width,
                              ptrdiff_t ci, ptrdiff_t out_height, ptrdiff_t out_width, ptrdiff_t co, ptrdiff_t kh, ptrdiff_t kw,
                              ptrdiff_t stride, ptrdiff_t top, ptrdiff_t left) {
  memset(y, 0, sizeof(float) * (size_t)(batch * out_height * out_width * co));
  for (ptrdiff_t b = 0; b < batch; b++)
    for (ptrdiff_t oy = 0; oy < out_height; oy++)
      for (ptrdiff_t ox = 0; ox < out_width; ox++) {
        float *out = y + ((b * out_height + oy) * out_width + ox) * co;
        for (ptrdiff_t ky = 0; ky < kh; ky++)
          for (ptrdiff_t kx = 0; kx < kw; kx++) {
            ptrdiff_t iy = oy * stride + ky - top, ix = ox * stride + kx - left;
            if (iy < 0 || ix < 0 || iy >= height || ix >= width) continue;
            const float *in = x + ((b * height + iy) * width + ix) * ci;
            const float *row = w + (ky * kw + kx) * ci * co;
            for (ptrdiff_t i = 0; i < ci; i++)
              for (ptrdiff_t o = 0; o < co; o++) out[o] += in[i] * row[i * co + o];
          }
      }
}

void dk_reference_attention(float *o, const float *q, const float *k, const float *v, ptrdiff_t batch, ptrdiff_t queries,
                            ptrdiff_t keys, ptrdiff_t heads, ptrdiff_t d, float scale, int causal) {
  ptrdiff_t c = heads * d;
  float *s = malloc(sizeof(float) * (size_t)(keys > 0 ? keys : 1));
  for (ptrdiff_t b = 0; b < batch; b++)
    for (ptrdiff_t h = 0; h < heads; h++)
      for (ptrdiff_t i = 0; i < queries; i++) {
        const float *qi = q + (b * queries + i) * c + h * d;
        ptrdiff_t n = causal && i + 1 < keys ? i + 1 : keys;
        float m = -INFINITY, sum = 0;
        for (ptrdiff_t j = 0; j < n; j++) {
          const float *kj = k + (b * keys + j) * c + h * d;
          float dot = 0;
          for (ptrdiff_t t = 0; t < d; t++) dot += qi[t] * kj[t];
          s[j] = dot * scale;
          if (s[j] > m) m = s[j];
        }
        for (ptrdiff_t j = 0; j < n; j++) sum += s[j] = expf(s[j] - m);
        float *oi = o + (b * queries + i) * c + h * d;
        for (ptrdiff_t t = 0; t < d; t++) oi[t] = 0;
        for (ptrdiff_t j = 0; j < n; j++) {
          const float *vj = v + (b * keys + j) * c + h * d;
          float p = s[j] / sum;
          for (ptrdiff_t t = 0; t < d; t++) oi[t] += p * vj[t];
        }
      }
  free(s);
}
