// Windows put back into an axis: the adjoint of a view with overlaps. It has a form for CPU devices and one for GPUs
// (`_workgroup`).

// The window of which place `place` is element `element`, or `count` if there is none.
static size_t window_of(const long element, const long stride, const long reach, const uint count) {
    const long distance = element - reach;
    if (distance % stride != 0) return count;
    const long window = distance / stride;
    return window >= 0 && window < count ? (size_t)window : count;
}

// y[o, e, c] = sum of x[o, w, p, c] over the places p, ascending, with start + w * stride + p * dilation = e.
// One work-item per contiguous share of the (o, e).
SERIAL_KERNEL fold(
    PLACE __global const float *restrict x, const uint x_offset, __global float *restrict y, const uint y_offset,
    const uint rows, const uint extent, const uint inner, const uint count, const uint size, const int start,
    const int stride, const int dilation) {
    const size_t end_row = share_start(rows, GROUP(0) + 1);
    for (size_t row = share_start(rows, GROUP(0)); row < end_row; row++) {
        const size_t outer = row / extent;
        __global float *target = y + y_offset + row * inner;
        bool isFirst = true;
        for (size_t place = 0; place < size; place++) {
            const size_t window = window_of(row % extent, stride, start + (long)place * dilation, count);
            if (window == count) continue;
            __global const float *source = x + x_offset + ((outer * count + window) * size + place) * inner;
            size_t c = 0;
            for (; c + VECTOR_WIDTH <= inner; c += VECTOR_WIDTH) {
                const REALV term = LOADV(source + c);
                STOREV(isFirst ? term : LOADV(target + c) + term, target + c);
            }
            for (; c < inner; c++) target[c] = isFirst ? source[c] : target[c] + source[c];
            isFirst = false;
        }
        if (isFirst)
            for (size_t c = 0; c < inner; c++) target[c] = 0.0f;
    }
}

// y[o, e, c] = sum of x[o, w, p, c] over the places p, ascending, with start + w * stride + p * dilation = e.
// One work-item per element of y, rounded up to full work-groups.
__kernel __attribute__((reqd_work_group_size(WORKGROUP_SIZE, 1, 1))) void fold_workgroup(
    __global const float *restrict x, const uint x_offset, __global float *restrict y, const uint y_offset,
    const uint rows, const uint extent, const uint inner, const uint count, const uint size, const int start,
    const int stride, const int dilation) {
    const size_t row = get_global_id(0) / inner, c = get_global_id(0) % inner, outer = row / extent;
    if (row >= rows) return;
    float sum = 0.0f;
    for (size_t place = 0; place < size; place++) {
        const size_t window = window_of(row % extent, stride, start + (long)place * dilation, count);
        if (window < count) sum += x[x_offset + ((outer * count + window) * size + place) * inner + c];
    }
    y[y_offset + row * inner + c] = sum;
}
