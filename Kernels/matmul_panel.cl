// Matrix products on CPU devices where the columns of B lie side by side: each element of A meets whole vectors of B.
//
// One work-item owns a panel of `strips` · STRIP columns of C and a block of its rows. It copies its panel of B into
// local memory, one strip after the other, so that the inner loop reads both operands in step and from the nearest
// caches; every element of B is copied once per block, cache-hot, without a launch of its own. A is never copied: an
// inner loop over registers of TILE_ROWS × TILE_VECTORS vectors is bound by the multiply-adds, not by its loads.
// Where the sums are longer than `depth`, partial sums wait in local memory.
//
// The code generator defines PARAMETERS, ROW, VECTOR_BODY, SCALAR_BODY and PREFETCH_BODY as for `elementwise`; the
// bodies find the product in `computed_value` and store the results. An output may be an operand of theirs, but not A or B.
//
// With A_GATHERED or B_GATHERED, rows, columns and members of the batch of an operand are up to four axes each: windows of
// an image are so multiplied where they lie. A work-item then first writes down where its rows and columns are. With
// A_HAS_RUNS the columns of A come in runs of whole chunks.
//
// The sums are computed in chunks of `chunk_rows` terms: so many rows of a strip are copied at once where they are no
// runs, and between chunks other memory is asked for.
//
// If it defines SUMS_PARAMETERS and its like too, these bodies find the sums of A's rows: the gradient of a bias beside
// that of the weight. A's columns are then runs, and the first panel's work-items add them up, vectors of rows at a
// time.

// Where column l of a tile of A is, and the parameters that say so.
#ifdef A_GATHERED
#define A_COLUMN(l) a_columns[l]
#define A_PARAMETERS AXES_PARAMETERS(a_row), AXES_PARAMETERS(a_column), AXES_PARAMETERS(a_batch)
#else
#define A_COLUMN(l) ((l) * a_column_stride)
#define A_PARAMETERS const uint a_row_stride, const uint a_column_stride, const uint a_batch_stride
#endif
#ifdef B_GATHERED
#define B_PARAMETERS AXES_PARAMETERS(b_row), AXES_PARAMETERS(b_column), AXES_PARAMETERS(b_batch)
#else
#define B_PARAMETERS const uint b_row_stride, const uint b_column_stride, const uint b_batch_stride
#endif
// Addresses that the compiler knows to lie side by side take no registers of their own.
#if defined(A_COLUMNS_ARE_RUNS)
#define A_AT(i, l) a_tile[A_COLUMN(l) + i]
#define PREFETCH_A(l) PREFETCH_LINE(a_tile + A_COLUMN(l) + 2 * LINE_FLOATS)
#define UNROLLED 2
#elif defined(A_HAS_RUNS)
#define A_AT(i, l) a_run[i][l]
#define PREFETCH_A(l)
#define UNROLLED 4
#elif defined(A_GATHERED)
#define A_AT(i, l) a_rows[i][a_columns[l]]
#define PREFETCH_A(l)
#define UNROLLED 4
#elif defined(A_ROWS_ARE_RUNS)
#define A_AT(i, l) a_rows[i][l]
#define PREFETCH_A(l)
#define UNROLLED 4
#else
#define A_AT(i, l) a_rows[i][(l) * a_column_stride]
#define PREFETCH_A(l)
#define UNROLLED 1
#endif

// Adds the products of column l of the tile of A and row l of the strip of B to the sums.
#define MULTIPLY_ADD(l, LOAD_B)                                                                                      \
    PREFETCH_A(l);                                                                                                   \
    REALV b_value[TILE_VECTORS];                                                                                     \
    _Pragma("unroll") for (int v = 0; v < TILE_VECTORS; v++) { LOAD_B(l, v); }                                       \
    _Pragma("unroll") for (int i = 0; i < TILE_ROWS; i++) {                                                          \
        const REALV a_value = A_AT(i, l);                                                                            \
        _Pragma("unroll") for (int v = 0; v < TILE_VECTORS; v++) c[i][v] = fma(a_value, b_value[v], c[i][v]);        \
    }

// Vector v of row l of the strip: from its copy, or from B itself, which is copied on the way.
#define LOAD_PACKED(l, v) b_value[v] = LOADV(b_packed + (l) * STRIP + v * VECTOR_WIDTH)
#define LOAD_AND_PACK(l, v)                                                                                          \
    PREFETCH_LINE(b_strip + ((l) + ROWS_AHEAD) * b_row_stride + v * VECTOR_WIDTH);                                   \
    b_value[v] = LOADV(b_strip + (l) * b_row_stride + v * VECTOR_WIDTH);                                             \
    STOREV(b_value[v], b_packed + (l) * STRIP + v * VECTOR_WIDTH)

