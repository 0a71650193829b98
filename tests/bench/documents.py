# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documents that are converged, as plain data. Pure.

A guest has an overlay of an empty image, an interface with a MAC address, a title, and no operating system.
"""

from __future__ import annotations

import pathlib
import typing as t

Document = dict[str, list[dict[str, t.Any]]]

#: The image that overlays are based on, in each pool.
BASE = "base.qcow2"
CAPACITY = "64MiB"


def networks(count: int) -> list[dict[str, t.Any]]:
    """NAT networks, ``net0`` and up, with DHCP."""
    return [
        {
            "name": f"net{number}",
            "forward": {"mode": "nat"},
            "bridge": f"virbr-n{number}",
            "ips": [
                {
                    "address": f"10.90.{number}.1",
                    "prefix": 24,
                    "dhcp": {"ranges": [{"start": f"10.90.{number}.100", "end": f"10.90.{number}.200"}]},
                }
            ],
        }
        for number in range(count)
    ]


def pools(count: int, folder: pathlib.Path) -> list[dict[str, t.Any]]:
    """Directory pools, ``pool0`` and up."""
    return [
        {"name": f"pool{number}", "type": "dir", "target": str(folder / f"pool{number}")} for number in range(count)
    ]


def images(pool_count: int) -> list[dict[str, t.Any]]:
    """What the overlays are based on: an image in each pool."""
    return [
        {"name": BASE, "pool": f"pool{number}", "capacity": CAPACITY, "format": "qcow2"} for number in range(pool_count)
    ]


def overlay(number: int, pool_count: int) -> dict[str, t.Any]:
    """The volume of guest ``number``."""
    return {
        "name": f"guest{number}.qcow2",
        "pool": f"pool{number % pool_count}",
        "capacity": CAPACITY,
        "format": "qcow2",
        "backing": BASE,
    }


def guest(number: int, pool_count: int, network_count: int, state: str) -> dict[str, t.Any]:
    """A domain with its volume and a network."""
    return {
        "name": f"guest{number}",
        "state": state,
        "title": f"Guest {number} of the benchmark",
        "memory": "32MiB",
        "vcpus": 1,
        "disks": [{"pool": f"pool{number % pool_count}", "volume": f"guest{number}.qcow2", "target": "vda"}],
        "interfaces": [{"network": f"net{number % network_count}", "mac": mac(number)}],
    }


def mac(number: int) -> str:
    return f"52:54:00:90:{number // 256:02x}:{number % 256:02x}"


def document(
    domains: int, folder: pathlib.Path, *, pool_count: int = 3, network_count: int = 5, running: int = 0
) -> Document:
    """``domains`` guests with a volume each, the first ``running`` of them running, and what they need."""
    states = ["running"] * running + ["stopped"] * (domains - running)
    return {
        "networks": networks(network_count),
        "pools": pools(pool_count, folder),
        "volumes": [*images(pool_count), *(overlay(number, pool_count) for number in range(domains))],
        "domains": [guest(number, pool_count, network_count, state) for number, state in enumerate(states)],
    }
