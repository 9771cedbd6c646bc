#include "CKernels.h"
#include <string.h>

// C23's #embed puts the files into the binary, so the tool is one file wherever it is carried.
static const struct {
    const char *name;
    const unsigned char *text;
} sources[] = {
    { "argmax", (const unsigned char[]) {
#embed "../../Kernels/argmax.cl" suffix(, 0)
    } },
    { "chain", (const unsigned char[]) {
#embed "../../Kernels/chain.cl" suffix(, 0)
    } },
    { "columns", (const unsigned char[]) {
#embed "../../Kernels/columns.cl" suffix(, 0)
    } },
    { "common", (const unsigned char[]) {
#embed "../../Kernels/common.cl" suffix(, 0)
    } },
    { "elementwise", (const unsigned char[]) {
#embed "../../Kernels/elementwise.cl" suffix(, 0)
    } },
    { "fold", (const unsigned char[]) {
#embed "../../Kernels/fold.cl" suffix(, 0)
    } },
    { "gather", (const unsigned char[]) {
#embed "../../Kernels/gather.cl" suffix(, 0)
    } },
    { "gathered", (const unsigned char[]) {
#embed "../../Kernels/gathered.cl" suffix(, 0)
    } },
    { "logits", (const unsigned char[]) {
#embed "../../Kernels/logits.cl" suffix(, 0)
    } },
    { "matmul_block", (const unsigned char[]) {
#embed "../../Kernels/matmul_block.cl" suffix(, 0)
    } },
    { "matmul_dot", (const unsigned char[]) {
#embed "../../Kernels/matmul_dot.cl" suffix(, 0)
    } },
    { "matmul_panel", (const unsigned char[]) {
#embed "../../Kernels/matmul_panel.cl" suffix(, 0)
    } },
    { "matmul_parts", (const unsigned char[]) {
#embed "../../Kernels/matmul_parts.cl" suffix(, 0)
    } },
    { "pad", (const unsigned char[]) {
#embed "../../Kernels/pad.cl" suffix(, 0)
    } },
    { "panel_packing", (const unsigned char[]) {
#embed "../../Kernels/panel_packing.cl" suffix(, 0)
    } },
    { "peak", (const unsigned char[]) {
#embed "../../Kernels/peak.cl" suffix(, 0)
    } },
    { "random", (const unsigned char[]) {
#embed "../../Kernels/random.cl" suffix(, 0)
    } },
    { "reduce_columns", (const unsigned char[]) {
#embed "../../Kernels/reduce_columns.cl" suffix(, 0)
    } },
    { "reduce_computed_columns", (const unsigned char[]) {
#embed "../../Kernels/reduce_computed_columns.cl" suffix(, 0)
    } },
    { "reduce_rows", (const unsigned char[]) {
#embed "../../Kernels/reduce_rows.cl" suffix(, 0)
    } },
    { "scatter_add", (const unsigned char[]) {
#embed "../../Kernels/scatter_add.cl" suffix(, 0)
    } },
    { "softmax", (const unsigned char[]) {
#embed "../../Kernels/softmax.cl" suffix(, 0)
    } },
    { "softmax_cross_entropy", (const unsigned char[]) {
#embed "../../Kernels/softmax_cross_entropy.cl" suffix(, 0)
    } },
    { "winograd", (const unsigned char[]) {
#embed "../../Kernels/winograd.cl" suffix(, 0)
    } },
    { "winograd_gradient", (const unsigned char[]) {
#embed "../../Kernels/winograd_gradient.cl" suffix(, 0)
    } },
    { "winograd_places", (const unsigned char[]) {
#embed "../../Kernels/winograd_places.cl" suffix(, 0)
    } },
    { "winograd_sums", (const unsigned char[]) {
#embed "../../Kernels/winograd_sums.cl" suffix(, 0)
    } },
    { "winograd_weights", (const unsigned char[]) {
#embed "../../Kernels/winograd_weights.cl" suffix(, 0)
    } },
};

const char *kernel_source(const char *name) {
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        if (strcmp(sources[i].name, name) == 0) return (const char *)sources[i].text;
    return NULL;
}
