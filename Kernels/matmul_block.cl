// Matrix products on GPUs: a workgroup owns a block of C and meets A and B in slices that it keeps in local memory.
//
// Each work-item owns a tile of TILE_ROWS × TILE_COLUMNS sums in registers, spread over the block in pieces of 4 × 4.
// While it adds the products of one slice, its share of the next one is on the way into registers; that goes to the
// other half of local memory, so one barrier per slice is enough. Whatever the layout, neighboring work-items load
// neighboring elements, and the slices lie in local memory in the order in which the sums want them.
//
// What to expect of the largest block, 128 × 128 × 8 with tiles of 8 × 8 and 256 work-items:
// - Local memory gives 4 × 16 bytes per 64 multiply-adds, 0.5 bytes per FLOP. A group of 32 lanes reads 2 addresses of
//   A, which are broadcast, and 16 neighboring float4 of B: 6 cycles of 128 bytes beside 16 cycles of multiply-adds on
//   a unit with 128 lanes, and no bank conflict. With tiles of 4 × 4 it is 3 beside 4.
// - Stores into a slice have no conflict either. Along the depth, 2 float4 (or 8 floats) of each of 16 (or 4) lines
//   are written together: rows of a slice are 4 floats longer than a multiple of 32, so these fall on 32 banks.
// - Global memory gives 2 × 4 KiB per 2^18 FLOP, one float4 of each operand per work-item, in whole 32-byte sectors.
// - 64 sums, 16 factors, 8 elements on the way and the addresses fit 128 registers (LLVM 15 for AMD's gfx1030: 117,
//   none spilled): two workgroups, 16 warps of 32 lanes, on a unit, with 33 KiB of local memory.
//
// The code generator defines PARAMETERS, ROW and SCALAR_BODY as for `elementwise`; the body finds the product in
// `computed_value` and stores the results. An output may be an operand of the body, but not A or B.
// The options define BLOCK_ROWS, BLOCK_COLUMNS, BLOCK_DEPTH (a multiple of 8), TILE_ROWS and TILE_COLUMNS (multiples
// of 4), and for A and B: _ALONG_DEPTH, whether neighboring work-items load along the sums and not across them, and
// _WIDTH, 4 if whole float4 can be loaded that way, else 1.

#define ITEMS_DOWN (BLOCK_ROWS / TILE_ROWS)
#define ITEMS_ACROSS (BLOCK_COLUMNS / TILE_COLUMNS)
#define ITEMS (ITEMS_DOWN * ITEMS_ACROSS)
#define A_PITCH (BLOCK_ROWS + 4)
#define B_PITCH (BLOCK_COLUMNS + 4)
#define A_SLICE (BLOCK_DEPTH * A_PITCH)
#define SLICES (A_SLICE + BLOCK_DEPTH * B_PITCH)
// A row of every work-item's tile, on the way to memory.
#define STAGE (ITEMS_DOWN * BLOCK_COLUMNS)
// The lines that one load covers.
#define A_LINES (A_ALONG_DEPTH ? 1 : A_WIDTH)
#define B_LINES (B_ALONG_DEPTH ? 1 : B_WIDTH)
#define A_LOADS (BLOCK_ROWS * BLOCK_DEPTH / ITEMS / A_WIDTH)
#define B_LOADS (BLOCK_COLUMNS * BLOCK_DEPTH / ITEMS / B_WIDTH)

// The element of a slice with which a load begins: x is its line, a row of A or a column of B, and y its depth.
static uint2 place_of_load(const uint load, const uint lines, const uint width, const int along_depth) {
    if (!along_depth) return (uint2)(load % (lines / width) * width, load / (lines / width));
    const uint lanes = 8 / width, line = load / lanes;
    return (uint2)(line % lines, (load % lanes + line / lines * lanes) * width);
}

// One float, or four that are aligned to their size.
static float4 load_floats(__global const float *p, const int width) {
    return width == 4 ? *(__global const float4 *)p : (float4)(*p, 0.0f, 0.0f, 0.0f);
}

static void store_in_slice(const float4 value, __local float *p, const int width, const int along_depth,
                           const uint pitch) {
    if (width == 1) {
        *p = value.x;
    } else if (along_depth) {
        p[0] = value.x;
        p[pitch] = value.y;
        p[2 * pitch] = value.z;
        p[3 * pitch] = value.w;
    } else {
        *(__local float4 *)p = value;
    }
}

#define PLACE(NAME, load, lines) place_of_load(item + (load) * ITEMS, lines, NAME##_WIDTH, NAME##_ALONG_DEPTH)

// Loads a work-item's share of the next slice; what lies behind the last term is 0.
#define FETCH(NAME, name, lines, depth_stride)                                                                       \
    _Pragma("unroll") for (uint i = 0; i < NAME##_LOADS; i++) {                                                      \
        const int is_inside = PLACE(NAME, i, lines).y < terms;                                                       \
        name##_next[i] = is_inside ? load_floats(name##_from[i], NAME##_WIDTH) : (float4)0.0f;                       \
        name##_from[i] += BLOCK_DEPTH * (size_t)(depth_stride);                                                      \
    }

