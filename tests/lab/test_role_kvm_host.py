# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role kvm_host changes a host at work: daemons restart where they have to, and a running guest does not notice."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import shlex
import subprocess
import typing as t

import pytest

from .namespace_hosts import Lab

ROOT = pathlib.Path(__file__).parents[2]
QEMU_CONF = "/etc/libvirt/qemu.conf"
GUEST = """
<domain type="qemu">
  <name>{name}</name>
  <memory unit="MiB">64</memory>
  <os><type machine="q35">hvm</type></os>
  <devices><console type="pty"/></devices>
</domain>
"""


@dataclasses.dataclass
class Host:
    """A namespace host and the folder for the playbook that runs the role on it."""

    lab: Lab
    folder: pathlib.Path

    def run(self, command: str) -> str:
        return self.lab.ssh("host1", command)

    def write(self, path: str, text: str) -> None:
        self.run(f"printf %s {shlex.quote(text)} >{path}")

    def play(self, *arguments: str, fails: bool = False, **variables: t.Any) -> tuple[int, str]:
        """Run the role with these variables: how many tasks changed something, and all that was said."""
        playbook = self.folder / "play.yml"
        # JSON is YAML as well.
        play = {
            "hosts": "kvm_hosts",
            "gather_facts": False,
            "roles": [{"role": "kvm.fleet.kvm_host", "kvm_host_require_kvm": False, **variables}],
        }
        playbook.write_text(json.dumps([play]))
        done = subprocess.run(
            ["ansible-playbook", "-i", str(self.lab.inventory), str(playbook), *arguments],
            cwd=ROOT,
            text=True,
            capture_output=True,
            check=False,
        )
        said = done.stdout + done.stderr
        assert (done.returncode != 0) == fails, said
        recap = done.stdout.rpartition("PLAY RECAP")[2]
        return int(recap.partition("changed=")[2].split()[0]), said

    def process(self, pid_file: str) -> tuple[str, str]:
        """The number of a process and when it was started: another one of this number would have another time."""
        pid = self.run(f"cat /run/{pid_file}.pid").strip()
        return pid, self.run(f"cat /proc/{pid}/stat").rpartition(")")[2].split()[19]


@pytest.fixture(scope="module")
def host(fleet: t.Callable[[int], Lab], tmp_path_factory: pytest.TempPathFactory) -> Host:
    return Host(fleet(1), tmp_path_factory.mktemp("role"))


@pytest.fixture
def guest(host: Host) -> t.Iterator[tuple[str, str]]:
    """The process of a running guest called ``web1``, which has to be the same in the end."""
    host.write("/tmp/web1.xml", GUEST.format(name="web1"))
    host.run("virsh define /tmp/web1.xml && virsh start web1")
    before = host.process("libvirt/qemu/web1")
    yield before
    assert host.process("libvirt/qemu/web1") == before
    assert host.run("virsh domstate web1").strip() == "running"
    host.run("virsh destroy web1 && virsh undefine web1")


def test_a_host_without_declared_settings_is_left_alone(host):
    daemon = host.process("libvirtd")
    assert host.play()[0] == 0
    assert host.process("libvirtd") == daemon


def test_a_guest_survives_a_libvirtd_restart_for_new_settings(host, guest):
    daemon, logger = host.process("libvirtd"), host.process("virtlogd")
    config = {"qemu": {"vnc_listen": "127.0.0.2", "vnc_password": "hush-hush"}, "libvirtd": {"max_clients": 4000}}

    predicted, said = host.play("--check", "--diff", "-vv", kvm_host_config=config)
    assert predicted > 0
    assert "hush-hush" not in said
    assert host.process("libvirtd") == daemon
    assert "vnc_listen" not in host.run(f"cat {QEMU_CONF}")

    assert "hush-hush" not in host.play("--diff", "-vv", kvm_host_config=config)[1]
    assert 'vnc_listen = "127.0.0.2"' in host.run(f"cat {QEMU_CONF}")
    assert "max_clients = 4000" in host.run("cat /etc/libvirt/libvirtd.conf")
    assert host.process("libvirtd") != daemon
    assert host.process("virtlogd") == logger  # none of its files changed
    assert "nclients_max        : 4000" in host.run("virt-admin srv-clients-info libvirtd")  # it has read the file

    daemon = host.process("libvirtd")
    assert host.play(kvm_host_config=config)[0] == 0
    assert host.process("libvirtd") == daemon


