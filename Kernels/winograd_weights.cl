// The weights of windows of 3 × 3 places as `winograd` multiplies them: for each of 16 positions, sums of the nine.

// The weights of one position from three along a side.
#define WEIGHTS_OF_SIDE(g0, g1, g2, result)                                                                          \
    result[0] = g0;                                                                                                  \
    result[1] = 0.5f * ((g0 + g2) + g1);                                                                             \
    result[2] = 0.5f * ((g0 + g2) - g1);                                                                             \
    result[3] = g2;

// All positions, [panel, position, channel, column of the panel]; n is a multiple of `panel`, and that of vectors.
SERIAL_KERNEL winograd_weights(PLACE __global const float *b, const uint b_offset, __global float *weights,
                               const uint weights_offset, const int down_stride, const int across_stride,
                               const uint channel_stride, const uint column_stride, const uint channels, const uint n,
                               const uint panel, const uint position_weights) {
    b += b_offset;
    weights += weights_offset;
    const size_t begin = share_start(channels, GROUP(0)), end = share_start(channels, GROUP(0) + 1);
    for (size_t first = 0; first < n; first += VECTOR_WIDTH)
        for (size_t channel = begin; channel < end; channel++) {
            REALV g[3][3];
            for (int i = 0; i < 3; i++)
                for (int j = 0; j < 3; j++) {
                    float lanes[VECTOR_WIDTH];
                    for (int lane = 0; lane < VECTOR_WIDTH; lane++)
                        lanes[lane] = b[i * down_stride + j * across_stride +
                                        (int)(channel * channel_stride + (first + lane) * column_stride)];
                    g[i][j] = LOADV(lanes);
                }
            REALV half_way[3][4];
            for (int j = 0; j < 3; j++) {
                WEIGHTS_OF_SIDE(g[0][j], g[1][j], g[2][j], half_way[j])
            }
            __global float *place =
                weights + first / panel * 16 * position_weights + channel * panel + first % panel;
            for (int i = 0; i < 4; i++) {
                REALV row[4];
                WEIGHTS_OF_SIDE(half_way[0][i], half_way[1][i], half_way[2][i], row)
                for (int j = 0; j < 4; j++) STOREV(row[j], place + (i * 4 + j) * position_weights);
            }
        }
}
