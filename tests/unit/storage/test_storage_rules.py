# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be said of pools and volumes without a host: LVM above all, which test machines do not have."""

from __future__ import annotations

import typing as t

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.kvm.fleet.plugins.module_utils.errors import FleetError, InvalidOption, MissingDependency
from ansible_collections.kvm.fleet.plugins.module_utils.plan import Plan
from ansible_collections.kvm.fleet.plugins.module_utils.resources import POOL, VOLUME, record_files
from ansible_collections.kvm.fleet.plugins.module_utils.resources.base import Kind, Reference, Session, Want, World
from ansible_collections.kvm.fleet.plugins.module_utils.resources.definition import DefinedState
from ansible_collections.kvm.fleet.plugins.module_utils.resources.pool.types import TYPES
from ansible_collections.kvm.fleet.plugins.module_utils.resources.volume import records
from ansible_collections.kvm.fleet.plugins.module_utils.resources.volume.location import (
    Location,
    PoolAfter,
    volume_location,
)
from ansible_collections.kvm.fleet.plugins.module_utils.resources.volume.state import VolumeState
from ansible_collections.kvm.fleet.plugins.module_utils.runner import Runner
from ansible_collections.kvm.fleet.plugins.module_utils.xml import parse

from ..plan.host_facts import HostFacts

SHA = "sha256:" + "a" * 64
GROUP = (
    "<pool type='logical'><name>vg</name><source><name>vg</name></source><target><path>/dev/vg</path></target></pool>"
)


def want(kind: Kind, **options: t.Any) -> Want:
    checked = ArgumentSpecValidator(kind.argument_spec()).validate(options)
    assert not checked.error_messages
    return kind.want(checked.validated_parameters, "")


def world(
    *wants: Want,
    groups: t.Sequence[str] = (),
    running: bool = False,
    volumes: t.Sequence[VolumeState] = (),
    types: t.Sequence[str] = ("logical",),
) -> World:
    pools = {"vg": DefinedState("vg", GROUP, GROUP, True, False)} if running else {}
    declared: dict[str, dict[t.Any, Want]] = {"pool": {}, "volume": {}}
    for one in wants:
        declared[one.kind][one.key] = one
    current = {"pool": pools, "volume": {(one.pool, one.name): one for one in volumes}}
    return World(current, declared, t.cast(t.Any, HostFacts(pool_types=types, volume_groups=groups)))


def plan(*wants: Want, **there: t.Any) -> Plan:
    return Runner(Session(None, "qemu:///system"), (POOL, VOLUME)).plan(wants, world(*wants, **there))


def logical(capacity: int) -> VolumeState:
    return VolumeState(
        "vg",
        "disk",
        f"<volume type='block'><name>disk</name><capacity unit='bytes'>{capacity}</capacity>"
        "<target><path>/dev/vg/disk</path></target></volume>",
    )


def test_a_pool_of_a_type_that_libvirt_on_the_host_lacks_is_refused():
    with pytest.raises(MissingDependency, match=r"^type: .*libvirt-daemon-driver-storage-logical"):
        plan(want(POOL, name="vg", type="logical", source={"name": "vg"}), types=["dir"])


def test_a_volume_group_is_made_of_its_devices_when_there_is_none():
    group = want(POOL, name="vg", type="logical", source={"name": "vg", "devices": ["/dev/vdb"]})
    assert [action.verb for action in plan(group).actions] == ["define", "build", "start"]
    assert [action.verb for action in plan(group, groups=["vg"]).actions] == ["define", "start"]


def test_a_volume_group_without_devices_has_to_be_there():
    group = want(POOL, name="vg", type="logical", source={"name": "vg"})
    assert [action.verb for action in plan(group).actions] == ["define", "start"]


def test_a_logical_volume_is_a_raw_block_device():
    group = want(POOL, name="vg", type="logical", source={"name": "vg"})
    disk = want(VOLUME, pool="vg", name="disk", capacity="1GiB")
    where = Reference("volume", ("vg", "disk"), "disks[0].volume")
    assert volume_location(world(group, disk), where) == Location("/dev/vg/disk", "raw", {"block": "/dev/vg/disk"})
    (new,) = [action.operation.new for action in plan(group, disk).actions if action.verb == "find_or_create"]
    assert (new.format, new.sparse, new.directory) == ("raw", False, False)


