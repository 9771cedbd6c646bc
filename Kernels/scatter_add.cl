// The transpose of gather. It has a form for CPU devices and one for GPUs (`_workgroup`).

// y[k, c] = sum of updates[r, c] over the r with indices[r] = k, ascending; an index outside 0 ..< count adds nothing.
// One work-item per pair of shares: the rows of y fall into `parts`, its columns into get_global_size(0) / parts.
SERIAL_KERNEL scatter_add(
    PLACE __global const int *restrict indices, const uint indices_offset, __global const float *restrict updates,
    const uint updates_offset, __global float *restrict y, const uint y_offset, const uint rows, const uint width,
    const uint count, const uint parts) {
    const size_t part = GROUP(0) % parts, slice = GROUP(0) / parts;
    const size_t slices = GROUPS(0) / parts, share = (count - 1) / parts + 1;
    const size_t first = min(part * share, (size_t)count), end = min(first + share, (size_t)count);
    const size_t columns = ((width - 1) / VECTOR_WIDTH / slices + 1) * VECTOR_WIDTH;
    const size_t left = min(slice * columns, (size_t)width), right = min(left + columns, (size_t)width);
    for (size_t k = first; k < end; k++)
        for (size_t c = left; c < right; c++) y[y_offset + k * width + c] = 0.0f;
    for (size_t r = 0; r < rows; r++) {
        const int index = indices[indices_offset + r];
        if (index < 0 || (size_t)index < first || (size_t)index >= end) continue;
        __global const float *source = updates + updates_offset + r * width;
        __global float *target = y + y_offset + (size_t)index * width;
        size_t c = left;
        for (; c + VECTOR_WIDTH <= right; c += VECTOR_WIDTH)
            STOREV(LOADV(target + c) + LOADV(source + c), target + c);
        for (; c < right; c++) target[c] += source[c];
    }
}

// y[k, c] = sum of updates[r, c] over the r with indices[r] = k, ascending; an index outside 0 ..< count adds nothing.
// The rows of y fall into `parts` shares; one work-item per share and column, rounded up to full work-groups.
__kernel __attribute__((reqd_work_group_size(WORKGROUP_SIZE, 1, 1))) void scatter_add_workgroup(
    __global const int *restrict indices, const uint indices_offset, __global const float *restrict updates,
    const uint updates_offset, __global float *restrict y, const uint y_offset, const uint rows, const uint width,
    const uint count, const uint parts) {
    const size_t part = get_global_id(0) / width, column = get_global_id(0) % width;
    const size_t share = (count - 1) / parts + 1;
    const size_t first = min(part * share, (size_t)count), end = min(first + share, (size_t)count);
    if (first == end) return;
    for (size_t k = first; k < end; k++) y[y_offset + k * width + column] = 0.0f;
    for (size_t r = 0; r < rows; r++) {
        const int index = indices[indices_offset + r];
        if (index < 0 || (size_t)index < first || (size_t)index >= end) continue;
        y[y_offset + (size_t)index * width + column] += updates[updates_offset + r * width + column];
    }
}
