#include "COpenBLAS.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static dk_openblas table;
static bool is_there;
static char problem[256];

static bool find(void *library, const char *name, void *place) {
    void *symbol = dlsym(library, name);
    if (!symbol) {
        snprintf(problem, sizeof problem, "the OpenBLAS that is installed has no %s", name);
        return false;
    }
    *(void **)place = symbol;
    return true;
}

// One thread, so that sums keep their order; and one set of kernels on all processors of the last ten years, so that they have the same
// bits. The library reads both when it is loaded. Whoever sets them beforehand has their way; the key of a result says which it was.
static void prepare(void) {
    setenv("OPENBLAS_NUM_THREADS", "1", 0);
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) setenv("OPENBLAS_CORETYPE", "Haswell", 0);
    else setenv("OPENBLAS_CORETYPE", "Nehalem", 0);
#elif defined(__aarch64__)
    setenv("OPENBLAS_CORETYPE", "ARMV8", 0);
#endif
}

static void load(void) {
    prepare();
    // Never closed: its code stays in use to the end.
    void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        snprintf(problem, sizeof problem, "OpenBLAS can't be loaded: %s", dlerror());
        return;
    }
    void (*set_num_threads)(int);
    if (!find(library, "sgesdd_", &table.sgesdd) || !find(library, "sgeqrf_", &table.sgeqrf) || !find(library, "sorgqr_", &table.sorgqr)
        || !find(library, "dgesv_", &table.dgesv) || !find(library, "openblas_get_config", &table.get_config)
        || !find(library, "openblas_get_corename", &table.get_corename)
        || !find(library, "openblas_set_num_threads", &set_num_threads))
        return;
    set_num_threads(1);
    is_there = true;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

const dk_openblas *dk_openblas_open(void) {
    pthread_once(&once, load);
    return is_there ? &table : NULL;
}

const char *dk_openblas_problem(void) { return problem[0] ? problem : NULL; }
