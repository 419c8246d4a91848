// 16 lanes of 32 bits, on every instruction set: one, two or four registers. Clang's vector extension does the
// splitting, so one body serves all; an instruction set supplies its half-float conversions and its tile.
#pragma once
#include "CTensorKernels.h"
#include "jobs.h"
#include <math.h>
#include <string.h>

#define VF_INLINE static inline __attribute__((always_inline))
#define NOINLINE static __attribute__((noinline))
#define UNROLL _Pragma("clang loop unroll(full)")
// 64-byte vectors are passed between always-inlined functions only: no ABI is at stake.
#pragma clang diagnostic ignored "-Wpsabi"
#pragma clang diagnostic ignored "-Wunused-function"

enum { LANES = 16 };
typedef float vf __attribute__((vector_size(64)));
typedef int32_t vi __attribute__((vector_size(64)));
typedef uint32_t vu __attribute__((vector_size(64)));
typedef float vf_unaligned __attribute__((vector_size(64), aligned(4), may_alias));

#define vu_set1(s) ((vu){0} + (uint32_t)(s))