// Puts it into local memory.
#define KEEP(NAME, name, lines, slice)                                                                               \
    _Pragma("unroll") for (uint i = 0; i < NAME##_LOADS; i++) {                                                      \
        const uint2 at = PLACE(NAME, i, lines);                                                                      \
        __local float *const p = (slice) + at.y * NAME##_PITCH + at.x;                                               \
        store_in_slice(name##_next[i], p, NAME##_WIDTH, NAME##_ALONG_DEPTH, NAME##_PITCH);                           \
    }

// C[i, j] = sum_k A[i, k] · B[k, j] over `part_depth` terms, then what the body makes of it.
// One workgroup per block of columns, block of rows, matrix of the batch, and part of the sums. All are counted in one
// dimension, because some drivers allow only 65535 in the others.
__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void matmul_block(
    PARAMETERS, __global const float *a, const uint a_offset, const uint a_row_stride, const uint a_column_stride,
    const uint a_batch_stride, __global const float *b, const uint b_offset, const uint b_row_stride,
    const uint b_column_stride, const uint b_batch_stride, const uint m, const uint n, const uint k,
    const uint batch_count, const uint part_depth) {
    __local float memory[2 * (SLICES > STAGE ? SLICES : STAGE)] __attribute__((aligned(16)));
    const uint item = get_local_id(0), across = item % ITEMS_ACROSS, down = item / ITEMS_ACROSS;
    const size_t blocks_across = (n - 1) / BLOCK_COLUMNS + 1, blocks_down = (m - 1) / BLOCK_ROWS + 1;
    const size_t first_column = get_group_id(0) % blocks_across * BLOCK_COLUMNS;
    const size_t first_row = get_group_id(0) / blocks_across % blocks_down * BLOCK_ROWS;
    // Results are numbered [part, batch, row, column].
    const size_t matrix = get_group_id(0) / blocks_across / blocks_down;
    const size_t batch = matrix % batch_count, start = matrix / batch_count * part_depth;
    a += a_offset + batch * a_batch_stride + start * a_column_stride;
    b += b_offset + batch * b_batch_stride + start * b_row_stride;

    // Rows and columns beyond the last are computed from the last ones and never stored.
    __global const float *a_from[A_LOADS], *b_from[B_LOADS];
#pragma unroll
    for (uint i = 0; i < A_LOADS; i++) {
        const uint2 at = PLACE(A, i, BLOCK_ROWS);
        a_from[i] = a + min(first_row + at.x, (size_t)m - A_LINES) * a_row_stride + (size_t)at.y * a_column_stride;
    }
#pragma unroll
    for (uint i = 0; i < B_LOADS; i++) {
        const uint2 at = PLACE(B, i, BLOCK_COLUMNS);
        b_from[i] = b + min(first_column + at.x, (size_t)n - B_LINES) * b_column_stride + (size_t)at.y * b_row_stride;
    }

    float4 sums[TILE_ROWS][TILE_COLUMNS / 4];
#pragma unroll
    for (int i = 0; i < TILE_ROWS; i++)
#pragma unroll
        for (int j = 0; j < TILE_COLUMNS / 4; j++) sums[i][j] = 0.0f;

    float4 a_next[A_LOADS], b_next[B_LOADS];
    uint terms = min((size_t)part_depth, k - start);
    __local float *slice = memory, *next_slice = memory + SLICES;
    FETCH(A, a, BLOCK_ROWS, a_column_stride)
    FETCH(B, b, BLOCK_COLUMNS, b_row_stride)
    KEEP(A, a, BLOCK_ROWS, slice)
    KEEP(B, b, BLOCK_COLUMNS, slice + A_SLICE)
    barrier(CLK_LOCAL_MEM_FENCE);
    while (terms > 0) {
        // Without a next slice, zeros take its place, and nobody reads them.
        terms -= min(terms, (uint)BLOCK_DEPTH);
        FETCH(A, a, BLOCK_ROWS, a_column_stride)
        FETCH(B, b, BLOCK_COLUMNS, b_row_stride)
#pragma unroll
        for (int l = 0; l < BLOCK_DEPTH; l++) {
            float a_value[TILE_ROWS];
            float4 b_value[TILE_COLUMNS / 4];
#pragma unroll
            for (int i = 0; i < TILE_ROWS; i += 4) {
                const float4 four = *(__local const float4 *)(slice + l * A_PITCH + i * ITEMS_DOWN + 4 * down);
                a_value[i] = four.x;
                a_value[i + 1] = four.y;
                a_value[i + 2] = four.z;
                a_value[i + 3] = four.w;
            }
#pragma unroll
            for (int j = 0; j < TILE_COLUMNS / 4; j++)
                b_value[j] =
                    *(__local const float4 *)(slice + A_SLICE + l * B_PITCH + 4 * (j * ITEMS_ACROSS + across));
#pragma unroll
            for (int i = 0; i < TILE_ROWS; i++)
#pragma unroll
                for (int j = 0; j < TILE_COLUMNS / 4; j++) sums[i][j] = fma((float4)a_value[i], b_value[j], sums[i][j]);
        }
        KEEP(A, a, BLOCK_ROWS, next_slice)
        KEEP(B, b, BLOCK_COLUMNS, next_slice + A_SLICE)
        barrier(CLK_LOCAL_MEM_FENCE);
        __local float *const used = slice;
        slice = next_slice;
        next_slice = used;
    }

    // Through local memory, so that neighboring work-items read and write neighboring columns; the two stages take
    // turns, so one barrier per row is enough.
#pragma unroll
    for (int i = 0; i < TILE_ROWS; i++) {
        __local float *stage = memory + i % 2 * STAGE;
#pragma unroll
        for (int j = 0; j < TILE_COLUMNS / 4; j++)
            *(__local float4 *)(stage + down * BLOCK_COLUMNS + 4 * (j * ITEMS_ACROSS + across)) = sums[i][j];
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint at = item; at < STAGE; at += ITEMS) {
            const size_t own_row = first_row + i / 4 * 4 * ITEMS_DOWN + at / BLOCK_COLUMNS * 4 + i % 4;
            const size_t column = first_column + at % BLOCK_COLUMNS;
            if (own_row < m && column < n) {
                const size_t row = matrix * m + own_row;
                const float computed_value = stage[at];
                ROW
                SCALAR_BODY
            }
        }
    }
}
