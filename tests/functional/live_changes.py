# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes to running guests and networks as data: what test_live.py makes, and what it cannot make on a private host.

Every option that a table calls live is here: in a change, in a test of its own, or with the reason why it is in none
(tests/unit/plan/test_live_coverage.py).
"""

from __future__ import annotations

import dataclasses
import pathlib
import re
import typing as t

import yaml

ROOT = pathlib.Path(__file__).parents[2]
PAGE = ROOT / "docs/reconcile.md"
LAB = ROOT / "extensions/molecule/drift/vars/declared.yml"


@dataclasses.dataclass(frozen=True)
class LiveChange:
    """``before`` and ``after`` are options; all live ones among those of ``after`` change.

    ``{name}`` is the object's name, ``{folder}`` an empty folder with the images ``a`` and ``b``, ``{lan}`` and
    ``{dmz}`` are networks, ``{filter}`` and ``{other}`` network filters.
    """

    noun: str
    before: dict[str, t.Any]
    after: dict[str, t.Any]


def options_of(value: t.Any, prefix: str = "") -> t.Iterator[str]:
    """The names of all options that are declared: ``disks``, ``disks[].iotune.group_name``."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield prefix + key
            yield from options_of(item, f"{prefix}{key}.")
    elif isinstance(value, list):
        for item in value:
            yield from options_of(item, prefix[:-1] + "[].")


