# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What host_info and the role kvm_host conclude from a machine's files.

Each folder of fixtures is a machine: its files as they are there, the kernel's messages in ``kernel.log``, and in
``dev/kvm``, since a device node cannot be kept in a repository, what ``stat --format='%a %u %g' /dev/kvm`` says.
The ``cpuinfo`` of ``vm_without_nested`` is a recorded one; the other files follow the formats of the kernel's
documentation and source.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import stat

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.host.virtualization import Device, VirtualizationReport, assess

MACHINES = pathlib.Path(__file__).parent / "fixtures"


def recorded_stat(path: str) -> os.stat_result:
    mode, uid, gid = pathlib.Path(path).read_text(encoding="utf-8").split()
    return os.stat_result((stat.S_IFCHR | int(mode, 8), 0, 0, 1, int(uid), int(gid), 0, 0, 0, 0))


def assess_machine(root: pathlib.Path) -> VirtualizationReport:
    log = root / "kernel.log"
    return assess(f"{root}/", log.read_text(encoding="utf-8") if log.exists() else None, recorded_stat)


# machine: cause, vendor, flag, module, loaded, nested, firmware locked, in a virtual machine, device accessible
MACHINE_TABLE = {
    "amd_bare_metal": (None, "amd", "svm", "kvm_amd", True, True, False, False, True),
    "intel_nested": (None, "intel", "vmx", "kvm_intel", True, True, False, False, True),
    "intel_firmware_locked": ("firmware_locked", "intel", None, None, False, None, True, False, None),
    "amd_firmware_locked": ("firmware_locked", "amd", "svm", "kvm_amd", False, None, True, False, None),
    "intel_locked_old_kernel": ("firmware_locked", "intel", "vmx", "kvm_intel", False, None, True, False, None),
    "intel_module_not_loaded": ("module_not_loaded", "intel", "vmx", "kvm_intel", False, None, None, False, None),
    "intel_virtual_machine": (None, "intel", "vmx", "kvm_intel", True, False, False, True, True),
    "vm_without_nested": ("no_extension", "amd", None, None, False, None, None, True, False),
    "amd_module_not_loaded": ("module_not_loaded", "amd", "svm", "kvm_amd", False, None, None, False, None),
    "amd_no_permission": ("no_access", "amd", "svm", "kvm_amd", True, False, False, False, False),
    "aarch64": (None, "arm", None, "kvm", True, None, None, None, True),
}


def test_every_recorded_machine_is_in_the_table():
    assert {path.name for path in MACHINES.iterdir()} == set(MACHINE_TABLE)


@pytest.mark.parametrize("name", MACHINE_TABLE)
def test_machine_is_recognised(name):
    report = assess_machine(MACHINES / name)
    assert (
        report.cause,
        report.vendor,
        report.flag,
        report.module.name,
        report.module.loaded,
        report.nested,
        report.firmware_locked,
        report.hypervisor,
        report.device.accessible,
    ) == MACHINE_TABLE[name]
    assert report.supported == (report.cause is None) == (report.reason is None) == (report.remedy is None)


@pytest.mark.parametrize(
    ("name", "remedy"),
    {
        "intel_firmware_locked": "Enable Intel VT-x in the machine's BIOS or UEFI setup",
        "intel_locked_old_kernel": "Enable Intel VT-x in the machine's BIOS or UEFI setup",
        "intel_module_not_loaded": "Run 'modprobe kvm_intel'",
        "amd_firmware_locked": "Enable AMD-V (SVM mode) in the machine's BIOS or UEFI setup",
        "vm_without_nested": "This machine is itself a virtual machine: enable nested virtualization in its hypervisor",
        "amd_module_not_loaded": "Run 'modprobe kvm_amd'",
        "amd_no_permission": "Run 'chgrp kvm /dev/kvm' and 'chmod 0660 /dev/kvm'",
    }.items(),
)
def test_remedy_fits_the_cause(name, remedy):
    assert assess_machine(MACHINES / name).remedy.startswith(remedy)


def test_device_node_without_the_flag_is_no_kvm():
    report = assess_machine(MACHINES / "vm_without_nested")
    assert report.device.present
    assert not report.supported
    assert "the /dev/kvm that is there does not change that" in report.reason


