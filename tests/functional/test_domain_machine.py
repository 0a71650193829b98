# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a guest is beside its devices: defined, kept by libvirt, and started by QEMU with it; virsh is the witness."""

from __future__ import annotations

import subprocess
import typing as t

import pytest

from .lifecycle import settle, verbs
from .test_domain import dumpxml, guest

GENID = "5f6cbb8e-3c38-4b35-a7be-7f80f5a2d999"

#: Options, and what libvirt has to show of them (an XPath that is true).
STARTED: dict[str, tuple[dict[str, t.Any], str]] = {
    "memory that is shared": (
        {
            "memory_backing": {
                "source": "memfd",
                "access": "shared",
                "allocation": "immediate",
                "nosharepages": True,
                "discard": True,
            },
            "memory_dump_core": False,
        },
        "memoryBacking[source/@type='memfd'][access/@mode='shared'][nosharepages][discard] and memory/@dumpCore='off'",
    ),
    "cells": (
        {
            "memory": "128MiB",
            "vcpus": 2,
            "cpu": {
                "numa": [
                    {
                        "id": 0,
                        "cpus": "0",
                        "memory": "64MiB",
                        "distances": [{"id": 0, "value": 10}, {"id": 1, "value": 21}],
                    },
                    {
                        "id": 1,
                        "cpus": "1",
                        "memory": "64MiB",
                        "distances": [{"id": 0, "value": 21}, {"id": 1, "value": 10}],
                    },
                ]
            },
            "memory_hotplug": {"max": "512MiB", "slots": 4},
        },
        "count(cpu/numa/cell/distances/sibling)=4 and maxMemory/@slots='4'",
    ),
    "a processor": (
        {
            "vcpus": 4,
            "cpu": {
                "mode": "custom",
                "model": "qemu64",
                "model_fallback": "forbid",
                "vendor_id": "KVMKVMKVMKVM",
                "topology": {"sockets": 1, "dies": 1, "cores": 2, "threads": 2},
                "features": [{"name": "svm", "policy": "disable"}],
            },
        },
        "cpu[@mode='custom'][model='qemu64'][topology/@cores='2']/feature[@name='svm'][@policy='disable']",
    ),
    "features": (
        {
            "features": {
                "pae": True,
                "pmu": False,
                "vmport": False,
                "smm": True,
                "smm_tseg": "16MiB",
                "vmcoreinfo": True,
                "tcg_tb_cache": "64MiB",
                "kvm": {"hidden": True},
            },
            "pm": {"suspend_to_mem": False, "suspend_to_disk": False},
        },
        "features[pae][vmport/@state='off'][smm/tseg=16][kvm/hidden] and pm/suspend-to-mem/@enabled='no'",
    ),
    "a clock in a time zone": (
        {
            "clock": {
                "offset": "timezone",
                "timezone": "Europe/Zurich",
                "timers": [{"name": "rtc", "tickpolicy": "catchup"}],
            }
        },
        "clock[@offset='timezone'][@timezone='Europe/Zurich'][count(timer)=1]",
    ),
    "a clock that goes ahead": (
        {"clock": {"offset": "variable", "adjustment": "3600", "basis": "utc"}},
        "clock[@offset='variable'][@adjustment='3600']",
    ),
    "a clock that starts at a moment": (
        {"clock": {"offset": "absolute", "start": 1234567890}},
        "clock[@offset='absolute'][@start='1234567890']",
    ),
    "SMBIOS": (
        {
            "smbios": "sysinfo",
            "sysinfo": {
                "bios": {"vendor": "Acme", "version": "1.0", "date": "11/23/2026", "release": "4.2"},
                "system": {"manufacturer": "Acme", "product": "Cloud", "serial": "ds=nocloud", "family": "Web"},
                "base_board": {"manufacturer": "Acme", "asset": "A1"},
                "chassis": {"serial": "C1"},
                "oem_strings": ["one", "two"],
                "fwcfg": [{"name": "opt/com.example/name", "value": "text"}],
            },
        },
        "count(sysinfo[@type='smbios']/oemStrings/entry)=2 and sysinfo[@type='fwcfg']/entry='text'",
    ),
    "UEFI with Secure Boot": (
        {
            "memory": "256MiB",
            "firmware": "efi",
            "firmware_features": {"secure_boot": True, "enrolled_keys": True},
            "bootmenu": {"enable": True, "timeout": 1000},
        },
        "os[count(firmware/feature[@enabled='yes'])=2]/bootmenu[@timeout='1000']",
    ),
    "UEFI without variables": (
        {
            "memory": "256MiB",
            "firmware": "efi",
            "loader": {
                "path": "/usr/share/OVMF/OVMF_CODE_4M.fd",
                "type": "pflash",
                "readonly": True,
                "stateless": True,
            },
        },
        "os/loader[@stateless='yes']",
    ),
    "identity": (
        {
            "genid": GENID,
            "emulator": "/usr/bin/qemu-system-x86_64",
            "seclabels": [{"type": "none"}],
            "bios": {"use_serial": True, "reboot_timeout": 1000},
            "idmap": {
                "uids": [{"start": 0, "target": 1000, "count": 1}],
                "gids": [{"start": 0, "target": 1000, "count": 1}],
            },
            "on_poweroff": "destroy",
        },
        f"genid='{GENID}' and seclabel/@type='none' and os/bios/@rebootTimeout='1000' and idmap/uid/@target='1000'",
    ),
    "nodes of the host": (
        {"numatune": {"mode": "strict", "nodeset": "0"}, "vcpus_cpuset": "0", "vcpus_placement": "static"},
        "numatune/memory[@mode='strict'][@nodeset='0'] and vcpu/@cpuset='0'",
    ),
}

