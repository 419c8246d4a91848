#pragma once
#include <sys/types.h>

// What Swift can't call by itself of processes: variadic calls, and file actions of the GNU library.

// Starts `path` with `arguments` (ended by NULL) and `environment` (ended by NULL).
//
// The new process has /dev/null as standard input, `errors` as standard output and standard error, `channel` as descriptor 3, and no
// other descriptor. Returns 0 and the process in `*process`, or the system's error number.
int cp_spawn(const char *path, char *const *arguments, char *const *environment, int channel, int errors, pid_t *process);

// Has the system kill this process when the thread that started it ends. Returns 0 if `parent` is alive and is the parent.
int cp_die_with(pid_t parent);

// Sets this process's name as the system's lists show it: at most 15 bytes.
void cp_set_name(const char *name);
