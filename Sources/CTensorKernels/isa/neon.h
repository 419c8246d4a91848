// 4 lanes, always there on aarch64: a 16-lane vector is four registers. 6 rows x 16 columns = 24 accumulators +
// 4 weights + 1-2 broadcasts of 32 registers. Compiles; hasn't been run on such a processor yet.
#include "../vector_types.h"
#include <arm_neon.h>
#define ISA neon
#define TILE_ROWS 6
#define TILE_VECTORS 1
static bool supported(void) { return true; }

VF_INLINE vf vf_load_f16(const uint16_t *p) {
    union { float32x4_t part[4]; vf whole; } u;
    for (int i = 0; i < 4; i++) u.part[i] = vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p + 4 * i)));
    return u.whole;
}

VF_INLINE void vf_store_f16(uint16_t *p, vf x) {
    union { vf whole; float32x4_t part[4]; } u = {x};
    for (int i = 0; i < 4; i++) vst1_u16(p + 4 * i, vreinterpret_u16_f16(vcvt_f16_f32(u.part[i])));
}
