# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""host_info on a real host: it agrees with virsh and the kernel, and never needs libvirt to say what the machine is."""

from __future__ import annotations

import os
import pathlib
import stat
import typing as t
from xml.etree import ElementTree

import pytest

NOBODY_LISTENS = "qemu+unix:///system?socket=/run/nobody-listens-here"


def cpu_flag() -> str | None:
    flags = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    return next((flag for flag in ("vmx", "svm") if flag in flags), None)


@pytest.fixture
def kvm_node() -> t.Iterator[None]:
    """A /dev/kvm like that of the machine around the private host, which hides it."""
    os.mknod("/dev/kvm", stat.S_IFCHR | 0o600, os.makedev(10, 232))
    yield
    os.unlink("/dev/kvm")


def test_libvirt_is_reported_as_virsh_sees_it(module, virsh):
    info = module("host_info")
    assert not info["changed"]
    assert info["libvirt"]["reachable"]
    version = virsh("version", "--daemon")
    assert f"Running against daemon: {info['versions']['libvirt']}\n" in version
    assert f"Running hypervisor: {info['versions']['hypervisor']}\n" in version


def test_capabilities_and_capacity_agree_with_virsh(module, virsh):
    info = module("host_info")
    capabilities = ElementTree.fromstring(virsh("capabilities"))
    assert info["capabilities"]["arch"] == capabilities.findtext("host/cpu/arch") == os.uname().machine
    assert info["capabilities"]["cpu"]["model"] == capabilities.findtext("host/cpu/model")
    own = [guest for guest in info["capabilities"]["guests"] if guest["arch"] == os.uname().machine]
    assert "qemu" in own[0]["domain_types"]
    assert "q35" in own[0]["machines"]
    assert not [name for name in own[0]["machines"] if name.startswith("pc-q35-")]
    assert f"{info['capacity']['memory']['total'] // 1024} KiB" in virsh("nodememstats")
    assert info["capacity"]["cpus"] == os.cpu_count()
    assert [cpu for cell in info["capacity"]["cells"] for cpu in cell["cpus"]] == list(range(os.cpu_count()))


def test_reported_firmware_is_what_libvirt_boots_with(module, virsh):
    values = ElementTree.fromstring(virsh("domcapabilities", "--machine", "q35"))
    efi = "efi" in [value.text for value in values.findall("os/enum[@name='firmware']/value")]
    secure = "yes" in [value.text for value in values.findall("os/loader/enum[@name='secure']/value")]
    assert module("host_info")["capabilities"]["firmware"] == {"efi": efi, "secure_boot": secure}


def test_running_daemons_are_reported(module):
    libvirt = module("host_info")["libvirt"]
    assert not libvirt["systemd"]
    at_work = {"running": True, "listening": True}
    idle = {"running": False, "listening": False}
    # Debian 12 has virtlockd besides; Debian 13 has it in a package of its own.
    others = {path.name: idle for path in pathlib.Path("/usr/sbin").glob("virtlockd")}
    assert libvirt["daemons"] == {"libvirtd": at_work, "virtlogd": at_work, **others}


def test_virtualization_goes_by_the_cpu_flag_and_not_by_the_device(module, kvm_node):
    report = module("host_info")["virtualization"]
    assert report["device"]["present"]
    assert (report["device"]["mode"], report["device"]["user"]) == ("0600", "root")
    assert report["flag"] == cpu_flag()
    assert report["supported"] == (cpu_flag() is not None)


def test_missing_device_is_reported(module):
    report = module("host_info")["virtualization"]
    assert not report["supported"]
    assert report["device"]["present"] is False


@pytest.mark.parametrize("library", ["libvirt", "lxml"])
def test_host_without_python_bindings_is_described(module, library):
    info = module.start("host_info", without=[library]).result()
    assert not info["libvirt"]["reachable"]
    assert library in info["libvirt"]["reason"]
    assert f"python3-{library}" in info["libvirt"]["remedy"]
    assert info["capabilities"] is info["capacity"] is None
    assert info["virtualization"]["summary"]


def test_unreachable_libvirt_is_reported_without_failing(module):
    info = module("host_info", uri=NOBODY_LISTENS)
    assert not info["libvirt"]["reachable"]
    assert NOBODY_LISTENS in info["libvirt"]["reason"]
    assert "kvm.fleet.kvm_host" in info["libvirt"]["remedy"]
    assert info["virtualization"]["summary"]


def test_a_remote_host_is_not_described_by_the_local_cpu(module):
    info = module("host_info", uri="qemu+tcp://127.0.0.1:9/system")
    assert info["virtualization"] is None
    assert info["libvirt"]["daemons"] is None
    assert not info["libvirt"]["reachable"]


def test_an_unprivileged_user_can_read_host_info(module):
    info = module.start("host_info", as_user="nobody").result()
    assert info["libvirt"]["reachable"]
    assert info["capabilities"]["guests"]


def test_check_mode_reports_the_same(module):
    real, checked = module("host_info"), module.start("host_info", check_mode=True).result()
    for info in (real, checked):
        del info["capacity"]["memory"]["free"]
    assert checked == real


def test_unknown_option_is_refused(module):
    assert "urii" in module("host_info", urii="qemu:///system", fails=True)["msg"]


def test_the_password_of_a_uri_is_not_shown(module):
    told = module("host_info", uri="qemu+tcp://ops:c4nary@127.0.0.1:1/system", timeout=2)
    assert told["libvirt"]["uri"] == "qemu+tcp://ops:(hidden)@127.0.0.1:1/system"
    assert not told["libvirt"]["reachable"] and "c4nary" not in str(told)