#: What only some hosts can start; libvirt keeps it all the same.
DEFINED: dict[str, tuple[dict[str, t.Any], str]] = {
    "limits, weights and schedulers": (
        {
            "vcpus": 2,
            "iothreads": 1,
            "cputune": {
                "shares": 2048,
                "period": 100000,
                "quota": 50000,
                "global_period": 100000,
                "global_quota": 80000,
                "emulator_period": 100000,
                "emulator_quota": -1,
                "iothread_period": 100000,
                "iothread_quota": 20000,
                "vcpusched": [{"vcpus": "0", "scheduler": "fifo", "priority": 1}, {"vcpus": "1", "scheduler": "batch"}],
                "iothreadsched": [{"iothreads": "1", "scheduler": "rr", "priority": 2}],
                "emulatorsched": {"scheduler": "fifo", "priority": 3},
            },
            "blkiotune": {"weight": 500, "devices": [{"path": "/dev/sda", "weight": 200, "read_iops_sec": 1000}]},
            "memtune": {"hard_limit": "2GiB", "soft_limit": "1GiB", "swap_hard_limit": "3GiB"},
            "resource": {"partition": "/machine/web"},
        },
        "cputune[shares='2048']/vcpusched/@priority='1' and memtune/swap_hard_limit='3145728'",
    ),
    "huge pages that are locked": (
        {"memory_backing": {"hugepages": True, "pages": [{"size": "2MiB"}], "locked": True}},
        "memoryBacking[locked]/hugepages/page[@size='2048']",
    ),
    "enlightenments": (
        {
            "features": {
                "apic_eoi": True,
                "hap": True,
                "pvspinlock": True,
                "ioapic": "qemu",
                "msrs_unknown": "ignore",
                "hyperv": {
                    "mode": "custom",
                    "relaxed": True,
                    "vapic": True,
                    "spinlocks": True,
                    "spinlock_retries": 8191,
                    "vpindex": True,
                    "runtime": True,
                    "synic": True,
                    "stimer": True,
                    "stimer_direct": True,
                    "reset": True,
                    "vendor_id": "Acme",
                    "frequencies": True,
                    "reenlightenment": True,
                    "tlbflush": True,
                    "ipi": True,
                    "evmcs": True,
                    "avic": True,
                },
                "kvm": {"hint_dedicated": True, "poll_control": True, "pv_ipi": True},
            },
            "clock": {"timers": [{"name": "hypervclock", "present": True}, {"name": "tsc", "mode": "native"}]},
        },
        "features/hyperv[vendor_id/@value='Acme'][stimer/direct/@state='on']/spinlocks/@retries='8191'",
    ),
    "a kernel": (
        {
            "kernel": "/boot/vmlinuz",
            "initrd": "/boot/initrd.img",
            "cmdline": "console=ttyS0",
            "acpi_table": "/srv/slic",
        },
        "os[kernel='/boot/vmlinuz'][initrd][cmdline='console=ttyS0']/acpi/table[@type='slic']",
    ),
    "a cache": ({"cpu": {"mode": "maximum", "cache": {"mode": "disable"}}}, "cpu/cache/@mode='disable'"),
    "nodes for cells": (
        {
            "memory": "64MiB",
            "cpu": {"numa": [{"id": 0, "cpus": "0", "memory": "64MiB"}]},
            "numatune": {"memnodes": [{"cellid": 0, "mode": "strict", "nodeset": "0"}]},
        },
        "numatune/memnode[@cellid='0'][@nodeset='0']",
    ),
}


