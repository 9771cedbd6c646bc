// The frame of every fused elementwise kernel.
//
// The code generator defines PARAMETERS, ROW (where row `row` begins in each argument), SCALAR_BODY
// (element `column` of it), VECTOR_BODY (VECTOR_WIDTH elements from `column` on) and, for kernels that know early what
// they will need, PREFETCH_BODY (what the bodies read of the cache line of `column`). An output may
// be one of the inputs: every element is read before it is written, by the same work-item.

#ifdef WORKGROUP_FORM

// y[row, column] = f(x[row, column], …).
// One work-item per element of a range that is rounded up to whole workgroups.
__kernel void elementwise(PARAMETERS) {
    const size_t column = get_global_id(0), row = get_global_id(1);
    if (row < rows && column < columns) {
        ROW
        SCALAR_BODY
    }
}

#else

// The first of `count` positions that belongs to share `index` of `shares`.
static size_t first_of_share(const size_t count, const size_t index, const size_t shares) {
    const size_t share = (count - 1) / shares + 1;
    return min(count, index * share);
}

// y[row, column] = f(x[row, column], …).
// One work-item per pair of a share of the columns and a share of the rows.
SERIAL_KERNEL elementwise(PLACE PARAMETERS) {
    const size_t first = first_of_share(columns, GROUP(0), GROUPS(0));
    const size_t end = first_of_share(columns, GROUP(0) + 1, GROUPS(0));
    const size_t last_row = first_of_share(rows, GROUP(1) + 1, GROUPS(1));
    for (size_t row = first_of_share(rows, GROUP(1), GROUPS(1)); row < last_row; row++) {
        ROW
        size_t column = first;
        for (; column + VECTOR_WIDTH <= end; column += VECTOR_WIDTH) {
            VECTOR_BODY
        }
        SHORT_LOOP
        for (; column < end; column++) {
            SCALAR_BODY
        }
    }
}

#endif