def _values(value: t.Any, name: str = "") -> t.Iterator[tuple[str, t.Any]]:
    """All options with their values; that of a list is how many items it has."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _values(item, f"{name}.{key}" if name else key)
        return
    yield name, len(value) if isinstance(value, list) else value
    for item in value if isinstance(value, list) else ():
        yield from _values(item, name + "[]")


def live_options(noun: str) -> set[str]:
    """The names of the options of which docs/reconcile.md says that they change live."""
    section = PAGE.read_text().partition(f"\n## {noun}\n")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `([^`]+)` \| .* \| live \|", section, re.MULTILINE))


LIVE_OPTIONS = {noun: live_options(noun) for noun in ("domain", "network")}


def claimed(change: LiveChange) -> set[str]:
    """The live options that a change is about: those with another value, and lists with more items or less."""
    before = [*_values(change.before)]
    return LIVE_OPTIONS[change.noun] & {name for name, value in _values(change.after) if (name, value) not in before}


_DISKS = ({"file": "{folder}/a", "target": "vda"}, {"file": "{folder}/b", "target": "vdb"})
_TOTALS = ("total_bytes_sec", "total_iops_sec")
_SINGLE = tuple(f"{way}_{what}_sec" for way in ("read", "write") for what in ("bytes", "iops"))


def _limits(names: t.Iterable[str], limit: int) -> dict[str, int]:
    """Limits, and twice as much for ten seconds."""
    limits: dict[str, int] = {}
    for name in names:
        limits |= {name: limit, f"{name}_max": 2 * limit, f"{name}_max_length": 10}
    return limits


_NIC = {"network": "{lan}", "mac": "52:54:00:92:00:01"}
_FILTER = {"filter": "{filter}", "parameters": [{"name": "IP", "value": "10.92.0.5"}]}
_IPS = {"address": "10.93.0.1", "prefix": 24}
_ROOM = {
    "memory": None,
    "memory_max": "128MiB",
    "memory_hotplug": {"slots": 2, "max": "1GiB"},
    "cpu": {"numa": [{"id": 0, "cpus": "0", "memory": "64MiB"}]},
}
_MEMORY = {"model": "virtio-mem", "size": "64MiB", "block": "2MiB", "node": 0}
_GUEST = {"mac": "52:54:00:93:00:05", "ip": "10.93.0.5"}

CHANGES = {
    "words": LiveChange("domain", {"title": "a", "description": "b"}, {"title": "c", "description": "d"}),
    "counted by the kernel": LiveChange(
        "domain",
        {},
        {
            "perf": dict.fromkeys(
                ("cpu_clock", "task_clock", "page_faults", "page_faults_min", "page_faults_maj")
                + ("context_switches", "cpu_migrations", "alignment_faults", "emulation_faults"),
                True,
            )
        },
    ),
    "limits of disks": LiveChange(
        "domain",
        {"disks": [*_DISKS]},
        {
            "disks": [
                {**_DISKS[0], "iotune": {**_limits(_TOTALS, 1000), "size_iops_sec": 4096, "group_name": "slow"}},
                {**_DISKS[1], "iotune": _limits(_SINGLE, 1000)},
            ]
        },
    ),
    "another network": LiveChange("domain", {"interfaces": [_NIC]}, {"interfaces": [{**_NIC, "network": "{dmz}"}]}),
    "what an interface may": LiveChange(
        "domain",
        {"interfaces": [_NIC]},
        {
            "interfaces": [
                {
                    **_NIC,
                    "link": "down",
                    "port": {"isolated": True},
                    "coalesce": {"rx_frames": 8},
                }
            ]
        },
    ),
    "a first filter": LiveChange("domain", {"interfaces": [_NIC]}, {"interfaces": [{**_NIC, "filterref": _FILTER}]}),
    "another filter": LiveChange(
        "domain",
        {"interfaces": [{**_NIC, "filterref": _FILTER}]},
        {"interfaces": [{**_NIC, "filterref": {**_FILTER, "filter": "{other}"}}]},
    ),
    "a password that is not for ever": LiveChange(
        "domain",
        {"graphics": [{"type": "spice", "password": "s3cr3t-!"}]},
        {
            "graphics": [
                {"type": "spice", "password": "new-pass", "valid_to": "2030-01-01T00:00:00", "connected": "disconnect"}
            ]
        },
    ),
    "USB over the network": LiveChange(
        "domain",
        {"redirdevs": []},
        {"redirdevs": [{"type": "tcp", "host": "127.0.0.1", "service": "4000", "mode": "bind"}]},
    ),
    "memory on request": LiveChange(
        "domain",
        {**_ROOM, "memory_devices": [{**_MEMORY, "requested": "16MiB"}]},
        {**_ROOM, "memory_devices": [{**_MEMORY, "requested": "32MiB"}]},
    ),
    "names": LiveChange(
        "network",
        {"ips": [_IPS], "dns": {"srv": [], "txt": [{"name": "a", "value": "old"}], "hosts": []}},
        {
            "dns": {
                "txt": [{"name": "a", "value": "new"}, {"name": "b", "value": "text"}],
                "srv": [
                    {
                        "service": "ldap",
                        "protocol": "tcp",
                        "domain": "a.example",
                        "target": "b.example",
                        "port": 389,
                        "priority": 1,
                        "weight": 2,
                    }
                ],
                "hosts": [{"ip": "10.93.0.7", "hostnames": ["seven"]}],
            }
        },
    ),
    "leases": LiveChange(
        "network",
        {"ips": [{**_IPS, "dhcp": {"ranges": [], "hosts": [_GUEST]}}]},
        {
            "ips": [
                {
                    **_IPS,
                    "dhcp": {
                        "ranges": [{"start": "10.93.0.100", "end": "10.93.0.200", "lease": 1200}],
                        "hosts": [
                            {**_GUEST, "name": "five", "ip": "10.93.0.6", "lease": 1800},
                            {"mac": "52:54:00:93:00:08", "ip": "10.93.0.8"},
                        ],
                    },
                }
            ]
        },
    ),
    "leases of IPv6": LiveChange(
        "network",
        {"ips": [{"address": "fd00:93::1", "prefix": 64, "dhcp": {"hosts": []}}]},
        {
            "ips": [
                {
                    "address": "fd00:93::1",
                    "prefix": 64,
                    "dhcp": {"hosts": [{"id": "00:03:00:01:52:54:00:93:00:05", "ip": "fd00:93::5"}]},
                }
            ]
        },
    ),
    "groups of ports": LiveChange(
        "network",
        {"portgroups": [{"name": "a"}]},
        {
            "portgroups": [
                {"name": "a", "trust_guest_rx_filters": True, "default": True},
                {
                    "name": "b",
                    "bandwidth": {
                        "inbound": {"average": 1000, "peak": 2000, "burst": 1024},
                        "outbound": {"average": 500, "peak": 1000, "burst": 512},
                    },
                },
                {
                    "name": "d",
                    "virtualport": {
                        "type": "802.1Qbg",
                        "manager_id": 11,
                        "type_id": 1193047,
                        "type_id_version": 2,
                        "instance_id": "5f6cbb8e-3c38-4b35-a7be-7f80f5a2d778",
                    },
                },
            ]
        },
    ),
    "VLANs of groups of ports": LiveChange(
        "network",
        {"forward": {"mode": "bridge"}, "bridge": "ovs0", "virtualport": {"type": "openvswitch"}, "portgroups": []},
        {
            "forward": {"mode": "bridge"},
            "bridge": "ovs0",
            "virtualport": {"type": "openvswitch"},
            "portgroups": [
                {
                    "name": "c",
                    "vlan": {"trunk": True, "tags": [{"id": 7, "native_mode": "tagged"}, {"id": 8}]},
                    "virtualport": {
                        "type": "openvswitch",
                        "profile_id": "p",
                        "interface_id": "5f6cbb8e-3c38-4b35-a7be-7f80f5a2d777",
                    },
                },
            ],
        },
    ),
}

_AT_ONCE = "test_live_interface_options_change_in_the_running_guest"
#: Live options with a test of their own: where it is.
ELSEWHERE = {
    "domain": {
        "metadata": "test_domain_tuning.py::test_metadata_changes_live_and_keeps_other_namespaces",
        "memory": "test_domain.py::test_drift_is_found_and_repaired",
        "vcpus": "test_domain.py::test_vcpus_are_plugged_in_up_to_the_maximum",
        "iothreads": "test_domain_tuning.py::test_iothreads_are_added_and_removed_live",
        "iothread_ids": "test_domain_tuning.py::test_iothreads_are_added_and_removed_live",
        "cputune.vcpupin": "test_domain_tuning.py::test_threads_are_pinned_live",
        "cputune.vcpupin[].cpuset": "test_domain_tuning.py::test_threads_are_pinned_live",
        "cputune.emulatorpin": "test_domain_tuning.py::test_threads_are_pinned_live",
        "cputune.iothreadpin": "test_domain_tuning.py::test_threads_are_pinned_live",
        "cputune.iothreadpin[].cpuset": "test_domain_tuning.py::test_threads_are_pinned_live",
        "disks": "test_domain.py::test_inserting_a_disk_first_attaches_one_disk_and_leaves_the_others",
        "disks[].empty": "test_domain_disks.py::test_a_cdrom_medium_is_inserted_changed_and_ejected",
        "interfaces": "test_domain.py::test_interfaces_are_plugged_in_live_and_keep_their_address",
        "interfaces[].bridge": f"test_domain_interfaces.py::{_AT_ONCE}",
        "controllers": "test_domain_devices.py::test_a_device_is_plugged_in_while_the_guest_runs",
        "channels": "test_domain_devices.py::test_a_device_is_plugged_in_while_the_guest_runs",
        "inputs": "test_domain_devices.py::test_a_device_is_plugged_in_while_the_guest_runs",
        "rngs": "test_domain_devices.py::test_a_device_is_plugged_in_while_the_guest_runs",
        "shmems": "test_domain_devices.py::test_a_device_is_plugged_in_while_the_guest_runs",
        "watchdogs": "test_domain_devices.py::test_a_device_is_plugged_in_while_the_guest_runs",
        "memory_devices": "test_domain_devices.py::test_a_dimm_is_plugged_in_and_counts_as_memory",
        "memballoon.stats_period": "test_domain_devices.py::test_balloon_stats_period_changes_live",
    },
    "network": {
        "forward.interfaces": "test_network_options.py::test_macvtap_devices_change_in_the_running_network",
        "forward.interfaces[].dev": "test_network_options.py::test_macvtap_devices_change_in_the_running_network",
    },
}

#: Live options that the lab's scenario drift changes while a guest runs, on real KVM hosts (docs/lab.md).
IN_LAB = {
    "domain": {
        re.sub(r"\[[^\]]*\]", "[]", re.sub(r"\[[^\]]*\]$", "", option))
        for name, options in yaml.safe_load(LAB.read_text()).items()
        if name not in ("lab_networks", "lab_pools", "lab_volumes", "lab_domains", "lab_drift")
        for option in options
    },
    "network": set(),
}

_WEIGHT = "libvirt 9.0 aborts when it sets one, and 11.3 reads back another: systemd and the scheduler scale it"
_PMU = "a counter of the processor, which is itself emulated or hidden on test machines"

#: Live options that no test changes while something runs, and why.
NOWHERE = {
    "domain": {
        "blkiotune.devices[].weight": _WEIGHT,
        "perf.cmt": _PMU,
        "perf.mbmt": _PMU,
        "perf.mbml": _PMU,
        "perf.cpu_cycles": _PMU,
        "perf.instructions": _PMU,
        "perf.cache_references": _PMU,
        "perf.cache_misses": _PMU,
        "perf.branch_instructions": _PMU,
        "perf.branch_misses": _PMU,
        "perf.bus_cycles": _PMU,
        "perf.stalled_cycles_frontend": _PMU,
        "perf.stalled_cycles_backend": _PMU,
        "perf.ref_cpu_cycles": _PMU,
    },
    "network": {},
}
