#!/bin/bash
# Looking for devices with PoCL, or making a context with Intel's driver, swallows the program's SIGUSR1 from then on.
#
# Versions: libpocl2 3.1-3+deb12u1 with LLVM 15 (Debian 12), intel-opencl-rt 2026.2.0 (PyPI).
# Behaviour: a program installs handlers for SIGUSR1 and SIGUSR2, as one does that saves when a job scheduler warns it.
# After clGetDeviceIDs (PoCL) or clCreateContext (Intel) the driver's LLVM has put its own in place of these and of a
# dozen others. SIGUSR1 then reaches nobody, every time. Any other signal of these still reaches the program's handler:
# LLVM first puts all handlers back and raises it anew, and after that SIGUSR1 works again, on PoCL until the next
# kernel is compiled. Handlers that the program installs after the driver's stay, through builds too.
# Seen, as the number of times that the handler of SIGUSR1 ran of three:
#   PoCL:  platforms 3, devices 0, context 0, after one SIGUSR2 3, after a build 0, installed anew 3, after a build 3
#   Intel: platforms 3, devices 3, context 0, after one SIGUSR2 3, after a build 3, installed anew 3, after a build 3
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for package in ocl-icd-libopencl1=2.3.1-1 libpocl2=3.1-3+deb12u1 libpocl2-common=3.1-3+deb12u1; do
    apt-get -qq download "$package" 2>apt.log || { echo "$package cannot be had: $(tail -n 1 apt.log)"; exit 77; }
done
for file in *.deb; do dpkg -x "$file" unpacked; done
python3 -m venv packages
packages/bin/pip -q install intel-opencl-rt==2026.2.0 intel-cmplr-lib-rt==2026.2.0 2>pip.log ||
    { echo "intel-opencl-rt cannot be had: $(tail -n 1 pip.log)"; exit 77; }
libraries=$(echo "$folder"/unpacked/usr/lib/*-linux-gnu)
export LD_LIBRARY_PATH=$libraries HOME=$folder XDG_CACHE_HOME=$folder/cache TMPDIR=$folder
mkdir pocl intel
ls "$libraries"/libpocl.so.2.* >pocl/driver.icd
ls "$folder"/packages/lib/libintelocl.so >intel/driver.icd
if ldd "$(cat pocl/driver.icd)" | grep 'not found'; then
    echo "libraries that the packages depend on are not installed"
    exit 77
fi

cat >signals.py <<'PYTHON'
import ctypes as c, os, signal, sys

cl = c.CDLL("libOpenCL.so.1")
pointer, reference, status = c.c_void_p, c.byref, c.c_int()
cl.clCreateContext.restype = cl.clCreateProgramWithSource.restype = pointer
heard, report = [], []

def install():
    for number in (signal.SIGUSR1, signal.SIGUSR2): signal.signal(number, lambda number, frame: heard.append(number))

def listen(moment):
    heard.clear()
    for _ in range(3): signal.raise_signal(signal.SIGUSR1)
    report.append(f"{moment} {heard.count(signal.SIGUSR1)}")

def build(factor):
    text = c.c_char_p(b"__kernel void scale(__global float *x) { x[get_global_id(0)] *= %d; }" % factor)
    program = pointer(cl.clCreateProgramWithSource(context, 1, reference(text), None, reference(status)))
    if cl.clBuildProgram(program, 0, None, None, None, None): sys.exit("no build")

install()
platform, device = pointer(), pointer()
cl.clGetPlatformIDs(1, reference(platform), None)
listen("platforms")
if cl.clGetDeviceIDs(platform, c.c_ulong(0xFFFFFFFF), 1, reference(device), None): sys.exit("no device")
listen("devices")
context = pointer(cl.clCreateContext(None, 1, reference(device), None, None, reference(status)))
listen("context")
signal.raise_signal(signal.SIGUSR2)
listen("after one SIGUSR2")
build(2)
listen("after a build")
install()
listen("installed anew")
build(3)
listen("after a build")
print(", ".join(report))
PYTHON

pocl=$(OCL_ICD_VENDORS=$folder/pocl python3 signals.py)
intel=$(OCL_ICD_VENDORS=$folder/intel python3 signals.py)
echo "PoCL:  $pocl"
echo "Intel: $intel"
start="platforms 3, devices" end="after one SIGUSR2 3, after a build"
[ "$pocl" = "$start 0, context 0, $end 0, installed anew 3, after a build 3" ] &&
    [ "$intel" = "$start 3, context 0, $end 3, installed anew 3, after a build 3" ]
