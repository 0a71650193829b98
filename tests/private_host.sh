#!/usr/bin/env bash
# Run a command on a private KVM host: `tests/private_host.sh virsh list --all`.
#
# The host is a set of Linux namespaces with a libvirtd of its own: an empty configuration and state in memory, no
# network but the loopback (with --internet, first, what slirp4netns lets out as well), no /dev/kvm. Files (the tree,
# /tmp) are this machine's. Several can run at the same time. When the command ends, or this script is killed,
# everything that ran on the host is gone.
#
# On a machine without hardware virtualization libvirtd probes QEMU anew for each define (7 to 50 s) as long as there
# is a /dev/kvm that QEMU's user may not open; with the node hidden a define takes milliseconds.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin # the daemons' place, which a user's PATH leaves out

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
    local internet=$1 new_dev dir
    shift
    hostname private-host
    ip link set lo up
    mount -t sysfs sysfs /sys # of this network, and without the machine's control groups

    new_dev=$(mktemp -d)
    mount -t tmpfs -o mode=755,nosuid tmpfs "$new_dev"
    cp -ax /dev/. "$new_dev" # the device nodes, not what is mounted below
    rm -f "$new_dev/kvm"
    mkdir -p "$new_dev"/{net,pts,shm}
    [[ -e $new_dev/net/tun ]] || mknod -m 0666 "$new_dev/net/tun" c 10 200
    mount --rbind /dev/pts "$new_dev/pts"
    mount -t tmpfs -o mode=1777 tmpfs "$new_dev/shm"
    mount --move "$new_dev" /dev
    rmdir "$new_dev"

    for dir in /run /etc/libvirt /var/{lib,cache,log}/libvirt /var/lib/kvm-fleet; do
        mkdir -p "$dir"
        mount -t tmpfs -o mode=755 tmpfs "$dir"
    done
    mkdir -m 1777 /run/lock

    if [[ $internet == yes ]]; then
        echo "nameserver 10.0.2.3" >/run/nameserver # slirp4netns's own, which asks the machine's
        dir=$(readlink -f /etc/resolv.conf)
        mkdir -p "$(dirname "$dir")"
        [[ -e $dir ]] || touch "$dir"
        mount --bind /run/nameserver "$dir"
        until ip route | grep -q '^default'; do sleep 0.02; done
    fi

    # As Debian configures it: root and the group libvirt may manage guests.
    cat >/etc/libvirt/libvirtd.conf <<-EOF
		unix_sock_group = "libvirt"
		unix_sock_rw_perms = "0770"
		auth_unix_ro = "none"
		auth_unix_rw = "none"
	EOF
    # QEMU as root reads images wherever a test puts them. Namespaces of its own do not nest in ours; control groups
    # would be this machine's and outlive the host; and the limit on core files that sudo sets cannot be raised everywhere.
    cat >/etc/libvirt/qemu.conf <<-EOF
		user = "root"
		group = "root"
		security_driver = "none"
		namespaces = []
		cgroup_controllers = []
		max_core = 0
	EOF
    virtlogd --daemon
    libvirtd --daemon
    until [[ -S /run/libvirt/libvirt-sock ]]; do sleep 0.02; done
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
