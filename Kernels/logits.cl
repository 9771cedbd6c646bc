// What one work-item makes of a row of logits: its loss against a label, the gradient of that, and the prediction.

// log(sum) + maximum - x[label], where sum = sum_i exp(x[i] - maximum); the largest float where x[label] is finite
// and the loss is beyond it.
static float cross_entropy(__global const float *x, const uint n, const uint label, const float maximum,
                           const float sum) {
    if (label >= n) return NAN;
    const float logit = x[label];
    const float loss = log(sum) + (maximum - logit);
    return loss > FLT_MAX && logit > -INFINITY ? FLT_MAX : loss;
}

// gradient[i] = (p[i] - (i == label)) * upstream; returns sum_i exp(x[i] - maximum).
static float gradient_run(__global const float *x, __global float *gradient, const uint n, const uint label,
                          const float maximum, const float upstream) {
    const float sum = exp_run(x, gradient, n, maximum);
    if (label >= n) {
        scale_run(gradient, n, NAN);
        return sum;
    }
    const float chosen = gradient[label] / sum;
    scale_run(gradient, n, upstream / sum);
    gradient[label] = (chosen - 1.0f) * upstream;
    return sum;
}

// The first i with x[i] = maximum, which is that of the row; the first NaN where there is one.
static int argmax_run(__global const float *x, const size_t n, const float maximum) {
    size_t i = 0;
    for (; i + VECTOR_WIDTH <= n; i += VECTOR_WIDTH) {
        const REALV value = LOADV(x + i);
        if (ANY((value == maximum) | (value != value))) break;
    }
    while (x[i] != maximum && x[i] == x[i]) i++;
    return (int)i;
}
