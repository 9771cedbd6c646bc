// Softmax and its logarithms along rows, shifted by the maximum m of the row, so that no exponential overflows.
// As in PyTorch, an entry of -inf weighs nothing, and +inf, NaN or nothing but -inf in a row makes a softmax of NaN.
// Each operation has a form for CPU devices, one work-item per share of the rows, and one for GPUs (`_workgroup`).

// `difference` = x - m - log(sum); the largest negative float where x is finite and the difference is not.
#define SATURATE(difference, x) ((((difference) < -FLT_MAX) & ((x) > -INFINITY)) ? -FLT_MAX : (difference))

// log(sum_i exp(x[i])), given its maximum m and sum_i exp(x[i] - m): an infinite maximum outweighs all else, where the
// sum met inf - inf.
static float log_of_sum(const float maximum, const float sum) {
    return isinf(maximum) ? maximum : maximum + log(sum);
}

// y[r, i] = exp(x[r, i] - m[r]) / sum_j exp(x[r, j] - m[r]).
// One work-item per contiguous share of the rows.
SERIAL_KERNEL softmax(
    PLACE __global const float *restrict x, const uint x_offset, __global float *restrict y, const uint y_offset,
    const uint rows, const uint n) {
    const size_t end = share_start(rows, GROUP(0) + 1);
    for (size_t row = share_start(rows, GROUP(0)); row < end; row++) {
        __global const float *source = x + x_offset + row * n;
        __global float *target = y + y_offset + row * n;
        const float sum = exp_run(source, target, n, max_run(source, n));
        scale_run(target, n, 1.0f / sum);
    }
}

// y[r, i] = exp(x[r, i] - m[r]) / sum_j exp(x[r, j] - m[r]).
// One work-group per row.
__kernel __attribute__((reqd_work_group_size(WORKGROUP_SIZE, 1, 1))) void softmax_workgroup(
    __global const float *restrict x, const uint x_offset, __global float *restrict y, const uint y_offset,
    const uint rows, const uint n) {
    __local float scratch[WORKGROUP_SIZE];
    const size_t start = get_group_id(0) * n;
    __global const float *source = x + x_offset + start;
    const float maximum = max_run_group(source, n, scratch);
    const float sum = exp_sum_run_group(source, n, maximum, scratch);
    for (size_t i = get_local_id(0); i < n; i += WORKGROUP_SIZE)
        y[y_offset + start + i] = exp(source[i] - maximum) / sum;
}

// y[r, i] = x[r, i] - m[r] - log(sum_j exp(x[r, j] - m[r])).
// One work-item per contiguous share of the rows.
SERIAL_KERNEL log_softmax(
    PLACE __global const float *restrict x, const uint x_offset, __global float *restrict y, const uint y_offset,
    const uint rows, const uint n) {
    const size_t end = share_start(rows, GROUP(0) + 1);
    for (size_t row = share_start(rows, GROUP(0)); row < end; row++) {
        __global const float *source = x + x_offset + row * n;
        __global float *target = y + y_offset + row * n;
        const float maximum = max_run(source, n);
        const float log_sum = log(exp_sum_run(source, n, maximum));
        for (size_t i = 0; i < n; i += VECTOR_WIDTH) {
            const REALV value = load_partial(source + i, n - i, -INFINITY);
            const REALV difference = value - maximum - log_sum;
            store_partial(SATURATE(difference, value), target + i, n - i);
        }
    }
}

// y[r, i] = x[r, i] - m[r] - log(sum_j exp(x[r, j] - m[r])).
// One work-group per row.
__kernel __attribute__((reqd_work_group_size(WORKGROUP_SIZE, 1, 1))) void log_softmax_workgroup(
    __global const float *restrict x, const uint x_offset, __global float *restrict y, const uint y_offset,
    const uint rows, const uint n) {
    __local float scratch[WORKGROUP_SIZE];
    const size_t start = get_group_id(0) * n;
    __global const float *source = x + x_offset + start;
    const float maximum = max_run_group(source, n, scratch);
    const float log_sum = log(exp_sum_run_group(source, n, maximum, scratch));
    for (size_t i = get_local_id(0); i < n; i += WORKGROUP_SIZE) {
        const float difference = source[i] - maximum - log_sum;
        y[y_offset + start + i] = SATURATE(difference, source[i]);
    }
}

// y[r] = m[r] + log(sum_i exp(x[r, i] - m[r])).
// One work-item per contiguous share of the rows.
SERIAL_KERNEL log_sum_exp(
    PLACE __global const float *restrict x, const uint x_offset, __global float *restrict y, const uint y_offset,
    const uint rows, const uint n) {
    const size_t end = share_start(rows, GROUP(0) + 1);
    for (size_t row = share_start(rows, GROUP(0)); row < end; row++) {
        __global const float *source = x + x_offset + row * n;
        const float maximum = max_run(source, n);
        y[y_offset + row] = log_of_sum(maximum, exp_sum_run(source, n, maximum));
    }
}

// y[r] = m[r] + log(sum_i exp(x[r, i] - m[r])).
// One work-group per row.
__kernel __attribute__((reqd_work_group_size(WORKGROUP_SIZE, 1, 1))) void log_sum_exp_workgroup(
    __global const float *restrict x, const uint x_offset, __global float *restrict y, const uint y_offset,
    const uint rows, const uint n) {
    __local float scratch[WORKGROUP_SIZE];
    const size_t row = get_group_id(0);
    __global const float *source = x + x_offset + row * n;
    const float maximum = max_run_group(source, n, scratch);
    const float sum = exp_sum_run_group(source, n, maximum, scratch);
    if (get_local_id(0) == 0) y[y_offset + row] = log_of_sum(maximum, sum);
}
