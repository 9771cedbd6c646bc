#!/bin/bash
# Looking for devices with PoCL changes the program's environment: its children inherit HWLOC_PLUGINS_PATH=/dev/null.
#
# Version: libpocl2 3.1-3+deb12u1 (Debian 12).
# Behaviour: clGetDeviceIDs sets the variable and leaves it set, over a value that the user gave too. What the program
# starts afterwards, such as mpirun, whose hwloc reads it, then finds none of hwloc's plugins. A change of the
# environment while other threads read it is a race as well.
# Seen, as a child sees it before and after:
#   before: HWLOC_PLUGINS_PATH=/opt/plugins, after: HWLOC_PLUGINS_PATH=/dev/null
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for package in ocl-icd-libopencl1=2.3.1-1 libpocl2=3.1-3+deb12u1 libpocl2-common=3.1-3+deb12u1; do
    apt-get -qq download "$package" 2>apt.log || { echo "$package cannot be had: $(tail -n 1 apt.log)"; exit 77; }
done
for file in *.deb; do dpkg -x "$file" unpacked; done
libraries=$(echo "$folder"/unpacked/usr/lib/*-linux-gnu)
export LD_LIBRARY_PATH=$libraries OCL_ICD_VENDORS=$folder/vendors
export HOME=$folder XDG_CACHE_HOME=$folder/cache TMPDIR=$folder
mkdir vendors
ls "$libraries"/libpocl.so.2.* >vendors/driver.icd
if ldd "$(cat vendors/driver.icd)" | grep 'not found'; then
    echo "libraries that the packages depend on are not installed"
    exit 77
fi

cat >environment.py <<'PYTHON'
import ctypes as c, subprocess

def child(): return subprocess.run(["printenv", "HWLOC_PLUGINS_PATH"], capture_output=True, text=True).stdout.strip()

before = child()
cl = c.CDLL("libOpenCL.so.1")
platform, device = c.c_void_p(), c.c_void_p()
cl.clGetPlatformIDs(1, c.byref(platform), None)
cl.clGetDeviceIDs(platform, c.c_ulong(0xFFFFFFFF), 1, c.byref(device), None)
print(f"before: HWLOC_PLUGINS_PATH={before}, after: HWLOC_PLUGINS_PATH={child()}")
PYTHON

seen=$(HWLOC_PLUGINS_PATH=/opt/plugins python3 environment.py)
echo "$seen"
[ "$seen" = "before: HWLOC_PLUGINS_PATH=/opt/plugins, after: HWLOC_PLUGINS_PATH=/dev/null" ]
