#!/usr/bin/env bash
# Make the kernel and the initramfs of a small guest: `build.sh DIRECTORY`, as root, on Debian.
#
# The guest is up in seconds where a whole Debian takes a minute under emulation. It has busybox, QEMU's guest agent and
# a few drivers, runs `init`, and is made of the distribution's own packages. DIRECTORY/small has vmlinuz and initrd.img;
# it is there complete or not at all, and several may make it at the same time.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
directory=$1
drivers=(virtio_pci virtio_blk virtio_net virtio_console virtio_balloon button evdev)

mkdir -p "$directory"
exec 9<"$directory"
flock 9
[[ ! -e $directory/small ]] || exit 0
rm -rf --one-file-system "$directory"/.making.* # of one that was killed: whoever has the lock knows

work=$(mktemp -d "$directory/.making.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
chmod 755 "$work"
root=$work/root small=$work/small
mkdir -p "$small" "$work/initrd"/{bin,dev,lib/modules,proc,run,sys,tmp,usr/sbin,var/run}

# Only unpacked: nothing of it is configured or started. Our descriptors above 2 are not for mmdebstrap's shells.
mmdebstrap --quiet --mode=root --variant=extract --include=busybox-static,kmod,qemu-guest-agent,linux-image-cloud-amd64 \
    "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$root" 9>&-

cd "$work/initrd"
ln -s bin sbin
release=$(find "$root/lib/modules" -mindepth 1 -maxdepth 1 -printf "%f\n" -quit)
cp "$root/boot/vmlinuz-$release" "$small/vmlinuz"
number=10
chroot "$root" /sbin/depmod "$release"
for driver in "${drivers[@]}"; do # those that are not built in, each behind what it needs
    chroot "$root" /sbin/modprobe --set-version "$release" --show-depends "$driver" 2>/dev/null || true
done | awk '/^insmod/ && !seen[$2]++ { print $2 }' | while read -r module; do
    case $module in
        *.xz) xz --decompress --stdout "$root$module" ;;
        *) cat "$root$module" ;;
    esac >"lib/modules/$number.ko"
    number=$((number + 1))
done

busybox=$(find "$root/bin" "$root/usr/bin" -name busybox | head -n 1)
cp "$busybox" bin/busybox
chroot "$root" "${busybox#"$root"}" --list | while read -r applet; do ln -s busybox "bin/$applet" 2>/dev/null || true; done
cp "$root/usr/sbin/qemu-ga" usr/sbin
chroot "$root" /lib64/ld-linux-x86-64.so.2 --list /usr/sbin/qemu-ga | grep -o '/[^ ]*' | while read -r library; do
    mkdir -p ".$(dirname "$library")"
    cp --dereference "$root$library" ".$library"
done
rm -f bin/shutdown
install "$here/init" init
install "$here/shutdown" bin/shutdown
find . | cpio --create --format newc --quiet | gzip -1 >"$small/initrd.img"
mv "$small" "$directory/small"
