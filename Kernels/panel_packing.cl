// How `matmul_panel` copies strips of B into local memory, row by row, whatever lies side by side in B.

#define STRIP (TILE_VECTORS * VECTOR_WIDTH)

#ifdef B_GATHERED
// Copies rows of B, `columns` of a strip's width, that lie where the lists say, and fills the strip with zeros.
static void pack_gathered(__global const float *b, __local const int *row_distances, __local const int *column_distances,
                          const size_t rows, const size_t columns, __local float *packed) {
    for (size_t first = 0; first < STRIP; first += VECTOR_WIDTH) {
        __local const int *column = column_distances + first;
        bool isRun = first + VECTOR_WIDTH <= columns;
        SHORT_LOOP
        for (size_t j = 1; j < VECTOR_WIDTH && isRun; j++) isRun = column[j] == column[0] + (int)j;
        for (size_t k = 0; k < rows; k++) {
            __global const float *row = b + row_distances[k];
            if (isRun)
                STOREV(LOADV(row + column[0]), packed + k * STRIP + first);
            else
                SHORT_LOOP
                for (size_t j = 0; j < VECTOR_WIDTH; j++)
                    packed[k * STRIP + first + j] = first + j < columns ? row[column[j]] : 0.0f;
        }
    }
}
#endif

#if defined(B_COLUMNS_ARE_RUNS) && VECTOR_WIDTH > 1
#define TRANSPOSES_B
// A vector of the first halves of a and b, or of the second ones, element by element in turns.
#if VECTOR_WIDTH == 4
#define ZIP(a, b, half) (float4)(a.half.x, b.half.x, a.half.y, b.half.y)
#elif VECTOR_WIDTH == 8
#define ZIP(a, b, half) (float8)(a.half.x, b.half.x, a.half.y, b.half.y, a.half.z, b.half.z, a.half.w, b.half.w)
#else
#define ZIP(a, b, half)                                                                                              \
    (float16)(a.half.s0, b.half.s0, a.half.s1, b.half.s1, a.half.s2, b.half.s2, a.half.s3, b.half.s3, a.half.s4,     \
              b.half.s4, a.half.s5, b.half.s5, a.half.s6, b.half.s6, a.half.s7, b.half.s7)
#endif

// Copies VECTOR_WIDTH columns of as many floats, each a run, so that the rows become runs.
static void pack_transposed(__global const float *b, const size_t column_stride, __local float *packed) {
    REALV x[2][VECTOR_WIDTH];
#pragma unroll
    for (int j = 0; j < VECTOR_WIDTH; j++) {
        PREFETCH_LINE(b + j * column_stride + LINE_FLOATS);
        x[0][j] = LOADV(b + j * column_stride);
    }
    // Every stage puts neighbours beside each other that were half of the columns apart.
    int stage = 0;
#pragma unroll
    for (int distance = 1; distance < VECTOR_WIDTH; distance *= 2, stage++) {
#pragma unroll
        for (int j = 0; j < VECTOR_WIDTH / 2; j++) {
            const REALV first = x[stage & 1][j], second = x[stage & 1][j + VECTOR_WIDTH / 2];
            x[~stage & 1][2 * j] = ZIP(first, second, lo);
            x[~stage & 1][2 * j + 1] = ZIP(first, second, hi);
        }
    }
#pragma unroll
    for (int l = 0; l < VECTOR_WIDTH; l++) STOREV(x[stage & 1][l], packed + l * STRIP);
}
#endif

#ifndef B_GATHERED
// Copies rows of B, `columns` of a strip's width, and fills the strip with zeros.
static void pack_strip(__global const float *b, const size_t b_row_stride, const size_t b_column_stride,
                       const size_t rows, const size_t columns, __local float *packed) {
    size_t k = 0;
#ifdef TRANSPOSES_B
    if (columns == STRIP) {
        for (; k + VECTOR_WIDTH <= rows; k += VECTOR_WIDTH)
#pragma nounroll
            for (int v = 0; v < TILE_VECTORS; v++)
                pack_transposed(b + k + v * VECTOR_WIDTH * b_column_stride, b_column_stride,
                                packed + k * STRIP + v * VECTOR_WIDTH);
    }
#endif
    for (; k < rows; k++)
        SHORT_LOOP
        for (size_t j = 0; j < STRIP; j++)
            packed[k * STRIP + j] = j < columns ? b[k * b_row_stride + j * b_column_stride] : 0.0f;
}
#endif
