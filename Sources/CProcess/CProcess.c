#define _GNU_SOURCE
#include "CProcess.h"
#include <malloc.h>
#include <sched.h>

static int count;
static char **arguments;

// Swift reads /proc/self/cmdline for them, which is not there in every container; the C library hands
// them to whatever runs before `main`.
__attribute__((constructor)) static void keep_arguments(int argc, char **argv) {
    count = argc;
    arguments = argv;
}

int process_argument_count(void) { return count; }

const char *process_argument(int index) { return arguments[index]; }

// Swift does not see what the C library offers beyond POSIX.
int process_affinity(unsigned char *mask, size_t bytes) {
    return sched_getaffinity(0, bytes, (cpu_set_t *)mask) == 0;
}

void process_release_free_memory(void) { malloc_trim(0); }
