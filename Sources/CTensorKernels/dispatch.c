// Which instruction set computes: the best that this processor runs, or the one that DARKROOM_KERNELS names.
#include "CTensorKernels.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const dk_variant dk_scalar;
#if defined(__x86_64__)
extern const dk_variant dk_avx2, dk_avx512;
static const dk_variant *const variants[] = {&dk_avx512, &dk_avx2, &dk_scalar};
#elif defined(__aarch64__)
extern const dk_variant dk_neon;
static const dk_variant *const variants[] = {&dk_neon, &dk_scalar};
#else
static const dk_variant *const variants[] = {&dk_scalar};
#endif
enum { COUNT = sizeof variants / sizeof *variants };

static _Atomic(const dk_variant *) chosen;
static char problem[256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static const dk_variant *find(const char *name) {
    for (size_t i = 0; i < COUNT; i++)
        if (strcmp(variants[i]->name, name) == 0) return variants[i];
    return NULL;
}

static void choose(void) {
    const dk_variant *best = NULL;
    for (size_t i = 0; i < COUNT && !best; i++)
        if (variants[i]->supported()) best = variants[i];
    const char *wish = getenv("DARKROOM_KERNELS");
    if (wish && *wish) {
        const dk_variant *wanted = find(wish);
        if (wanted && wanted->supported()) {
            best = wanted;
        } else if (wanted) {
            snprintf(problem, sizeof problem, "DARKROOM_KERNELS=%s: this processor doesn't have these instructions", wish);
        } else {
            int length = snprintf(problem, sizeof problem, "DARKROOM_KERNELS=%.40s is unknown; this build has", wish);
            for (size_t i = 0; i < COUNT; i++)
                length += snprintf(problem + length, sizeof problem - (size_t)length, "%s %s", i ? "," : "", variants[i]->name);
        }
    }
    atomic_store(&chosen, best);
}

const dk_variant *dk_kernels(void) {
    const dk_variant *variant = atomic_load_explicit(&chosen, memory_order_acquire);
    if (variant) return variant;
    pthread_once(&once, choose);
    return atomic_load(&chosen);
}

const char *dk_variant_name(void) { return dk_kernels()->name; }

const char *dk_variant_problem(void) {
    dk_kernels();
    return problem[0] ? problem : NULL;
}

const char *dk_variant_at(size_t index) { return index < COUNT ? variants[index]->name : NULL; }

bool dk_variant_supported(const char *name) {
    const dk_variant *variant = find(name);
    return variant && variant->supported();
}

bool dk_select_variant(const char *name) {
    dk_kernels();
    const dk_variant *variant = find(name);
    if (!variant || !variant->supported()) return false;
    atomic_store(&chosen, variant);
    return true;
}

const char *dk_kernel_at(size_t index) {
    static const char *const names[] = {
#define NAME(kernel, parameters) #kernel,
        DK_KERNELS(NAME)
#undef NAME
    };
    return index < sizeof names / sizeof *names ? names[index] : NULL;
}