def test_a_setting_is_removed_again(host):
    host.play(kvm_host_config={"libvirtd": {"max_clients": None}})
    assert "max_clients" not in host.run("cat /etc/libvirt/libvirtd.conf")
    assert "nclients_max        : 4000" not in host.run("virt-admin srv-clients-info libvirtd")


def test_a_daemon_that_has_not_read_its_file_is_restarted(host, guest):
    daemon = host.process("libvirtd")
    host.run(f"touch --date='now + 1 minute' {QEMU_CONF}")  # as if a run had been cut short behind the change
    host.play(kvm_host_config={"qemu": {"user": "root"}})
    assert host.process("libvirtd") != daemon
    host.run(f"touch --date='1 hour ago' {QEMU_CONF}")


def test_a_mistake_in_one_file_leaves_all_files_alone(host):
    said = host.play(kvm_host_config={"qemu": {"max_core": 1}, "libvirtd": {"max_cliens": 1}}, fails=True)[1]
    assert "settings.max_cliens: libvirtd.conf has no such setting here. The nearest is max_clients." in said
    assert "max_core = 0" in host.run(f"cat {QEMU_CONF}")


def test_settings_with_which_libvirt_does_not_start_are_restored(host, guest):
    before = host.run(f"cat {QEMU_CONF}; stat -c %a {QEMU_CONF}")
    said = host.play(kvm_host_config={"qemu": {"vnc_tls_x509_cert_dir": "/nowhere"}}, fails=True)[1]
    assert "libvirtd did not start with their new settings (qemu)" in said
    assert host.run(f"cat {QEMU_CONF}; stat -c %a {QEMU_CONF}") == before


def test_virtlogd_is_reloaded_and_not_restarted(host, guest):
    logger, daemon = host.process("virtlogd"), host.process("libvirtd")
    host.play(kvm_host_config={"virtlogd": {"max_backups": 7}})
    assert "max_backups = 7" in host.run("cat /etc/libvirt/virtlogd.conf")
    assert host.process("virtlogd") == logger  # it has replaced itself
    assert host.process("libvirtd") == daemon


def test_libvirt_guests_settings_keep_the_distributions_lines(host):
    before = host.run("cat /etc/default/libvirt-guests")
    settings = {"on_shutdown": "suspend", "shutdown_timeout": 60, "bypass_cache": True}
    assert host.play("--check", kvm_host_libvirt_guests=settings)[0] == 1
    assert host.play(kvm_host_libvirt_guests=settings)[0] == 1
    lines = host.run("cat /etc/default/libvirt-guests").splitlines()
    for name, line in (
        ("ON_SHUTDOWN", "ON_SHUTDOWN=suspend"),
        ("SHUTDOWN_TIMEOUT", "SHUTDOWN_TIMEOUT=60"),
        ("BYPASS_CACHE", "BYPASS_CACHE=1"),
    ):
        assert lines[lines.index(line) - 1].startswith(f"#{name}=")
    assert host.play(kvm_host_libvirt_guests=settings)[0] == 0
    host.play(kvm_host_libvirt_guests={**dict.fromkeys(settings), "on_shutdown": "default"})
    assert host.run("cat /etc/default/libvirt-guests") == before


def test_daemons_that_the_host_does_not_have_are_refused(host):
    daemon = host.process("libvirtd")
    said = host.play(kvm_host_daemons="modular", fails=True)[1]
    assert "kvm_host_daemons: modular is not to be had here: without systemd the role knows libvirtd alone." in said
    assert host.process("libvirtd") == daemon
    assert host.play(kvm_host_daemons="monolithic")[0] == 0


def test_a_parameter_that_no_module_has_is_refused(host):
    before = host.run("find /etc/modprobe.d /etc/tmpfiles.d /etc/modules-load.d | sort")
    said = host.play(kvm_host_hugepages=[{"size": "3MiB", "count": 1}], fails=True)[1]
    assert "hugepages[0].size: this machine has no huge pages of this size" in said
    assert host.run("find /etc/modprobe.d /etc/tmpfiles.d /etc/modules-load.d | sort") == before
