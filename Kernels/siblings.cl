// Several kernels that do not depend on each other as one launch, whose tasks are the groups of all of them.
//
// The code generator puts the kernels before this text, as functions with names of their own, and defines PARAMETERS
// and CALLS: for each kernel a range of tasks, the extents and the first of it, and the call of the function with its
// place in the range. Where kernels differ in nothing but arguments, one call serves them all.
//
// One work-group per worker. Each worker has a list of tasks, and when it is through with it takes what is left of the
// others': so all are busy to the end, however late a core wakes up. A worker is told by the local memory that a driver
// gives it, which is the same in every launch where drivers keep it per thread: so a core finds what it wrote in an
// earlier launch in its own caches. Where they do not, nothing is lost but that.

// Whether a task belongs to a range.
static int is_in(const uint4 range, const uint number) {
    return number - range.s3 < range.s0 * range.s1 * range.s2;
}

// The place of a task within its range.
static uint4 place_in(const uint4 range, const uint number) {
    const uint i = number - range.s3;
    return (uint4)(i % range.s0, i / range.s0 % range.s1, i / range.s0 / range.s1, 0);
}

// What the workers share, a cache line each so that they do not disturb each other. Line 0 counts those that are done;
// the line of a worker holds how many tasks of its list have been taken, and who the worker is.
#define SHARED_LINE 16
#define TAKEN(worker) (shared + (1 + (worker)) * SHARED_LINE)
#define IDENTITY_OF(worker) (TAKEN(worker) + 1)

// The number of the worker whose local memory this is; unknown ones take the next number that is free.
static uint worker_number(volatile __global uint *shared, const uint workers, __local float *pool) {
    const uint identity = (uint)((size_t)pool >> 6) | 1;
    for (uint i = 0; i < workers; i++) {
        const uint known = *IDENTITY_OF(i) ? *IDENTITY_OF(i) : atomic_cmpxchg(IDENTITY_OF(i), 0u, identity);
        if (known == 0 || known == identity) return i;
    }
    return get_group_id(0);
}

// `schedule` holds the number of workers, where each one's list begins and the last one ends, and the lists.
// `shared` is all zeros at first and belongs to the launches of one queue.
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void siblings(
    PARAMETERS, __global const uint *schedule, volatile __global uint *shared, __local float *pool) {
    const uint workers = schedule[0], self = worker_number(shared, workers, pool);
    __global const uint *starts = schedule + 1, *tasks = starts + workers + 1;
    for (uint i = 0; i < workers; i++) {
        const uint owner = (self + i) % workers, count = starts[owner + 1] - starts[owner];
        for (uint place = atomic_inc(TAKEN(owner)); place < count; place = atomic_inc(TAKEN(owner))) {
            const uint number = tasks[starts[owner] + place];
            CALLS
        }
    }
    // The last one leaves everything as the next launch wants it.
    if (atomic_inc(shared) == get_num_groups(0) - 1) {
        for (uint i = 0; i < workers; i++) atomic_xchg(TAKEN(i), 0u);
        atomic_xchg(shared, 0u);
    }
}
