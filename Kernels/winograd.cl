// Products of windows of 3 × 3 places with weights, for CPU devices: Winograd's minimal filtering F(2×2, 3×3), as
// A. Lavin and S. Gray describe it ("Fast Algorithms for Convolutional Neural Networks", 2016).
//
// Four windows that lie side by side in a square share 4 × 4 places. Sums and differences of these, for each of 16
// positions, times the like of the weights, added up over the channels, give sums of which the four results are sums:
// 16 multiplications where the windows themselves take 36. Each result depends on its own window alone, also in its
// rounding errors.
//
// Along each side, with places d, weights g and results y:
//     (d0 - d2) g0,  (d1 + d2) (g0 + g1 + g2) / 2,  (d2 - d1) (g0 - g1 + g2) / 2,  (d1 - d3) g2:  p0, p1, p2, p3
//     y0 = p0 + p1 + p2,  y1 = p1 - p2 - p3
//
// The code generator defines PARAMETERS, ROW and VECTOR_BODY as for `matmul_panel`.

#define STRIP (TILE_VECTORS * VECTOR_WIDTH)

// The products of one position, of TILE_ROWS squares and a strip of columns.
static void multiply_position(__local const float *places, __global const float *weights, const size_t channels,
                              const size_t panel, __local float *products) {
    REALV c[TILE_ROWS][TILE_VECTORS];
#pragma unroll
    for (int i = 0; i < TILE_ROWS; i++)
#pragma unroll
        for (int v = 0; v < TILE_VECTORS; v++) c[i][v] = 0.0f;
    for (size_t l = 0; l < channels; l += 4) {
#pragma unroll
        for (int u = 0; u < 4; u++) {
            REALV b_value[TILE_VECTORS];
#pragma unroll
            for (int v = 0; v < TILE_VECTORS; v++) b_value[v] = LOADV(weights + (l + u) * panel + v * VECTOR_WIDTH);
#pragma unroll
            for (int i = 0; i < TILE_ROWS; i++) {
                const REALV a_value = places[i * channels + l + u];
#pragma unroll
                for (int v = 0; v < TILE_VECTORS; v++) c[i][v] = fma(a_value, b_value[v], c[i][v]);
            }
        }
    }
#pragma unroll
    for (int i = 0; i < TILE_ROWS; i++)
#pragma unroll
        for (int v = 0; v < TILE_VECTORS; v++) STOREV(c[i][v], products + i * panel + v * VECTOR_WIDTH);
}

// The two results along a side of the products of four positions.
#define RESULTS_OF_SIDE(p0, p1, p2, p3, first, second)                                                               \
    first = p0 + p1 + p2;                                                                                            \
    second = p1 - p2 - p3;

// Writes the results of a square, `panel` columns of each of the four.
static void transform_products(__local const float *products, const size_t distance, const size_t panel,
                               float *results) {
    for (size_t column = 0; column < panel; column += VECTOR_WIDTH) {
        REALV half_way[2][4];
#pragma unroll
        for (int j = 0; j < 4; j++) {
            const REALV p0 = LOADV(products + j * distance + column);
            const REALV p1 = LOADV(products + (4 + j) * distance + column);
            const REALV p2 = LOADV(products + (8 + j) * distance + column);
            const REALV p3 = LOADV(products + (12 + j) * distance + column);
            RESULTS_OF_SIDE(p0, p1, p2, p3, half_way[0][j], half_way[1][j])
        }
#pragma unroll
        for (int i = 0; i < 2; i++) {
            REALV first, second;
            RESULTS_OF_SIDE(half_way[i][0], half_way[i][1], half_way[i][2], half_way[i][3], first, second)
            STOREV(first, results + 2 * i * panel + column);
            STOREV(second, results + (2 * i + 1) * panel + column);
        }
    }
}

// One work-item per panel of columns and block of squares. The places of images lie image_stride, down_stride and
// across_stride apart, their channels side by side. `chunk` squares, a multiple of TILE_ROWS, are computed at a time.
SERIAL_KERNEL winograd(
    PLACE PARAMETERS, __global const float *a, const uint a_offset, __global const float *weights,
    const uint weights_offset, const uint image_stride, const uint down_stride, const uint across_stride,
    const uint images, const uint height, const uint width, const uint channels, const uint panel,
    const uint position_weights, const uint block, const uint chunk, __local float *places, __local float *products
) {
    a += a_offset;
    weights += weights_offset + GROUP(0) * POSITIONS * position_weights;
    const size_t first_column = GROUP(0) * panel, tiles_across = (width + 1) / 2, tiles_down = (height + 1) / 2;
    const size_t begin = GROUP(1) * block, end = min((size_t)images * tiles_down * tiles_across, begin + block);
    for (size_t start = begin; start < end; start += chunk) {
        // The last square is computed several times rather than reading beyond the images.
        for (size_t t = 0; t < chunk; t++)
            transform_square(a, min(start + t, end - 1), height, width, image_stride, down_stride, across_stride, channels,
                             places + t * channels, chunk * channels);
        for (size_t position = 0; position < POSITIONS; position++)
            for (size_t column = 0; column < panel; column += STRIP)
                for (size_t t = 0; t < chunk; t += TILE_ROWS)
                    multiply_position(
                        places + (position * chunk + t) * channels, weights + position * position_weights + column,
                        channels, panel, products + (position * chunk + t) * panel + column);
        for (size_t t = 0; t < chunk && start + t < end; t++) {
            const size_t tile = start + t, line = tile / tiles_across;
            const size_t x = tile % tiles_across * 2, y = line % tiles_down * 2;
            float results[4 * LONGEST_PANEL];
            transform_products(products + t * panel, chunk * panel, panel, results);
            for (size_t i = 0; i < 4; i++) {
                if (y + i / 2 >= height || x + i % 2 >= width) continue;
                const size_t row = (line / tiles_down * height + y + i / 2) * width + x + i % 2;
                ROW
                SHORT_LOOP
                for (size_t column = first_column; column < first_column + panel; column += VECTOR_WIDTH) {
                    const REALV computed_value = LOADV(results + i * panel + (column - first_column));
                    VECTOR_BODY
                }
            }
        }
    }
}
