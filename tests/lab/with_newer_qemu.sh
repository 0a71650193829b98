#!/usr/bin/env bash
# Run a command where QEMU boots the kernel of Debian 13: `private_host.sh with_newer_qemu.sh DIRECTORY COMMAND…`.
#
# Debian 13's own QEMU does. On Debian 12 the one of its backports is laid over the distribution's, in the private
# host's mount namespace; its packages are unpacked in DIRECTORY, from the mirror that the machine's APT knows.
set -euo pipefail

packages=(qemu-system-x86 qemu-system-data qemu-system-common)

# Complete or not at all: whoever comes second waits for the first.
unpack() {
    local there=$1 directory package
    exec 8<"$there"
    flock 8
    [[ ! -d $there/usr ]] || return 0
    rm -rf "$there"/.unpacking.* # of one that was killed
    directory=$(mktemp -d "$there/.unpacking.XXXXXX")
    local -a uris
    local -a options=(
        -o "Dir::Etc::SourceList=$directory/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o "Dir::State::Lists=$directory/lists" -o "Dir::Cache=$directory" -o APT::Sandbox::User=root
    )
    mkdir -p "$directory"/{lists,archives}/partial "$directory/root"
    # shellcheck disable=SC2016  # APT expands it
    mapfile -t uris < <(apt-get indextargets --format '$(REPO_URI)' \
        'Origin: Debian' 'Codename: bookworm' 'Identifier: Packages' | sort -u)
    printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s bookworm-backports main\n' "${uris[@]}" \
        >"$directory/sources.list"
    cd "$directory/archives"
    apt-get -qq "${options[@]}" update
    apt-get -qq "${options[@]}" download "${packages[@]}"
    for package in *.deb; do dpkg --extract "$package" "$directory/root"; done
    cd "$OLDPWD"
    mv "$directory/root/usr" "$there/usr"
    rm -rf "$directory"
    exec 8<&-
}

directory=$(realpath --canonicalize-missing "$1")
mkdir -p "$directory"
shift
# shellcheck source=/dev/null
if [[ $(. /etc/os-release && echo "$VERSION_CODENAME") == bookworm ]]; then
    [[ -d $directory/usr ]] || unpack "$directory"
    modules=/usr/lib/x86_64-linux-gnu/qemu data=/usr/share/qemu program=/usr/bin/qemu-system-x86_64
    mount --bind "$directory$modules" "$modules"
    mount --bind "$directory$program" "$program"
    mount -t overlay -o "lowerdir=$directory$data:$data" overlay "$data" # beside ours: other packages' firmware
fi
exec "$@"
