# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host of namespaces whose network is configured by a real systemd-networkd, with a DHCP server on the other end of
its cable. What it has no systemd for, two small programs stand in.
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import time
import typing as t

from .agent import ROOT, Agent

#: Two cards; lan0 is plugged into the namespace `peer`, which gives addresses by the identifier of the client.
START = """
set -e
mount --make-rprivate /
umount -l /sys && mount -t sysfs -o ro sysfs /sys  # read-only as in a container: there is no udev to wait for
mkdir -p /etc/systemd/network
for dir in /run /etc/systemd /var/lib/kvm-fleet; do mount -t tmpfs tmpfs $dir; done
mkdir -p /run/dbus /run/units /run/systemd/network /etc/systemd/{network,system}
dbus-daemon --system --fork --nopidfile
ip link set lo up
ip netns add peer
ip link add lan0 type veth peer name cable netns peer
ip link add lan1 type veth peer name cable1 netns peer
for cable in cable cable1; do ip -n peer link set $cable up; done
ip -n peer address add 10.9.0.1/24 dev cable
ip netns exec peer dnsmasq --conf-file=/dev/null --interface=cable --bind-interfaces --port=0 \
    --dhcp-range=10.9.0.100,10.9.0.200,1h --dhcp-leasefile=/run/leases --dhcp-sequential-ip --no-ping --user=root
printf '[Match]\\nName=lan0\\n[Network]\\nDHCP=ipv4\\n' >/run/systemd/network/10-installed.network
echo ready
while :; do
  /lib/systemd/systemd-networkd >>/run/networkd.log 2>&1 & echo $! >/run/networkd.pid
  wait $!
done
"""

#: Timers, and services that begin at once, as processes; a unit is its process group.
STAND_INS = {
    "systemd-run": """#!/bin/bash
seconds=0
for word; do case $word in
  --unit=*) unit=${word#*=} ;; --on-active=*) seconds=${word#*=} ;; --*) ;; *) command+=("$word") ;;
esac; done
setsid bash -c 'echo $$ >/run/units/$0; sleep $1; shift; exec "$@"' "$unit" "$seconds" "${command[@]}" \
    </dev/null >/dev/null 2>&1 &
""",
    "systemctl": """#!/bin/bash
status=3
bus="org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus"
name=org.freedesktop.network1
for word; do
  unit=/run/units/${word%.*}
  case "$1 $word" in
    "restart systemd-networkd.service")
        former=$(</run/networkd.pid)
        kill $former
        until [[ $(</run/networkd.pid) != "$former" && $(busctl call $bus NameHasOwner s $name) == "b true" ]]; do
            sleep 0.05
        done
        status=0 ;;
    *" systemd-networkd.service") status=0 ;;
    "stop "*.timer | "kill "*.service) [[ ! -e $unit ]] || kill -- -$(<$unit) 2>/dev/null; status=0 ;;
    *.timer) [[ ! -e $unit ]] || ! kill -0 $(<$unit) 2>/dev/null || status=0 ;;
  esac
done
exit $status
""",
}


#: Nothing that comes about waits for it, on a busy machine either; what does not says so in the end (``elapse``).
TIMEOUT = 600


class NetworkHost(Agent):
    """The host, until it is closed."""

    def __init__(self, folder: pathlib.Path) -> None:
        for name, text in STAND_INS.items():
            (folder / name).write_text(text)
            (folder / name).chmod(0o755)
        command = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
        path = f"{folder}:{os.environ['PATH']}:/usr/sbin:/sbin"
        environment = {**os.environ, "PATH": path, "LC_ALL": "C.UTF-8"}
        self._holder = subprocess.Popen(
            [*command, "bash", "-c", START], stdout=subprocess.PIPE, text=True, env=environment
        )
        assert self._holder.stdout.readline() == "ready\n"
        children = pathlib.Path(f"/proc/{self._holder.pid}/task/{self._holder.pid}/children")
        process = children.read_text().strip()
        #: Its files, also while it is at work for us.
        self.root = pathlib.Path(f"/proc/{process}/root")
        self._inside = ["nsenter", f"--target={process}", "--mount", "--net", "--pid", f"--wd={ROOT}"]
        super().__init__(folder, *self._inside, "env", f"PATH={path}")

    def close(self) -> None:
        super().close()
        self._holder.kill()
        self._holder.wait()

    def task(self, *options: str, **arguments: t.Any) -> dict[str, t.Any]:
        """The result of the task, as a playbook has it: with the action on the controller."""
        task = {"name": "bridges", "kvm.fleet.host_bridges": {"timeout": TIMEOUT, **arguments}}
        played = self.playbook([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}], *options)
        assert "bridges" in played.results, played.text
        return played.results["bridges"]

    def module(self, **arguments: t.Any) -> dict[str, t.Any]:
        """The answer of the module alone, which nobody confirms anything after."""
        text = json.dumps({"ANSIBLE_MODULE_ARGS": {"timeout": TIMEOUT, **arguments}})
        python = ["env", f"PYTHONPATH={ROOT / '.cache/collections'}", sys.executable]
        return json.loads(self.run(*python, "plugins/modules/host_bridges.py", text, fails=None))

    def elapse(self, unit: str) -> int:
        """The time of a timer is up, also while the host is at work for us. Returns the seconds that it was set to."""
        script = f"unit=$(</run/units/{unit}); sleep=$(</proc/$unit/task/$unit/children); " + (
            "tr '\\0' ' ' </proc/${sleep% }/cmdline; kill $sleep"
        )
        done = subprocess.run([*self._inside, "bash", "-c", script], stdout=subprocess.PIPE, text=True, check=True)
        program, seconds = done.stdout.split()
        assert program == "sleep"
        return int(seconds)

    def addresses(self, device: str) -> list[str]:
        """IPv4 only."""
        (found,) = json.loads(self.run("ip", "-json", "address", "show", device))
        return [f"{one['local']}/{one['prefixlen']}" for one in found["addr_info"] if one["family"] == "inet"]

    def links(self) -> dict[str, dict[str, t.Any]]:
        return {link["ifname"]: link for link in json.loads(self.run("ip", "-json", "-details", "link"))}

    def files(self) -> dict[str, str]:
        """What is configured for networkd, and what is remembered."""
        folders = "/etc/systemd /run/systemd/network /var/lib/kvm-fleet"
        return dict(
            line.split("  ", 1)[::-1]
            for line in self.run("sh", "-c", f"find {folders} -type f -exec sha256sum {{}} +").splitlines()
        )

    def wait(self, condition: t.Callable[[], t.Any], seconds: float = 120) -> t.Any:
        deadline = time.monotonic() + seconds
        while not (value := condition()):
            assert time.monotonic() < deadline, self.run("sh", "-c", "ip addr; tail -n 40 /run/networkd.log")
            time.sleep(0.1)
        return value
