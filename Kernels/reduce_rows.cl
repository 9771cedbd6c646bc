// Sums of rows, or with -DREDUCE_MAX their maxima, which are NaN if any element is NaN.
//
// The code generator defines PARAMETERS, ROW and SCALAR_BODY as for `elementwise`; the body finds the reduced row in
// `computed_value` and stores the results. It defines the same with the prefix INPUT_ for what is reduced, which these
// bodies leave in `input_value`: an element of a matrix, or what elementwise operations make of some. A long reduction
// takes two passes: the rows fall into chunks of `chunk` elements, whose results are the rows of the second.

#ifdef REDUCE_MAX
#define COMBINE_LANES max_lanes
#define COMBINE_GROUP max_group
#else
#define COMBINE_LANES sum_lanes
#define COMBINE_GROUP sum_group
#endif

#ifdef WORKGROUP_FORM

// y[r, k] = f(reduce_i x[r, i]) for k * chunk <= i < min(n, (k + 1) * chunk); chunk = n reduces the whole row.
// One work-group per chunk of a row.
__kernel __attribute__((reqd_work_group_size(WORKGROUP_SIZE, 1, 1))) void reduce_rows_workgroup(
    PARAMETERS, INPUT_PARAMETERS, const uint chunk) {
    __local float scratch[WORKGROUP_SIZE];
    const size_t place = get_group_id(0), chunks = (input_columns - 1) / chunk + 1;
    const size_t first = place % chunks * chunk, end = min((size_t)input_columns, first + chunk);
    float value = IDENTITY;
    {
        const size_t row = place / chunks;
        INPUT_ROW
        for (size_t column = first + get_local_id(0); column < end; column += WORKGROUP_SIZE) {
            INPUT_SCALAR_BODY
            value = COMBINE(value, input_value);
        }
    }
    const float computed_value = COMBINE_GROUP(value, scratch);
    if (get_local_id(0) == 0) {
        const size_t row = place / columns, column = place % columns;
        ROW
        SCALAR_BODY
    }
}

#else

// Accumulators that hide the latency of an addition.
#define CHAINS 4

// y[r, k] = f(reduce_i x[r, i]) for k * chunk <= i < min(n, (k + 1) * chunk); chunk = n reduces the whole row.
// One work-item per contiguous share of the chunks of all rows.
SERIAL_KERNEL reduce_rows(PLACE PARAMETERS, INPUT_PARAMETERS, const uint chunk) {
    const size_t count = (size_t)rows * columns, last = share_start(count, GROUP(0) + 1);
    const size_t chunks = (input_columns - 1) / chunk + 1;
    for (size_t place = share_start(count, GROUP(0)); place < last; place++) {
        const size_t first = place % chunks * chunk, end = min((size_t)input_columns, first + chunk);
        REALV chain[CHAINS];
#pragma unroll
        for (int i = 0; i < CHAINS; i++) chain[i] = IDENTITY;
        float tail = IDENTITY;
        {
            const size_t row = place / chunks;
            INPUT_ROW
            size_t start = first;
            for (; start + CHAINS * VECTOR_WIDTH <= end; start += CHAINS * VECTOR_WIDTH)
#pragma unroll
                for (int i = 0; i < CHAINS; i++) {
                    const size_t column = start + i * VECTOR_WIDTH;
                    INPUT_VECTOR_BODY
                    chain[i] = COMBINE(chain[i], input_value);
                }
            size_t column = start;
            for (; column + VECTOR_WIDTH <= end; column += VECTOR_WIDTH) {
                INPUT_VECTOR_BODY
                chain[0] = COMBINE(chain[0], input_value);
            }
            SHORT_LOOP
            for (; column < end; column++) {
                INPUT_SCALAR_BODY
                tail = COMBINE(tail, input_value);
            }
        }
        const REALV front = COMBINE(chain[0], chain[1]), back = COMBINE(chain[2], chain[3]);
        const float whole = COMBINE_LANES(COMBINE(front, back)), computed_value = COMBINE(whole, tail);
        const size_t row = place / columns, column = place % columns;
        ROW
        SCALAR_BODY
    }
}

#endif