// How early the lines of B are asked for, as the hardware does not foresee long strides.
#define ROWS_AHEAD 16

#ifdef SUMS_PARAMETERS
#define ALL_PARAMETERS PARAMETERS, SUMS_PARAMETERS
#else
#define ALL_PARAMETERS PARAMETERS
#endif

// C[i, j] = sum_k A[i, k] · B[k, j], then what the bodies make of it.
// One work-item per panel of columns, block of `block_rows` rows, and matrix of the batch.
SERIAL_KERNEL matmul_panel(
    PLACE ALL_PARAMETERS, __global const float *a, const uint a_offset, A_PARAMETERS, __global const float *b,
    const uint b_offset, B_PARAMETERS, const uint m, const uint n, const uint k, const uint strips,
    const uint block_rows, const uint depth, const uint chunk_rows, __local float *packed, __local float *partial
#ifdef IN_PARTS
    ,
    const uint part_depth
#endif
#ifdef GATHERS
    ,
    __local float *lists
#endif
) {
    const size_t panel = strips * STRIP, first_column = GROUP(0) * panel, panel_columns = min(panel, n - first_column);
    const size_t first_row = GROUP(1) * block_rows, end_row = min((size_t)m, first_row + block_rows);
#ifdef IN_PARTS
    // The results of each part follow those of the one before, as of a batch of products that share their operands.
    const size_t batch = 0, result = GROUP(2);
    const size_t begin = result * part_depth, terms = min((size_t)k, begin + part_depth);
#else
    const size_t batch = GROUP(2), result = batch, begin = 0, terms = k;
#endif
#ifdef GATHERS
    __local int *list = (__local int *)lists;
#endif
#ifdef A_GATHERED
    a += a_offset + distance_of(batch, EXTENTS(a_batch), STRIDES(a_batch));
    __local int *a_columns = list, *a_row_distances = a_columns + depth;
    list = a_row_distances + block_rows;
    list_distances(first_row, end_row - first_row, EXTENTS(a_row), STRIDES(a_row), a_row_distances);
#else
    a += a_offset + batch * a_batch_stride;
#endif
#ifdef B_GATHERED
    b += b_offset + distance_of(batch, EXTENTS(b_batch), STRIDES(b_batch));
    __local int *b_rows = list, *b_columns = b_rows + depth;
    list_distances(first_column, panel_columns, EXTENTS(b_column), STRIDES(b_column), b_columns);
#else
    b += b_offset + batch * b_batch_stride + first_column * b_column_stride;
#endif
#ifdef SUMS_PARAMETERS
    for (size_t first = first_row; first_column == 0 && first < end_row; first += PANEL_COLUMNS) {
        const size_t row = 0, end = min(end_row, first + PANEL_COLUMNS);
        float sums[PANEL_COLUMNS];
        reduce_panel(a + first, k, a_column_stride, end - first, sums);
        SUMS_ROW
        size_t column = first;
        for (; column + VECTOR_WIDTH <= end; column += VECTOR_WIDTH) {
            const REALV computed_value = LOADV(sums + (column - first));
            SUMS_VECTOR_BODY
        }
        SHORT_LOOP
        for (; column < end; column++) {
            const float computed_value = sums[column - first];
            SUMS_SCALAR_BODY
        }
    }
#endif
    for (size_t start = begin; start < terms; start += depth) {
        const size_t length = min((size_t)depth, terms - start);
        const size_t chunks = (length - 1) / chunk_rows + 1;
        const size_t asked_per_chunk = start + length == terms ? (TILE_ROWS - 1) / chunks + 1 : 0;
#ifdef A_GATHERED
        list_distances(start, length, EXTENTS(a_column), STRIDES(a_column), a_columns);
#endif
#ifdef B_GATHERED
        list_distances(start, length, EXTENTS(b_row), STRIDES(b_row), b_rows);
#endif
        for (size_t tile = first_row; tile < end_row; tile += TILE_ROWS) {
#ifdef A_COLUMNS_ARE_RUNS
            // The last tile begins early rather than read beyond its columns; what others have computed is left to them.
            const size_t top = min(tile, (size_t)m - TILE_ROWS);
#ifdef A_GATHERED
            // A tile of rows is part of one run.
            __global const float *a_tile = a + a_row_distances[tile - first_row] - (tile - top);
#else
            __global const float *a_tile = a + top + start * a_column_stride;
#endif
#else
            // The last tile computes its last row several times rather than reading beyond it.
            const size_t top = tile;
            __global const float *a_rows[TILE_ROWS];
#pragma unroll
            for (int i = 0; i < TILE_ROWS; i++)
#ifdef A_GATHERED
                a_rows[i] = a + a_row_distances[min(tile + i, end_row - 1) - first_row];
#else
                a_rows[i] = a + min(tile + i, (size_t)m - 1) * a_row_stride + start * a_column_stride;
#endif
#endif
            for (size_t s = 0; s * STRIP < panel_columns; s++) {
                __local float *sums = partial + ((tile - first_row) * strips + s * TILE_ROWS) * STRIP;
                const size_t strip_column = first_column + s * STRIP, end = min((size_t)n, strip_column + STRIP);
                REALV c[TILE_ROWS][TILE_VECTORS];
#pragma unroll
                for (int i = 0; i < TILE_ROWS; i++)
#pragma unroll
                    for (int v = 0; v < TILE_VECTORS; v++)
                        c[i][v] = start == begin ? (REALV)0.0f : LOADV(sums + i * STRIP + v * VECTOR_WIDTH);
                const size_t strip_columns = end - strip_column;
#ifndef B_GATHERED
                __global const float *b_strip = b + start * b_row_stride + s * STRIP * b_column_stride;
#endif
                __local float *b_packed = packed + s * STRIP * length;
                size_t l = 0, asked = tile - top;
                while (l < length) {
                    const size_t chunk_end = min(l + chunk_rows, length);
#ifdef A_HAS_RUNS
                    __global const float *a_run[TILE_ROWS];
#pragma unroll
                    for (int i = 0; i < TILE_ROWS; i++) a_run[i] = a_rows[i] + a_columns[l] - l;
#endif
                    // What the bodies will read arrives while the sums are computed, a few lines at a time: a core
                    // waits where it asks for more than a dozen at once.
                    const size_t asked_end = min(min(asked + asked_per_chunk, (size_t)TILE_ROWS), end_row - top);
                    SHORT_LOOP
                    for (; asked < asked_end; asked++) {
                        const size_t row = result * m + top + asked;
                        ROW
                        SHORT_LOOP
                        for (size_t column = strip_column; column < end; column += LINE_FLOATS) {
                            PREFETCH_BODY
                        }
                    }
                    // The first tile of a strip copies it on the way.
                    if (tile == first_row) {
#ifdef B_ROWS_ARE_RUNS
                        if (strip_columns == STRIP) {
                            SHORT_LOOP
                            for (; l < chunk_end; l++) {
                                MULTIPLY_ADD(l, LOAD_AND_PACK)
                            }
                            continue;
                        }
#endif
#ifdef B_GATHERED
                        pack_gathered(b, b_rows + l, b_columns + s * STRIP, chunk_end - l, strip_columns,
                                      b_packed + l * STRIP);
#else
                        pack_strip(b_strip + l * b_row_stride, b_row_stride, b_column_stride, chunk_end - l,
                                   strip_columns, b_packed + l * STRIP);
#endif
                    }
                    for (; l + UNROLLED <= chunk_end; l += UNROLLED) {
#pragma unroll
                        for (int u = 0; u < UNROLLED; u++) {
                            MULTIPLY_ADD(l + u, LOAD_PACKED)
                        }
                    }
                    SHORT_LOOP
                    for (; l < chunk_end; l++) {
                        MULTIPLY_ADD(l, LOAD_PACKED)
                    }
                }
                float tile_sums[TILE_ROWS * STRIP];
                if (start + length < terms) {
#pragma unroll
                    for (int i = 0; i < TILE_ROWS; i++)
#pragma unroll
                        for (int v = 0; v < TILE_VECTORS; v++) STOREV(c[i][v], sums + i * STRIP + v * VECTOR_WIDTH);
                    continue;
                }
#pragma unroll
                for (int i = 0; i < TILE_ROWS; i++)
#pragma unroll
                    for (int v = 0; v < TILE_VECTORS; v++) STOREV(c[i][v], tile_sums + i * STRIP + v * VECTOR_WIDTH);
                for (size_t i = tile - top; i < TILE_ROWS && top + i < end_row; i++) {
                    const float *products = tile_sums + i * STRIP;
                    const size_t row = result * m + top + i;
                    ROW
                    size_t column = strip_column;
                    if (strip_columns == STRIP) {
#pragma unroll
                        for (int v = 0; v < TILE_VECTORS; v++, column += VECTOR_WIDTH) {
                            const REALV computed_value = LOADV(products + v * VECTOR_WIDTH);
                            VECTOR_BODY
                        }
                        continue;
                    }
                    SHORT_LOOP
                    for (; column + VECTOR_WIDTH <= end; column += VECTOR_WIDTH) {
                        const REALV computed_value = LOADV(products + (column - strip_column));
                        VECTOR_BODY
                    }
                    SHORT_LOOP
                    for (; column < end; column++) {
                        const float computed_value = products[column - strip_column];
                        SCALAR_BODY
                    }
                }
            }
        }
    }
}
