// Memory of tensors. Fresh pages are slow (about 1 GB/s on a virtual machine) and malloc returns every big block to the
// system, so blocks of 256 KiB and more come from regions that are kept, cut and joined again: a network whose tensors grow
// and shrink by turns finds room for each in what the others left.
//
//   region: [ chunk | chunk | … ]       chunk: [ head 64 | 0…15 · 128 of colour | way back 64 | data … ]
//
// The smallest free chunk that fits serves a request; freed neighbours join. When free chunks hold more bytes than the limit,
// the pages of the one just freed go back to the system.
//
// The colour changes from block to block. Without it big tensors would start at the same distance from a page's start, and
// reading one while writing another would meet in the same cache sets (3-15 % of the convolutions' time).
#define _GNU_SOURCE
#include "pool.h"
#include "shortage.h"
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

enum { SMALL = 1 << 18, HUGE_PAGE = 2 << 20, REGION = 32 << 20 };
enum { HEAD = 64, COLOURS = 16, COLOUR = 128, OVERHEAD = 2 * HEAD + (COLOURS - 1) * COLOUR };

typedef struct chunk {
    size_t bytes;                    // with this head
    struct chunk *before, *after;    // neighbours in the region
    struct chunk *next, *previous;   // among free chunks
    bool free;
    bool purged;                     // free, and its pages were given back
} chunk;
_Static_assert(sizeof(chunk) <= HEAD, "a chunk's head fits its place");

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static chunk *free_chunks;
static dk_memory_use use;
static size_t kept_limit = (size_t)1 << 30, total_limit = SIZE_MAX;
static size_t colour;
static _Thread_local dk_allocation_count asked_for;

// ---- pages -------------------------------------------------------------------------------------------------------------

void *dk_pages(size_t bytes) {
    if (bytes == 0) return NULL;
    if (bytes < HUGE_PAGE) {
        void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        return memory == MAP_FAILED ? NULL : memory;
    }
    // Room to align, the ends go back at once.
    const size_t whole = bytes + HUGE_PAGE;
    if (whole < bytes) return NULL;
    char *memory = mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return NULL;
    char *aligned = (char *)(((uintptr_t)memory + HUGE_PAGE - 1) & ~(uintptr_t)(HUGE_PAGE - 1));
    const size_t pages = (bytes + 4095) & ~(size_t)4095;
    if (aligned > memory) munmap(memory, (size_t)(aligned - memory));
    if (aligned + pages < memory + whole) munmap(aligned + pages, (size_t)(memory + whole - aligned) - pages);
#ifdef MADV_HUGEPAGE
    madvise(aligned, pages, MADV_HUGEPAGE);
#endif
    return aligned;
}

void dk_pages_free(void *memory, size_t bytes) {
    if (memory) munmap(memory, bytes);
}

// ---- chunks; all under the lock ------------------------------------------------------------------------------------

static void link_free(chunk *c) {
    c->free = true;
    c->previous = NULL;
    c->next = free_chunks;
    if (free_chunks) free_chunks->previous = c;
    free_chunks = c;
    if (!c->purged) use.kept += c->bytes;
}

static void unlink_free(chunk *c) {
    c->free = false;
    if (c->previous) c->previous->next = c->next;
    else free_chunks = c->next;
    if (c->next) c->next->previous = c->previous;
    if (!c->purged) use.kept -= c->bytes;
}

// Cuts a chunk that isn't linked to `bytes`; the rest becomes a free chunk, unless it is too small to be of use.
static void cut(chunk *c, size_t bytes) {
    if (c->bytes < bytes + SMALL) return;
    chunk *rest = (chunk *)(void *)((char *)c + bytes);
    *rest = (chunk){.bytes = c->bytes - bytes, .before = c, .after = c->after, .purged = c->purged};
    if (rest->after) rest->after->before = rest;
    c->after = rest;
    c->bytes = bytes;
    link_free(rest);
}

// Takes `second` into `first`, its neighbour; neither is linked.
static void join(chunk *first, chunk *second) {
    first->bytes += second->bytes;
    first->after = second->after;
    if (first->after) first->after->before = first;
    first->purged = false;
}

// Gives the pages of a free chunk back: the region if it is all of it, else what lies between its ends.
static void give_back(chunk *c) {
    unlink_free(c);
    if (!c->before && !c->after) {
        dk_pages_free(c, c->bytes);
        return;
    }
    const uintptr_t start = ((uintptr_t)c + HEAD + 4095) & ~(uintptr_t)4095, end = ((uintptr_t)c + c->bytes) & ~(uintptr_t)4095;
    if (end > start) madvise((void *)start, end - start, MADV_DONTNEED);
    c->purged = true;
    link_free(c);
}

