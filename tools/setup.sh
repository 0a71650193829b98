#!/usr/bin/env bash
# Prepare this machine: `setup.sh demo` for running the collection, `setup.sh dev` for its tests and lint as well,
# `setup.sh bench` for the benchmark.
#
# Installs the Debian packages that are missing and a virtual environment with the pinned requirements, in
# .cache/venv. Nothing to do takes some milliseconds, so that every make target can begin with it.
set -euo pipefail

what=$1
root=$(cd "$(dirname "$0")/.." && pwd)
cache=$root/.cache
venv=$cache/venv

# The demo's roles install what a KVM host and an image builder need: that is their job.
packages=(ca-certificates openssh-client python3 python3-venv)
requirements=$root/requirements.txt
if [[ $what != demo ]]; then
    requirements=$root/requirements-$what.txt
    packages+=(
        # lint
        git shellcheck
        # a private host, a lab's hosts (sshd), and what their libvirt runs
        cpio iproute2 mmdebstrap openssh-server slirp4netns libvirt-clients libvirt-daemon-driver-qemu libvirt-daemon-system
        dnsmasq-base iptables ovmf qemu-system-x86 qemu-utils
        # what modules and roles use on a managed host
        bzip2 dbus nftables openssl polkitd sasl2-bin python3-libvirt python3-lxml xorriso xz-utils zstd
    )
    # Debian 12 has libvirt's part for LVM in libvirt-daemon.
    # shellcheck source=/dev/null
    [[ $(. /etc/os-release && echo "$VERSION_ID") == 12 ]] || packages+=(libvirt-daemon-driver-storage-logical)
fi

as_root() {
    if [[ $EUID -eq 0 ]]; then "$@"; else sudo -- "$@"; fi
}

install_packages() {
    local missing=() package
    for package in "${packages[@]}"; do
        [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
            missing+=("$package")
    done
    [[ ${#missing[@]} -gt 0 ]] || return 0
    echo "setup: installing ${missing[*]}"
    as_root apt-get -qq update
    # Waits for the lock: another apt (unattended-upgrades on a fresh machine) may be at work.
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 install --no-install-recommends "${missing[@]}" \
        >"$cache/apt.log" 2>&1 || { cat "$cache/apt.log" >&2; return 1; }
}

install_requirements() {
    local stamp=$cache/setup-$what.stamp want
    want=$(cat "$root"/requirements*.txt "$0" <(echo "$root") | sha256sum)
    if [[ -x $venv/bin/python && -f $stamp && $(<"$stamp") == "$want" ]]; then return 0; fi
    echo "setup: installing $(basename "$requirements") into .cache/venv"
    # The distribution's Python, for its libvirt and lxml modules: libvirt is not to be had as a wheel.
    [[ -x $venv/bin/python ]] || /usr/bin/python3 -m venv --system-site-packages "$venv"
    "$venv/bin/python" -m pip --quiet --disable-pip-version-check --no-input install --requirement "$requirements" \
        >"$cache/pip.log" 2>&1 || { cat "$cache/pip.log" >&2; return 1; }
    echo "$want" >"$stamp"
}

# The peers that the benchmark measures against: the files of their collections, from the package that bundles them.
install_peers() {
    local peers=$cache/peers download wheel
    local stamp=$peers/requirements-peers.txt
    cmp --quiet "$root/requirements-peers.txt" "$stamp" && return 0
    echo "setup: unpacking the benchmark's peers into .cache/peers"
    download=$(mktemp -d)
    "$venv/bin/python" -m pip --quiet --disable-pip-version-check --no-input download --no-deps --only-binary :all: \
        --dest "$download" --requirement "$root/requirements-peers.txt"
    rm -rf "$peers"
    wheel=$(echo "$download"/*.whl)
    "$venv/bin/python" - "$wheel" "$peers" <<-EOF
		import sys, zipfile
		with zipfile.ZipFile(sys.argv[1]) as wheel:
		    names = [name for name in wheel.namelist() if name.startswith("ansible_collections/community/libvirt/")]
		    wheel.extractall(sys.argv[2], names)
	EOF
    rm -rf "$download"
    cp "$root/requirements-peers.txt" "$stamp"
}

link_collection() {
    # Python and Ansible find a collection by its place in ansible_collections/<namespace>/<name>.
    local link=$cache/collections/ansible_collections/kvm/fleet
    [[ -e $link ]] && return 0
    mkdir -p "$(dirname "$link")"
    ln -sfn ../../../.. "$link"
}

mkdir -p "$cache"
exec 9>"$cache/setup.lock"
flock 9
install_packages
install_requirements
[[ $what != bench ]] || install_peers
link_collection
