#if 1
// Products and sums are fused where the source says so, and nowhere else: bits are equal across variants.
#pragma STDC FP_CONTRACT OFF
#include "isa/scalar.h"
#include "variant.h"
#endif
