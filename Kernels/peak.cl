// What the device can do at most, for `nngpu bench peak`. Nothing trains with these kernels.

// Accumulators that do not wait for each other: more than latency times throughput of any FMA unit,
// and few enough to stay in sixteen vector registers.
#define CHAINS 12

// y[i] = the sum of CHAINS chains a = a * x + x, each `rounds` long: 2 · CHAINS · VECTOR_WIDTH · rounds FLOPs.
// One work-item per vector of y, whatever the workgroup.
__kernel void peak_fma(__global float *y, const float factor, const uint rounds) {
    const REALV x = factor;
    REALV a[CHAINS];
    for (int c = 0; c < CHAINS; c++) a[c] = (REALV)(c + (float)get_global_id(0));
    for (uint r = 0; r < rounds; r++) {
#pragma unroll
        for (int c = 0; c < CHAINS; c++) a[c] = fma(a[c], x, x);
    }
    REALV sum = 0.0f;
    for (int c = 0; c < CHAINS; c++) sum += a[c];
    STOREV(sum, y + get_global_id(0) * VECTOR_WIDTH);
}

// y[i] = x[i].
// One work-item per contiguous share of the elements, which the launcher makes a multiple of 16 vectors.
__kernel void peak_copy(__global const float *restrict x, __global float *restrict y, const uint n) {
    const size_t end = share_start(n, get_global_id(0) + 1);
    for (size_t i = share_start(n, get_global_id(0)); i < end; i += VECTOR_WIDTH) STOREV(LOADV(x + i), y + i);
}

// y[i] = x[i].
// Neighboring work-items copy neighboring elements.
__kernel void peak_copy_workgroup(__global const float *restrict x, __global float *restrict y, const uint n) {
    for (size_t i = get_global_id(0); i < n; i += get_global_size(0)) y[i] = x[i];
}

// Does nothing: what remains is the cost of a launch.
__kernel void peak_launch(__global float *y) {
    if (get_global_id(0) > 0) y[0] = 0.0f;
}
