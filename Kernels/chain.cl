// Kernels in stages as one launch: those of a stage do not depend on each other, and a stage begins when all of the
// stage before is done.
//
// The code generator puts the kernels before this text, as functions with names of their own, and defines PARAMETERS,
// the memories that calls read and write; MEMORIES, a list of these; CALLS, which runs place `place` of a call with its
// `numbers`: which function, and its arguments. What is called, on what and how often, is data, so that the number of
// calls, their sizes and stages are no part of the text.
//
// One work-group per worker. In each stage each worker has a list of tasks, and when it is through with it steals what
// is left of the others': so all are busy to the end, however late a core wakes up, and one running group could finish
// every stage. The barrier between stages waits only for tasks that running groups have taken, whenever the driver
// starts the others. It assumes that a group, once started, keeps running.
//
// We identify a thread by the address of its local memory, which PoCL allocates once per thread: so a core finds what
// it wrote in an earlier launch in its own caches. On drivers that reuse local memory differently only this locality is
// lost.

// The place of a task within its call.
static uint4 place_in(const uint4 extents, const uint i) {
    return (uint4)(i % extents.s0, i / extents.s0 % extents.s1, i / extents.s0 / extents.s1, 0);
}

// The uints between two workers' own: whole cache lines, and pairs of them, which processors fetch together.
#define LINE_WORDS 32

// What the workers share. In the first line, how many groups are done; in a line for each worker, who it is. Then the
// counters of stages, in lines that workers do not disturb each other in: how many tasks of each stage are done, and
// for each worker how many of its list of each stage have been taken. `row` is the length of such a list in uints.
#define GROUPS_DONE (shared)
#define IDENTITY_OF(worker) (shared + (1 + (worker)) * LINE_WORDS)
#define DONE(stage) (counters + (stage))
#define TAKEN(worker, stage) (counters + (1 + (worker)) * row + (stage))

// The number of the worker whose local memory this is; unknown ones take the next number that is free.
static uint worker_number(volatile __global uint *shared, const uint workers, __local float *pool) {
    const uint identity = (uint)((size_t)pool >> 6) | 1;
    for (uint i = 0; i < workers; i++) {
        const uint known = *IDENTITY_OF(i) ? *IDENTITY_OF(i) : atomic_cmpxchg(IDENTITY_OF(i), 0u, identity);
        if (known == 0 || known == identity) return i;
    }
    return get_group_id(0);
}

// `schedule` holds the numbers of workers and of stages, where the tasks begin, where the counters of stages begin in
// `shared`, the number of calls, where the numbers of each call begin, for each stage the first task of each worker's
// list and the end of the last one, the numbers, and the tasks: a call and a place. `shared` is all zeros at first and
// belongs to the launches of one queue.
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void chain(
    PARAMETERS, __global const uint *schedule, volatile __global uint *shared, __local float *pool) {
    const uint workers = schedule[0], stages = schedule[1], self = worker_number(shared, workers, pool);
    const uint row = (stages + LINE_WORDS) / LINE_WORDS * LINE_WORDS;
    volatile __global uint *counters = shared + schedule[3];
    __global const uint *tasks = schedule + schedule[2], *first_numbers = schedule + 5;
    __global const uint *starts = first_numbers + schedule[4];
    __global void *const memories[] = {MEMORIES};
    for (uint stage = 0; stage < stages; stage++, starts += workers + 1) {
        const uint count = starts[workers] - starts[0];
        uint done = 0;
        for (uint i = 0; i < workers && *DONE(stage) < count; i++) {
            const uint owner = (self + i) % workers, end = starts[owner + 1] - starts[owner];
            for (uint next = atomic_inc(TAKEN(owner, stage)); next < end; next = atomic_inc(TAKEN(owner, stage))) {
                __global const uint *task = tasks + 2 * (starts[owner] + next);
                __global const uint *numbers = schedule + first_numbers[task[0]];
                const uint4 extents = (uint4)(numbers[0], numbers[1], numbers[2], 0);
                const uint4 place = place_in(extents, task[1]);
                switch (numbers[3]) { CALLS }
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
