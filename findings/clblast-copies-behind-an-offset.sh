#!/bin/bash
# CLBlast copies every operand of a product that does not begin at offset 0 of its buffer, however well it is aligned.
#
# Versions: libclblast1 1.5.3-3 on PoCL's libpocl2 3.1-3+deb12u1 (Debian 12).
# Behaviour: CLBlastSGemmTempBufferSize tells how much memory a product needs for copies. For 1024 x 1024 matrices in
# column-major order, B transposed, it is 0: the kernel reads A and B and writes C where they are. An offset of 64
# elements, 256 bytes, for any one of the three makes it 4 MiB, a copy of that whole matrix before or after the product.
# So who keeps several matrices in one buffer does better to hand over sub-buffers (clCreateSubBuffer) at offset 0.
# Seen: none 0, A 4194304, B 4194304, C 4194304, all 12582912; in sub-buffers 0
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for package in ocl-icd-libopencl1=2.3.1-1 libpocl2=3.1-3+deb12u1 libpocl2-common=3.1-3+deb12u1 libclblast1=1.5.3-3; do
    apt-get -qq download "$package" 2>apt.log || { echo "$package cannot be had: $(tail -n 1 apt.log)"; exit 77; }
done
for file in *.deb; do dpkg -x "$file" unpacked; done
libraries=$(echo "$folder"/unpacked/usr/lib/*-linux-gnu)
export LD_LIBRARY_PATH=$libraries HOME=$folder XDG_CACHE_HOME=$folder/cache TMPDIR=$folder
mkdir pocl
ls "$libraries"/libpocl.so.2.* >pocl/driver.icd
if ldd "$(cat pocl/driver.icd)" | grep 'not found'; then
    echo "libraries that the packages depend on are not installed"
    exit 77
fi

cat >sizes.py <<'PYTHON'
import ctypes as c, sys

cl, clblast = c.CDLL("libOpenCL.so.1"), c.CDLL("libclblast.so.1")
pointer, size, reference, status = c.c_void_p, c.c_size_t, c.byref, c.c_int()
for name in ("clCreateContext", "clCreateCommandQueue", "clCreateBuffer", "clCreateSubBuffer"):
    getattr(cl, name).restype = pointer
platform, device = pointer(), pointer()
cl.clGetPlatformIDs(1, reference(platform), None)
if cl.clGetDeviceIDs(platform, c.c_ulong(0xFFFFFFFF), 1, reference(device), None): sys.exit("no device")
context = pointer(cl.clCreateContext(None, 1, reference(device), None, None, reference(status)))
queue = pointer(cl.clCreateCommandQueue(context, device, c.c_ulong(0), reference(status)))

def copies(a=0, b=0, c_=0, n=1024, column_major=102, plain=111, transposed=112):
    found = size()
    code = clblast.CLBlastSGemmTempBufferSize(
        column_major, plain, transposed, size(n), size(n), size(n), size(a), size(n), size(b), size(n), size(c_), size(n),
        reference(queue), reference(found))
    return found.value if code == 0 else f"error {code}"

# Three matrices in one buffer can be handed over as sub-buffers that begin where they do.
whole = pointer(cl.clCreateBuffer(context, c.c_ulong(1), size(3 << 22), None, reference(status)))
for place in range(3):
    region = (size * 2)(place << 22, 1 << 22)
    if not cl.clCreateSubBuffer(whole, c.c_ulong(0), 0x1220, region, reference(status)): sys.exit("no sub-buffer")
print(f"none {copies()}, A {copies(a=64)}, B {copies(b=64)}, C {copies(c_=64)}, all {copies(64, 64, 64)};"
      f" in sub-buffers {copies()}")
PYTHON

seen=$(OCL_ICD_VENDORS=$folder/pocl python3 sizes.py)
echo "$seen"
[ "$seen" = "none 0, A 4194304, B 4194304, C 4194304, all 12582912; in sub-buffers 0" ]
