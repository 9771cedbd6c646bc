// Rows by index. The operation has a form for CPU devices and one for GPUs (`_workgroup`).

#ifdef UNORM8_TABLE
// A byte stands for its 255th part, correctly rounded: the remainder of the product corrects it.
#define ELEMENT uchar
#define OVER_255(REAL, x) \
    fma(fma((REAL)-255.0f, (x) * (1.0f / 255.0f), (x)), (REAL)(1.0f / 255.0f), (x) * (1.0f / 255.0f))
#define READ(p) OVER_255(float, convert_float(*(p)))
#if VECTOR_WIDTH == 1
#define READV(p) READ(p)
#else
#define READV(p) OVER_255(REALV, JOIN(convert_float, VECTOR_WIDTH)(JOIN(vload, VECTOR_WIDTH)(0, p)))
#endif
#else
#define ELEMENT float
#define READ(p) (*(p))
#define READV(p) LOADV(p)
#endif

#ifdef WORKGROUP_FORM

// y[r, c] = table[indices[r], c]; NaN where the index is not in 0 ..< count.
// One work-item per element of y, rounded up to full work-groups.
__kernel __attribute__((reqd_work_group_size(WORKGROUP_SIZE, 1, 1))) void gather_workgroup(
    __global const ELEMENT *restrict table, const uint table_offset, __global const int *restrict indices,
    const uint indices_offset, __global float *restrict y, const uint y_offset, const uint rows, const uint width,
    const uint count) {
    const size_t i = get_global_id(0);
    if (i >= (size_t)rows * width) return;
    const uint index = (uint)indices[indices_offset + i / width];
    y[y_offset + i] = index < count ? READ(table + table_offset + (size_t)index * width + i % width) : NAN;
}

#else

// y[r, c] = table[indices[r], c]; NaN where the index is not in 0 ..< count.
// One work-item per contiguous share of the rows.
SERIAL_KERNEL gather(
    PLACE __global const ELEMENT *restrict table, const uint table_offset, __global const int *restrict indices,
    const uint indices_offset, __global float *restrict y, const uint y_offset, const uint rows, const uint width,
    const uint count) {
    const size_t end = share_start(rows, GROUP(0) + 1);
    for (size_t row = share_start(rows, GROUP(0)); row < end; row++) {
        const uint index = (uint)indices[indices_offset + row];
        __global const ELEMENT *source = table + table_offset + (size_t)index * width;
        __global float *target = y + y_offset + row * width;
        size_t c = 0;
        if (index >= count) {
            SHORT_LOOP
            for (; c < width; c++) target[c] = NAN;
        } else {
            for (; c + VECTOR_WIDTH <= width; c += VECTOR_WIDTH) STOREV(READV(source + c), target + c);
            SHORT_LOOP
            for (; c < width; c++) target[c] = READ(source + c);
        }
    }
}

#endif
