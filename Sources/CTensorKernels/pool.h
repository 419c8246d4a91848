// What pool.c and memory.c share.
#pragma once
#include "CTensorKernels.h"

struct dk_worker {
    void *memory;
    size_t bytes;
};

/// Anonymous memory, huge pages asked for where the size is worth it; NULL when there is none.
void *dk_pages(size_t bytes);
void dk_pages_free(void *memory, size_t bytes);
size_t dk_scratch_bytes(void);
void dk_scratch_trim(void);
