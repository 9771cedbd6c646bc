// Sums of the columns of matrices, or with -DREDUCE_MAX their maxima, which are NaN if any element is NaN.
//
// The code generator defines PARAMETERS, ROW, VECTOR_BODY and SCALAR_BODY as for `elementwise`; the bodies find the
// reduced columns in `computed_value` and store the results. A long reduction takes two passes: the rows fall into
// chunks of `chunk`, and the results of the chunks are the rows of the second pass.

#ifdef WORKGROUP_FORM

// Columns that a work-group reduces at once: 128 bytes of a row.
#define GROUP_COLUMNS 32

// y[o, k, c] = f(reduce_i x[o, i, c]) for k * chunk <= i < min(n, (k + 1) * chunk); chunk = n reduces the whole axis.
// Rows of x lie `stride` apart; o is two axes, the inner one of `inner_extent` places.
// One work-group per (o, k) and GROUP_COLUMNS columns, its work-items side by side on columns and interleaved on rows.
__kernel __attribute__((reqd_work_group_size(WORKGROUP_SIZE, 1, 1))) void reduce_columns_workgroup(
    PARAMETERS, __global const float *x, const uint x_offset, const uint n, const uint stride,
    const uint outer_stride, const uint inner_stride, const uint inner_extent, const uint chunk) {
    __local float scratch[WORKGROUP_SIZE];
    const size_t item = get_local_id(0);
    const size_t chunks = (n - 1) / chunk + 1, panels = (columns - 1) / GROUP_COLUMNS + 1;
    const size_t row = get_group_id(0) / panels, first = row % chunks * chunk;
    const size_t column = get_group_id(0) % panels * GROUP_COLUMNS + item % GROUP_COLUMNS;
    const size_t length = column < columns ? min((size_t)chunk, n - first) : 0;
    const size_t outer = row / chunks;
    __global const float *panel = x + x_offset + outer / inner_extent * outer_stride +
                                  outer % inner_extent * inner_stride + first * stride + column;
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

// y[o, k, c] = f(reduce_i x[o, i, c]) for k * chunk <= i < min(n, (k + 1) * chunk); chunk = n reduces the whole axis.
// Rows of x lie `stride` apart; o is two axes, the inner one of `inner_extent` places.
// One work-item per contiguous share of the panels of PANEL_COLUMNS columns of all (o, k).
SERIAL_KERNEL reduce_columns(
    PLACE PARAMETERS, __global const float *x, const uint x_offset, const uint n, const uint stride,
    const uint outer_stride, const uint inner_stride, const uint inner_extent, const uint chunk) {
    const size_t chunks = (n - 1) / chunk + 1, panels = (columns - 1) / PANEL_COLUMNS + 1;
    const size_t count = rows * panels, end_panel = share_start(count, GROUP(0) + 1);
    for (size_t panel = share_start(count, GROUP(0)); panel < end_panel; panel++) {
        const size_t row = panel / panels, first = row % chunks * chunk;
        const size_t first_column = panel % panels * PANEL_COLUMNS;
        const size_t end = min((size_t)columns, first_column + PANEL_COLUMNS);
        float reduced[PANEL_COLUMNS];
        const size_t outer = row / chunks;
        __global const float *start =
            x + x_offset + outer / inner_extent * outer_stride + outer % inner_extent * inner_stride;
        reduce_panel(start + first * stride + first_column, min((size_t)chunk, n - first), stride, end - first_column,
                     reduced);
        ROW
        size_t column = first_column;
        for (; column + VECTOR_WIDTH <= end; column += VECTOR_WIDTH) {
            const REALV computed_value = LOADV(reduced + (column - first_column));
            VECTOR_BODY
        }
        SHORT_LOOP
        for (; column < end; column++) {
            const float computed_value = reduced[column - first_column];
            SCALAR_BODY
        }
    }
}

#endif
