# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host on which something is amiss: one message that says what and how to mend it, for every module."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time
import typing as t

import libvirt
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


def test_a_long_job_goes_on_while_the_daemon_answers(module, pool, tmp_path):
    """libvirt makes an image with qemu-img, which takes longer here than the timeout."""
    program, slow = shutil.which("qemu-img"), tmp_path / "slow"
    shutil.copy(program, tmp_path / "qemu-img")
    slow.write_text(f"""#!/bin/sh\n[ "$1" != create ] || sleep 4\nexec {tmp_path}/qemu-img "$@"\n""")
    slow.chmod(0o755)
    subprocess.run(["mount", "--bind", slow, program], check=True)
    try:
        started = time.monotonic()
        made = module.start("volume", pool=pool, name="a.qcow2", capacity="1MiB", format="qcow2", timeout=1).result()
    finally:
        subprocess.run(["umount", "--lazy", program], check=True)
    assert made["changed"] and time.monotonic() - started > 4


def test_a_daemon_that_stops_answering_during_a_run_is_given_up_after_the_timeout(module, stop_daemon, unique):
    module("domain", name=unique, memory="64MiB")  # without a system, and so it takes its time to shut down
    run = module.start("domain", name=unique, state="stopped", timeout=3)
    time.sleep(2)
    stop_daemon()
    failed = run.result(fails=True)
    assert "the connection to libvirt broke off" in failed["msg"] and "then run again" in failed["msg"]


class Dying:
    """Stands in for the C module below libvirt's Python API: before call number ``at`` the daemon is gone."""

    def __init__(self, at: int) -> None:
        self._real, self._left, self._before = libvirt.libvirtmod, at, set(self._sockets())

    @staticmethod
    def _sockets() -> t.Iterator[tuple[str, int]]:
        """What this process has open, and as which descriptor."""
        for descriptor in map(int, os.listdir("/proc/self/fd")):
            with contextlib.suppress(OSError):
                where = os.readlink(f"/proc/self/fd/{descriptor}")
                if where.startswith("socket:"):
                    yield where, descriptor

    def __getattr__(self, name: str) -> t.Any:
        found = getattr(self._real, name)
        if not callable(found) or name.startswith("virEvent"):
            return found

        def call(*arguments: t.Any) -> t.Any:
            self._left -= 1
            if self._left == 0:
                for _where, descriptor in set(self._sockets()) - self._before:
                    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as one:
                        one.shutdown(socket.SHUT_RDWR)  # which is all that is seen of a daemon's death
            return found(*arguments)

        return call


SPEC = {"as": "spec"}
ASKING: list[tuple[str, dict[str, t.Any]]] = [
    *((name, {}) for name in MINIMAL if name.endswith("_info")),
    *((name, SPEC) for name in ("domain_info", "network_info", "pool_info", "volume_info", "secret_info")),
    ("domain_info", {"agent": True}),
]


def test_a_daemon_that_dies_while_it_is_asked_is_no_traceback(module, unique, pool):
    """At the first of each call of libvirt that it makes. About 6 s."""
    disks, interfaces = [{"pool": pool, "volume": "a.qcow2"}], [{"network": unique}]
    document = {
        "secrets": [{"usage": "tls", "name": unique, "value": "x"}],
        "nwfilters": [{"name": unique}],
        "networks": [{"name": unique, "forward": {"mode": "isolated"}}],
        "volumes": [{"name": "a.qcow2", "pool": pool, "capacity": "1MiB"}],
        "domains": [{"name": unique, "memory": "32MiB", "disks": disks, "interfaces": interfaces}],
    }
    module("converge", **document)
    module("snapshot", domain=unique, name="one", mode="external")
    for name, options in ASKING:
        whole = module.start(name, **options)
        whole.result()
        broken = []
        for at in (whole.called.index(call) + 1 for call in {*whole.called} if not call.endswith("Free")):

            def dies(at: int = at) -> None:
                libvirt.libvirtmod = Dying(at)

            result = module.start(name, first=dies, **options).result(fails=None)
            if result["failed"]:
                assert re.search("the connection to libvirt broke off|does not answer", result["msg"]), result["msg"]
                broken.append(whole.called[at - 1])
        assert any("XMLDesc" in call for call in broken), (name, options, broken)


@pytest.mark.parametrize(
    ("name", "option"),
    [
        *((name, "uri") for name in MINIMAL),
        *((name, "name") for name in MINIMAL if name not in ("secret_info", "converge")),
        *((name, "pool") for name in ("volume", "volume_info")),
        *((name, "domain") for name in ("snapshot", "snapshot_info")),
        *(("volume", name) for name in ("backing", "backing_pool")),
    ],
)
def test_a_name_that_libvirt_cannot_be_given_is_refused(module, name, option):
    """Its Python API raises a TypeError for the one, and lxml a ValueError for the other."""
    for text in ("a\0", "a\x1b"):
        failed = module(name, fails=True, **{**MINIMAL[name], option: text})
        assert failed["msg"].startswith(f"{option}: control characters are not accepted. Remove them.")


def test_names_in_a_document_that_libvirt_cannot_be_given_are_refused(module):
    document = {
        "volumes": [{"name": "a", "pool": "a\0", "source": {"volume": "b\x1b"}}, {"name": "b\x1b", "pool": "a"}],
        "domains": [{"name": "d", "memory": "1GiB", "interfaces": [{"bridge": "a\x1b"}]}],
    }
    failed = module("converge", fails=True, **document)
    what = "control characters are not accepted. Remove them."
    wrong = ("volumes[a].pool", "volumes[a].source.volume", "volumes[1].name", "domains[d].interfaces[0].bridge")
    assert failed["msg"] == " Also: ".join(f"{where}: {what}" for where in wrong)


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


def test_a_restart_can_be_asked_of_the_role(agent, module, virsh, unique):
    """For a change that waits; what it takes to shut a guest down is seen in a booted one (tests/guest)."""
    guest = {"name": unique, "memory": "32MiB", "disks": [], "interfaces": []}
    module("domain", **guest)
    virsh("setmaxmem", unique, "64M", "--config")
    play = {"hosts": "localhost", "gather_facts": False, "roles": ["kvm.fleet.kvm_guests"]}
    for asked, verbs in ((None, []), ("if_required", ["restart"])):
        variables = {"kvm_guests_domains": [{"name": unique}], **({"kvm_guests_restart": asked} if asked else {})}
        played = agent.playbook([{**play, "vars": variables}], "--check")
        assert played.rc == 0, played.text
        actions = [action for result in played.results.values() for action in result.get("actions", ())]
        assert [action["verb"] for action in actions] == verbs


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