def test_a_volume_in_an_existing_volume_group_is_found_or_created():
    group = want(POOL, name="vg", type="logical", source={"name": "vg"})
    disk = want(VOLUME, pool="vg", name="disk", capacity="1GiB")
    verbs = [action.verb for action in plan(group, disk, groups=["vg"]).actions]
    assert verbs == ["define", "start", "find_or_create"]


@pytest.mark.parametrize(
    ("pool_type", "target", "path", "unit"),
    [
        ("iscsi", "/dev/disk/by-path", "/dev/disk/by-path/ip-10.0.0.9:3260-iscsi-iqn.x:y-lun-1", True),
        ("iscsi", "/dev/disk/by-path", "/dev/disk/by-path/ip-10.0.0.9:3260-iscsi-iqn.x:y-lun-11", False),
        ("iscsi", "/dev/disk/by-path", "/srv/a-lun-1", False),
        ("scsi", "/dev/disk/by-path", "/dev/disk/by-path/pci-0000:00:1f.2-scsi-0:0:0:0", True),
        ("logical", "/dev/vg", "/dev/vg/unit:0:0:1", True),
        ("logical", "/dev/vg", "/dev/vg/other", False),
    ],
)
def test_paths_of_volumes_in_a_pool_not_yet_active(pool_type, target, path, unit):
    root = parse.parse(f"<pool type='{pool_type}'><target><path>{target}</path></target></pool>")
    pool = PoolAfter("p", TYPES[pool_type], root, active=True, started=True, unseen=True)
    assert pool.may_be("unit:0:0:1", path) == unit


@pytest.mark.parametrize("options", [{"format": "qcow2", "capacity": "1GiB"}, {"backing": "base", "capacity": "1GiB"}])
def test_a_logical_volume_has_no_other_format_and_no_backing(options):
    base = want(VOLUME, pool="vg", name="base", capacity="1GiB")
    with pytest.raises(InvalidOption):
        plan(base, want(VOLUME, pool="vg", name="disk", **options), running=True)


@pytest.mark.parametrize(("capacity", "verbs"), [("10MB", []), ("12MiB", []), ("13MiB", ["resize"])])
def test_the_capacity_of_a_logical_volume_is_in_extents(capacity, verbs):
    planned = plan(
        want(VOLUME, pool="vg", name="disk", capacity=capacity), running=True, volumes=[logical(12 * 1024**2)]
    )
    assert [action.verb for action in planned.actions] == verbs


def content_plan(declared: str, known: str | None) -> Plan:
    state = logical(4 * 1024**2)
    record = records.Record("https://host/x", known)
    state = VolumeState(state.pool, state.name, state.xml, True, record if known else None)
    disk = want(VOLUME, pool="vg", name="disk", source={"url": "https://host/x", "checksum": declared})
    return plan(disk, running=True, volumes=[state])


@pytest.mark.parametrize(
    ("declared", "known"),
    [
        (SHA, SHA),
        (SHA, None),  # nothing is known
        (SHA, "sha512:" + "b" * 128),  # cannot be compared
        ("sha256:https://host/SHA256SUMS", SHA),  # nor can this, without the network
    ],
)
def test_content_without_a_known_checksum_stays(declared, known):
    assert content_plan(declared, known).actions == ()


def test_content_with_another_recorded_checksum_is_refused():
    with pytest.raises(FleetError, match="source.checksum"):
        content_plan(SHA, "sha256:" + "b" * 64)


@pytest.mark.parametrize("name", TYPES)
def test_every_option_of_a_type_is_one_of_the_table(name):
    options = {entry.option for entry in POOL.table}
    options |= {option.rpartition(".")[0] for option in options}
    assert set(TYPES[name].required + TYPES[name].allowed) <= options


def test_a_record_is_about_one_file_only(tmp_path, monkeypatch):
    monkeypatch.setattr(record_files, "folder", lambda: str(tmp_path / "records"))
    file = tmp_path / "disk"
    file.write_text("one")
    record = records.Record("https://host/x", SHA)
    records.write("data", "disk", str(file), str(file), record)
    assert records.read("data", "disk", str(file), str(file)) == record
    (tmp_path / "new").write_text("another")
    (tmp_path / "new").rename(file)
    assert records.read("data", "disk", str(file), str(file)) is None
    records.forget("data", "disk")
    records.forget("data", "disk")
    assert list((tmp_path / "records" / "volumes").iterdir()) == []