@pytest.mark.parametrize("case", STARTED)
def test_a_guest_starts_with_what_is_declared(module, virsh, unique, case):
    options, shown = STARTED[case]
    settle(module, "domain", **guest(unique, **options))
    assert virsh("domstate", unique).strip() == "running"
    for live in (True, False):
        assert dumpxml(virsh, unique, live).xpath(shown), virsh("dumpxml", unique)


@pytest.mark.parametrize("case", DEFINED)
def test_libvirt_keeps_what_is_declared(module, virsh, unique, case):
    options, shown = DEFINED[case]
    settle(module, "domain", **guest(unique, state="stopped", **options))
    assert dumpxml(virsh, unique).xpath(shown), virsh("dumpxml", unique)


def test_a_changed_machine_option_is_pending_until_the_next_start(module, virsh, unique):
    settle(module, "domain", **guest(unique))
    options: dict[str, t.Any] = {}
    for case in ("features", "a clock in a time zone", "SMBIOS", "identity", "a processor"):
        options.update(STARTED[case][0])
    del options["vcpus"], options["cpu"]["topology"]
    waits = settle(module, "domain", **guest(unique, **options))
    waiting = {field["option"] for field in waits["pending"][0]["fields"]}
    assert {"features.smm", "clock.offset", "sysinfo.system.serial", "genid", "cpu.features[svm]"} <= waiting
    restarted = settle(module, "domain", **guest(unique, **options, restart="if_required"))
    assert verbs(restarted) == ["restart"] and not restarted["pending"]


def test_secure_boot_changes_the_firmware_image(module, virsh, unique):
    options = guest(unique, memory="256MiB", firmware="efi", firmware_features={"secure_boot": False})
    settle(module, "domain", **options)
    assert "secboot" not in dumpxml(virsh, unique).findtext("os/loader")
    settle(module, "domain", **dict(options, firmware_features={"secure_boot": True}, restart="if_required"))
    command = subprocess.run(["pgrep", "-af", f"guest={unique},"], capture_output=True, text=True, check=True).stdout
    assert "secboot" in command or ".ms." in command


def test_an_option_that_libvirt_does_not_support_is_its_error(module, virsh, unique):
    security = {"type": "sev", "policy": "0x0003", "cbitpos": 47, "reduced_phys_bits": 1}
    failed = module("domain", fails=True, **guest(unique, state="running", launch_security=security))
    assert f"domain {unique}" in failed["msg"]
    newer = {"type": "tdx", "mr_owner": "AAAA"}
    failed = module("domain", fails=True, **guest(unique + "b", launch_security=newer))
    assert "libvirt's schema does not allow" in failed["msg"]
    assert unique + "b" not in virsh("list", "--all", "--name")


def test_xml_overrides_defaults_but_not_options(module, virsh, unique):
    stated = "<domain><cpu mode='custom'><model>qemu64</model><feature name='svm' policy='disable'/></cpu></domain>"
    settle(module, "domain", **guest(unique, xml=stated))
    assert dumpxml(virsh, unique, live=False).find("cpu").get("mode") == "custom"
    failed = module("domain", fails=True, **guest(unique, xml=stated, cpu={"mode": "maximum"}))
    assert "xml says custom where the option cpu.mode says maximum" in failed["msg"]
