#!/bin/bash
# Mesa's rusticl on llvmpipe gives each work-item 65,535 loop turns in all: then every loop ends, no error, wrong sums.
#
# Versions: mesa-opencl-icd 22.3.6-1+deb12u2, libclc-15 1:15.0.6-4, beside libpocl2 3.1-3+deb12u1 (Debian 12).
# Behaviour: one work-item that adds n ones in a plain `for` gets n on PoCL and at most 65,535 on llvmpipe. The turns of
# all loops of a kernel count together, those of outer loops and the last test that leaves an inner loop too: 70,000
# rows of one column end after 21,845 rows. Build, launch, event and read all report success. So a loop that waits for
# other work-groups falls through as well. The driver's cache of compiled kernels is kept off here.
# Seen:
#   PoCL:    ones 65535 -> 65535, 65536 -> 65536, 1000000 -> 1000000; 256 x 256 -> 65536; 70000 x 1 -> 70000
#   rusticl: ones 65535 -> 65535, 65536 -> 65535, 1000000 -> 65535; 256 x 256 -> 65027; 70000 x 1 -> 21845
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for package in ocl-icd-libopencl1=2.3.1-1 libpocl2=3.1-3+deb12u1 libpocl2-common=3.1-3+deb12u1 \
    mesa-opencl-icd=22.3.6-1+deb12u2 libclc-15=1:15.0.6-4 libllvmspirvlib15=15.0.0-2; do
    apt-get -qq download "$package" 2>apt.log || { echo "$package cannot be had: $(tail -n 1 apt.log)"; exit 77; }
done
for file in *.deb; do dpkg -x "$file" unpacked; done
libraries=$(echo "$folder"/unpacked/usr/lib/*-linux-gnu)
export LD_LIBRARY_PATH=$libraries HOME=$folder XDG_CACHE_HOME=$folder/cache TMPDIR=$folder
export MESA_SHADER_CACHE_DISABLE=true RUSTICL_ENABLE=llvmpipe
mkdir pocl rusticl
ls "$libraries"/libpocl.so.2.* >pocl/driver.icd
ls "$libraries"/libRusticlOpenCL.so.1 >rusticl/driver.icd
if ldd "$(cat pocl/driver.icd)" "$(cat rusticl/driver.icd)" | grep 'not found'; then
    echo "libraries that the packages depend on are not installed"
    exit 77
fi

cat >sums.py <<'PYTHON'
import ctypes as c, sys

cl = c.CDLL("libOpenCL.so.1")
pointer, size, reference, status = c.c_void_p, c.c_size_t, c.byref, c.c_int()
for name in ("Context", "CommandQueue", "ProgramWithSource", "Kernel", "Buffer"):
    getattr(cl, "clCreate" + name).restype = pointer

def check(code):
    if code: sys.exit(f"OpenCL error {code}")

platform, device = pointer(), pointer()
check(cl.clGetPlatformIDs(1, reference(platform), None))
check(cl.clGetDeviceIDs(platform, c.c_ulong(0xFFFFFFFF), 1, reference(device), None))
context = pointer(cl.clCreateContext(None, 1, reference(device), None, None, reference(status)))
queue = pointer(cl.clCreateCommandQueue(context, device, c.c_ulong(0), reference(status)))
text = c.c_char_p(b"""
__kernel void total(__global const float *values, const uint rows, const uint columns, __global float *result) {
    float sum = 0;
    for (uint row = 0; row < rows; row++)
        for (uint column = 0; column < columns; column++) sum += values[row * columns + column];
    *result = sum;
}
__kernel void total_of_row(__global const float *values, const uint count, __global float *result) {
    float sum = 0;
    for (uint i = 0; i < count; i++) sum += values[i];
    *result = sum;
}""")
program = pointer(cl.clCreateProgramWithSource(context, 1, reference(text), None, reference(status)))
check(cl.clBuildProgram(program, 0, None, None, None, None))
copied = c.c_ulong(1 << 5)

def sum_of_ones(name, *counts):
    total = 1
    for count in counts: total *= count
    ones, result = (c.c_float * total)(*[1] * total), c.c_float(-1)
    values = pointer(cl.clCreateBuffer(context, copied, size(4 * total), ones, reference(status)))
    answer = pointer(cl.clCreateBuffer(context, copied, size(4), reference(result), reference(status)))
    kernel = pointer(cl.clCreateKernel(program, name, reference(status)))
    check(status.value)
    for place, value in enumerate([values, *map(c.c_uint, counts), answer]):
        check(cl.clSetKernelArg(kernel, place, size(c.sizeof(value)), reference(value)))
    check(cl.clEnqueueNDRangeKernel(queue, kernel, 1, None, reference(size(1)), reference(size(1)), 0, None, None))
    check(cl.clFinish(queue))
    check(cl.clEnqueueReadBuffer(queue, answer, 1, size(0), size(4), reference(result), 0, None, None))
    return int(result.value)

print(*(sum_of_ones(b"total_of_row", count) for count in (65535, 65536, 1000000)),
      sum_of_ones(b"total", 256, 256), sum_of_ones(b"total", 70000, 1))
PYTHON

pocl=$(OCL_ICD_VENDORS=$folder/pocl python3 sums.py)
if [ -d /usr/lib/clc ]; then
    rusticl=$(OCL_ICD_VENDORS=$folder/rusticl python3 sums.py)
else
    # Mesa looks for libclc in this one place: shown to it in a mount namespace of its own.
    rusticl=$(OCL_ICD_VENDORS=$folder/rusticl unshare --map-root-user --mount sh -c \
        "mount -t overlay overlay -o lowerdir='$folder'/unpacked/usr/lib:/usr/lib /usr/lib && python3 sums.py") ||
        { echo "no namespace for libclc-15, and it is not installed"; exit 77; }
fi
echo "expected: 65535 65536 1000000 65536 70000"
echo "PoCL:     $pocl"
echo "rusticl:  $rusticl"
[ "$pocl" = "65535 65536 1000000 65536 70000" ] && [ "$rusticl" = "65535 65535 65535 65027 21845" ]
