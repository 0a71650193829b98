# What a private host (private_host.sh) and the hosts of a lab (lab/lab.sh) have in common; to be sourced by them. It is
# for root in new mount, network and PID namespaces: there it gives the host devices, state and a libvirtd of its own.
# shellcheck shell=bash

PATH=$PATH:/usr/sbin:/sbin # the daemons' place, which a user's PATH leaves out

# Replace /dev and /sys by this host's: no /dev/kvm, the interfaces of this network, no control groups.
#
# On a machine without hardware virtualization libvirtd probes QEMU anew for each define (7 to 50 s) as long as there
# is a /dev/kvm that QEMU's user may not open; with the node hidden a define takes milliseconds.
own_devices() {
    local new_dev
    mount -t sysfs sysfs /sys

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
}

# Empty configuration and state, in memory.
own_state() {
    local dir
    for dir in /run /etc/libvirt /var/{lib,cache,log}/libvirt /var/lib/kvm-fleet /var/cache/kvm-fleet; do
        mkdir -p "$dir"
        mount -t tmpfs -o mode=755 tmpfs "$dir"
    done
    mkdir -m 1777 /run/lock
}

configure_libvirt() {
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
}

# Returns when libvirtd listens.
start_libvirt() {
    virtlogd --daemon
    libvirtd --daemon
    until [[ -S /run/libvirt/libvirt-sock ]]; do sleep 0.02; done
}
