# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run with nothing to do asks libvirt a fixed number of times for each object, counted and not timed.

The same document with more objects of one kind: the difference is what each costs. `make bench ROW=calls` counts on the
wire instead.
"""

from __future__ import annotations

import pathlib
import typing as t
from collections import Counter

import pytest

from . import module_runner
from .module_runner import ModuleRunner

FEW, MANY = 3, 8

#: What libvirt's client answers by itself: no message is sent for it.
LOCAL = (
    "virDomainFree",
    "virDomainGetName",
    "virGetLastError",
    "virNetworkFree",
    "virNetworkGetName",
    "virRegisterErrorHandler",
    "virStoragePoolFree",
    "virStoragePoolGetName",
    "virStorageVolFree",
    "virStorageVolGetKey",
    "virStorageVolGetName",
)

#: By what there are more of, and by the call, how often each one more is asked.
COSTS: dict[str, dict[str, int]] = {
    "stopped domains": {"virDomainGetXMLDesc": 1},
    # The definition, and what runs.
    "running domains": {"virDomainGetXMLDesc": 2},
    "volumes": {"virStorageVolGetXMLDesc": 1},
    "networks": {"virNetworkGetXMLDesc": 2},
}


def document(kind: str, count: int, name: str, pool: str) -> dict[str, t.Any]:
    """A document with ``count`` of ``kind``, and nothing of the others but what those need."""
    numbers = range(count)
    if kind == "volumes":
        return {
            "volumes": [{"name": f"{name}-{n}", "pool": pool, "capacity": "1MiB", "format": "raw"} for n in numbers]
        }
    if kind == "networks":
        # No bridge of their own: libvirt numbers them.
        return {"networks": [{"name": f"{name}-{n}", "forward": {"mode": "isolated"}} for n in numbers]}
    state = kind.partition(" ")[0]
    return {"domains": [{"name": f"{name}-{n}", "state": state, "memory": "16MiB"} for n in numbers]}


@pytest.fixture
def calls(module: ModuleRunner, monkeypatch: pytest.MonkeyPatch) -> t.Callable[[dict[str, t.Any]], Counter[str]]:
    """Bring a document up; then what a real run of it, which has nothing to do, sends to libvirt, by name."""

    def of_a_noop(options: dict[str, t.Any]) -> Counter[str]:
        module("converge", **options)
        with monkeypatch.context() as patched:
            # A run with nothing to do may only read: this one stands under guard, which also counts.
            patched.setattr(module_runner, "may_only_read", lambda _name, _check_mode: True)
            run = module.start("converge", **options)
            assert not run.result()["changed"]
        return Counter(call for call in run.called if call not in LOCAL)

    return of_a_noop


@pytest.mark.parametrize("kind", COSTS)
def test_each_further_object_costs_a_fixed_number_of_libvirt_calls(calls, unique, pool, kind):
    few, many = (calls(document(kind, count, unique, pool)) for count in (FEW, MANY))
    each = {call: (many[call] - few[call]) / (MANY - FEW) for call in many if many[call] != few[call]}
    assert each == COSTS[kind]
    assert not few - many, "fewer calls for more objects"


def test_a_run_without_changes_makes_no_slow_calls(calls, unique, pool, tmp_path: pathlib.Path):
    """No refresh of pools, no full statistics, no agent, no content of volumes."""
    slow = ("Refresh", "Stats", "Agent", "Guest", "Qemu", "Download", "Upload", "Checksum", "Capabilities")
    image = tmp_path / "image"
    image.write_bytes(bytes(1 << 20))
    options = {
        "networks": [{"name": unique, "forward": {"mode": "isolated"}}],
        "volumes": [
            {"name": "base", "pool": pool, "source": {"path": str(image)}},
            {"name": "clone", "pool": pool, "format": "qcow2", "capacity": "2MiB", "backing": "base"},
        ],
        "domains": [
            {
                "name": unique,
                "memory": "16MiB",
                "disks": [{"pool": pool, "volume": "clone", "target": "vda"}],
                "interfaces": [{"network": unique}],
            }
        ],
    }
    asked = calls(options)
    assert asked and not [call for call in asked if any(word in call for word in slow)]
