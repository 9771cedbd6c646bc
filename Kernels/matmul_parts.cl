// The second pass of matrix products whose long sums were computed in parts, so that there was work for every unit.
//
// The code generator defines PARAMETERS, ROW and SCALAR_BODY as for `elementwise`; the body finds the product in
// `computed_value` and stores the results.

// C[i] = sum_p parts[p, i], always in the same order, then what the body makes of it.
// One work-item per element, rounded up to whole workgroups.
__kernel void matmul_parts(PARAMETERS, __global const float *parts, const uint parts_offset, const uint part_count) {
    const size_t count = (size_t)rows * columns, element = get_global_id(0);
    if (element < count) {
        const size_t row = element / columns, column = element % columns;
        parts += parts_offset;
        float computed_value = parts[element];
#pragma unroll 4
        for (uint part = 1; part < part_count; part++) computed_value += parts[part * count + element];
        ROW
        SCALAR_BODY
    }
}
