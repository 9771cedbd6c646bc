// Matrix products on CPU devices where the rows of A and the columns of B each lie in one run: every element of C is a
// dot product of two runs, summed in as many lanes as a vector has.
//
// Nothing is copied. A register tile of TILE_ROWS × TILE_COLUMNS vectors of sums keeps the loop bound by the
// multiply-adds; what it costs beside them is one sum over the lanes per element of C.
//
// The code generator defines PARAMETERS, ROW, VECTOR_BODY and SCALAR_BODY as for `elementwise`; the bodies find
// the product in `product_value` and store the results. An output may be an operand of theirs, but not A or B.

// The columns whose results make up whole vectors.
#define STRIP (TILE_COLUMNS > VECTOR_WIDTH ? TILE_COLUMNS : VECTOR_WIDTH)

// Adds the products of one vector of each of the tile's runs, read by LOAD.
#define ACCUMULATE(LOAD)                                                          \
    REALV a_value[TILE_ROWS];                                                     \
    _Pragma("unroll") for (int i = 0; i < TILE_ROWS; i++) a_value[i] = LOAD(a_rows[i] + l); \
    _Pragma("unroll") for (int j = 0; j < TILE_COLUMNS; j++) {                    \
        const REALV b_value = LOAD(b_columns[j] + l);                             \
        _Pragma("unroll") for (int i = 0; i < TILE_ROWS; i++) c[i][j] = fma(a_value[i], b_value, c[i][j]); \
    }
#define LOAD_TAIL(p) load_partial(p, k - l, 0.0f)

// C[i, j] = sum_k A[i, k] · B[k, j], then what the bodies make of it.
// One work-item per `block_columns` columns, `block_rows` rows, and matrix of the batch.
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void matmul_dot(
    PARAMETERS, __global const float *a, const uint a_offset, const uint a_row_stride, const uint a_batch_stride,
    __global const float *b, const uint b_offset, const uint b_column_stride, const uint b_batch_stride, const uint m,
    const uint n, const uint k, const uint block_rows, const uint block_columns) {
    const size_t first_column = get_group_id(0) * block_columns;
    const size_t end_column = min((size_t)n, first_column + block_columns);
    const size_t first_row = get_group_id(1) * block_rows, end_row = min((size_t)m, first_row + block_rows);
    const size_t batch = get_group_id(2);
    a += a_offset + batch * a_batch_stride;
    b += b_offset + batch * b_batch_stride;
    for (size_t strip = first_column; strip < end_column; strip += STRIP) {
        for (size_t tile = first_row; tile < end_row; tile += TILE_ROWS) {
            // The last tile computes its last row and column several times rather than reading beyond them.
            __global const float *a_rows[TILE_ROWS];
#pragma unroll
            for (int i = 0; i < TILE_ROWS; i++) a_rows[i] = a + min(tile + i, (size_t)m - 1) * a_row_stride;
            float tile_sums[TILE_ROWS * STRIP];
            for (size_t part = 0; part < STRIP && strip + part < end_column; part += TILE_COLUMNS) {
                __global const float *b_columns[TILE_COLUMNS];
#pragma unroll
                for (int j = 0; j < TILE_COLUMNS; j++)
                    b_columns[j] = b + min(strip + part + j, (size_t)n - 1) * b_column_stride;
                REALV c[TILE_ROWS][TILE_COLUMNS];
#pragma unroll
                for (int i = 0; i < TILE_ROWS; i++)
#pragma unroll
                    for (int j = 0; j < TILE_COLUMNS; j++) c[i][j] = 0.0f;
                size_t l = 0;
                for (; l + VECTOR_WIDTH <= k; l += VECTOR_WIDTH) {
                    ACCUMULATE(LOADV)
                }
                if (l < k) {
                    ACCUMULATE(LOAD_TAIL)
                }
#pragma unroll
                for (int i = 0; i < TILE_ROWS; i++)
#pragma unroll
                    for (int j = 0; j < TILE_COLUMNS; j++) tile_sums[i * STRIP + part + j] = sum_lanes(c[i][j]);
            }
            const size_t end = min(end_column, strip + STRIP);
            for (size_t i = 0; i < TILE_ROWS && tile + i < end_row; i++) {
                const float *products = tile_sums + i * STRIP;
                const size_t row = batch * m + tile + i;
                ROW
                size_t column = strip;
                for (; column + VECTOR_WIDTH <= end; column += VECTOR_WIDTH) {
                    const REALV product_value = LOADV(products + (column - strip));
                    VECTOR_BODY
                }
                for (; column < end; column++) {
                    const float product_value = products[column - strip];
                    SCALAR_BODY
                }
            }
        }
    }
}
