// Operations on 16 lanes that compile to each instruction set's own; included inside its target region.
#pragma once

VF_INLINE vf vf_set1(float s) { return (vf){s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s}; }
VF_INLINE vf vf_zero(void) { return (vf){0}; }
VF_INLINE vf vf_load(const float *p) { return *(const vf_unaligned *)p; }
VF_INLINE void vf_store(float *p, vf x) { *(vf_unaligned *)p = x; }
VF_INLINE vf vf_fma(vf a, vf b, vf c) { return __builtin_elementwise_fma(a, b, c); }  // a·b + c
VF_INLINE vf vf_select(vi mask, vf a, vf b) { return (vf)(((vi)a & mask) | ((vi)b & ~mask)); }
VF_INLINE vf vf_max(vf a, vf b) { return vf_select(a > b, a, b); }  // b when either is NaN
VF_INLINE vf vf_min(vf a, vf b) { return vf_select(a < b, a, b); }

// The first `count` (1…16) lanes; the others are zero, and their memory isn't touched.
VF_INLINE vf vf_load_part(const float *p, size_t count) {
    if (count >= LANES) return vf_load(p);
    vf x = vf_zero();
    memcpy(&x, p, count * sizeof(float));
    return x;
}
VF_INLINE void vf_store_part(float *p, vf x, size_t count) {
    if (count >= LANES) vf_store(p, x);
    else memcpy(p, &x, count * sizeof(float));
}

VF_INLINE vf vf_load_bf16(const uint16_t *p) {
    typedef uint16_t vh __attribute__((vector_size(32)));
    vh h;
    memcpy(&h, p, sizeof h);
    return (vf)(__builtin_convertvector(h, vu) << 16);
}
VF_INLINE void vf_store_bf16(uint16_t *p, vf x) {
    typedef uint16_t vh __attribute__((vector_size(32)));
    const vu u = (vu)x, rounded = (u + 0x7fff + ((u >> 16) & 1)) >> 16;
    const vu is_nan = (vu)(x != x);
    const vh h = __builtin_convertvector((rounded & ~is_nan) | (((u >> 16) | 0x40) & is_nan), vh);
    memcpy(p, &h, sizeof h);
}

// Sum of the lanes: neighbours at distance 8, 4, 2, 1, the same tree everywhere.
VF_INLINE float vf_sum(vf x) {
    float s[LANES];
    memcpy(s, &x, sizeof s);
    for (int d = 8; d >= 1; d /= 2)
        for (int i = 0; i < d; i++) s[i] += s[i + d];
    return s[0];
}
VF_INLINE double vf_sum_double(vf x) {
    double sum = 0;
    for (int i = 0; i < LANES; i++) sum += x[i];
    return sum;
}

// 2^x, relative error 2.1e-7: round to the nearest integer n by adding 1.5·2^23, a polynomial of degree 5 for x - n
// on [-1/2, 1/2] (fitted for the relative error), n added to the exponent. Clamped to [-126, 127]; NaN stays NaN.
VF_INLINE vf vf_exp2(vf x) {
    const vf low = vf_set1(-126.f), high = vf_set1(127.f), magic = vf_set1(12582912.f);
    x = vf_select(low > x, low, x);
    x = vf_select(high < x, high, x);
    const vf shifted = x + magic, f = x - (shifted - magic);
    vf p = vf_set1(1.32764725e-3f);
    p = vf_fma(p, f, vf_set1(9.67554096e-3f));
    p = vf_fma(p, f, vf_set1(5.55071309e-2f));
    p = vf_fma(p, f, vf_set1(2.40221202e-1f));
    p = vf_fma(p, f, vf_set1(6.93146944e-1f));
    p = vf_fma(p, f, vf_set1(1.00000012f));
    return (vf)((vu)p + ((vu)shifted << 23));
}

#define LOG2_E 1.44269504f

VF_INLINE vf vf_silu(vf x) { return x / (1.f + vf_exp2(x * -LOG2_E)); }
VF_INLINE vf vf_quick_gelu(vf x) { return x / (1.f + vf_exp2(x * (-1.702f * LOG2_E))); }

// x Φ(x): Abramowitz & Stegun 7.1.26 for erf, absolute error of Φ 1.7e-7.
VF_INLINE vf vf_gelu(vf x) {
    const vf a = (vf)((vu)x & 0x7fffffff) * vf_set1(.70710678f);
    const vf t = 1.f / vf_fma(a, vf_set1(.3275911f), vf_set1(1.f));
    vf p = vf_set1(1.061405429f);
    p = vf_fma(p, t, vf_set1(-1.453152027f));
    p = vf_fma(p, t, vf_set1(1.421413741f));
    p = vf_fma(p, t, vf_set1(-.284496736f));
    p = vf_fma(p, t, vf_set1(.254829592f));
    const vf tail = p * t * vf_exp2(a * a * -LOG2_E) * .5f;  // Φ(-|x|)
    return x * vf_select(x < 0.f, tail, 1.f - tail);
}

VF_INLINE vf vf_activate(vf x, dk_activation activation) {
    switch (activation) {
    case DK_SILU: return vf_silu(x);
    case DK_GELU: return vf_gelu(x);
    case DK_QUICK_GELU: return vf_quick_gelu(x);
    case DK_RELU: return vf_select(x > 0.f, x, x * 0.f);
    case DK_LEAKY_RELU: return vf_select(x > 0.f, x, x * 0.2f);
    default: return x;
    }
}

// 32 weights of one k, of whatever type, to f32.
VF_INLINE void widen_32(float *y, const void *x, dk_type type) {
    if (type == DK_F16) {
        vf_store(y, vf_load_f16(x));
        vf_store(y + 16, vf_load_f16((const uint16_t *)x + 16));
    } else if (type == DK_BF16) {
        vf_store(y, vf_load_bf16(x));
        vf_store(y + 16, vf_load_bf16((const uint16_t *)x + 16));
    } else {
        vf_store(y, vf_load(x));
        vf_store(y + 16, vf_load((const float *)x + 16));
    }
}

// Four rounds of interleaving turn 16 rows of 16 into columns.
VF_INLINE void vf_transpose(vf r[16]) {
    vf t[16];
#define ZIP_LOW(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define ZIP_HIGH(a, b) __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
    UNROLL for (int round = 0; round < 4; round++) {
        UNROLL for (int i = 0; i < 8; i++) {
            t[2 * i] = ZIP_LOW(r[i], r[i + 8]);
            t[2 * i + 1] = ZIP_HIGH(r[i], r[i + 8]);
        }
        UNROLL for (int i = 0; i < 16; i++) r[i] = t[i];
    }
#undef ZIP_LOW
#undef ZIP_HIGH
}
