// Memory of tensors. Fresh pages are slow (about 1 GB/s on a virtual machine) and malloc returns every big block to
// the system, so freed blocks of 256 KiB and more are kept and handed out again.
//
// Sizes are rounded up to eighths of a power of two (at most 14 % too large), one list for each; a kept block serves
// requests down to half of its size. What exceeds the limit of kept bytes goes back to the system, the longest kept first:
// sizes that the last network used make room for this one's.
//
//   block: [ 0…15 · 128 bytes of colour ][ header 64 bytes ][ data … ]
//
// The colour changes from block to block. Without it all big tensors would start at the same distance from a page's
// start, and reading one while writing another would meet in the same cache sets.
#define _GNU_SOURCE
#include "pool.h"
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { SMALL = 1 << 18, HUGE_PAGE = 2 << 20, CLASSES = 64 * 8 };

// Before the data of a block in use.
typedef struct header {
    void *block;
    size_t bytes, class;   // of the block
} header;
enum { HEADER = 64, COLOURS = 16, COLOUR = 128, OVERHEAD = HEADER + COLOURS * COLOUR };
static size_t colour;

// Written into the kept block itself: its neighbours among blocks of its size, and by the time it was freed.
typedef struct block {
    struct block *next, *previous;
    struct block *newer, *older;
    size_t bytes, class;
} block;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static block *lists[CLASSES];
static block *newest, *oldest;
static dk_memory_use use;
static size_t kept_limit = (size_t)1 << 30;

// Class of a size, and that class's size in *rounded.
static size_t class_of(size_t bytes, size_t *rounded) {
    const int top = 63 - __builtin_clzll(bytes);
    const size_t step = (size_t)1 << (top - 3);
    *rounded = (bytes + step - 1) & ~(step - 1);
    const int high = 63 - __builtin_clzll(*rounded);
    return (size_t)high * 8 + ((*rounded >> (high - 3)) & 7);
}

// Both under the lock.
static void keep(block *b, size_t bytes, size_t class) {
    *b = (block){.next = lists[class], .older = newest, .bytes = bytes, .class = class};
    if (b->next) b->next->previous = b;
    lists[class] = b;
    if (newest) newest->newer = b;
    else oldest = b;
    newest = b;
    use.kept += bytes;
}

static void take(block *b) {
    if (b->previous) b->previous->next = b->next;
    else lists[b->class] = b->next;
    if (b->next) b->next->previous = b->previous;
    if (b->newer) b->newer->older = b->older;
    else newest = b->older;
    if (b->older) b->older->newer = b->newer;
    else oldest = b->newer;
    use.kept -= b->bytes;
}

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

static void count_live(size_t bytes) {
    use.live += bytes;
    if (use.live > use.peak) use.peak = use.live;
}

void *dk_allocate(size_t bytes) {
    if (bytes == 0) bytes = 1;
    if (bytes > (size_t)1 << 46) return NULL;
    if (bytes < SMALL) {
        void *memory = NULL;
        if (posix_memalign(&memory, 64, (bytes + 63) & ~(size_t)63) != 0) return NULL;
        pthread_mutex_lock(&lock);
        count_live(bytes);
        pthread_mutex_unlock(&lock);
        return memory;
    }
    header h;
    h.class = class_of(bytes + OVERHEAD, &h.bytes);
    pthread_mutex_lock(&lock);
    block *kept = NULL;
    for (size_t class = h.class; class <= h.class + 8 && class < CLASSES && !kept; class++) kept = lists[class];
    if (kept) {
        h = (header){.bytes = kept->bytes, .class = kept->class};
        take(kept);
    }
    const size_t shift = colour++ % COLOURS * COLOUR;
    pthread_mutex_unlock(&lock);
    h.block = kept;
    if (!h.block) h.block = dk_pages(h.bytes);
    if (!h.block) {
        dk_trim();
        h.block = dk_pages(h.bytes);
    }
    if (!h.block) return NULL;
    char *data = (char *)h.block + shift + HEADER;
    *(header *)(void *)(data - HEADER) = h;
    pthread_mutex_lock(&lock);
    count_live(bytes);
    pthread_mutex_unlock(&lock);
    return data;
}

// Frees kept blocks, the oldest first, until at most `limit` bytes are left.
static void shrink(size_t limit) {
    for (;;) {
        pthread_mutex_lock(&lock);
        block *b = use.kept > limit ? oldest : NULL;
        const size_t bytes = b ? b->bytes : 0;
        if (b) take(b);
        pthread_mutex_unlock(&lock);
        if (!b) return;
        dk_pages_free(b, bytes);
    }
}

void dk_free(void *memory, size_t bytes) {
    if (!memory) return;
    if (bytes == 0) bytes = 1;
    if (bytes < SMALL) {
        free(memory);
        pthread_mutex_lock(&lock);
        use.live -= bytes;
        pthread_mutex_unlock(&lock);
        return;
    }
    const header h = *(header *)(void *)((char *)memory - HEADER);
    pthread_mutex_lock(&lock);
    use.live -= bytes;
    const size_t limit = kept_limit;
    const bool keeps = h.bytes <= limit;
    if (keeps) keep(h.block, h.bytes, h.class);
    const bool exceeds = use.kept > limit;
    pthread_mutex_unlock(&lock);
    if (!keeps) dk_pages_free(h.block, h.bytes);
    if (exceeds) shrink(limit);
}

void dk_trim(void) {
    shrink(0);
    dk_scratch_trim();
}

void dk_set_kept_limit(size_t bytes) {
    pthread_mutex_lock(&lock);
    kept_limit = bytes;
    pthread_mutex_unlock(&lock);
    shrink(bytes);
}

dk_memory_use dk_memory(void) {
    pthread_mutex_lock(&lock);
    dk_memory_use now = use;
    pthread_mutex_unlock(&lock);
    now.scratch = dk_scratch_bytes();
    return now;
}

void dk_reset_peak(void) {
    pthread_mutex_lock(&lock);
    use.peak = use.live;
    pthread_mutex_unlock(&lock);
}
