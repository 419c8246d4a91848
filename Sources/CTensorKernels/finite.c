// Looks for numbers that are none: NaN and infinities, in any type that tensors are stored in.
#include "CTensorKernels.h"

enum { BLOCK = 4096 };

// A number isn't finite when all bits of its exponent are set. A block is looked at as a whole, which the compiler does in vectors;
// only one that has such a number is looked at again.
#define SCAN(NAME, TYPE, MASK)                                             \
    static size_t NAME(const TYPE *x, size_t n) {                          \
        for (size_t start = 0; start < n; start += BLOCK) {                \
            const size_t end = n - start < BLOCK ? n : start + BLOCK;      \
            TYPE found = 0;                                                \
            for (size_t i = start; i < end; i++)                           \
                found |= (TYPE)((x[i] & (MASK)) == (MASK));                \
            if (!found) continue;                                          \
            for (size_t i = start; i < end; i++)                           \
                if ((x[i] & (MASK)) == (MASK)) return i;                   \
        }                                                                  \
        return n;                                                          \
    }

// Tensors in mapped files need not be aligned.
typedef uint64_t __attribute__((aligned(1))) loose64;
typedef uint32_t __attribute__((aligned(1))) loose32;
typedef uint16_t __attribute__((aligned(1))) loose16;

SCAN(scan64, loose64, 0x7FF0000000000000u)
SCAN(scan32, loose32, 0x7F800000u)
SCAN(scan_half, loose16, 0x7C00u)
SCAN(scan_brain, loose16, 0x7F80u)
SCAN(scan_e4m3, uint8_t, 0x7Fu)
SCAN(scan_e5m2, uint8_t, 0x7Cu)

size_t dk_first_not_finite(const void *x, dk_stored stored, size_t n) {
    switch (stored) {
        case DK_STORED_F64: return scan64(x, n);
        case DK_STORED_F32: return scan32(x, n);
        case DK_STORED_F16: return scan_half(x, n);
        case DK_STORED_BF16: return scan_brain(x, n);
        case DK_STORED_E4M3: return scan_e4m3(x, n);
        case DK_STORED_E5M2: return scan_e5m2(x, n);
    }
    return n;
}
