#!/usr/bin/env bash
# Unpacks a bundle in a Debian that has nothing but a driver, and trains there. Needs root.
#     Tests/bundle.sh TARBALL [ROOT]
set -euo pipefail
bundle=$1
root=${2:-.build-root}
if [ ! -e "$root/etc/OpenCL/vendors" ]; then
    rm -rf "$root"
    # shellcheck source=/dev/null
    . /etc/os-release
    debootstrap --variant=minbase "$VERSION_CODENAME" "$root"
    chroot "$root" apt-get install -y -qq --no-install-recommends pocl-opencl-icd
fi
# The driver's package brings a loader along; the bundle has its own.
rm -f "$root"/usr/lib/*/libOpenCL.so*
rm -rf "$root/opt/nngpu"
mkdir "$root/opt/nngpu"
tar -xzf "$bundle" -C "$root/opt/nngpu" --strip-components=1

# A program finds out through /proc where it lies, and PoCL through /sys what there is.
trap 'umount "$root/proc" "$root/sys"' EXIT
mount -t proc proc "$root/proc"
mount -t sysfs sys "$root/sys"
nngpu() { chroot "$root" /opt/nngpu/bin/nngpu "$@"; }
chroot "$root" ldd /opt/nngpu/bin/nngpu
nngpu devices
nngpu train --device 0 --data moons --epochs 5 --save /tmp/model.safetensors
nngpu evaluate --device 0 --model /tmp/model.safetensors --data moons
