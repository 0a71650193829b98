# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Namespace hosts are hosts to Ansible, quick to make, strangers to each other, and leave nothing."""

from __future__ import annotations

import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import typing as t

import pytest

from .namespace_hosts import Lab

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
PROGRAM = HERE / "namespace_hosts.py"
HOSTS = 10
NAMESPACES = ("net", "mnt", "pid", "uts", "ipc")

#: A guest's place on a host: plugged into the network, with a fixed address, asking the network's DNS server.
GUEST = """
set -e
ip netns add guest
ip link add guest0 type veth peer name eth0 netns guest
ip link set guest0 master virbr-lan up
ip -n guest address add 10.77.0.50/24 dev eth0
ip -n guest link set eth0 up
ip -n guest route add default via 10.77.0.1
mkdir -p /etc/netns/guest
echo nameserver 10.77.0.1 >/etc/netns/guest/resolv.conf
"""


class Ten(t.NamedTuple):
    lab: Lab
    seconds: float  # from nothing to all hosts answering


@pytest.fixture(scope="module")
def ten(fleet: t.Callable[[int], Lab]) -> Ten:
    started = time.monotonic()
    return Ten(fleet(HOSTS), time.monotonic() - started)


@pytest.fixture(scope="module")
def converged(ten: Ten) -> Lab:
    """The ten, after networks.yml changed each of them."""
    assert run_playbook(ten.lab) == on_each(ten.lab, 1)
    return ten.lab


def here_now() -> set[str]:
    """All that a lab could leave on this host: processes, namespaces, mounts, interfaces."""
    found = {f"mount {line}" for line in pathlib.Path("/proc/self/mounts").read_text().splitlines()}
    found |= {f"interface {name}" for name in os.listdir("/sys/class/net")}
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            found.add(f"process {process.name} {(process / 'cmdline').read_text()}")
            found |= {os.readlink(process / "ns" / kind) for kind in NAMESPACES}
        except OSError:  # it has just ended
            continue
    return found


def soon_nothing_but(before: set[str]) -> None:
    """The connections that ssh keeps in the background notice within a moment that their host is gone."""
    deadline = time.monotonic() + 5
    while (left := here_now() - before) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not left


