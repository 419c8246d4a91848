#define _GNU_SOURCE
#include "include/CProcesses.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { CHANNEL = 3 };

int cp_spawn(const char *path, char *const *arguments, char *const *environment, int channel, int errors, pid_t *process) {
    // File actions are done in order, so what is still needed must not be overwritten: both ends are moved out of the way first.
    const int high_channel = fcntl(channel, F_DUPFD_CLOEXEC, 10);
    if (high_channel < 0) return errno;
    const int high_errors = fcntl(errors, F_DUPFD_CLOEXEC, 10);
    if (high_errors < 0) {
        const int status = errno;
        close(high_channel);
        return status;
    }
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, high_errors, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, high_errors, STDERR_FILENO);
    posix_spawn_file_actions_adddup2(&actions, high_channel, CHANNEL);
    posix_spawn_file_actions_addclosefrom_np(&actions, CHANNEL + 1);
    // A blocked or ignored signal of the parent's is no business of the child's.
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    const int status = posix_spawn(process, path, &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    close(high_channel);
    close(high_errors);
    return status;
}

int cp_die_with(pid_t parent) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return errno;
    // It may have died before that was asked for.
    return getppid() == parent ? 0 : ESRCH;
}

void cp_set_name(const char *name) { prctl(PR_SET_NAME, name); }
