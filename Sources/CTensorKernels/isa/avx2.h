// 8 lanes: a 16-lane vector is two registers. 6 rows x 16 columns = 12 accumulators + 2 weights + 1 broadcast.
#include "../vector_types.h"
#include <immintrin.h>
#define ISA avx2
#define TILE_ROWS 6
#define TILE_VECTORS 1
static bool supported(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
}
#define ISA_REGION
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,bmi,bmi2"))), apply_to = function)

VF_INLINE vf vf_load_f16(const uint16_t *p) {
    union { __m256 half[2]; vf whole; } u;
    u.half[0] = _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)p));
    u.half[1] = _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)(p + 8)));
    return u.whole;
}

VF_INLINE void vf_store_f16(uint16_t *p, vf x) {
    union { vf whole; __m256 half[2]; } u = {x};
    _mm_storeu_si128((__m128i *)(void *)p, _mm256_cvtps_ph(u.half[0], _MM_FROUND_TO_NEAREST_INT));
    _mm_storeu_si128((__m128i *)(void *)(p + 8), _mm256_cvtps_ph(u.half[1], _MM_FROUND_TO_NEAREST_INT));
}
