#pragma once
#include <stddef.h>

/// The number of arguments of this process, its own name included.
int process_argument_count(void);

/// The argument at a place, as the system passed it to the program.
const char *process_argument(int index);

/// Sets bit n % 8 of byte n / 8 for each processor n that this thread may run on; 0 if that is not known.
int process_affinity(unsigned char *mask, size_t bytes);

/// Gives the system back what the process has freed.
void process_release_free_memory(void);
