// The gradient of the weights of windows of 3 × 3 places, for CPU devices, with the multiplications of `winograd`.
//
// The results of a square are sums of 16 products of sums of places and of weights. So the gradients of these sums of
// weights are sums of the results' gradients times the same sums of places, added up over all squares, and those of the
// weights are sums of them (`winograd_sums`).

#define STRIP (TILE_VECTORS * VECTOR_WIDTH)

// The gradients of four positions along a side from those of two results.
#define GRADIENTS_OF_SIDE(y0, y1, result)                                                                            \
    result[0] = y0;                                                                                                  \
    result[1] = y0 + y1;                                                                                             \
    result[2] = y0 - y1;                                                                                             \
    result[3] = -y1;

// Writes all positions of a square, `panel` columns of each, `distance` apart. Results beyond the image have none.
static void transform_gradients(__global const float *b, const bool has_below, const bool has_beside,
                                const size_t down_stride, const size_t across_stride, const size_t panel,
                                __local float *gradients, const size_t distance) {
    for (size_t column = 0; column < panel; column += VECTOR_WIDTH) {
        __global const float *place = b + column;
        REALV half_way[2][4];
        const REALV zero = 0.0f;
        const REALV y00 = LOADV(place), y10 = has_below ? LOADV(place + down_stride) : zero;
        const REALV y01 = has_beside ? LOADV(place + across_stride) : zero;
        const REALV y11 = has_below && has_beside ? LOADV(place + down_stride + across_stride) : zero;
        GRADIENTS_OF_SIDE(y00, y10, half_way[0])
        GRADIENTS_OF_SIDE(y01, y11, half_way[1])
#pragma unroll
        for (int i = 0; i < 4; i++) {
            REALV row[4];
            GRADIENTS_OF_SIDE(half_way[0][i], half_way[1][i], row)
#pragma unroll
            for (int j = 0; j < 4; j++) STOREV(row[j], gradients + (i * 4 + j) * distance + column);
        }
    }
}

// Adds the products of `chunk` squares of one position to the sums of TILE_ROWS channels and a strip of columns.
static void add_products(__local const float *places, __local const float *gradients, const size_t chunk,
                         const size_t channels, const size_t panel, const bool is_first, __global float *sums) {
    REALV c[TILE_ROWS][TILE_VECTORS];
#pragma unroll
    for (int i = 0; i < TILE_ROWS; i++)
#pragma unroll
        for (int v = 0; v < TILE_VECTORS; v++)
            c[i][v] = is_first ? (REALV)0.0f : LOADV(sums + i * panel + v * VECTOR_WIDTH);
    for (size_t t = 0; t < chunk; t += 2) {
#pragma unroll
        for (int u = 0; u < 2; u++) {
            REALV b_value[TILE_VECTORS];
#pragma unroll
            for (int v = 0; v < TILE_VECTORS; v++) b_value[v] = LOADV(gradients + (t + u) * panel + v * VECTOR_WIDTH);
#pragma unroll
            for (int i = 0; i < TILE_ROWS; i++) {
                const REALV a_value = places[(t + u) * channels + i];
#pragma unroll
                for (int v = 0; v < TILE_VECTORS; v++) c[i][v] = fma(a_value, b_value[v], c[i][v]);
            }
        }
    }
#pragma unroll
    for (int i = 0; i < TILE_ROWS; i++)
#pragma unroll
        for (int v = 0; v < TILE_VECTORS; v++) STOREV(c[i][v], sums + i * panel + v * VECTOR_WIDTH);
}

// One work-item per panel of columns and block of squares, whose sums are [block, panel, position, channel, column].
SERIAL_KERNEL winograd_gradient(
    PLACE __global const float *a, const uint a_offset, __global const float *b, const uint b_offset,
    __global float *sums, const uint sums_offset, const uint image_stride, const uint down_stride,
    const uint across_stride, const uint b_image_stride, const uint b_down_stride, const uint b_across_stride,
    const uint images, const uint height, const uint width, const uint channels, const uint panel, const uint block,
    const uint chunk, __local float *places, __local float *gradients
) {
    const size_t tiles_across = (width + 1) / 2, tiles_down = (height + 1) / 2;
    const size_t begin = GROUP(1) * block, end = min((size_t)images * tiles_down * tiles_across, begin + block);
    a += a_offset;
    b += b_offset + GROUP(0) * panel;
    sums += sums_offset + (GROUP(1) * GROUPS(0) + GROUP(0)) * POSITIONS * channels * panel;
    for (size_t start = begin; start < end; start += chunk) {
        for (size_t t = 0; t < chunk; t++) {
            const size_t tile = min(start + t, end - 1), line = tile / tiles_across;
            const size_t x = tile % tiles_across * 2, y = line % tiles_down * 2;
            transform_square(a, tile, height, width, image_stride, down_stride, across_stride, channels,
                             places + t * channels, chunk * channels);
            if (start + t < end) {
                transform_gradients(
                    b + line / tiles_down * b_image_stride + y * b_down_stride + x * b_across_stride, y + 1 < height,
                    x + 1 < width, b_down_stride, b_across_stride, panel, gradients + t * panel, chunk * panel);
                continue;
            }
            // Behind the last square, there is nothing to add.
            for (size_t position = 0; position < POSITIONS; position++)
                for (size_t column = 0; column < panel; column += VECTOR_WIDTH)
                    STOREV((REALV)0.0f, gradients + (position * chunk + t) * panel + column);
        }
        for (size_t position = 0; position < POSITIONS; position++)
            for (size_t channel = 0; channel < channels; channel += TILE_ROWS)
                for (size_t column = 0; column < panel; column += STRIP)
                    add_products(places + position * chunk * channels + channel,
                                 gradients + position * chunk * panel + column, chunk, channels, panel, start == begin,
                                 sums + (position * channels + channel) * panel + column);
    }
}
