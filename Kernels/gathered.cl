// Where the rows and columns of a product's operand lie that one stride does not step through: sides of up to four axes.

#define AXES_PARAMETERS(side)                                                                                        \
    const uint side##_extent_1, const uint side##_extent_2, const uint side##_extent_3, const int side##_stride_0,   \
        const int side##_stride_1, const int side##_stride_2, const int side##_stride_3
#define EXTENTS(side) ((uint4)(0, side##_extent_1, side##_extent_2, side##_extent_3))
#define STRIDES(side) ((int4)(side##_stride_0, side##_stride_1, side##_stride_2, side##_stride_3))

#if defined(A_GATHERED) || defined(B_GATHERED)
#define GATHERS
// The distance of a place from the first one along axes, of which all extents but the first are told.
static int distance_of(const size_t place, const uint4 extents, const int4 strides) {
    uint rest = (uint)place;
    int distance = (int)(rest % extents.s3) * strides.s3;
    rest /= extents.s3;
    distance += (int)(rest % extents.s2) * strides.s2;
    rest /= extents.s2;
    return distance + (int)(rest % extents.s1) * strides.s1 + (int)(rest / extents.s1) * strides.s0;
}

// The distances of `count` places from the first one, from place `start` on.
static void list_distances(const size_t start, const size_t count, const uint4 extents, const int4 strides,
                           __local int *distances) {
    for (size_t i = 0; i < count;) {
        const size_t place = start + i, run = min((size_t)(extents.s3 - place % extents.s3), count - i);
        int distance = distance_of(place, extents, strides);
        SHORT_LOOP
        for (size_t end = i + run; i < end; i++, distance += strides.s3) distances[i] = distance;
    }
}
#endif
