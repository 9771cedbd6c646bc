// Squares of 4 × 4 places of images as Winograd's products take them; their channels lie side by side.

#define POSITIONS 16

// The places of one position from four along a side.
#define PLACES_OF_SIDE(d0, d1, d2, d3, result)                                                                       \
    result[0] = d0 - d2;                                                                                             \
    result[1] = d1 + d2;                                                                                             \
    result[2] = d2 - d1;                                                                                             \
    result[3] = d1 - d3;

// Writes all positions of a square of 4 × 4 places, of all channels, `distance` apart.
static void transform_places(__global const float *const *rows, const int *columns, const size_t channels,
                             __local float *places, const size_t distance) {
    for (size_t channel = 0; channel < channels; channel += VECTOR_WIDTH) {
        REALV half_way[4][4];
#pragma unroll
        for (int j = 0; j < 4; j++) {
            const REALV d0 = LOADV(rows[0] + columns[j] + channel), d1 = LOADV(rows[1] + columns[j] + channel);
            const REALV d2 = LOADV(rows[2] + columns[j] + channel), d3 = LOADV(rows[3] + columns[j] + channel);
            PLACES_OF_SIDE(d0, d1, d2, d3, half_way[j])
        }
#pragma unroll
        for (int i = 0; i < 4; i++) {
            REALV row[4];
            PLACES_OF_SIDE(half_way[0][i], half_way[1][i], half_way[2][i], half_way[3][i], row)
#pragma unroll
            for (int j = 0; j < 4; j++) STOREV(row[j], places + (i * 4 + j) * distance + channel);
        }
    }
}

// Writes all positions of square `tile`, of images of `height` × `width` results that take places around them too: one
// more on each side. Squares reach two places further in each direction than the last, and may reach beyond the image:
// what is read there enters only results that are not wanted.
static void transform_square(__global const float *a, const size_t tile, const size_t height, const size_t width,
                             const size_t image_stride, const size_t down_stride, const size_t across_stride,
                             const size_t channels, __local float *places, const size_t distance) {
    const size_t tiles_across = (width + 1) / 2, tiles_down = (height + 1) / 2, line = tile / tiles_across;
    const size_t x = tile % tiles_across * 2, y = line % tiles_down * 2;
    __global const float *rows[4];
    int columns[4];
    for (size_t i = 0; i < 4; i++) {
        rows[i] = a + line / tiles_down * image_stride + min(y + i, height + 1) * down_stride;
        columns[i] = min(x + i, width + 1) * across_stride;
    }
    transform_places(rows, columns, channels, places, distance);
}
