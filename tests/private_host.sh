#!/usr/bin/env bash
# Run a command on a private KVM host: `tests/private_host.sh virsh list --all`.
#
# The host is a set of Linux namespaces with a libvirtd of its own: an empty configuration and state in memory, no
# network but the loopback (with --internet, first, what slirp4netns lets out as well), no /dev/kvm. Files (the tree,
# /tmp) are this machine's. Several can run at the same time. When the command ends, or this script is killed,
# everything that ran on the host is gone.
set -euo pipefail
# shellcheck source=tests/host_parts.sh
source "$(dirname "$0")/host_parts.sh"

# Process 1 of the host, still in the machine's network. It also reaps what daemons leave behind: without that libvirt
# waits for a dead QEMU to vanish.
be_process_1() {
    local internet=$1
    shift
    mount --make-rprivate /
    env --default-signal=INT,QUIT unshare --mount --net "$0" --as-host "$internet" "$@" <&0 &
    local host=$!
    if [[ $internet == yes ]]; then
        until [[ $(readlink "/proc/$host/ns/net") != "$(readlink /proc/self/ns/net)" ]]; do sleep 0.02; done
        slirp4netns --configure --mtu=65520 "$host" tap0 >/dev/null 2>&1 &
    fi
    trap : INT QUIT # the command gets them as well, and decides
    until wait_for "$host"; do :; done
    exit "$status"
}

be_the_host() {
    local internet=$1 dir
    shift
    hostname private-host
    ip link set lo up
    own_devices
    own_state

    if [[ $internet == yes ]]; then
        echo "nameserver 10.0.2.3" >/run/nameserver # slirp4netns's own, which asks the machine's
        dir=$(readlink -f /etc/resolv.conf)
        mkdir -p "$(dirname "$dir")"
        [[ -e $dir ]] || touch "$dir"
        mount --bind /run/nameserver "$dir"
        until ip route | grep -q '^default'; do sleep 0.02; done
    fi

    configure_libvirt
    start_libvirt
    exec "$@"
}

# Wait for a child, through the signals that we trap; false while it runs. Its exit status is $status.
wait_for() {
    status=0
    wait "$1" || status=$?
    ! kill -0 "$1" 2>/dev/null
}

case ${1-} in
    --as-process-1) shift && be_process_1 "$@" ;;
    --as-host) shift && be_the_host "$@" ;;
esac

internet=no
if [[ ${1-} == --internet ]]; then
    internet=yes
    shift
fi
[[ $# -gt 0 ]] || { echo "usage: $0 [--internet] COMMAND [ARGUMENT...]" >&2; exit 2; }
as_root=()
# sudo has a PATH of its own; root's caches in the user's tree would be in the user's way.
[[ $EUID -eq 0 ]] || as_root=(sudo --set-home --preserve-env -- env "PATH=$PATH" PYTHONDONTWRITEBYTECODE=1)

# The command keeps the terminal and gets Ctrl-C itself (a shell would have it ignored in the background); any other end of this script takes the host with it.
"${as_root[@]}" setpriv --pdeathsig KILL env --default-signal=INT,QUIT \
    unshare --mount --pid --ipc --uts --fork --kill-child --mount-proc \
    "$0" --as-process-1 "$internet" "$@" <&0 &
trap : INT QUIT
trap 'kill -KILL $!; exit 143' TERM HUP
until wait_for $!; do :; done
exit "$status"
