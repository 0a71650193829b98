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

ROOT = pathlib.Path(__file__).parents[2]

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
    --dhcp-range=10.9.0.100,10.9.0.200,1h --dhcp-leasefile=/run/leases --dhcp-sequential-ip --user=root
printf '[Match]\\nName=lan0\\n[Network]\\nDHCP=ipv4\\n' >/run/systemd/network/10-installed.network
echo ready
while :; do
  /lib/systemd/systemd-networkd >>/run/networkd.log 2>&1 & echo $! >/run/networkd.pid
  wait $!
done
"""

#: Timers as processes; a unit is its process group.
STAND_INS = {
    "systemd-run": """#!/bin/bash
for word; do case $word in
  --unit=*) unit=${word#*=} ;; --on-active=*) seconds=${word#*=} ;; --*) ;; *) command+=("$word") ;;
esac; done
setsid bash -c 'echo $$ >/run/units/$0; sleep $1; shift; exec "$@"' "$unit" "$seconds" "${command[@]}" \
    </dev/null >/dev/null 2>&1 &
""",
    "systemctl": """#!/bin/bash
status=3
for word; do
  unit=/run/units/${word%.*}
  case "$1 $word" in
    "restart systemd-networkd.service") kill $(</run/networkd.pid); sleep 1; status=0 ;;
    *" systemd-networkd.service") status=0 ;;
    "stop "*.timer) [[ ! -e $unit ]] || kill -- -$(<$unit) 2>/dev/null; status=0 ;;
    *.timer) [[ ! -e $unit ]] || ! kill -0 $(<$unit) 2>/dev/null || status=0 ;;
  esac
done
exit $status
""",
}


class NetworkHost:
    """The host, as long as the ``with`` block lasts."""

    def __init__(self, directory: pathlib.Path) -> None:
        self.directory = directory

    def __enter__(self) -> NetworkHost:
        for name, text in STAND_INS.items():
            (self.directory / name).write_text(text)
            (self.directory / name).chmod(0o755)
        command = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
        self._holder = subprocess.Popen([*command, "bash", "-c", START], stdout=subprocess.PIPE, text=True)
        assert self._holder.stdout.readline() == "ready\n"
        children = pathlib.Path(f"/proc/{self._holder.pid}/task/{self._holder.pid}/children")
        self._process = children.read_text().strip()
        return self

    def __exit__(self, *_error: object) -> None:
        self._holder.kill()
        self._holder.wait()

    def run(self, *command: str, check: bool = True) -> str:
        inside = ["nsenter", f"--target={self._process}", "--mount", "--net", "--pid", "--wd=" + str(ROOT)]
        path = f"{self.directory}:{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}:/usr/sbin:/sbin"
        environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT / ".cache/collections"), "LC_ALL": "C.UTF-8"}
        done = subprocess.run([*inside, *command], env=environment, capture_output=True, text=True, check=False)
        assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def task(self, *options: str, **arguments: t.Any) -> dict[str, t.Any]:
        """The result of the task, as a playbook has it: with the action on the controller."""
        result = self.directory / "result.json"
        play = {
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "tasks": [
                {"kvm.fleet.host_bridges": arguments, "register": "result", "ignore_errors": True},
                {
                    "ansible.builtin.copy": {"dest": str(result), "content": "{{ result | to_json }}", "mode": "0600"},
                    "check_mode": False,
                    "no_log": True,
                },
            ],
            "vars": {"ansible_python_interpreter": sys.executable},
        }
        playbook = self.directory / "play.json"
        playbook.write_text(json.dumps([play]))
        self.run("ansible-playbook", "-i", "localhost,", *options, str(playbook))
        return json.loads(result.read_text())

    def module(self, **arguments: t.Any) -> dict[str, t.Any]:
        """The answer of the module alone, which nobody confirms anything after."""
        text = json.dumps({"ANSIBLE_MODULE_ARGS": arguments})
        return json.loads(self.run(sys.executable, "plugins/modules/host_bridges.py", text, check=False))

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

    def wait(self, condition: t.Callable[[], t.Any], seconds: float = 30) -> t.Any:
        deadline = time.monotonic() + seconds
        while not (value := condition()):
            assert time.monotonic() < deadline, self.run("sh", "-c", "ip addr; tail -n 40 /run/networkd.log")
            time.sleep(0.3)
        return value
