# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is told of an option that differs: as it is declared, as it is defined, as it runs."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.kvm.fleet.plugins.module_utils.resources.base import World
from ansible_collections.kvm.fleet.plugins.module_utils.resources.declared import differences
from ansible_collections.kvm.fleet.plugins.module_utils.xml import parse

from ..plan import case_files as cases

DOMAIN = cases.BY_NOUN["domain"]
FIRST, SECOND = (
    {"file": f"/var/lib/libvirt/images/{name}.qcow2", "target": to} for name, to in (("web1", "vda"), ("data", "vdb"))
)
IMAGE = {"device": "cdrom", "target": "sda", "file": "/var/lib/libvirt/images/install.iso"}


def without_second_disk(xml: str) -> str:
    root = parse.parse(xml)
    (disk,) = (disk for disk in root.iter("disk") if disk.find("target").get("dev") == "vdb")
    disk.getparent().remove(disk)
    return parse.to_text(root)


def told(current: dict[str, t.Any], between: t.Sequence[dict[str, t.Any]] = (), **declared: t.Any) -> dict[str, t.Any]:
    """By the option what differs of the recorded guest, whose second disk may be ``gone_from`` a side."""
    state = cases.state_of("domain", {"recorded": "web1", **current})
    if "gone_from" in current:
        side = {"live": "live", "defined": "definition"}[current["gone_from"]]
        state = dataclasses.replace(state, **{side: without_second_disk(getattr(state, side))})
    want = DOMAIN.want(cases.validated(DOMAIN, {"name": "web1", **declared}), "")
    world = World({"domain": {"web1": state}}, {"domain": {"web1": want}}, t.cast(t.Any, cases.HostFacts()))
    found = differences(DOMAIN, want, world, between)
    assert len({one["option"] for one in found}) == len(found)
    return {one.pop("option"): one for one in found}


def test_drift_has_the_values_of_definition_and_guest():
    current = {"active": True, "edit": {"title": "both"}, "edit_definition": {"description": "later"}}
    found = told(current, title="said", description="later")
    assert found == {
        "title": {"declared": "said", "defined": "both", "live": "both"},
        "description": {"declared": "later", "defined": "later", "live": None},
    }


def test_drift_repeats_the_declared_value_for_a_matching_side():
    current = {"active": True, "edit_live": {"title": "live"}, "edit_definition": {"description": "defined"}}
    found = told({**current, "edit": {"title": "said", "description": "said"}}, title="said", description="said")
    assert found == {
        "title": {"declared": "said", "defined": "said", "live": "live"},
        "description": {"declared": "said", "defined": "defined", "live": "said"},
    }


def test_drift_of_an_inactive_object_has_no_live_value():
    assert told({}, state="stopped", title="said") == {"title": {"declared": "said", "defined": None}}


def test_drift_of_a_device_missing_on_one_side():
    disks = [FIRST, {**SECOND, "cache": "writeback"}, IMAGE]
    for gone_from, other in (("live", "defined"), ("defined", "live")):
        found = told({"active": True, "gone_from": gone_from}, disks=disks)
        assert found["disks[vdb].cache"] == {"declared": "writeback", other: "none", gone_from: None}
        assert found["disks[vdb]"][gone_from] is None


def test_drift_of_another_device_than_the_missing_one():
    disks = [{**FIRST, "cache": "writeback"}, SECOND, IMAGE]
    edits = {"edit_live": {"devices/disk/driver/@cache": "writeback"}}
    found = told({"active": True, "gone_from": "live", **edits}, disks=disks)
    assert found["disks[vda].cache"] == {"declared": "writeback", "defined": None, "live": "writeback"}


def test_an_option_with_a_common_prefix_is_not_nested():
    edits = {"edit_definition": {"memory": "2097152"}, "edit_live": {"currentMemory": "262144"}}
    assert told({"active": True, **edits}, memory="512MiB", memory_max="1GiB") == {
        "memory": {"declared": "512MiB", "defined": "512MiB", "live": "256MiB"},
        "memory_max": {"declared": "1GiB", "defined": "2GiB", "live": "1GiB"},
    }


def test_undeclared_drift_comes_last():
    between = [{"option": "title", "defined": "a", "live": "b"}, {"option": "memory", "defined": 1, "live": 2}]
    current = {"active": True, "edit": {"title": "both"}}
    assert list(told(current, between, title="said").items())[1:] == [("memory", {"defined": 1, "live": 2})]


def test_a_password_is_no_drift():
    console = {"devices/graphics/@passwd": None, "devices/graphics/@passwdValidTo": None}
    assert told({"active": True, "edit": console}, graphics=[{"type": "vnc", "password": "s3cr3t-!"}]) == {}


def test_drift_includes_autostart_and_activity():
    assert told({"active": False}, autostart=True) == {
        "state": {"declared": "running", "live": "shut off"},
        "autostart": {"declared": True, "defined": False},
    }
    assert told({"active": True}, state="absent") == {"state": {"declared": "absent", "live": "running"}}
