// Shared by every kernel file, which is built after this text with -DVECTOR_WIDTH=<1|4|8|16> and
// -DWORKGROUP_SIZE=<a power of two, at least 32>. Nothing here reads or writes past the run it is given.

#define JOIN_TOKENS(a, b) a##b
#define JOIN(a, b) JOIN_TOKENS(a, b)

// REALV holds VECTOR_WIDTH floats; LOADV and STOREV need no more than the alignment of a float.
#if VECTOR_WIDTH == 1
typedef float REALV;
typedef int INTV;
#define AS_REALV as_float
#define AS_INTV as_int
#define LOADV(p) (*(p))
#define STOREV(v, p) (*(p) = (v))
#define ANY(condition) (condition)
#else
typedef JOIN(float, VECTOR_WIDTH) REALV;
typedef JOIN(int, VECTOR_WIDTH) INTV;
#define AS_REALV JOIN(as_float, VECTOR_WIDTH)
#define AS_INTV JOIN(as_int, VECTOR_WIDTH)
#define LOADV(p) JOIN(vload, VECTOR_WIDTH)(0, p)
#ifdef __clang__
// PoCL makes three stores of one vstore16.
typedef REALV UNALIGNED_REALV __attribute__((aligned(4)));
#define DEFINE_STORE_VECTOR(SPACE)                                                                                   \
    static __attribute__((overloadable)) void store_vector(const REALV v, SPACE float *p) {                          \
        *(SPACE UNALIGNED_REALV *)p = v;                                                                             \
    }
DEFINE_STORE_VECTOR(__global)
DEFINE_STORE_VECTOR(__local)
DEFINE_STORE_VECTOR(__private)
#define STOREV(v, p) store_vector(v, p)
#else
#define STOREV(v, p) JOIN(vstore, VECTOR_WIDTH)(v, 0, p)
#endif
#define ANY(condition) any(condition)
#endif

// Asks for the cache line at p ahead of its use, where the compiler knows how and -DNO_PREFETCH does not forbid it.
#if defined(__has_builtin) && !defined(NO_PREFETCH)
#if __has_builtin(__builtin_prefetch)
#define PREFETCH_LINE(p) __builtin_prefetch((const void *)(size_t)(p))
#endif
#endif
#ifndef PREFETCH_LINE
#define PREFETCH_LINE(p)
#endif
#define LINE_FLOATS 16

// Before a loop over what is left of a vector, or over few elements that lie anywhere: a compiler that makes vectors of
// it, after asking whether memories overlap, takes a multiple of the time to compile and to run.
#if defined(__clang__) && VECTOR_WIDTH > 1
#define SHORT_LOOP _Pragma("clang loop vectorize(disable) interleave(disable) unroll(disable)")
#else
#define SHORT_LOOP
#endif

// A kernel whose workgroups are single work-items. As one of several in a launch (`chain`) it is a function that is
// told its place among its own groups; PoCL makes three copies of what it inlines into a kernel, and compiles each.
#ifdef IN_CHAIN
#define SERIAL_KERNEL static __attribute__((noinline)) void
#define PLACE const uint4 group, const uint4 groups,
#define GROUP(axis) ((size_t)group.s##axis)
#define GROUPS(axis) ((size_t)groups.s##axis)
#else
#define SERIAL_KERNEL __kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
#define PLACE
#define GROUP(axis) get_group_id(axis)
#define GROUPS(axis) get_num_groups(axis)
#endif

// The larger of two scalars or vectors; NaN if either is NaN, which fmax would ignore.
#define MAXIMUM(a, b) ((((a) > (b)) | ((a) != (a))) ? (a) : (b))

// The first of `count` things that `item` of `items` owns.
static size_t start_of_share(const size_t count, const size_t item, const size_t items) {
    const size_t share = (count + items - 1) / items;
    return min(item * share, count);
}

// The first of `count` things that `item` owns; its share ends where that of `item + 1` starts.
#define share_start(count, item) start_of_share(count, item, GROUPS(0))

