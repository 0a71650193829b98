# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host on which something is amiss: one message that says what and how to mend it, for every module."""

from __future__ import annotations

import hashlib
import os
import pathlib
import signal
import time
import typing as t

import pytest

#: Of the private host (tests/private_host.sh).
DAEMON = pathlib.Path("/run/libvirtd.pid")
MINIMAL = {
    "secret": {"usage": "tls", "name": "s"},
    "nwfilter": {"name": "f"},
    "network": {"name": "n"},
    "pool": {"name": "p", "type": "dir", "target": "/tmp/p"},
    "volume": {"name": "v", "pool": "p", "capacity": "1MiB"},
    "domain": {"name": "d", "memory": "64MiB"},
    "snapshot": {"domain": "d", "name": "s"},
    "converge": {"networks": [{"name": "n"}]},
    "secret_info": {},
    "nwfilter_info": {},
    "network_info": {},
    "pool_info": {},
    "volume_info": {},
    "domain_info": {},
    "snapshot_info": {},
}
WRITING = [name for name in MINIMAL if not name.endswith("_info")]


@pytest.mark.parametrize("name", MINIMAL)
def test_error_for_a_stopped_daemon_says_how_to_start_it(module, name):
    uri = "qemu:///system?socket=/nowhere/libvirt-sock"
    failed = module(name, fails=True, uri=uri, **MINIMAL[name])
    assert "libvirt does not answer at" in failed["msg"] and "Start libvirtd" in failed["msg"]


@pytest.fixture
def stop_daemon() -> t.Iterator[t.Callable[[], None]]:
    """From then on libvirtd takes connections, as the kernel does that for it, and does nothing else."""
    pid = int(DAEMON.read_text())
    yield lambda: os.kill(pid, signal.SIGSTOP)
    os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize("name", ["network", "domain_info"])
def test_a_daemon_that_does_not_answer_is_given_up_after_the_timeout(module, stop_daemon, name):
    begun = time.monotonic()
    failed = module.start(name, first=stop_daemon, timeout=2, **MINIMAL[name]).result(fails=True)
    assert time.monotonic() - begun < 15
    assert failed["msg"].startswith("uri: libvirt has not answered at qemu:///system for 2 seconds. Look at the daemon")


def test_a_daemon_that_stops_answering_during_a_run_is_given_up_after_the_timeout(module, stop_daemon, unique):
    module("domain", name=unique, memory="64MiB")  # without a system, and so it takes its time to shut down
    run = module.start("domain", name=unique, state="stopped", timeout=3)
    time.sleep(2)
    stop_daemon()
    failed = run.result(fails=True)
    assert "the connection to libvirt broke off" in failed["msg"] and "then run again" in failed["msg"]


@pytest.mark.parametrize("name", MINIMAL)
def test_error_for_missing_python_bindings_names_their_packages(module, name):
    failed = module(name, fails=True, without=["libvirt", "lxml"], **MINIMAL[name])
    assert "the Python libraries libvirt and lxml are missing" in failed["msg"]
    assert "python3-libvirt" in failed["msg"] and "python3-lxml" in failed["msg"]


@pytest.mark.parametrize("name", WRITING)
def test_error_for_a_user_without_permission_has_a_remedy(module, name):
    failed = module(name, fails=True, as_user="nobody", **MINIMAL[name])
    assert "no permission to open libvirt" in failed["msg"] and "become: true" in failed["msg"]


@pytest.mark.parametrize("uri", ["nonsense:///x", "qemu:///sistem", "qemu:///"])
def test_a_uri_that_no_driver_knows_is_refused(module, uri):
    failed = module("network", fails=True, uri=uri, name="n")
    assert "libvirt has no driver" in failed["msg"] and "Start libvirtd" not in failed["msg"]


