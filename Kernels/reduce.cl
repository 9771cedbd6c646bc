// Sums, maxima and the place of the maximum of rows. Each operation has a form for CPU devices, where one work-item owns
// whole rows, and one for GPUs (`_workgroup`), where one work-group does. A maximum is NaN if any element is NaN.
// A long reduction takes two passes: `_chunks` gives partial results, which are reduced again.

// sum_i x[i]. Four accumulators hide the latency of the addition.
static float sum_run(__global const float *x, const size_t n) {
    REALV a = 0.0f, b = a, c = a, d = a;
    size_t i = 0;
    for (; i + 4 * VECTOR_WIDTH <= n; i += 4 * VECTOR_WIDTH) {
        a += LOADV(x + i);
        b += LOADV(x + i + VECTOR_WIDTH);
        c += LOADV(x + i + 2 * VECTOR_WIDTH);
        d += LOADV(x + i + 3 * VECTOR_WIDTH);
    }
    for (; i < n; i += VECTOR_WIDTH) a += load_partial(x + i, n - i, 0.0f);
    return sum_lanes((a + b) + (c + d));
}

// sum_i x[i] over the work-group.
static float sum_run_group(__global const float *x, const size_t n, __local float *scratch) {
    float sum = 0.0f;
    for (size_t i = get_local_id(0); i < n; i += WORKGROUP_SIZE) sum += x[i];
    return sum_group(sum, scratch);
}

// y[r] = sum_i x[r, i].
// One work-item per contiguous share of the rows.
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void sum_rows(
    __global const float *restrict x, const uint x_offset, __global float *restrict y, const uint y_offset,
    const uint rows, const uint n) {
    const size_t end = share_start(rows, get_global_id(0) + 1);
    for (size_t row = share_start(rows, get_global_id(0)); row < end; row++)
        y[y_offset + row] = sum_run(x + x_offset + row * n, n);
}

// y[r] = sum_i x[r, i].
// One work-group per row.
__kernel __attribute__((reqd_work_group_size(WORKGROUP_SIZE, 1, 1))) void sum_rows_workgroup(
    __global const float *restrict x, const uint x_offset, __global float *restrict y, const uint y_offset,
    const uint rows, const uint n) {
    __local float scratch[WORKGROUP_SIZE];
    const size_t row = get_group_id(0);
    const float sum = sum_run_group(x + x_offset + row * n, n, scratch);
    if (get_local_id(0) == 0) y[y_offset + row] = sum;
}

// y[r] = max_i x[r, i].
// One work-item per contiguous share of the rows.
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void max_rows(
    __global const float *restrict x, const uint x_offset, __global float *restrict y, const uint y_offset,
    const uint rows, const uint n) {
    const size_t end = share_start(rows, get_global_id(0) + 1);
    for (size_t row = share_start(rows, get_global_id(0)); row < end; row++)
        y[y_offset + row] = max_run(x + x_offset + row * n, n);
}

// y[r] = max_i x[r, i].
// One work-group per row.
__kernel __attribute__((reqd_work_group_size(WORKGROUP_SIZE, 1, 1))) void max_rows_workgroup(
    __global const float *restrict x, const uint x_offset, __global float *restrict y, const uint y_offset,
    const uint rows, const uint n) {
    __local float scratch[WORKGROUP_SIZE];
    const size_t row = get_group_id(0);
    const float maximum = max_run_group(x + x_offset + row * n, n, scratch);
    if (get_local_id(0) == 0) y[y_offset + row] = maximum;
}

// y[r, c] = sum_i x[r, i] for c * chunk <= i < min(n, (c + 1) * chunk).
// One work-item per contiguous share of the chunks of all rows.
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void sum_chunks(
    __global const float *restrict x, const uint x_offset, __global float *restrict y, const uint y_offset,
    const uint rows, const uint n, const uint chunk) {
    const size_t chunks = (n - 1) / chunk + 1;
    const size_t end = share_start(rows * chunks, get_global_id(0) + 1);
    for (size_t i = share_start(rows * chunks, get_global_id(0)); i < end; i++) {
        const size_t first = i % chunks * chunk;
        y[y_offset + i] = sum_run(x + x_offset + i / chunks * n + first, min((size_t)chunk, n - first));
    }
}

