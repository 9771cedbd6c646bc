#include "CFuzz.h"

#include <stdio.h>
#include <stdlib.h>

size_t __sanitizer_get_allocated_size(const volatile void *address);

static _Thread_local int is_watching;
static _Thread_local long long held, most, limit;

void allocations_begin(size_t bytes) {
    held = most = 0;
    limit = (long long)bytes;
    is_watching = 1;
}

size_t allocations_end(void) {
    is_watching = 0;
    return (size_t)most;
}

// AddressSanitizer calls these for whatever is allocated and freed anywhere in the process.

void __sanitizer_malloc_hook(const volatile void *address, size_t size) {
    if (!is_watching) return;
    held += (long long)size;
    if (held > most) most = held;
    if (held <= limit) return;
    is_watching = 0;
    fprintf(stderr, "holds %lld bytes and may hold %lld\n", held, limit);
    abort();
}

void __sanitizer_free_hook(const volatile void *address) {
    if (is_watching && address) held -= (long long)__sanitizer_get_allocated_size(address);
}
