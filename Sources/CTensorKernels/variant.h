// All bodies for one instruction set, then its table. Included once by each variant_*.c, after its isa/*.h.
#include "vector.h"
#include "body/tiles.h"
#include "body/epilogue.h"
#include "body/linear.h"
#include "body/product.h"
#include "body/conv_direct.h"
#include "body/winograd.h"
#include "body/attention.h"
#include "body/norm.h"
#include "body/elementwise.h"
#ifdef ISA_REGION
#pragma clang attribute pop
#endif

#define VARIANT_JOIN_(a, b) a##b
#define VARIANT_JOIN(a, b) VARIANT_JOIN_(a, b)
#define VARIANT_TEXT_(a) #a
#define VARIANT_TEXT(a) VARIANT_TEXT_(a)
#define VARIANT_ENTRY(kernel, parameters) .kernel = kernel,
extern const dk_variant VARIANT_JOIN(dk_, ISA);
const dk_variant VARIANT_JOIN(dk_, ISA) = {.name = VARIANT_TEXT(ISA), .supported = supported, DK_KERNELS(VARIANT_ENTRY)};
