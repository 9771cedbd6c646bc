#!/bin/bash
# PoCL's sin and cos of a vector are wrong for its small elements if another element is huge: sin(1e-30) is 0.0099.
#
# Version: libpocl2 3.1-3+deb12u1 (Debian 12), on x86-64.
# Behaviour: where an element is infinite or beyond some number between 1e6 and 1e7, all elements take the way for huge
# ones (Payne and Hanek's reduction, in SLEEF), which fails below 2^-7: sines of tiny numbers are around 0.01, cosines
# off by some thousand units in the last place. From 2^-7 on, elements of such a vector are right; so are vectors without
# a huge element, scalars, and every element beside NaN. OpenCL allows 4 units. Vectors of 4, 8 and 16 do the same.
# Seen, of (1e-30, 0.001, 0.5, h):
#   h = 1e6:  sin 1e-30 0.001 0.479426, cos 1 1 0.877583
#   h = 3e38: sin 0.00990336 0.00799991 0.479426, cos 0.999951 0.999968 0.877583
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for package in ocl-icd-libopencl1=2.3.1-1 libpocl2=3.1-3+deb12u1 libpocl2-common=3.1-3+deb12u1; do
    apt-get -qq download "$package" 2>apt.log || { echo "$package cannot be had: $(tail -n 1 apt.log)"; exit 77; }
done
for file in *.deb; do dpkg -x "$file" unpacked; done
libraries=$(echo "$folder"/unpacked/usr/lib/*-linux-gnu)
export LD_LIBRARY_PATH=$libraries HOME=$folder XDG_CACHE_HOME=$folder/cache TMPDIR=$folder OCL_ICD_VENDORS=$folder/pocl
mkdir pocl
ls "$libraries"/libpocl.so.2.* >pocl/driver.icd
if ldd "$(cat pocl/driver.icd)" | grep 'not found'; then
    echo "libraries that the packages depend on are not installed"
    exit 77
fi

cat >waves.py <<'PYTHON'
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
__kernel void waves(__global const float *x, __global float *y) {
    const float4 v = vload4(0, x);
    vstore4(sin(v), 0, y);
    vstore4(cos(v), 1, y);
}""")
program = pointer(cl.clCreateProgramWithSource(context, 1, reference(text), None, reference(status)))
check(cl.clBuildProgram(program, 0, None, None, None, None))
kernel = pointer(cl.clCreateKernel(program, b"waves", reference(status)))
copied = c.c_ulong(1 << 5)

def waves(huge):
    numbers, results = (c.c_float * 4)(1e-30, 0.001, 0.5, huge), (c.c_float * 8)()
    x = pointer(cl.clCreateBuffer(context, copied, size(16), numbers, reference(status)))
    y = pointer(cl.clCreateBuffer(context, copied, size(32), results, reference(status)))
    check(status.value)
    for place, value in enumerate([x, y]):
        check(cl.clSetKernelArg(kernel, place, size(8), reference(value)))
    check(cl.clEnqueueNDRangeKernel(queue, kernel, 1, None, reference(size(1)), reference(size(1)), 0, None, None))
    check(cl.clEnqueueReadBuffer(queue, y, 1, size(0), size(32), results, 0, None, None))
    return [f"{results[place]:.6g}" for place in (0, 1, 2, 4, 5, 6)]

print(*waves(1e6), *waves(3e38))
PYTHON

found=$(python3 waves.py)
echo "right: 1e-30 0.001 0.479426 1 1 0.877583, twice"
echo "PoCL:  $found"
[ "$found" = "1e-30 0.001 0.479426 1 1 0.877583 0.00990336 0.00799991 0.479426 0.999951 0.999968 0.877583" ]
