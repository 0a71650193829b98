# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every run finishes that killed ones have begun, whatever it is about."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.errors import LibvirtFailed
from ansible_collections.kvm.fleet.plugins.module_utils.resources import unfinished
from ansible_collections.kvm.fleet.plugins.module_utils.resources.base import Want, World
from ansible_collections.kvm.fleet.plugins.module_utils.resources.leftovers import Leftovers

from .case_files import volume_state
from .host_facts import HostFacts

KEY, IMAGES = ("data", "plain.img"), "/var/lib/libvirt/images"


@dataclasses.dataclass(frozen=True)
class Facts(HostFacts):
    """A host where nothing is left in working directories. ``makes``: libvirt is still at work."""

    makes: bool = False

    def is_left(self, _folder: str) -> bool:
        return False

    def beginning_by_libvirt(self, pool: str, name: str) -> bytes:
        if self.makes:
            raise LibvirtFailed("libvirt refuses: volume is still being allocated")
        return super().beginning_by_libvirt(pool, name)


@pytest.fixture(autouse=True)
def this_boot(monkeypatch):
    monkeypatch.setattr(unfinished, "boot", lambda: "this")


def planned(how: str, boot: str = "this", declared: bool = False, **facts: t.Any) -> list[tuple[str, str, str]]:
    record = {"how": how, "boot": boot}
    volumes = (volume_state(recorded="plain.img"),) if facts.pop("there", True) else ()
    host = Facts(in_pools=volumes, unfinished={("volume", "data/plain.img"): record}, **facts)
    want = Want("volume", KEY, "", "present", {}, {})
    world = World({}, {"volume": {KEY: want} if declared else {}}, t.cast(t.Any, host))
    actions = Leftovers().plan(Leftovers.standing, world).actions
    return [(action.kind, action.name, action.verb) for action in actions]


@pytest.mark.parametrize("how", ["copied", "filled"])
def test_a_volume_that_is_whole_by_now_is_said_to_be(how):
    assert planned(how) == [("volume", "data/plain.img", "finish")]


@pytest.mark.parametrize(
    "facts",
    [
        {"how": "copied", "boot": "another"},
        {"how": "copied", "makes": True},
        {"how": "copied", "there": False},
        {"how": "copied", "pools_down": ["data"]},
        {"how": "copied", "declared": True},  # its own plan says it
        {"how": "filled", "marked": [f"{IMAGES}/plain.img"]},
        {"how": "filled", "declared": True},
    ],
    ids=str,
)
def test_what_is_not_whole_or_not_seen_stays_recorded(facts):
    assert planned(**facts) == []
