// One pool of threads for the process: made at first use, spins briefly, then parks.
//
// A job is a function, a context and a number of units; threads take units from a counter. Which thread computes
// a unit never shows in a result, because units are cut by shape and own their outputs.
//
// Joining is optional: a worker that is late (a busy machine) finds the job closed and nobody waits for it. All of
// that is one word: generation << 32 | open << 31 | number of workers inside.
#define _GNU_SOURCE
#include "pool.h"
#include "shortage.h"
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

enum { MAX_THREADS = 256, SPINS = 2000 };
#define OPEN 0x80000000ull

static struct {
    pthread_mutex_t job_lock;            // one job at a time; also guards `created`
    _Atomic uint64_t state;
    dk_unit_fn fn;
    const void *context;
    size_t units;
    dk_stop stop;                        // asks nothing: this job can't be stopped
    _Atomic size_t next;
    _Atomic size_t limit;                // threads that take part; 0: not yet known
    size_t created;                      // workers that exist
    pthread_mutex_t park_lock;
    pthread_cond_t wake;
    _Atomic size_t parked;
    dk_worker workers[MAX_THREADS];      // [0] is the caller's
} pool = {.job_lock = PTHREAD_MUTEX_INITIALIZER, .park_lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

// The worker that this thread is at the moment; set while units run, so that calls from inside run inline.
static _Thread_local dk_worker *current;

// What the next jobs of this thread ask between units.
static _Thread_local dk_stop current_stop;

static inline void relax(void) {
#if defined(__x86_64__)
    _mm_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

// Denormals as zero, or results would depend on which thread's control word happens to be set.
static inline uint64_t enter_flush_mode(void) {
#if defined(__x86_64__)
    const unsigned old = _mm_getcsr();
    _mm_setcsr((old & ~0x6000u) | 0x8040u);  // round to nearest, FTZ, DAZ
    return old;
#elif defined(__aarch64__)
    uint64_t old;
    __asm__ volatile("mrs %0, fpcr" : "=r"(old));
    __asm__ volatile("msr fpcr, %0" ::"r"((old & ~(3ull << 22)) | 1ull << 24));
    return old;
#else
    return 0;
#endif
}

static inline void leave_flush_mode(uint64_t old) {
#if defined(__x86_64__)
    _mm_setcsr((unsigned)old);
#elif defined(__aarch64__)
    __asm__ volatile("msr fpcr, %0" ::"r"(old));
#else
    (void)old;
#endif
}

static void take_units(dk_worker *worker) {
    const dk_unit_fn fn = pool.fn;
    const void *context = pool.context;
    const size_t units = pool.units;
    const dk_stop stop = pool.stop;
    dk_worker *outer = current;
    current = worker;
    const uint64_t mode = enter_flush_mode();
    for (;;) {
        if (stop.asked && stop.asked(stop.context)) break;
        const size_t unit = atomic_fetch_add_explicit(&pool.next, 1, memory_order_relaxed);
        if (unit >= units) break;
        fn(context, unit, worker);
    }
    leave_flush_mode(mode);
    current = outer;
}

// Whether there is a job open that this worker hasn't seen; `index` counts from 1.
static bool wanted(uint64_t state, uint64_t seen, size_t index) {
    return (state & OPEN) && (state >> 32) != seen && index < atomic_load_explicit(&pool.limit, memory_order_relaxed);
}

static void *worker_main(void *argument) {
    dk_worker *me = argument;
    const size_t index = (size_t)(me - pool.workers);
    uint64_t seen = 0;
    for (;;) {
        uint64_t state = atomic_load_explicit(&pool.state, memory_order_acquire);
        for (int i = 0; i < SPINS && !wanted(state, seen, index); i++) {
            relax();
            state = atomic_load_explicit(&pool.state, memory_order_acquire);
        }
        if (!wanted(state, seen, index)) {
            pthread_mutex_lock(&pool.park_lock);
            atomic_fetch_add(&pool.parked, 1);
            while (!wanted(state = atomic_load(&pool.state), seen, index)) pthread_cond_wait(&pool.wake, &pool.park_lock);
            atomic_fetch_sub(&pool.parked, 1);
            pthread_mutex_unlock(&pool.park_lock);
        }
        while (wanted(state, seen, index)) {
            if (!atomic_compare_exchange_weak(&pool.state, &state, state + 1)) continue;
            seen = state >> 32;
            take_units(me);
            atomic_fetch_sub(&pool.state, 1);
            break;
        }
    }
    return NULL;
}

// Threads inherit affinity and scheduling of whoever makes them; at least the latter is put right here. Signals are
// left to the program's own threads.
static void create_workers(size_t count) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (pool.created < count) {
        pthread_t thread;
        if (pthread_create(&thread, &attributes, worker_main, &pool.workers[pool.created + 1]) != 0) break;
        pool.created++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
}

static void wait_until_empty(void) {
    for (int i = 0; (atomic_load_explicit(&pool.state, memory_order_acquire) & (OPEN - 1)) != 0; i++) {
        relax();
        // Its last unit is running or it lost its core: don't burn ours meanwhile.
        if (i > 20 * SPINS) nanosleep(&(struct timespec){0, 20000}, NULL);
    }
}

void dk_run(size_t units, dk_unit_fn fn, const void *context) {
    if (units == 0) return;
    if (current) {
        dk_worker *worker = current;
        for (size_t i = 0; i < units; i++) fn(context, i, worker);
        return;
    }
    pthread_mutex_lock(&pool.job_lock);
    size_t threads = dk_threads();
    if (threads > units) threads = units;
    if (pool.created + 1 < threads) create_workers(threads - 1);
    pool.fn = fn;
    pool.context = context;
    pool.units = units;
    pool.stop = current_stop;
    atomic_store_explicit(&pool.next, 0, memory_order_relaxed);
    if (threads > 1) {
        const uint64_t generation = ((atomic_load(&pool.state) >> 32) + 1) & 0xffffffff;
        atomic_store(&pool.state, (generation ? generation : 1) << 32 | OPEN);
        if (atomic_load(&pool.parked) > 0) {
            pthread_mutex_lock(&pool.park_lock);
            pthread_cond_broadcast(&pool.wake);
            pthread_mutex_unlock(&pool.park_lock);
        }
    }
    take_units(&pool.workers[0]);
    if (threads > 1) {
        atomic_fetch_and(&pool.state, ~OPEN);
        wait_until_empty();
    }
    pthread_mutex_unlock(&pool.job_lock);
}

dk_stop dk_stop_when(dk_stop stop) {
    const dk_stop before = current_stop;
    current_stop = stop;
    return before;
}

void dk_set_threads(size_t threads) {
    if (threads == 0) threads = dk_available_processors();
    if (threads > MAX_THREADS) threads = MAX_THREADS;
    pthread_mutex_lock(&pool.job_lock);
    atomic_store(&pool.limit, threads);
    pthread_mutex_unlock(&pool.job_lock);
}

size_t dk_threads(void) {
    size_t limit = atomic_load(&pool.limit);
    if (limit == 0) {
        size_t expected = 0;
        limit = dk_available_processors();
        if (limit > MAX_THREADS) limit = MAX_THREADS;
        if (!atomic_compare_exchange_strong(&pool.limit, &expected, limit)) limit = expected;
    }
    return limit;
}

// ---- how many processors there are for us ------------------------------------------------------------------------------

// First number of a file, or -1.
static long read_number(const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) return -1;
    long value = -1;
    if (fscanf(file, "%ld", &value) != 1) value = -1;
    fclose(file);
    return value;
}

// Quota of the cgroup in whole processors (rounded up), 0 when there is none.
static size_t cgroup_processors(void) {
    FILE *file = fopen("/sys/fs/cgroup/cpu.max", "r");
    if (!file) {
        const long quota = read_number("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"), period = read_number("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
        return quota > 0 && period > 0 ? (size_t)((quota + period - 1) / period) : 0;
    }
    char quota[32] = "";
    long period = 0;
    const int fields = fscanf(file, "%31s %ld", quota, &period);
    fclose(file);
    const long limit = atol(quota);
    return fields == 2 && limit > 0 && period > 0 ? (size_t)((limit + period - 1) / period) : 0;
}

size_t dk_available_processors(void) {
    size_t count = 0;
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        // Hardware threads of one core share its multipliers: count a core once, by its first allowed sibling.
        for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
            if (!CPU_ISSET(cpu, &set)) continue;
            char path[96];
            snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list", cpu);
            const long first = read_number(path);
            if (first < 0 || first >= cpu || !CPU_ISSET((int)first, &set)) count++;
        }
    }
    const size_t quota = cgroup_processors();
    if (quota > 0 && quota < count) count = quota;
#endif
    if (count == 0) {
        const long online = sysconf(_SC_NPROCESSORS_ONLN);
        count = online > 0 ? (size_t)online : 1;
    }
    return count;
}

// ---- scratch -----------------------------------------------------------------------------------------------------------

void *dk_scratch(dk_worker *worker, size_t bytes) {
    if (bytes > worker->bytes) {
        dk_pages_free(worker->memory, worker->bytes);
        worker->bytes = (bytes + (1 << 18) - 1) >> 18 << 18;
        worker->memory = dk_allocation_fails() ? NULL : dk_pages(worker->bytes);
        if (!worker->memory) dk_out_of_memory(bytes, "the working memory of a thread");
    }
    return worker->memory;
}

size_t dk_scratch_bytes(void) {
    size_t sum = 0;
    for (size_t i = 0; i < MAX_THREADS; i++) sum += pool.workers[i].bytes;
    return sum;
}

void dk_scratch_trim(void) {
    if (current) return;
    pthread_mutex_lock(&pool.job_lock);
    for (size_t i = 0; i < MAX_THREADS; i++) {
        dk_pages_free(pool.workers[i].memory, pool.workers[i].bytes);
        pool.workers[i] = (dk_worker){NULL, 0};
    }
    pthread_mutex_unlock(&pool.job_lock);
}
