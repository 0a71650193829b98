# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user may write for a domain beside its devices, where a type does not say it: for examples.py."""

from __future__ import annotations

import typing as t

_SIZES = ["512MiB", "1.5GiB"]
_SETS = ["0-3,^2", "7"]

SPECIAL: dict[str, list[t.Any]] = {
    "metadata": [{"http://example.org/app": "<a:app xmlns:a='http://example.org/app' b='1'><a:c>x</a:c></a:app>"}],
    "genid": ["5F6CBB8E3C384B35A7BE7F80F5A2D999"],
    "resource.partition": ["/machine/production"],
    "memory_hotplug.max": ["8GiB"],
    "memory_backing.pages.size": ["2MiB", "1GiB"],
    "memory_backing.pages.nodeset": _SETS,
    "vcpus_cpuset": _SETS,
    "iothread_ids.id": [4],
    "cputune.shares": [2, 262144],
    **{
        f"cputune.{whose}{what}": values
        for whose in ("", "global_", "emulator_", "iothread_")
        for what, values in (("period", [1000, 1000000]), ("quota", [-1, 50000]))
    },
    "cputune.vcpupin.cpuset": _SETS,
    "cputune.emulatorpin": _SETS,
    "cputune.iothreadpin.cpuset": _SETS,
    "cputune.vcpusched.vcpus": _SETS,
    "cputune.iothreadsched.iothreads": _SETS,
    "cputune.cachetune.vcpus": _SETS,
    "cputune.cachetune.caches.size": ["3MiB"],
    "cputune.memorytune.vcpus": _SETS,
    "blkiotune.weight": [100, 1000],
    "blkiotune.devices.weight": [100, 0],
    "memtune.hard_limit": [*_SIZES, "unlimited"],
    "memtune.soft_limit": [*_SIZES, "Unlimited"],
    "memtune.swap_hard_limit": [*_SIZES, "unlimited"],
    "numatune.nodeset": _SETS,
    "numatune.memnodes.nodeset": _SETS,
    "kernel": ["/boot/vmlinuz", ""],
    "initrd": ["/boot/initrd", ""],
    "cmdline": ["console=ttyS0 root=/dev/vda1", ""],
    "dtb": ["/boot/board.dtb", ""],
    "acpi_table": ["/srv/slic.bin", ""],
    "sysinfo.oem_strings": [["one", "two"], []],
    "features.smm_tseg": ["48MiB"],
    "features.tcg_tb_cache": ["128MiB"],
    "features.gic": ["3", "host"],
    "features.hyperv.spinlock_retries": [4095],
    "features.hyperv.vendor_id": ["KVM Hv", ""],
    "features.kvm.dirty_ring_size": [4096],
    "cpu.maxphysaddr.bits": [42],
    "cpu.maxphysaddr.limit": [39],
    "cpu.topology.sockets": [2],
    "cpu.vendor_id": ["KVMKVMKVMKVM"],
    "cpu.numa.cpus": _SETS,
    "cpu.numa.memory": _SIZES,
    "cpu.numa.distances.value": [10, 254],
    "cpu.numa.caches.size": ["64KiB"],
    "cpu.numa.caches.line": ["64", "1KiB"],
    "clock.timezone": ["Europe/Zurich"],
    "clock.adjustment": ["3600", "reset"],
    "launch_security.policy": [3, "0x0003", "49"],
    "launch_security.dh_cert": ["AAAA"],
    "launch_security.session": ["BBBB"],
    "seclabels.model": ["dac", "selinux"],
}
_SEV = {"launch_security": {"type": "sev", "policy": "0x0003"}}
#: As in examples.py.
COMPANIONS: dict[str, dict[str, t.Any]] = {
    "memory_hotplug.": {"memory_hotplug": {"max": "8GiB", "slots": 4}},
    "memory_backing.allocation_threads": {"memory_backing": {"allocation": "immediate"}},
    "iothread_ids.": {"id": 1},
    "cputune.emulatorsched.": {"cputune": {"emulatorsched": {"scheduler": "fifo", "priority": 1}}},
    "cputune.emulatorsched.scheduler-batch": {},
    "cputune.emulatorsched.scheduler-idle": {},
    "cputune.vcpusched.scheduler-fifo": {"priority": 1},
    "cputune.vcpusched.scheduler-rr": {"priority": 1},
    "cputune.vcpusched.priority": {"scheduler": "fifo"},
    "cputune.iothreadsched.scheduler-fifo": {"priority": 1},
    "cputune.iothreadsched.scheduler-rr": {"priority": 1},
    "cputune.iothreadsched.priority": {"scheduler": "fifo"},
    "numatune.nodeset": {"numatune": {"mode": "strict"}},
    "numatune.mode": {"numatune": {"nodeset": "0"}},
    "numatune.placement-static": {"numatune": {"mode": "strict", "nodeset": "0"}},
    "numatune.placement-auto": {"numatune": {"mode": "strict"}},
    "firmware_features.": {"firmware": "efi"},
    "loader.": {"loader": {"path": "/usr/share/OVMF/OVMF_CODE.fd"}},
    "nvram.template": {"nvram": {"path": "/srv/vars.fd"}},
    "bios.": {},
    "bootmenu.timeout": {"bootmenu": {"enable": True}},
    "features.apic_eoi": {"features": {"apic": True}},
    "features.smm_tseg": {"features": {"smm": True}},
    "features.hyperv.": {"features": {"hyperv": {"mode": "custom"}}},
    "features.hyperv.spinlock_retries": {"features": {"hyperv": {"spinlocks": True}}},
    "features.hyperv.spinlocks-True": {"features": {"hyperv": {"spinlock_retries": 4095}}},
    "features.hyperv.stimer_direct": {"features": {"hyperv": {"stimer": True}}},
    "features.kvm.dirty_ring": {"features": {"kvm": {"dirty_ring": True, "dirty_ring_size": 4096}}},
    "cpu.model_fallback": {"cpu": {"mode": "custom", "model": "qemu64"}},
    "cpu.vendor_id": {"cpu": {"mode": "custom", "model": "qemu64"}},
    "cpu.maxphysaddr.": {"cpu": {"maxphysaddr": {"mode": "emulate"}}},
    "cpu.topology.": {"cpu": {"topology": {"sockets": 2, "cores": 1, "threads": 1}}},
    "cpu.cache.": {"cpu": {"cache": {"mode": "emulate"}}},
    "clock.offset-timezone": {"clock": {"timezone": "Europe/Zurich"}},
    "clock.offset-absolute": {"clock": {"start": 1}},
    "clock.timezone": {"clock": {"offset": "timezone"}},
    "clock.basis": {"clock": {"offset": "variable"}},
    "clock.adjustment-3600": {"clock": {"offset": "variable"}},
    "clock.start": {"clock": {"offset": "absolute"}},
    "clock.timers.tickpolicy": {"name": "rtc"},
    "clock.timers.track": {"name": "rtc"},
    "clock.timers.frequency": {"name": "tsc"},
    "clock.timers.mode": {"name": "tsc"},
    "clock.timers.catchup.": {"name": "rtc", "tickpolicy": "catchup"},
    "launch_security.": _SEV,
    "launch_security.type-none": {},
    "launch_security.type-s390-pv": {},
    "seclabels.type-static": {"label": "a"},
    "seclabels.model": {"type": "static", "label": "a"},
    "seclabels.relabel": {"type": "static", "label": "a"},
    "seclabels.label": {"type": "static"},
    "seclabels.baselabel": {"type": "dynamic"},
    "sysinfo.fwcfg.file": {"value": ""},
}
#: As in examples.py.
LEAST: dict[str, dict[str, t.Any]] = {
    "memory_backing.pages": {"size": "2MiB"},
    "iothread_ids": {"id": 1},
    "cputune.vcpupin": {"vcpu": 0, "cpuset": "0"},
    "cputune.iothreadpin": {"iothread": 1, "cpuset": "0"},
    "cputune.vcpusched": {"vcpus": "0", "scheduler": "batch"},
    "cputune.iothreadsched": {"iothreads": "1", "scheduler": "batch"},
    "cputune.cachetune": {"vcpus": "0", "caches": [{"id": 0, "level": 3, "type": "both", "size": "3MiB"}]},
    "caches": {},  # of a cachetune, which has one; of a cell below
    "cputune.memorytune": {"vcpus": "0", "nodes": [{"id": 0, "bandwidth": 50}]},
    "blkiotune.devices": {"path": "/dev/sda", "weight": 100},
    "numatune.memnodes": {"cellid": 0, "mode": "strict", "nodeset": "0"},
    "sysinfo.fwcfg": {"name": "opt/a/b", "value": "c"},
    "cpu.features": {"name": "vmx"},
    "cpu.numa": {
        "id": 0,
        "cpus": "0",
        "memory": "1GiB",
        "distances": [{"id": 0, "value": 10}],
        "caches": [{"level": 1, "associativity": "direct", "policy": "writeback", "size": "8KiB", "line": "64"}],
    },
    "clock.timers": {"name": "hpet", "present": False},
    "seclabels": {"model": "dac", "type": "none"},
    "idmap.uids": {"start": 0, "target": 1000, "count": 10},
    "idmap.gids": {"start": 0, "target": 1000, "count": 10},
}
#: What libvirt's schema has no place for before a later version, or at all with the recorded definition.
NOT_CHECKED = (
    "clock.timers.name-hypervclock",  # the recorded timer has what this one cannot have
    "clock.timers.name-kvmclock",
    "loader.format-",
    "nvram.format-",
    "features.ps2-",  # since libvirt 10.7
    "features.ras-",  # since 10.4
    "features.hyperv.tlbflush_",  # since 11.0
    "audios.type-pipewire",  # since 9.10
    "cryptos.",  # since 9.1
    "features.async_teardown-",  # since 9.6
    "features.hyperv.emsr_bitmap-",
    "features.hyperv.xmm_input-",
    "cpu.maxphysaddr.limit-",  # since 9.3
    "cpu.topology.clusters-",  # since 10.1
    "launch_security.type-sev-snp",  # since 10.5
    "launch_security.type-tdx",  # since 11.6
    "launch_security.author_key-",
    "launch_security.vcek-",
    "launch_security.guest_visible_workarounds-",
    "launch_security.id_",
    "launch_security.host_data-",
    "launch_security.mr_",
    "launch_security.quote_generation_socket-",
)
#: Options of which one speaks for the others.
BELONG_TOGETHER: dict[str, tuple[str, ...]] = {
    "features.apic_eoi": ("features.apic",),
    "features.hyperv.mode": tuple(
        "features.hyperv." + name for name in ("relaxed", "vapic", "spinlocks", "spinlock_retries", "vendor_id")
    ),
    "firmware": ("firmware_features.secure_boot", "firmware_features.enrolled_keys"),
    "cpu.mode": ("cpu.model", "cpu.model_fallback", "cpu.vendor_id"),
    "loader.type": ("firmware",),
    "features.smm_tseg": ("features.smm",),
}
