#if defined(__x86_64__)
// Products and sums are fused where the source says so, and nowhere else: bits are equal across variants.
#pragma STDC FP_CONTRACT OFF
#include "isa/avx2.h"
#include "variant.h"
#endif
