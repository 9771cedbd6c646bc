// Softmax cross-entropy of rows of logits against labels, shifted by the maximum m of the row; p[r] = softmax(x[r]).
// A label outside 0 ..< n makes the loss and the gradient row NaN. A logit of -inf is masked: its p is 0.
// Each operation has a form for CPU devices, one work-item per share of the rows, and one for GPUs (`_workgroup`).

// gradient[i] = (p[i] - (i == label)) * upstream, where sum = sum_i exp(x[i] - maximum), by the whole work-group.
static void gradient_run_group(__global const float *x, __global float *gradient, const uint n, const uint label,
                               const float maximum, const float sum, const float upstream) {
    const float factor = label < n ? upstream : NAN;
    for (size_t i = get_local_id(0); i < n; i += WORKGROUP_SIZE)
        gradient[i] = (exp(x[i] - maximum) / sum - (i == label ? 1.0f : 0.0f)) * factor;
}

// loss[r] = log(sum_i exp(x[r, i] - m[r])) + m[r] - x[r, labels[r]].
// One work-item per contiguous share of the rows.
SERIAL_KERNEL softmax_cross_entropy(
    PLACE __global const float *restrict x, const uint x_offset, __global const int *restrict labels,
    const uint labels_offset, __global float *restrict loss, const uint loss_offset, const uint rows, const uint n) {
    const size_t end = share_start(rows, GROUP(0) + 1);
    for (size_t row = share_start(rows, GROUP(0)); row < end; row++) {
        __global const float *source = x + x_offset + row * n;
        const float maximum = max_run(source, n);
        loss[loss_offset + row] = cross_entropy(source, n, (uint)labels[labels_offset + row], maximum,
                                                exp_sum_run(source, n, maximum));
    }
}

// loss[r] = log(sum_i exp(x[r, i] - m[r])) + m[r] - x[r, labels[r]].
// One work-group per row.
__kernel __attribute__((reqd_work_group_size(WORKGROUP_SIZE, 1, 1))) void softmax_cross_entropy_workgroup(
    __global const float *restrict x, const uint x_offset, __global const int *restrict labels,
    const uint labels_offset, __global float *restrict loss, const uint loss_offset, const uint rows, const uint n) {
    __local float scratch[WORKGROUP_SIZE];
    const size_t row = get_group_id(0);
    __global const float *source = x + x_offset + row * n;
    const float maximum = max_run_group(source, n, scratch);
    const float sum = exp_sum_run_group(source, n, maximum, scratch);
    if (get_local_id(0) == 0)
        loss[loss_offset + row] = cross_entropy(source, n, (uint)labels[labels_offset + row], maximum, sum);
}

// gradient[r, i] = (p[r, i] - (i == labels[r])) * u[r * u_stride].
// One work-item per contiguous share of the rows.
SERIAL_KERNEL softmax_cross_entropy_gradient(
    PLACE __global const float *restrict x, const uint x_offset, __global const int *restrict labels,
    const uint labels_offset, __global const float *restrict u, const uint u_offset, __global float *restrict gradient,
    const uint gradient_offset, const uint rows, const uint n, const uint u_stride) {
    const size_t end = share_start(rows, GROUP(0) + 1);
    for (size_t row = share_start(rows, GROUP(0)); row < end; row++) {
        __global const float *source = x + x_offset + row * n;
        gradient_run(source, gradient + gradient_offset + row * n, n, (uint)labels[labels_offset + row],
                     max_run(source, n), u[u_offset + row * u_stride]);
    }
}

// gradient[r, i] = (p[r, i] - (i == labels[r])) * u[r * u_stride].
// One work-group per row.
__kernel __attribute__((reqd_work_group_size(WORKGROUP_SIZE, 1, 1))) void softmax_cross_entropy_gradient_workgroup(
    __global const float *restrict x, const uint x_offset, __global const int *restrict labels,
    const uint labels_offset, __global const float *restrict u, const uint u_offset, __global float *restrict gradient,
    const uint gradient_offset, const uint rows, const uint n, const uint u_stride) {
    __local float scratch[WORKGROUP_SIZE];
    const size_t row = get_group_id(0);
    __global const float *source = x + x_offset + row * n;
    const float maximum = max_run_group(source, n, scratch);
    const float sum = exp_sum_run_group(source, n, maximum, scratch);
    gradient_run_group(source, gradient + gradient_offset + row * n, n, (uint)labels[labels_offset + row], maximum, sum,
                       u[u_offset + row * u_stride]);
}

// loss as by softmax_cross_entropy, gradient as by softmax_cross_entropy_gradient, from one pass over the exponentials.
// One work-item per contiguous share of the rows.
SERIAL_KERNEL softmax_cross_entropy_with_gradient(
    PLACE __global const float *restrict x, const uint x_offset, __global const int *restrict labels,
    const uint labels_offset, __global const float *restrict u, const uint u_offset, __global float *restrict loss,
    const uint loss_offset, __global float *restrict gradient, const uint gradient_offset, const uint rows,
    const uint n, const uint u_stride) {
    const size_t end = share_start(rows, GROUP(0) + 1);
    for (size_t row = share_start(rows, GROUP(0)); row < end; row++) {
        __global const float *source = x + x_offset + row * n;
        const uint label = (uint)labels[labels_offset + row];
        const float maximum = max_run(source, n);
        const float sum = gradient_run(source, gradient + gradient_offset + row * n, n, label, maximum,
                                       u[u_offset + row * u_stride]);
        loss[loss_offset + row] = cross_entropy(source, n, label, maximum, sum);
    }
}

// loss as by softmax_cross_entropy, gradient as by softmax_cross_entropy_gradient, from one pass over the exponentials.
// One work-group per row.
__kernel __attribute__((reqd_work_group_size(WORKGROUP_SIZE, 1, 1))) void softmax_cross_entropy_with_gradient_workgroup(
    __global const float *restrict x, const uint x_offset, __global const int *restrict labels,
    const uint labels_offset, __global const float *restrict u, const uint u_offset, __global float *restrict loss,
    const uint loss_offset, __global float *restrict gradient, const uint gradient_offset, const uint rows,
    const uint n, const uint u_stride) {
    __local float scratch[WORKGROUP_SIZE];
    const size_t row = get_group_id(0);
    const uint label = (uint)labels[labels_offset + row];
    __global const float *source = x + x_offset + row * n;
    const float maximum = max_run_group(source, n, scratch);
    const float sum = exp_sum_run_group(source, n, maximum, scratch);
    gradient_run_group(source, gradient + gradient_offset + row * n, n, label, maximum, sum,
                       u[u_offset + row * u_stride]);
    if (get_local_id(0) == 0) loss[loss_offset + row] = cross_entropy(source, n, label, maximum, sum);
}
