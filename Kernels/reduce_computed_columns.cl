// Sums of the columns of what elementwise operations make of some matrices, or with -DREDUCE_MAX their maxima, which are
// NaN if any element is NaN.
//
// The code generator defines PARAMETERS, ROW, VECTOR_BODY and SCALAR_BODY as for `elementwise`; the bodies find the
// reduced columns in `computed_value` and store the results. It defines the same with the prefix INPUT_ for what is
// reduced, which these bodies leave in `input_value`. A long reduction takes two passes: the rows fall into chunks of
// `chunk`, and `reduce_columns` reduces the results of the chunks.

#ifdef WORKGROUP_FORM

// Columns that a work-group reduces at once: 128 bytes of a row.
#define GROUP_COLUMNS 32

// y[k, c] = f(reduce_i x[i, c]) for k * chunk <= i < min(n, (k + 1) * chunk); chunk = n reduces all rows.
// One work-group per k and GROUP_COLUMNS columns, its work-items side by side on columns and interleaved on rows.
__kernel __attribute__((reqd_work_group_size(WORKGROUP_SIZE, 1, 1))) void reduce_computed_columns_workgroup(
    PARAMETERS, INPUT_PARAMETERS, const uint chunk) {
    __local float scratch[WORKGROUP_SIZE];
    const size_t item = get_local_id(0), panels = (columns - 1) / GROUP_COLUMNS + 1;
    const size_t place = get_group_id(0) / panels, first = place * chunk;
    const size_t column = get_group_id(0) % panels * GROUP_COLUMNS + item % GROUP_COLUMNS;
    const size_t end = column < columns ? min((size_t)input_rows, first + chunk) : first;
    float sum = IDENTITY;
    for (size_t row = first + item / GROUP_COLUMNS; row < end; row += WORKGROUP_SIZE / GROUP_COLUMNS) {
        INPUT_ROW
        INPUT_SCALAR_BODY
        sum = COMBINE(sum, input_value);
    }
    scratch[item] = sum;
    for (size_t reach = WORKGROUP_SIZE / 2; reach >= GROUP_COLUMNS; reach /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (item < reach) scratch[item] = COMBINE(scratch[item], scratch[item + reach]);
    }
    if (item < GROUP_COLUMNS && column < columns) {
        const float computed_value = scratch[item];
        const size_t row = place;
        ROW
        SCALAR_BODY
    }
}

#else

// Rows that are added up before the next columns of the same cache lines have their turn.
#define BLOCK_ROWS 64
// Accumulators that hide the latency of an addition.
#define CHAINS 4

// Reduces rows [first, end_row) of a vector or, with TYPE float, of an element at `column`.
#define REDUCE_BLOCK(TYPE, BODY, result)                                                                             \
    {                                                                                                                \
        TYPE chain[CHAINS];                                                                                          \
        _Pragma("unroll") for (int i = 0; i < CHAINS; i++) chain[i] = IDENTITY;                                      \
        size_t r = first;                                                                                            \
        for (; r + CHAINS <= end_row; r += CHAINS) _Pragma("unroll") for (int i = 0; i < CHAINS; i++) {              \
                const size_t row = r + i;                                                                            \
                INPUT_ROW                                                                                            \
                BODY                                                                                                 \
                chain[i] = COMBINE(chain[i], input_value);                                                           \
            }                                                                                                        \
        SHORT_LOOP                                                                                                   \
        for (; r < end_row; r++) {                                                                                   \
            const size_t row = r;                                                                                    \
            INPUT_ROW                                                                                                \
            BODY                                                                                                     \
            chain[0] = COMBINE(chain[0], input_value);                                                               \
        }                                                                                                            \
        result = COMBINE(COMBINE(chain[0], chain[1]), COMBINE(chain[2], chain[3]));                                  \
    }

// y[k, c] = f(reduce_i x[i, c]) for k * chunk <= i < min(n, (k + 1) * chunk); chunk = n reduces all rows.
// One work-item per contiguous share of the panels of PANEL_COLUMNS columns of all k.
SERIAL_KERNEL reduce_computed_columns(PLACE PARAMETERS, INPUT_PARAMETERS, const uint chunk) {
    const size_t panels = (columns - 1) / PANEL_COLUMNS + 1, count = rows * panels;
    const size_t end_panel = share_start(count, GROUP(0) + 1);
    for (size_t panel = share_start(count, GROUP(0)); panel < end_panel; panel++) {
        const size_t first_column = panel % panels * PANEL_COLUMNS, place = panel / panels;
        const size_t end = min((size_t)columns, first_column + PANEL_COLUMNS);
        const size_t begin = place * chunk, end_chunk = min((size_t)input_rows, begin + chunk);
        float reduced[PANEL_COLUMNS];
        SHORT_LOOP
        for (size_t i = 0; i < PANEL_COLUMNS; i++) reduced[i] = IDENTITY;
        for (size_t first = begin; first < end_chunk; first += BLOCK_ROWS) {
            const size_t end_row = min(first + BLOCK_ROWS, end_chunk);
            size_t column = first_column;
            for (; column + VECTOR_WIDTH <= end; column += VECTOR_WIDTH) {
                REALV sum;
                REDUCE_BLOCK(REALV, INPUT_VECTOR_BODY, sum)
                float *so_far = reduced + (column - first_column);
                STOREV(COMBINE(LOADV(so_far), sum), so_far);
            }
            SHORT_LOOP
            for (; column < end; column++) {
                float sum;
                REDUCE_BLOCK(float, INPUT_SCALAR_BODY, sum)
                reduced[column - first_column] = COMBINE(reduced[column - first_column], sum);
            }
        }
        const size_t row = place;
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