static void give_back_until(size_t limit) {
    chunk *next;
    for (chunk *c = free_chunks; c && use.kept > limit; c = next) {
        next = c->next;
        if (!c->purged || (!c->before && !c->after)) give_back(c);
    }
}

// What may be kept beside the live blocks.
static size_t keepable(void) {
    const size_t beside = total_limit > use.live ? total_limit - use.live : 0;
    return beside < kept_limit ? beside : kept_limit;
}

// ---- blocks ----------------------------------------------------------------------------------------------------------

static void count_live(size_t bytes) {
    use.live += bytes;
    if (use.live > use.peak) use.peak = use.live;
}

static void *allocate_large(size_t bytes) {
    const size_t wanted = (bytes + OVERHEAD + 63) & ~(size_t)63;
    pthread_mutex_lock(&lock);
    chunk *best = NULL;
    for (chunk *c = free_chunks; c; c = c->next)
        if (c->bytes >= wanted && (!best || c->bytes < best->bytes)) best = c;
    if (best) {
        unlink_free(best);
    } else {
        size_t region = wanted > REGION ? (wanted + HUGE_PAGE - 1) & ~(size_t)(HUGE_PAGE - 1) : REGION;
        best = dk_pages(region);
        if (!best) {
            give_back_until(0);
            best = dk_pages(region);
        }
        if (!best) {
            pthread_mutex_unlock(&lock);
            return NULL;
        }
        // Fresh pages count as given back: they aren't there before somebody writes.
        *best = (chunk){.bytes = region, .purged = true};
    }
    cut(best, wanted);
    best->purged = false;
    const size_t shift = colour++ % COLOURS * COLOUR;
    count_live(bytes);
    give_back_until(keepable());
    pthread_mutex_unlock(&lock);
    char *data = (char *)best + HEAD + shift + HEAD;
    *(chunk **)(void *)(data - HEAD) = best;
    return data;
}

void *dk_allocate(size_t bytes) {
    if (bytes == 0) bytes = 1;
    if (bytes > (size_t)1 << 46 || dk_allocation_fails()) return NULL;
    asked_for.blocks++;
    asked_for.bytes += bytes;
    if (bytes >= SMALL) return allocate_large(bytes);
    void *memory = NULL;
    if (posix_memalign(&memory, 64, (bytes + 63) & ~(size_t)63) != 0) return NULL;
    pthread_mutex_lock(&lock);
    count_live(bytes);
    pthread_mutex_unlock(&lock);
    return memory;
}

void dk_free(void *memory, size_t bytes) {
    if (!memory) return;
    if (bytes == 0) bytes = 1;
    if (bytes < SMALL) free(memory);
    pthread_mutex_lock(&lock);
    use.live -= bytes;
    if (bytes >= SMALL) {
        chunk *c = *(chunk **)(void *)((char *)memory - HEAD);
        if (c->after && c->after->free) {
            unlink_free(c->after);
            join(c, c->after);
        }
        if (c->before && c->before->free) {
            chunk *before = c->before;
            unlink_free(before);
            join(before, c);
            c = before;
        }
        link_free(c);
        if (use.kept > keepable()) give_back(c);
    }
    pthread_mutex_unlock(&lock);
}

void dk_trim(void) {
    pthread_mutex_lock(&lock);
    give_back_until(0);
    pthread_mutex_unlock(&lock);
    dk_scratch_trim();
}

void dk_trim_heap(void) {
#ifdef __GLIBC__
    // Each thread may fill an arena of its own; what is freed there serves nobody else.
    mallopt(M_ARENA_MAX, 2);
    malloc_trim(0);
#endif
}

size_t dk_set_kept_limit(size_t bytes) {
    pthread_mutex_lock(&lock);
    const size_t before = kept_limit;
    kept_limit = bytes;
    give_back_until(keepable());
    pthread_mutex_unlock(&lock);
    return before;
}

void dk_set_total_limit(size_t bytes) {
    pthread_mutex_lock(&lock);
    total_limit = bytes;
    give_back_until(keepable());
    pthread_mutex_unlock(&lock);
}

dk_memory_use dk_memory(void) {
    pthread_mutex_lock(&lock);
    dk_memory_use now = use;
    pthread_mutex_unlock(&lock);
    now.scratch = dk_scratch_bytes();
    return now;
}

dk_allocation_count dk_allocations(void) { return asked_for; }

void dk_reset_peak(void) {
    pthread_mutex_lock(&lock);
    use.peak = use.live;
    pthread_mutex_unlock(&lock);
}
