// Matrix products on CPU devices where the rows of A and the columns of B each lie in one run: every element of C is a
// dot product of two runs, summed in as many lanes as a vector has.
//
// Nothing is copied. A register tile of TILE_ROWS × 4 vectors of sums keeps the loop bound by the
// multiply-adds; what it costs beside them is one sum over the lanes per element of C.
//
// The code generator defines PARAMETERS, ROW, VECTOR_BODY, SCALAR_BODY and PREFETCH_BODY as for `elementwise`; the
// bodies find the product in `computed_value` and store the results. An output may be an operand of theirs, but not A or B.
//
// If it defines LOSS_PARAMETERS and its like too, the rows of what the bodies store as `logits` are compared with
// labels. A work-item then has all columns of its rows, and finishes each row while it is in the first cache:
// -DLOSS_GRADIENT asks for the gradient; LOSS_SCALAR_BODY finds the loss of row `column` in `row_loss`, and its
// prediction in `row_prediction`.

// What four sums over lanes fit into.
#define TILE_COLUMNS 4

// The columns whose results make up whole vectors.
#define STRIP (TILE_COLUMNS > VECTOR_WIDTH ? TILE_COLUMNS : VECTOR_WIDTH)

#ifdef LOSS_GRADIENT
#define GRADIENT_PARAMETERS                                                                                       \
    , __global const float *u, const uint u_offset, const uint u_stride, __global float *gradient,                \
        const uint gradient_offset
#else
#define GRADIENT_PARAMETERS
#endif
#ifdef LOSS_PARAMETERS
#define ALL_PARAMETERS                                                                                            \
    PARAMETERS, LOSS_PARAMETERS, __global const float *logits, const uint logits_offset,                          \
        __global const int *labels, const uint labels_offset GRADIENT_PARAMETERS
#else
#define ALL_PARAMETERS PARAMETERS
#endif

// Adds the products of one vector of each of the tile's runs, read by LOAD.
#define ACCUMULATE(LOAD)                                                          \
    REALV a_value[TILE_ROWS];                                                     \
    _Pragma("unroll") for (int i = 0; i < TILE_ROWS; i++) a_value[i] = LOAD(a_rows[i] + l); \
    _Pragma("unroll") for (int j = 0; j < TILE_COLUMNS; j++) {                    \
        const REALV b_value = LOAD(b_columns[j] + l);                             \
        _Pragma("unroll") for (int i = 0; i < TILE_ROWS; i++) c[i][j] = fma(a_value[i], b_value, c[i][j]); \
    }
#define LOAD_TAIL(p) load_partial(p, k - l, 0.0f)

// The sum over the lanes of each of four vectors; pairs of them are added at once.
static float4 sum_lanes_of_four(const REALV a, const REALV b, const REALV c, const REALV d) {
#if VECTOR_WIDTH == 1
    return (float4)(a, b, c, d);
#else
#if VECTOR_WIDTH == 4
    const float4 p = a, q = b, r = c, s = d;
#elif VECTOR_WIDTH == 8
    const float4 p = a.lo + a.hi, q = b.lo + b.hi, r = c.lo + c.hi, s = d.lo + d.hi;
#else
    const float8 a_half = a.lo + a.hi, b_half = b.lo + b.hi, c_half = c.lo + c.hi, d_half = d.lo + d.hi;
    const float4 p = a_half.lo + a_half.hi, q = b_half.lo + b_half.hi;
    const float4 r = c_half.lo + c_half.hi, s = d_half.lo + d_half.hi;
#endif
    const float4 pq = (float4)(p.even, q.even) + (float4)(p.odd, q.odd);
    const float4 rs = (float4)(r.even, s.even) + (float4)(r.odd, s.odd);
    return (float4)(pq.even, rs.even) + (float4)(pq.odd, rs.odd);
#endif
}

// C[i, j] = sum_k A[i, k] · B[k, j], then what the bodies make of it.
// One work-item per `block_columns` columns, `block_rows` rows, and matrix of the batch.
SERIAL_KERNEL matmul_dot(
    PLACE ALL_PARAMETERS, __global const float *a, const uint a_offset, const uint a_row_stride,
    const uint a_batch_stride, __global const float *b, const uint b_offset, const uint b_column_stride,
    const uint b_batch_stride, const uint m, const uint n, const uint k, const uint block_rows,
    const uint block_columns) {
    const size_t first_column = GROUP(0) * block_columns;
    const size_t end_column = min((size_t)n, first_column + block_columns);
    const size_t first_row = GROUP(1) * block_rows, end_row = min((size_t)m, first_row + block_rows);
    const size_t batch = GROUP(2);
    a += a_offset + batch * a_batch_stride;
    b += b_offset + batch * b_batch_stride;
    for (size_t strip = first_column; strip < end_column; strip += STRIP) {
        for (size_t tile = first_row; tile < end_row; tile += TILE_ROWS) {
            // The last tile computes its last row and column several times rather than reading beyond them.
            __global const float *a_rows[TILE_ROWS];
#pragma unroll
            for (int i = 0; i < TILE_ROWS; i++) a_rows[i] = a + min(tile + i, (size_t)m - 1) * a_row_stride;
            const size_t end = min(end_column, strip + STRIP);
            // What the bodies will read arrives while the sums are computed.
            for (size_t i = 0; i < TILE_ROWS && tile + i < end_row; i++) {
                const size_t row = batch * m + tile + i;
                ROW
                SHORT_LOOP
                for (size_t column = strip; column < end; column += LINE_FLOATS) {
                    PREFETCH_BODY
                }
            }
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
                    vstore4(sum_lanes_of_four(c[i][0], c[i][1], c[i][2], c[i][3]), 0, tile_sums + i * STRIP + part);
            }
            for (size_t i = 0; i < TILE_ROWS && tile + i < end_row; i++) {
                const float *products = tile_sums + i * STRIP;
                const size_t row = batch * m + tile + i;
                ROW
                size_t column = strip;
                SHORT_LOOP
                for (; column + VECTOR_WIDTH <= end; column += VECTOR_WIDTH) {
                    const REALV computed_value = LOADV(products + (column - strip));
                    VECTOR_BODY
                }
                SHORT_LOOP
                for (; column < end; column++) {
                    const float computed_value = products[column - strip];
                    SCALAR_BODY
                }
            }
        }
    }
#ifdef LOSS_PARAMETERS
    for (size_t sample = first_row; sample < end_row; sample++) {
        __global const float *x = logits + logits_offset + sample * n;
        const uint label = (uint)labels[labels_offset + sample];
        const float maximum = max_run(x, n);
#ifdef LOSS_GRADIENT
        const float sum = gradient_run(x, gradient + gradient_offset + sample * n, n, label, maximum,
                                       u[u_offset + sample * u_stride]);
#else
        const float sum = exp_sum_run(x, n, maximum);
#endif
        const float row_loss = cross_entropy(x, n, label, maximum, sum);
        const int row_prediction = argmax_run(x, n, maximum);
        const size_t row = 0, column = sample;
        LOSS_ROW
        LOSS_SCALAR_BODY
    }
#endif
}
