#pragma once

/// Returns the OpenCL C text of `Kernels/<name>.cl`, or NULL if there is no such file.
const char *kernel_source(const char *name);
