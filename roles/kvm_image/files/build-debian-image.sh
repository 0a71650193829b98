#!/usr/bin/env bash
# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Build a bootable Debian cloud image (qcow2, BIOS and UEFI) from the APT sources of this host.
#
#   build-debian-image.sh --release bookworm --kernel linux-image-cloud-amd64 --size 4GiB --packages 'vim tmux' \
#     --kernel-options quiet --recipe TEXT --output FILE
#
# Nothing is mounted as a disk: mke2fs and mtools write into the raw image file, so neither loop devices nor
# device-mapper are needed. FILE appears, complete, by a rename; TEXT is kept in FILE.recipe.
# Progress goes to stdout. A failure explains itself on stderr and leaves neither file nor mount behind.
set -euo pipefail
umask 022

# What every image contains besides Debian's essential packages and the kernel.
PACKAGES=(
  initramfs-tools zstd grub-cloud-amd64 e2fsprogs dosfstools
  systemd systemd-sysv systemd-resolved systemd-timesyncd libpam-systemd dbus udev
  cloud-init cloud-guest-utils fdisk netplan.io netbase iproute2 iputils-ping
  openssh-server qemu-guest-agent sudo ca-certificates procps less
)
KERNEL_OPTIONS='console=tty0 console=ttyS0,115200 consoleblank=0 tsc=reliable'
MIB=$((1024 * 1024))
# Partition starts in MiB: BIOS boot (GRUB's core image), EFI system partition, root. Root is last on the disk,
# as growpart needs it, and number 1, as in Debian's own cloud images.
BIOS_BOOT_START=1 ESP_START=4 ROOT_START=36

say() { printf '%4ds  %s\n' "$SECONDS" "$*" >&3; }
die() { printf 'error: %s\n' "$*" >&4; exit 1; }

# "4GiB", "4G" -> binary, "4GB" -> decimal, a bare number -> bytes; prints bytes.
bytes() {
  case $1 in
    *iB) numfmt --from=iec "${1%iB}" ;;
    *B) numfmt --from=si "${1%B}" ;;
    *) numfmt --from=iec "$1" ;;
  esac
}

read_arguments() {
  while (($#)); do
    case $1 in
      --release) release=$2 ;;
      --kernel) kernel_package=$2 ;;
      --size) size=$2 ;;
      --kernel-options) KERNEL_OPTIONS+=" $2" ;;
      --packages) read -ra extra_packages <<<"$2" ;;
      --recipe) recipe=$2 ;;
      --output) output=$2 ;;
      *) die "unknown argument '$1'" ;;
    esac
    shift 2
  done
  size_mib=$(bytes "$size" 2>/dev/null) || die "'$size' is not a size; write for example 4GiB"
  size_mib=$((size_mib / MIB))
  ((size_mib >= 1536)) || die "size $size is too small for a Debian system; use 1536MiB or more"
}

# One build per directory at a time. The lock is on the directory itself, so no lock file is left over.
lock() {
  exec 5<"$directory"
  flock --nonblock 5 || { say 'waiting for another build'; flock 5; }
  if [[ -e $output && -e $output.recipe && $(<"$output.recipe") == "$recipe" ]]; then
    say 'already built meanwhile'
    exit 0
  fi
}

make_work_directory() {
  local free
  # A build that was killed could not clean up. Whoever holds the lock knows that these belong to nobody.
  rm -rf --one-file-system "$directory"/.kvm-image-build.*
  free=$(df --output=avail --block-size=1M "$directory" | tail -n 1)
  ((free >= 2500)) || die "$directory has $free MiB free; a build needs 2500 MiB there"
  work=$(mktemp -d "$directory/.kvm-image-build.XXXXXX")
  chmod 0755 "$work"
  root=$work/root raw=$work/disk.raw
  root_uuid=$(</proc/sys/kernel/random/uuid)
  esp_id=$(od -An -N4 -tx4 /dev/urandom | tr -d ' ')
}

# The Signed-By option of one source: "Sourcesentry" names the file, and the number of the line (one-line style)
# or of the stanza (deb822). A key that is embedded in the stanza comes along with its continuation lines.
signed_by() {
  local file=${1%:*} number=${1##*:}
  case $file in
    *.sources)
      sed '/^#/d' "$file" | awk -v number="$number" -v RS='' 'NR == number' |
        awk 'tolower($0) ~ /^signed-by:/ { on = 1; print; next } /^[^ \t]/ { on = 0 } on'
      ;;
    *) sed -n "${number}s/.*[[ ]signed-by=\([^] ]*\).*/Signed-By: \1/p" "$file" ;;
  esac
}

