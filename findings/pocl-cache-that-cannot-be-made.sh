#!/bin/bash
# PoCL that cannot make its cache folder has a platform but no device; it tries no other of the folders it knows.
#
# Version: libpocl2 3.1-3+deb12u1 (Debian 12).
# Behaviour: the cache is POCL_CACHE_DIR, else XDG_CACHE_HOME/pocl/kcache, else HOME/.cache/pocl/kcache, else
# /tmp/pocl/kcache. The first of these that the environment names is the only one tried: where it cannot be made,
# clGetPlatformIDs answers PoCL and clGetDeviceIDs CL_DEVICE_NOT_FOUND (-1), as on a machine without a processor,
# although a later one could be made. Nothing is printed. POCL_KERNEL_CACHE=0 changes nothing: the folder is needed
# without a cache too. A plain file stands for the folder that cannot be made here, so that root sees the same.
# Seen: the lines at the end of this script
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for package in ocl-icd-libopencl1=2.3.1-1 libpocl2=3.1-3+deb12u1 libpocl2-common=3.1-3+deb12u1; do
    apt-get -qq download "$package" 2>apt.log || { echo "$package cannot be had: $(tail -n 1 apt.log)"; exit 77; }
done
for file in *.deb; do dpkg -x "$file" unpacked; done
libraries=$(echo "$folder"/unpacked/usr/lib/*-linux-gnu)
export LD_LIBRARY_PATH=$libraries TMPDIR=$folder OCL_ICD_VENDORS=$folder/vendors
mkdir vendors good
touch file
ls "$libraries"/libpocl.so.2.* >vendors/driver.icd
if ldd "$(cat vendors/driver.icd)" | grep 'not found'; then
    echo "libraries that the packages depend on are not installed"
    exit 77
fi

cat >devices.py <<'PYTHON'
import ctypes as c

cl = c.CDLL("libOpenCL.so.1")
platform, device, count = c.c_void_p(), c.c_void_p(), c.c_uint()
cl.clGetPlatformIDs(1, c.byref(platform), c.byref(count))
print(f"platforms {count.value}, code", cl.clGetDeviceIDs(platform, c.c_ulong(0xFFFFFFFF), 1, c.byref(device), None))
PYTHON

good=$folder/good bad=$folder/file/below
{
    look() { echo "$1: $(env -u POCL_CACHE_DIR -u XDG_CACHE_HOME -u POCL_KERNEL_CACHE "${@:2}" python3 devices.py)"; }
    look "all can be made" HOME="$good" XDG_CACHE_HOME="$good" POCL_CACHE_DIR="$good/own"
    look "no POCL_CACHE_DIR" HOME="$good" XDG_CACHE_HOME="$good" POCL_CACHE_DIR="$bad"
    look "no XDG_CACHE_HOME" HOME="$good" XDG_CACHE_HOME="$bad"
    look "no HOME" HOME="$bad"
    look "no XDG_CACHE_HOME, cache off" HOME="$good" XDG_CACHE_HOME="$bad" POCL_KERNEL_CACHE=0
} | tee seen
cat >expected <<'SEEN'
all can be made: platforms 1, code 0
no POCL_CACHE_DIR: platforms 1, code -1
no XDG_CACHE_HOME: platforms 1, code -1
no HOME: platforms 1, code -1
no XDG_CACHE_HOME, cache off: platforms 1, code -1
SEEN
cmp -s seen expected
