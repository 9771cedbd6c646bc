// The gradient of weights of windows of 3 × 3 places from what `winograd_gradient` leaves: for each of 16 positions and
// every block of squares, the gradient of a sum of weights.

// The gradients of three weights along a side from those of four positions.
#define GRADIENTS_OF_WEIGHTS(m0, m1, m2, m3, result)                                                                 \
    result[0] = m0 + 0.5f * (m1 + m2);                                                                               \
    result[1] = 0.5f * (m1 - m2);                                                                                    \
    result[2] = m3 + 0.5f * (m1 + m2);

// Adds up the blocks, [block, panel, position, channel, column], and writes the nine gradients of each channel and column.
SERIAL_KERNEL winograd_sums(PLACE __global const float *sums, const uint sums_offset, __global float *c,
                            const uint c_offset, const uint blocks, const uint channels, const uint n, const uint panel,
                            const uint down_stride, const uint across_stride, const uint channel_stride,
                            const uint column_stride) {
    sums += sums_offset;
    c += c_offset;
    const size_t begin = share_start(channels, GROUP(0)), end = share_start(channels, GROUP(0) + 1);
    const size_t position_size = channels * panel;
    for (size_t channel = begin; channel < end; channel++)
        for (size_t first = 0; first < n; first += VECTOR_WIDTH) {
            __global const float *place = sums + first / panel * 16 * position_size + channel * panel + first % panel;
            REALV half_way[4][3];
            for (int j = 0; j < 4; j++) {
                REALV m[4];
                for (int i = 0; i < 4; i++) {
                    m[i] = LOADV(place + (i * 4 + j) * position_size);
                    for (size_t block = 1; block < blocks; block++)
                        m[i] += LOADV(place + block * 16 * channels * n + (i * 4 + j) * position_size);
                }
                GRADIENTS_OF_WEIGHTS(m[0], m[1], m[2], m[3], half_way[j])
            }
            for (int i = 0; i < 3; i++) {
                REALV row[3];
                GRADIENTS_OF_WEIGHTS(half_way[0][i], half_way[1][i], half_way[2][i], half_way[3][i], row)
                for (int j = 0; j < 3; j++) {
                    float lanes[VECTOR_WIDTH];
                    STOREV(row[j], lanes);
                    for (int lane = 0; lane < VECTOR_WIDTH; lane++)
                        c[i * down_stride + j * across_stride + channel * channel_stride +
                          (first + lane) * column_stride] = lanes[lane];
                }
            }
        }
}
