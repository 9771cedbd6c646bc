#!/bin/bash
# When two threads are the first to ask PoCL for its devices, it tells one of them now and then that there are none.
#
# Version: libpocl2 3.1-3+deb12u1 (Debian 12).
# Behaviour: two threads call clGetDeviceIDs, which OpenCL allows from any threads, before anything else has. One of
# them finds the devices, which takes a few milliseconds; the other mostly waits for it, and in a part of the runs gets
# CL_DEVICE_NOT_FOUND (-1) instead. Asked again it gets the device. Programs that open a device in each of several
# threads then fail or go on without it, once in a while. It is a race: the script starts processes until it has seen
# it, at most 100.
# Seen: in the 12th and in the 2nd process of two runs, [-1, 0] asked again: 0 (with four threads in 3 of 12 processes)
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

cat >look.py <<'PYTHON'
import ctypes as c, threading

cl = c.CDLL("libOpenCL.so.1")
platform = c.c_void_p()
cl.clGetPlatformIDs(1, c.byref(platform), None)
answers = []

def look():
    answers.append(cl.clGetDeviceIDs(platform, c.c_ulong(0xFFFFFFFF), 0, None, c.byref(c.c_uint())))

other = threading.Thread(target=look)
other.start()
look()
other.join()
two = sorted(answers)
look()
print(two, "asked again:", answers[2])
PYTHON

for try in $(seq 100); do
    seen=$(python3 look.py)
    if [ "$seen" = "[-1, 0] asked again: 0" ]; then
        echo "process $try: $seen"
        exit 0
    fi
done
echo "not seen in 100 processes, the last: $seen"
exit 1