// y[r, c] = sum_i x[r, i] for c * chunk <= i < min(n, (c + 1) * chunk).
// One work-group per chunk of a row.
__kernel __attribute__((reqd_work_group_size(WORKGROUP_SIZE, 1, 1))) void sum_chunks_workgroup(
    __global const float *restrict x, const uint x_offset, __global float *restrict y, const uint y_offset,
    const uint rows, const uint n, const uint chunk) {
    __local float scratch[WORKGROUP_SIZE];
    const size_t chunks = (n - 1) / chunk + 1;
    const size_t i = get_group_id(0), first = i % chunks * chunk;
    const float sum = sum_run_group(x + x_offset + i / chunks * n + first, min((size_t)chunk, n - first), scratch);
    if (get_local_id(0) == 0) y[y_offset + i] = sum;
}

// y[r, c] = max_i x[r, i] for c * chunk <= i < min(n, (c + 1) * chunk).
// One work-item per contiguous share of the chunks of all rows.
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void max_chunks(
    __global const float *restrict x, const uint x_offset, __global float *restrict y, const uint y_offset,
    const uint rows, const uint n, const uint chunk) {
    const size_t chunks = (n - 1) / chunk + 1;
    const size_t end = share_start(rows * chunks, get_global_id(0) + 1);
    for (size_t i = share_start(rows * chunks, get_global_id(0)); i < end; i++) {
        const size_t first = i % chunks * chunk;
        y[y_offset + i] = max_run(x + x_offset + i / chunks * n + first, min((size_t)chunk, n - first));
    }
}

// y[r, c] = max_i x[r, i] for c * chunk <= i < min(n, (c + 1) * chunk).
// One work-group per chunk of a row.
__kernel __attribute__((reqd_work_group_size(WORKGROUP_SIZE, 1, 1))) void max_chunks_workgroup(
    __global const float *restrict x, const uint x_offset, __global float *restrict y, const uint y_offset,
    const uint rows, const uint n, const uint chunk) {
    __local float scratch[WORKGROUP_SIZE];
    const size_t chunks = (n - 1) / chunk + 1;
    const size_t i = get_group_id(0), first = i % chunks * chunk;
    const float maximum = max_run_group(x + x_offset + i / chunks * n + first, min((size_t)chunk, n - first), scratch);
    if (get_local_id(0) == 0) y[y_offset + i] = maximum;
}

// y[r] = the first i with x[r, i] = max_j x[r, j]; the first NaN where there is one.
// One work-item per contiguous share of the rows.
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void argmax_rows(
    __global const float *restrict x, const uint x_offset, __global int *restrict y, const uint y_offset,
    const uint rows, const uint n) {
    const size_t end = share_start(rows, get_global_id(0) + 1);
    for (size_t row = share_start(rows, get_global_id(0)); row < end; row++) {
        __global const float *source = x + x_offset + row * n;
        const float maximum = max_run(source, n);
        size_t i = 0;
        for (; i + VECTOR_WIDTH <= n; i += VECTOR_WIDTH) {
            const REALV value = LOADV(source + i);
            if (ANY((value == maximum) | (value != value))) break;
        }
        while (source[i] != maximum && source[i] == source[i]) i++;
        y[y_offset + row] = (int)i;
    }
}

// Whether (value, place) comes before (other, other_place): larger, NaN being largest, then earlier.
static int precedes(const float value, const int place, const float other, const int other_place) {
    if (value != value) return other == other || place < other_place;
    return value > other || (value == other && place < other_place);
}

// y[r] = the first i with x[r, i] = max_j x[r, j]; the first NaN where there is one.
// One work-group per row.
__kernel __attribute__((reqd_work_group_size(WORKGROUP_SIZE, 1, 1))) void argmax_rows_workgroup(
    __global const float *restrict x, const uint x_offset, __global int *restrict y, const uint y_offset,
    const uint rows, const uint n) {
    __local float values[WORKGROUP_SIZE];
    __local int places[WORKGROUP_SIZE];
    const size_t item = get_local_id(0), row = get_group_id(0);
    float best = -INFINITY;
    int place = (int)item;
    for (size_t i = item; i < n; i += WORKGROUP_SIZE) {
        const float value = x[x_offset + row * n + i];
        if (precedes(value, (int)i, best, place)) {
            best = value;
            place = (int)i;
        }
    }
    values[item] = best;
    places[item] = place;
    for (size_t stride = WORKGROUP_SIZE / 2; stride > 0; stride /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (item < stride && precedes(values[item + stride], places[item + stride], values[item], places[item])) {
            values[item] = values[item + stride];
            places[item] = places[item + stride];
        }
    }
    if (item == 0) y[y_offset + row] = places[0];
}
