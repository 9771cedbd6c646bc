// The border of a padded tensor, of which the inside is written elsewhere. It has a form for CPU devices and one for GPUs
// (`_workgroup`).
//
// Rows are all axes before the last padded one, columns that axis and those behind it. `axes` lists for each axis of the
// rows its extent, the first place inside, and the first place behind the inside.

// Whether row `row` lies inside along all of `count` axes, the last of which is counted fastest.
static bool is_inside(__global const int *axes, const size_t count, const size_t row) {
    size_t rest = row;
    bool inside = true;
    for (size_t axis = count; axis-- > 0;) {
        const int extent = axes[3 * axis], place = (int)(rest % extent);
        inside = inside && place >= axes[3 * axis + 1] && place < axes[3 * axis + 2];
        rest /= extent;
    }
    return inside;
}

// y[row, column] = value outside of the inside, where the columns from `first` to `end` are inside.
// One work-item per contiguous share of the rows.
SERIAL_KERNEL pad_border(
    PLACE __global const int *axes, const uint axes_offset, __global float *y, const uint y_offset, const uint count,
    const uint rows, const uint columns, const uint first, const uint end, const float value) {
    const size_t end_row = share_start(rows, GROUP(0) + 1);
    for (size_t row = share_start(rows, GROUP(0)); row < end_row; row++) {
        __global float *target = y + y_offset + row * columns;
        const bool inside = is_inside(axes + axes_offset, count, row);
        const size_t left = inside ? first : columns, right = inside ? end : columns;
        size_t column = 0;
        for (; column + VECTOR_WIDTH <= left; column += VECTOR_WIDTH) STOREV((REALV)value, target + column);
        SHORT_LOOP
        for (; column < left; column++) target[column] = value;
        SHORT_LOOP
        for (column = right; column < columns; column++) target[column] = value;
    }
}

// y[row, column] = value outside of the inside, where the columns from `first` to `end` are inside.
// One work-item per element, rounded up to full work-groups.
__kernel __attribute__((reqd_work_group_size(WORKGROUP_SIZE, 1, 1))) void pad_border_workgroup(
    __global const int *axes, const uint axes_offset, __global float *y, const uint y_offset, const uint count,
    const uint rows, const uint columns, const uint first, const uint end, const float value) {
    const size_t row = get_global_id(0) / columns, column = get_global_id(0) % columns;
    if (row >= rows) return;
    if (column < first || column >= end || !is_inside(axes + axes_offset, count, row))
        y[y_offset + row * columns + column] = value;
}