// The first `count` floats at p, and `fill` in the lanes beyond them. Whole pieces of 8, 4, 2 and 1 stay in registers.
static REALV load_partial(__global const float *p, const size_t count, const float fill) {
    if (count >= VECTOR_WIDTH) return LOADV(p);
#if VECTOR_WIDTH == 1
    return fill;
#else
    float2 two = fill;
    if (count & 1) two.x = p[count - 1];
    float4 four = (float4)(two, fill, fill);
    if (count & 2) four = (float4)(vload2(0, p + (count & ~(size_t)3)), two);
#if VECTOR_WIDTH == 4
    return four;
#else
    float8 eight = (float8)(four, fill, fill, fill, fill);
    if (count & 4) eight = (float8)(vload4(0, p + (count & ~(size_t)7)), four);
#if VECTOR_WIDTH == 8
    return eight;
#else
    return count & 8 ? (float16)(vload8(0, p), eight) : (float16)(eight, (float8)fill);
#endif
#endif
#endif
}

// Writes the first `count` lanes of v.
static void store_partial(const REALV v, __global float *p, const size_t count) {
    if (count >= VECTOR_WIDTH) {
        STOREV(v, p);
        return;
    }
#if VECTOR_WIDTH == 16
    if (count & 8) vstore8(v.lo, 0, p);
    const float8 eight = count & 8 ? v.hi : v.lo;
#elif VECTOR_WIDTH == 8
    const float8 eight = v;
#endif
#if VECTOR_WIDTH >= 8
    if (count & 4) vstore4(eight.lo, 0, p + (count & ~(size_t)7));
    const float4 four = count & 4 ? eight.hi : eight.lo;
#elif VECTOR_WIDTH == 4
    const float4 four = v;
#endif
#if VECTOR_WIDTH >= 4
    if (count & 2) vstore2(four.lo, 0, p + (count & ~(size_t)3));
    if (count & 1) p[count - 1] = count & 2 ? four.z : four.x;
#endif
}

static float sum_lanes(const REALV v) {
#if VECTOR_WIDTH == 1
    return v;
#else
#if VECTOR_WIDTH == 16
    const float8 eight = v.lo + v.hi;
    const float4 four = eight.lo + eight.hi;
#elif VECTOR_WIDTH == 8
    const float4 four = v.lo + v.hi;
#else
    const float4 four = v;
#endif
    const float2 two = four.lo + four.hi;
    return two.x + two.y;
#endif
}

static float max_lanes(const REALV v) {
#if VECTOR_WIDTH == 1
    return v;
#else
#if VECTOR_WIDTH == 16
    const float8 eight = MAXIMUM(v.lo, v.hi);
    const float4 four = MAXIMUM(eight.lo, eight.hi);
#elif VECTOR_WIDTH == 8
    const float4 four = MAXIMUM(v.lo, v.hi);
#else
    const float4 four = v;
#endif
    const float2 two = MAXIMUM(four.lo, four.hi);
    return MAXIMUM(two.x, two.y);
#endif
}

// max_i x[i], NaN if any is NaN. Four accumulators hide the latency of the comparison.
static float max_run(__global const float *x, const size_t n) {
    REALV a = -INFINITY, b = a, c = a, d = a;
    size_t i = 0;
    for (; i + 4 * VECTOR_WIDTH <= n; i += 4 * VECTOR_WIDTH) {
        const REALV p = LOADV(x + i), q = LOADV(x + i + VECTOR_WIDTH);
        const REALV r = LOADV(x + i + 2 * VECTOR_WIDTH), s = LOADV(x + i + 3 * VECTOR_WIDTH);
        a = MAXIMUM(a, p);
        b = MAXIMUM(b, q);
        c = MAXIMUM(c, r);
        d = MAXIMUM(d, s);
    }
    for (; i < n; i += VECTOR_WIDTH) {
        const REALV p = load_partial(x + i, n - i, -INFINITY);
        a = MAXIMUM(a, p);
    }
    a = MAXIMUM(a, b);
    c = MAXIMUM(c, d);
    return max_lanes(MAXIMUM(a, c));
}