def run_playbook(lab: Lab, *options: str) -> dict[str, int]:
    """How many tasks changed something on each host; all succeeded."""
    command = [
        "ansible-playbook",
        "--forks",
        str(HOSTS),
        "-i",
        str(lab.inventory),
        str(HERE / "networks.yml"),
        *options,
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return {host: int(changed) for host, changed in re.findall(r"^(\S+) +: ok=1 +changed=(\d)", done.stdout, re.M)}


def on_each(lab: Lab, what: t.Any) -> dict[str, t.Any]:
    return dict.fromkeys(lab.hosts, what)


def test_ten_hosts_are_up_within_a_minute(ten):
    assert ten.seconds < 60
    assert ten.lab.everywhere("hostname") == {host: host for host in ten.lab.hosts}


def test_lab_hosts_are_isolated_from_each_other(ten):
    found = [
        name
        for said in ten.lab.everywhere(f"cd /proc/self/ns && readlink {' '.join(NAMESPACES)}").values()
        for name in said.split()
    ]
    assert len(set(found)) == len(NAMESPACES) * HOSTS
    assert not set(found) & {os.readlink(f"/proc/self/ns/{kind}") for kind in NAMESPACES}
    assert len(set(ten.lab.everywhere("virsh capabilities | grep --max-count=1 '<uuid>'").values())) == HOSTS


def test_a_file_written_on_a_host_is_nowhere_else(ten):
    ten.lab.ssh("host1", "touch /srv/mine /etc/mine /tmp/mine")
    found = ten.lab.everywhere("ls -d /srv/mine /etc/mine /tmp/mine 2>/dev/null | wc -l")
    assert found == {**on_each(ten.lab, "0"), "host1": "3"}
    assert not any(pathlib.Path(folder, "mine").exists() for folder in ("/srv", "/etc", "/tmp"))


def test_converge_runs_on_all_hosts_over_ssh(converged):
    said = converged.everywhere("(virsh net-list --name; virsh pool-list --name; ls -d /srv/vm) | xargs")
    assert said == on_each(converged, "lan data /srv/vm")
    assert run_playbook(converged) == on_each(converged, 0)


def test_drift_of_one_host_changes_only_that_host(converged):
    lab = converged
    lab.ssh("host3", "virsh net-destroy lan")
    assert lab.everywhere("virsh net-list --name") == {**on_each(lab, "lan"), "host3": ""}
    only_host3 = {**on_each(lab, 0), "host3": 1}
    assert run_playbook(lab, "--check") == only_host3
    assert run_playbook(lab) == only_host3
    assert lab.everywhere("virsh net-list --name") == on_each(lab, "lan")


def test_guests_resolve_names_and_reach_other_hosts_through_nat(converged):
    lab = converged
    assert lab.everywhere(GUEST) == on_each(lab, "")
    assert lab.everywhere("ip netns exec guest getent hosts printer-of-$(hostname) | cut -d' ' -f1") == on_each(
        lab, "192.0.2.7"
    )
    # sshd says where a connection comes from: seen from the lab's neighbour it is the host, not its guest.
    to_neighbour = f"10.78.0.$(($(hostname | tr -dc 0-9) % {HOSTS} + 1))"
    seen = lab.everywhere(f"ip netns exec guest ssh {to_neighbour} 'echo $SSH_CONNECTION'")
    sources = {host: connection.split()[0] for host, connection in seen.items()}
    assert sources == {host: f"10.78.0.{number}" for number, host in enumerate(lab.hosts, 1)}


def test_a_stopped_lab_leaves_nothing(fleet):
    before = here_now()
    lab = fleet(2)
    run_playbook(lab)
    assert {found.partition(":")[0] for found in here_now() - before} >= set(NAMESPACES)
    lab.stop()
    soon_nothing_but(before)
    assert not lab.directory.exists()


@pytest.mark.parametrize("deadly", [signal.SIGKILL, signal.SIGINT])
def test_a_lab_ends_with_its_owner(deadly, tmp_path):
    before = here_now()
    program = (
        "import sys; from namespace_hosts import *; Lab(pathlib.Path(sys.argv[1])).start(2); print('up', flush=True)"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", f"{program}; time.sleep(600)", str(tmp_path / "lab")], cwd=HERE, stdout=subprocess.PIPE
    )
    assert owner.stdout
    assert owner.stdout.readline() == b"up\n"
    owner.send_signal(deadly)
    owner.communicate()
    soon_nothing_but(before)


def test_ctrl_c_while_hosts_start_leaves_nothing(tmp_path):
    before = here_now()
    up = lab_command("up", tmp_path)
    while not (tmp_path / "lab/pid").exists() or not (tmp_path / "lab/pid").read_text():
        time.sleep(0.02)
    up.send_signal(signal.SIGINT)
    assert up.communicate()[1] == ""
    assert up.returncode == 130
    soon_nothing_but(before)
    assert not (tmp_path / "lab").exists()


def test_lab_up_outlives_its_command_and_lab_down_ends_it(tmp_path):
    before = here_now()
    up = lab_command("up", tmp_path)
    said, errors = up.communicate()
    assert (up.returncode, errors) == (0, "")
    login = re.search(r"ssh -F .* host1", said)
    assert login
    assert subprocess.check_output(f"{login[0]} hostname", shell=True, cwd=ROOT, text=True) == "host1\n"

    again = lab_command("up", tmp_path)
    advice = f"python3 tests/lab/namespace_hosts.py down --directory {tmp_path}/lab"
    assert said.splitlines()[-1].strip() == advice  # `make lab-down` would end another lab
    assert again.communicate()[1] == f"lab: A lab is already running in {tmp_path}/lab: {advice}\n"
    assert subprocess.check_output(f"{login[0]} hostname", shell=True, cwd=ROOT, text=True) == "host1\n"

    for _twice in range(2):
        assert lab_command("down", tmp_path).communicate() == ("", "")
        soon_nothing_but(before)


def test_a_stale_pid_of_a_lab_ends_no_process(tmp_path):
    (tmp_path / "lab").mkdir()
    with subprocess.Popen(["sleep", "600"]) as stranger:
        (tmp_path / "lab/pid").write_text(f"{stranger.pid}\n")
        assert lab_command("down", tmp_path).communicate() == ("", "")
        assert stranger.poll() is None
        stranger.kill()


def lab_command(action: str, tmp_path: pathlib.Path) -> subprocess.Popen[str]:
    command = [sys.executable, str(PROGRAM), action, "--directory", str(tmp_path / "lab"), "--hosts", "2"]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
