# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""kvm.fleet.pool against a real libvirtd; virsh and the file system are the witnesses."""

from __future__ import annotations

import os
import pathlib
import stat
import subprocess
import typing as t

import pytest
from lxml import etree

from .lifecycle import fields, settle, verbs

GUEST = """
<domain type="qemu">
  <name>{name}</name>
  <memory unit="MiB">64</memory>
  <os><type machine="q35">hvm</type></os>
  <devices><disk type="file"><source file="{path}"/><target dev="vda" bus="virtio"/></disk></devices>
</domain>
"""


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    """Where a pool can be that has no directory yet."""
    return tmp_path / "pools" / "data"


def mode_of(path: pathlib.Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_pool_lifecycle_from_creation_to_removal(module, virsh, unique, folder):
    options = {"name": unique, "type": "dir", "target": str(folder), "autostart": True}
    created = settle(module, "pool", **options)
    assert verbs(created) == ["define", "set_autostart", "build", "start"]
    assert unique in virsh("pool-list", "--name", "--autostart")
    assert folder.is_dir()
    (folder / "precious").write_text("data")
    removed = settle(module, "pool", name=unique, state="absent")
    assert verbs(removed) == ["stop", "undefine"]
    assert unique not in virsh("pool-list", "--name", "--all")
    assert (folder / "precious").read_text() == "data"


def test_an_existing_directory_is_used_unchanged(module, virsh, unique, folder):
    folder.mkdir(parents=True, mode=0o750)
    (folder / "disk.raw").write_bytes(bytes(1024))
    created = settle(module, "pool", name=unique, type="dir", target=str(folder))
    assert verbs(created) == ["define", "start"]
    assert mode_of(folder) == 0o750
    assert "disk.raw" in virsh("vol-list", unique)


@pytest.mark.parametrize("state", ["inactive", "present"])
def test_an_inactive_pool_is_only_defined(module, virsh, unique, folder, state):
    created = settle(module, "pool", name=unique, type="dir", target=str(folder), state=state)
    assert verbs(created) == ["define"]
    assert unique in virsh("pool-list", "--name", "--inactive")
    assert not folder.exists()


def test_only_state_inactive_stops_a_running_pool(module, virsh, unique, folder):
    options = {"name": unique, "type": "dir", "target": str(folder)}
    settle(module, "pool", **options)
    assert not module("pool", **options, state="present")["changed"]
    assert verbs(settle(module, "pool", **options, state="inactive")) == ["stop"]
    assert unique in virsh("pool-list", "--name", "--inactive")


@pytest.mark.parametrize(
    ("command", "repair"),
    [(["pool-destroy"], "start"), (["pool-autostart", "--disable"], "set_autostart"), (["pool-undefine"], "define")],
)
def test_drift_of_activity_is_found_and_repaired(module, virsh, unique, folder, command, repair):
    options = {"name": unique, "type": "dir", "target": str(folder), "autostart": True}
    settle(module, "pool", **options)
    if command == ["pool-undefine"]:
        virsh("pool-destroy", unique)
    virsh(command[0], unique, *command[1:])
    assert verbs(settle(module, "pool", **options))[0] == repair
    assert unique in virsh("pool-list", "--name", "--autostart", "--persistent")


def test_a_missing_pool_directory_is_created_again(module, virsh, unique, folder):
    options = {"name": unique, "type": "dir", "target": str(folder)}
    settle(module, "pool", **options)
    folder.rmdir()
    assert verbs(settle(module, "pool", **options)) == ["restart"]
    assert folder.is_dir()
    virsh("pool-refresh", unique)


@pytest.mark.parametrize("refreshed", [True, False])
def test_permissions_are_repaired_without_stopping_the_pool(module, virsh, unique, folder, refreshed):
    permissions = {"mode": "0711", "owner": 0, "group": 65534}
    options = {"name": unique, "type": "dir", "target": str(folder), "permissions": permissions}
    settle(module, "pool", **options)
    assert (mode_of(folder), folder.stat().st_gid) == (0o711, 65534)
    os.chmod(folder, 0o755)
    os.chown(folder, 0, 0)
    if refreshed:
        virsh("pool-refresh", unique)
    repaired = settle(module, "pool", **options)
    assert verbs(repaired) == ["set_permissions"]
    assert fields(repaired) == {"permissions.mode": ("0755", "0711"), "permissions.group": (0, 65534)}
    assert (mode_of(folder), folder.stat().st_gid) == (0o711, 65534)
    options["permissions"] = {"mode": "750"}
    settle(module, "pool", **options)
    assert (mode_of(folder), folder.stat().st_gid) == (0o750, 65534)


def test_permissions_of_a_directory_that_was_there_before_the_pool(module, unique, folder):
    folder.mkdir(parents=True, mode=0o755)
    created = settle(module, "pool", name=unique, type="dir", target=str(folder), permissions={"mode": "0700"})
    assert verbs(created) == ["define", "start", "set_permissions"]
    assert mode_of(folder) == 0o700


@pytest.mark.parametrize("policy", ["never", "if_unused", "always"])
@pytest.mark.parametrize("used", [True, False])
def test_a_changed_target_follows_the_restart_policy(module, virsh, conn, unique, folder, policy, used):
    settle(module, "pool", name=unique, type="dir", target=str(folder))
    if used:
        subprocess.run(["qemu-img", "create", "-q", "-f", "raw", folder / "a.raw", "1M"], check=True)
        conn.createXML(GUEST.format(name=unique, path=folder / "a.raw"), 0)
    new = folder.with_name("new")
    changed = settle(module, "pool", name=unique, type="dir", target=str(new), restart=policy)
    live = etree.fromstring(virsh("pool-dumpxml", unique)).findtext("target/path")
    kept = etree.fromstring(virsh("pool-dumpxml", "--inactive", unique)).findtext("target/path")
    assert kept == str(new)
    if policy == "always" or (policy == "if_unused" and not used):
        assert (live, changed["restart_required"]) == (str(new), False)
    else:
        assert (live, changed["restart_required"]) == (str(folder), True)
        assert [field["option"] for field in changed["pending"][0]["fields"]] == ["target"]


def test_uuid_and_what_is_not_declared_survive_a_change(module, virsh, unique, folder):
    settle(module, "pool", name=unique, type="dir", target=str(folder), state="inactive")
    before = etree.fromstring(virsh("pool-dumpxml", unique))
    settle(module, "pool", name=unique, target=str(folder) + "2", state="inactive")
    after = etree.fromstring(virsh("pool-dumpxml", unique))
    assert before.findtext("uuid") == after.findtext("uuid")
    assert after.findtext("target/path") == str(folder) + "2"


NAS = [{"name": "nas"}]
DEFINITIONS: list[tuple[dict[str, t.Any], dict[str, str]]] = [
    (
        {
            "type": "netfs",
            "target": "/srv/nfs",
            "source": {"hosts": NAS, "dir": "/export", "format": "nfs"},
        },
        {"source/host/@name": "nas", "source/dir/@path": "/export", "source/format/@type": "nfs"},
    ),
    (
        {"type": "fs", "target": "/srv/fs", "source": {"devices": ["/dev/vdb1"], "format": "ext4"}},
        {"source/device/@path": "/dev/vdb1", "source/format/@type": "ext4"},
    ),
    (
        {"type": "logical", "source": {"name": "guests", "devices": ["/dev/vdb", "/dev/vdc"]}},
        {"source/name/text()": "guests", "target/path/text()": "/dev/guests", "source/device[2]/@path": "/dev/vdc"},
    ),
    (
        {
            "type": "netfs",
            "target": "/srv/nfs",
            "source": {
                "hosts": [{"name": "nas", "port": 2049}],
                "dir": "/export",
                "protocol_version": "4.2",
                "vendor": "Acme",
            },
            "mount_options": ["sync", "lazytime"],
        },
        {"source/host/@port": "2049", "source/protocol/@ver": "4.2", "source/vendor/@name": "Acme"},
    ),
    (
        {
            "type": "netfs",
            "target": "/srv/share",
            "source": {"hosts": NAS, "dir": "share", "format": "cifs"},
        },
        {"source/dir/@path": "share"},
    ),
    (
        {"type": "disk", "source": {"devices": ["/dev/vdb"], "format": "gpt", "part_separator": False}},
        {"source/device/@part_separator": "no", "target/path/text()": "/dev"},
    ),
    (
        {
            "type": "iscsi",
            "source": {
                "hosts": NAS,
                "devices": ["iqn.2013-06.com.example:disks"],
                "initiator": "iqn.2013-06.com.example:host",
                "auth": {"username": "u", "secret": {"uuid": "09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f"}},
            },
        },
        {
            "source/device/@path": "iqn.2013-06.com.example:disks",
            "source/initiator/iqn/@name": "iqn.2013-06.com.example:host",
            "source/auth/@type": "chap",
            "source/auth/secret/@uuid": "09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f",
        },
    ),
    (
        {"type": "scsi", "source": {"adapter": {"type": "scsi_host", "address": "0:1f.2", "unique_id": 1}}},
        {"source/adapter/parentaddr/@unique_id": "1", "source/adapter/parentaddr/address/@slot": "0x1f"},
    ),
    (
        {
            "type": "scsi",
            "source": {
                "adapter": {
                    "type": "fc_host",
                    "wwnn": "20000000C9831B4B",
                    "wwpn": "10000000c9831b4b",
                    "parent": "scsi_host5",
                    "managed": True,
                }
            },
        },
        {"source/adapter/@wwnn": "20000000c9831b4b", "source/adapter/@managed": "yes"},
    ),
    ({"type": "dir", "target": "/srv/x", "features": {"cow": True}}, {"features/cow/@state": "yes"}),
]


@pytest.mark.parametrize(("options", "expected"), DEFINITIONS, ids=lambda one: one.get("type"))
def test_every_type_is_defined_as_declared(module, virsh, unique, options, expected):
    settle(module, "pool", name=unique, state="inactive", **options)
    xml = etree.fromstring(virsh("pool-dumpxml", "--inactive", unique))
    assert xml.get("type") == options["type"]
    assert {path: str(xml.xpath(path)[0]) for path in expected} == expected


def test_a_file_system_is_mounted_and_its_permissions_are_set(module, virsh, unique, folder, loop_device):
    options = {
        "name": unique,
        "type": "fs",
        "target": str(folder),
        "source": {"devices": [loop_device], "format": "ext4"},
        "permissions": {"mode": "0751"},
    }
    created = settle(module, "pool", **options)
    assert verbs(created) == ["define", "build", "start", "set_permissions"]
    assert folder.is_mount()
    assert mode_of(folder) == 0o751
    assert verbs(settle(module, "pool", name=unique, state="absent")) == ["stop", "undefine"]
    assert not folder.is_mount()


def test_a_file_system_is_mounted_with_the_declared_options(module, unique, folder, loop_device):
    options = {
        "name": unique,
        "type": "fs",
        "target": str(folder),
        "source": {"devices": [loop_device], "format": "ext4"},
        "mount_options": ["noatime", "nodev"],
    }
    settle(module, "pool", **options)
    assert {"noatime", "nodev"} <= set(mounted_with(folder))
    options |= {"mount_options": ["ro"], "restart": "if_unused"}
    assert verbs(settle(module, "pool", **options)) == ["define", "restart"]
    assert "ro" in mounted_with(folder) and "noatime" not in mounted_with(folder)


def mounted_with(folder: pathlib.Path) -> list[str]:
    (line,) = (line for line in pathlib.Path("/proc/mounts").read_text().splitlines() if f" {folder} " in line)
    return line.split()[3].split(",")


def test_pool_auth_is_added_and_removed(module, virsh, unique):
    """Secret and pool of one document; the secret is found by what it is for."""
    auth = {"username": "u", "secret": {"usage": unique}}
    source = {"hosts": NAS, "devices": ["iqn.2013-06.com.example:disks"], "auth": auth}
    pool = {"name": unique, "type": "iscsi", "state": "inactive", "source": source}
    failed = module("pool", fails=True, **pool)
    assert failed["msg"].startswith(f"source.auth.secret.usage: secret 'iscsi/{unique}' neither exists"), failed["msg"]
    result = module("converge", secrets=[{"usage": "iscsi", "name": unique, "value": "geheim"}], pools=[pool])
    assert "geheim" not in str(result["actions"])
    assert etree.fromstring(virsh("pool-dumpxml", unique)).find("source/auth/secret").get("usage") == unique
    assert not module("pool", **pool)["changed"]
    settle(module, "pool", name=unique, state="inactive", source={"auth": {"username": ""}})
    assert etree.fromstring(virsh("pool-dumpxml", unique)).find("source/auth") is None


def test_a_multipath_pool_accepts_no_new_volumes(module, virsh, unique):
    assert verbs(settle(module, "pool", name=unique, type="mpath")) == ["define", "start"]
    assert unique in virsh("pool-list", "--name")
    failed = module("volume", pool=unique, name="new", capacity="1GiB", fails=True)
    assert "none can be made" in failed["msg"]


@pytest.mark.parametrize(
    "source",
    [
        {"type": "rbd", "source": {"name": "rbd", "hosts": [{"name": "mon"}]}},
        {"type": "sheepdog", "source": {"name": "sp", "hosts": [{"name": "localhost"}]}},
        {"type": "gluster", "source": {"name": "vol", "hosts": [{"name": "localhost"}]}},
        {"type": "zfs", "source": {"name": "tank"}},
        {"type": "vstorage", "target": "/srv/vs", "source": {"name": "vz7"}},
        {
            "type": "iscsi-direct",
            "source": {"hosts": NAS, "devices": ["iqn.2013-06.com.example:t"], "initiator": "iqn"},
        },
    ],
    ids=lambda one: one["type"],
)
def test_an_unsupported_pool_type_is_refused_before_anything_is_touched(module, virsh, unique, source):
    offered = etree.fromstring(virsh("pool-capabilities")).find(f"pool[@type='{source['type']}']").get("supported")
    state = {"state": "inactive", "name": unique}
    if offered == "yes":
        settle(module, "pool", **state, **source)
        assert etree.fromstring(virsh("pool-dumpxml", unique)).get("type") == source["type"]
        return
    failed = module("pool", fails=True, **state, **source)
    assert failed["msg"].startswith(f"type: libvirt on this host has no driver for pools of type {source['type']}")
    assert unique not in virsh("pool-list", "--all", "--name")


@pytest.fixture
def loop_device(tmp_path: pathlib.Path) -> t.Iterator[str]:
    """A block device with an empty ext4 on it."""
    image = tmp_path / "disk"
    with image.open("wb") as file:
        file.truncate(32 * 1024 * 1024)
    subprocess.run(["mke2fs", "-q", "-t", "ext4", image], check=True)
    device = subprocess.run(
        ["losetup", "--find", "--show", image], check=True, capture_output=True, text=True
    ).stdout.strip()
    yield device
    subprocess.run(["losetup", "--detach", device], check=True)


def test_the_xml_option_sets_what_has_no_option(module, virsh, unique):
    options = {
        "name": unique,
        "type": "netfs",
        "target": "/srv/nfs",
        "source": {"hosts": NAS, "dir": "/export"},
    }
    options |= {"state": "inactive", "xml": "<pool><source><protocol ver='3'/></source></pool>"}
    settle(module, "pool", **options)
    assert etree.fromstring(virsh("pool-dumpxml", unique)).find("source/protocol").get("ver") == "3"


def test_the_info_module_and_converge_see_the_same_pool(module, unique, folder):
    options = {"name": unique, "type": "dir", "target": str(folder)}
    result = module("converge", pools=[options])
    assert not module("converge", pools=[options])["changed"]
    (shown,) = module("pool_info", name=unique)["pools"]
    assert {key: shown[key] for key in ("type", "target", "state")} == {
        "type": "dir",
        "target": str(folder),
        "state": "active",
    }
    assert shown.keys() == module("pool", **options)["pool"].keys()
    assert result["pools"][0].items() <= shown.items()
    assert "source" not in shown
    assert shown["capacity_bytes"] >= shown["available_bytes"] > 0
    assert module("pool_info", name="none")["pools"] == []


BAD: list[tuple[dict[str, t.Any], str]] = [
    ({"type": "dir"}, "target: "),
    ({"target": "/srv/x"}, "type: "),
    ({"type": "dir", "target": "srv/x"}, "target: "),
    ({"type": "dir", "target": "/srv/x", "source": {"hosts": NAS}}, "source.hosts: "),
    ({"type": "netfs", "target": "/srv/x", "source": {"hosts": NAS}}, "source.dir: "),
    ({"type": "logical", "source": {"name": "vg"}, "permissions": {"mode": "0700"}}, "permissions.mode: "),
    ({"type": "dir", "target": "/srv/x", "permissions": {"mode": "0999"}}, "permissions.mode: "),
    ({"type": "dir", "target": "/srv/x", "permissions": {"mode": 0o711}}, "permissions.mode: "),
    ({"type": "iscsi", "source": {"hosts": NAS, "devices": ["/dev/sdb"]}}, "source.devices: "),
    ({"type": "iscsi", "source": {"hosts": NAS}}, "source.devices: "),
    ({"type": "scsi", "source": {"adapter": {"name": "host7"}}}, "source.adapter.type: "),
    ({"type": "dir", "target": "/srv/x", "mount_options": ["ro"]}, "mount_options: "),
    ({"type": "dir", "target": "/srv/x", "xml": "<pool><oops/></pool>"}, "xml: "),
    ({"type": "dir", "target": "/srv/x", "xml": "<pool>"}, "xml: "),
    ({"type": "dir", "target": "/srv/x", "xml": "<!DOCTYPE pool [<!ENTITY a 'b'>]><pool>&a;</pool>"}, "xml: "),
    ({"type": "dir", "target": "/srv/x", "xml": "<pool><name>other</name></pool>"}, "xml: "),
]


@pytest.mark.parametrize(("options", "where"), BAD)
def test_a_bad_option_is_named_and_nothing_is_touched(module, virsh, unique, options, where):
    for check_mode in (True, False):
        failed = module("pool", name=unique, check_mode=check_mode, fails=True, **options)
        assert failed["msg"].startswith(where), failed["msg"]
    assert unique not in virsh("pool-list", "--all", "--name")
    assert not pathlib.Path("/srv/x").exists()


def test_a_target_that_is_a_file_is_refused_before_anything_is_touched(module, virsh, unique, folder):
    folder.parent.mkdir()
    folder.write_text("not a directory")
    for state in ("active", "inactive", "present"):
        failed = module("pool", name=unique, type="dir", target=str(folder), state=state, fails=True)
        assert failed["msg"].startswith("target: ") and "not a directory" in failed["msg"]
    assert unique not in virsh("pool-list", "--all", "--name")
    assert folder.read_text() == "not a directory"


def test_permissions_are_those_of_the_directory_in_use_while_another_target_waits(module, unique, folder):
    settle(module, "pool", name=unique, type="dir", target=str(folder))
    new = folder.with_name("new")
    changed = settle(module, "pool", name=unique, type="dir", target=str(new), permissions={"mode": "0700"})
    assert changed["restart_required"]
    assert mode_of(folder) == 0o700
    settle(module, "pool", name=unique, type="dir", target=str(new), permissions={"mode": "0700"}, restart="always")
    assert mode_of(new) == 0o700


def test_another_server_or_port_replaces_the_one_that_is_there(module, virsh, unique):
    options = {"name": unique, "type": "netfs", "state": "inactive", "target": "/srv/nfs"}
    for hosts in (NAS, [{"name": "nas", "port": 2050}], [{"name": "nas2"}]):
        settle(module, "pool", **options, source={"hosts": hosts, "dir": "/export"})
        found = [dict(one.attrib) for one in etree.fromstring(virsh("pool-dumpxml", unique)).iterfind("source/host")]
        assert found == [{name: str(value) for name, value in hosts[0].items()}]


def test_another_type_is_refused(module, virsh, unique, folder):
    settle(module, "pool", name=unique, type="dir", target=str(folder))
    options = {"type": "netfs", "target": str(folder), "source": {"hosts": NAS, "dir": "/export"}}
    failed = module("pool", name=unique, fails=True, **options)
    assert "type is dir" in failed["msg"]
    assert etree.fromstring(virsh("pool-dumpxml", unique)).get("type") == "dir"