# deb822 sources for $release from those of the host that are the Debian archive itself. APT has read the Release
# files: they, not the host names, tell who is Debian. Third parties and backports have another Origin.
write_sources() {
  local format uri codename component origin entry suite keys here
  # shellcheck source=/dev/null
  here=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
  # shellcheck disable=SC2016  # APT expands these
  format='$(REPO_URI) $(CODENAME) $(COMPONENT) $(ORIGIN) $(SOURCESENTRY)'
  apt-get indextargets --format "$format" 'Identifier: Packages' 'Architecture: amd64' |
    sort -u | while read -r uri codename component origin entry; do
    [[ $origin == Debian && ($codename == "$here" || $codename == "$here"-*) ]] || continue
    suite=$release${codename#"$here"}
    keys=$(signed_by "$entry")
    printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: %s\n' "$uri" "$suite" "$component"
    printf '%s\n\n' "${keys:-Enabled: yes}"
  done >"$work/debian.sources"
  [[ -s $work/debian.sources ]] ||
    die "no APT source of this host is the Debian archive of '$here'; run apt-get update, see apt-cache policy"
}

# How this host reaches its mirror (proxy, certificates, validity checks) holds for the build, not for the guests.
write_apt_options() {
  apt-config dump --no-empty --format '%F "%v";%n' Acquire | grep -Ev '^Acquire::(IndexTargets|Changelogs)::' >"$work/apt.conf"
}

# Files that must be there before the packages that read them are configured: $1 is a directory laid over the root.
write_overlay() {
  install -d "$1/etc/initramfs-tools/conf.d" "$1/etc/initramfs-tools/hooks" "$1/usr/share/initramfs-tools/modules.d" \
    "$1/etc/cloud/cloud.cfg.d" "$1/etc/default/grub.d"
  # A small initramfs that still finds its root on every disk a virtual machine usually has: udev loads the drivers that
  # are needed. What modules.d names is loaded always: the CPU's way to ext4's checksums, which a mount takes or leaves.
  echo 'MODULES=list' >"$1/etc/initramfs-tools/conf.d/kvm-fleet"
  echo crc32c >"$1/usr/share/initramfs-tools/modules.d/kvm-fleet"
  cat >"$1/etc/initramfs-tools/hooks/kvm-fleet" <<'HOOK'
#!/bin/sh
[ "$1" != prereqs ] || exit 0
. /usr/share/initramfs-tools/hook-functions
manual_add_modules virtio_pci virtio_blk virtio_scsi sd_mod nvme ahci ext4
HOOK
  chmod 0755 "$1/etc/initramfs-tools/hooks/kvm-fleet"
  cat >"$1/etc/cloud/cloud.cfg.d/90_kvm-fleet.cfg" <<'CFG'
# Where cloud-init looks for its data; None lets the guest boot with defaults when there is none.
datasource_list: [NoCloud, ConfigDrive, None]
# An RSA key takes seconds on an emulated CPU, and no client in support needs it.
ssh_genkeytypes: [ed25519, ecdsa]
# Debian 12's cloud-init would choose a locale that it cannot generate. It is set already (configure_root).
locale: C.UTF-8
# Tells the package grub-pc, which is not here, where it is installed. Newer versions of cloud-init do not, either.
grub_dpkg: {enabled: false}
CFG
  cat >"$1/etc/default/grub.d/kvm-fleet.cfg" <<CFG
GRUB_TIMEOUT=0
GRUB_CMDLINE_LINUX="$KERNEL_OPTIONS"
GRUB_DISABLE_OS_PROBER=true
CFG
}

bootstrap() {
  local include
  write_overlay "$work/overlay"
  include=$(IFS=,; echo "$kernel_package,${PACKAGES[*]}${extra_packages[*]:+,${extra_packages[*]}}")
  # INITRD=No: the initramfs is made once, at the end, instead of after each package that has a say in it.
  # Our own descriptors are closed: mmdebstrap hands its next free one to dash, which knows only single digits.
  INITRD=No DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 mmdebstrap --mode=root --variant=apt --format=directory \
    --architectures=amd64 --include="$include" \
    --aptopt="$work/apt.conf" --aptopt='APT::Install-Recommends "false"' --dpkgopt=force-unsafe-io \
    --hook-dir=/usr/share/mmdebstrap/hooks/maybe-merged-usr \
    --essential-hook="sync-in '$work/overlay' /" \
    "$release" "$root" "$work/debian.sources" 3>&- 4>&- 5>&-
}

in_root() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "$@"; }

