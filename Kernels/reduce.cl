// Sums, maxima and the place of the maximum. Each operation has a form for CPU devices, where one work-item owns whole
// rows or columns, and one for GPUs (`_workgroup`), where one work-group does. A maximum is NaN if any element is NaN.
// A long reduction takes two passes: `_chunks` or a `chunk` below n gives partial results, which are reduced again.

// Columns that a CPU work-item reduces at once: one accumulator for each of its eight vectors.
#define PANEL_COLUMNS (8 * VECTOR_WIDTH)

// Columns that a work-group reduces at once: 128 bytes of a row.
#define GROUP_COLUMNS 32

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

// y[c] = sum_r x[r, c] for at most PANEL_COLUMNS columns of rows that lie `stride` apart.
static void sum_panel(__global const float *x, __global float *y, const size_t rows, const size_t stride,
                      const size_t columns) {
    if (columns < PANEL_COLUMNS) {
        for (size_t c = 0; c < columns; c += VECTOR_WIDTH) {
            REALV sum = 0.0f;
            for (size_t r = 0; r < rows; r++) sum += load_partial(x + r * stride + c, columns - c, 0.0f);
            store_partial(sum, y + c, columns - c);
        }
        return;
    }
    REALV sum[8];
#pragma unroll
    for (int v = 0; v < 8; v++) sum[v] = 0.0f;
    for (size_t r = 0; r < rows; r++)
#pragma unroll
        for (int v = 0; v < 8; v++) sum[v] += LOADV(x + r * stride + v * VECTOR_WIDTH);
#pragma unroll
    for (int v = 0; v < 8; v++) STOREV(sum[v], y + v * VECTOR_WIDTH);
}

// y[c] = max_r x[r, c] for at most PANEL_COLUMNS columns of rows that lie `stride` apart.
static void max_panel(__global const float *x, __global float *y, const size_t rows, const size_t stride,
                      const size_t columns) {
    if (columns < PANEL_COLUMNS) {
        for (size_t c = 0; c < columns; c += VECTOR_WIDTH) {
            REALV maximum = -INFINITY;
            for (size_t r = 0; r < rows; r++) {
                const REALV value = load_partial(x + r * stride + c, columns - c, -INFINITY);
                maximum = MAXIMUM(maximum, value);
            }
            store_partial(maximum, y + c, columns - c);
        }
        return;
    }
    REALV maximum[8];
#pragma unroll
    for (int v = 0; v < 8; v++) maximum[v] = -INFINITY;
    for (size_t r = 0; r < rows; r++)
#pragma unroll
        for (int v = 0; v < 8; v++) {
            const REALV value = LOADV(x + r * stride + v * VECTOR_WIDTH);
            maximum[v] = MAXIMUM(maximum[v], value);
        }
#pragma unroll
    for (int v = 0; v < 8; v++) STOREV(maximum[v], y + v * VECTOR_WIDTH);
}

// y[o, k, c] = sum_i x[o, i, c] for k * chunk <= i < min(n, (k + 1) * chunk); chunk = n reduces the whole axis. Rows of
// `inner` columns lie `stride` apart.
// One work-item per contiguous share of the panels of PANEL_COLUMNS columns of all (o, k).
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void sum_columns(
    __global const float *restrict x, const uint x_offset, __global float *restrict y, const uint y_offset,
    const uint outer, const uint n, const uint inner, const uint stride,
    const uint chunk) {
    const size_t chunks = (n - 1) / chunk + 1, panels = (inner - 1) / PANEL_COLUMNS + 1;
    const size_t count = outer * chunks * panels, end = share_start(count, get_global_id(0) + 1);
    for (size_t i = share_start(count, get_global_id(0)); i < end; i++) {
        const size_t slab = i / panels, column = i % panels * PANEL_COLUMNS, first = slab % chunks * chunk;
        sum_panel(x + x_offset + (slab / chunks * n + first) * stride + column, y + y_offset + slab * inner + column,
                  min((size_t)chunk, n - first), stride, min((size_t)PANEL_COLUMNS, inner - column));
    }
}

