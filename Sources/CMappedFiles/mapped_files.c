#define _GNU_SOURCE
#include "include/CMappedFiles.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

enum { MAPPINGS = 1024, PATH_ROOM = 512 };

// The handler reads this without a lock: `start` is written last and cleared first.
static struct {
    _Atomic(uintptr_t) start;
    size_t bytes;
    int status;
    char path[PATH_ROOM];
} mappings[MAPPINGS];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct sigaction earlier;

static void say(const char *text) {
    // Nothing can be done about a message that can't be written.
    if (write(STDERR_FILENO, text, strlen(text)) < 0) return;
}

// Only calls that are allowed in a signal handler.
static void on_bus_error(int signal, siginfo_t *information, void *context) {
    const uintptr_t address = (uintptr_t)information->si_addr;
    for (int i = 0; i < MAPPINGS; i++) {
        const uintptr_t start = atomic_load_explicit(&mappings[i].start, memory_order_acquire);
        if (start == 0 || address < start || address - start >= mappings[i].bytes) continue;
        if (isatty(STDERR_FILENO)) say("\n");
        say("error: ");
        say(mappings[i].path);
        say(" was cut short, or can't be read any more, while it was in use\n"
            "    hint: put the whole file back and run again; what was finished before is kept\n");
        _exit(mappings[i].status);
    }
    // Somebody else's error: it happens again, without us.
    (void)context;
    sigaction(signal, &earlier, NULL);
    raise(signal);
}

static void install(void) {
    struct sigaction action = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO};
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, &earlier);
}

void dk_watch_mapping(const void *start, size_t bytes, const char *path, int status) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install);
    pthread_mutex_lock(&lock);
    for (int i = 0; i < MAPPINGS; i++) {
        if (atomic_load_explicit(&mappings[i].start, memory_order_relaxed) != 0) continue;
        mappings[i].bytes = bytes;
        mappings[i].status = status;
        strncpy(mappings[i].path, path, PATH_ROOM - 1);
        atomic_store_explicit(&mappings[i].start, (uintptr_t)start, memory_order_release);
        break;
    }
    pthread_mutex_unlock(&lock);
}

void dk_forget_mapping(const void *start) {
    pthread_mutex_lock(&lock);
    for (int i = 0; i < MAPPINGS; i++) {
        if (atomic_load_explicit(&mappings[i].start, memory_order_relaxed) != (uintptr_t)start) continue;
        atomic_store_explicit(&mappings[i].start, 0, memory_order_release);
        break;
    }
    pthread_mutex_unlock(&lock);
}
