// The place of the first maximum of rows; that of the first NaN where there is one. In a form for CPU devices, where
// one work-item owns whole rows, and one for GPUs (`_workgroup`), where one work-group does.

// y[r] = the first i with x[r, i] = max_j x[r, j]; the first NaN where there is one.
// One work-item per contiguous share of the rows.
SERIAL_KERNEL argmax_rows(
    PLACE __global const float *restrict x, const uint x_offset, __global int *restrict y, const uint y_offset,
    const uint rows, const uint n) {
    const size_t end = share_start(rows, GROUP(0) + 1);
    for (size_t row = share_start(rows, GROUP(0)); row < end; row++) {
        __global const float *source = x + x_offset + row * n;
        y[y_offset + row] = argmax_run(source, n, max_run(source, n));
    }
}

// Whether (value, place) comes before (other, other_place): larger, NaN being largest, then earlier.
static int precedes(const float value, const int place, const float other, const int other_place) {
    if (value != value) return other == other || place < other_place;
    return value > other || (value == other && place < other_place);
}

// y[r] = the first i with x[r, i] = max_j x[r, j]; the first NaN where there is one.
// One work-group per row.
__kernel __attribute__((reqd_work_group_size(WORKGROUP_SIZE, 1, 1))) void argmax_rows_workgroup(
    __global const float *restrict x, const uint x_offset, __global int *restrict y, const uint y_offset,
    const uint rows, const uint n) {
    __local float values[WORKGROUP_SIZE];
    __local int places[WORKGROUP_SIZE];
    const size_t item = get_local_id(0), row = get_group_id(0);
    float best = -INFINITY;
    int place = (int)item;
    for (size_t i = item; i < n; i += WORKGROUP_SIZE) {
        const float value = x[x_offset + row * n + i];
        if (precedes(value, (int)i, best, place)) {
            best = value;
            place = (int)i;
        }
    }
    values[item] = best;
    places[item] = place;
    for (size_t stride = WORKGROUP_SIZE / 2; stride > 0; stride /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (item < stride && precedes(values[item + stride], places[item + stride], values[item], places[item])) {
            values[item] = values[item + stride];
            places[item] = places[item + stride];
        }
    }
    if (item == 0) y[y_offset + row] = places[0];
}
