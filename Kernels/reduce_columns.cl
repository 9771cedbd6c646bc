// Sums of the columns of matrices, or with -DREDUCE_MAX their maxima, which are NaN if any element is NaN.
//
// The code generator defines PARAMETERS, ROW, VECTOR_BODY and SCALAR_BODY as for `elementwise`; the bodies find the
// reduced columns in `computed_value` and store the results. A long reduction takes two passes: the rows fall into
// chunks of `chunk`, and the results of the chunks are the rows of the second pass.

#ifdef REDUCE_MAX
#define IDENTITY -INFINITY
#define COMBINE(a, b) MAXIMUM(a, b)
#else
#define IDENTITY 0.0f
#define COMBINE(a, b) ((a) + (b))
#endif

#ifdef WORKGROUP_FORM

// Columns that a work-group reduces at once: 128 bytes of a row.
#define GROUP_COLUMNS 32

// y[o, k, c] = f(reduce_i x[o, i, c]) for k * chunk <= i < min(n, (k + 1) * chunk); chunk = n reduces the whole axis.
// Rows of x lie `stride` apart.
// One work-group per (o, k) and GROUP_COLUMNS columns, its work-items side by side on columns and interleaved on rows.
__kernel __attribute__((reqd_work_group_size(WORKGROUP_SIZE, 1, 1))) void reduce_columns_workgroup(
    PARAMETERS, __global const float *x, const uint x_offset, const uint n, const uint stride, const uint chunk) {
    __local float scratch[WORKGROUP_SIZE];
    const size_t item = get_local_id(0);
    const size_t chunks = (n - 1) / chunk + 1, panels = (columns - 1) / GROUP_COLUMNS + 1;
    const size_t row = get_group_id(0) / panels, first = row % chunks * chunk;
    const size_t column = get_group_id(0) % panels * GROUP_COLUMNS + item % GROUP_COLUMNS;
    const size_t length = column < columns ? min((size_t)chunk, n - first) : 0;
    __global const float *panel = x + x_offset + (row / chunks * n + first) * stride + column;
    float sum = IDENTITY;
    for (size_t i = item / GROUP_COLUMNS; i < length; i += WORKGROUP_SIZE / GROUP_COLUMNS)
        sum = COMBINE(sum, panel[i * stride]);
    scratch[item] = sum;
    for (size_t reach = WORKGROUP_SIZE / 2; reach >= GROUP_COLUMNS; reach /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (item < reach) scratch[item] = COMBINE(scratch[item], scratch[item + reach]);
    }
    if (item < GROUP_COLUMNS && column < columns) {
        const float computed_value = scratch[item];
        ROW
        SCALAR_BODY
    }
}

#else

// Columns that a work-item reduces at once: one accumulator for each of its eight vectors.
#define PANEL_VECTORS 8
#define PANEL_COLUMNS (PANEL_VECTORS * VECTOR_WIDTH)

// Reduces at most PANEL_COLUMNS columns of rows that lie `stride` apart.
static void reduce_panel(__global const float *x, const size_t rows, const size_t stride, const size_t columns,
                         float *reduced) {
    if (columns < PANEL_COLUMNS) {
        for (size_t c = 0; c < columns; c += VECTOR_WIDTH) {
            REALV sum = IDENTITY;
            for (size_t r = 0; r < rows; r++) {
                const REALV value = load_partial(x + r * stride + c, columns - c, IDENTITY);
                sum = COMBINE(sum, value);
            }
            STOREV(sum, reduced + c);
        }
        return;
    }
    REALV sum[PANEL_VECTORS];
#pragma unroll
    for (int v = 0; v < PANEL_VECTORS; v++) sum[v] = IDENTITY;
    for (size_t r = 0; r < rows; r++)
#pragma unroll
        for (int v = 0; v < PANEL_VECTORS; v++) {
            const REALV value = LOADV(x + r * stride + v * VECTOR_WIDTH);
            sum[v] = COMBINE(sum[v], value);
        }
#pragma unroll
    for (int v = 0; v < PANEL_VECTORS; v++) STOREV(sum[v], reduced + v * VECTOR_WIDTH);
}

// y[o, k, c] = f(reduce_i x[o, i, c]) for k * chunk <= i < min(n, (k + 1) * chunk); chunk = n reduces the whole axis.
// Rows of x lie `stride` apart.
// One work-item per contiguous share of the panels of PANEL_COLUMNS columns of all (o, k).
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void reduce_columns(
    PARAMETERS, __global const float *x, const uint x_offset, const uint n, const uint stride, const uint chunk) {
    const size_t chunks = (n - 1) / chunk + 1, panels = (columns - 1) / PANEL_COLUMNS + 1;
    const size_t count = rows * panels, end_panel = share_start(count, get_global_id(0) + 1);
    for (size_t panel = share_start(count, get_global_id(0)); panel < end_panel; panel++) {
        const size_t row = panel / panels, first = row % chunks * chunk;
        const size_t first_column = panel % panels * PANEL_COLUMNS;
        const size_t end = min((size_t)columns, first_column + PANEL_COLUMNS);
        float reduced[PANEL_COLUMNS];
        reduce_panel(x + x_offset + (row / chunks * n + first) * stride + first_column, min((size_t)chunk, n - first),
                     stride, end - first_column, reduced);
        ROW
        size_t column = first_column;
        for (; column + VECTOR_WIDTH <= end; column += VECTOR_WIDTH) {
            const REALV computed_value = LOADV(reduced + (column - first_column));
            VECTOR_BODY
        }
        for (; column < end; column++) {
            const float computed_value = reduced[column - first_column];
            SCALAR_BODY
        }
    }
}

#endif