// exp(x) for x <= 0, within a unit in the last place and down to the smallest number that the device has; exp(-inf) = 0,
// NaN stays NaN.
//
// 2^n · e^r with n = round(x / ln 2), whose bits the addition of 1.5 · 2^23 leaves in the mantissa; ln 2 in two parts
// (Cody and Waite) keeps r exact. The polynomial is 1 + r plus the minimax fit of the rest on |r| <= ln 2 / 2, relative
// error 3e-9. Shorter than the general `exp`, which also has to care for x > 0.
static REALV exp_of_nonpositive(const REALV x) {
    // Everything below rounds to 0; a comparison with NaN is false, so NaN goes on.
    const REALV clamped = x < -110.0f ? (REALV)-110.0f : x;
    const REALV shifted = fma(clamped, (REALV)1.44269504f, (REALV)12582912.0f), n = shifted - 12582912.0f;
    const REALV r = fma(n, (REALV)-1.42860677e-6f, fma(n, (REALV)-0.693145752f, clamped));
    REALV sum = fma((REALV)0.001381454f, r, (REALV)0.008368745f);
    sum = fma(sum, r, (REALV)0.04166839f);
    sum = fma(sum, r, (REALV)0.16666521f);
    sum = fma(sum, r, (REALV)0.49999994f);
    sum = fma(sum, r, (REALV)1.0f);
    sum = fma(sum, r, (REALV)1.0f);
    // 2^(n + 64) · 2^-64, because the exponent of a subnormal result has no bits of its own.
    return sum * AS_REALV((AS_INTV(shifted) - (0x4B400000 - 127 - 64)) << 23) * 0x1p-64f;
}

// sum_i exp(x[i] - shift), shift >= x[i]. Lanes beyond the run hold -inf, whose exponential is 0.
static float exp_sum_run(__global const float *x, const size_t n, const float shift) {
    REALV sum = 0.0f;
    size_t i = 0;
    for (; i + VECTOR_WIDTH <= n; i += VECTOR_WIDTH) sum += exp_of_nonpositive(LOADV(x + i) - shift);
    if (i < n) sum += exp_of_nonpositive(load_partial(x + i, n - i, -INFINITY) - shift);
    return sum_lanes(sum);
}

// y[i] = exp(x[i] - shift), shift >= x[i]; returns their sum.
static float exp_run(__global const float *x, __global float *y, const size_t n, const float shift) {
    REALV sum = 0.0f;
    size_t i = 0;
    for (; i + VECTOR_WIDTH <= n; i += VECTOR_WIDTH) {
        const REALV value = exp_of_nonpositive(LOADV(x + i) - shift);
        STOREV(value, y + i);
        sum += value;
    }
    if (i < n) {
        const REALV value = exp_of_nonpositive(load_partial(x + i, n - i, -INFINITY) - shift);
        store_partial(value, y + i, n - i);
        sum += value;
    }
    return sum_lanes(sum);
}

// y[i] = y[i] * factor.
static void scale_run(__global float *y, const size_t n, const float factor) {
    size_t i = 0;
    for (; i + VECTOR_WIDTH <= n; i += VECTOR_WIDTH) STOREV(LOADV(y + i) * factor, y + i);
    if (i < n) store_partial(load_partial(y + i, n - i, 0.0f) * factor, y + i, n - i);
}

// The sum of `value` over the work-group, by a tree; every work-item must call it and gets the result.
static float sum_group(const float value, __local float *scratch) {
    const size_t item = get_local_id(0);
    scratch[item] = value;
    for (size_t stride = WORKGROUP_SIZE / 2; stride > 0; stride /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (item < stride) scratch[item] += scratch[item + stride];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    const float sum = scratch[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    return sum;
}

// The maximum of `value` over the work-group, NaN if any is NaN; every work-item must call it and gets the result.
static float max_group(const float value, __local float *scratch) {
    const size_t item = get_local_id(0);
    scratch[item] = value;
    for (size_t stride = WORKGROUP_SIZE / 2; stride > 0; stride /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (item < stride) scratch[item] = MAXIMUM(scratch[item], scratch[item + stride]);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    const float maximum = scratch[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    return maximum;
}

// max_i x[i] over the work-group, NaN if any is NaN.
static float max_run_group(__global const float *x, const size_t n, __local float *scratch) {
    float maximum = -INFINITY;
    for (size_t i = get_local_id(0); i < n; i += WORKGROUP_SIZE) maximum = MAXIMUM(maximum, x[i]);
    return max_group(maximum, scratch);
}

// sum_i exp(x[i] - shift) over the work-group.
static float exp_sum_run_group(__global const float *x, const size_t n, const float shift, __local float *scratch) {
    float sum = 0.0f;
    for (size_t i = get_local_id(0); i < n; i += WORKGROUP_SIZE) sum += exp(x[i] - shift);
    return sum_group(sum, scratch);
}
