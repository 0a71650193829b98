# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read of a host's daemons and firmware from its files."""

from __future__ import annotations

import json
import pathlib

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.host.daemons import find_daemons, is_run_by_systemd
from ansible_collections.kvm.fleet.plugins.module_utils.host.firmware import find_firmware

UNIX_SOCKETS = """\
Num       RefCount Protocol Flags    Type St Inode Path
00000000134e7dc5: 00000002 00000000 00010000 0001 01 48086 /run/libvirt/libvirt-sock
00000000134e7dc6: 00000003 00000000 00000000 0001 03 48090 /run/libvirt/virtlogd-sock
00000000f70aa0d7: 00000003 00000000 00000000 0001 03   631
"""


def write(path: pathlib.Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_host_without_libvirt_has_no_daemons(tmp_path):
    assert find_daemons(str(tmp_path)) == {}


def test_daemon_runs_when_its_pid_file_names_a_live_process_of_its_name(tmp_path):
    for name in ("libvirtd", "virtlogd", "virtlockd"):
        write(tmp_path / "usr/sbin" / name, "")
    write(tmp_path / "run/libvirtd.pid", "7")
    write(tmp_path / "proc/7/cmdline", "/usr/sbin/libvirtd\0--daemon\0")
    write(tmp_path / "run/virtlogd.pid", "8")  # stale: another process has its number now
    write(tmp_path / "proc/8/cmdline", "bash\0")
    write(tmp_path / "run/virtlockd.pid", "9")
    write(tmp_path / "proc/9/cmdline", "")  # dead, and its parent has not noticed
    write(tmp_path / "proc/net/unix", UNIX_SOCKETS)
    assert find_daemons(str(tmp_path)) == {
        "libvirtd": {"running": True, "listening": True},
        "virtlogd": {"running": False, "listening": False},  # somebody is connected, nobody listens
        "virtlockd": {"running": False, "listening": False},
    }


def test_systemd_that_is_only_installed_does_not_run_the_host(tmp_path):
    write(tmp_path / "lib/systemd/systemd", "")
    (tmp_path / "run/systemd").mkdir(parents=True)
    assert not is_run_by_systemd(str(tmp_path))
    (tmp_path / "run/systemd/system").mkdir()
    assert is_run_by_systemd(str(tmp_path))


UEFI = {"interface-types": ["uefi"], "targets": [{"architecture": "x86_64"}], "features": ["acpi-s3"]}
SECURE = {**UEFI, "features": ["acpi-s3", "requires-smm", "secure-boot"]}
BIOS = {**UEFI, "interface-types": ["bios"]}


@pytest.mark.parametrize(
    ("shared", "local", "efi", "secure_boot"),
    [
        ({}, {}, False, False),
        ({"60.json": UEFI}, {}, True, False),
        ({"50.json": SECURE, "60.json": UEFI}, {}, True, True),
        ({"50.json": SECURE, "60.json": UEFI}, {"50.json": None}, True, False),  # hidden by an empty file
        ({"50.json": BIOS}, {}, False, False),
    ],
)
def test_firmware_is_read_from_qemus_descriptors(tmp_path, shared, local, efi, secure_boot):
    for folder, descriptors in (("usr/share/qemu/firmware", shared), ("etc/qemu/firmware", local)):
        for name, descriptor in descriptors.items():
            write(tmp_path / folder / name, json.dumps(descriptor) if descriptor else "")
    assert find_firmware("x86_64", str(tmp_path)) == {"efi": efi, "secure_boot": secure_boot}
    assert not find_firmware("aarch64", str(tmp_path))["efi"]
