// Mapped files that other programs cut short.
#pragma once
#include <stddef.h>

// Reading a page that a file no longer has raises SIGBUS. Between these calls, such a read in a mapping ends the process with a
// message that names the file, and with `status`, instead of a crash. Of the first 1024 mappings at a time; more are not watched.
void dk_watch_mapping(const void *start, size_t bytes, const char *path, int status);
void dk_forget_mapping(const void *start);
