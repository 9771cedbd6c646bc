// Sums of a panel of columns, or with -DREDUCE_MAX their maxima, which are NaN if any element is NaN; by one work-item.

#ifdef REDUCE_MAX
#define IDENTITY -INFINITY
#define COMBINE(a, b) MAXIMUM(a, b)
#else
#define IDENTITY 0.0f
#define COMBINE(a, b) ((a) + (b))
#endif

// Columns that a work-item reduces at once.
#define PANEL_VECTORS 8
#define PANEL_COLUMNS (PANEL_VECTORS * VECTOR_WIDTH)

// Reduces the next `vectors` vectors of columns, of as many rows at once as make PANEL_VECTORS accumulators, which hide
// the latency of an addition.
#define REDUCE_VECTORS(vectors)                                                                                      \
    {                                                                                                                \
        __global const float *first = x + column;                                                                    \
        REALV sum[PANEL_VECTORS];                                                                                    \
        _Pragma("unroll") for (int i = 0; i < PANEL_VECTORS; i++) sum[i] = IDENTITY;                                 \
        size_t r = 0;                                                                                                \
        for (; r + PANEL_VECTORS / vectors <= rows; r += PANEL_VECTORS / vectors)                                    \
            _Pragma("unroll") for (int i = 0; i < PANEL_VECTORS; i++) {                                              \
                const REALV value = LOADV(first + (r + i / vectors) * stride + i % vectors * VECTOR_WIDTH);          \
                sum[i] = COMBINE(sum[i], value);                                                                     \
            }                                                                                                        \
        for (; r < rows; r++)                                                                                        \
            _Pragma("unroll") for (int i = 0; i < vectors; i++) {                                                    \
                const REALV value = LOADV(first + r * stride + i * VECTOR_WIDTH);                                    \
                sum[i] = COMBINE(sum[i], value);                                                                     \
            }                                                                                                        \
        _Pragma("unroll") for (int i = PANEL_VECTORS - 1; i >= vectors; i--)                                         \
            sum[i - vectors] = COMBINE(sum[i - vectors], sum[i]);                                                    \
        _Pragma("unroll") for (int i = 0; i < vectors; i++)                                                          \
            STOREV(sum[i], reduced + column + i * VECTOR_WIDTH);                                                     \
        column += vectors * VECTOR_WIDTH;                                                                            \
    }

// Reduces at most PANEL_COLUMNS columns of rows that lie `stride` apart.
static void reduce_panel(__global const float *x, const size_t rows, const size_t stride, const size_t columns,
                         float *reduced) {
    size_t column = 0;
    if (columns == PANEL_COLUMNS) REDUCE_VECTORS(PANEL_VECTORS)
    if (columns - column >= PANEL_COLUMNS / 2) REDUCE_VECTORS((PANEL_VECTORS / 2))
    while (columns - column >= VECTOR_WIDTH) REDUCE_VECTORS(1)
    if (column == columns) return;
    REALV sum = IDENTITY;
    for (size_t r = 0; r < rows; r++) {
        const REALV value = load_partial(x + r * stride + column, columns - column, IDENTITY);
        sum = COMBINE(sum, value);
    }
    STOREV(sum, reduced + column);
}
