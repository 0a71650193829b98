#!/usr/bin/env bash
# Run a command in this tree on a Debian of another release: `in_debian.sh trixie COMMAND…`.
#
# Not a machine but its files, in namespaces: the kernel, the network and the processor are this machine's. Its root
# file system is in the machine's cache (tools/cache.py), made by mmdebstrap from the archive that this machine's APT
# knows. What a command writes outside the tree is in memory and forgotten with it.
set -euo pipefail

packages=(
    ca-certificates git iproute2 procps python3 python3-venv python3-libvirt python3-lxml
    dnsmasq-base iptables libvirt-clients libvirt-daemon-driver-qemu libvirt-daemon-system qemu-system-x86 qemu-utils
    bzip2 nftables openssl xorriso xz-utils zstd
)

# The archive's address as this machine has it, for another release. APT has read the Release files: they say who is Debian.
sources() {
    local release=$1 here
    # shellcheck source=/dev/null
    here=$(. /etc/os-release && echo "$VERSION_CODENAME")
    # shellcheck disable=SC2016  # APT expands it
    apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' \
        'Origin: Debian' 'Identifier: Packages' 'Architecture: amd64' | sort -u |
        while read -r uri codename component; do
            [[ $codename == "$here" || $codename == "$here"-* ]] || continue
            echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $release${codename#"$here"} $component"
        done
}

# Complete or not at all: whoever comes second waits for the first.
make_root() {
    local root=$1 release=$2 new
    exec 8<"$(dirname "$root")"
    flock 8
    [[ ! -d $root ]] || return 0
    rm -rf "$root".new.* # of one that was killed
    new=$(mktemp -d "$root.new.XXXXXX")
    chmod 0755 "$new"
    echo "in_debian: making the root file system of $release (some 600 MB of packages)" >&2
    apt-config dump --no-empty --format '%F "%v";%n' Acquire | grep -Ev '^Acquire::(IndexTargets|Changelogs)::' >"$new.apt.conf"
    sources "$release" | mmdebstrap --quiet --mode=root --variant=apt --aptopt="$new.apt.conf" \
        --include="$(IFS=,; echo "${packages[*]}")" "$release" "$new" - >"$new.log" 2>&1 ||
        { cat "$new.log" >&2; rm -rf "$new" "$new".*; return 1; }
    mv "$new" "$root"
    rm -f "$new".*
    exec 8<&-
}

enter() {
    local root=$1 directory
    shift
    mount --make-rprivate /
    mount -t tmpfs tmpfs /mnt
    mkdir /mnt/{upper,work,root}
    mount -t overlay -o "lowerdir=$root,upperdir=/mnt/upper,workdir=/mnt/work" overlay /mnt/root
    for directory in /dev /sys /tmp "$PWD" "$HOME/.ansible"; do
        mkdir -p "$directory" "/mnt/root$directory"
        mount --rbind "$directory" "/mnt/root$directory"
    done
    # This machine's ways out: name servers, certificates, where pip looks.
    for directory in /etc/resolv.conf /etc/hosts /etc/ssl/certs /etc/pip.conf /etc/xdg/pip; do
        [[ -e $directory ]] || continue
        mkdir -p "/mnt/root$(dirname "$directory")"
        if [[ -d $directory ]]; then mkdir -p "/mnt/root$directory"; else rm -f "/mnt/root$directory"; : >"/mnt/root$directory"; fi
        mount --bind "$directory" "/mnt/root$directory"
    done
    cd /mnt/root
    mkdir -p .old
    pivot_root . .old
    mount -t proc proc /proc
    umount --lazy /.old
    rmdir /.old
    cd "$OLDPWD"
    exec env --default-signal=INT,QUIT "$@"
}

if [[ ${1-} == --enter ]]; then
    shift
    enter "$@"
fi
[[ $# -gt 1 ]] || { echo "usage: $0 RELEASE COMMAND [ARGUMENT...]" >&2; exit 2; }
release=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
root=$(python3 "$here/cache.py" directory debian)/$release
[[ -d $root ]] || make_root "$root" "$release"
exec setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child "$here/in_debian.sh" --enter "$root" "$@"
