#!/bin/bash
# ocl-icd lists a driver once for each .icd file that names it: three platforms, whose handles are one and the same.
#
# Versions: ocl-icd-libopencl1 2.3.1-1, libpocl2 3.1-3+deb12u1 (Debian 12).
# Behaviour: three files name one library (its name, its path, a link to it), as two packages of a driver or a copy in
# a container leave them. clGetPlatformIDs then answers three platforms with equal handles, and the one device is found
# three times under one handle. A program that trains on all devices that it finds loads one of them thrice.
# Seen: 3 platforms, 1 different; 3 devices, 1 different
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
driver=$(ls "$libraries"/libpocl.so.2.*)
ln -s "$driver" "$libraries/link.so"
echo "${driver##*/}" >vendors/name.icd
echo "$driver" >vendors/path.icd
echo "$libraries/link.so" >vendors/link.icd
if ldd "$driver" | grep 'not found'; then
    echo "libraries that the packages depend on are not installed"
    exit 77
fi

cat >platforms.py <<'PYTHON'
import ctypes as c

cl = c.CDLL("libOpenCL.so.1")
platforms, devices, count = (c.c_void_p * 9)(), [], c.c_uint()
cl.clGetPlatformIDs(9, platforms, c.byref(count))
platforms = platforms[:count.value]
for platform in platforms:
    found = (c.c_void_p * 9)()
    if cl.clGetDeviceIDs(c.c_void_p(platform), c.c_ulong(0xFFFFFFFF), 9, found, c.byref(count)) == 0:
        devices += found[:count.value]
print(f"{len(platforms)} platforms, {len(set(platforms))} different;",
      f"{len(devices)} devices, {len(set(devices))} different")
PYTHON

seen=$(python3 platforms.py)
echo "$seen"
[ "$seen" = "3 platforms, 1 different; 3 devices, 1 different" ]
