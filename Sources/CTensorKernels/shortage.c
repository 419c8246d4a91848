// The one way out when memory can't be had, and the fault that tests ask for.
//
// There is no other algorithm for less memory: it would give other bits. And there is no way back from the middle of a
// kernel: its caller's picture would be half written. So the process ends, with a sentence and a status of its own.
#include "shortage.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Atomic(dk_shortage_handler) handler;
static _Atomic long countdown;  // allocations until the one that fails; 0 and below: none
static pthread_once_t once = PTHREAD_ONCE_INIT;

void dk_set_shortage_handler(dk_shortage_handler wanted) { atomic_store(&handler, wanted); }

void dk_out_of_memory(size_t bytes, const char *purpose) {
    const dk_shortage_handler wanted = atomic_load(&handler);
    if (wanted) wanted(bytes, purpose);
    char text[512];
    // A progress line may stand there without its end.
    const int length = snprintf(
        text, sizeof text,
        "%serror: out of memory: no %zu bytes (%zu MiB) for %.80s\n"
        "    hint: choose a smaller size or batch, end other programs, or set --memory to what this machine can spare\n",
        isatty(STDERR_FILENO) ? "\n" : "", bytes, bytes >> 20, purpose);
    // Nothing can be done about a message that can't be written.
    if (length > 0 && write(STDERR_FILENO, text, strlen(text)) < 0) _exit(DK_SHORTAGE_STATUS);
    _exit(DK_SHORTAGE_STATUS);
}

void *dk_demand(size_t bytes, const char *purpose) {
    void *memory = dk_allocate(bytes);
    if (!memory) dk_out_of_memory(bytes, purpose);
    return memory;
}

// ---- for tests ---------------------------------------------------------------------------------------------------------

void dk_fail_allocation(size_t number) { atomic_store(&countdown, (long)number); }

static void read_environment(void) {
    const char *wish = getenv("DARKROOM_FAIL_ALLOCATION");
    if (wish && *wish) atomic_store(&countdown, atol(wish));
}

bool dk_allocation_fails(void) {
    pthread_once(&once, read_environment);
    if (atomic_load_explicit(&countdown, memory_order_relaxed) <= 0) return false;
    return atomic_fetch_sub(&countdown, 1) == 1;
}
