#!/usr/bin/env bash
# A lab of namespace hosts, in the foreground, for lab.py: `lab.sh DIRECTORY COUNT`, as root.
#
# Each host is a set of namespaces with a copy of this machine's files that forgets (an overlay in memory), a libvirtd
# and an sshd, and the address 10.78.0.<number>. A bridge joins the hosts. It is in a network namespace too: nothing
# here touches the machine's own network. All is below one process, number 1 of the lab's PID namespace: with it, and
# with the `unshare` whose number is in DIRECTORY/pid, which is locked as long as it lives, everything is gone.
#
# Writes a line to standard output for each host: `host1 up` when sshd and libvirtd listen, `host1 down` when it ends.
# Ends when standard input does, so that the lab goes with its owner, unless a line `keep` came first.
set -euo pipefail
umask 022
# shellcheck source=tests/host_parts.sh
source "$(dirname "$0")/../host_parts.sh"

new_host=(unshare --mount --net --pid --ipc --uts --fork --kill-child --mount-proc "$0")
network=10.78.0
outside=$network.254 # where the hosts' default route leads: the lab's end of the bridge

be_the_lab() {
    local directory=$1 count=$2 number word
    exec 9>&- # the lock is the parent's alone
    hostname lab
    ip link set lo up
    ip link add lab0 type bridge
    ip address add "$outside/24" dev lab0
    ip link set lab0 up
    for ((number = 1; number <= count; number++)); do
        run_host "$directory" "$count" "$number" &
    done
    read -r word && [[ $word == keep ]] || exit 0
    wait
}

run_host() {
    name=host$3 # of this background process, for its trap as well
    trap 'echo "$name down"' EXIT
    "${new_host[@]}" --as-host "$@" &
    host=$!
    until [[ $(readlink "/proc/$host/ns/net") != "$(readlink /proc/self/ns/net)" ]]; do sleep 0.02; done
    ip link add "$name" type veth peer name eth0 netns "$host"
    ip link set "$name" master lab0 up
    wait "$host"
}

be_a_host() {
    local directory=$1 count=$2 number=$3 uuid neighbour
    own_files "$directory"
    own_devices
    own_state
    mount -t tmpfs -o mode=1777 tmpfs /tmp

    hostname "host$number"
    uuid=$(</proc/sys/kernel/random/uuid)
    echo "${uuid//-/}" >/etc/machine-id
    : >/etc/resolv.conf # nobody to ask: answers at once instead of waiting for the machine's name servers
    {
        echo 127.0.0.1 localhost
        for ((neighbour = 1; neighbour <= count; neighbour++)); do echo "$network.$neighbour host$neighbour"; done
    } >/etc/hosts

    ip link set lo up
    until [[ -e /sys/class/net/eth0 ]]; do sleep 0.02; done
    ip address add "$network.$number/24" dev eth0
    ip link set eth0 up
    ip route add default via "$outside"

    start_sshd
    configure_libvirt
    # Else it is the mainboard's, the same for all, and libvirt takes two of them for one host.
    echo "host_uuid = \"$uuid\"" >>/etc/libvirt/libvirtd.conf
    start_libvirt
    echo "host$number up"
    sleep infinity & # the shell reaps what daemons leave behind
    wait
}

# Make the root directory an overlay over the machine's file system. What is mounted below / is not in it. Root's .ssh
# is the lab's: a host logs in to its neighbours with the key that opens it.
own_files() {
    local directory=$1 ssh=root/${HOME#/}/.ssh
    mount -t tmpfs -o mode=755 tmpfs "$directory/mnt"
    cd "$directory/mnt"
    mkdir upper work root
    mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root
    mkdir -p "$ssh"
    mount -t tmpfs -o mode=700 tmpfs "$ssh"
    cp "$directory"/{id_ed25519,known_hosts} "$ssh"
    cp "$directory/id_ed25519.pub" "$ssh/authorized_keys"
    cp "$directory/host_key" root/etc/ssh/lab_host_key
    rm -f "$(dirname "$ssh")/.bashrc" # what this machine's root has each shell do, over SSH too, may be slow
    mount -t proc proc root/proc
    mount --rbind /dev root/dev
    cd root
    pivot_root . .
    umount --lazy . # the machine's, which is on top
    cd /
}

start_sshd() {
    cat >/etc/ssh/sshd_config <<-EOF
		HostKey /etc/ssh/lab_host_key
		PermitRootLogin prohibit-password
		PasswordAuthentication no
		Subsystem sftp internal-sftp
	EOF
    sed -i 's/^root:[^:]*:/root:*:/' /etc/shadow # sshd lets nobody in whose account is locked
    mkdir /run/sshd
    /usr/sbin/sshd -E /var/log/sshd.log
}

case $1 in
    --as-lab) shift; be_the_lab "$@"; exit ;;
    --as-host) shift; be_a_host "$@"; exit ;;
esac

exec 9<>"$1/pid"
flock --nonblock 9 || { echo "A lab is already running in $1" >&2; exit 1; }
echo $$ >"$1/pid"
export HOME=~root # with sudo it may be the user's
exec "${new_host[@]}" --as-lab "$@"
