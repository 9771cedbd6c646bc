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

# And with the readers of images that it brings along.
images=$(dirname "$0")/Fixtures/images
rm -rf "$root/tmp/images"
mkdir -p "$root/tmp/images/upright" "$root/tmp/images/turned"
cp "$images"/4*.jpg "$root/tmp/images/upright"
cp "$images"/turned-*.jpg "$root/tmp/images/turned"
nngpu train --device 0 --data /tmp/images --image-size 8 --epochs 2 --save /tmp/images.safetensors
nngpu predict --device 0 --model /tmp/images.safetensors --input /tmp/images/turned
