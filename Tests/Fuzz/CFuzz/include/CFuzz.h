#pragma once

#include <stddef.h>
#include <stdint.h>

/// libFuzzer's main loop.
int LLVMFuzzerRunDriver(
    int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));

/// From now on, this thread may hold so many bytes more than it does now; one byte more ends the process.
void allocations_begin(size_t limit);

/// Ends the watch that `allocations_begin` began, and returns the most that was held at a time.
size_t allocations_end(void);