# What makes one guest different from another, or belongs to the build host, must not be in the image.
configure_root() {
  local keyring kernel
  rm -f "$root"/etc/ssh/ssh_host_* "$root"/etc/apt/apt.conf.d/99mmdebstrap "$root"/etc/dpkg/dpkg.cfg.d/99mmdebstrap \
    "$root"/var/lib/dbus/machine-id "$root"/var/lib/systemd/random-seed
  # Empty, not "uninitialized": systemd makes an id at boot without resetting all units to their presets.
  : >"$root/etc/machine-id"
  echo localhost >"$root/etc/hostname"
  printf '127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n' \
    >"$root/etc/hosts"
  ln -sfn ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
  # Mounted when an upgrade of GRUB or its user goes there, not at each boot.
  printf 'UUID=%s / ext4 errors=remount-ro 0 1\nUUID=%s-%s /boot/efi vfat umask=0077,nofail,x-systemd.automount 0 0\n' \
    "$root_uuid" "${esp_id:0:4}" "${esp_id:4}" | sed 's/UUID=\(....-....\)/UUID=\U\1/' >"$root/etc/fstab"
  mkdir -p "$root/boot/efi"
  mv "$root"/etc/apt/sources.list.d/*debian.sources "$root/etc/apt/sources.list.d/debian.sources"
  awk 'tolower($1) == "signed-by:" && $2 ~ /^\// { print $2 }' "$work/debian.sources" | sort -u | while read -r keyring; do
    [[ -e $root$keyring ]] || install -D -m 0644 "$keyring" "$root$keyring"
  done
  # What systemd would bring up to date at the first boot is, and cloud-init has no locale to set.
  touch "$root/etc/.updated" "$root/var/.updated"
  in_root update-locale LANG=C.UTF-8
  # Debian's package does not, and cloud-init runs netplan before the network is up.
  in_root python3 -m compileall -q /usr/share/netplan
  # The daily jobs of a fleet belong to its maintenance, not to each guest's first minutes.
  in_root systemctl --quiet mask apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer
  in_root systemctl --quiet disable e2scrub_reap.service
  # What has nothing to do in such a guest, but starts or loads something at each boot of Debian 12: a progress bar for
  # fsck, and partitions made by systemd (a package of its own in Debian 13).
  in_root systemctl --quiet mask systemd-fsckd.socket systemd-fsckd.service systemd-repart.service
  in_root systemctl --quiet enable systemd-networkd.service
  kernel=$(basename "$root"/boot/vmlinuz-*)
  in_root update-initramfs -c -k "${kernel#vmlinuz-}"
  in_root linux-update-symlinks install "${kernel#vmlinuz-}" "/boot/$kernel"
  in_root test -s /vmlinuz -a -s /initrd.img
}

# /boot/grub as grub-install would leave it. The menu is a minimal one until the guest's next kernel upgrade: that
# runs update-grub, which cannot look at a disk from here. /vmlinuz and /initrd.img always point to the newest kernel.
write_grub_directory() {
  local platform
  for platform in i386-pc x86_64-efi; do
    mkdir -p "$root/boot/grub/$platform"
    cp "$root/usr/lib/grub/$platform"/*.{mod,lst} "$root/boot/grub/$platform/"
  done
  in_root grub-editenv /boot/grub/grubenv create
  cat >"$root/boot/grub/grub.cfg" <<CFG
serial --unit=0 --speed=115200
terminal_input console serial
terminal_output console serial
insmod part_gpt
insmod ext2
search --no-floppy --fs-uuid --set=root $root_uuid
linux /vmlinuz root=UUID=$root_uuid ro $KERNEL_OPTIONS
initrd /initrd.img
boot
CFG
  printf "search.fs_uuid %s root\nset prefix=(\$root)'/boot/grub'\n" "$root_uuid" >"$root/boot/grub/early.cfg"
  in_root grub-mkimage --format=i386-pc --prefix=/boot/grub --config=/boot/grub/early.cfg \
    --output=/boot/grub/i386-pc/core.img biosdisk part_gpt ext2 search_fs_uuid
  # The package's scripts run grub-install on upgrades only where this marker says that it is a cloud image.
  : >"$root/etc/grub.d/enable_cloud"
}

# $1 (file) $2 (byte) $3 (little-endian 64-bit number): what grub-bios-setup would patch.
poke64() {
  local hex i bytes=''
  hex=$(printf '%016x' "$3")
  for ((i = 14; i >= 0; i -= 2)); do bytes+="\\x${hex:i:2}"; done
  printf '%b' "$bytes" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

write_disk() {
  local root_mib=$((size_mib - ROOT_START - 1)) core=$root/boot/grub/i386-pc/core.img boot=$work/boot.img
  local core_sector=$((BIOS_BOOT_START * 2048))
  truncate -s "${size_mib}M" "$raw"
  sfdisk --quiet "$raw" <<TABLE
label: gpt
14 : start=${BIOS_BOOT_START}MiB, size=$((ESP_START - BIOS_BOOT_START))MiB, type=21686148-6449-6E6F-744E-656564454649
15 : start=${ESP_START}MiB, size=$((ROOT_START - ESP_START))MiB, type=U
 1 : start=${ROOT_START}MiB, size=${root_mib}MiB, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709
TABLE

  # BIOS: boot.img in the MBR loads the first sector of the core image, which holds the place of the rest.
  # The offsets are those of GRUB's i386/pc/boot.h: KERNEL_SECTOR 0x5c; the block list ends the first core sector.
  ((core_sector + 1 < 1 << 31 && $(stat -c %s "$core") < (ESP_START - BIOS_BOOT_START) * MIB)) || die 'core.img is too big'
  cp "$core" "$work/core.img"
  head -c 440 "$root/usr/lib/grub/i386-pc/boot.img" >"$boot"
  poke64 "$boot" $((0x5c)) "$core_sector"
  poke64 "$work/core.img" $((0x1f4)) $((core_sector + 1))
  dd if="$boot" of="$raw" conv=notrunc status=none
  dd if="$work/core.img" of="$raw" bs=1M seek="$BIOS_BOOT_START" conv=notrunc status=none

  # UEFI: Debian's signed shim and GRUB at the removable-media path, so that no NVRAM entry is needed.
  mkfs.vfat --offset $((ESP_START * 2048)) -i "$esp_id" -n ESP -F 16 -s 1 "$raw" $(((ROOT_START - ESP_START) * 1024))
  printf "search.fs_uuid %s root\nset prefix=(\$root)'/boot/grub'\nconfigfile \$prefix/grub.cfg\n" "$root_uuid" >"$work/grub.cfg"
  export MTOOLS_SKIP_CHECK=1
  local esp="$raw@@${ESP_START}M"
  mmd -i "$esp" ::EFI ::EFI/BOOT ::EFI/debian
  mcopy -i "$esp" "$root/usr/lib/shim/shimx64.efi.signed" ::EFI/BOOT/BOOTX64.EFI
  mcopy -i "$esp" "$root/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed" ::EFI/BOOT/grubx64.efi
  mcopy -i "$esp" "$work/grub.cfg" ::EFI/debian/grub.cfg

  # The two features that the GRUB of Debian 12 cannot read are off, whatever this host's default is.
  mke2fs -q -F -t ext4 -L root -U "$root_uuid" -O ^metadata_csum_seed,^orphan_file -m 1 \
    -E "offset=$((ROOT_START * MIB)),assume_storage_prezeroed=1" -d "$root" "$raw" "${root_mib}M"
}

publish() {
  chmod 0644 "$work/image.qcow2"
  printf '%s\n' "$recipe" >"$work/recipe"
  # The recipe vouches for the image, so it goes first and comes last.
  rm -f "$output.recipe"
  mv -f "$work/image.qcow2" "$output"
  mv -f "$work/recipe" "$output.recipe"
}

clean_up() {
  local code=$?
  trap - EXIT
  if ((code)) && [[ -s ${log-} ]]; then
    printf 'error: failed at step "%s"; the last lines of its output:\n' "$step" >&4
    grep -vE '^(Get:|Fetched|Selecting|Preparing|Unpacking|Setting up|\(Reading|$)' "$log" | tail -n 15 >&4 || true
  fi
  [[ -z ${work-} ]] || rm -rf --one-file-system "$work"
  exit "$code"
}

step() {
  step=$1
  say "$step"
  shift
  "$@" >"$log" 2>&1
}

# Device nodes of the build's own: packages that are configured set their owners (systemd gives /dev/kvm to the group
# kvm, whose number in the image means somebody else on this host).
use_own_devices() {
  mkdir "$work/dev"
  mount -t tmpfs -o mode=755 dev "$work/dev"
  cp -ax /dev/. "$work/dev"
  mount --rbind /dev/pts "$work/dev/pts"
  mount -t tmpfs -o mode=1777 shm "$work/dev/shm"
  mount --move "$work/dev" /dev
}

main() {
  extra_packages=() log='' step=''
  exec 3>&1 4>&2
  trap clean_up EXIT
  trap 'exit 143' TERM INT HUP
  read_arguments "$@"
  directory=$(dirname "$output")
  lock
  make_work_directory
  use_own_devices
  log=$work/log
  step 'reading the APT sources of this host' write_sources
  write_apt_options
  step "installing Debian $release" bootstrap
  step 'configuring it' configure_root
  step 'preparing GRUB' write_grub_directory
  step 'writing the disk' write_disk
  step 'converting to qcow2' qemu-img convert -O qcow2 "$raw" "$work/image.qcow2"
  log=''
  publish
  say "done: $output ($(du -h "$output" | cut -f 1))"
}

# Own mount and PID namespaces: whatever is mounted or left running during the build ends with it.
if [[ ${KVM_IMAGE_UNSHARED-} != yes ]]; then
  KVM_IMAGE_UNSHARED=yes exec unshare --mount --pid --fork --kill-child --mount-proc "$BASH" "$0" "$@"
fi
main "$@"
