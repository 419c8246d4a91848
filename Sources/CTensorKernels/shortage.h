// What memory.c and pool.c ask before they allocate.
#pragma once
#include "CTensorKernels.h"

/// Whether this is the allocation that a test wants to fail.
bool dk_allocation_fails(void);
