// One element in, one element out. y may be any of the operands (not in the conversions that change width).
#pragma once

#define EACH_VECTOR(n, VECTOR, PART)                     \
    size_t i = 0;                                        \
    for (; i + LANES <= (n); i += LANES) { VECTOR; }     \
    if (i < (n)) { const size_t count = (n) - i; PART; }

static void activate(float *y, const float *x, size_t n, dk_activation activation) {
#define ACTIVATE(KIND) \
    EACH_VECTOR(n, vf_store(y + i, vf_activate(vf_load(x + i), KIND)), vf_store_part(y + i, vf_activate(vf_load_part(x + i, count), KIND), count))
    if (activation == DK_SILU) { ACTIVATE(DK_SILU) }
    else if (activation == DK_GELU) { ACTIVATE(DK_GELU) }
    else if (activation == DK_QUICK_GELU) { ACTIVATE(DK_QUICK_GELU) }
    else if (activation == DK_RELU) { ACTIVATE(DK_RELU) }
    else if (activation == DK_LEAKY_RELU) { ACTIVATE(DK_LEAKY_RELU) }
    else { ACTIVATE(DK_LINEAR) }
#undef ACTIVATE
}

static void geglu(float *y, const float *value, const float *gate, size_t n) {
    EACH_VECTOR(n, vf_store(y + i, vf_load(value + i) * vf_gelu(vf_load(gate + i))),
                vf_store_part(y + i, vf_load_part(value + i, count) * vf_gelu(vf_load_part(gate + i, count)), count))
}

static void scale(float *y, const float *x, float s, size_t n) {
    EACH_VECTOR(n, vf_store(y + i, vf_load(x + i) * s), vf_store_part(y + i, vf_load_part(x + i, count) * s, count))
}

static void add(float *y, const float *a, const float *b, size_t n) {
    EACH_VECTOR(n, vf_store(y + i, vf_load(a + i) + vf_load(b + i)), vf_store_part(y + i, vf_load_part(a + i, count) + vf_load_part(b + i, count), count))
}

static void multiply(float *y, const float *a, const float *b, size_t n) {
    EACH_VECTOR(n, vf_store(y + i, vf_load(a + i) * vf_load(b + i)), vf_store_part(y + i, vf_load_part(a + i, count) * vf_load_part(b + i, count), count))
}

static void lincomb(float *y, float a, const float *p, float b, const float *q, size_t n) {
    const vf va = vf_set1(a), vb = vf_set1(b);
    EACH_VECTOR(n, vf_store(y + i, vf_fma(vb, vf_load(q + i), va * vf_load(p + i))),
                vf_store_part(y + i, vf_fma(vb, vf_load_part(q + i, count), va * vf_load_part(p + i, count)), count))
}

// The last few 16-bit numbers go through a padded copy.
static void widen_f16(float *y, const uint16_t *x, size_t n) {
    uint16_t rest[LANES] = {0};
    EACH_VECTOR(n, vf_store(y + i, vf_load_f16(x + i)), memcpy(rest, x + i, count * 2); vf_store_part(y + i, vf_load_f16(rest), count))
}
static void widen_bf16(float *y, const uint16_t *x, size_t n) {
    uint16_t rest[LANES] = {0};
    EACH_VECTOR(n, vf_store(y + i, vf_load_bf16(x + i)), memcpy(rest, x + i, count * 2); vf_store_part(y + i, vf_load_bf16(rest), count))
}
static void narrow_f16(uint16_t *y, const float *x, size_t n) {
    uint16_t rest[LANES];
    EACH_VECTOR(n, vf_store_f16(y + i, vf_load(x + i)), vf_store_f16(rest, vf_load_part(x + i, count)); memcpy(y + i, rest, count * 2))
}
static void narrow_bf16(uint16_t *y, const float *x, size_t n) {
    uint16_t rest[LANES];
    EACH_VECTOR(n, vf_store_bf16(y + i, vf_load(x + i)), vf_store_bf16(rest, vf_load_part(x + i, count)); memcpy(y + i, rest, count * 2))
}