// y[o, k, c] = sum_i x[o, i, c] for k * chunk <= i < min(n, (k + 1) * chunk); chunk = n reduces the whole axis. Rows of
// `inner` columns lie `stride` apart.
// One work-group per (o, k) and GROUP_COLUMNS columns, its work-items side by side on columns and interleaved on rows.
__kernel __attribute__((reqd_work_group_size(WORKGROUP_SIZE, 1, 1))) void sum_columns_workgroup(
    __global const float *restrict x, const uint x_offset, __global float *restrict y, const uint y_offset,
    const uint outer, const uint n, const uint inner, const uint stride,
    const uint chunk) {
    __local float scratch[WORKGROUP_SIZE];
    const size_t item = get_local_id(0);
    const size_t chunks = (n - 1) / chunk + 1, panels = (inner - 1) / GROUP_COLUMNS + 1;
    const size_t slab = get_group_id(0) / panels, first = slab % chunks * chunk;
    const size_t column = get_group_id(0) % panels * GROUP_COLUMNS + item % GROUP_COLUMNS;
    const size_t rows = column < inner ? min((size_t)chunk, n - first) : 0;
    __global const float *panel = x + x_offset + (slab / chunks * n + first) * stride + column;
    float sum = 0.0f;
    for (size_t r = item / GROUP_COLUMNS; r < rows; r += WORKGROUP_SIZE / GROUP_COLUMNS) sum += panel[r * stride];
    scratch[item] = sum;
    for (size_t reach = WORKGROUP_SIZE / 2; reach >= GROUP_COLUMNS; reach /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (item < reach) scratch[item] += scratch[item + reach];
    }
    if (item < GROUP_COLUMNS && column < inner) y[y_offset + slab * inner + column] = scratch[item];
}

// y[o, k, c] = max_i x[o, i, c] for k * chunk <= i < min(n, (k + 1) * chunk); chunk = n reduces the whole axis. Rows of
// `inner` columns lie `stride` apart.
// One work-item per contiguous share of the panels of PANEL_COLUMNS columns of all (o, k).
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void max_columns(
    __global const float *restrict x, const uint x_offset, __global float *restrict y, const uint y_offset,
    const uint outer, const uint n, const uint inner, const uint stride,
    const uint chunk) {
    const size_t chunks = (n - 1) / chunk + 1, panels = (inner - 1) / PANEL_COLUMNS + 1;
    const size_t count = outer * chunks * panels, end = share_start(count, get_global_id(0) + 1);
    for (size_t i = share_start(count, get_global_id(0)); i < end; i++) {
        const size_t slab = i / panels, column = i % panels * PANEL_COLUMNS, first = slab % chunks * chunk;
        max_panel(x + x_offset + (slab / chunks * n + first) * stride + column, y + y_offset + slab * inner + column,
                  min((size_t)chunk, n - first), stride, min((size_t)PANEL_COLUMNS, inner - column));
    }
}

// y[o, k, c] = max_i x[o, i, c] for k * chunk <= i < min(n, (k + 1) * chunk); chunk = n reduces the whole axis. Rows of
// `inner` columns lie `stride` apart.
// One work-group per (o, k) and GROUP_COLUMNS columns, its work-items side by side on columns and interleaved on rows.
__kernel __attribute__((reqd_work_group_size(WORKGROUP_SIZE, 1, 1))) void max_columns_workgroup(
    __global const float *restrict x, const uint x_offset, __global float *restrict y, const uint y_offset,
    const uint outer, const uint n, const uint inner, const uint stride,
    const uint chunk) {
    __local float scratch[WORKGROUP_SIZE];
    const size_t item = get_local_id(0);
    const size_t chunks = (n - 1) / chunk + 1, panels = (inner - 1) / GROUP_COLUMNS + 1;
    const size_t slab = get_group_id(0) / panels, first = slab % chunks * chunk;
    const size_t column = get_group_id(0) % panels * GROUP_COLUMNS + item % GROUP_COLUMNS;
    const size_t rows = column < inner ? min((size_t)chunk, n - first) : 0;
    __global const float *panel = x + x_offset + (slab / chunks * n + first) * stride + column;
    float maximum = -INFINITY;
    for (size_t r = item / GROUP_COLUMNS; r < rows; r += WORKGROUP_SIZE / GROUP_COLUMNS)
        maximum = MAXIMUM(maximum, panel[r * stride]);
    scratch[item] = maximum;
    for (size_t reach = WORKGROUP_SIZE / 2; reach >= GROUP_COLUMNS; reach /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (item < reach) scratch[item] = MAXIMUM(scratch[item], scratch[item + reach]);
    }
    if (item < GROUP_COLUMNS && column < inner) y[y_offset + slab * inner + column] = scratch[item];
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