def test_two_runs_at_the_same_time_both_end_well(module, virsh, unique, tmp_path):
    document = {
        "networks": [{"name": unique, "forward": {"mode": "isolated"}}],
        "pools": [{"name": unique, "type": "dir", "target": str(tmp_path / "pool")}],
        "volumes": [
            {"name": "base.qcow2", "pool": unique, "capacity": "8MiB"},
            {"name": "root.qcow2", "pool": unique, "backing": "base.qcow2"},
        ],
        "domains": [
            {
                "name": unique + str(number),
                "state": "stopped",
                "memory": "64MiB",
                "interfaces": [{"network": unique}],
                "disks": [{"pool": unique, "volume": "root.qcow2"}] if number == 0 else [],
            }
            for number in range(5)
        ],
    }
    runs = [module.start("converge", **document) for _run in range(4)]
    results = [run.result() for run in runs]
    assert sum(result["changed"] for result in results) == 1, "only one of them has something to do"
    assert not module("converge", **document)["changed"]
    assert len([name for name in virsh("list", "--all", "--name").split() if name.startswith(unique)]) == 5


def test_a_failure_lists_the_actions_done_before_it(module, virsh, unique):
    """What dnsmasq does not know is only seen when libvirt starts the network."""
    ips = [{"address": "192.0.2.1", "prefix": 24}]
    failed = module("network", name=unique, ips=ips, dnsmasq_options=["no-such-option"], fails=True)
    assert f"start network {unique} failed" in failed["msg"] and f"(done: define network {unique})" in failed["msg"]
    assert "What is done stays, and the next run goes on from it." in failed["msg"]


def test_confidential_data_is_neither_echoed_nor_shown(module, unique, tmp_path):
    user_data = {"chpasswd": {"users": [{"name": "root", "password": "s3cret!"}]}}
    volume = {"name": "seed.iso", "pool": unique, "seed": {"user_data": user_data, "meta_data": {"instance-id": "x"}}}
    document = {"pools": [{"name": unique, "type": "dir", "target": str(tmp_path / "pool")}], "volumes": [volume]}
    for check_mode in (True, False):
        assert "s3cret!" not in str(module("converge", check_mode=check_mode, show_xml=True, **document))
    volume["seed"]["user_data"] = "s3cret! is no cloud-config"
    assert "s3cret!" not in str(module("converge", fails=True, **document))


@pytest.mark.parametrize(
    ("role", "name", "meant"),
    [
        ("kvm_guests", "kvm_guest_domains", "kvm_guests_domains"),
        ("kvm_host", "kvm_hosts_users", "kvm_host_users"),
        ("kvm_image", "kvm_image_sources", "kvm_image_source"),
    ],
)
def test_a_misspelt_variable_of_a_role_is_refused(agent, role, name, meant):
    play = {"hosts": "localhost", "gather_facts": False, "vars": {name: []}, "roles": [f"kvm.fleet.{role}"]}
    played = agent.playbook([play])
    assert played.rc == 2 and f"{name}: no role knows this variable. Perhaps it is {meant}." in played.text


def test_a_variable_without_a_value_declares_nothing(agent):
    variables = {"kvm_guests_networks": None, "kvm_guests_domains": None, "kvm_guests_volumes_of_mine": []}
    play = {"hosts": "localhost", "gather_facts": False, "vars": variables, "roles": ["kvm.fleet.kvm_guests"]}
    played = agent.playbook([play])
    assert played.rc == 0 and "changed=0" in played.text, played.text


@pytest.mark.parametrize("what", ["link", "folder"])
def test_a_lock_that_somebody_planted_is_named(module, unique, tmp_path, what):
    name = f"kvm-fleet-0-{hashlib.sha256(b'qemu:///system').hexdigest()[:12]}.lock"
    lock = pathlib.Path("/run/lock", name)
    lock.unlink(missing_ok=True)
    try:
        if what == "link":
            lock.symlink_to(tmp_path / "elsewhere")
        else:
            lock.mkdir()
        failed = module.start("network", name=unique, forward={"mode": "isolated"}).result(fails=True)
    finally:
        if what == "link":
            lock.unlink()
        else:
            lock.rmdir()
    assert failed["msg"].startswith(f"the lock '{lock}' cannot be opened (") and "then remove it" in failed["msg"]
    assert not (tmp_path / "elsewhere").exists()
