// Several kernels that do not depend on each other as one launch, whose groups are those of all of them.
//
// The code generator puts the kernels before this text, as functions with names of their own, and defines PARAMETERS and
// CALLS: for each kernel a range of groups, the extents and the first of it, and the call of the function with its place in
// the range. Where kernels differ in nothing but arguments, one call serves them all.

// Whether a group of the launch belongs to a range.
static int is_in(const uint4 range, const uint number) {
    return number - range.s3 < range.s0 * range.s1 * range.s2;
}

// The place of a group within its range.
static uint4 place_in(const uint4 range, const uint number) {
    const uint i = number - range.s3;
    return (uint4)(i % range.s0, i / range.s0 % range.s1, i / range.s0 / range.s1, 0);
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void siblings(PARAMETERS) {
    const uint number = get_group_id(0);
    CALLS
}
