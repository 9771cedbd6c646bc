// Sums of a panel of columns, or with -DREDUCE_MAX their maxima, which are NaN if any element is NaN; by one work-item.

#ifdef REDUCE_MAX
#define IDENTITY -INFINITY
#define COMBINE(a, b) MAXIMUM(a, b)
#else
#define IDENTITY 0.0f
#define COMBINE(a, b) ((a) + (b))
#endif

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
