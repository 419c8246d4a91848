// Portable: the compiler makes what it can of 16-lane vectors. A processor without fused multiply-add goes through
// fmaf lane by lane, which is slow (about 2 GF/s) and gives the same bits.
#include "../vector_types.h"
#define ISA scalar
#define TILE_ROWS 4
#define TILE_VECTORS 1
static bool supported(void) { return true; }

// binary16 to f32, exact, without passing through an f32 denormal (those count as zero while kernels run).
VF_INLINE vf vf_load_f16(const uint16_t *p) {
    typedef uint16_t vh __attribute__((vector_size(32)));
    vh h;
    __builtin_memcpy(&h, p, sizeof h);
    const vu u = __builtin_convertvector(h, vu);
    const vu sign = (u & 0x8000) << 16, magnitude = u & 0x7fff;
    const vu normal = (magnitude << 13) + (112u << 23);
    const vu special = (magnitude << 13) | 0x7f800000;                             // infinity, NaN
    const vf tiny = (vf)((magnitude << 13) + (113u << 23)) - (vf)(vu)(vu_set1(113u << 23));
    const vu is_tiny = (vu)(magnitude < 0x400), is_special = (vu)(magnitude >= 0x7c00);
    const vu bits = ((vu)tiny & is_tiny) | (special & is_special) | (normal & ~is_tiny & ~is_special);
    return (vf)(bits | sign);
}

// f32 to binary16, to nearest even, as the conversion instructions do it.
VF_INLINE void vf_store_f16(uint16_t *p, vf x) {
    for (int i = 0; i < 16; i++) {
        uint32_t u;
        const float lane = x[i];
        __builtin_memcpy(&u, &lane, 4);
        const uint32_t sign = u >> 16 & 0x8000, magnitude = u & 0x7fffffff;
        uint32_t h;
        if (magnitude > 0x7f800000) h = 0x7e00 | (magnitude >> 13 & 0x1ff);        // NaN, made quiet
        else if (magnitude >= 0x477ff000) h = 0x7c00;                              // 65520 and above round to infinity
        else if (magnitude >= 0x38800000) h = (magnitude - 0x38000000 + 0xfff + (magnitude >> 13 & 1)) >> 13;
        else if (magnitude < 0x33000000) h = 0;                                    // below half of the smallest
        else {
            const uint32_t shift = 126 - (magnitude >> 23), fraction = (magnitude & 0x7fffff) | 0x800000;
            const uint32_t half = 1u << (shift - 1), rest = fraction & ((1u << shift) - 1);
            h = fraction >> shift;
            if (rest > half || (rest == half && (h & 1))) h++;
        }
        p[i] = (uint16_t)(sign | h);
    }
}