def test_remedy_for_a_missing_cpu_flag_on_bare_metal_is_the_firmware(tmp_path):
    machine = shutil.copytree(MACHINES / "intel_firmware_locked", tmp_path / "machine")
    (machine / "kernel.log").unlink()
    report = assess_machine(machine)
    assert report.cause == "no_extension"
    assert report.remedy.startswith("Enable Intel VT-x in the machine's BIOS or UEFI setup")


@pytest.mark.parametrize(
    "line",
    [
        "kvm: disabled by bios",
        "kvm: support for 'kvm_intel' disabled by bios",
        "kvm_intel: VMX not enabled (by BIOS) in MSR_IA32_FEAT_CTL on CPU 0",
        "kvm_amd: SVM disabled (by BIOS) in MSR_VM_CR on CPU 0",
        "x86/cpu: VMX (inside TXT) disabled by BIOS",
    ],
)
def test_firmware_lock_is_parsed_from_messages_of_every_kernel(line):
    machine = MACHINES / "amd_module_not_loaded"
    assert assess(str(machine), f"[    1.0] tsc: ok\n[    2.0] {line}\n", recorded_stat).cause == "firmware_locked"


def test_device_is_found_missing(tmp_path):
    machine = shutil.copytree(MACHINES / "aarch64", tmp_path / "machine")
    (machine / "dev/kvm").unlink()
    report = assess_machine(machine)
    assert report.cause == "no_device"
    assert report.device == Device(present=False)


def test_regular_file_is_not_taken_for_the_device():
    assert not assess(str(MACHINES / "amd_bare_metal")).device.present


def test_machine_without_libvirt_is_supported_and_access_unknown(tmp_path):
    machine = shutil.copytree(MACHINES / "amd_bare_metal", tmp_path / "machine")
    shutil.rmtree(machine / "etc")
    report = assess_machine(machine)
    assert report.supported
    assert (report.device.user, report.device.accessible, report.device.group) == (None, None, "107")


@pytest.mark.parametrize(
    ("settings", "node", "accessible"),
    [
        ("", "660 0 107", True),  # its own group
        ("", "600 0 107", False),
        ("", "666 0 0", True),  # everybody, as Fedora has it
        ("", "660 0 64055", True),  # a supplementary group
        ("", "640 0 107", False),  # for reading only
        ("", "066 64055 107", False),  # the owner's own permissions count, not its group's
        ('user = "root"\n', "600 0 0", True),
        ('user = "+0"\n', "600 0 0", True),
        ('user = "64055"\ngroup = "kvm"\n', "660 0 107", True),
        ('user = "64055"\n', "660 0 107", False),
        ('  user="nobody"\ngroup = "+107"\n', "660 0 107", True),
        ('# user = "root"\n', "600 0 0", False),
    ],
)
def test_access_is_that_of_the_user_in_qemu_conf(tmp_path, settings, node, accessible):
    machine = shutil.copytree(MACHINES / "amd_no_permission", tmp_path / "machine")
    with (machine / "etc/passwd").open("a") as passwd:
        passwd.write("+::::::\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n")
    (machine / "etc/libvirt").mkdir(exist_ok=True)
    (machine / "etc/libvirt/qemu.conf").write_text(settings)
    (machine / "dev/kvm").write_text(node)
    assert assess_machine(machine).device.accessible is accessible


@pytest.mark.parametrize(
    ("name", "available", "enabled", "remedy"),
    [
        ("amd_bare_metal", True, True, None),
        ("intel_nested", True, False, "Boot with the kernel argument intel_iommu=on"),
        ("intel_module_not_loaded", True, False, "Boot without the kernel argument intel_iommu=off"),
        ("intel_virtual_machine", False, False, None),
        ("amd_module_not_loaded", True, False, "Boot without the kernel argument amd_iommu=off"),
        ("vm_without_nested", False, False, None),
    ],
)
def test_iommu_is_detected_from_tables_kernel_and_arguments(name, available, enabled, remedy):
    iommu = assess_machine(MACHINES / name).iommu
    assert (iommu.available, iommu.enabled, iommu.remedy) == (available, enabled, remedy)


def test_summary_names_what_was_found():
    assert assess_machine(MACHINES / "intel_nested").summary == (
        "Intel(R) Xeon(R) Gold 6338 CPU @ 2.00GHz, flag vmx, module kvm_intel loaded, /dev/kvm root:kvm 0660, "
        "qemu may open it"
    )
