// Kernels in stages as one launch: those of a stage do not depend on each other, and a stage begins when all of the
// stage before is done.
//
// The code generator puts the kernels before this text, as functions with names of their own, and defines PARAMETERS,
// the buffers of all calls; CALLS, which runs place `place` of call `call` with its `numbers`; CALL_COUNT; and
// WORKER_WORDS, the uints of a worker's counters. What a call does is data, so that sizes are no part of the text.
//
// One work-group per worker. In each stage each worker has a list of tasks, and when it is through with it takes what
// is left of the others': so all are busy to the end, however late a core wakes up. Between stages workers wait for
// tasks that others have begun, never for a group that has not: any number of groups gets everything done, whenever
// the driver runs them.
//
// A worker is told by the local memory that a driver gives it, which is the same in every launch where drivers keep it
// per thread: so a core finds what it wrote in an earlier launch in its own caches. Where they do not, nothing is lost
// but that.

// The place of a task within its call.
static uint4 place_in(const uint4 extents, const uint i) {
    return (uint4)(i % extents.s0, i / extents.s0 % extents.s1, i / extents.s0 / extents.s1, 0);
}

// What the workers share, in cache lines that they do not disturb each other in: how many groups are done, and how many
// tasks of each stage; then for each worker who it is, and how many tasks of its list of each stage have been taken.
#define GROUPS_DONE (shared)
#define DONE(stage) (shared + 1 + (stage))
#define IDENTITY_OF(worker) (shared + (1 + (worker)) * WORKER_WORDS)
#define TAKEN(worker, stage) (IDENTITY_OF(worker) + 1 + (stage))

// The number of the worker whose local memory this is; unknown ones take the next number that is free.
static uint worker_number(volatile __global uint *shared, const uint workers, __local float *pool) {
    const uint identity = (uint)((size_t)pool >> 6) | 1;
    for (uint i = 0; i < workers; i++) {
        const uint known = *IDENTITY_OF(i) ? *IDENTITY_OF(i) : atomic_cmpxchg(IDENTITY_OF(i), 0u, identity);
        if (known == 0 || known == identity) return i;
    }
    return get_group_id(0);
}

// `schedule` holds the numbers of workers and of stages, where the tasks begin, where the numbers of each call begin,
// for each stage the first task of each worker's list and the end of the last one, the numbers, and the tasks: a call
// and a place. `shared` is all zeros at first and belongs to the launches of one queue.
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void chain(
    PARAMETERS, __global const uint *schedule, volatile __global uint *shared, __local float *pool) {
    const uint workers = schedule[0], stages = schedule[1], self = worker_number(shared, workers, pool);
    __global const uint *tasks = schedule + schedule[2], *first_numbers = schedule + 3;
    __global const uint *starts = first_numbers + CALL_COUNT;
    for (uint stage = 0; stage < stages; stage++, starts += workers + 1) {
        const uint count = starts[workers] - starts[0];
        uint done = 0;
        for (uint i = 0; i < workers && *DONE(stage) < count; i++) {
            const uint owner = (self + i) % workers, end = starts[owner + 1] - starts[owner];
            for (uint next = atomic_inc(TAKEN(owner, stage)); next < end; next = atomic_inc(TAKEN(owner, stage))) {
                __global const uint *task = tasks + 2 * (starts[owner] + next);
                const uint call = task[0];
                __global const uint *numbers = schedule + first_numbers[call];
                const uint4 extents = (uint4)(numbers[0], numbers[1], numbers[2], 0);
                const uint4 place = place_in(extents, task[1]);
                CALLS
                done++;
            }
        }
        if (stage + 1 == stages) break;
        // The atomic operations are full fences on CPUs; the fences keep the compiler from moving anything past them.
        mem_fence(CLK_GLOBAL_MEM_FENCE);
        if (done > 0) atomic_add(DONE(stage), done);
        while (*DONE(stage) < count) {
        }
        mem_fence(CLK_GLOBAL_MEM_FENCE);
    }
    // The last one leaves everything as the next launch wants it.
    if (atomic_inc(GROUPS_DONE) == get_num_groups(0) - 1) {
        for (uint stage = 0; stage < stages; stage++) {
            for (uint i = 0; i < workers; i++) atomic_xchg(TAKEN(i, stage), 0u);
            atomic_xchg(DONE(stage), 0u);
        }
        atomic_xchg(GROUPS_DONE, 0u);
    }
}
